"""Names of markers as laboratories write them."""

import pytest

from nktrial.cytometry.marker_names import CD3, CD56, carries, marked_channels
from nktrial.model.events import Channel


@pytest.mark.parametrize(
    "name", ["CD56", "cd56 BV605", "BV605-CD56-A", "CD56 (NCAM)", "NCAM-1 CD56", "CD16+56 PE", "CD16/CD56", "NCAM1"]
)
def test_names_of_cd56(name: str) -> None:
    assert carries(name, CD56)


@pytest.mark.parametrize("name", ["", "CD335", "NKp46", "CD5", "CD561", "CD16", "BV56", "Alexa 56", "CD57"])
def test_names_of_other_markers(name: str) -> None:
    assert not carries(name, CD56)


@pytest.mark.parametrize("name", ["CD3", "CD3e", "CD3ε FITC", "Hu CD3_PerCP", "CD14/CD3/CD19", "CD3-"])
def test_names_of_cd3(name: str) -> None:
    assert carries(name, CD3)


@pytest.mark.parametrize("name", ["CD335", "CD38", "CD33", "CD300", "TCRab"])
def test_names_that_only_begin_like_cd3(name: str) -> None:
    assert not carries(name, CD3)


def channel(index: int, name: str, marker: str = "") -> Channel:
    return Channel(index, name, marker, 32, 262144.0)


def test_areas_come_first() -> None:
    channels = [channel(0, "PE-H", "CD3"), channel(1, "PE-A", "CD3"), channel(2, "APC-A", "CD56")]
    assert marked_channels(channels, CD3) == ("PE-A", "PE-H")


def test_the_detectors_name_is_asked_where_no_marker_answers() -> None:
    assert marked_channels([channel(0, "CD3 FITC-A"), channel(1, "FSC-A")], CD3) == ("CD3 FITC-A",)
    assert marked_channels([channel(0, "CD3 FITC-A"), channel(1, "PE-A", "CD3")], CD3) == ("PE-A",)
