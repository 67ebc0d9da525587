"""The bounded window and the one way to open a file."""

import hashlib
import os
import socket
from pathlib import Path

import pytest

from nktrial.core.errors import SourceError
from nktrial.formats import window as window_module
from nktrial.formats.window import Window, open_source, open_window, printable


def refused(path: Path, **options: int) -> str:
    with pytest.raises(SourceError) as caught:
        open_source(path, name=path.name, kind="fcs", **options)
    return caught.value.code


def test_take_returns_the_bytes_asked_for_without_a_copy() -> None:
    data = bytes(range(256))
    view = Window(data, "a").take(10, 3, "three")
    assert bytes(view) == b"\x0a\x0b\x0c"
    assert view.obj is data
    assert view.readonly


@pytest.mark.parametrize(("start", "length"), [(0, 5), (4, 1), (-1, 1), (0, -1), (10**15, 1), (0, 10**15)])
def test_take_refuses_what_lies_outside(start: int, length: int) -> None:
    with pytest.raises(SourceError) as caught:
        Window(b"1234", "a.fcs").take(start, length, "DATA")
    assert caught.value.code == "NK-WIN-01"
    assert "a.fcs (DATA)" in str(caught.value)


@pytest.mark.parametrize("mapped", [False, True])
def test_open_source_hashes_the_bytes_that_it_hands_out(
    *, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mapped: bool
) -> None:
    if mapped:
        monkeypatch.setattr(window_module, "IN_MEMORY_BYTES", 1000)
        monkeypatch.setattr(window_module, "HASH_BLOCK_BYTES", 65536)
    content = bytes(range(251)) * 600
    path = tmp_path / "a.fcs"
    path.write_bytes(content)
    source, window = open_source(path, name="raw/a.fcs", kind="fcs")
    assert (source.sha256, source.size, source.kind, source.name) == (
        hashlib.sha256(content).hexdigest(),
        150_600,
        "fcs",
        "raw/a.fcs",
    )
    assert bytes(window.take(0, window.size, "all")) == content


def test_a_window_without_a_hash_is_the_same_window(tmp_path: Path) -> None:
    path = tmp_path / "a.fcs"
    path.write_bytes(b"FCS3.1 and more")
    window = open_window(path, name="raw/a.fcs")
    assert (bytes(window.take(0, window.size, "all")), window.name) == (b"FCS3.1 and more", "raw/a.fcs")
    with pytest.raises(SourceError) as caught:
        open_window(tmp_path / "none.fcs", name="none")
    assert caught.value.code == "NK-WIN-02"
    with pytest.raises(SourceError) as caught:
        open_window(path, name="a", max_bytes=3)
    assert caught.value.code == "NK-WIN-05"


@pytest.mark.skipif(not Path("/proc/self/smaps").is_file(), reason="tells pages in memory by Linux's /proc/self/smaps")
def test_only_a_large_mapped_file_gives_its_pages_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def resident_kb() -> int:
        regions = Path("/proc/self/smaps").read_text(encoding="utf-8").split("large-mapped.fcs")[1:]
        return sum(int(region.split("Rss:")[1].split()[0]) for region in regions)

    monkeypatch.setattr(window_module, "IN_MEMORY_BYTES", 1000)
    path = tmp_path / "large-mapped.fcs"
    content = bytes(range(256)) * 8192
    path.write_bytes(content)
    window = open_window(path, name="large")
    assert bytes(window.take(0, window.size, "all")) == content
    window.forget(0, window.size)
    assert resident_kb() >= 2048
    monkeypatch.setattr(window_module, "KEPT_BYTES", 1_000_000)
    window.forget(0, window.size)
    assert resident_kb() == 0
    assert bytes(window.take(5, 300, "some")) == content[5:305]


def test_an_empty_file_is_a_window_of_no_bytes(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    source, window = open_source(tmp_path / "empty", name="empty", kind="fcs")
    assert (source.size, window.size) == (0, 0)


def test_a_missing_file(tmp_path: Path) -> None:
    assert refused(tmp_path / "none.fcs") == "NK-WIN-02"


def test_only_regular_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        codes = [refused(path) for path in (tmp_path, tmp_path / "pipe", tmp_path / "socket", Path("/dev/zero"))]
    assert codes == ["NK-WIN-03"] * 4


def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "closed.fcs"
    path.write_bytes(b"FCS")

    def closed(*_: object) -> int:
        raise PermissionError

    monkeypatch.setattr(os, "open", closed)  # the tests may run as root, whom no mode keeps out
    assert refused(path) == "NK-WIN-04"


def test_larger_than_allowed(tmp_path: Path) -> None:
    with (tmp_path / "large.fcs").open("wb") as file:
        file.truncate(10**12)
    assert refused(tmp_path / "large.fcs") == "NK-WIN-05"
    assert refused(tmp_path / "large.fcs", max_bytes=10) == "NK-WIN-05"


def test_a_file_that_grows_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "growing.fcs"
    path.write_bytes(b"FCS")
    original = os.dup

    def dup(descriptor: int) -> int:
        with path.open("ab") as file:
            file.write(b"more")
        return original(descriptor)

    monkeypatch.setattr(os, "dup", dup)
    assert refused(path) == "NK-WIN-06"


@pytest.mark.parametrize("name", ["x" * 4096, "a\0b"])
def test_a_path_that_the_system_refuses(tmp_path: Path, name: str) -> None:
    assert refused(tmp_path / name) == "NK-WIN-07"


def test_names_cannot_speak_to_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "a\x1b[31m\n\u202egpj.fcs"
    with pytest.raises(SourceError) as caught:
        open_source(path, name=path.name, kind="fcs")
    assert str(caught.value).startswith("NK-WIN-02 a\\x1b[31m\\n\\u202egpj.fcs: ")
    assert printable("y" * 300) == "y" * 197 + "..."
    assert printable("\udcff") == "\\udcff"
    assert Window(b"", "a\x07").name == "a\\x07"
