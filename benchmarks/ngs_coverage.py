"""Coverage of the intervals of shares from marker allele counts, on simulated samples whose shares are known.

The generator shares no code with the analysis. A panel of 24 markers with allele frequencies of 0.3 to 0.5, bias on the
odds (sd of the logarithm 0.12), references of 400 reads a marker, a sample of 12,000; misreads differ from marker to
marker (log-normal about 0.00003), and so does every marker's proportion (beta, correlation 0.00003). Genotypes and bias
are learnt from the simulated references, as in the field. Writes docs/validation/ngs_coverage.json.

    python benchmarks/ngs_coverage.py [--samples 1000] [--seed 24] [--out docs/validation]
"""

import argparse
import json
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from nktrial.chimerism.ngs import marker_data
from nktrial.chimerism.ngs_genotype import count_genotype
from nktrial.chimerism.ngs_interval import count_distributions
from nktrial.chimerism.ngs_outliers import fit_without_outlying
from nktrial.model.marker_counts import MarkerCounts, MarkerReads

MARKERS: Final = 24
BIAS_SD: Final = 0.12
REFERENCE_READS: Final = 400
SAMPLE_READS: Final = 12_000
CORRELATION: Final = 3e-5
MISREADS: Final = 3e-5
LEAST_DIFFERING: Final = 5
PROCESSES: Final = 2
TWO: Final = (0.0, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1.0)
MORE: Final = ((0.01, 0.09, 0.9), (0.2, 0.3, 0.5), (0.0, 0.05, 0.95), (0.02, 0.08, 0.1, 0.3, 0.5))
Shares = tuple[float, ...]


def genotypes(persons: int, rng: np.random.Generator) -> Any:
    """Draw copies of the alternative allele, (persons, markers)."""
    while True:
        copies = rng.binomial(2, rng.uniform(0.3, 0.5, MARKERS), (persons, MARKERS))
        pairs = [(a, b) for a in range(persons) for b in range(a)]
        if all(int((copies[a] != copies[b]).sum()) >= LEAST_DIFFERING for a, b in pairs):
            return copies


def table(name: str, proportion: Any, bias: Any, reads: int, rng: np.random.Generator) -> MarkerCounts:
    """Draw the reads of one library whose DNA holds the alternative allele with a proportion."""
    amplified = bias * proportion / (1.0 - proportion + bias * proportion)
    misread = MISREADS * np.exp(rng.normal(0.0, 0.7, MARKERS))
    seen = amplified * (1.0 - misread) + (1.0 - amplified) * misread
    sum_of_both = 1.0 / CORRELATION - 1.0
    depth = np.round(reads * np.exp(rng.normal(0.0, 0.3, MARKERS))).astype(int)
    alt = rng.binomial(depth, rng.beta(seen * sum_of_both, (1.0 - seen) * sum_of_both))
    return MarkerCounts(name, {f"M{m}": MarkerReads(int(depth[m] - alt[m]), int(alt[m])) for m in range(MARKERS)})


def one_sample(number: int, *, shares: Shares, seed: int) -> list[tuple[float, float, float]]:
    """Return each person's estimate and interval; nothing where the persons' fit is refused."""
    rng = np.random.default_rng([seed, number, *(round(1e6 * share) for share in shares)])
    copies = genotypes(len(shares), rng)
    bias = np.exp(rng.normal(0.0, BIAS_SD, MARKERS))
    references = [table(f"P{k}", row / 2.0, bias, REFERENCE_READS, rng) for k, row in enumerate(copies)]
    sample = table("S", np.asarray(shares) @ copies / 2.0, bias, SAMPLE_READS, rng)
    data = marker_data(sample, references, [count_genotype(reference) for reference in references])
    found = fit_without_outlying(data)
    distributions = count_distributions(found.data, found.fit)
    return [(item.value, *item.interval()) for item in distributions]


def level(shares: Shares, samples: int, seed: int, pool: ProcessPoolExecutor) -> list[dict[str, float]]:
    """Return coverage and error at one set of shares; with two persons the second mirrors the first."""
    rows = np.array(list(pool.map(partial(one_sample, shares=shares, seed=seed), range(samples), chunksize=20)))
    truth = np.asarray(shares)
    inside = (rows[:, :, 1] <= truth) & (truth <= rows[:, :, 2])
    told = range(1 if len(shares) == 2 else len(shares))
    return [
        {
            "persons": len(shares),
            "share": shares[k],
            "samples": samples,
            "covered": round(float(inside[:, k].mean()), 4),
            "below": round(float((truth[k] < rows[:, k, 1]).mean()), 4),
            "above": round(float((truth[k] > rows[:, k, 2]).mean()), 4),
            "mean_error": float(f"{np.abs(rows[:, k, 0] - truth[k]).mean():.3g}"),
            "median_width": float(f"{np.median(rows[:, k, 2] - rows[:, k, 1]):.3g}"),
        }
        for k in told
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=24)
    parser.add_argument("--out", type=Path, default=Path("docs/validation"))
    options = parser.parse_args()
    rows: list[dict[str, float]] = []
    with ProcessPoolExecutor(PROCESSES) as pool:
        for shares in [*((share, 1.0 - share) for share in TWO), *MORE]:
            rows += level(shares, options.samples, options.seed, pool)
            print(json.dumps(rows[-1]), flush=True)
    text = json.dumps({"seed": options.seed, "levels": rows}, indent=1)
    (options.out / "ngs_coverage.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
