"""nktrial str: STR typing on single files, without a study folder."""

from typing import Final

import click

from nktrial.cli.lazy import LazyGroup

__all__ = ["str_typing"]

COMMANDS: Final = {
    "call": ("nktrial.cli.str_call:call", "Size and call the peaks of ABIF traces."),
    "dpcr": ("nktrial.cli.str_dpcr:dpcr", "Count the shares of known persons from digital PCR."),
    "informative": ("nktrial.cli.str_informative:informative", "Rank the loci that tell persons apart."),
    "plot": ("nktrial.cli.str_plot:plot", "Draw the electropherograms of ABIF traces."),
    "mixture": ("nktrial.cli.str_mixture:mixture", "Fit the shares of known persons to peak tables."),
    "ngs": ("nktrial.cli.str_ngs:ngs", "Fit the shares of known persons to marker allele counts."),
}


@click.group(name="str", cls=LazyGroup, commands=COMMANDS)
def str_typing() -> None:
    """STR typing on single files: call or draw a trace, fit a mixture."""
