"""nktrial flow export: gates and FCS files as a FlowJo workspace."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import click

from nktrial.cli.fcs_choice import FcsChoice, fcs_options
from nktrial.cli.flow_answer import exit_code, finding_rows, show_faults, show_findings
from nktrial.cli.flow_jobs import outcomes
from nktrial.cli.new_files import check_new, write_new_files
from nktrial.cytometry.flowjo_drawing import drawn_sample
from nktrial.cytometry.strategy import gate_events
from nktrial.formats.flowjo_write import write_flowjo
from nktrial.formats.window import open_window, printable
from nktrial.model.events import EventMatrix
from nktrial.model.workspace import WorkspaceSample
from nktrial.pipeline.gates import GatesFile, gates_of, read_gates

__all__ = ["export"]


@click.command()
@click.argument("fcs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--gates", required=True, type=click.Path(path_type=Path), help="Gating-ML 2.0 file or .wsp.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The workspace to write; must not exist.")
@fcs_options
def export(fcs: tuple[Path, ...], gates: Path, out: Path, reading: FcsChoice) -> int:
    """Write the gates of FCS files as a FlowJo workspace (.wsp)."""
    check_new(out)
    known = read_gates(open_window(gates, name=str(gates)))
    ids = itertools.count(1)
    samples, faults = outcomes(fcs, lambda path, _: _sample(path, reading.read(path), known, ids))
    if samples:
        write_new_files({out: [write_flowjo(samples)]})
        click.echo(f"{printable(str(out))}: {len(samples)} sample{'s' * (len(samples) > 1)}")
    show_faults(faults)
    return exit_code(len(samples), faults)


def _sample(path: Path, matrix: EventMatrix, gates: GatesFile, ids: Iterator[int]) -> WorkspaceSample:
    """Gate one file and draw its gates."""
    strategy = gates_of(gates, matrix, path.name).strategy
    gated = gate_events(matrix, strategy)
    show_findings(finding_rows((*matrix.findings, *gated.findings)))
    return drawn_sample(
        strategy,
        matrix.channels,
        matrix.spillover,
        sample_id=str(next(ids)),
        file_name=path.name,
        fil=matrix.keywords.get("$FIL", ""),
        events=matrix.values.shape[0],
        counts={item.path: item.count for item in gated.populations},
    )
