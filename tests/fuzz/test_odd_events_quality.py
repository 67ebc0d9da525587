"""Quality control of events that no instrument should write: a result or a MethodError, never anything else."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from nktrial.core.errors import MethodError
from nktrial.cytometry.quality.control import QualityOptions, flow_quality
from nktrial.model.events import Channel, EventMatrix

NAMES = ("FSC-A", "FSC-H", "SSC-A", "B515-A", "Comp-R660-A", "V450-A", "Time", "Event #")
KINDS = ("normal", "constant", "nan", "inf", "huge", "tiny", "zeros", "whole", "two", "rising", "negative")


def column(kind: str, events: int, rng: np.random.Generator) -> NDArray[np.float64]:
    made: dict[str, NDArray[np.float64]] = {
        "normal": rng.normal(2e4, 1e4, events),
        "constant": np.full(events, 7.0),
        "nan": np.where(rng.random(events) < 0.5, np.nan, 1.0),
        "inf": np.where(rng.random(events) < 0.1, np.inf, rng.normal(size=events)),
        "huge": rng.normal(size=events) * 1e38,
        "tiny": rng.normal(size=events) * 1e-38,
        "zeros": np.where(rng.random(events) < 0.9, 0.0, 1e4),
        "whole": rng.integers(0, 5, events).astype(np.float64),
        "two": np.where(rng.random(events) < 0.5, 1e2, 1e5),
        "rising": np.arange(events, dtype=np.float64),
        "negative": -np.abs(rng.normal(1e3, 1e3, events)),
    }
    return made[kind]


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from([0, 1, 2, 30, 700, 6_000]),
    st.lists(st.sampled_from(KINDS), min_size=len(NAMES), max_size=len(NAMES)),
    st.sampled_from([0.0, 1.0, 1024.0, 262144.0, 4294967296.0]),
    st.sampled_from(["", "0.01", "0", "-1", "1e-9"]),
    st.sampled_from([None, 2, 150]),
    st.integers(0, 2**32 - 1),
)
def test_no_other_error(events: int, kinds: list[str], top: float, step: str, size: int | None, seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = np.column_stack([column(kind, events, rng) for kind in kinds])
    channels = tuple(Channel(i, name, "Viability" if name == "V450-A" else "", 32, top) for i, name in enumerate(NAMES))
    matrix = EventMatrix(values, channels, None, {"$TIMESTEP": step} if step else {}, "FCS3.1")
    try:
        quality = flow_quality(matrix, QualityOptions(events_per_bin=size))
    except MethodError:
        return
    assert quality.kept.shape == (events,)
    assert sum(item.removed for item in quality.steps) == events - quality.kept.sum()
