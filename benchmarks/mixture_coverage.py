"""Coverage of the joint fit's intervals, and limits of blank and detection, on samples drawn molecule by molecule.

Copies of each allele are drawn from the template (Poisson, 152 a nanogram and allele copy), multiplied by a branching
PCR, given locus effects, degradation and stutter, and cut at 50 RFU. The generator shares no code and no law of
variance with the fit. With ``--mixtures FOLDER`` (PROVEDIt tables) the departure from the nominal ratios is split
into what two random halves of the loci share and what they do not.

    python benchmarks/mixture_coverage.py [--samples 100] [--nanograms 0.5] [--mixtures FOLDER]
"""

import argparse
import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from nktrial.chimerism.mixture import fit_mixture
from nktrial.chimerism.mixture_fit import best_fit
from nktrial.chimerism.mixture_loci import detection_limit_rfu, locus_data, usable_loci
from nktrial.formats.genotypes import read_genotypes
from nktrial.formats.peaks import read_peaks
from nktrial.formats.window import Window, open_source
from nktrial.model.trace import Genotype, Peak, PeakProfile

TWO: Final = (0.0, 0.01, 0.03, 0.1, 0.3, 0.5, 0.8, 0.95, 0.99, 1.0)
THREE: Final = ((0.0, 0.3, 0.7), (0.05, 0.25, 0.7), (0.34, 0.33, 0.33), (0.01, 0.09, 0.9), (0.0, 0.02, 0.98))
LOCI: Final = 15
THRESHOLD_RFU: Final = 50.0
RFU_PER_COPY: Final = 1200.0
COPIES_PER_NG: Final = 151.5  # 6.6 pg a diploid genome
PCR_EFFICIENCY: Final = 0.85
FREQUENCIES: Final = np.array([1, 2, 4, 6, 6, 5, 3, 2, 1]) / 30
HALVES: Final = 8


def simulated(
    rng: np.random.Generator, shares: Sequence[float], nanograms: float
) -> tuple[PeakProfile, list[Genotype]]:
    """Draw one sample: its peaks and its persons."""
    copies = nanograms * COPIES_PER_NG
    degradation = rng.uniform(0.0, 0.5)
    peaks: list[Peak] = []
    alleles: list[dict[str, tuple[str, str]]] = [{} for _ in shares]
    for index in range(LOCI):
        marker = f"D{index + 1}S{100 + index}"
        start_bp, locus = float(rng.uniform(110, 400)), float(np.exp(rng.normal(0.0, 0.25)))
        heights: dict[int, float] = {}
        for share, own in zip(shares, alleles, strict=True):
            pair = sorted(int(x) for x in rng.choice(np.arange(10, 19), 2, p=FREQUENCIES))
            own[marker] = (str(pair[0]), str(pair[1]))
            for repeats in pair:
                intact = np.exp(-degradation * (start_bp + 4 * (repeats - 10) - 100) / 100)
                height = amplified(rng, copies * share * intact) / copies * RFU_PER_COPY * locus
                spilled = height * np.array([0.004, 0.06, 1.0, 0.01])
                spilled *= np.exp(rng.normal(0.0, [0.3, 0.2, 0.05, 0.3]))
                for distance, part in zip((-2, -1, 0, 1), spilled, strict=True):
                    heights[repeats + distance] = heights.get(repeats + distance, 0.0) + float(part)
        peaks += [
            Peak(marker, str(repeats), start_bp + 4 * (repeats - 10), float(round(height)), dye="B")
            for repeats, height in sorted(heights.items())
            if height >= THRESHOLD_RFU
        ]
    return PeakProfile("simulated", tuple(peaks)), [Genotype(f"P{k}", own) for k, own in enumerate(alleles)]


def amplified(rng: np.random.Generator, expected: float) -> float:
    """Return what a Poisson number of molecules grows to in a branching PCR, in molecules."""
    molecules = int(rng.poisson(expected))
    spread = (1.0 - PCR_EFFICIENCY) / (1.0 + PCR_EFFICIENCY)
    return float(rng.gamma(molecules / spread, spread)) if molecules else 0.0


def coverage(samples: int, nanograms: float, seed: int) -> None:
    """Print coverage, error, and limits at every level."""
    rng = np.random.default_rng(seed)
    for level in TWO:
        rows = []
        for _ in range(samples):
            profile, genotypes = simulated(rng, (level, 1.0 - level), nanograms)
            fit = fit_mixture(profile, genotypes, preparation_sd=0.0)
            share = fit.shares[0].share
            low, high = share.interval()
            blank, detection = fit.lob["P0"], fit.lod["P0"]
            rows.append([low <= level <= high, high - low, share.value - level, blank, detection, share.value > blank])
        table = np.array(rows, dtype=np.float64)
        width, lob, lod = np.median(table[:, [1, 3, 4]], axis=0)
        error = float(np.sqrt((table[:, 2] ** 2).mean()))
        bias = float(table[:, 2].mean())
        print(
            f"{level:5.2f}  covers {table[:, 0].mean():.3f}  width {width:.3f}  bias {bias:+.4f}  rms {error:.4f}"
            f"  LoB {lob:.4f}  LoD {lod:.4f}  above LoB {table[:, 5].mean():.2f}",
            flush=True,
        )
    for shares in THREE:
        hits = []
        for _ in range(samples):
            profile, genotypes = simulated(rng, shares, nanograms)
            fit = fit_mixture(profile, genotypes, preparation_sd=0.0)
            limits = [item.share.interval() for item in fit.shares]
            hits.append([low <= true <= high for (low, high), true in zip(limits, shares, strict=True)])
        print(shares, "cover", np.mean(hits, axis=0).round(3).tolist(), flush=True)


def departures(folder: Path, seed: int) -> None:
    """Print how much of the departure from the nominal ratios two halves of the loci share."""
    rng = np.random.default_rng(seed)
    profiles = {profile.sample: profile for profile in read_peaks(window(folder / "peaks.csv"))}
    persons = {genotype.person: genotype for genotype in read_genotypes(window(folder / "genotypes.csv"))}
    shared, own, total = [], [], []
    for row in csv.DictReader((folder / "samples.csv").read_text().splitlines()):
        nominal = np.array([float(x) for x in row["nominal_fraction"].split(";")])
        profile = profiles[row["sample"]]
        loci = usable_loci(profile, [persons[x] for x in row["contributors"].split(";")], detection_limit_rfu(profile))
        data = locus_data(loci)
        total.append(np.mean((best_fit(data).shares - nominal) ** 2))
        products, differences = [], []
        for _ in range(HALVES):
            order = rng.permutation(data.seen.shape[0])
            halves = [data.only(np.sort(part)) for part in np.array_split(order, 2)]
            if not all(half.seen.any() for half in halves):
                continue
            first, second = (best_fit(half).shares - nominal for half in halves)
            products.append(np.mean(first * second))
            differences.append(np.mean((first - second) ** 2) / 4)
        shared.append(np.mean(products))
        own.append(np.mean(differences))
    print(
        f"mean squared departure {np.mean(total):.5f}; shared by halves {np.mean(shared):.5f}, not {np.mean(own):.5f}"
    )


def window(path: Path) -> Window:
    """Open one table."""
    return open_source(path, name=path.name, kind="table")[1]


def main() -> None:
    """Run what the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=100)
    parser.add_argument("--nanograms", type=float, default=0.5)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--mixtures", type=Path)
    arguments = parser.parse_args()
    coverage(arguments.samples, arguments.nanograms, arguments.seed)
    if arguments.mixtures is not None:
        departures(arguments.mixtures, arguments.seed)


if __name__ == "__main__":
    main()
