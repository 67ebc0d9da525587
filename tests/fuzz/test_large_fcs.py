"""Files of gigabytes are read and gated within a few hundred megabytes of memory (F48).

The files are sparse: their events are zeros, which take no room on the disk.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from nktrial.formats.gatingml_write import write_gating_ml
from nktrial.model.gates import Dimension, GatingStrategy, RectangleGate

CHANNELS = 400
RESIDENT_MB = 500
BEGIN = 40_000


def sparse(path: Path, size: int, *, bits: tuple[int, int], top: int) -> int:
    """Write a file of about ``size`` bytes whose channels have two widths in turn; return its number of events."""
    widths = [bits[number % 2] for number in range(CHANNELS)]
    row = sum(widths) // 8
    events = size // row
    channels = "".join(
        f"$P{n}B/{width}/$P{n}N/C{n}/$P{n}E/0,0/$P{n}R/{top}/" for n, width in enumerate(widths, start=1)
    )
    text = (
        f"/$BYTEORD/1,2,3,4/$DATATYPE/I/$MODE/L/$NEXTDATA/0/$PAR/{CHANNELS}/$TOT/{events}/{channels}"
        f"$BEGINDATA/{BEGIN}/$ENDDATA/{BEGIN + events * row - 1}/"
    )
    head = f"FCS3.0    {58:8}{57 + len(text):8}{0:8}{0:8}{0:8}{0:8}{text}".encode()
    assert len(head) < BEGIN
    with path.open("wb") as file:
        file.write(head)
        file.truncate(BEGIN + events * row)
    return events


def run(*arguments: str | Path) -> tuple[dict[str, Any], float]:
    """Run nktrial; return its JSON and the largest memory that was resident [MB]."""
    command = [sys.executable, "-m", "nktrial", *map(str, arguments), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        out = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return json.loads(out), usage.ru_maxrss / 1024


def test_two_gigabytes_that_must_be_decoded_are_gated(tmp_path: Path) -> None:
    events = sparse(tmp_path / "large.fcs", 2_000_000_000, bits=(16, 32), top=1024)
    gate = RectangleGate("Low", None, (Dimension("C1", "uncompensated", None, None, 5.0),))
    (tmp_path / "gates.xml").write_bytes(write_gating_ml(GatingStrategy((gate,))))
    found, resident = run("flow", "count", tmp_path / "large.fcs", "--gates", tmp_path / "gates.xml")
    (sample,) = found["samples"]
    assert sample["events"] == events == 1_666_666
    assert [population["count"] for population in sample["populations"]] == [events]
    assert resident < RESIDENT_MB


def test_gigabytes_are_inspected(tmp_path: Path) -> None:
    size = 4_300_000_000 if os.environ.get("NKTRIAL_FUZZ") else 700_000_000  # the former takes half a minute: at night
    events = sparse(tmp_path / "large.fcs", size, bits=(32, 32), top=2**32)
    found, resident = run("inspect", tmp_path / "large.fcs")
    assert (found["events"], found["raw_sum"], found["findings"]) == (events, 0.0, [])
    assert resident < RESIDENT_MB
