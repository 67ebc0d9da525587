"""Chimeras made of real traces: two persons' lanes added scan by scan, called and fitted from the raw trace.

The second lane is moved onto the first one's scans by fragment length, both scaled to the same height, and
p A + (1 - p) B with noise of 4 RFU goes through the whole way: size standard, ladder, calls, joint fit. Three persons
of one kit (9947A and the persons of MIX05 cases 2 and 3, Identifiler, ABI 3100) give six pairs.

    python benchmarks/trace_chimeras.py DATA [--repeats 5] [--json FILE]
"""

import argparse
import itertools
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nktrial.chimerism.calls import call_trace
from nktrial.chimerism.genotype import reference_genotype
from nktrial.chimerism.ladder import LadderBins, align_ladder
from nktrial.chimerism.lane import SizedLane, sized_lane
from nktrial.chimerism.mixture import fit_mixture
from nktrial.chimerism.reference_evidence import reference_evidence
from nktrial.chimerism.sizing import local_southern
from nktrial.formats.abif import read_abif
from nktrial.formats.kits import load_kit
from nktrial.formats.window import Window
from nktrial.model.kit import Kit
from nktrial.model.trace import Genotype, PeakProfile, Trace

LANES: Final = {
    "9947A": "positive_control_9947A.fsa",
    "case 2": "MIX05case2_victim.fsa",
    "case 3": "MIX05case3_victim.fsa",
}
LEVELS: Final = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5)
NOISE_RFU: Final = 4.0
SEED: Final = 9


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """One person's lane, its peaks and the genotype that they show; heights as a share of the median allele's."""

    trace: Trace
    lane: SizedLane
    profile: PeakProfile
    genotype: Genotype
    level_rfu: float


def person(path: Path, name: str, kit: Kit, bins: LadderBins) -> Person:
    """Read, call and type one person's lane."""
    trace = read_abif(Window(path.read_bytes(), path.name))
    profile = call_trace(trace, kit, ladder=bins).profile
    genotype = reference_genotype(profile, person=name, kit=kit)
    heights = [
        peak.height_rfu
        for peak in profile.peaks
        if peak.marker in genotype.alleles and peak.allele in genotype.alleles[peak.marker]
    ]
    return Person(trace, sized_lane(trace, kit), profile, genotype, float(np.median(heights)))


def chimera(rng: np.random.Generator, minor: Person, major: Person, share: float) -> Trace:
    """Add the minor person's lane to the major's, moved by fragment length."""
    scans = np.arange(major.trace.scans.shape[0], dtype=np.float64)
    base = major.trace.scans.astype(np.float64)
    inside = _inside(major, scans)
    wanted = _sizes(major, scans[inside])
    theirs = scans_of(minor, wanted)
    at = np.arange(minor.trace.scans.shape[0], dtype=np.float64)
    dyes = minor.lane.base.signal.shape[1] - 1
    mixed = base.copy()
    for dye in range(dyes):
        own = major.lane.base.signal[:, dye]
        other = np.zeros_like(own, dtype=np.float64)
        other[inside] = np.interp(theirs, at, minor.lane.base.signal[:, dye]) * major.level_rfu / minor.level_rfu
        mixed[:, dye] = base[:, dye] + share * (other - own) + rng.normal(0.0, NOISE_RFU, own.size)
    return replace(major.trace, scans=np.rint(mixed).astype(np.int32))


def _inside(one: Person, scans: NDArray[np.float64]) -> NDArray[np.bool_]:
    standard = one.lane.standard
    return np.asarray((scans >= standard.scan[0]) & (scans <= standard.scan[-1]))


def _sizes(one: Person, scans: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(local_southern(scans, one.lane.standard.scan, one.lane.standard.size_bp))


def scans_of(one: Person, sizes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return where a lane shows fragments of some lengths [scan]."""
    scans = np.arange(one.trace.scans.shape[0], dtype=np.float64)
    scans = scans[_inside(one, scans)]
    return np.asarray(np.interp(sizes, np.maximum.accumulate(_sizes(one, scans)), scans))


def main() -> None:
    """Run every pair at every level."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    rng = np.random.default_rng(SEED)
    folder, kit = arguments.data / "chimerism" / "osiris-identifiler-fsa", load_kit("identifiler")
    bins = align_ladder(read_abif(Window((folder / "ladder.fsa").read_bytes(), "ladder")), kit)
    persons = {name: person(folder / file, name, kit, bins) for name, file in LANES.items()}
    rows = []
    for level in LEVELS:
        found = []
        for minor, major in itertools.permutations(persons, 2):
            known = [persons[minor].genotype, persons[major].genotype]
            references = {name: persons[name].profile for name in (minor, major)}
            evidence = reference_evidence(references, known, kit)
            for _ in range(arguments.repeats):
                lane = chimera(rng, persons[minor], persons[major], level)
                fit = fit_mixture(call_trace(lane, kit, ladder=bins).profile, known, kit=kit, evidence=evidence)
                low, high = fit.share_of(minor).interval()
                classical = np.nan if fit.classical is None or fit.classical.mean is None else fit.classical.mean
                found.append([fit.share_of(minor).value, low <= level <= high, fit.lob[minor], fit.lod[minor],
                              fit.model_lod[minor], 1.0 - classical])  # fmt: skip
        table = np.array(found, dtype=np.float64)
        error = table[:, 0] - level
        rows.append({"level": level, "samples": len(found), "mean_absolute_error": float(np.abs(error).mean()),
                     "bias": float(error.mean()), "sd": float(error.std()), "covered": float(table[:, 1].mean()),
                     "lob": float(np.median(table[:, 2])), "lod": float(np.median(table[:, 3])),
                     "model_lod": float(np.median(table[:, 4])),
                     "found_above_lob": float((table[:, 0] > table[:, 2]).mean()),
                     "classical_mean_absolute_error": float(np.nanmean(np.abs(table[:, 5] - level)))})  # fmt: skip
        print(json.dumps(rows[-1]), flush=True)
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
