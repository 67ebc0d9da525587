"""Calibration of intervals and probabilities on simulated patients, whose truth is known.

Simulates random patients as raw files (FCS, ABIF, CSV), runs each through the whole pipeline, and compares with the
truth. Patients spread over 10 to 1,000 donor NK cells per microlitre show how many 95 % intervals hold the truth; as
many again between 60 and 170, where the decision is hard, show how often success is true among patients with a like
P(success). Writes docs/validation/calibration.json and calibration.svg.

    python benchmarks/calibration.py [--patients 200] [--seed 2018] [--out docs/validation]
"""

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from nktrial.figures.render import render_svg
from nktrial.figures.theme import ACCENT, MUTED, THRESHOLD, Spec, framed, values
from nktrial.pipeline.ledger import Ledger
from nktrial.pipeline.run import consistent_study, run_study
from nktrial.simulate.study import write_calibration_study
from nktrial.stats import clopper_pearson

PROCESSES: Final = 2
TENTHS: Final = 10
TARGET_COVERAGE: Final = (0.92, 0.98)
WIDE_PER_UL: Final = (10.0, 1000.0)
NEAR_PER_UL: Final = (60.0, 170.0)
FIRST_NEAR: Final = 1001
DIGITS: Final = 6
Row = dict[str, Any]


def one_patient(index: int, *, seed: int) -> Row:
    targets = NEAR_PER_UL if index >= FIRST_NEAR else WIDE_PER_UL
    with tempfile.TemporaryDirectory(prefix="nktrial-calibration-") as name:
        folder = Path(name)
        write_calibration_study(folder, seed=seed, index=index, targets_per_ul=targets)
        truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))["subjects"][0]
        subject = run_study(folder, consistent_study(folder), Ledger(jobs=1)).subjects[0]
    found, sample = subject.expansion, truth["samples"][-1]
    share = sample["shares"]["CD56"][truth["nk_donor"]]
    row: Row = {
        "patient": truth["subject_id"],
        "origin": truth["origin"],
        "truth_per_ul": truth["expansion"]["value_per_ul"],
        "true_success": truth["expansion"]["success"],
        "status": found.status,
        "reason": found.reason,
        "truth_factors": [sample["alc_per_ul"], sample["nk_fraction"], share],
        "factors": [found.alc_per_ul, found.nk_fraction, found.donor_fraction],
        "value_per_ul": found.value_per_ul,
        "ci95": found.ci95,
        "p_success": found.p_success,
    }
    for point in subject.series:
        if point.chosen:
            factors = (point.alc, point.nk_fraction, point.donor_fraction)
            row["factor_ci95"] = [None if factor is None else [factor.low, factor.high] for factor in factors]
    return row


def coverage_of(rows: Sequence[Row]) -> Row:
    inside = sum(row["ci95"][0] <= row["truth_per_ul"] <= row["ci95"][1] for row in rows)
    low, high = clopper_pearson(inside, len(rows)) if rows else (0.0, 1.0)
    return {"patients": len(rows), "covered": inside, "share": inside / max(len(rows), 1), "ci95": [low, high]}


def factor_coverage(rows: Sequence[Row]) -> dict[str, Row]:
    found: dict[str, Row] = {}
    for place, name in enumerate(("alc", "nk_fraction", "donor_fraction")):
        cases = [
            {"truth_per_ul": row["truth_factors"][place], "ci95": row["factor_ci95"][place]}
            for row in rows
            if row.get("factor_ci95") and row["factor_ci95"][place]
        ]
        ratios = np.log([row["factors"][place] / row["truth_factors"][place] for row in rows])
        found[name] = coverage_of(cases) | {
            "median_ratio": float(np.exp(np.median(ratios))),
            "spread_of_log_ratio": float(np.std(ratios)),
        }
    return found


def tenths_of(rows: Sequence[Row]) -> list[Row]:
    tenths = []
    for tenth in range(TENTHS):
        held = [row for row in rows if min(int(row["p_success"] * TENTHS), TENTHS - 1) == tenth]
        if held:
            true = sum(row["true_success"] for row in held)
            low, high = clopper_pearson(true, len(held))
            mean = float(np.mean([row["p_success"] for row in held]))
            share = true / len(held)
            tenths.append(
                {
                    "tenth": tenth,
                    "patients": len(held),
                    "p": mean,
                    "true": true,
                    "share": share,
                    "low": low,
                    "high": high,
                }
            )
    return tenths


def summary_of(rows: Sequence[Row]) -> Row:
    evaluable = [row for row in rows if row["status"] == "evaluable"]
    ratios = np.log([row["value_per_ul"] / row["truth_per_ul"] for row in evaluable if row["value_per_ul"] > 0])
    p = np.array([row["p_success"] for row in evaluable])
    true = np.array([float(row["true_success"]) for row in evaluable])
    return {
        "patients": len(rows),
        "evaluable": len(evaluable),
        "coverage": coverage_of(evaluable),
        "coverage_by_origin": {
            origin: coverage_of([row for row in evaluable if row["origin"] == origin])
            for origin in ("nk_donor", "nk_or_hsct_donor")
        },
        "coverage_of_factors": factor_coverage(evaluable),
        "median_ratio_to_truth": float(np.exp(np.median(ratios))),
        "spread_of_log_ratio": float(np.std(ratios)),
        "median_relative_width": float(
            np.median([(row["ci95"][1] - row["ci95"][0]) / row["truth_per_ul"] for row in evaluable])
        ),
        "brier_score": float(np.mean((p - true) ** 2)),
        "decided_right": int(sum((row["value_per_ul"] > 100) == row["true_success"] for row in evaluable)),
        "tenths_of_p_success": tenths_of(evaluable),
        "not_evaluable": [{"patient": r["patient"], "reason": r["reason"]} for r in rows if r not in evaluable],
    }


