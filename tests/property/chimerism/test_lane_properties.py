"""Sizing keeps order, and no lane whatever makes calling fail other than by a MethodError."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nktrial.chimerism.calls import call_trace
from nktrial.chimerism.ladder import align_ladder
from nktrial.chimerism.sizing import local_southern
from nktrial.core.errors import MethodError
from nktrial.formats.kits import load_kit
from nktrial.model.trace import Trace

KIT = load_kit("identifiler")


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(15.0, 25.0), min_size=13, max_size=13))
def test_longer_runs_later(scans_per_bp: list[float]) -> None:
    sizes = np.asarray(KIT.size_standards[0].fragments_bp)
    scans = np.cumsum(np.diff(sizes, prepend=0.0) * np.array(scans_per_bp))
    found = local_southern(np.linspace(scans[0], scans[-1], 500), scans, sizes)
    # Between two standards the mean of two hyperbolas through both ends rises.
    assert np.all(np.diff(found) > 0)
    assert local_southern(scans, scans, sizes) == pytest.approx(sizes)


@settings(max_examples=60, deadline=None)
@given(
    n_scans=st.sampled_from([100, 250, 251, 252, 3_000]),
    kind=st.sampled_from(["noise", "walk", "comb", "dots", "full"]),
    seed=st.integers(0, 10_000),
)
def test_any_lane_is_called_or_refused(n_scans: int, kind: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    shape = (n_scans, 5)
    signal = {
        "noise": rng.integers(-32_768, 32_768, shape).astype(float),
        "walk": np.cumsum(rng.normal(0.0, 20.0, shape), axis=0),
        "comb": (np.arange(n_scans)[:, None] % int(rng.integers(2, 60)) == 0) * np.full((1, 5), 5_000.0),
        "dots": np.where(rng.random(shape) < 0.01, 20_000.0, 0.0),
        "full": np.full(shape, 32_767.0),
    }[kind]
    scans = np.clip(signal, -32_768, 32_767).astype(np.int32)
    trace = Trace(scans, KIT.dyes, "S1", "", rng.integers(0, n_scans, 5))
    for attempt in (lambda: call_trace(trace, KIT, ladder=None), lambda: align_ladder(trace, KIT)):
        try:
            attempt()
        except MethodError as error:
            assert error.code.startswith(("NK-SIZ-", "NK-ALL-"))  # noqa: PT017
