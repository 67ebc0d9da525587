"""Overlapping bins: sizes, ranges, events in chosen bins."""

import numpy as np
import pytest

from nktrial.core.errors import MethodError
from nktrial.cytometry.quality.bins import bin_medians, events_in, overlapping_bins, runs


@pytest.mark.parametrize(
    ("events", "size"),
    # PeacoQC's FindEventsPerBin: max(150, (ceil(2 n / 500) %/% 500) * 500 + 500)
    [(9_617, 500), (124_750, 500), (125_000, 1000), (1_000_000, 4500), (100, 500)],
)
def test_the_rule_for_the_size(events: int, size: int) -> None:
    assert overlapping_bins(events).size == size


def test_bins_are_half_over_the_next_and_cut_off_at_the_end() -> None:
    bins = overlapping_bins(10, size=4)
    assert list(zip(bins.starts.tolist(), bins.stops.tolist(), strict=True)) == [
        (0, 4),
        (2, 6),
        (4, 8),
        (6, 10),
        (8, 10),
    ]


def test_an_odd_size_moves_by_its_smaller_half() -> None:
    # R: by = seg.length - ceiling(seg.length / 2)
    assert overlapping_bins(9, size=5).starts.tolist() == [0, 2, 4, 6, 8]


def test_events_of_chosen_bins() -> None:
    bins = overlapping_bins(10, size=4)
    inside = events_in(bins, np.array([True, False, False, False, True]))
    assert np.flatnonzero(inside).tolist() == [0, 1, 2, 3, 8, 9]


def test_medians() -> None:
    assert bin_medians(np.array([1.0, 2, 9, 4, 5, 6]), overlapping_bins(6, size=4)).tolist() == [3.0, 5.5, 5.5]


def test_runs() -> None:
    assert runs(np.array([True, False, True, True])) == ((0, 1), (2, 4))
    assert runs(np.zeros(3, dtype=bool)) == ()


def test_no_events_give_no_bins() -> None:
    assert overlapping_bins(0).count == 0


def test_a_bin_of_one_event_is_refused() -> None:
    with pytest.raises(MethodError, match="NK-QCF-13"):
        overlapping_bins(10, size=1)
