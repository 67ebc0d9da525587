"""Events per second of nktrial's gating beside FlowKit's, in one run on one machine.

Usage: python benchmarks/gating.py FILE.fcs GATES.xml [EVENTS]

The file's events are tiled in memory to about EVENTS (1,000,000). Reading is not timed. FlowKit gates the same
array; counts are compared before anything is printed.
"""

import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from nktrial.cytometry.strategy import gate_events
from nktrial.formats.fcs import read_fcs
from nktrial.formats.gatingml import read_gating_ml
from nktrial.formats.window import open_source

REPEATS = 3
Result = TypeVar("Result")


def best_seconds(function: Callable[[], Result]) -> tuple[float, Result]:
    start = time.perf_counter()
    result = function()
    best = time.perf_counter() - start
    for _ in range(REPEATS - 1):
        start = time.perf_counter()
        function()
        best = min(best, time.perf_counter() - start)
    return best, result


def main() -> None:
    fcs, gates = Path(sys.argv[1]), Path(sys.argv[2])
    wanted = int(sys.argv[3]) if len(sys.argv) > 3 else 1_000_000
    matrix = read_fcs(open_source(fcs, name=fcs.name, kind="fcs")[1])
    strategy = read_gating_ml(open_source(gates, name=gates.name, kind="gatingml")[1])
    tiled = np.tile(matrix.values, (max(1, round(wanted / matrix.values.shape[0])), 1))
    matrix = replace(matrix, values=tiled)
    events = tiled.shape[0]
    seconds, ours = best_seconds(lambda: gate_events(matrix, strategy))
    with_rows, _ = best_seconds(lambda: gate_events(matrix, strategy, membership=True))

    warnings.simplefilter("ignore")
    import flowkit  # noqa: PLC0415

    sample = flowkit.Sample(str(fcs))
    one = sample._raw_events  # noqa: SLF001
    sample._raw_events = np.tile(one, (events // one.shape[0], 1))  # noqa: SLF001
    sample.event_count = events
    theirs_strategy = flowkit.parse_gating_xml(str(gates))
    theirs_seconds, theirs = best_seconds(lambda: theirs_strategy.gate_sample(sample))
    for population in ours.populations:
        if theirs.get_gate_count(population.gate) != population.count:
            sys.exit(f"{population.path}: {population.count} here, {theirs.get_gate_count(population.gate)} in FlowKit")
    print(f"{events:,} events, {len(ours.populations)} gates, all counts equal, best of {REPEATS}")
    print(f"nktrial, counts           {seconds:7.3f} s  {events / seconds / 1e6:6.2f} M events/s")
    print(f"nktrial, with membership  {with_rows:7.3f} s  {events / with_rows / 1e6:6.2f} M events/s")
    print(f"FlowKit                   {theirs_seconds:7.3f} s  {events / theirs_seconds / 1e6:6.2f} M events/s")


if __name__ == "__main__":
    main()
