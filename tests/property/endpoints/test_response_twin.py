"""Response over time against its plain twin; the order of rows does not matter."""

import random

from hypothesis import given
from hypothesis import strategies as st

from nktrial.endpoints.response import DayLevel, FollowedTo, ResponseScale, derive_response

LEVELS = ("CR", "CRi", "PR", "NR")
SCALE = ResponseScale(LEVELS, frozenset({"CR", "CRi"}), 0, frozenset({"RELAPSE"}))
COURSES = st.lists(
    st.tuples(st.integers(-20, 100), st.sampled_from([*LEVELS, "NE", "RELAPSE"])),
    max_size=8,
    unique_by=lambda pair: pair[0],
)
DAYS = st.none() | st.integers(1, 120)


def plain_best(course: list[tuple[int, str]], followed: FollowedTo) -> str:
    relapses = [followed.relapse] if followed.relapse is not None else []
    remission = False
    for day, level in sorted(course):
        if level == "RELAPSE" and remission:
            relapses.append(day)
        if level in {"CR", "CRi"}:
            remission = True
    crossed_out = [*relapses, *(day for day in (followed.death, followed.next_therapy) if day is not None)]
    kept = [level for day, level in course if day > 0 and all(day < end for end in crossed_out)]
    return next((level for level in LEVELS if level in kept), "")


@given(COURSES, DAYS, DAYS, DAYS, st.randoms(use_true_random=False))
def test_best_response_by_crossing_out(
    course: list[tuple[int, str]], relapse: int | None, death: int | None, therapy: int | None, shuffler: random.Random
) -> None:
    followed = FollowedTo(120, relapse=relapse, death=death, next_therapy=therapy)
    rows = [DayLevel(day, level) for day, level in course]
    found = derive_response("S", rows, SCALE, followed)
    assert found.best == plain_best(course, followed)
    shuffler.shuffle(rows)
    assert derive_response("S", rows, SCALE, followed) == found