def drawn(rows: Sequence[Row], wide: Row, near: Row) -> str:
    coverage = wide["coverage"]
    marks = [
        {
            "truth": row["truth_per_ul"],
            "low": row["ci95"][0] / row["truth_per_ul"],
            "high": row["ci95"][1] / row["truth_per_ul"],
            "ratio": row["value_per_ul"] / row["truth_per_ul"],
            "covered": "holds the truth" if row["ci95"][0] <= row["truth_per_ul"] <= row["ci95"][1] else "misses it",
        }
        for row in rows
        if row["status"] == "evaluable"
    ]
    top = 1.05 * max(2.0, *(mark["high"] for mark in marks))
    truth_axis = {
        "field": "truth",
        "type": "quantitative",
        "scale": {"type": "log"},
        "title": "True donor NK cells per µL",
    }
    colour = {
        "field": "covered",
        "type": "nominal",
        "title": "95 % interval",
        "scale": {"domain": ["holds the truth", "misses it"], "range": [ACCENT, THRESHOLD]},
    }
    ratio_axis = {"type": "quantitative", "title": "Estimate / truth", "scale": {"domain": [0, min(top, 4.0)]}}
    intervals: Spec = {
        "width": 440,
        "height": 280,
        "title": f"{coverage['covered']} of {coverage['patients']} intervals hold the truth",
        "layer": [
            {
                "data": values([{"one": 1}]),
                "mark": {"type": "rule", "color": MUTED},
                "encoding": {"y": {"field": "one", **ratio_axis}},
            },
            {
                "data": values(marks),
                "mark": {"type": "rule", "strokeWidth": 1.2, "opacity": 0.75, "clip": True},
                "encoding": {
                    "x": truth_axis,
                    "y": {"field": "low", **ratio_axis},
                    "y2": {"field": "high"},
                    "color": colour,
                },
            },
            {
                "data": values(marks),
                "mark": {"type": "circle", "size": 14, "opacity": 1, "clip": True},
                "encoding": {"x": truth_axis, "y": {"field": "ratio", **ratio_axis}, "color": colour},
            },
        ],
    }
    share_axis = {"type": "quantitative", "scale": {"domain": [0, 1]}, "axis": {"format": ".0%"}}
    p_axis = {"field": "p", "type": "quantitative", "scale": {"domain": [0, 1]}, "title": "P(success), mean of a tenth"}
    data = values(near["tenths_of_p_success"])
    reliability: Spec = {
        "width": 280,
        "height": 280,
        "title": "P(success) against how often it was true, 60 to 170 per µL",
        "layer": [
            {
                "data": values([{"p": 0, "share": 0}, {"p": 1, "share": 1}]),
                "mark": {"type": "line", "color": MUTED, "strokeDash": [4, 4], "strokeWidth": 1},
                "encoding": {
                    "x": p_axis,
                    "y": {"field": "share", **share_axis, "title": "True successes, with 95 % limits"},
                },
            },
            {
                "data": data,
                "mark": {"type": "rule", "color": ACCENT, "strokeWidth": 1.5},
                "encoding": {"x": p_axis, "y": {"field": "low", **share_axis}, "y2": {"field": "high"}},
            },
            {
                "data": data,
                "mark": {"type": "circle", "color": ACCENT, "size": 60, "opacity": 1},
                "encoding": {"x": p_axis, "y": {"field": "share", **share_axis}},
            },
            {
                "data": data,
                "mark": {"type": "text", "color": MUTED, "align": "left", "dx": 7, "fontSize": 10},
                "encoding": {"x": p_axis, "y": {"field": "share", **share_axis}, "text": {"field": "patients"}},
            },
        ],
    }
    description = (
        f"{coverage['covered']} of {coverage['patients']} simulated patients' 95 % intervals hold the true donor NK "
        "cells per microlitre; beside it P(success) in tenths against the share of true successes."
    )
    body = {"hconcat": [intervals, reliability], "spacing": 40}
    return render_svg(
        framed(body, title="Calibration on simulated patients", description=description), name="calibration"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--patients", type=int, default=200)
    parser.add_argument("--seed", type=int, default=2018)
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parents[1] / "docs" / "validation")
    options = parser.parse_args()
    start = time.perf_counter()
    indices = [*range(1, options.patients + 1), *range(FIRST_NEAR, FIRST_NEAR + options.patients)]
    with ProcessPoolExecutor(PROCESSES) as pool:
        rows = list(pool.map(partial(one_patient, seed=options.seed), indices))
    spread, close = rows[: options.patients], rows[options.patients :]
    wide, near = summary_of(spread), summary_of(close)
    facts = {"seed": options.seed, "seconds": round(time.perf_counter() - start, 1), "target_coverage": TARGET_COVERAGE}
    groups = [{"targets_per_ul": WIDE_PER_UL, **wide}, {"targets_per_ul": NEAR_PER_UL, **near}]
    summary = {**facts, "groups": groups}
    options.out.mkdir(parents=True, exist_ok=True)
    document = json.dumps(short({**summary, "rows": rows}), indent=1) + "\n"
    (options.out / "calibration.json").write_text(document, encoding="utf-8")
    (options.out / "calibration.svg").write_text(drawn(spread, wide, near), encoding="utf-8")
    print(json.dumps(short(summary), indent=1))


def short(value: Any) -> Any:
    """Round every float of a JSON value to six significant digits."""
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    if isinstance(value, dict):
        return {key: short(item) for key, item in value.items()}
    return [short(item) for item in value] if isinstance(value, list | tuple) else value


if __name__ == "__main__":
    main()
