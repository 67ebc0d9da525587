"""Safety: literal events, answers worked out by hand from the definitions."""

import pytest

from nktrial.core.errors import MethodError
from nktrial.endpoints.safety import (
    Emergence,
    agreement,
    emergence,
    other_causes,
    reported_event,
    worst_grades,
)
from nktrial.model.clinic import AdverseEvent, Gvhd, Row, Transplant
from nktrial.model.origin import Extent
from nktrial.model.patient_results import WorstGrade

ROW = Row("adverse_events.csv", 2, Extent("row 2", 0, 1))


def event(
    term: str, grade: int, onset: int, resolved: int | None = None, *, pt: str = "", soc: str = ""
) -> AdverseEvent:
    return AdverseEvent("S", term, grade, onset, resolved, "", "", "", "", "", pt, soc, ROW)


@pytest.mark.parametrize(
    ("onset", "infusions", "expected"),
    [
        (0, (0,), Emergence(0, 0)),
        (28, (0,), Emergence(0, 28)),
        (29, (0,), None),
        (-1, (0,), None),
        (30, (0, 21), Emergence(1, 9)),
        (20, (21, 0), Emergence(1, 20)),
        (3, (), None),
    ],
)
def test_emergent_from_an_infusion_to_the_end_of_its_window(
    onset: int, infusions: tuple[int, ...], expected: Emergence | None
) -> None:
    assert emergence(onset, infusions, 28) == expected


def test_a_negative_window_is_refused() -> None:
    with pytest.raises(MethodError, match="NK-SAF-01"):
        emergence(1, (0,), -1)


def test_the_worst_grade_by_term_and_class() -> None:
    events = [
        event("Fever", 1, 1, soc="General disorders"),
        event("fever", 3, 9, soc="General disorders"),
        event("Rash", 2, 4),
    ]
    assert worst_grades(events) == (
        WorstGrade("term", "Fever", 3, 2),
        WorstGrade("term", "Rash", 2, 1),
        WorstGrade("class", "General disorders", 3, 2),
    )


def gvhd(day: int, skin: int | None, severity: str = "") -> Gvhd:
    return Gvhd("S", day, "acute" if not severity else "chronic", skin, 0, 0, 0, severity, "", ROW)


def test_other_causes_are_listed() -> None:
    transplant = Transplant("S", -20, "D", "BM", "MAC", ROW)
    found = other_causes(event("Rash", 2, 10), [gvhd(14, 1), gvhd(30, 3), gvhd(9, 0)], [transplant], 5)
    assert found == ("acute GVHD assessed on day 14", "transplantation on day -20, MAC", "relapse on day 5")
    assert other_causes(event("Rash", 2, 11), [], [transplant], 12) == ()


def test_a_report_is_found_by_term_or_preferred_term_while_it_goes_on() -> None:
    events = [
        event("Neutropenia", 4, 2, 10),
        event("low counts", 3, 8, None, pt="Neutrophil count decreased"),
        event("Fever", 4, 2, 10),
    ]
    assert reported_event("Neutrophil count decreased", 5, events) is events[0]
    assert reported_event("Neutrophil count decreased", 11, events) is events[1]
    assert reported_event("Neutrophil count decreased", 1, events) is None


@pytest.mark.parametrize(
    ("grade", "reported", "worst", "expected"),
    [
        (None, 3, 3, "not_gradable"),
        (0, None, None, "agrees"),
        (2, None, None, "below_grade_3_not_reported"),
        (3, None, None, "not_reported"),
        (3, 3, 3, "agrees"),
        (1, 3, 3, "agrees"),
        (1, 3, 2, "differs"),
        (0, 3, None, "differs"),
        (4, 3, 4, "differs"),
    ],
)
def test_own_grade_against_report(grade: int | None, reported: int | None, worst: int | None, expected: str) -> None:
    assert agreement(grade, reported, worst) == expected
