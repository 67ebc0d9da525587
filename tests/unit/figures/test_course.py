"""Timeline and swimmer plot: what is drawn where."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

import pytest

from nktrial.figures.render import render_svg
from nktrial.figures.swimmer import has_swimmer, swimmer_spec
from nktrial.figures.timeline import MOST_ROWS, has_timeline, timeline_spec
from nktrial.model.patient_results import CourseItem, CourseLane
from nktrial.model.results import StudyResults, SubjectResults

Make: TypeAlias = Callable[..., Any]


def item(
    lane: CourseLane, day: int, until: int | None = None, *, label: str = "x", level: str = "", ongoing: bool = False,
    found: bool = True,
) -> CourseItem:  # fmt: skip
    return CourseItem(lane, label, day, until, ongoing, level, found, "c" * 64)


@pytest.fixture
def patient(point: Make, subject: Make) -> SubjectResults:
    course = (
        item("NK infusion", 0),
        item("adverse event", 3, 9, label="Fever", level="grade 1"),
        item("adverse event", 10, label="Diarrhea", level="grade 2", ongoing=True),
        item("acute GVHD", 14, level="no stage", found=False),
        item("acute GVHD", 21, level="skin 1"),
        item("relapse", 40, label="relapse"),
        item("death", 50, label="death"),
    )
    made: SubjectResults = replace(subject(point(14, 157.0, chosen=True), value=157.0, success=True), course=course)
    return made


def course_marks(spec: dict[str, Any]) -> list[dict[str, Any]]:
    panel = spec["vconcat"][-1]
    marks: list[dict[str, Any]] = panel["layer"][3]["data"]["values"]
    return marks


def test_what_is_ongoing_ends_with_the_patient(patient: SubjectResults) -> None:
    marks = {mark["row"]: mark for mark in course_marks(timeline_spec(patient, threshold_per_ul=100.0))}
    assert (marks["AE: Fever"]["day"], marks["AE: Fever"]["until"]) == (3, 9)
    assert (marks["AE: Diarrhea"]["until"], marks["AE: Diarrhea"]["ongoing"]) == (50, True)


def test_a_late_last_contact_does_not_stretch_the_axis(patient: SubjectResults) -> None:
    course = (*patient.course[:2], item("last contact", 2000, label="last contact, alive"))
    spec = timeline_spec(replace(patient, course=course), threshold_per_ul=100.0)
    first, last = spec["vconcat"][-1]["layer"][0]["encoding"]["x"]["scale"]["domain"]
    assert first <= 0
    assert 14 < last < 30
    status = next(mark for mark in course_marks(spec) if mark["row"] == "status")
    assert (status["day"], status["words"]) == (last, "last contact, alive, day 2000")


def test_rows_are_limited_and_the_status_stays(patient: SubjectResults) -> None:
    drugs = tuple(item("drug", 1, label=f"drug {number}") for number in range(3 * MOST_ROWS))
    spec = timeline_spec(replace(patient, course=(*patient.course, *drugs)), threshold_per_ul=100.0)
    rows = spec["vconcat"][-1]["layer"][1]["encoding"]["y"]["scale"]["domain"]
    assert len(rows) == MOST_ROWS
    assert rows[-1] == "status"
    assert "further rows" in spec["description"]


def test_no_timeline_without_more_than_infusions(patient: SubjectResults) -> None:
    assert has_timeline(patient)
    assert not has_timeline(replace(patient, course=patient.course[:1]))


def test_the_swimmer_marks_gvhd_at_its_first_stage(patient: SubjectResults) -> None:
    study = StudyResults("ST", "Title", (), (12, 16), 100.0, (patient,), (), ())
    marks = swimmer_spec(study)["layer"][1]["data"]["values"]
    assert {(mark["kind"], mark["day"]) for mark in marks} == {
        ("NK infusion", 0), ("acute GVHD", 21), ("relapse", 40), ("death", 50)
    }  # fmt: skip


def test_a_patient_without_follow_up_is_named_so(patient: SubjectResults) -> None:
    unknown = replace(patient, subject_id="S02", course=())
    study = StudyResults("ST", "Title", (), (12, 16), 100.0, (unknown, patient), (), ())
    spec = swimmer_spec(study)
    assert [bar["row"] for bar in spec["layer"][0]["data"]["values"]] == ["S01", "S02"]
    assert "no follow-up" in json.dumps(spec["layer"][2])
    assert has_swimmer(study)
    assert not has_swimmer(replace(study, subjects=(unknown,)))


def test_both_are_drawn(patient: SubjectResults) -> None:
    study = StudyResults("ST", "Title", (), (12, 16), 100.0, (patient,), (), ())
    assert "Diarrhea" in render_svg(timeline_spec(patient, threshold_per_ul=100.0), name="timeline")
    assert "follow-up" not in render_svg(swimmer_spec(study), name="swimmer")
