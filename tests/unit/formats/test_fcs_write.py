"""FCS written is FCS read: by nktrial, FlowIO and FlowKit."""

import dataclasses
import io
from pathlib import Path
from typing import Any

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


LOGARITHMIC = Channel(1, "FL1-H", "CD56", 16, 1024.0, decades=4.0, offset=0.1)
INTEGERS = (
    Channel(0, "FSC-H", "", 8, 200.0, gain=2.0),
    LOGARITHMIC,
    Channel(2, "SSC-H", "", 24, 2.0**24),
    Channel(3, "Time", "", 64, 2.0**60),
)


def whole(rng: np.random.Generator, rows: int) -> NDArray[np.uint64]:
    """Values up to the last bit that each range needs."""
    tops = (255, 1023, 2**24 - 1, 2**60 - 1)
    columns = [rng.integers(0, top, rows, np.uint64, endpoint=True) for top in tops]
    values = np.stack(columns, axis=1)
    values[0], values[1] = tops, 0
    return values


@pytest.mark.parametrize("version", ["FCS3.1", "FCS3.2"])
def test_integers_are_read_back(rng: np.random.Generator, version: str) -> None:
    values = whole(rng, 300)
    values[:, 3] = np.sort(values[:, 3])
    matrix = read_fcs(Window(write_fcs(values, INTEGERS, version=version, types="I", keywords={"$CYT": "x"}), "a.fcs"))
    assert matrix.version == version
    np.testing.assert_array_equal(np.asarray(matrix.values), values)
    assert matrix.channels == INTEGERS
    assert matrix.findings == ()
    assert matrix.extents[-1].stop - matrix.extents[-1].start == 300 * (1 + 2 + 3 + 8)


@pytest.mark.parametrize("version", ["FCS3.1", "FCS3.2"])
def test_doubles_are_read_back(rng: np.random.Generator, version: str) -> None:
    values = rng.normal(0, 1e100, (100, 3))
    channels = tuple(dataclasses.replace(channel, bits=64) for channel in CHANNELS)
    content = write_fcs(values, channels, version=version, types="D", keywords={"$CYT": "x"})
    matrix = read_fcs(Window(content, "a.fcs"))
    np.testing.assert_array_equal(np.asarray(matrix.values), values)
    assert matrix.channels == channels


def test_types_that_differ_by_channel_are_read_back(rng: np.random.Generator) -> None:
    channels = (
        dataclasses.replace(LOGARITHMIC, index=0),
        dataclasses.replace(CHANNELS[1], index=1, marker="CD16"),
        Channel(2, "Time", "", 64, 1e9),
        Channel(3, "N", "", 32, 2.0**32),
    )
    values = np.stack(
        [
            rng.integers(0, 1024, 200).astype(np.float64),
            rng.normal(0, 100, 200).astype(np.float32).astype(np.float64),
            np.cumsum(rng.random(200)),
            rng.integers(0, 2**32, 200).astype(np.float64),
        ],
        axis=1,
    )
    spillover = Spillover(("FL1-H", "BV605-A"), np.array([[1.0, 1 / 3], [0.0, 1.0]]))
    content = write_fcs(
        values, channels, version="FCS3.2", types="IFDI", spillover=spillover, keywords={"$CYT": "an instrument"}
    )
    matrix = read_fcs(Window(content, "a.fcs"))
    np.testing.assert_array_equal(np.asarray(matrix.values), values)
    assert matrix.channels == channels
    assert matrix.spillover is not None
    np.testing.assert_array_equal(matrix.spillover.matrix, spillover.matrix)
    types = [matrix.keywords.get(f"$P{n}DATATYPE") for n in (1, 2, 3, 4)]
    assert (matrix.keywords["$DATATYPE"], types) == ("I", [None, "F", "D", None])
    assert matrix.findings == ()


@pytest.mark.parametrize("version", ["FCS3.1", "FCS3.2"])
@pytest.mark.parametrize("types", ["I", "F", "D"])
def test_flowio_reads_every_type(rng: np.random.Generator, tmp_path: Path, version: str, types: str) -> None:
    """FlowIO reads 16 and 32 bits side by side, and both versions."""
    bits = 64 if types == "D" else 32
    channels = (Channel(0, "A", "", bits, 2.0**20), Channel(1, "B", "", 16 if types == "I" else bits, 1024.0))
    values = np.stack([rng.integers(0, 2**20, 400), rng.integers(0, 1024, 400)], axis=1).astype(np.float64)
    path = tmp_path / "written.fcs"
    path.write_bytes(write_fcs(values, channels, version=version, types=types, keywords={"$CYT": "x"}))
    data = flowio.FlowData(str(path))
    np.testing.assert_array_equal(data.as_array(preprocess=False), values)
    np.testing.assert_array_equal(flowkit.Sample(str(path)).get_events("raw"), values)


