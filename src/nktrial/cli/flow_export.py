"""nktrial flow export: gates and FCS files as a FlowJo workspace."""

import os
from pathlib import Path

import click

from nktrial.cytometry.flowjo_drawing import drawn_sample
from nktrial.cytometry.strategy import gate_events
from nktrial.formats.fcs import read_fcs
from nktrial.formats.flowjo_write import write_flowjo
from nktrial.formats.window import open_source, printable
from nktrial.model.workspace import WorkspaceSample
from nktrial.pipeline.gates import GatesFile, gates_of, read_gates

__all__ = ["export"]


@click.command()
@click.argument("fcs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--gates", required=True, type=click.Path(path_type=Path), help="Gating-ML 2.0 file or .wsp.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The workspace to write; must not exist.")
def export(fcs: tuple[Path, ...], gates: Path, out: Path) -> int:
    """Write the gates of FCS files as a FlowJo workspace (.wsp)."""
    known = read_gates(open_source(gates, name=str(gates), kind="gatingml")[1])
    document = write_flowjo([_sample(path, known, str(number)) for number, path in enumerate(fcs, start=1)])
    try:
        with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "wb") as file:
            file.write(document)
    except OSError as error:
        raise click.UsageError(f"cannot write {printable(str(out))}: {error.strerror}.") from error
    click.echo(f"{printable(str(out))}: {len(fcs)} samples")
    return 0


def _sample(path: Path, gates: GatesFile, sample_id: str) -> WorkspaceSample:
    """Gate one file and draw its gates."""
    matrix = read_fcs(open_source(path, name=str(path), kind="fcs")[1])
    strategy = gates_of(gates, matrix, path.name).strategy
    counts = {item.path: item.count for item in gate_events(matrix, strategy).populations}
    return drawn_sample(
        strategy,
        matrix.channels,
        matrix.spillover,
        sample_id=sample_id,
        file_name=path.name,
        fil=matrix.keywords.get("$FIL", ""),
        events=matrix.values.shape[0],
        counts=counts,
    )
