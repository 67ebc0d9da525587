"""Where the output goes: a full disk, a closed pipe, a folder that nktrial itself replaces, a name that is no text."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nktrial.store.connect import open_database

RunLimited = Callable[..., subprocess.CompletedProcess[str]]
FULL = Path("/dev/full")


def run_into(output: Any, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "nktrial", *map(str, arguments)]
    return subprocess.run(command, stdout=output, stderr=subprocess.PIPE, text=True, timeout=60.0, check=False)


@pytest.mark.skipif(not FULL.exists(), reason="no /dev/full on this system")
@pytest.mark.parametrize("arguments", [("check", "STUDY"), ("check", "STUDY", "--json"), ("inspect", "GATES")])
def test_a_full_disk_is_one_line(small_study: Path, arguments: tuple[str, ...]) -> None:
    places = {"STUDY": small_study, "GATES": small_study / "gating/nk.xml"}
    with FULL.open("w") as full:
        done = run_into(full, *(places.get(word, word) for word in arguments))
    assert done.returncode == 3
    assert done.stderr.startswith("error: NK-EXT-03 ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_closed_pipe_is_silent(small_study: Path, form: tuple[str, ...]) -> None:
    (small_study / "counts.csv").write_text("sample_id,test,value,unit\n" + "S01-D14,X,x,x\n" * 900)
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as closed:
        done = run_into(closed, "check", small_study, *form)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.parametrize("place", ["results/mine", "results/a/b", ".nktrial", ".nktrial/mine", "raw/../results/mine"])
def test_a_place_that_nktrial_replaces_is_a_usage_error(small_study: Path, run_limited: RunLimited, place: str) -> None:
    before = sorted(small_study.rglob("*"))
    done = run_limited("run", small_study, "--out", small_study / place)
    assert (done.returncode, done.stdout) == (2, "")
    assert "nktrial writes" in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(small_study.rglob("*")) == before


def test_a_loop_of_links_is_no_reason_to_fail(small_study: Path, run_limited: RunLimited) -> None:
    (small_study / "loop").symlink_to("loop")
    done = run_limited("run", small_study, "--out", small_study / "loop", memory_mb=100_000)
    assert done.returncode == 3
    assert done.stderr.startswith(("error: NK-EXT-01 ", "error: NK-EXT-02 "))


def test_a_damaged_database_is_one_short_line(small_study: Path, run_limited: RunLimited) -> None:
    for damage in (b"junk" * 4096, b""):
        (small_study / ".nktrial").mkdir(exist_ok=True)
        (small_study / ".nktrial/study.db").write_bytes(damage)
        done = run_limited("trace", small_study, "abcdef12")
        assert done.returncode == 3
        assert done.stderr.startswith(("error: NK-STO-02 ", "error: NK-STO-05 "))
        assert len(done.stderr) < 600


def test_a_file_name_that_is_no_text_is_proposed_with_a_doubt(small_study: Path, run_limited: RunLimited) -> None:
    strange = os.fsencode(small_study / "raw") + b"/S01-D14_\xff\xfe.fcs"
    with open(strange, "wb") as file:  # noqa: PTH123 - the name is bytes
        file.write((small_study / "raw/a.fcs").read_bytes())
    written = run_limited("init", small_study, "--scan", small_study / "raw")
    assert written.returncode == 0, written.stderr
    done = run_limited("init", small_study, "--scan", small_study / "raw", "--dry-run")
    assert done.returncode == 0, done.stderr
    row = next(line for line in done.stdout.splitlines() if "S01-D14_" in line)
    assert row.startswith("raw/S01-D14_\\udcff\\udcfe.fcs,")
    assert "rename the file" in row


def test_a_study_folder_whose_name_is_no_text(tmp_path: Path, small_study: Path, run_limited: RunLimited) -> None:
    strange = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff-study"))
    small_study.rename(strange)
    done = run_limited("check", strange)
    assert done.returncode == 0, done.stderr
    done = run_limited("check", strange / "absent")
    assert done.returncode == 3
    assert done.stderr.startswith("error: NK-PLAN-01 ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("record", ["a" * 100_000, "0" * 65])
def test_an_id_longer_than_any_is_refused(tmp_path: Path, run_limited: RunLimited, record: str) -> None:
    open_database(tmp_path / ".nktrial" / "study.db").dispose()
    done = run_limited("trace", tmp_path, record)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("error: NK-STO-04 ")
    assert len(done.stderr) < 300
