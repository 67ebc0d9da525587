"""nktrial design monitor: a beta-binomial boundary for toxicity or futility, and how it behaves."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

import click

from nktrial.cli.design_answer import Rates, answer, check_figure, figure_options, table_lines
from nktrial.figures.design import Band, Curve, band_panel, curve_panels, design_spec
from nktrial.stats.monitoring import METHOD, Boundary, Direction, MonitoringRule, boundaries, chances

__all__ = ["monitor"]

STEPS: Final = tuple(step / 100 for step in range(101))
USUAL: Final = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)


@click.command()
@click.option(
    "--direction", type=click.Choice(["toxicity", "futility"]), required=True, help="What stops: many or few."
)
@click.option(
    "--limit", type=float, required=True, help="Rate not to be exceeded (toxicity) or to be reached (futility)."
)
@click.option("--probability", type=float, required=True, help="Stop where the rate is wrong with more than this.")
@click.option("--prior", type=(float, float), required=True, metavar="A B", help="Beta prior of the rate.")
@click.option("--patients", type=int, required=True, help="Patients planned.")
@click.option("--first-look", type=int, default=1, show_default=True, help="Patients at the first look.")
@click.option("--rates", type=Rates(), help="True rates to look at, with commas; default: usual ones and the limit.")
@figure_options
def monitor(
    direction: Direction,
    limit: float,
    probability: float,
    prior: tuple[float, float],
    patients: int,
    first_look: int,
    rates: tuple[float, ...] | None,
    as_json: bool,
    out: Path | None,
) -> int:
    """Print when to stop for toxicity or futility, looked at after every patient, and how often that happens."""
    check_figure(out)
    rule = MonitoringRule(direction, prior, limit, probability, first_look, patients)
    table = boundaries(rule)
    looked = [chances(rule, rate) for rate in (rates or sorted({*USUAL, limit}))]
    many = "or more" if direction == "toxicity" else "or fewer"
    lines = table_lines(
        ("patients", f"stop with ({many})"),
        [(str(item.n), "-" if item.stop is None else str(item.stop)) for item in table],
    )
    lines += ["", "counted exactly over all paths:"]
    lines += table_lines(
        ("true rate", "stops", "stops early", "expected n"),
        [(f"{one.rate:g}", f"{one.stop:.4f}", f"{one.early_stop:.4f}", f"{one.expected_n:.2f}") for one in looked],
    )
    document = {
        "design": "monitor",
        "parameters": asdict(rule),
        "boundaries": [asdict(item) for item in table],
        "counted": "exact",
        "chances": [asdict(one) for one in looked],
    }
    drawn = [chances(rule, rate) for rate in STEPS] if out is not None else looked
    curve = Curve(
        direction,
        tuple(one.rate for one in drawn),
        tuple(one.stop for one in drawn),
        tuple(one.expected_n for one in drawn),
    )
    sign = ">" if direction == "toxicity" else "<"
    words = f"Stop where P(rate {sign} {limit:g}) > {probability:g}, prior beta({prior[0]:g}, {prior[1]:g})"
    events = "Patients with toxicity" if direction == "toxicity" else "Patients with response"
    panels = [
        band_panel(_bands(table, direction), title=words, events=events),
        *curve_panels([curve], chance="Probability of stopping", marked=[(limit, "limit")]),
    ]
    spec = design_spec(panels, title=f"Monitoring of {direction}", description=f"{words}.")
    answer(lines, document, METHOD, as_json=as_json, figure=(out, spec))
    return 0


def _bands(table: Sequence[Boundary], direction: Direction) -> list[Band]:
    """Return the bands of stopping and going on at each number of patients."""
    bands = []
    for item in table:
        if item.stop is None:
            bands.append(Band(item.n, 0, item.n, "go on"))
        elif direction == "toxicity":
            bands += [Band(item.n, 0, item.stop - 1, "go on"), Band(item.n, item.stop, item.n, "stop")]
        else:
            bands += [Band(item.n, 0, item.stop, "stop"), Band(item.n, item.stop + 1, item.n, "go on")]
    return [band for band in bands if band.low <= band.high]
