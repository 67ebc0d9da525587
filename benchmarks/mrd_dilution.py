"""Residual disease in silico: a leukaemic marrow diluted from 40 % to 0.001 %, measured by labels and by a gate.

Usage: python benchmarks/mrd_dilution.py FOLDER

FOLDER holds 494.fcs and 494_labels.csv: 83,411 events, of these 77,546 intact, of these 34,174 blasts by an expert.

Dropping: the file's own 43,372 other intact events stay, each blast stays with the probability that gives the expected
share. Below 0.05 % fewer than 20 blasts are left: the file is too small to detect them, and the table says so.
Resampling: events are drawn with replacement from the file up to 5 million intact ones, blasts and others apart, the
number of blasts from its binomial distribution. This gives a file of the size that the EuroFlow rule asks for. It shows
how counting, limits and rules behave there; it cannot show how pure 5 million different cells would be, since the same
43,372 others recur.

The gate is a box in ten signals, its sides the 2 % and 98 % (then 5 % and 95 %) quantiles of the blasts in one half of
the events; what it holds is counted in the other half, so that it is not tested on the events that drew it.
"""

import csv
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nktrial.cytometry.exact_limits import proportion_limits
from nktrial.cytometry.mrd import measurable_residual_disease
from nktrial.cytometry.quality.channels import DECADES, Scales, estimated_width, find_channel
from nktrial.cytometry.strategy import gate_events
from nktrial.formats.fcs import read_fcs
from nktrial.formats.window import open_source
from nktrial.model.events import EventMatrix
from nktrial.model.gates import FROM_FILE, Dimension, GatingStrategy, Logicle, RectangleGate
from nktrial.model.rare import MrdMeasured

PERCENT = (40.0, 10.0, 3.0, 1.0, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001)
SIGNALS = ("FSC-A", "FSC-W", "SSC-A", "CD20", "CD10", "CD45", "CD34", "Syto 41", "CD19", "CD38")
EVENTS = 5_000_000
TAILS = (0.02, 0.05)
SEEDS = 1000
FIRST_SEED = 20261125


@dataclass(frozen=True, slots=True)
class Sample:
    """Who is a blast among the intact events, and what the gate says of those it was not drawn from."""

    blasts: int
    others: int
    gate_hits: int  # of the tested blasts
    tested_blasts: int
    false_hits: int  # of the tested others
    tested_others: int

    @property
    def sensitivity(self) -> float:
        """Share of the blasts that the gate holds."""
        return self.gate_hits / self.tested_blasts

    @property
    def background(self) -> float:
        """Share of the others that the gate holds."""
        return self.false_hits / self.tested_others


@dataclass(frozen=True, slots=True)
class Row:
    """One level: the first seed's measurement, and how often the interval holds the expected share."""

    expected: float
    cells: int
    nucleated: int
    fraction: float | None
    ci95: tuple[float, float] | None
    status: str
    held: int
    mean: float


def labels(path: Path) -> dict[str, NDArray[np.bool_]]:
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {name: np.array([row[name] == "1" for row in rows]) for name in ("intact", "blast")}


def box(matrix: EventMatrix, train: NDArray[np.bool_], tail: float) -> GatingStrategy:
    """Return a gate around the training blasts: quantiles in each signal, fluorescence on its logicle scale."""
    scales = Scales(matrix)
    transforms: dict[str, Logicle] = {}
    dimensions = []
    for name in SIGNALS:
        channel = find_channel(matrix.channels, name)
        if channel.marker:
            width = estimated_width(scales.scale_values(channel), channel.top)
            transforms[channel.name] = Logicle(channel.top, width, DECADES, 0.0)
            low, high = np.quantile(scales.display_values(channel)[train] / DECADES, (tail, 1.0 - tail))
            dimensions.append(Dimension(channel.name, FROM_FILE, channel.name, float(low), float(high)))
        else:
            low, high = np.quantile(scales.scale_values(channel)[train], (tail, 1.0 - tail))
            dimensions.append(Dimension(channel.name, FROM_FILE, None, float(low), float(high)))
    return GatingStrategy((RectangleGate("Blasts", None, tuple(dimensions)),), transforms)


def read_sample(folder: Path, tail: float) -> Sample:
    path = folder / "494.fcs"
    matrix = read_fcs(open_source(path, name=path.name, kind="fcs")[1])
    label = labels(folder / "494_labels.csv")
    blast, other = label["intact"] & label["blast"], label["intact"] & ~label["blast"]
    half = np.random.default_rng(FIRST_SEED).random(blast.size) < 0.5
    inside = gate_events(matrix, box(matrix, blast & half, tail), membership=True).membership["Blasts"]
    return Sample(
        int(blast.sum()),
        int(other.sum()),
        int((inside & blast & ~half).sum()),
        int((blast & ~half).sum()),
        int((inside & other & ~half).sum()),
        int((other & ~half).sum()),
    )


