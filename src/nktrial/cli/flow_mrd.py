"""nktrial flow mrd: measurable residual disease from two gates."""

from pathlib import Path
from typing import Any

import click

from nktrial.cli.fcs_choice import FcsChoice, fcs_options
from nktrial.cli.flow_answer import finding_rows, show_samples
from nktrial.cli.flow_jobs import outcomes
from nktrial.cytometry.mrd import RULES, measurable_residual_disease
from nktrial.cytometry.strategy import gate_events
from nktrial.formats.window import open_window, printable
from nktrial.model.events import EventMatrix
from nktrial.model.origin import Finding
from nktrial.model.rare import Mrd, MrdMeasured, MrdNotEvaluable
from nktrial.pipeline.gates import GatesFile, gates_of, read_gates

__all__ = ["mrd"]


@click.command()
@click.argument("fcs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--gates", required=True, type=click.Path(path_type=Path), help="Gating-ML 2.0 file or FlowJo workspace.")
@click.option("--cells", required=True, help="Gate of the clustered diseased cells.")
@click.option("--nucleated", required=True, help="Gate of all nucleated cells, or of all CD45+ cells for eln2021.")
@click.option("--compartment", help="Gate of the viable cells in the blast compartment (eln2021).")
@click.option("--rule", type=click.Choice(list(RULES)), default="20/50 events", show_default=True)
@fcs_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def mrd(
    fcs: tuple[Path, ...],
    gates: Path,
    cells: str,
    nucleated: str,
    compartment: str | None,
    rule: str,
    reading: FcsChoice,
    as_json: bool,
) -> int:
    """Measure residual disease with exact limits, limits of detection and quantification, and a published rule."""
    known = read_gates(open_window(gates, name=str(gates)))
    names = (cells, nucleated, compartment)
    rows, faults = outcomes(fcs, lambda path, _: _row(path, reading.read(path), known, names, rule))
    return show_samples(rows, faults, _show, as_json=as_json)


def _row(
    path: Path, matrix: EventMatrix, gates: GatesFile, names: tuple[str, str, str | None], rule: str
) -> dict[str, Any]:
    """Measure one file."""
    gated = gate_events(matrix, gates_of(gates, matrix, path.name).strategy)
    cells, nucleated = gated.population(names[0]), gated.population(names[1])
    compartment = None if names[2] is None else gated.population(names[2])
    result = measurable_residual_disease(
        cells.count,
        nucleated.count,
        rule,
        compartment=None if compartment is None else compartment.count,
        subject=str(path),
    )
    own = (
        *(result.findings if isinstance(result, MrdMeasured) else ()),
        *_denominator_findings(cells.path, nucleated.path, rule, str(path)),
    )
    return {
        "file": str(path),
        "events": gated.events,
        "rule": rule,
        "cells": {"path": cells.path, "count": cells.count},
        "denominator": {"path": nucleated.path, "count": nucleated.count},
        "compartment": None if compartment is None else {"path": compartment.path, "count": compartment.count},
        **_result(result),
        "findings": finding_rows((*matrix.findings, *gated.findings, *own)),
    }


def _denominator_findings(cells: str, denominator: str, rule: str, subject: str) -> tuple[Finding, ...]:
    """Report a denominator that may not be the rule's."""
    problems = []
    if not cells.startswith(f"{denominator}/"):
        problems.append(f"the cells' gate {cells!r} does not lie inside it")
    if RULES[rule].denominator.startswith("CD45") and "cd45" not in denominator.rpartition("/")[2].lower():
        problems.append("by its name it is not the gate of the CD45+ cells that the rule asks for")
    if not problems:
        return ()
    message = f"The denominator is {denominator!r}: {' and '.join(problems)}."
    return (Finding("NK-MRD-04", "warning", subject, message),)


def _result(result: Mrd) -> dict[str, Any]:
    """Return the outcome as JSON; what could not be had is null."""
    match result:
        case MrdNotEvaluable():
            return {
                "fraction": None,
                "ci95": None,
                "upper": result.upper,
                "lod": None,
                "loq": None,
                "status": "not_evaluable",
                "reason": result.reason,
                "call": None,
            }
        case MrdMeasured():
            return {
                "fraction": result.fraction,
                "ci95": list(result.ci95),
                "upper": result.ci95[1],
                "lod": result.lod,
                "loq": result.loq,
                "status": result.status,
                "reason": result.call_reason,
                "call": result.call,
            }


def _show(row: dict[str, Any]) -> None:
    """Print one file's result."""
    cells, denominator = row["cells"], row["denominator"]
    click.echo(printable(row["file"]))
    click.echo(f"  {printable(cells['path'], 60)} {cells['count']:,} of {printable(denominator['path'], 60)}", nl=False)
    click.echo(f" {denominator['count']:,}; rule {row['rule']}")
    if row["fraction"] is None:
        click.echo(f"  not evaluable: {row['reason']}")
        if row["upper"] is not None:
            click.echo(f"  at most {percent(row['upper'])} (97.5 % one-sided)")
    else:
        low, high = row["ci95"]
        click.echo(f"  MRD {percent(row['fraction'])}, 95 % limits {percent(low)} to {percent(high)}")
        click.echo(f"  {row['status'].replace('_', ' ')}; LOD {percent(row['lod'])}, LOQ {percent(row['loq'])}")
        why = f": {row['reason']}" if row["reason"] else ""
        click.echo(f"  by {row['rule']}: {(row['call'] or 'no call').replace('_', ' ')}{why}")


def percent(fraction: float) -> str:
    """Return a fraction as a percentage with three significant digits."""
    return f"{100 * fraction:.3g} %"
