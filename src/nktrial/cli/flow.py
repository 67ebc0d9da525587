"""nktrial flow: single flow cytometry files, without a study folder."""

import csv
import io
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import click
import numpy as np

from nktrial.cli.flow_gate import gate
from nktrial.core.errors import NkTrialError
from nktrial.cytometry.strategy import Gated, gate_events
from nktrial.formats.fcs import read_fcs
from nktrial.formats.gatingml import read_gating_ml
from nktrial.formats.window import open_source, printable
from nktrial.model.gates import GatingStrategy

__all__ = ["flow"]

ROWS_AT_ONCE = 262_144
QUARANTINED = 4


@click.group()
def flow() -> None:
    """Flow cytometry on single files."""


flow.add_command(gate)


@flow.command()
@click.argument("fcs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--gates", required=True, type=click.Path(path_type=Path), help="Gating-ML 2.0 file.")
@click.option("--membership", type=click.Path(path_type=Path), help="Write a 0/1 per event and gate to this CSV.")
@click.option("--compat", help="Emulate another program's gating; none is available yet.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def count(fcs: tuple[Path, ...], gates: Path, membership: Path | None, compat: str | None, as_json: bool) -> int:
    """Count the events of every gate in FCS files."""
    if compat is not None:
        raise click.UsageError(f"--compat {printable(compat, 40)} is not available yet; leave the option out.")
    if membership is not None and len(fcs) > 1:
        raise click.UsageError("--membership takes one FCS file at a time: one row is one event of that file.")
    if membership is not None and os.path.lexists(membership):
        raise click.UsageError(
            f"--membership names {membership}, which exists; nothing is overwritten: name a new file."
        )
    strategy = read_gating_ml(open_source(gates, name=str(gates), kind="gatingml")[1])
    samples: list[dict[str, Any]] = []
    faults: list[tuple[Path, NkTrialError]] = []
    for path in fcs:
        try:
            gated = _gate_file(path, strategy, membership)
        except NkTrialError as error:
            if len(fcs) == 1:
                raise
            faults.append((path, error))
        else:
            samples.append(_sample(path, gated))
    _show(samples, faults, as_json=as_json)
    if not faults:
        return 0
    return QUARANTINED if samples else NkTrialError.exit_code


def _gate_file(path: Path, strategy: GatingStrategy, membership: Path | None) -> Gated:
    """Read and gate one file, and write its membership where asked."""
    _, window = open_source(path, name=str(path), kind="fcs")
    matrix = read_fcs(window)
    gated = gate_events(matrix, strategy, membership=membership is not None)
    if membership is not None:
        _write_membership(membership, gated)
    return Gated(gated.populations, {}, gated.events, gated.excluded, (*matrix.findings, *gated.findings))


def _sample(path: Path, gated: Gated) -> dict[str, Any]:
    """Return one file's counts as JSON."""
    return {
        "file": str(path),
        "events": gated.events,
        "excluded": gated.excluded,
        "populations": [
            {"path": item.path, "count": item.count, "parent_count": item.parent_count} for item in gated.populations
        ],
        "findings": [
            {"code": item.code, "severity": item.severity, "message": item.message} for item in gated.findings
        ],
    }


def _show(samples: list[dict[str, Any]], faults: list[tuple[Path, NkTrialError]], *, as_json: bool) -> None:
    """Print counts to standard output; faults and findings as text go to standard error."""
    if as_json:
        failed = [{"file": str(path), "code": error.code, "message": str(error)} for path, error in faults]
        click.echo(json.dumps({"samples": samples, "faults": failed}, indent=1))
        return
    for sample in samples:
        click.echo(f"{printable(sample['file'])}: {sample['events']:,} events")
        for item in sample["populations"]:
            share = f"{100 * item['count'] / item['parent_count']:6.2f} % of parent" if item["parent_count"] else ""
            click.echo(f"  {item['path']:<56} {item['count']:>10,}  {share}")
        for finding in sample["findings"]:
            if finding["severity"] != "info":
                click.echo(
                    f"  {finding['severity']}: {finding['code']} {printable(finding['message'], 1000)}", err=True
                )
    for _, error in faults:
        click.echo(f"error: {error}", err=True)


def _write_membership(path: Path, gated: Gated) -> None:
    """Write one row an event and one 0/1 column a gate: the whole file or nothing."""
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
