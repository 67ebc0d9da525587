"""nktrial design boin, three-plus-three: designs that look for a dose."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click
import numpy as np

from nktrial.cli.design_answer import Rates, answer, check_figure, figure_options, table_lines
from nktrial.figures.design import Band, Dose, band_panel, design_spec, dose_panel
from nktrial.figures.theme import Spec
from nktrial.stats.boin import METHOD as BOIN
from nktrial.stats.boin import BoinStep, boin_rule, boin_table
from nktrial.stats.dose_finding import METHOD as DOSES
from nktrial.stats.dose_finding import BoinTrial, DoseChances, boin_chances, three_plus_three_chances

__all__ = ["boin", "three_plus_three"]


@click.command()
@click.option("--target", type=float, required=True, help="Rate of dose-limiting toxicity that is aimed at.")
@click.option("--phi1", type=float, help="Rate that is too low; default 0.6 of the target.")
@click.option("--phi2", type=float, help="Rate that is too high; default 1.4 of the target.")
@click.option("--cohorts", type=int, default=10, show_default=True, help="Cohorts of the trial.")
@click.option("--cohort-size", type=int, default=3, show_default=True, help="Patients a cohort.")
@click.option("--rates", type=Rates(), help="True rate of each dose, with commas: simulates trials.")
@click.option("--start", type=int, default=1, show_default=True, help="First dose, from 1.")
@click.option("--trials", type=int, default=10_000, show_default=True, help="Trials to simulate.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Seed of the simulation.")
@figure_options
def boin(
    target: float,
    phi1: float | None,
    phi2: float | None,
    cohorts: int,
    cohort_size: int,
    rates: tuple[float, ...] | None,
    start: int,
    trials: int,
    seed: int,
    as_json: bool,
    out: Path | None,
) -> int:
    """Print the decisions of a BOIN trial by patients and toxicities at a dose and, with --rates, how trials end."""
    check_figure(out)
    rule = boin_rule(target, phi1=phi1, phi2=phi2)
    table = boin_table(rule, cohorts * cohort_size)
    found: DoseChances | None = None
    if rates is not None:
        generator = np.random.default_rng(seed)
        trial = BoinTrial(rule, cohorts, cohort_size, start - 1)
        found = boin_chances(trial, rates, trials=trials, generator=generator)
    lines = [f"lambda_e {rule.lambda_e:.6f}, lambda_d {rule.lambda_d:.6f}"]
    lines += table_lines(
        ("patients", "escalate (or fewer)", "de-escalate (or more)", "give up (or more)"),
        [
            (
                str(step.n),
                str(step.escalate),
                str(step.deescalate),
                "-" if step.eliminate is None else str(step.eliminate),
            )
            for step in table
        ],
    )
    if found is not None and rates is not None:
        lines += ["", f"simulated, {trials} trials, seed {seed}; largest standard error {found.error:.4f}:"]
        lines += _dose_lines(rates, found)
    document = {
        "design": "boin",
        "parameters": {"cohorts": cohorts, "cohort_size": cohort_size, "start": start, **asdict(rule)},
        "boundaries": [asdict(step) for step in table],
        "chances": None if found is None or rates is None else {"rates": rates, "seed": seed, **asdict(found)},
    }
    panels: list[Spec] = [band_panel(_bands(table), title=f"BOIN, target {target:g}", events="Toxicities at the dose")]
    if found is not None and rates is not None:
        panels.append(dose_panel(_doses(rates, found), title=f"{trials} simulated trials, seed {seed}"))
    words = f"Escalate at or below {rule.lambda_e:.4f}, de-escalate at or above {rule.lambda_d:.4f}."
    spec = design_spec(panels, title="BOIN", description=words)
    answer(lines, document, BOIN, as_json=as_json, figure=(out, spec))
    return 0


@click.command("three-plus-three")
@click.option("--rates", type=Rates(), required=True, help="True rate of each dose, with commas.")
@click.option("--confirm", is_flag=True, help="The dose chosen must have had six patients.")
@figure_options
def three_plus_three(rates: tuple[float, ...], confirm: bool, as_json: bool, out: Path | None) -> int:
    """Print which dose a 3+3 trial chooses at true rates, counted exactly."""
    check_figure(out)
    found = three_plus_three_chances(rates, confirm=confirm)
    lines = ["counted exactly over all courses:", *_dose_lines(rates, found)]
    document = {
        "design": "three-plus-three",
        "parameters": {"rates": rates, "confirm": confirm},
        "chances": asdict(found),
    }
    panel = dose_panel(_doses(rates, found), title="3+3, six at the dose chosen" if confirm else "3+3")
    spec = design_spec([panel], title="3+3", description="Probability that each dose is chosen, counted exactly.")
    answer(lines, document, DOSES, as_json=as_json, figure=(out, spec))
    return 0


def _dose_lines(rates: Sequence[float], found: DoseChances) -> list[str]:
    rows = [
        (str(at + 1), f"{rate:g}", f"{chosen:.4f}", f"{patients:.2f}", f"{toxicities:.2f}")
        for at, (rate, chosen, patients, toxicities) in enumerate(
            zip(rates, found.chosen, found.patients, found.toxicities, strict=True)
        )
    ]
    total = ("all", "", "", f"{sum(found.patients):.2f}", f"{sum(found.toxicities):.2f}")
    rows += [("none", "", f"{found.none:.4f}", "", ""), total]
    return table_lines(("dose", "true rate", "chosen", "expected n", "expected toxicities"), rows)


def _doses(rates: Sequence[float], found: DoseChances) -> list[Dose]:
    doses = [
        Dose(f"Dose {at + 1}", rate, chance) for at, (rate, chance) in enumerate(zip(rates, found.chosen, strict=True))
    ]
    return [*doses, Dose("None", None, found.none)]


def _bands(table: Sequence[BoinStep]) -> list[Band]:
    """Return the bands of each decision at each number of patients."""
    bands = []
    for step in table:
        top = step.n if step.eliminate is None else step.eliminate - 1
        bands += [
            Band(step.n, 0, step.escalate, "escalate"),
            Band(step.n, step.escalate + 1, step.deescalate - 1, "stay"),
            Band(step.n, step.deescalate, top, "de-escalate"),
            Band(step.n, top + 1, step.n, "de-escalate and give the dose up"),
        ]
    return [band for band in bands if band.low <= band.high]
