"""Events per second and memory of ``nktrial flow count`` over many files: both should not depend on their number.

Usage: python benchmarks/gating_files.py DATA [EVENTS [FILES ...]]

Writes one file of EVENTS (300,000) events and links it 10, 100 and 1,000 times (or FILES), so that all are in the page
cache; every link is opened, read and gated as a file of its own.
"""

import json
import sys
import tempfile
from pathlib import Path

from gating import NKTRIAL, run, write_workload


def main() -> None:
    events = int(sys.argv[2]) if len(sys.argv) > 2 else 300_000
    numbers = [int(number) for number in sys.argv[3:]] or [10, 100, 1000]
    with tempfile.TemporaryDirectory() as folder:
        first, gates, events = write_workload(sys.argv[1], Path(folder), events)
        files = [first]
        for number in range(1, max(numbers)):
            files.append(Path(folder) / f"{number}.fcs")
            files[-1].hardlink_to(first)
        for number in numbers:
            seconds, peak, output = run((*NKTRIAL, *map(str, files[:number]), "--gates", str(gates), "--json"))
            samples = json.loads(output)["samples"]
            if [sample["file"] for sample in samples] != [str(file) for file in files[:number]]:
                sys.exit("the order of the samples is not that of the files")
            speed = number * events / seconds / 1e6
            print(
                f"{number:5} files x {events:,} events  {seconds:7.2f} s  {speed:6.2f} M events/s  peak {peak:4.0f} MB"
            )


if __name__ == "__main__":
    main()
