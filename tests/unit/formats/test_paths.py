"""Paths: form, escapes, odd names, files that cannot be read."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nktrial.formats.issues import CellError
from nktrial.formats.paths import files_below, leaves_folder, odd_name, relative_path
from nktrial.formats.study import read_study


@pytest.mark.parametrize(
    ("cell", "path"),
    [
        ("raw/a.fcs", "raw/a.fcs"),
        ("raw\\b\\a.fcs", "raw/b/a.fcs"),
        ("./raw//a.fcs", "raw/a.fcs"),
        ("raw/x/../a.fcs", "raw/a.fcs"),
        ("~/a.fcs", "~/a.fcs"),
        ("raw/..a.fcs", "raw/..a.fcs"),
    ],
)
def test_paths_are_normalised(cell: str, path: str) -> None:
    assert relative_path(cell) == path


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("", "NK-TAB-20"),
        ("/etc/passwd", "NK-PATH-01"),
        ("\\\\server\\share\\a.fcs", "NK-PATH-01"),
        ("C:\\a.fcs", "NK-PATH-01"),
        ("c:a.fcs", "NK-PATH-01"),
        (".\\C:\\a.fcs", "NK-PATH-01"),
        ("raw/../C:/a.fcs", "NK-PATH-01"),
        ("C:/../a.fcs", "NK-PATH-01"),
        ("./http://host/a.fcs", "NK-PATH-04"),
        ("..", "NK-PATH-02"),
        (".", "NK-PATH-02"),
        ("raw/../..", "NK-PATH-02"),
        ("..\\..\\etc\\passwd", "NK-PATH-02"),
        ("https://host/a.fcs", "NK-PATH-04"),
        ("file:///etc/passwd", "NK-PATH-04"),
        ("s3://bucket/a.fcs", "NK-PATH-04"),
        ("a/" * 2048, "NK-PATH-05"),
        ("\u00e9" * 200, "NK-PATH-05"),
    ],
)
def test_paths_that_are_refused(cell: str, code: str) -> None:
    with pytest.raises(CellError) as caught:
        relative_path(cell)
    assert caught.value.code == code


@given(st.text(alphabet="ab./\\:~ \n", max_size=30))
def test_what_is_accepted_stays_below_the_folder(cell: str) -> None:
    try:
        path = relative_path(cell)
    except CellError:
        return
    root = "/study/folder"
    assert os.path.normpath(os.path.join(root, path)).startswith(f"{root}/")  # noqa: PTH118
    assert relative_path(path) == path


def test_links(tmp_path: Path) -> None:
    study = tmp_path / "study"
    (study / "raw").mkdir(parents=True)
    (tmp_path / "secret").write_text("x")
    (study / "raw/out").symlink_to(tmp_path / "secret")
    (study / "raw/up").symlink_to("..")
    (study / "raw/loop").symlink_to("loop")
    (study / "raw/far").symlink_to("/")
    assert leaves_folder(study, "raw/out")
    assert leaves_folder(study, "raw/far/etc/passwd")
    assert not leaves_folder(study, "raw/up/study.toml")
    assert not leaves_folder(study, "raw/absent")
    (tmp_path / "alias").symlink_to(study)
    assert not leaves_folder(tmp_path / "alias", "raw/absent")


@pytest.mark.parametrize(
    "path", ["raw/CON.fcs", "raw/nul", "raw/a.", "raw/a /b.fcs", "raw/a:b", "raw/a\x1b[31m", "raw/a\nb"]
)
def test_odd_names(path: str) -> None:
    assert odd_name(path)


@pytest.mark.parametrize("path", ["raw/a.fcs", "raw/D14 (2).fcs", "raw/\u00e9chantillon.fcs", "raw/console.fcs"])
def test_ordinary_names(path: str) -> None:
    assert odd_name(path) == ""


def test_a_file_without_permission_is_quarantined(small_study: Path) -> None:
    """P13: act as another user where this one may read everything."""
    with tempfile.TemporaryDirectory() as base:
        copy = Path(base) / "study"
        shutil.copytree(small_study, copy)
        read_study(copy)  # loads what the other user may not be allowed to load
        Path(base).chmod(0o755)
        (copy / "raw/a.fcs").chmod(0)
        user = os.geteuid()
        os.seteuid(65534 if user == 0 else user)
        try:
            reading = read_study(copy)
        finally:
            os.seteuid(user)
    assert [(issue.code, issue.severity, issue.row) for issue in reading.issues] == [("NK-PATH-09", "warning", 2)]
    assert reading.study is not None


def test_files_below_ends_in_folders_of_any_depth(tmp_path: Path) -> None:
    """1,200 folders in one another: too deep for a recursion, and the last have no name that the system takes."""
    top = tmp_path / "raw"
    top.mkdir()
    (top / "a.fcs").touch()
    (top / ".hidden").touch()
    (top / "loop").symlink_to("loop")
    (top / "folder").symlink_to(".")
    here = os.open(top, os.O_RDONLY)
    for _ in range(1_200):
        os.mkdir("deep", dir_fd=here)
        below = os.open("deep", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    try:
        assert [path.name for path in files_below(top)] == ["a.fcs", "loop"]
    finally:  # pytest's own clearing is a recursion
        while (top / "deep").exists():
            (top / "deep").rename(top / "old")
            if (top / "old/deep").exists():
                (top / "old/deep").rename(top / "deep")
            (top / "old").rmdir()
