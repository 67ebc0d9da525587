"""Engraftment and primary graft failure against their plain twins."""

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from nktrial.criteria import RULES
from nktrial.model.rule import Value

# Counts of days 8, 9, ... in whole units, of which 5 are the limit; None: a day without a count.
UNITS = st.lists(st.sampled_from([None, 0, 4, 5, 5, 6, 6, 9]), max_size=14)
SERIES = UNITS.map(lambda found: {day: count for day, count in enumerate(found, 8) if count is not None})
DAYS = st.lists(st.integers(0, 22), max_size=2)


def good(counts: dict[int, int], day: int) -> bool:
    return day in counts and counts[day] >= 5


def runs(counts: dict[int, int]) -> list[int]:
    return [day for day in range(26) if good(counts, day) and good(counts, day + 1) and good(counts, day + 2)]


def triples(counts: dict[int, int]) -> list[tuple[int, int]]:
    """Return the first and last day of three good values in a row that are not three successive days."""
    days = sorted(counts)
    found = zip(days, days[1:], days[2:], strict=False)
    return [(a, c) for a, b, c in found if all(good(counts, day) for day in (a, b, c)) and c - a > 2]


def answer(candidates: list[int], gapped: list[int]) -> tuple[int | None, bool]:
    """Return the day, and whether nothing can be said."""
    if candidates:
        return candidates[0], False
    return None, bool(gapped)


def plain_neutrophils(counts: dict[int, int]) -> tuple[int | None, bool]:
    low = [day for day in sorted(counts) if counts[day] < 5]
    if not low:
        return None, True
    nadir = next(day for day in sorted(counts) if counts[day] == min(counts.values()))
    if any(low[0] < day < nadir for day in runs(counts)):
        return None, True
    return answer([day for day in runs(counts) if day > nadir], [a for a, _ in triples(counts) if a > low[0]])


def plain_platelets(counts: dict[int, int], transfusions: list[int]) -> tuple[int | None, bool]:
    def free(first: int, last: int) -> bool:
        return all(day not in transfusions for day in range(first - 6, last + 1))

    candidates = [day for day in runs(counts) if free(day, day + 2)]
    low = [day for day in counts if counts[day] < 5]
    if not counts or (candidates and low and candidates[0] < min(low)):
        return None, True
    return answer(candidates, [a for a, c in triples(counts) if free(a, c)])


def assessed(measure: str, counts: dict[int, int], unit: float, transfusions: list[int]) -> tuple[object, bool]:
    series = tuple((day, counts[day] * unit) for day in sorted(counts))
    cells: dict[str, Value] = {
        "measure": measure,
        "daily_series_day_value": series,
        "transfusion_days": tuple(transfusions),
    }
    outcome = RULES["engraftment"].assess(cells)
    return outcome.values["day"], bool(outcome.not_evaluable)


@settings(max_examples=1000)
@given(SERIES, DAYS)
def test_neutrophil_engraftment_day_by_day(counts: dict[int, int], transfusions: list[int]) -> None:
    assert assessed("ANC", counts, 100.0, transfusions) == plain_neutrophils(counts)


@settings(max_examples=1000)
@given(SERIES, DAYS)
def test_platelet_engraftment_day_by_day(counts: dict[int, int], transfusions: list[int]) -> None:
    assert assessed("PLT", counts, 4000.0, transfusions) == plain_platelets(counts, transfusions)


@settings(max_examples=1000)
@given(SERIES, DAYS, st.integers(0, 22))
def test_a_further_transfusion_never_makes_platelets_engraft_earlier(
    counts: dict[int, int], transfusions: list[int], more: int
) -> None:
    before, _ = plain_platelets(counts, transfusions)
    found, _ = assessed("PLT", counts, 4000.0, [*transfusions, more])
    assert before is None or not isinstance(found, int) or found >= before


DAYS_SEEN = (None, 0, 29, 30, 31, 41, 42, 43)


def test_primary_graft_failure_in_plain_words() -> None:
    """Every source of the graft, with days around both limits."""
    last_day = {"PBSC": 30, "BM": 30, "UCB": 42}
    for graft, reached, low, seen in product((*last_day, None), DAYS_SEEN, (True, False, None), DAYS_SEEN):
        expected = "NE"
        if graft is not None:
            seen_to = max((day for day in (reached, seen) if day is not None), default=-1)
            if (reached is not None and reached <= last_day[graft]) or low is False:
                expected = "N"
            elif seen_to >= last_day[graft] and low:
                expected = "Y"
        cells: dict[str, Value] = {
            "graft_source": graft,
            "anc_ge_500_achieved_day": reached,
            "pancytopenia": low,
            "assessed_day": seen,
        }
        found = RULES["primary_graft_failure"].assess(cells).values["primary_graft_failure"]
        assert found == expected, cells
