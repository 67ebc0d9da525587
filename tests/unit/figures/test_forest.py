"""The forest of loci: one panel a person, intervals, and loci that are set apart."""

from dataclasses import replace

import altair as alt
import pytest

from nktrial.figures.chimerism import chimerism_spec
from nktrial.figures.forest import KINDS, forest_spec, has_forest
from nktrial.figures.render import render_svg
from nktrial.model.results import ChimerismView, ContributorShare, LocusView
from nktrial.model.shares import LocusShare


def locus(marker: str, *shares: LocusShare) -> LocusView:
    return LocusView(marker, "I", ("8", "9"), (900.0, 100.0), (880.0, 110.0), None, used=True, note="", shares=shares)


@pytest.fixture
def view() -> ChimerismView:
    loci = (
        locus("TH01", LocusShare("R", 0.9, 0.8, 0.95, "used", ""), LocusShare("D", 0.1, 0.05, 0.2, "used", "")),
        locus("FGA", LocusShare("R", 0.2, 0.1, 0.3, "outlying", "x"), LocusShare("D", 0.8, 0.7, 0.9, "outlying", "x")),
        locus("vWA", *(LocusShare(who, None, None, None, "left_out", "allele 16 is off scale") for who in "RD")),
        locus("TPOX", *(LocusShare(who, None, None, None, "uninformative", "not informative") for who in "RD")),
        locus(
            "D3S1358",
            LocusShare("R", 1.0, 0.9, 1.0, "not_in_mean", "y"),
            LocusShare("D", 0, 0, 0.1, "not_in_mean", "y"),
        ),
    )
    people = (ContributorShare("R", "recipient", 0.88, 0.8, 0.93), ContributorShare("D", "nk", 0.12, 0.07, 0.2))
    return ChimerismView(
        "S1", 14, "CD56", "f", chosen=True, contributors=people, classical_share=0.1, lod=0.02, loci_used=4, loci=loci,
        trace=None, findings=(), record="r",
    )  # fmt: skip


def test_a_panel_a_person_with_band_bars_and_marks(view: ChimerismView) -> None:
    spec = forest_spec(view)
    alt.Chart.from_dict(spec)
    recipient, donor = spec["hconcat"]
    band, line, bars, dots, words = (layer["data"]["values"] for layer in donor["layer"])
    assert band == [{"shown": pytest.approx(7.0), "high": pytest.approx(20.0)}]
    assert line == [{"shown": pytest.approx(12.0)}]
    assert [(row["marker"], row["shown"], row["high"]) for row in bars] == [
        ("TH01", pytest.approx(5.0), pytest.approx(20.0)),
        ("FGA", pytest.approx(70.0), pytest.approx(90.0)),
        ("D3S1358", 0.0, pytest.approx(10.0)),
    ]
    assert [(row["marker"], row["kind"]) for row in dots] == [
        ("TH01", KINDS["used"]),
        ("FGA", KINDS["outlying"]),
        ("D3S1358", KINDS["not_in_mean"]),
    ]
    assert {row["marker"]: row["words"] for row in words} == {
        "vWA": "left out: allele 16 is off scale",
        "TPOX": "not informative",
    }
    assert recipient["title"].startswith("R: 88")
    assert "Contradicting loci: FGA." in spec["description"]
    svg = render_svg(spec, name="forest")
    assert all(word in svg for word in ("D3S1358", "left out: allele 16 is off scale", KINDS["outlying"]))


def test_the_reports_figure_has_the_forest_below_the_joint_fit(view: ChimerismView) -> None:
    spec = chimerism_spec(view)
    assert [panel["title"][:2] for panel in spec["vconcat"][1]["hconcat"]] == ["R:", "D:"]
    alt.Chart.from_dict(spec)
    bare = replace(view, loci=tuple(replace(one, shares=()) for one in view.loci))
    assert has_forest(view)
    assert not has_forest(bare)
    assert len(chimerism_spec(bare)["vconcat"]) == 1
