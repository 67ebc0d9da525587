"""FCS written is FCS read: by nktrial, FlowIO and FlowKit."""

import dataclasses
import io
from pathlib import Path

import flowio
import flowkit
import numpy as np
import pytest
from numpy.typing import NDArray

from nktrial.core.errors import MethodError
from nktrial.formats.fcs import raw_sum, read_fcs
from nktrial.formats.fcs_write import write_fcs
from nktrial.formats.window import Window
from nktrial.model.events import Channel, Spillover

CHANNELS = (
    Channel(0, "FSC-A", "", 32, 262144.0),
    Channel(1, "BV605-A", "CD56", 32, 262144.0, gain=2.5),
    Channel(2, "PE/Cy7-A", "CD3 | µ", 32, 4194304.5),
)


def events(rng: np.random.Generator, rows: int) -> NDArray[np.float32]:
    return rng.normal(1000.0, 400.0, (rows, 3)).astype(np.float32)


def test_what_is_written_is_read_back(rng: np.random.Generator) -> None:
    values = events(rng, 500)
    spillover = Spillover(("BV605-A", "PE/Cy7-A"), np.array([[1.0, 0.1], [0.0123456789, 1.0]]))
    content = write_fcs(values, CHANNELS, spillover=spillover, keywords={"$CYT": "a/b", "note": "é"})
    matrix = read_fcs(Window(content, "a.fcs"))
    assert matrix.version == "FCS3.1"
    np.testing.assert_array_equal(matrix.values, values)
    assert matrix.channels == CHANNELS
    assert matrix.spillover is not None
    assert matrix.spillover.channels == spillover.channels
    np.testing.assert_array_equal(matrix.spillover.matrix, spillover.matrix)
    assert (matrix.keywords["$CYT"], matrix.keywords["NOTE"]) == ("a/b", "é")
    assert matrix.findings == ()


def test_flowio_and_flowkit_read_the_same(rng: np.random.Generator, tmp_path: Path) -> None:
    values = events(rng, 500)
    spillover = Spillover(("BV605-A", "PE/Cy7-A"), np.array([[1.0, 0.1], [0.02, 1.0]]))
    path = tmp_path / "written.fcs"
    path.write_bytes(write_fcs(values, CHANNELS, spillover=spillover))
    data = flowio.FlowData(str(path))
    np.testing.assert_array_equal(data.as_array(preprocess=False), values.astype(np.float64))
    assert data.pnn_labels == [channel.name for channel in CHANNELS]
    assert data.pns_labels == [channel.marker for channel in CHANNELS]
    sample = flowkit.Sample(str(path))
    raw = sample.get_events("raw")
    np.testing.assert_array_equal(raw[:, 0], values[:, 0].astype(np.float64))
    np.testing.assert_allclose(raw[:, 1], values[:, 1].astype(np.float64) / 2.5, rtol=1e-15)


def test_the_same_input_gives_the_same_bytes(rng: np.random.Generator) -> None:
    values = events(rng, 20)
    one = write_fcs(values, CHANNELS, keywords={"$CYT": "x", "$DATE": "01-JAN-2026"})
    assert one == write_fcs(values.astype(">f8"), CHANNELS, keywords={"$DATE": "01-JAN-2026", "$CYT": "x"})


def test_data_beyond_the_offsets_of_header() -> None:
    values = np.zeros((8_400_000, 3), np.float32)
    values[-1] = (1.0, 2.0, 3.0)
    content = write_fcs(values, CHANNELS)
    assert content[26:42] == b"       0       0"
    matrix = read_fcs(Window(content, "large.fcs"))
    assert matrix.extents[-1].stop == len(content) > 100_000_000
    assert matrix.findings == ()
    assert raw_sum(matrix) == 6.0
    header = flowio.FlowData(io.BytesIO(content), only_text=True)
    assert int(header.text["enddata"]) == len(content) - 1


def test_no_events() -> None:
    matrix = read_fcs(Window(write_fcs(np.zeros((0, 3)), CHANNELS), "empty.fcs"))
    assert matrix.values.shape == (0, 3)
    assert [finding.code for finding in matrix.findings] == ["NK-FCS-53"]


@pytest.mark.parametrize(
    ("values", "channels"),
    [
        (np.zeros((2, 2)), CHANNELS),
        (np.zeros(3), CHANNELS),
        (np.array([[0.0, np.nan, 0.0]]), CHANNELS),
        (np.array([[0.0, 1e39, 0.0]]), CHANNELS),
        (np.zeros((1, 1)), (Channel(0, "A,B", "", 32, 1024.0),)),
        (np.zeros((1, 1)), (Channel(0, "", "", 32, 1024.0),)),
        (np.zeros((1, 1)), (Channel(0, "A", "", 32, 0.0),)),
        (np.zeros((1, 1)), (Channel(0, "A", "", 32, 1024.0, decades=4.0, offset=1.0),)),
        (np.zeros((1, 2)), (CHANNELS[0], dataclasses.replace(CHANNELS[0], index=1))),
    ],
)
def test_what_cannot_be_written(values: NDArray[np.float64], channels: tuple[Channel, ...]) -> None:
    with pytest.raises(MethodError) as caught:
        write_fcs(values, channels)
    assert caught.value.code == "NK-FCS-40"


@pytest.mark.parametrize(
    "keywords", [{"$TOT": "7"}, {"a": "1", "A": "2"}, {"A": ""}, {"": "x"}, {"é": "x"}, {"A": "\x0c|\x1e!/\\~^"}]
)
def test_keywords_that_cannot_be_written(keywords: dict[str, str]) -> None:
    with pytest.raises(MethodError) as caught:
        write_fcs(np.zeros((1, 3)), CHANNELS, keywords=keywords)
    assert caught.value.code == "NK-FCS-41"


def test_a_matrix_of_other_channels() -> None:
    with pytest.raises(MethodError) as caught:
        write_fcs(np.zeros((1, 3)), CHANNELS, spillover=Spillover(("X",), np.eye(1)))
    assert caught.value.code == "NK-FCS-40"
