"""nktrial flow: single flow cytometry files, without a study folder."""

from typing import Final

import click

from nktrial.cli.lazy import LazyGroup

__all__ = ["flow"]

COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "count": ("nktrial.cli.flow_count:count", "Count the events of every gate in FCS files."),
    "gate": ("nktrial.cli.flow_gate:gate", "Place the gates of a template by the data, and write them as Gating-ML."),
    "template": ("nktrial.cli.flow_template:template", "List the templates that come with nktrial, or print one."),
    "qc": ("nktrial.cli.flow_qc:qc", "Judge the quality of FCS files: time, margins, doublets, drift."),
    "mrd": ("nktrial.cli.flow_mrd:mrd", "Measure residual disease: rare cells over nucleated ones, with LOD and LOQ."),
    "absolute": ("nktrial.cli.flow_absolute:absolute", "Count cells per microlitre, by beads or by the analyser."),
    "plot": ("nktrial.cli.flow_plot:plot", "Draw the gating hierarchy of FCS files, one picture a file."),
    "export": ("nktrial.cli.flow_export:export", "Write the gates of FCS files as a FlowJo workspace (.wsp)."),
}


@click.group(cls=LazyGroup, commands=COMMANDS)
def flow() -> None:
    """Flow cytometry on single files."""
