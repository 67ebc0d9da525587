"""Traces: reading beside Biopython, trace to calls, and a thousand lanes in batch.

Usage: python benchmarks/traces.py DATA [LANES]

DATA is the folder that holds chimerism/; its .fsa files are read by nktrial and by Biopython, each file five
times, the fastest taken. Then every lane is called with its run's ladder. Last, LANES (1,000) simulated Identifiler
mixtures of two persons are written as ABIF, read, called and fitted one after another, with the highest memory of the
process after each tenth. Times are of one process on one core.
"""

import io
import resource
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from Bio import SeqIO

from nktrial.chimerism.calls import call_trace
from nktrial.chimerism.ladder import LadderBins, align_ladder
from nktrial.chimerism.mixture import fit_mixture
from nktrial.formats.abif import read_abif
from nktrial.formats.abif_write import write_abif
from nktrial.formats.kits import load_kit
from nktrial.formats.window import Window
from nktrial.model.kit import Kit
from nktrial.model.trace import Genotype, Trace
from nktrial.simulate.analyser import Fragment
from nktrial.simulate.lane import Run, draw_run, run_lane

REPEATS = 5
LANES = 1_000
KITS = {"COfiler": "cofiler", "ProfilerPlus": "profiler_plus", "PP16": "powerplex16"}
SEED = 20261125
Pair = dict[str, tuple[str, str]]


def fastest(work: Callable[[], object]) -> float:
    """Return the least of some times [s]."""
    times = []
    for _ in range(REPEATS):
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return min(times)


def ladder_of(path: Path) -> Path:
    """Return the ladder of a real lane's run."""
    if path.parent.name.startswith("seqinr"):
        return path.with_name("1_0000206138_C01_005.fsa")
    if path.parent.name == "osiris-otherkits-fsa":
        return path.with_name(f"{path.name.split('_')[0]}_ladder.fsa")
    return path.with_name("ladder_run99.fsa" if "artifact" in path.name or "run99" in path.name else "ladder.fsa")


def real_lanes(folder: Path) -> None:
    """Read and call every real lane."""
    ours, theirs, calls = [], [], []
    bins: dict[Path, LadderBins] = {}
    for path in sorted(folder.glob("chimerism/*/*.fsa")):
        data = path.read_bytes()
        kit = load_kit(KITS.get(path.name.split("_")[0], "identifiler"))
        ours.append(fastest(lambda: read_abif(Window(data, "lane"))))  # noqa: B023 - called at once
        theirs.append(fastest(lambda: SeqIO.read(io.BytesIO(data), "abi")))  # noqa: B023 - called at once
        trace, ladder = read_abif(Window(data, "lane")), ladder_of(path)
        if ladder not in bins:
            bins[ladder] = align_ladder(read_abif(Window(ladder.read_bytes(), "ladder")), kit)
        calls.append(fastest(lambda: call_trace(trace, kit, ladder=bins[ladder])))  # noqa: B023 - called at once
    for name, times in (("read, nktrial", ours), ("read, Biopython", theirs), ("trace to calls", calls)):
        print(
            f"{name:<18} {len(times)} lanes  median {1e3 * statistics.median(times):6.1f} ms"
            f"  worst {1e3 * max(times):6.1f}"
        )


def person(rng: np.random.Generator, kit: Kit) -> Pair:
    """Draw two alleles a locus."""
    drawn = {locus.name: sorted(int(k) for k in rng.integers(len(locus.ladder), size=2)) for locus in kit.loci}
    return {locus.name: tuple(locus.ladder[k].name for k in drawn[locus.name]) for locus in kit.loci}  # type: ignore[misc]


def mixed_lane(rng: np.random.Generator, kit: Kit, run: Run, shares: list[tuple[Pair, float]]) -> Trace:
    """Run a lane that holds the persons' DNA in the given shares."""
    spots = []
    for locus in kit.loci:
        sizes = {rung.name: rung.size_bp for rung in locus.ladder}
        for allele, size in sizes.items():
            copies = sum(share * pair[locus.name].count(allele) for pair, share in shares)
            if copies:
                spots.append(Fragment(locus.dye, locus.name, size, 1_500.0 * copies * rng.lognormal(0.0, 0.08)))
    return run_lane(rng, kit, run, spots, sample_name="S")


def batch(lanes: int) -> None:
    """Write, read, call and fit simulated lanes."""
    rng = np.random.default_rng(SEED)
    kit = load_kit("identifiler")
    run = draw_run(rng, kit, label="run")
    rungs = [Fragment(locus.dye, locus.name, rung.size_bp, 900.0) for locus in kit.loci for rung in locus.ladder]
    bins = align_ladder(run_lane(rng, kit, run, rungs, sample_name="LADDER"), kit)
    errors, times, steps = [], [], []
    for number in range(1, lanes + 1):
        recipient, donor, share = person(rng, kit), person(rng, kit), float(rng.uniform(0.05, 0.95))
        data = write_abif(mixed_lane(rng, kit, run, [(recipient, 1.0 - share), (donor, share)]))
        begin = time.perf_counter()
        calls = call_trace(read_abif(Window(data, "lane")), kit, ladder=bins)
        steps.append(time.perf_counter() - begin)
        known = [Genotype("R", recipient), Genotype("D", donor)]
        fit = fit_mixture(calls.profile, known, kit=kit, of_interest="D")
        times.append(time.perf_counter() - begin)
        errors.append(abs(next(item.share.value for item in fit.shares if item.person == "D") - share))
        if number % max(lanes // 10, 1) == 0:
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(f"{number:>6} lanes  highest memory so far {peak:.0f} MB")
    print(
        f"trace to calls  median {1e3 * statistics.median(steps):.0f} ms; trace to shares  median "
        f"{1e3 * statistics.median(times):.0f} ms, 95 % within {1e3 * float(np.quantile(times, 0.95)):.0f} ms; "
        f"share's error  median {statistics.median(errors):.4f}, 95 % within {float(np.quantile(errors, 0.95)):.4f}"
    )


def main() -> None:
    """Measure all."""
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    real_lanes(Path(sys.argv[1]))
    batch(int(sys.argv[2]) if len(sys.argv) == 3 else LANES)


if __name__ == "__main__":
    main()
