"""How well the shipped gating templates agree with experts' gates, on the labelled real files.

Usage: python benchmarks/auto_gating.py [DATA]

DATA is the folder that holds cytometry/ and study-nk/ (default: the environment variable NKTRIAL_DATA). Prints the
tables that docs/validation/auto-gating.md shows. F = 2 |A and B| / (|A| + |B|) over the events of a file.
"""

import csv
import os
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nktrial.cytometry.strategy import gate_events
from nktrial.cytometry.templates.draw import draw_gates
from nktrial.formats.fcs import read_fcs
from nktrial.formats.gatingml import read_gating_ml
from nktrial.formats.template import load_template
from nktrial.formats.window import open_source
from nktrial.model.events import EventMatrix
from nktrial.model.template import Template

BoolArray = NDArray[np.bool_]
SEED = 20261123
DILUTIONS = (0.05, 0.01, 0.001)
TREG_PANEL = {
    "FJComp-355 379_28-A": "CD3",
    "FJComp-355 560_40-A": "CD8",
    "FJComp-355 820_60-A": "CD4",
    "FJComp-405 585_15-A": "CD19",
    "FJComp-561 585_15-A": "FoxP3",
    "FJComp-561 780_60-A": "CD127",
    "FJComp-640 670_30-A": "CD25",
}


def events_of(path: Path) -> EventMatrix:
    return read_fcs(open_source(path, name=path.name, kind="fcs")[1])


def memberships(
    matrix: EventMatrix, template: Template, panel: Mapping[str, str] | None = None
) -> dict[str, BoolArray]:
    """Return population -> (n_events,) bool; populations that are not evaluable are absent."""
    drawn = draw_gates(matrix, template, panel=panel)
    gated = gate_events(matrix, drawn.strategy, membership=True)
    return {path.rpartition("/")[2]: flags for path, flags in gated.membership.items()}


def f_measure(found: BoolArray, true: BoolArray) -> float:
    return 2.0 * int((found & true).sum()) / max(1, int(found.sum()) + int(true.sum()))


def gvhd_rows(data: Path) -> Iterator[tuple[str, int, int, str, float, float]]:
    """Yield file, label, events, the population that fits best, F, and F without the events in no expert gate."""
    template = load_template("gvhd_flowcap")
    for path in sorted((data / "cytometry" / "gvhd-flowcap").glob("*.fcs")):
        labels = np.loadtxt(path.with_suffix(".csv"), skiprows=1, dtype=int)
        found = memberships(events_of(path), template)
        gated = labels > 0
        for label in np.unique(labels[gated]):
            true = labels == label
            best = max(found, key=lambda name: f_measure(found[name], true))
            yield (
                path.stem,
                int(label),
                int(true.sum()),
                best,
                f_measure(found[best], true),
                f_measure(found[best] & gated, true),
            )


def ball_labels(path: Path) -> dict[str, BoolArray]:
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {name: np.array([row[name] == "1" for row in rows]) for name in rows[0] if name != "index"}


def ball_rows(data: Path) -> Iterator[tuple[str, str, int, int, float]]:
    """Yield what was gated, population, events found, events labelled, F; then diluted blasts among intact cells."""
    template = load_template("ball_mrd")
    folder = data / "cytometry" / "ball-mrd-labelled"
    matrix = events_of(folder / "494.fcs")
    labels = ball_labels(folder / "494_labels.csv")
    found = memberships(matrix, template)
    for name, label in (("Nucleated", "syto"), ("CD19pos", "cd19"), ("Mature_B", "cd20"), ("Blasts", "blast")):
        true = labels[label]
        yield "494", name, int(found[name].sum()), int(true.sum()), f_measure(found[name], true)
    blasts = np.flatnonzero(labels["blast"])
    order = np.random.default_rng(SEED).permutation(blasts)
    others = int((labels["intact"] & ~labels["blast"]).sum())
    for share in DILUTIONS:
        keep = labels["intact"].copy()
        keep[order[round(share / (1.0 - share) * others) :]] = False
        found = memberships(replace(matrix, values=matrix.values[keep]), template)
        true = labels["blast"][keep]
        yield (
            f"{100 * share:g} % blasts",
            "Blasts",
            int(found["Blasts"].sum()),
            int(true.sum()),
            f_measure(found["Blasts"], true),
        )


