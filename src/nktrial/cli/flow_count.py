"""nktrial flow count: the events of every gate in FCS files."""

import csv
import io
import json
import os
from pathlib import Path
from typing import Any, Final

import click
import numpy as np

from nktrial.cli.flow_jobs import Fault, outcomes, processors
from nktrial.core.errors import NkTrialError
from nktrial.cytometry.strategy import Gated, gate_events
from nktrial.formats.fcs import read_fcs
from nktrial.formats.window import open_window, printable
from nktrial.model.workspace import Workspace
from nktrial.pipeline.gates import FileGates, GatesFile, gates_of, read_gates

__all__ = ["count"]

ROWS_AT_ONCE = 262_144
QUARANTINED = 4
KERNEL: Final = "NKTRIAL_KERNEL"  # environment: "off" gates without the compiled kernel


@click.command()
@click.argument("fcs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--gates", required=True, type=click.Path(path_type=Path), help="Gating-ML 2.0 file or FlowJo workspace (.wsp)."
)
@click.option("--membership", type=click.Path(path_type=Path), help="Write a 0/1 per event and gate to this CSV.")
@click.option("--compat", type=click.Choice(["flowjo"]), help="Reproduce FlowJo's own counts of a workspace.")
@click.option("--jobs", type=click.IntRange(1), help="Threads; as many as there are processors where not given.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def count(
    fcs: tuple[Path, ...], gates: Path, membership: Path | None, compat: str | None, jobs: int | None, as_json: bool
) -> int:
    """Count the events of every gate in FCS files."""
    if membership is not None and len(fcs) > 1:
        raise click.UsageError("--membership takes one FCS file at a time: one row is one event of that file.")
    if membership is not None and os.path.lexists(membership):
        raise click.UsageError(
            f"--membership names {membership}, which exists; nothing is overwritten: name a new file."
        )
    known = read_gates(open_window(gates, name=str(gates)))
    if compat is not None and not isinstance(known, Workspace):
        raise click.UsageError("--compat flowjo needs a FlowJo workspace: other gates have their own exact definition.")

    def counted(path: Path, threads: int) -> dict[str, Any]:
        return _sample(path, *_gate_file(path, known, membership, threads, as_flowjo=compat == "flowjo"))

    samples, faults = outcomes(fcs, counted, threads=jobs or processors())
    _show(samples, faults, as_json=as_json)
    if not faults:
        return 0
    return QUARANTINED if samples else NkTrialError.exit_code


def _gate_file(
    path: Path, gates: GatesFile, membership: Path | None, threads: int, *, as_flowjo: bool
) -> tuple[Gated, FileGates]:
    """Read and gate one file, and write its membership where asked."""
    matrix = read_fcs(open_window(path, name=str(path)))
    found = gates_of(gates, matrix, path.name, as_flowjo=as_flowjo)
    kernel = os.environ.get(KERNEL) != "off"
    gated = gate_events(matrix, found.strategy, membership=membership is not None, threads=threads, kernel=kernel)
    if membership is not None:
        _write_membership(membership, gated)
    findings = (*matrix.findings, *gated.findings)
    return Gated(gated.populations, {}, gated.events, gated.excluded, findings), found


def _sample(path: Path, gated: Gated, gates: FileGates) -> dict[str, Any]:
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
        "findings": [
            {"code": item.code, "severity": item.severity, "message": item.message} for item in gated.findings
        ],
    }


def _show(samples: list[dict[str, Any]], faults: list[Fault], *, as_json: bool) -> None:
    """Print counts to standard output; faults and findings as text go to standard error."""
    if as_json:
        failed = [{"file": str(fault.path), "code": fault.code, "message": fault.message} for fault in faults]
        click.echo(json.dumps({"samples": samples, "faults": failed}, indent=1))
        return
    for sample in samples:
        click.echo(f"{printable(sample['file'])}: {sample['events']:,} events")
        for item in sample["populations"]:
            share = f"{100 * item['count'] / item['parent_count']:6.2f} % of parent" if item["parent_count"] else ""
            click.echo(f"  {printable(item['path'], 200):<56} {item['count']:>10,}  {share}{_beside(item)}")
        for finding in sample["findings"]:
            if finding["severity"] != "info":
                click.echo(
                    f"  {finding['severity']}: {finding['code']} {printable(finding['message'], 1000)}", err=True
                )
    for fault in faults:
        click.echo(f"error: {fault.message}", err=True)


def _beside(item: dict[str, Any]) -> str:
    """Return FlowJo's own count where a workspace states another one."""
    flowjo = item.get("flowjo_count", item["count"])
    return "" if flowjo in (None, item["count"]) else f"  (FlowJo counted {flowjo:,})"


def _write_membership(path: Path, gated: Gated) -> None:
    """Write one row an event and one 0/1 column a gate: the whole file or nothing."""
    import tempfile  # noqa: PLC0415  # slow to load, and most calls write none

    try:
        descriptor, name = tempfile.mkstemp(prefix=".nktrial-", suffix=".csv", dir=path.parent)
    except OSError as error:
        raise click.UsageError(f"cannot write {printable(str(path))}: {error.strerror}.") from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            _write_rows(file, gated)
        Path(name).replace(path)
    except OSError as error:
        raise click.UsageError(f"cannot write {printable(str(path))}: {error.strerror}.") from error
    finally:
        Path(name).unlink(missing_ok=True)


def _write_rows(file: io.BufferedIOBase | io.FileIO, gated: Gated) -> None:
    """Write head and rows; a row is digits and commas, so a block of rows is one array of bytes."""
    head = io.StringIO()
    csv.writer(head, lineterminator="\n").writerow(gated.membership)
    file.write(head.getvalue().encode("utf-8"))
    flags = list(gated.membership.values())
    if not flags:
        return
    for start in range(0, gated.events, ROWS_AT_ONCE):
        rows = min(ROWS_AT_ONCE, gated.events - start)
        text = np.full((rows, 2 * len(flags)), ord(","), dtype=np.uint8)
        text[:, -1] = ord("\n")
        for column, flag in enumerate(flags):
            text[:, 2 * column] = flag[start : start + rows].astype(np.uint8) + ord("0")
        file.write(text.tobytes())
