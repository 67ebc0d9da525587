"""Time and memory of the commands on a study: --help, a cold run, a run with nothing changed.

Usage: python benchmarks/study.py STUDY   (the study is copied; the figures are printed as a table)
"""

import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def timed(*arguments: str) -> tuple[float, float]:
    """Return seconds and peak memory [MB] of one command in its own process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "nktrial", *arguments], check=True, stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return seconds, max(before, peak) / 1024


def main() -> None:
    source = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as scratch:
        study = Path(scratch) / "study"
        shutil.copytree(source, study, ignore=shutil.ignore_patterns("results", ".nktrial"))
        timed("--help")
        rows = [
            ("nktrial --help", min(timed("--help")[0] for _ in range(5)), 0.3),
            ("run, cold", timed("run", str(study))[0], 5.0),
            ("run, nothing changed", min(timed("run", str(study))[0] for _ in range(3)), 1.5),
        ]
        _, memory = timed("run", str(study), "--out", str(Path(scratch) / "out"))
        for name, seconds, aim in rows:
            print(f"{name:<24} {seconds:6.2f} s   aim {aim} s")
        print(f"{'peak memory':<24} {memory:6.0f} MB  aim 400 MB")


main()
