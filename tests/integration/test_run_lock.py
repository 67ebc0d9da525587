"""Two runs in one study folder: one works, the other says so; a killed run keeps no lock."""

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from nktrial.store.connect import open_database

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no lock on this system")

# A process that is sure to hold the lock when it prints.
HOLDER = """
import sys, time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from nktrial.store.lock import only_run
with only_run(Path(sys.argv[1])), ProcessPoolExecutor(1) as pool:
    pool.submit(abs, 1).result()
    print("held", *pool._processes, flush=True)
    time.sleep(100.0)
"""


def begin(*arguments: str | Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "nktrial", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, errors = process.communicate(timeout=120.0)
    return process.returncode, errors


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def study(demo_raw: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "study"
    shutil.copytree(demo_raw, folder)
    return folder


def test_two_runs_begun_together(study: Path) -> None:
    ended = [finish(process) for process in [begin("run", study), begin("run", study)]]
    assert 0 in {code for code, _ in ended}
    for code, errors in ended:
        assert "Traceback" not in errors
        assert "NK-STO-02" not in errors
        assert code == 0 or (code == 3 and "NK-STO-08" in errors)
    assert finish(begin("run", study)) == (0, "")


def test_a_second_run_writes_nothing_and_readers_go_on(study: Path, tmp_path: Path) -> None:
    archive = study / ".nktrial" / "study.db"
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(archive)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    held, worker = holder.stdout.readline().split()
    try:
        before = files(study)
        code, errors = finish(begin("run", study, "--out", tmp_path / "out"))
        assert code == 3
        assert errors.startswith("error: NK-STO-08 ")
        assert "another run is at work" in errors
        assert len(errors.splitlines()) <= 2
        assert files(study) == before
        assert not (tmp_path / "out").exists()
        assert finish(begin("check", study))[0] == 0
        open_database(archive).dispose()
    finally:
        holder.kill()
        holder.wait(timeout=60.0)  # its worker still holds the pipe
    # The killed run's worker may live on; the lock is free all the same.
    try:
        assert held == "held"
        assert finish(begin("run", study)) == (0, "")
    finally:
        with suppress(ProcessLookupError):
            os.kill(int(worker), signal.SIGKILL)
        holder.stdout.close()


def test_a_run_after_a_killed_one_works(study: Path) -> None:
    command = [sys.executable, "-m", "nktrial", "run", str(study), "--jobs", "1"]
    first = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 60.0
    while not (study / ".nktrial" / "run.lock").exists() and time.monotonic() < until:
        time.sleep(0.01)
    time.sleep(0.2)
    first.send_signal(signal.SIGKILL)
    assert first.wait(timeout=60.0) == -signal.SIGKILL
    assert finish(begin("run", study)) == (0, "")
    assert (study / "results" / "results.json").is_file()
