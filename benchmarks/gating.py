"""Whole processes that count gates: nktrial beside FlowKit, in one run on one machine.

Usage: python benchmarks/gating.py DATA [EVENTS [REPEATS]]

Writes one FCS file of about EVENTS (2,000,000) events x 12 channels and eight gates (see gating_workload), then runs in
turn, REPEATS (5) times each, every one in a process of its own: ``nktrial flow count --json`` with and without the
compiled kernel, FlowKit doing the same, an interpreter that only imports numpy, and numpy.fromfile on the file. Counts
are compared before anything is printed. The file is in the page cache.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

NKTRIAL = (sys.executable, "-m", "nktrial", "flow", "count")
FLOWKIT = """
import json, sys, warnings
warnings.simplefilter("ignore")
import flowkit
sample = flowkit.Sample(sys.argv[1])
strategy = flowkit.parse_gating_xml(sys.argv[2])
result = strategy.gate_sample(sample)
print(json.dumps({name: int(result.get_gate_count(name)) for name, _ in strategy.get_gate_ids()}))
"""
FROMFILE = """
import sys, time
import numpy as np
best = 9.0
for _ in range(5):
    start = time.perf_counter()
    np.fromfile(sys.argv[1], dtype=np.float32)
    best = min(best, time.perf_counter() - start)
print(best)
"""


def run(command: Sequence[str], **settings: str) -> tuple[float, float, str]:
    """Return seconds, peak memory [MB] and output of one process."""
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, **settings}) as process:
        output = process.stdout.read() if process.stdout else ""
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} failed")
    return seconds, usage.ru_maxrss / 1024, output


def write_workload(data: str, folder: Path, events: int) -> tuple[Path, Path, int]:
    """Write sample and gates in a process of its own, whose memory is not that of the processes measured."""
    fcs, gates = folder / "0.fcs", folder / "gates.xml"
    script = Path(__file__).with_name("gating_workload.py")
    _, _, written = run((sys.executable, str(script), data, str(fcs), str(gates), str(events)))
    return fcs, gates, int(written)


def counts_of(output: str) -> Mapping[str, int]:
    (sample,) = json.loads(output)["samples"]
    return {item["path"].rsplit("/", 1)[-1]: item["count"] for item in sample["populations"]}


def main() -> None:
    events = int(sys.argv[2]) if len(sys.argv) > 2 else 2_000_000
    repeats = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    with tempfile.TemporaryDirectory() as folder:
        fcs, gates, events = write_workload(sys.argv[1], Path(folder), events)
        ours = (*NKTRIAL, str(fcs), "--gates", str(gates), "--json")
        commands: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {
            "nktrial": (ours, {}),
            "nktrial, one thread": ((*ours, "--jobs", "1"), {}),
            "nktrial, no kernel": (ours, {"NKTRIAL_KERNEL": "off"}),
            "FlowKit": ((sys.executable, "-c", FLOWKIT, str(fcs), str(gates)), {}),
            "import numpy": ((sys.executable, "-c", "import numpy"), {}),
        }
        seconds: dict[str, list[float]] = {name: [] for name in commands}
        memory = dict.fromkeys(commands, 0.0)
        outputs: dict[str, str] = {}
        for _ in range(repeats):
            for name, (command, settings) in commands.items():
                taken, peak, outputs[name] = run(command, **settings)
                seconds[name].append(taken)
                memory[name] = max(memory[name], peak)
        warm = float(run((sys.executable, "-c", FROMFILE, str(fcs)))[2])
        size = fcs.stat().st_size / 1e6
    theirs = json.loads(outputs["FlowKit"])
    for name in ("nktrial", "nktrial, one thread", "nktrial, no kernel"):
        if counts_of(outputs[name]) != theirs:
            sys.exit(f"{name}: {counts_of(outputs[name])}, FlowKit: {theirs}")
    print(
        f"{events:,} events, {size:.0f} MB, {len(theirs)} gates, all counts equal; whole processes, {repeats} in turn"
    )
    for name, taken in seconds.items():
        speed = min(seconds["FlowKit"]) / min(taken)
        print(
            f"{name:<20} best {min(taken):6.3f} s  median {statistics.median(taken):6.3f} s  "
            f"peak {memory[name]:5.0f} MB  {speed:5.1f} times FlowKit (best to best)"
        )
    print(f"numpy.fromfile, warm, in process: {warm:.3f} s")


if __name__ == "__main__":
    main()
