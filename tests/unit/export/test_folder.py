"""A results folder is written whole or not at all, and never over somebody else's files."""

import json
from pathlib import Path

import pytest

from nktrial.core.errors import StoreError
from nktrial.export.folder import MARK, is_current, write_folder

RUN = {"root": "r", "fingerprint": "f"}


def test_files_and_their_hashes(tmp_path: Path) -> None:
    folder = tmp_path / "results"
    write_folder(folder, {"tables/a.csv": "x\n", "report.html": "<p>"}, RUN)
    run = json.loads((folder / MARK).read_text())
    # sha256 of "x\n", as sha256sum gives it
    assert run["outputs"]["tables/a.csv"] == "73cb3858a687a8494ca3323053016282f3dad39d42cf62ca4e79dda2aac7d9ac"
    assert is_current(folder, "r", "f")


@pytest.mark.parametrize(("root", "fingerprint"), [("other", "f"), ("r", "other")])
def test_other_results_are_not_current(tmp_path: Path, root: str, fingerprint: str) -> None:
    write_folder(tmp_path / "results", {"a": "1"}, RUN)
    assert not is_current(tmp_path / "results", root, fingerprint)


def test_a_harmed_file_is_not_current(tmp_path: Path) -> None:
    folder = tmp_path / "results"
    write_folder(folder, {"a": "1"}, RUN)
    (folder / "a").write_text("2")
    assert not is_current(folder, "r", "f")
    (folder / "a").unlink()
    assert not is_current(folder, "r", "f")


def test_earlier_results_are_replaced_whole(tmp_path: Path) -> None:
    folder = tmp_path / "results"
    write_folder(folder, {"old": "1"}, RUN)
    write_folder(folder, {"new": "2"}, RUN)
    assert sorted(path.name for path in folder.iterdir()) == ["new", MARK]
    assert [path.name for path in tmp_path.iterdir()] == ["results"]


def test_a_foreign_folder_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_text("four years")
    with pytest.raises(StoreError, match="NK-EXT-01"):
        write_folder(tmp_path, {"a": "1"}, RUN)
    assert (tmp_path / "thesis.docx").read_text() == "four years"


def test_a_refusing_disk_leaves_the_earlier_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "results"
    write_folder(folder, {"a": "1"}, RUN)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("nktrial.export.folder.os.fsync", full)
    with pytest.raises(StoreError, match=r"NK-EXT-02.*No space left"):
        write_folder(folder, {"a": "2"}, RUN)
    assert (folder / "a").read_text() == "1"
    assert [path.name for path in tmp_path.iterdir()] == ["results"]


def test_a_file_of_the_users_is_never_deleted(tmp_path: Path) -> None:
    folder = tmp_path / "results"
    write_folder(folder, {"a": "1"}, RUN)
    (folder / "my_notes.txt").write_text("mine")
    with pytest.raises(StoreError, match=r"NK-EXT-01.*my_notes\.txt"):
        write_folder(folder, {"a": "2"}, RUN)
    assert (folder / "my_notes.txt").read_text() == "mine"
    assert (folder / "a").read_text() == "1"


def test_a_name_that_the_system_refuses_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="NK-EXT-02"):
        write_folder(tmp_path / ("z" * 300), {"a": "1"}, RUN)