def rows(sample: Sample, way: str) -> list[Row]:
    """Measure all levels in one of three ways: ``dropping``, ``resampling``, ``gate``."""
    result = []
    for level, percent in enumerate(PERCENT):
        expected = percent / 100.0
        drawn = [draw(sample, way, expected, seed=(FIRST_SEED, level, seed)) for seed in range(SEEDS)]
        rule = "20/50 events" if way == "dropping" else "euroflow"
        measured = [measurable_residual_disease(cells, nucleated, rule) for cells, nucleated in drawn]
        usable = [item for item in measured if isinstance(item, MrdMeasured)]
        held = sum(item.ci95[0] <= expected <= item.ci95[1] for item in usable)
        first, (cells, nucleated) = measured[0], drawn[0]
        mean = float(np.mean([cells / nucleated for cells, nucleated in drawn]))
        if isinstance(first, MrdMeasured):
            result.append(Row(expected, cells, nucleated, first.fraction, first.ci95, first.status, held, mean))
        else:
            result.append(Row(expected, cells, nucleated, None, None, "not_evaluable", held, mean))
    return result


def draw(sample: Sample, way: str, expected: float, seed: tuple[int, int, int]) -> tuple[int, int]:
    """Return diseased events and nucleated events of one diluted sample."""
    rng = np.random.default_rng(seed)
    if way == "dropping":
        kept = int(rng.binomial(sample.blasts, expected / (1.0 - expected) * sample.others / sample.blasts))
        return kept, kept + sample.others
    blasts = int(rng.binomial(EVENTS, expected))
    if way == "resampling":
        return blasts, EVENTS
    # The number of resampled events inside the gate has this distribution; drawing each event gives the same.
    inside = rng.binomial(blasts, sample.sensitivity) + rng.binomial(EVENTS - blasts, sample.background)
    return int(inside), EVENTS


def line(found: list[Row], least: float = 0.0) -> tuple[float, float]:
    """Return slope and r squared of log10 measured against log10 expected, first seed, where something was counted."""
    pairs = [(row.expected, row.cells / row.nucleated) for row in found if row.cells and row.expected >= least]
    x, y = np.log10(np.array(pairs)).T
    return float(np.polyfit(x, y, 1)[0]), float(np.corrcoef(x, y)[0, 1] ** 2)


def show(title: str, found: list[Row], *, by_gate: bool = False) -> None:
    print(f"\n### {title}\n")
    last = "mean / expected" if by_gate else f"limits hold it, of {SEEDS:,}"
    print(f"| expected % | events | of | measured % | 95 % limits % | status | mean of {SEEDS:,}, % | {last} |")
    print("|---|---|---|---|---|---|---|---|")
    for row in found:
        value = "-" if row.fraction is None else f"{100 * row.fraction:.4g}"
        limits = "-" if row.ci95 is None else f"{100 * row.ci95[0]:.3g} to {100 * row.ci95[1]:.3g}"
        print(
            f"| {100 * row.expected:g} | {row.cells:,} | {row.nucleated:,} | {value} | {limits} | "
            f"{row.status.replace('_', ' ')} | {100 * row.mean:.4g} | "
            f"{f'{row.mean / row.expected:.3g}' if by_gate else row.held} |"
        )
    slope, r2 = line(found)
    print(f"\nlog-log, first seed: slope {slope:.4f}, r² {r2:.5f}")


def main() -> None:
    folder = Path(sys.argv[1])
    sample = read_sample(folder, TAILS[0])
    print(f"{sample.blasts:,} blasts and {sample.others:,} other intact events")
    show("Dropping blasts from the file, by labels", rows(sample, "dropping"))
    show("Resampled to 5 million events, by labels", rows(sample, "resampling"))
    for tail in TAILS:
        sample = read_sample(folder, tail)
        show(
            f"Resampled to 5 million events, by the box of {100 * tail:g} % to {100 * (1 - tail):g} %",
            rows(sample, "gate"),
            by_gate=True,
        )
        low, high = proportion_limits(sample.false_hits, sample.tested_others)
        print(f"\nThe box holds {sample.gate_hits:,} of {sample.tested_blasts:,} blasts that did not draw it ", end="")
        print(f"({100 * sample.sensitivity:.1f} %) and {sample.false_hits} of {sample.tested_others:,} others ", end="")
        print(f"({100 * sample.background:.3g} %, 95 % limits {100 * low:.2g} to {100 * high:.2g} %).")


if __name__ == "__main__":
    main()
