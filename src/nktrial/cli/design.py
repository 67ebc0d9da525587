"""nktrial design: designs of small trials with their boundaries and operating characteristics."""

from typing import Final

import click

from nktrial.cli.lazy import LazyGroup

__all__ = ["design"]

COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "simon": ("nktrial.cli.design_response:simon", "Simon's two-stage designs: optimal and minimax."),
    "single-stage": ("nktrial.cli.design_response:single", "The smallest exact single-stage design."),
    "monitor": (
        "nktrial.cli.design_monitor:monitor",
        "When to stop for toxicity or futility: a beta-binomial boundary.",
    ),
    "boin": ("nktrial.cli.design_doses:boin", "BOIN: decisions by patients and toxicities, and how trials end."),
    "three-plus-three": ("nktrial.cli.design_doses:three_plus_three", "3+3: which dose is chosen, counted exactly."),
}


@click.group(cls=LazyGroup, commands=COMMANDS)
def design() -> None:
    """Design a small trial: tables of boundaries, chances and expected patients."""
