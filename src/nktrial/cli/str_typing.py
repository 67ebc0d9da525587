"""nktrial str: STR typing on single files, without a study folder."""

from typing import Final

import click

from nktrial.cli.lazy import LazyGroup

__all__ = ["str_typing"]

COMMANDS: Final = {
    "call": ("nktrial.cli.str_call:call", "Size and call the peaks of ABIF traces."),
    "plot": ("nktrial.cli.str_plot:plot", "Draw the electropherograms of ABIF traces."),
    "mixture": ("nktrial.cli.str_mixture:mixture", "Fit the shares of known persons to peak tables."),
}


@click.group(name="str", cls=LazyGroup, commands=COMMANDS)
def str_typing() -> None:
    """STR typing on single files: call or draw a trace, fit a mixture."""
