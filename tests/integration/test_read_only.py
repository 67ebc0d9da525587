"""A study folder that nobody may write to: what is there is read, what would have to be written is one clear error."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nktrial.core.errors import StoreError
from nktrial.model.method import Method
from nktrial.model.origin import new_record
from nktrial.store.archive import Database
from nktrial.store.connect import is_read_only, open_database
from nktrial.store.walk import walk


@pytest.fixture
def obeying(unprivileged: tuple[str, ...]) -> tuple[str, ...]:
    """Return what makes a command obey permission bits, or skip."""
    if os.geteuid() == 0 and not unprivileged:
        pytest.skip("root obeys no permission bits and setpriv is not installed")
    return unprivileged


@pytest.fixture
def frozen(demo: Any, tmp_path: Path) -> Iterator[Path]:
    """Return a run study, nothing of which can be written."""
    folder = tmp_path / "study"
    shutil.copytree(demo.folder, folder)
    set_write(folder, allowed=False)
    yield folder
    set_write(folder, allowed=True)


def set_write(folder: Path, *, allowed: bool) -> None:
    folder.chmod(0o755)
    for path in [*folder.rglob("*"), folder]:
        path.chmod((0o755 if allowed else 0o555) if path.is_dir() else (0o644 if allowed else 0o444))


def state(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def nktrial(through: tuple[str, ...], *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [*through, sys.executable, "-m", "nktrial", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120.0, check=False)


def test_trace_reads(frozen: Path, demo: Any, obeying: tuple[str, ...]) -> None:
    before = state(frozen)
    done = nktrial(obeying, "trace", frozen, demo.results.subjects[0].expansion.record[:12])
    assert done.returncode == 0, done.stderr
    assert "sha256" in done.stdout
    assert state(frozen) == before


def test_an_unchanged_run_reads(frozen: Path, demo: Any, obeying: tuple[str, ...], tmp_path: Path) -> None:
    before = state(frozen)
    done = nktrial(obeying, "run", frozen)
    assert done.returncode == 0, done.stderr
    assert demo.results.root in done.stdout
    elsewhere = nktrial(obeying, "run", frozen, "--out", tmp_path / "out")
    assert elsewhere.returncode == 0, elsewhere.stderr
    assert (tmp_path / "out" / "results.json").read_bytes() == (frozen / "results" / "results.json").read_bytes()
    assert state(frozen) == before


def test_what_needs_work_is_one_error(frozen: Path, obeying: tuple[str, ...], tmp_path: Path) -> None:
    set_write(frozen, allowed=True)
    plan = (frozen / "study.toml").read_text()
    (frozen / "study.toml").write_text(plan.replace("threshold_per_ul = 100", "threshold_per_ul = 90"))
    assert plan != (frozen / "study.toml").read_text()
    set_write(frozen, allowed=False)
    before = state(frozen)
    done = nktrial(obeying, "run", frozen, "--out", tmp_path / "out")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("error: NK-STO-07 ")
    assert done.stderr.count("\n") == 1
    assert state(frozen) == before


def test_a_study_that_was_never_run_is_one_error(demo_raw: Path, obeying: tuple[str, ...], tmp_path: Path) -> None:
    folder = tmp_path / "study"
    shutil.copytree(demo_raw, folder)
    set_write(folder, allowed=False)
    done = nktrial(obeying, "run", folder)
    set_write(folder, allowed=True)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("error: NK-STO-07 ")


def test_a_log_that_a_crash_left_is_not_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An immutable file is read without its log, and a record that only the log holds would be lost."""
    path = tmp_path / "study.db"
    database = Database(open_database(path))
    record = new_record("value", Method("test.method", 1, "a textbook"), {}, (), {"x": 1})
    database.add([("key", record)])
    crashed = tmp_path / "crashed"
    crashed.mkdir()
    for name in ("study.db", "study.db-wal", "study.db-shm"):
        shutil.copy(tmp_path / name, crashed / name)
    database.close()
    monkeypatch.setattr("nktrial.store.connect.os.access", lambda *_: False)
    assert is_read_only(crashed / "study.db")
    engine = open_database(crashed / "study.db", create=False)
    assert walk(engine, record.id).root == record.id
    with pytest.raises(StoreError, match="NK-STO-07"):
        Database(engine, read_only=True).add([("other", record)])
    engine.dispose()


def test_a_name_with_the_signs_of_an_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "a?b#c%20 d"
    open_database(folder / "study.db").dispose()
    monkeypatch.setattr("nktrial.store.connect.os.access", lambda *_: False)
    open_database(folder / "study.db", create=False).dispose()
