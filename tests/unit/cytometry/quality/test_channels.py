"""Which channels, and on which scale."""

import numpy as np
import pytest

from nktrial.core.errors import MethodError
from nktrial.cytometry.quality.channels import (
    Scales,
    estimated_width,
    find_channel,
    judged_channels,
    time_channel,
    viability_channel,
)
from nktrial.cytometry.quality.margins import channel_margins
from nktrial.model.events import Channel, EventMatrix


def channels(*names: str, markers: tuple[str, ...] = ()) -> tuple[Channel, ...]:
    given = markers or ("",) * len(names)
    return tuple(
        Channel(i, name, marker, 32, 262144.0) for i, (name, marker) in enumerate(zip(names, given, strict=True))
    )


def test_heights_and_widths_only_without_an_area() -> None:
    found = judged_channels(channels("FSC-A", "FSC-H", "FSC-W", "SSC-H", "B515-A", "Time", "Event #"))
    assert [channel.name for channel in found] == ["FSC-A", "SSC-H", "B515-A"]


def test_named_channels_by_name_or_marker() -> None:
    found = judged_channels(channels("B515-A", "R660-A", markers=("CD3", "CD56")), ("CD56", "B515-A", "CD56"))
    assert [channel.name for channel in found] == ["R660-A", "B515-A"]


def test_an_unknown_channel() -> None:
    with pytest.raises(MethodError, match="NK-QCF-02"):
        find_channel(channels("B515-A"), "CD19")


def test_nothing_to_look_at() -> None:
    with pytest.raises(MethodError, match="NK-QCF-01"):
        judged_channels(channels("Time"))


def test_time_and_viability() -> None:
    found = channels("Time", "V450-A", "R660-A", markers=("", "Zombie NIR", "CD3"))
    time, dye = time_channel(found), viability_channel(found)
    assert time is not None
    assert time.name == "Time"
    assert dye is not None
    assert dye.name == "V450-A"
    assert time_channel(channels("FSC-A")) is None
    assert viability_channel(channels("A", "B", markers=("7-AAD", "Live/Dead"))) is None
    assert viability_channel(channels("A", markers=("CD25",))) is None


def test_the_width_of_the_logicle_scale() -> None:
    # flowCore, estimateLogicle: W = (M - log10(T / |r|)) / 2, r the 5th percentile of the negative values: -262.144
    values = np.concatenate((np.full(100, -262.144), np.linspace(0.0, 1e5, 50)))
    assert estimated_width(values, 262144.0) == pytest.approx((4.5 - 3.0) / 2.0)
    assert estimated_width(np.array([1.0, 2.0]), 262144.0) == 0.5
    assert estimated_width(np.array([-1e-9]), 262144.0) == 0.0


def test_scales_that_are_displayed_already(rng: np.random.Generator) -> None:
    shown = rng.normal(2.0, 1.0, (500, 2))
    scales = Scales(EventMatrix(shown, channels("FSC-A", "B515-A"), None, {}, "FCS3.0"))
    assert scales.displayed
    assert scales.display_values(channels("FSC-A", "B515-A")[1]).tolist() == shown[:, 1].tolist()


def test_raw_fluorescence_is_displayed_in_decades(rng: np.random.Generator) -> None:
    raw = np.abs(rng.normal(2e4, 1e4, (500, 2)))
    raw[0, 1] = 262144.0
    scales = Scales(EventMatrix(raw, channels("FSC-A", "B515-A"), None, {}, "FCS3.0"))
    found = channels("FSC-A", "B515-A")
    assert scales.display_values(found[1])[0] == pytest.approx(4.5)
    assert scales.display_values(found[0]).tolist() == raw[:, 0].tolist()


def test_margins_at_the_top_and_a_background_of_zeros() -> None:
    channel = Channel(0, "B515-A", "", 32, 1024.0)
    top = channel_margins(np.array([5, 1023, 1024, 7, np.nan]), channel)
    assert top.upper.tolist() == [False, True, True, False, False]
    zeros = channel_margins(np.concatenate((np.zeros(300), np.arange(1.0, 701.0))), channel)
    assert zeros.background == 300
    assert not zeros.lower.any()
    assert channel_margins(np.full(3, np.nan), channel).background == 0
