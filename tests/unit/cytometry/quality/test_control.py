"""Quality control as a whole: each fault that was put in is found by its step and by no other."""

from dataclasses import replace
from typing import cast

import numpy as np
import pytest
from numpy.typing import NDArray

from nktrial.core.errors import MethodError
from nktrial.cytometry.quality.control import QualityOptions, flow_quality
from nktrial.cytometry.quality.stability import Limits
from nktrial.model.events import Channel, EventMatrix
from nktrial.model.quality import FlowQuality, QualityStep

EVENTS = 40_000
NAMES = ("FSC-A", "FSC-H", "B515-A", "V450-A", "Time")
MARKERS = ("", "", "CD3", "Live/Dead", "")
TOP = 262144.0


def measured(rng: np.random.Generator, events: int = EVENTS) -> EventMatrix:
    """Return a clean run of 400 events a second: two populations, few doublets, 10 % dead."""
    area = rng.normal(8e4, 8e3, events)
    positive = rng.random(events) < 0.5
    values = np.column_stack(
        [
            area,
            area * 0.85 * rng.normal(1.0, 0.02, events),
            np.where(positive, rng.lognormal(9.5, 0.3, events), rng.normal(0.0, 150.0, events)),
            np.where(rng.random(events) < 0.1, rng.lognormal(10.0, 0.3, events), rng.normal(100.0, 100.0, events)),
            np.cumsum(rng.exponential(1 / 400.0, events)) * 100.0,
        ]
    )
    channels = tuple(
        Channel(i, name, marker, 32, TOP) for i, (name, marker) in enumerate(zip(NAMES, MARKERS, strict=True))
    )
    return EventMatrix(values, channels, None, {"$TIMESTEP": "0.01", "$FIL": "run.fcs"}, "FCS3.1")


def numbers(matrix: EventMatrix) -> NDArray[np.float64]:
    """Return the values themselves, to be changed in place."""
    return cast("NDArray[np.float64]", matrix.values)


def step(quality: FlowQuality, name: str) -> QualityStep:
    return next(item for item in quality.steps if item.name == name)


def codes(quality: FlowQuality) -> set[str]:
    return {finding.code for finding in quality.findings}


def test_a_clean_run(rng: np.random.Generator) -> None:
    quality = flow_quality(measured(rng))
    assert [item.name for item in quality.steps] == [
        "finite",
        "margins",
        "time_order",
        "flow_rate",
        "signal_stability",
        "doublets",
        "dead_cells",
    ]
    assert quality.flags == ()
    assert step(quality, "margins").removed == 0
    assert step(quality, "signal_stability").removed <= 0.02 * EVENTS
    assert step(quality, "doublets").removed < 0.01 * EVENTS
    assert step(quality, "dead_cells").removed == pytest.approx(0.1 * EVENTS, rel=0.06)


def test_steps_account_for_every_event(rng: np.random.Generator) -> None:
    quality = flow_quality(measured(rng, 20_000))
    left = 20_000
    for item in quality.steps:
        assert item.reached == left
        left -= item.removed
    assert left == quality.kept.sum()
    assert quality.removed_share == pytest.approx(1 - left / 20_000)


def test_a_shift_of_the_signal_is_unstable(rng: np.random.Generator) -> None:
    matrix = measured(rng)
    numbers(matrix)[16_000:19_000, 2] *= 3.0
    quality = flow_quality(matrix)
    assert (~quality.kept)[16_300:18_700].mean() > 0.99
    found = step(quality, "signal_stability")
    assert 3_000 <= found.removed <= 7_000  # smoothing takes bins beside the shift with it
    assert "B515-A" in found.channels
    (shift,) = [item for item in quality.bad_ranges if item.start <= 17_000 < item.stop]
    assert shift.step == "signal_stability"
    assert shift.start_s is not None
    assert shift.start_s == pytest.approx(40.0, abs=4.0)


def test_a_clog_lowers_the_rate(rng: np.random.Generator) -> None:
    matrix = measured(rng)
    numbers(matrix)[20_000:, 4] += 300.0  # three seconds without events
    numbers(matrix)[19_990:20_000, 4] += np.linspace(30.0, 270.0, 10)
    found = step(flow_quality(matrix), "flow_rate")
    assert found.details["outlying"] >= 28
    assert 5 <= found.removed <= 80


def test_margins_and_values_that_are_not_finite(rng: np.random.Generator) -> None:
    matrix = measured(rng)
    numbers(matrix)[:500, 2] = TOP - 1.0
    numbers(matrix)[500:510, 0] = np.nan
    quality = flow_quality(matrix)
    assert step(quality, "finite").channels == {"FSC-A": 10}
    assert step(quality, "margins").channels == {"B515-A": 500}
    assert "NK-QCF-15" in codes(quality)


