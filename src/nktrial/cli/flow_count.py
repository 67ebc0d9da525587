"""nktrial flow count: the events of every gate in FCS files."""

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click
import numpy as np

from nktrial.cli.fcs_choice import FcsChoice, fcs_options
from nktrial.cli.flow_answer import finding_rows, show_samples
from nktrial.cli.flow_jobs import outcomes, processors
from nktrial.cli.new_files import check_new, write_new_files
from nktrial.cytometry.strategy import Gated, gate_events
from nktrial.formats.window import open_window, printable
from nktrial.model.origin import Finding
from nktrial.model.workspace import Workspace
from nktrial.pipeline.gates import FileGates, gates_of, read_gates

__all__ = ["count"]

ROWS_AT_ONCE = 262_144
KERNEL: Final = "NKTRIAL_KERNEL"  # environment: "off" gates without the compiled kernel


@click.command()
@click.argument("fcs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--gates", required=True, type=click.Path(path_type=Path), help="Gating-ML 2.0 file or FlowJo workspace (.wsp)."
)
@click.option("--membership", type=click.Path(path_type=Path), help="Write a 0/1 per event and gate to this CSV.")
@click.option("--compat", type=click.Choice(["flowjo"]), help="Reproduce FlowJo's own counts of a workspace.")
@click.option("--jobs", type=click.IntRange(1), help="Threads; as many as there are processors where not given.")
@fcs_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def count(
    fcs: tuple[Path, ...],
    gates: Path,
    membership: Path | None,
    compat: str | None,
    jobs: int | None,
    reading: FcsChoice,
    as_json: bool,
) -> int:
    """Count the events of every gate in FCS files."""
    if membership is not None:
        if len(fcs) > 1:
            raise click.UsageError("--membership takes one FCS file at a time: one row is one event of that file.")
        check_new(membership)
    known = read_gates(open_window(gates, name=str(gates)))
    if compat is not None and not isinstance(known, Workspace):
        raise click.UsageError("--compat flowjo needs a FlowJo workspace: other gates have their own exact definition.")

    def counted(path: Path, threads: int) -> dict[str, Any]:
        matrix = reading.read(path)
        found = gates_of(known, matrix, path.name, as_flowjo=compat == "flowjo")
        kernel = os.environ.get(KERNEL) != "off"
        gated = gate_events(matrix, found.strategy, membership=membership is not None, threads=threads, kernel=kernel)
        if membership is not None:
            write_new_files({membership: _membership(gated)})
        return _sample(path, gated, found, (*matrix.findings, *gated.findings))

    samples, faults = outcomes(fcs, counted, threads=jobs or processors())
    return show_samples(samples, faults, _show, as_json=as_json)


def _sample(path: Path, gated: Gated, gates: FileGates, findings: tuple[Finding, ...]) -> dict[str, Any]:
    """Return one file's counts as JSON; for a workspace with FlowJo's own beside them."""
    flowjo = gates.flowjo_counts
    return {
        "file": str(path),
        "events": gated.events,
        "excluded": gated.excluded,
        "populations": [
            {"path": item.path, "count": item.count, "parent_count": item.parent_count}
            | ({} if flowjo is None else {"flowjo_count": flowjo.get(item.path)})
            for item in gated.populations
        ],
        "unsupported": [{"path": one.path, "reason": one.reason} for one in gates.unsupported],
        "findings": finding_rows(findings),
    }


def _show(sample: dict[str, Any]) -> None:
    """Print one file's counts."""
    click.echo(f"{printable(sample['file'])}: {sample['events']:,} events")
    for item in sample["populations"]:
        share = f"{100 * item['count'] / item['parent_count']:6.2f} % of parent" if item["parent_count"] else ""
        click.echo(f"  {printable(item['path'], 200):<56} {item['count']:>10,}  {share}{_beside(item)}")


def _beside(item: dict[str, Any]) -> str:
    """Return FlowJo's own count where a workspace states another one."""
    flowjo = item.get("flowjo_count", item["count"])
    return "" if flowjo in (None, item["count"]) else f"  (FlowJo counted {flowjo:,})"


def _membership(gated: Gated) -> Iterator[bytes]:
    """Yield head and rows, one 0/1 a gate; a row is digits and commas, so a block of rows is one array of bytes."""
    import csv  # noqa: PLC0415 (for --membership only)

    head = io.StringIO()
    csv.writer(head, lineterminator="\n").writerow(gated.membership)
    yield head.getvalue().encode("utf-8")
    flags = list(gated.membership.values())
    if not flags:
        return
    for start in range(0, gated.events, ROWS_AT_ONCE):
        rows = min(ROWS_AT_ONCE, gated.events - start)
        text = np.full((rows, 2 * len(flags)), ord(","), dtype=np.uint8)
        text[:, -1] = ord("\n")
        for column, flag in enumerate(flags):
            text[:, 2 * column] = flag[start : start + rows].astype(np.uint8) + ord("0")
        yield text.tobytes()
