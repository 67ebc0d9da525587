"""Times to event: courses worked out by hand, and dates that contradict each other."""

from dataclasses import replace

import pytest

from nktrial.core.errors import MethodError
from nktrial.endpoints.event_times import Course, GvhdSeen, OutcomeTime, derive_times
from nktrial.endpoints.nk_expansion import RULE as EXPANSION
from nktrial.endpoints.nk_expansion import donor_nk_per_ul
from nktrial.endpoints.time_to_event import RULE, survival_times

ALIVE = Course(transplant=-40, relapse=None, death=None, last=200, death_cause="", gvhd=())


def one(name: str, course: Course) -> OutcomeTime:
    return derive_times((name,), course)[0]


def acute(day: int, grade: str) -> GvhdSeen:
    return GvhdSeen(day, grade, chronic=False, systemic=None)


def chronic(day: int, *, systemic: bool | None) -> GvhdSeen:
    return GvhdSeen(day, "0", chronic=True, systemic=systemic)


@pytest.mark.parametrize(
    ("relapse", "death", "last", "code"),
    [(-1, None, 10, "NK-TTE-01"), (None, -3, None, "NK-TTE-01"), (20, 10, 10, "NK-TTE-02"), (None, 10, 11, "NK-TTE-02"),
     (20, None, 10, "NK-TTE-02"), (None, None, None, "NK-TTE-03"), (5, None, None, "NK-TTE-03")],
)  # fmt: skip
def test_dates_that_contradict_each_other(relapse: int | None, death: int | None, last: int | None, code: str) -> None:
    with pytest.raises(MethodError, match=code):
        survival_times(0, relapse=relapse, death=death, last=last)


def test_relapse_and_death_on_one_day_are_a_relapse() -> None:
    found = survival_times(0, relapse=30, death=30, last=30)
    assert (found.relapse.code, found.nrm.code, found.os.code, found.efs.days) == (1, 2, 1, 30)


def test_a_row_without_time_zero_has_no_times() -> None:
    assert set(RULE.assess({"last_followup_date": 5}).values.values()) == {None}


@pytest.mark.parametrize(
    ("name", "course", "days", "code"),
    [
        ("OS", ALIVE, 200, 0),
        ("OS", replace(ALIVE, death=90, last=90), 90, 1),
        ("NRM", replace(ALIVE, relapse=60, death=90, last=90), 60, 2),
        ("NRM", replace(ALIVE, death=90, last=90), 90, 1),
        ("aGVHD II-IV", replace(ALIVE, gvhd=(acute(10, "I"), acute(20, "II"))), 60, 1),
        ("aGVHD III-IV", replace(ALIVE, gvhd=(acute(10, "I"), acute(20, "II"))), 240, 0),
        ("aGVHD III-IV", replace(ALIVE, relapse=60, gvhd=(acute(80, "III"),)), 100, 2),
        ("cGVHD", replace(ALIVE, gvhd=(chronic(120, systemic=None),)), 160, 1),
        ("GRFS", replace(ALIVE, gvhd=(chronic(120, systemic=True),)), 160, 1),
        ("GRFS", replace(ALIVE, gvhd=(chronic(120, systemic=False),)), 240, 0),
        ("GRFS", replace(ALIVE, relapse=50), 90, 1),
    ],
)
def test_courses_by_hand(name: str, course: Course, days: int, code: int) -> None:
    found = one(name, course)
    assert (found.days, found.code, found.reason) == (days, code, "")


@pytest.mark.parametrize(
    ("name", "course", "reason"),
    [
        ("cGVHD", replace(ALIVE, gvhd=None), "no table gvhd.csv"),
        ("GRFS", replace(ALIVE, transplant=None), "no transplantation"),
        ("aGVHD II-IV", replace(ALIVE, gvhd=(acute(-5, "II"),)), "before the first infusion"),
        ("aGVHD II-IV", replace(ALIVE, gvhd=(acute(15, ""),)), "no overall grade"),
        ("GRFS", replace(ALIVE, gvhd=(chronic(120, systemic=None),)), "systemic therapy is not given"),
    ],
)
def test_what_is_not_evaluable_says_why(name: str, course: Course, reason: str) -> None:
    found = one(name, course)
    assert (found.days, found.code) == (None, None)
    assert reason in found.reason


def test_an_open_assessment_after_the_event_leaves_nothing_open() -> None:
    found = one("aGVHD II-IV", replace(ALIVE, gvhd=(acute(10, "III"), acute(15, ""))))
    assert (found.days, found.code) == (50, 1)


def test_entry_is_late_from_transplantation_to_the_infusion() -> None:
    found = one("cGVHD", ALIVE)
    assert (found.time_zero, found.zero_day, found.entry_days) == ("transplantation", -40, 40)


def test_percent_instead_of_a_fraction_is_refused() -> None:
    with pytest.raises(MethodError, match="NK-EXP-01"):
        donor_nk_per_ul(1000.0, 50.0, 0.5)


def test_a_missing_factor_is_named() -> None:
    found = EXPANSION.assess({"alc_value": 1000.0, "alc_unit": "/uL", "donor_chimerism_pct": 50.0})
    assert (found.values["success_gt100"], found.not_evaluable) == ("NE", "the NK fraction not given")
