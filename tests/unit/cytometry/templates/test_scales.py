"""Display scales chosen from the data."""

import math
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pytest

from nktrial.cytometry.templates.markers import Located
from nktrial.cytometry.templates.sample import all_columns
from nktrial.cytometry.templates.scales import Scales, asinh_scale, choose_scales, logicle_width
from nktrial.cytometry.transforms import displayed
from nktrial.model.events import Channel, EventMatrix, Spillover
from nktrial.model.gates import FROM_FILE, UNCOMPENSATED, Logicle
from nktrial.model.template import MarkerRule, ScaleRule, Template


def matrix(values: np.ndarray, *names: str, top: float = 262144.0, spill: Spillover | None = None) -> EventMatrix:
    channels = tuple(Channel(i, name, "", 32, top) for i, name in enumerate(names))
    return EventMatrix(values, channels, spill, {}, "FCS3.1")


def scales(
    events: EventMatrix,
    scale: ScaleRule,
    markers: Mapping[str, MarkerRule] = MappingProxyType({}),
    *,
    compensate: bool = True,
) -> Scales:
    found = {channel.name: Located(channel.name, channel) for channel in events.channels}
    template = Template("t", "", scale, compensate, markers, ())
    return choose_scales(events, found, template, all_columns(events))


def test_width_follows_the_published_rule() -> None:
    """Parks 2006: r is the 5th percentile of the negative values, W = (M - log10(T / |r|)) / 2."""
    values = np.concatenate([np.linspace(-1000.0, -1.0, 1000), np.full(5000, 100.0)])
    reach = abs(np.percentile(values[values < 0], 5))
    assert logicle_width(values, 262144.0, 4.5) == pytest.approx((4.5 - math.log10(262144.0 / reach)) / 2.0)


@pytest.mark.parametrize(("values", "width"), [(np.arange(1.0, 100.0), 0.5), (np.full(50, -1e-3), 0.0)])
def test_width_without_negative_values_and_at_its_ends(values: np.ndarray, width: float) -> None:
    assert logicle_width(values, 262144.0, 4.5) == width
    assert logicle_width(np.full(50, -1e9), 262144.0, 4.5) == 2.25


def test_asinh_is_that_of_mass_cytometry() -> None:
    values = np.array([-3.0, 0.0, 5.0, 1000.0])
    assert displayed(asinh_scale(5.0), values) == pytest.approx(np.arcsinh(values / 5.0), abs=1e-12)


def test_scatter_stays_linear_and_fluorescence_gets_its_scale() -> None:
    chosen = scales(matrix(np.full((30, 2), 5.0), "FSC-A", "B-A"), ScaleRule("logicle", decades=5.0, width=1.0))
    assert chosen.dimensions["FSC-A"].transform is None
    assert list(chosen.transforms.values()) == [Logicle(262144.0, 1.0, 5.0, 0.0)]


def test_a_marker_has_its_own_scale() -> None:
    own = MarkerRule("B-A", scale=ScaleRule("as_is"))
    chosen = scales(matrix(np.full((30, 2), 5.0), "A-A", "B-A"), ScaleRule("asinh"), {"B-A": own})
    assert chosen.dimensions["B-A"].transform is None
    assert chosen.dimensions["A-A"].transform is not None


def test_the_files_matrix_is_applied_once() -> None:
    spill = Spillover(("B-A", "Comp-C-A"), np.array([[1.0, 0.1], [0.0, 1.0]]))
    events = matrix(np.full((30, 3), 5.0), "FSC-A", "B-A", "Comp-C-A", spill=spill)
    chosen = scales(events, ScaleRule("logicle"))
    found = {name: dimension.compensation for name, dimension in chosen.dimensions.items()}
    assert found == {"FSC-A": UNCOMPENSATED, "B-A": FROM_FILE, "Comp-C-A": UNCOMPENSATED}
    assert scales(events, ScaleRule("logicle"), compensate=False).dimensions["B-A"].compensation == UNCOMPENSATED


def test_display_channels_are_noticed() -> None:
    values = np.linspace(0.0, 1023.0, 200)[:, None]
    assert scales(matrix(values, "FL1-H", top=1024.0), ScaleRule("logicle")).displayed_already == ("FL1-H",)
    assert scales(matrix(values, "FL1-H", top=1024.0), ScaleRule("as_is")).displayed_already == ()


def test_the_top_of_a_logarithmic_channel_is_its_highest_scale_value() -> None:
    channel = Channel(0, "FL1-H", "", 16, 1024.0, 1.0, 4.0, 1.0)
    events = EventMatrix(np.arange(100, dtype=np.uint16)[:, None], (channel,), None, {}, "FCS2.0")
    (transform,) = scales(events, ScaleRule("logicle")).transforms.values()
    assert isinstance(transform, Logicle)
    assert transform.T == 1e4
