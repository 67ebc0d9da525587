"""Input made to be slow: 5 s and 1 s for each 20 MB, 64 MB and four times the file's size above an idle command.

Time is the processor's, so that a busy machine does not fail the test; memory is the largest resident set.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from nktrial.formats.abif_write import write_abif
from nktrial.model.trace import Trace

SECONDS = 5.0
BYTES_PER_SECOND = 20e6
MEMORY_BYTES = 64e6
GIGABYTE = 10**9


@dataclass(frozen=True)
class Cost:
    """What a command cost: processor time [s], memory [bytes]."""

    code: int
    seconds: float
    memory: int
    out: str


def cost_of(folder: Path, *arguments: str | Path) -> Cost:
    with (folder / "out").open("w") as out:
        command = ["sh", "-c", 'ulimit -t 60; exec "$@"', "sh", sys.executable, "-m", "nktrial", *map(str, arguments)]
        running = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(running.pid, 0)
    running.returncode = os.waitstatus_to_exitcode(status)
    text = (folder / "out").read_text()
    assert "Traceback" not in text
    return Cost(running.returncode, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024, text)


def require_bounds(cost: Cost, idle: Cost, size: int) -> None:
    assert cost.seconds <= SECONDS + size / BYTES_PER_SECOND
    assert cost.memory - idle.memory <= MEMORY_BYTES + 4 * size


def keys(text: str) -> str:
    return "".join(f"k{number} = 1\n" for number in range(4_900)) + text


def deep_keys(text: str) -> str:
    return "".join(f"{'.'.join(['abc'] * 49)}.k{number} = 1\n" for number in range(4_900)) + text


def keys_of_panels(text: str) -> str:
    return text.replace("[panels.nk]\n", "[panels.nk]\n" + "".join(f"gate{number} = 1\n" for number in range(4_900)))


def unknown_kits(text: str) -> str:
    return "".join(f'kits.k{number}.name = "x"\n' for number in range(4_900)) + text


def panels(text: str, file: str = "gating/nk.xml") -> str:
    return "".join(f'panels.p{number}.gates = "{file}"\n' for number in range(4_900)) + text


def panels_without_gates(text: str) -> str:
    return panels(text, "gating/absent.xml")


def panels_without_lines(text: str) -> str:
    """8,000 panels, many a line: more characters than a line of study.toml may have."""
    return "panels = {" + ",".join(f'p{number} = {{gates = "gating/nk.xml"}}' for number in range(8_000)) + "}\n" + text


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        (keys, {"NK-PLAN-04"}),
        (deep_keys, {"NK-PLAN-02", "NK-PLAN-03", "NK-PLAN-04"}),
        (keys_of_panels, {"NK-PLAN-04"}),
        (unknown_kits, {"NK-PLAN-12"}),
        (panels, set()),
        (panels_without_gates, {"NK-PLAN-11"}),
        (panels_without_lines, {"NK-PLAN-03"}),
    ],
)
def test_plans(small_study: Path, tmp_path: Path, change: Callable[[str], str], codes: set[str]) -> None:
    plan = small_study / "study.toml"
    idle = cost_of(tmp_path, "check", small_study)
    assert idle.code == 0, idle.out
    plan.write_text(change(plan.read_text()))
    cost = cost_of(tmp_path, "check", small_study, "--json")
    assert cost.code == (3 if codes else 0), cost.out
    assert not codes or any(code in cost.out for code in codes)
    require_bounds(cost, idle, plan.stat().st_size)


def many_samples() -> str:
    return "".join(f"s{number},TH01,6,160.1,500\n" for number in range(70_000))


def many_rows() -> str:
    return "".join(
        f"s{number // 16},M{number % 16},{number % 40},{100 + number % 300}.{number},9\n" for number in range(74_999)
    )


def too_many_rows() -> str:
    return "s,TH01,6,160.1,500\n" * 1_000_000


@pytest.mark.parametrize(("rows", "code"), [(many_samples, "NK-PKS-19"), (many_rows, ""), (too_many_rows, "NK-PKS-02")])
def test_peak_tables(tmp_path: Path, rows: Callable[[], str], code: str) -> None:
    table = tmp_path / "peaks.csv"
    head = "sample,marker,allele,size_bp,height_rfu\n"
    table.write_text(head + "s,TH01,6,160.1,500\n")
    idle = cost_of(tmp_path, "inspect", table)
    table.write_text(head + rows())
    cost = cost_of(tmp_path, "inspect", table, "--json")
    assert (cost.code, code in cost.out) == (3 if code else 0, True)
    require_bounds(cost, idle, table.stat().st_size)


def test_a_wide_peak_table(tmp_path: Path) -> None:
    table = tmp_path / "peaks.csv"
    heads = "".join(f",allele{number},height{number}" for number in range(1, 400))
    table.write_text(f"sample,marker{heads}\n" + ("s,TH01" + ",6,5" * 399 + "\n") * 1_000)
    cost = cost_of(tmp_path, "inspect", table, "--json")
    assert (cost.code, "NK-PKS-19" in cost.out) == (3, True)
    assert cost.seconds < SECONDS


def test_a_scan_reads_headers_only(small_study: Path, tmp_path: Path) -> None:
    """Five sparse files of 1 GB: bytes that are not looked at take no time."""
    raw = tmp_path / "raw"
    raw.mkdir()
    idle = cost_of(tmp_path, "init", small_study, "--scan", raw)
    for number in range(4):
        shutil.copy(small_study / "raw/a.fcs", raw / f"S01-D14_{number}.fcs")
    scans = np.full((500, 5), 5, np.int32)
    lane = write_abif(Trace(scans, ("a", "b", "c", "d", "e"), "ladder", "LIZ", np.zeros(0, np.int64), {}))
    (raw / "ladder.fsa").write_bytes(lane)
    for path in raw.iterdir():
        os.truncate(path, GIGABYTE)
    cost = cost_of(tmp_path, "init", small_study, "--scan", raw)
    assert cost.code == 0, cost.out
    assert "5 files proposed" in cost.out
    require_bounds(cost, idle, 0)
    rows = (small_study / "files.proposed.csv").read_text()
    assert rows.count(",fcs,sample,") == 4
    assert ",abif,ladder," in rows
