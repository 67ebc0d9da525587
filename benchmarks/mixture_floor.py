"""Why the joint fit departs from PROVEDIt's nominal ratios: the tubes, the molecules, or the model.

Two answers. (1) Samples are paired: of one tube (persons, ratio, preparation and treatment alike; each amplified by
itself from another amount of DNA), and of the same persons and ratio in another tube. What a pair of one tube shares is
in the tube or in the model; what the model does to these genotypes it does in every tube; so what one tube shares and
other tubes do not is DNA. (2) The same 62 samples are drawn anew, molecule by molecule, with the genotypes, the height,
the degradation and the molecules that each real sample has, first with shares exactly as nominal, then with shares that
depart from them. The errors of the fit then tell what departure of the tubes the real errors correspond to.

    python benchmarks/mixture_floor.py FOLDER [--repeats 20] [--json FILE]
"""

import argparse
import csv
import itertools
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nktrial.chimerism.likelihood import LocusData
from nktrial.chimerism.mixture_fit import FitPoint, best_fit
from nktrial.chimerism.mixture_loci import detection_limit_rfu, locus_data, usable_loci
from nktrial.chimerism.mixture_outliers import fit_without_outliers
from nktrial.formats.genotypes import read_genotypes
from nktrial.formats.peaks import read_peaks
from nktrial.formats.window import Window, open_source

DEPARTURES: Final = (0.0, 0.1, 0.15, 0.2, 0.25, 0.3)
PCR_SPREAD: Final = 0.081  # (1 - 0.85) / (1 + 0.85): variance that a branching PCR of that efficiency adds
STUTTER_CV: Final = 0.25
RESAMPLES: Final = 1000
SEED: Final = 7


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """One real sample, its nominal shares, and its fit."""

    people: str
    ratio: str
    tube: str
    nominal: NDArray[np.float64]
    data: LocusData
    best: FitPoint

    @property
    def departure(self) -> NDArray[np.float64]:
        """Return estimate less nominal."""
        return self.best.shares - self.nominal


def fitted(folder: Path) -> list[Mixture]:
    """Fit every sample of the tables."""
    profiles = {profile.sample: profile for profile in read_peaks(window(folder / "peaks.csv"))}
    persons = {genotype.person: genotype for genotype in read_genotypes(window(folder / "genotypes.csv"))}
    found = []
    for row in csv.DictReader((folder / "samples.csv").read_text().splitlines()):
        profile = profiles[row["sample"]]
        own = [persons[x] for x in row["contributors"].split(";")]
        fit = fit_without_outliers(locus_data(usable_loci(profile, own, detection_limit_rfu(profile))))
        nominal = np.array([float(x) for x in row["nominal_fraction"].split(";")])
        nominal /= nominal.sum()
        tube = row["treatment"]
        found.append(Mixture(row["contributors"], row["nominal_ratio"], tube, nominal, fit.data, fit.best))
    return found


def shared(mixtures: list[Mixture], *, one_tube: bool) -> tuple[float, int]:
    """Return the mean product of the departures of two samples of the same persons and ratio, and how many pairs."""
    products = [
        float(np.mean(a.departure * b.departure))
        for a, b in itertools.combinations(mixtures, 2)
        if (a.people, a.ratio) == (b.people, b.ratio) and (a.tube == b.tube) == one_tube
    ]
    return (float(np.mean(products)), len(products)) if products else (float("nan"), 0)


def resampled(mixtures: list[Mixture], rng: np.random.Generator, *, one_tube: bool) -> list[float]:
    """Return the 95 % bootstrap limits of `shared`, sets of persons and ratio drawn as wholes."""
    sets: dict[tuple[str, str], list[Mixture]] = {}
    for mixture in mixtures:
        sets.setdefault((mixture.people, mixture.ratio), []).append(mixture)
    values = [shared(own, one_tube=one_tube) for own in sets.values()]
    means, counts = np.array([v for v in values if v[1]]).T
    drawn = rng.integers(means.size, size=(RESAMPLES, means.size))
    totals = (means * counts)[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    return [float(x) for x in np.quantile(totals, [0.025, 0.975])]


def drawn_again(rng: np.random.Generator, mixture: Mixture, shares: NDArray[np.float64]) -> LocusData:
    """Draw a sample like a real one, with the given shares: molecules, PCR, stutter, locus effects, limit."""
    data, point = mixture.data, mixture.best
    amplitude, slope = point.nuisance[:2]
    tau, kappa, back, forward, locus_sd = np.exp(point.nuisance[2:])
    molecules_a_copy = 1.0 / (kappa**2 * (1.0 + PCR_SPREAD))
    copies = np.einsum("k,klb->lb", shares, data.copies)
    molecules = rng.poisson(copies * molecules_a_copy)
    grown = rng.gamma(np.maximum(molecules, 1) / PCR_SPREAD, PCR_SPREAD)
    allele = np.where(molecules > 0, grown, 0.0) / molecules_a_copy
    stutter = np.einsum("k,klb->lb", shares, back * data.back + forward * data.forward)
    stutter *= np.exp(rng.normal(0.0, STUTTER_CV, stutter.shape))
    level = amplitude + slope * data.length + rng.normal(0.0, locus_sd, stutter.shape[0])[:, None]
    height = (allele + stutter) * np.exp(level + rng.normal(0.0, tau, stutter.shape))
    real = data.seen | data.missing
    seen = real & (height >= np.exp(data.log_limit))
    return replace(data, log_height=np.log(np.where(seen, height, 1.0)), seen=seen, missing=real & ~seen)


def errors_drawn(rng: np.random.Generator, mixtures: list[Mixture], sd: float) -> tuple[float, float]:
    """Return the median and mean of the samples' mean absolute errors against nominal, shares departing by ``sd``."""
    errors = []
    for mixture in mixtures:
        shares = mixture.nominal * np.exp(rng.normal(0.0, sd, mixture.nominal.size))
        shares /= shares.sum()
        errors.append(np.abs(best_fit(drawn_again(rng, mixture, shares)).shares - mixture.nominal).mean())
    return float(np.median(errors)), float(np.mean(errors))


def window(path: Path) -> Window:
    """Open one table."""
    return open_source(path, name=path.name, kind="table")[1]


def main() -> None:
    """Run both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    rng = np.random.default_rng(SEED)
    mixtures = fitted(arguments.folder)
    errors = [float(np.abs(mixture.departure).mean()) for mixture in mixtures]
    result: dict[str, object] = {
        "samples": len(mixtures),
        "error": {"median": float(np.median(errors)), "mean": float(np.mean(errors))},
        "mean_squared_departure": float(np.mean([np.mean(mixture.departure**2) for mixture in mixtures])),
    }
    for name, one_tube in (("one_tube", True), ("other_tube", False)):
        value, pairs = shared(mixtures, one_tube=one_tube)
        result[f"shared_{name}"] = {
            "value": value,
            "pairs": pairs,
            "ci95": resampled(mixtures, rng, one_tube=one_tube),
        }
    result["drawn_again"] = [
        {"log_sd_of_tubes": sd, "median": float(np.mean(medians)), "mean": float(np.mean(means)),
         "sd_of_mean": float(np.std(means)), "runs": arguments.repeats}
        for sd in DEPARTURES
        for medians, means in [
            zip(*(errors_drawn(rng, mixtures, sd) for _ in range(arguments.repeats)), strict=True)
        ]
    ]  # fmt: skip
    text = json.dumps(result, indent=1)
    print(text)
    if arguments.json is not None:
        arguments.json.write_text(text + "\n")


if __name__ == "__main__":
    main()
