"""Treatment-emergent events against a plain twin; a longer window never takes an event out."""

from hypothesis import given
from hypothesis import strategies as st

from nktrial.endpoints.safety import emergence

DAYS = st.integers(-60, 200)


@given(DAYS, st.lists(DAYS, max_size=5, unique=True), st.integers(0, 60))
def test_emergent_by_walking_back_day_by_day(onset: int, infusions: list[int], window: int) -> None:
    found = emergence(onset, infusions, window)
    for days in range(window + 1):
        if onset - days in infusions:
            assert found is not None
            assert (infusions[found.infusion], found.days_after) == (onset - days, days)
            break
    else:
        assert found is None


@given(DAYS, st.lists(DAYS, max_size=5), st.integers(0, 60), st.integers(0, 60))
def test_a_longer_window_keeps_every_event(onset: int, infusions: list[int], window: int, more: int) -> None:
    if emergence(onset, infusions, window) is not None:
        assert emergence(onset, infusions, window + more) is not None
