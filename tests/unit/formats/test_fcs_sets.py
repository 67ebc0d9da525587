"""Several data sets in a file: each is listed, any can be read."""

import json
from pathlib import Path

import flowio
import numpy as np
import pytest

from nktrial.cli import main
from nktrial.core.errors import SourceError
from nktrial.formats.fcs import raw_sum, read_fcs
from nktrial.formats.fcs_sets import DataSet, list_data_sets
from nktrial.formats.fcs_write import write_fcs
from nktrial.formats.window import Window, open_source
from nktrial.model.events import Channel


def one(events: int, step: int) -> bytes:
    """Make a data set of so many events whose next one begins ``step`` bytes further."""
    channels = (Channel(0, "A", "", 32, 1024.0), Channel(1, "B", "", 32, 1024.0))
    content = write_fcs(np.full((events, 2), events, np.float32), channels, keywords={"X": "0" * 8})
    place = content.index(b"$NEXTDATA\x0c0\x0c")
    text = content[place + 10 :].index(b"X\x0c00000000")
    head, tail = content[: place + 10], content[place + 11 :]
    tail = tail[: text - 1] + b"X\x0c" + b"0" * (9 - len(str(step))) + tail[text + 9 :]
    return head + str(step).encode() + tail


def chain(*events: int, last: int = 0) -> bytes:
    lengths = [len(one(count, 1)) for count in events]
    steps = [*lengths[:-1], last]
    return b"".join(one(count, step) for count, step in zip(events, steps, strict=True))


def test_the_chain_is_what_it_should_be() -> None:
    assert len(one(3, 0)) == len(one(3, 123456))
    assert chain(3) == one(3, 0)


def test_every_data_set_is_listed_and_read() -> None:
    content = chain(3, 5, 7)
    window = Window(content, "three.fcs")
    starts = [0, len(one(3, 0)), len(one(3, 0)) + len(one(5, 0))]
    assert list_data_sets(window) == tuple(
        DataSet(number, start, "FCS3.1", events, 2)
        for number, start, events in zip((1, 2, 3), starts, (3, 5, 7), strict=True)
    )
    for number, events in zip((1, 2, 3), (3, 5, 7), strict=True):
        matrix = read_fcs(window, data_set=number)
        assert matrix.values.shape == (events, 2)
        assert raw_sum(matrix) == 2 * events * events
        finding = next(finding for finding in matrix.findings if finding.code == "NK-FCS-65")
        assert (finding.evidence["offsets"], finding.evidence["read"]) == (starts[1:], number)
        data = matrix.extents[-1]
        assert content[data.start : data.stop] == np.full(2 * events, events, "<f4").tobytes()
        assert content[matrix.extents[0].start :].startswith(b"FCS3.1")


def test_a_data_set_that_is_not_there() -> None:
    for number in (0, 3, -1):
        with pytest.raises(SourceError) as caught:
            read_fcs(Window(chain(3, 5), "two.fcs"), data_set=number)
        assert caught.value.code == "NK-FCS-34"


def test_a_chain_that_breaks_behind_the_second() -> None:
    window = Window(chain(3, 5, last=10), "two.fcs")
    for call in (lambda: read_fcs(window), lambda: read_fcs(window, data_set=3), lambda: list_data_sets(window)):
        with pytest.raises(SourceError) as caught:
            call()
        assert caught.value.code == "NK-FCS-26"
    tolerate = frozenset({"NK-FCS-26"})
    assert read_fcs(window, data_set=2, tolerate=tolerate).values.shape == (5, 2)
    assert [one.events for one in list_data_sets(window, tolerate=tolerate)] == [3, 5]


def test_a_chain_without_end() -> None:
    content = write_fcs(np.ones((1, 1)), (Channel(0, "A", "", 32, 1024.0),)).replace(
        b"$NEXTDATA\x0c0\x0c", b"$NEXTDATA\x0c5\x0c"
    )
    with pytest.raises(SourceError) as caught:
        read_fcs(Window(content, "a.fcs"))
    assert caught.value.code == "NK-FCS-26"


def test_an_error_in_a_further_data_set_names_it() -> None:
    content = chain(3, 5)
    with pytest.raises(SourceError, match=r"two.fcs, data set 2 from byte \d+, byte"):
        read_fcs(Window(content[:-4], "two.fcs"), data_set=2)


def test_inspect_shows_one_and_lists_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "two.fcs"
    path.write_bytes(chain(3, 5))
    with pytest.raises(SystemExit) as left:
        main(["inspect", str(path), "--data-set", "2", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert (left.value.code, found["data_set"], found["events"], found["raw_sum"]) == (0, 2, 5, 50.0)
    assert [one["events"] for one in found["data_sets"]] == [3, 5]
    with pytest.raises(SystemExit) as left:
        main(["inspect", str(path), "--data-set", "3"])
    assert left.value.code == 3
    assert capsys.readouterr().err.startswith("error: NK-FCS-34 ")
    (tmp_path / "peaks.csv").write_text("sample,marker,allele,size_bp,height_rfu\nS,TH01,9.3,174.1,998\n")
    for name, number in (("two.fcs", "0"), ("peaks.csv", "2")):
        with pytest.raises(SystemExit) as left:
            main(["inspect", str(tmp_path / name), "--data-set", number])
        assert left.value.code == 2


@pytest.mark.parametrize(
    ("name", "total"), [("coulter.lmd", 18423201466), ("Beckman Coulter - Cytomics FC500.LMD", None)]
)
def test_flowio_reads_the_same_second_data_set(data_dir: Path, name: str, total: int | None) -> None:
    """Offsets count from the data set; FlowIO is given its bytes alone."""
    path = data_dir / "cytometry" / "fcs-odd" / name
    matrix = read_fcs(open_source(path, name=name, kind="fcs")[1], data_set=2)
    start = matrix.extents[0].start
    other = flowio.FlowData(str(path), nextdata_offset=start)
    np.testing.assert_array_equal(np.ravel(matrix.values), np.asarray(other.events))
    assert total is None or raw_sum(matrix) == total