def test_many_margins_are_flagged(rng: np.random.Generator) -> None:
    matrix = measured(rng)
    numbers(matrix)[: EVENTS // 5, 2] = TOP - 1.0
    quality = flow_quality(matrix)
    assert "many_margins" in quality.flags
    assert "NK-QCF-09" in codes(quality)


def test_time_that_runs_backwards(rng: np.random.Generator) -> None:
    matrix = measured(rng, 20_000)
    numbers(matrix)[10_000:, 4] -= numbers(matrix)[10_000, 4]
    quality = flow_quality(matrix)
    assert "time_backwards" in quality.flags
    assert "NK-QCF-05" in codes(quality)
    assert step(quality, "flow_rate").skipped == "the time runs backwards"
    assert step(quality, "time_order").removed == 0


def test_shuffled_events_can_be_left_unjudged_along_time(rng: np.random.Generator) -> None:
    matrix, options = measured(rng, 20_000), QualityOptions(judge_shuffled=False)
    joined = replace(matrix, values=np.vstack([numbers(matrix)[10_000:], numbers(matrix)[:10_000]]))
    assert step(flow_quality(joined, options), "signal_stability").skipped == ""
    shuffled = replace(matrix, values=numbers(matrix)[rng.permutation(20_000)])
    quality = flow_quality(shuffled, options)
    assert step(quality, "signal_stability").skipped == "the events are not in order of time"
    assert step(quality, "doublets").reached == 20_000
    assert (quality.bad_ranges, quality.course.medians) == ((), {})
    assert step(flow_quality(shuffled), "signal_stability").skipped == ""


def test_without_time_or_its_step(rng: np.random.Generator) -> None:
    matrix = measured(rng, 20_000)
    no_step = flow_quality(replace(matrix, keywords={}))
    assert "NK-QCF-07" in codes(no_step)
    quality = flow_quality(replace(matrix, values=numbers(matrix)[:, :4], channels=matrix.channels[:4]))
    assert "NK-QCF-06" in codes(quality)
    assert quality.course.time_s is None


def test_drift(rng: np.random.Generator) -> None:
    matrix = measured(rng)
    numbers(matrix)[:, 0] += np.linspace(0.0, 4e4, EVENTS)
    quality = flow_quality(matrix)
    assert "drift" in quality.flags
    assert any(finding.code == "NK-QCF-08" and "FSC-A is rising" in finding.message for finding in quality.findings)


def test_few_bins_and_few_events(rng: np.random.Generator) -> None:
    quality = flow_quality(measured(rng, 400))
    assert "few_events" in quality.flags
    assert {"NK-QCF-03"} <= codes(quality)
    assert "NK-QCF-10" in codes(flow_quality(measured(rng, 20_000)))


def test_most_removed_is_flagged(rng: np.random.Generator) -> None:
    matrix = measured(rng, 20_000)
    numbers(matrix)[:15_000, 2] = TOP - 1.0
    quality = flow_quality(matrix)
    assert "removed_above_70_percent" in quality.flags
    assert "NK-QCF-04" in codes(quality)


def test_no_events() -> None:
    matrix = measured(np.random.default_rng(1), 0)
    quality = flow_quality(matrix)
    assert quality.removed_share is None
    assert "NK-QCF-16" in codes(quality)


def test_doublets_and_dead_cells_that_cannot_be_judged(rng: np.random.Generator) -> None:
    matrix = measured(rng, 20_000)
    quality = flow_quality(replace(matrix, values=numbers(matrix)[:, [0, 2, 4]], channels=_pick(matrix, (0, 2, 4))))
    assert {"NK-QCF-11", "NK-QCF-12"} <= codes(quality)
    assert step(quality, "dead_cells").skipped
    named = flow_quality(matrix, QualityOptions(viability="FSC-A"))
    assert step(named, "dead_cells").skipped == "no valley in FSC-A"


def test_values_on_a_display_scale(rng: np.random.Generator) -> None:
    matrix = measured(rng, 5_000)
    values = numbers(matrix).copy()
    values[:, 2:4] = rng.normal(2.0, 0.5, (5_000, 2))
    assert "NK-QCF-14" in codes(flow_quality(replace(matrix, values=values)))


def test_the_course_of_the_medians(rng: np.random.Generator) -> None:
    matrix = measured(rng, 20_000)
    numbers(matrix)[:1000, 2] = TOP - 1.0  # margins: they are not in the bins
    course = flow_quality(matrix, QualityOptions(channels=("FSC-A", "CD3"))).course
    assert list(course.medians) == ["FSC-A", "B515-A"]
    assert course.starts[0] == 1000
    first = slice(course.starts[0], course.stops[0])
    assert course.medians["FSC-A"][0] == np.median(numbers(matrix)[first, 0])
    assert course.time_s is not None
    assert course.time_s[0] == pytest.approx(np.median(numbers(matrix)[first, 4]) * 0.01)


@pytest.mark.parametrize(
    ("gain", "bins", "mads", "run"),
    [(1.0, 150, 6.0, 5), (0.6, -1, 6.0, 5), (0.6, 150, 0.0, 5), (0.6, 150, float("nan"), 5), (0.6, 150, 6.0, 0)],
)
def test_limits_out_of_range(gain: float, bins: int, mads: float, run: int) -> None:
    with pytest.raises(MethodError, match="NK-QCF-13"):
        Limits(gain, bins, mads, run)


def test_the_same_events_as_integers_or_floats(rng: np.random.Generator) -> None:
    matrix = measured(rng, 10_000)
    whole = np.rint(numbers(matrix)).astype(np.int32)
    first, second = (flow_quality(replace(matrix, values=v)) for v in (whole, whole.astype(np.float64)))
    assert first.kept.tolist() == second.kept.tolist()


def _pick(matrix: EventMatrix, columns: tuple[int, ...]) -> tuple[Channel, ...]:
    return tuple(replace(matrix.channels[column], index=place) for place, column in enumerate(columns))
