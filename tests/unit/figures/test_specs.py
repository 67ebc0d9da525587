"""What the specifications hold; that Altair takes them; that they draw."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, TypeAlias

import altair as alt
import numpy as np
import pytest
from lxml import etree

from nktrial.figures import theme
from nktrial.figures.chimerism import LEFT_OUT, USED, chimerism_spec, contributors_spec
from nktrial.figures.donor_nk import AT_FOOT, BELOW_LOD, CHOSEN, NO_VALUE, VALUE, donor_nk_spec
from nktrial.figures.electropherogram import electropherogram_spec, thinned
from nktrial.figures.factors import factors_spec
from nktrial.figures.overview import NO_SUCCESS, NONE_FOUND, SUCCESS, overview_spec
from nktrial.figures.render import render_svg
from nktrial.figures.theme import Spec
from nktrial.model.results import ChimerismView, ContributorShare, LocusView, SeriesPoint, StudyResults, SubjectResults
from nktrial.model.results import TraceView as Lane

Make: TypeAlias = Callable[..., Any]


def layers(spec: Spec) -> Iterator[Spec]:
    """Walk every view of a specification."""
    yield spec
    for key in ("layer", "hconcat", "vconcat"):
        for part in spec.get(key, []):
            yield from layers(part)


def rows(spec: Spec) -> list[dict[str, Any]]:
    """Collect the inline rows of every view."""
    return [row for view in layers(spec) for row in view.get("data", {}).get("values", [])]


def marks(spec: Spec, kind: str) -> list[Spec]:
    """Return the views that draw one kind of mark."""
    return [view for view in layers(spec) if view.get("mark", {}) and view["mark"]["type"] == kind]


@pytest.fixture
def course(point: Make, subject: Make) -> SubjectResults:
    series: tuple[SeriesPoint, ...] = (
        point(-1, 0.2, lod=2.5), point(3, 0.0), point(7, None), point(14, 157.0, chosen=True), point(28, 90.0),
        point(30, 5000.0, specimen="BM"),
    )  # fmt: skip
    found: SubjectResults = subject(*series)
    return found


@pytest.fixture
def shares() -> ChimerismView:
    people = (
        ContributorShare("S02", "recipient", 0.1, 0.07, 0.13),
        ContributorShare("S02-D1", "hsct", 0.6, 0.57, 0.63),
        ContributorShare("S02-D2", "nk", 0.3, 0.27, 0.33),
    )
    loci = (
        LocusView("TH01", "type 1", ("6", "9.3"), (900.0, 400.0), (880.0, 410.0), 0.31, used=True, note=""),
        LocusView("CSF1PO", "type 1", ("10",), (900.0,), (600.0,), 0.71, used=False, note="disagrees"),
        LocusView("TPOX", "none", ("8",), (900.0,), (900.0,), None, used=True, note=""),
    )
    return ChimerismView("S02-D13", 13, "WB", "a.txt", True, people, 0.3, 0.02, 3, loci, None, (), "c" * 64)  # noqa: FBT003


@pytest.fixture
def lane(pack: Make) -> Lane:
    size_bp = np.linspace(80.0, 400.0, 4001)
    height = 1500.0 * np.exp(-0.5 * ((size_bp - 165.25) / 0.4) ** 2)
    peaks = ((0, 165.25, 1500.0, "TH01", "9.3"),)
    heights = (pack(height, "<i2"), pack(0.0 * height, "<i2"))
    return Lane("S02.fsa", ("FAM", "JOE"), tuple(map(float, size_bp)), heights, peaks, "c" * 64)


@pytest.fixture
def cohort(subject: Make) -> StudyResults:
    subjects = (
        subject(subject_id="S01", value=157.0, success=True),
        subject(subject_id="S02", value=25.0, success=False),
        subject(subject_id="S03"),
        subject(subject_id="S04", value=0.0, success=False),
    )
    return StudyResults("ST", "Title", (), (12, 16), 100.0, subjects, (), ())


@pytest.fixture
def specs(course: SubjectResults, shares: ChimerismView, lane: Lane, cohort: StudyResults) -> dict[str, Spec]:
    return {
        "donor_nk": donor_nk_spec(course, window=(12, 16), threshold_per_ul=100.0),
        "factors": factors_spec(course, window=(12, 16)),
        "chimerism": chimerism_spec(shares),
        "contributors": contributors_spec(replace(course, chimerism=(shares, shares))),
        "electropherogram": electropherogram_spec(lane),
        "overview": overview_spec(cohort),
    }


def test_altair_takes_every_specification(specs: dict[str, Spec]) -> None:
    for spec in specs.values():
        assert (
            theme.SCHEMA == spec["$schema"] == f"https://vega.github.io/schema/vega-lite/{alt.SCHEMA_VERSION[:2]}.json"
        )
        alt.Chart.from_dict(spec)


def test_every_specification_draws_one_titled_svg_without_script_or_foreign_ids(specs: dict[str, Spec]) -> None:
    for name, spec in specs.items():
        root: Any = etree.fromstring(render_svg(spec, name=name).encode())
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert root[0].text == spec["usermeta"]["title"]
        assert root[1].text == spec["description"]
        ids = root.xpath("//@id")
        assert ids
        assert len(set(ids)) == len(ids)
        assert all(identity.startswith(f"{name}-") for identity in ids)
        assert not root.xpath("//*[local-name()='script']")


def test_the_same_specification_gives_the_same_bytes(specs: dict[str, Spec]) -> None:
    first = {name: render_svg(spec, name=name) for name, spec in specs.items()}
    again = {name: render_svg(json.loads(json.dumps(spec)), name=name) for name, spec in reversed(specs.items())}
    assert first == again


def test_the_line_of_success_and_the_window_come_from_the_study(course: SubjectResults) -> None:
    spec = donor_nk_spec(course, window=(10, 18), threshold_per_ul=42.0)
    (line,) = (view for view in marks(spec, "rule") if view["mark"]["color"] == theme.THRESHOLD)
    assert [row["shown"] for row in rows(line)] == [42.0]
    (band,) = marks(spec, "rect")
    assert [(row["day"], row["until"]) for row in rows(band)] == [(9.5, 18.5)]


def test_values_below_the_limit_at_zero_and_absent_are_marked_apart(specs: dict[str, Spec]) -> None:
    (samples,) = marks(specs["donor_nk"], "point")
    shown = {row["day"]: (row["kind"], row["shown"]) for row in rows(samples)}
    foot = 1.0
    assert shown == {
        -1: (BELOW_LOD, 2.5), 3: (AT_FOOT, foot), 7: (NO_VALUE, foot), 14: (CHOSEN, 157.0), 28: (VALUE, 90.0)
    }  # fmt: skip
    shapes = samples["encoding"]["shape"]["scale"]
    fills = dict(zip(shapes["domain"], samples["encoding"]["fill"]["scale"]["range"], strict=True))
    assert dict(zip(shapes["domain"], shapes["range"], strict=True))[BELOW_LOD] == "triangle-down"
    assert fills[BELOW_LOD] == theme.PAPER


def test_the_axis_of_donor_nk_cells_is_logarithmic_and_holds_every_value(specs: dict[str, Spec]) -> None:
    (samples,) = marks(specs["donor_nk"], "point")
    scale = samples["encoding"]["y"]["scale"]
    assert scale["type"] == "log"
    assert scale["domain"][0] < 1.0
    assert scale["domain"][1] >= 1.2 * 157.0


def test_intervals_are_cut_at_the_foot_and_absent_values_have_none(specs: dict[str, Spec]) -> None:
    bars = [view for view in marks(specs["donor_nk"], "rule") if "y2" in view["encoding"]]
    assert {row["day"]: (row["shown"], row["high"]) for view in bars for row in rows(view)} == {
        14: (0.8 * 157.0, 1.2 * 157.0), 28: (72.0, 108.0)
    }  # fmt: skip


def test_the_three_factors_stand_side_by_side_in_percent(specs: dict[str, Spec]) -> None:
    panels = specs["factors"]["hconcat"]
    assert [panel["title"] for panel in panels] == ["Lymphocytes / µL", "NK cells, % of lymphocytes", "Donor DNA, %"]
    assert [marks(panel, "point")[0]["data"]["values"][0]["shown"] for panel in panels] == [0.5, 50.0, 50.0]


def test_the_overview_shows_each_patient_once_with_the_line_of_success(specs: dict[str, Spec]) -> None:
    (samples,) = marks(specs["overview"], "point")
    kinds = {row["subject"]: row["kind"] for row in rows(samples)}
    assert kinds == {"S01": SUCCESS, "S02": NO_SUCCESS, "S04": NONE_FOUND}
    assert {row["subject"] for view in marks(specs["overview"], "text") for row in rows(view)} == {"S03"}
    assert {"shown": 100.0} in rows(specs["overview"])


def test_loci_stand_beside_the_joint_fit_of_the_nk_donor(specs: dict[str, Spec]) -> None:
    _, loci = specs["chimerism"]["vconcat"]
    (dots,) = marks(loci, "point")
    assert {row["marker"]: (row["shown"], row["kind"]) for row in rows(dots)} == {
        "TH01": (31.0, USED), "CSF1PO": (71.0, LEFT_OUT)
    }  # fmt: skip
    (band,) = marks(loci, "rect")
    assert [(row["shown"], row["high"]) for row in rows(band)] == [(27.0, 33.0)]


def test_contributors_stack_to_the_whole(specs: dict[str, Spec]) -> None:
    assert sum(row["share"] for row in rows(specs["contributors"])) == pytest.approx(200.0)


def test_called_alleles_are_named_above_their_peaks(specs: dict[str, Spec]) -> None:
    first, second = specs["electropherogram"]["vconcat"]
    words = [row["words"] for view in marks(first, "text") for row in rows(view)]
    assert words == ["9.3", "TH01"]
    assert not [row for view in marks(second, "text") for row in rows(view)]


def test_thinning_keeps_every_peak() -> None:
    size_bp = np.linspace(0.0, 100.0, 10_001)
    heights = np.zeros(10_001)
    heights[[37, 5000, 9999]] = [500.0, -20.0, 700.0]
    sizes, shown = thinned(size_bp, heights, points=100)
    assert sizes.size <= 200
    assert (np.diff(sizes) > 0).all()
    assert {500.0, -20.0, 700.0} <= set(shown.tolist())


def test_thinning_leaves_out_what_is_flat_and_keeps_the_ends() -> None:
    size_bp = np.arange(11.0)
    heights = np.array([0.0, 0.4, 0.1, 0.3, 50.0, 0.2, 0.1, 0.0, 0.3, 0.1, 0.2])
    sizes, shown = thinned(size_bp, heights, flat_rfu=1.0)
    assert sizes.tolist() == [0.0, 3.0, 4.0, 5.0, 10.0]
    assert shown.max() == 50.0


def test_names_of_close_alleles_turn_away_from_each_other(lane: Lane) -> None:
    peaks = ((0, 165.0, 900.0, "TH01", "7"), (0, 169.0, 900.0, "TH01", "8"), (0, 250.0, 900.0, "FGA", "22"))
    first, _ = electropherogram_spec(replace(lane, peaks=peaks))["vconcat"]
    turned = {row["words"]: row["align"] for view in marks(first, "text") for row in rows(view) if "align" in row}
    assert turned == {"7": "right", "8": "left", "22": "center"}


def test_a_trace_is_drawn_around_its_called_alleles(lane: Lane) -> None:
    first, _ = electropherogram_spec(lane)["vconcat"]
    assert marks(first, "line")[0]["encoding"]["x"]["scale"]["domain"] == pytest.approx([140.25, 190.25], abs=0.1)


def test_markup_in_an_id_stays_text(point: Make, subject: Make) -> None:
    course = subject(point(14, 157.0, chosen=True), subject_id="<script>alert(1)</script>")
    svg = render_svg(donor_nk_spec(course, window=(12, 16), threshold_per_ul=100.0))
    assert "<script" not in svg