def tissue_rows(data: Path, name: str) -> Iterator[tuple[str, dict[str, int], dict[str, int]]]:
    """Yield file, counts of a template, counts of FlowJo."""
    template = load_template(name)
    folder = data / "cytometry" / "treg-tissue-flowjo"
    with (folder / "expected_counts.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for path in sorted(folder.glob("*.fcs")):
        theirs = {
            row["population_path"].rpartition("/")[2]: int(row["flowjo_count"])
            for row in rows
            if row["fcs_file"] == path.name
        }
        matrix = events_of(path)
        panel = TREG_PANEL if not any(channel.marker for channel in matrix.channels) else None
        found = memberships(matrix, template, panel)
        yield path.name, {name: int(flags.sum()) for name, flags in found.items()}, theirs


def nk_rows(data: Path) -> Iterator[tuple[str, dict[str, tuple[int, int, float]]]]:
    """Yield file, population -> (found, by hand, F)."""
    template = load_template("nk")
    study = data / "study-nk"
    gates = study / "gating" / "nk_panel.gatingml.xml"
    strategy = read_gating_ml(open_source(gates, name=gates.name, kind="gatingml")[1])
    for path in sorted((study / "raw" / "fcs").glob("*.fcs")):
        matrix = events_of(path)
        by_hand = gate_events(matrix, strategy, membership=True).membership
        true = {name.rpartition("/")[2]: flags for name, flags in by_hand.items()}
        found = memberships(matrix, template)
        names = ("Singlets", "Lymphocytes", "Live", "T", "NK")
        yield (
            path.name,
            {n: (int(found[n].sum()), int(true[n].sum()), f_measure(found[n], true[n])) for n in names},
        )


def print_gvhd(data: Path) -> None:
    rows = list(gvhd_rows(data))
    print("| file | label | events | population | F | F, ungated events left out |\n|---|---|---|---|---|---|")
    for file, label, events, name, score, inner in rows:
        print(f"| {file} | {label} | {events:,} | {name} | {score:.3f} | {inner:.3f} |")
    for column, title in ((4, "F"), (5, "F, ungated events left out")):
        files = sorted({row[0] for row in rows})
        weighted = [
            sum(row[column] * row[2] for row in rows if row[0] == file) / sum(row[2] for row in rows if row[0] == file)
            for file in files
        ]
        print(f"{title}: mean over files, labels weighted by events {np.mean(weighted):.3f}; ", end="")
        print(f"mean over labels {np.mean([row[column] for row in rows]):.3f}")
        for kind in ("CD4_T", "CD8_T"):
            print(f"  {kind}: mean {np.mean([row[column] for row in rows if row[3] == kind]):.3f}")


def print_rest(data: Path) -> None:
    print("\n| B-ALL | population | found | labelled | F |\n|---|---|---|---|---|")
    for what, name, count, true, score in ball_rows(data):
        print(f"| {what} | {name} | {count:,} | {true:,} | {score:.3f} |")
    print(
        "\n| file | CD4, template | CD4, FlowJo | Treg of CD4, template | Treg of CD4, FlowJo |\n|---|---|---|---|---|"
    )
    for file, ours, theirs in tissue_rows(data, "treg"):
        treg = "CD127neg_FoxP3pos"
        shown = f"{100 * ours[treg] / ours['CD4']:.2f} %" if treg in ours and ours["CD4"] else "not evaluable"
        cd4 = f"{ours['CD4']:,}" if "CD4" in ours else "not evaluable"
        print(f"| {file} | {cd4} | {theirs['CD4']:,} | {shown} | {100 * theirs['Treg'] / theirs['CD4']:.2f} % |")
    print("\n| file, template / FlowJo | CD4 | CD8 | B |\n|---|---|---|---|")
    for file, ours, theirs in tissue_rows(data, "tbnk"):
        pairs = [(ours.get(a), theirs.get(b)) for a, b in (("CD4", "CD4"), ("CD8", "CD8"), ("B", "B cells"))]
        cells = ["" if b is None else f"{a:,} / {b:,}" for a, b in pairs]
        print(f"| {file} | {' | '.join(cells)} |")
    print("\n| file | NK of live, template | NK of live, by hand | F of NK | F of live |\n|---|---|---|---|---|")
    for file, found in nk_rows(data):
        nk, live = found["NK"], found["Live"]
        shares = [f"{100 * nk[side] / live[side]:.2f} %" for side in (0, 1)]
        print(f"| {file} | {shares[0]} | {shares[1]} | {nk[2]:.3f} | {live[2]:.3f} |")


def print_speed(data: Path) -> None:
    matrix = events_of(data / "study-nk" / "raw" / "fcs" / "ND050.fcs")
    tiled = replace(matrix, values=np.tile(matrix.values, (20, 1)))
    template = load_template("nk")
    twice = tuple(
        replace(rule, name=f"{rule.name}_again", parent=None if rule.parent is None else f"{rule.parent}_again",
                cuts=tuple(replace(cut, of=None if cut.of is None else f"{cut.of}_again") for cut in rule.cuts),
                outline=None if rule.outline is None else replace(
                    rule.outline, of=None if rule.outline.of is None else f"{rule.outline.of}_again"))
        for rule in template.populations
    )  # fmt: skip
    template = replace(template, populations=(*template.populations, *twice))
    start = time.perf_counter()
    draw_gates(tiled, template)
    seconds = time.perf_counter() - start
    print(f"\n{len(template.populations)} populations on {tiled.values.shape[0]:,} events: {seconds:.1f} s")


def main() -> None:
    data = Path(sys.argv[1] if len(sys.argv) > 1 else os.environ["NKTRIAL_DATA"])
    print_gvhd(data)
    print_rest(data)
    print_speed(data)


if __name__ == "__main__":
    main()
