"""nktrial design simon, single-stage: designs that look for a response."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from nktrial.cli.design_answer import answer, check_figure, figure_options, table_lines
from nktrial.figures.design import Curve, curve_panels, design_spec
from nktrial.stats.simon import METHOD as SIMON
from nktrial.stats.simon import TwoStage, simon_two_stage, two_stage_chances
from nktrial.stats.single_stage import METHOD as SINGLE
from nktrial.stats.single_stage import single_stage, single_stage_success

__all__ = ["simon", "single"]

STEPS: Final = tuple(step / 100 for step in range(101))
Command = TypeVar("Command", bound=Callable[..., Any])


def _errors(command: Command) -> Command:
    """Add the options that both designs share."""
    for name, text, default in (
        ("beta", "Largest probability of giving up under p1.", 0.2),
        ("alpha", "Largest probability of going on under p0.", 0.05),
    ):
        command = click.option(f"--{name}", type=float, default=default, show_default=True, help=text)(command)
    command = click.option("--p1", type=float, required=True, help="Response rate that is worth finding.")(command)
    return click.option("--p0", type=float, required=True, help="Response rate that is too low.")(command)


@click.command()
@_errors
@click.option("--n-max", type=int, default=100, show_default=True, help="Most patients in all.")
@figure_options
def simon(p0: float, p1: float, alpha: float, beta: float, n_max: int, as_json: bool, out: Path | None) -> int:
    """Find Simon's optimal and minimax two-stage designs."""
    check_figure(out)
    both = simon_two_stage(p0, p1, alpha, beta, n_max=n_max)
    designs = {"optimal": both.optimal, "minimax": both.minimax}
    header = (
        "design",
        "r1",
        "n1",
        "r",
        "n",
        "expected n (p0)",
        "stops early (p0)",
        "type I",
        "power",
        "expected n (p1)",
    )
    lines = table_lines(header, [_row(name, design, p1) for name, design in designs.items()])
    lines += ["Give up with r1 responses or fewer of n1, or with r or fewer of n."]
    document = {
        "design": "simon",
        "parameters": {"p0": p0, "p1": p1, "alpha": alpha, "beta": beta, "n_max": n_max},
        **{name: asdict(design) for name, design in designs.items()},
        "chances": {
            name: [asdict(two_stage_chances(design, rate)) for rate in (p0, p1)] for name, design in designs.items()
        },
    }
    panels = curve_panels(
        [_curve(name, design) for name, design in designs.items()],
        chance="Probability of success",
        marked=[(p0, "p0"), (p1, "p1")],
    )
    said = "; ".join(f"{name}: {one.r1} of {one.n1}, {one.r} of {one.n}" for name, one in designs.items())
    spec = design_spec(panels, title="Simon's two-stage designs", description=f"Give up at or below {said}.")
    answer(lines, document, SIMON, as_json=as_json, figure=(out, spec))
    return 0


@click.command("single-stage")
@_errors
@click.option("--n-max", type=int, default=500, show_default=True, help="Most patients.")
@figure_options
def single(p0: float, p1: float, alpha: float, beta: float, n_max: int, as_json: bool, out: Path | None) -> int:
    """Find the smallest single-stage design with exact errors."""
    check_figure(out)
    found = single_stage(p0, p1, alpha, beta, n_max=n_max)
    always = "never" if found.always_from is None else str(found.always_from)
    row = (str(found.r), str(found.n), f"{found.type_1:.4f}", f"{found.power:.4f}", always)
    lines = table_lines(("r", "n", "type I", "power", "every size from"), [row])
    lines += ["Give up with r responses or fewer of n."]
    document = {
        "design": "single-stage",
        "parameters": {"p0": p0, "p1": p1, "alpha": alpha, "beta": beta, "n_max": n_max},
        **asdict(found),
    }
    success = tuple(single_stage_success(found, rate) for rate in STEPS)
    curve = Curve("single stage", STEPS, success, (float(found.n),) * len(STEPS))
    panels = curve_panels([curve], chance="Probability of success", marked=[(p0, "p0"), (p1, "p1")], expected=False)
    words = f"Give up with {found.r} responses or fewer of {found.n}."
    spec = design_spec(panels, title="Single-stage design", description=words)
    answer(lines, document, SINGLE, as_json=as_json, figure=(out, spec))
    return 0


def _row(name: str, design: TwoStage, p1: float) -> tuple[str, ...]:
    bounds = (str(number) for number in (design.r1, design.n1, design.r, design.n))
    shares = (f"{share:.4f}" for share in (design.early_stop, design.type_1, design.power))
    return (name, *bounds, f"{design.expected_n:.2f}", *shares, f"{two_stage_chances(design, p1).expected_n:.2f}")


def _curve(name: str, design: TwoStage) -> Curve:
    chances = [two_stage_chances(design, rate) for rate in STEPS]
    return Curve(name, STEPS, tuple(one.success for one in chances), tuple(one.expected_n for one in chances))
