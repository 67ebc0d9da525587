"""Events at the limits of a detector."""

from pathlib import Path

import numpy as np
import pytest

from nktrial.core.errors import MethodError
from nktrial.cytometry.automatic.boundary import margin_events
from nktrial.formats.fcs import read_fcs
from nktrial.formats.window import Window


def test_piled_up_values_are_margin_events(rng: np.random.Generator) -> None:
    values = np.clip(rng.normal(500.0, 300.0, 5000), 0.0, 1000.0)
    margins = margin_events(values)
    assert (margins.low, margins.high) == (0.0, 1000.0)
    assert np.array_equal(margins.at_low, values == 0.0)
    assert np.array_equal(margins.outside, (values == 0.0) | (values == 1000.0))


def test_the_largest_of_ordinary_values_is_none(rng: np.random.Generator) -> None:
    margins = margin_events(rng.normal(size=5000))
    assert (margins.low, margins.high) == (None, None)
    assert not margins.outside.any()


def test_ordinary_integers_have_no_margin(rng: np.random.Generator) -> None:
    assert not margin_events(rng.integers(0, 100, 5000)).outside.any()


def test_a_stated_limit_needs_no_pile_up(rng: np.random.Generator) -> None:
    values = np.concatenate([rng.uniform(1.0, 900.0, 5000), [1023.0, 1100.0, 0.0, np.inf, np.nan]])
    margins = margin_events(values, top=1023.0, bottom=0.0)
    assert (margins.low, margins.high) == (0.0, 1023.0)
    assert np.flatnonzero(margins.at_high).tolist() == [5000, 5001]
    assert np.flatnonzero(margins.at_low).tolist() == [5002]
    assert margin_events(values[:5000], top=1023.0).high is None


def test_a_pile_up_below_the_stated_limit_counts(rng: np.random.Generator) -> None:
    values = np.minimum(rng.normal(900.0, 50.0, 2000), 950.0)
    assert margin_events(values, top=1023.0).high == 950.0


def test_constants_and_nothing_have_no_margin() -> None:
    assert not margin_events([5.0] * 100).outside.any()
    assert margin_events([]).outside.shape == (0,)
    assert margin_events([5.0] * 100, top=5.0).at_high.all()


def test_real_file_has_its_saturated_scatter(data_dir: Path) -> None:
    content = (data_dir / "cytometry" / "ball-mrd-labelled" / "494.fcs").read_bytes()
    matrix = read_fcs(Window(content, "494.fcs"))
    column = next(channel.index for channel in matrix.channels if channel.name == "SSC-A")
    margins = margin_events(matrix.values[:, column])
    # SSC-A saturates at $PnR - 1 = 262143.
    assert (margins.low, margins.high) == (None, 262143.0)
    assert int(margins.at_high.sum()) == int(np.count_nonzero(np.asarray(matrix.values[:, column]) == 262143.0))


def test_wrong_options_are_refused() -> None:
    with pytest.raises(MethodError, match="NK-CYT-72"):
        margin_events([1.0], share=0.0)
    with pytest.raises(MethodError, match="NK-CYT-72"):
        margin_events([1.0], top=0.0, bottom=1.0)
