"""Response over time: courses with the answer worked out by hand from the definitions."""

import pytest

from nktrial.endpoints.response import DayLevel, FollowedTo, ResponseScale, derive_response

AML = ResponseScale(("CR", "CRi", "PR", "NR"), frozenset({"CR", "CRi"}), 0, frozenset({"RELAPSE"}))
MDS = ResponseScale(("CR", "PR", "SD", "PD"), frozenset({"CR"}), 28)


def levels(*pairs: tuple[int, str]) -> list[DayLevel]:
    return [DayLevel(day, level) for day, level in pairs]


def test_the_best_level_on_its_first_day() -> None:
    found = derive_response("S", levels((-8, "NR"), (14, "CRi"), (28, "CR"), (60, "CR")), AML, FollowedTo(100))
    assert (found.best, found.best_day, found.time_to_response_days) == ("CR", 28, 14)
    assert (found.duration_days, found.duration_end) == (86, "censored")
    assert (found.confirmed, found.findings) == ("not_required", ())


def test_relapse_ends_a_remission_and_what_follows_does_not_count() -> None:
    found = derive_response("S", levels((28, "CRi"), (90, "CR")), AML, FollowedTo(200, relapse=70))
    assert (found.best, found.duration_days, found.duration_end) == ("CRi", 42, "relapse")


def test_an_assessment_can_tell_the_relapse() -> None:
    found = derive_response("S", levels((28, "CR"), (50, "RELAPSE"), (80, "CR")), AML, FollowedTo(200, relapse=60))
    assert (found.duration_days, found.duration_end) == (22, "relapse")


def test_death_in_remission() -> None:
    found = derive_response("S", levels((28, "CR")), AML, FollowedTo(90, death=90))
    assert (found.duration_days, found.duration_end) == (62, "death")


def test_another_therapy_censors() -> None:
    found = derive_response("S", levels((28, "PR"), (60, "CR")), AML, FollowedTo(200, next_therapy=40))
    assert (found.best, found.time_to_response_days, found.duration_days) == ("PR", None, None)
    assert [finding.code for finding in found.findings] == ["NK-RES-02"]


def test_a_remission_before_the_infusion_is_said() -> None:
    found = derive_response("S", levels((-3, "CR"), (28, "CR")), AML, FollowedTo(100))
    assert [finding.code for finding in found.findings] == ["NK-RES-01"]


@pytest.mark.parametrize(
    ("course", "reason"),
    [
        (levels((-3, "NR")), "no assessment after the infusion"),
        (levels((28, "NE")), "no assessment after the infusion could be evaluated"),
    ],
)
def test_not_evaluable_says_why(course: list[DayLevel], reason: str) -> None:
    found = derive_response("S", course, AML, FollowedTo(100))
    assert (found.best, found.reason, found.confirmed) == ("", reason, "not_evaluable")


@pytest.mark.parametrize(
    ("course", "confirmed"),
    [
        (levels((28, "CR"), (56, "CR")), "confirmed"),
        (levels((28, "CR"), (55, "CR")), "not_confirmed"),
        (levels((28, "CR"), (40, "SD"), (56, "CR")), "not_confirmed"),
        (levels((28, "CR"), (40, "NE"), (56, "CR")), "confirmed"),
        (levels((28, "PR"), (60, "SD")), "not_confirmed"),
    ],
)
def test_confirmation_after_four_weeks(course: list[DayLevel], confirmed: str) -> None:
    assert derive_response("S", course, MDS, FollowedTo(100)).confirmed == confirmed