def test_flowio_does_not_know_types_by_channel(tmp_path: Path) -> None:
    """What docs say of files with $PnDATATYPE: another reader may take them for what they are not."""
    channels = (Channel(0, "A", "", 32, 1024.0), Channel(1, "B", "", 32, 1024.0))
    path = tmp_path / "written.fcs"
    values = np.array([[1.0, 7.0], [2.0, 8.0]])
    path.write_bytes(write_fcs(values, channels, version="FCS3.2", types="FI", keywords={"$CYT": "x"}))
    assert read_fcs(Window(path.read_bytes(), "a.fcs")).values[:].tolist() == values.tolist()
    assert flowio.FlowData(str(path)).as_array(preprocess=False)[:, 1].tolist() != [7.0, 8.0]


def test_integers_beyond_the_offsets_of_header() -> None:
    values = np.zeros((12_600_000, 4), np.uint16)
    values[-1] = (1, 2, 3, 1023)
    channels = tuple(Channel(index, f"C{index}", "", 16, 1024.0) for index in range(4))
    content = write_fcs(values, channels, version="FCS3.2", types="I", keywords={"$CYT": "x"})
    assert content[26:42] == b"       0       0"
    matrix = read_fcs(Window(content, "large.fcs"))
    assert matrix.extents[-1].stop == len(content) > 100_000_000
    assert raw_sum(matrix) == 1029.0


@pytest.mark.parametrize(
    ("values", "channel", "options"),
    [
        ([[1.5]], Channel(0, "A", "", 16, 1024.0), {"types": "I"}),
        ([[-1]], Channel(0, "A", "", 16, 1024.0), {"types": "I"}),
        ([[1024]], Channel(0, "A", "", 16, 1024.0), {"types": "I"}),
        ([[np.nan]], Channel(0, "A", "", 16, 1024.0), {"types": "I"}),
        ([[1]], Channel(0, "A", "", 10, 1024.0), {"types": "I"}),
        ([[1]], Channel(0, "A", "", 72, 1024.0), {"types": "I"}),
        ([[1]], Channel(0, "A", "", 16, 1024.0), {"types": "X"}),
        ([[1]], Channel(0, "A", "", 16, 1024.0), {"types": "II"}),
        ([[1]], Channel(0, "A", "", 16, 1024.0), {"types": "I", "version": "FCS3.0"}),
        ([[1]], Channel(0, "A", "", 16, 1024.0), {"types": "I", "version": "FCS3.2", "keywords": {"X": "y"}}),
        ([[1]], Channel(0, "A", "", 16, 1024.0, gain=2.0, decades=4.0, offset=1.0), {"types": "I"}),
        ([[1]], Channel(0, "A", "", 16, 1024.0, decades=4.0), {"types": "I"}),
        ([[1e39]], Channel(0, "A", "", 64, 1024.0), {"types": "F"}),
        ([[np.inf]], Channel(0, "A", "", 64, 1024.0), {"types": "D"}),
    ],
)
def test_types_that_cannot_be_written(values: list[list[float]], channel: Channel, options: dict[str, Any]) -> None:
    with pytest.raises(MethodError) as caught:
        write_fcs(np.array(values), (channel,), **options)
    assert caught.value.code == "NK-FCS-40"


@pytest.mark.parametrize(("types", "version", "bits"), [("IF", "FCS3.1", 16), ("FI", "FCS3.2", 64)])
def test_types_that_do_not_fit_together(types: str, version: str, bits: int) -> None:
    channels = (Channel(0, "A", "", bits, 2.0**bits), Channel(1, "B", "", bits, 2.0**bits))
    with pytest.raises(MethodError) as caught:
        write_fcs(np.zeros((1, 2)), channels, version=version, types=types, keywords={"$CYT": "x"})
    assert caught.value.code == "NK-FCS-40"
