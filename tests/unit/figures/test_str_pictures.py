"""Electropherograms with marks, bins and owners; the donor's share over days."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import altair as alt
import numpy as np
import pytest

from nktrial.figures import theme
from nktrial.figures.chimerism_course import chimerism_course_spec, has_course
from nktrial.figures.electropherogram import UNOWNED, electropherogram_spec
from nktrial.figures.render import render_svg
from nktrial.figures.theme import Spec
from nktrial.model.patient_results import CourseItem
from nktrial.model.results import ChimerismView, ContributorShare, SubjectResults, TraceView

Make = Callable[..., Any]


def layers(spec: Spec) -> Iterator[Spec]:
    yield spec
    for key in ("layer", "vconcat"):
        for part in spec.get(key, []):
            yield from layers(part)


def rows_of(spec: Spec, mark: str) -> list[dict[str, Any]]:
    """Collect the rows of every layer with one kind of mark."""
    return [row for view in layers(spec) if view.get("mark", {}).get("type") == mark for row in view["data"]["values"]]


@pytest.fixture
def lane(pack: Make) -> TraceView:
    size_bp = np.arange(100.0, 200.0, 0.25)
    heights = 1_000.0 * np.exp(-0.5 * ((size_bp - 150.0) / 0.5) ** 2)
    return TraceView(
        file="a.fsa",
        dyes=("6-FAM",),
        size_bp=tuple(size_bp.tolist()),
        heights=(pack(heights, "<i2"),),
        peaks=((0, 150.0, 1_000.0, "TH01", "8"), (0, 142.0, 30.0, "TH01", "6"), (0, 158.0, 400.0, "TH01", "10")),
        record="r",
    )


def test_a_low_peak_is_not_named_unless_it_is_somebodys(lane: TraceView) -> None:
    def named(trace: TraceView) -> list[str]:
        return [row["words"] for row in rows_of(electropherogram_spec(trace), "text")]

    assert named(lane) == ["8", "10", "TH01"]
    assert named(replace(lane, owners={"TH01 6": "donor"})) == ["6", "8", "10", "TH01"]


def test_alleles_have_the_colour_of_their_owners(lane: TraceView) -> None:
    spec = electropherogram_spec(replace(lane, owners={"TH01 8": "recipient", "TH01 6": "donor"}))
    owners = {row["words"]: row["owner"] for row in rows_of(spec, "text") if "owner" in row}
    assert owners == {"6": "donor", "8": "recipient", "10": UNOWNED}
    (scale,) = [layer["encoding"]["color"]["scale"] for layer in layers(spec) if "color" in layer.get("encoding", {})]
    assert scale["domain"] == ["recipient", "donor", UNOWNED]
    assert len(set(scale["range"])) == 3


def test_marks_and_bins_are_drawn_inside_the_axis_only(lane: TraceView) -> None:
    marks = ((0, 146.0, 70.0, "stutter"), (0, 155.0, 40.0, "pull-up"), (0, 199.0, 40.0, "stutter"))
    bins = ((0, 149.5, 150.5), (0, 99.0, 100.0), (1, 149.5, 150.5))
    spec = electropherogram_spec(replace(lane, marks=marks, bins=bins))
    assert [(row["bp"], row["kind"]) for row in rows_of(spec, "point")] == [(146.0, "stutter"), (155.0, "pull-up")]
    assert [(row["bp"], row["until"]) for row in rows_of(spec, "rect")] == [(149.5, 150.5)]
    alt.Chart.from_dict(spec)
    svg = render_svg(spec, name="lane")
    assert "stutter" in svg
    assert "pull-up" in svg


def typed(day: int, fraction: str, share: float, *, lod: float | None = 0.02) -> ChimerismView:
    people = (
        ContributorShare("R", "recipient", 1.0 - share, 0.0, 1.0),
        ContributorShare("D", "hsct+nk", share, max(share - 0.05, 0.0), share + 0.05),
    )
    return ChimerismView(
        f"d{day}",
        day,
        fraction,
        "x",
        chosen=False,
        contributors=people,
        classical_share=None,
        lod=lod,
        loci_used=9,
        loci=(),
        trace=None,
        findings=(),
        record="r",
    )


@pytest.fixture
def patient(subject: Make) -> SubjectResults:
    views = (typed(-1, "WB", 0.01), typed(14, "WB", 0.40), typed(14, "CD56", 0.70, lod=None))
    found: SubjectResults = replace(subject(), chimerism=views)
    return found


def test_the_course_has_intervals_limits_and_the_infusion(patient: SubjectResults) -> None:
    spec = chimerism_course_spec(patient, window=(12, 16))
    points = {(row["fraction"], row["shown"]): row for row in rows_of(spec, "point")}
    assert set(points) == {("WB", 1.0), ("WB", 40.0), ("CD56", 70.0)}
    assert [row["below"] for row in points.values()] == [True, False, False]
    assert points["WB", 40.0]["low"] == pytest.approx(35.0)
    assert points["WB", 40.0]["high"] == pytest.approx(45.0)
    assert sorted(row["shown"] for row in rows_of(spec, "tick")) == [2.0, 2.0]  # CD56 has no limit
    assert [row["words"] for row in rows_of(spec, "text")] == ["first NK infusion"]
    days = sorted(row["day"] for row in rows_of(spec, "point"))
    assert np.ptp(days[1:]) == pytest.approx(0.2)  # typed on one day, set apart
    assert "day 14, CD56: 70" in spec["description"]
    assert theme.PAPER in str(spec)
    alt.Chart.from_dict(spec)
    assert "Cells typed" in render_svg(spec, name="course")


def test_later_infusions_are_marked_too(patient: SubjectResults) -> None:
    def given(day: int) -> CourseItem:
        return CourseItem("NK infusion", "D", day, None, ongoing=False, level="", found=True, record="r")

    spec = chimerism_course_spec(replace(patient, course=(given(0), given(21))), window=(12, 16))
    words = {row["day"]: row["words"] for row in rows_of(spec, "text")}
    assert words == {0: "first NK infusion", 21: "NK infusion"}
    alt.Chart.from_dict(spec)


def test_one_day_is_no_course(patient: SubjectResults) -> None:
    assert has_course(patient)
    assert not has_course(replace(patient, chimerism=patient.chimerism[1:]))
    nobody = replace(patient.chimerism[0], contributors=patient.chimerism[0].contributors[:1])
    assert not has_course(replace(patient, chimerism=(nobody, *patient.chimerism[1:])))
