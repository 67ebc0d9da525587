"""Sizing beside fraggler: time and differences to the sizes that the instrument's software left in the file.

Usage: python benchmarks/sizing_peer.py DATA PEER

DATA is the folder that holds chimerism/; PEER is the Python of an environment that has fraggler 3.0.3 (it is no
dependency and runs in its own process). The lanes with ROX 500 are read and their size standard is matched by both,
each once after a first lane; both give sizes at the apexes that the software stored. Times are of one process on one
core; ours finds the peaks of every dye too.
"""

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nktrial.chimerism.lane import sized_lane
from nktrial.chimerism.sizing import local_southern
from nktrial.formats.abif import read_abif
from nktrial.formats.kits import load_kit
from nktrial.formats.window import Window

FloatArray = NDArray[np.float64]
KITS = {"COfiler": "cofiler", "ProfilerPlus": "profiler_plus"}
PEER = """
import contextlib, io, json, sys, time
import numpy as np
from fraggler import fraggler as f
from fraggler.ladders import LADDERS
out = []
for path, scans in json.load(sys.stdin):
    begin = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):
        fsa = f.parse_fsa(path, "ROX500", "DATA1", 15, 100)
        fsa = None if fsa is None else f.fit_ladder(fsa)
    took = time.perf_counter() - begin
    sizes = None
    if fsa is not None and fsa.ladder_model is not None:
        sizes = np.asarray(fsa.ladder_model.predict(np.array(scans).reshape(-1, 1))).ravel().tolist()
    out.append([took, sizes])
print("RESULT" + json.dumps(out))
"""


def main() -> None:
    """Measure both."""
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    given, stored, ours, our_times = [], [], [], []
    for path in sorted(Path(sys.argv[1]).glob("chimerism/osiris-otherkits-fsa/*.fsa")):
        if path.name.split("_")[0] not in KITS:
            continue
        kit, data = load_kit(KITS[path.name.split("_")[0]]), path.read_bytes()
        sized_lane(read_abif(Window(data, path.name)), kit)  # once before the clock runs
        begin = time.perf_counter()
        trace = read_abif(Window(data, path.name))
        standard = sized_lane(trace, kit).standard
        our_times.append(time.perf_counter() - begin)
        peaks = [peak for peak in trace.vendor_peaks if peak.dye < len(kit.dyes) - 1 and 75.0 <= peak.size_bp <= 450.0]
        scans = np.array([float(peak.scan) for peak in peaks])
        given.append((str(path.resolve()), scans.tolist()))
        stored.append(np.array([peak.size_bp for peak in peaks]))
        ours.append(local_southern(scans, standard.scan, standard.size_bp))
    answer = subprocess.run(
        [sys.argv[2], "-c", PEER], input=json.dumps([given[0], *given]), capture_output=True, text=True, check=True
    )
    theirs = json.loads(answer.stdout.split("RESULT")[-1])[1:]
    _show("nktrial", our_times, ours, stored)
    matched = [(np.array(sizes), told) for (_, sizes), told in zip(theirs, stored, strict=True) if sizes is not None]
    _show("fraggler", [took for took, _ in theirs], [sizes for sizes, _ in matched], [told for _, told in matched])


def _show(name: str, times: list[float], sizes: list[FloatArray], stored: list[FloatArray]) -> None:
    """Print one line."""
    apart = [np.abs(mine - told) for mine, told in zip(sizes, stored, strict=True)]
    away = np.concatenate([*apart, np.zeros(0)])
    away = away[np.isfinite(away)]
    took = f"read and matched in {1e3 * statistics.median(times):.0f} ms (median)"
    print(f"{name:<9} {len(sizes)} of {len(times)} lanes sized, {took}, {away.size} peaks", end="")
    print(f", |d| median {np.median(away):.3f} bp, 95 % {np.quantile(away, 0.95):.3f} bp" if away.size else "")


if __name__ == "__main__":
    main()
