"""nktrial flow absolute: cells per microlitre, by counting beads or by the lymphocyte count of an analyser."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from nktrial.cli.fcs_choice import FcsChoice, fcs_options
from nktrial.cli.flow_answer import finding_rows, show_samples
from nktrial.cli.flow_jobs import outcomes
from nktrial.cytometry.absolute import ALC_CV, BEAD_CV, BeadTube, bead_count, dual_platform_count
from nktrial.cytometry.activated_treg import activated_treg
from nktrial.cytometry.strategy import Gated, gate_events
from nktrial.formats.window import open_window, printable
from nktrial.model.events import EventMatrix
from nktrial.model.origin import Finding
from nktrial.model.rare import AbsoluteCount
from nktrial.pipeline.gates import GatesFile, gates_of, read_gates

__all__ = ["absolute"]

LEAST_LIKELY_ALC = 10.0  # [unverified] cells/uL; a count in 10^9/L lies below it, a count in cells/uL hardly ever


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What to count and against what: a tube with beads, or an ALC."""

    cells: str
    against: str
    tube: BeadTube | None
    alc_per_ul: float
    alc_cv: float
    cd4: str | None


@click.command()
@click.argument("fcs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--gates", required=True, type=click.Path(path_type=Path), help="Gating-ML 2.0 file or FlowJo workspace.")
@click.option("--cells", required=True, help="Gate of the cells.")
@click.option("--beads", help="Gate of the counting beads.")
@click.option("--bead-count", type=float, help="Beads in the tube.")
@click.option("--volume-ul", type=float, help="Specimen in the tube [uL].")
@click.option("--dilution", type=float, default=1.0, show_default=True, help="How often the specimen was diluted.")
@click.option("--alc", type=float, help="Absolute lymphocyte count [cells/uL].")
@click.option("--denominator", help="Gate of all lymphocytes, which the ALC counts.")
@click.option("--cv", type=float, help="Variation of beads and pipetting, or of the ALC; default 0.05.")
@click.option("--cd4", help="Gate of CD4+ T cells: gives also the share of them (activated Treg).")
@fcs_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def absolute(fcs: tuple[Path, ...], gates: Path, reading: FcsChoice, as_json: bool, **choices: Any) -> int:
    """Count cells per microlitre, with interval and limits of detection and quantification."""
    wanted = _wanted(**choices)
    known = read_gates(open_window(gates, name=str(gates)))
    rows, faults = outcomes(fcs, lambda path, _: _row(path, reading.read(path), known, wanted))
    return show_samples(rows, faults, _show, as_json=as_json)


def _wanted(
    *,
    cells: str,
    beads: str | None,
    bead_count: float | None,
    volume_ul: float | None,
    dilution: float,
    alc: float | None,
    denominator: str | None,
    cv: float | None,
    cd4: str | None,
) -> _Wanted:
    """Check that either beads or an ALC is given, and whole."""
    by_beads, by_alc = (beads, bead_count, volume_ul), (alc, denominator)
    if any(item is not None for item in by_beads) and any(item is not None for item in by_alc):
        raise click.UsageError("give either --beads, --bead-count and --volume-ul, or --alc and --denominator.")
    if beads is not None and bead_count is not None and volume_ul is not None:
        tube = BeadTube(bead_count, volume_ul, dilution, BEAD_CV if cv is None else cv)
        return _Wanted(cells, beads, tube, 0.0, 0.0, cd4)
    if alc is not None and denominator is not None and dilution == 1.0:
        return _Wanted(cells, denominator, None, alc, ALC_CV if cv is None else cv, cd4)
    raise click.UsageError(
        "counting needs --beads, --bead-count and --volume-ul (and --dilution), or --alc and --denominator."
    )


def _row(path: Path, matrix: EventMatrix, gates: GatesFile, wanted: _Wanted) -> dict[str, Any]:
    """Count one file."""
    gated = gate_events(matrix, gates_of(gates, matrix, path.name).strategy)
    cells, against = gated.population(wanted.cells), gated.population(wanted.against)
    findings: tuple[Finding, ...] = ()
    if wanted.tube is not None:
        count = bead_count(cells.count, against.count, wanted.tube, bead_gate=against.path)
    else:
        findings = (
            *_denominator_findings(cells.path, against.path, str(path)),
            *_unit_findings(wanted.alc_per_ul, str(path)),
        )
        count = dual_platform_count(
            cells.count, against.count, wanted.alc_per_ul, lymphocyte_gate=against.path, alc_cv=wanted.alc_cv
        )
    low, high = count.per_ul.interval()
    return {
        "file": str(path),
        "events": gated.events,
        "method": count.method,
        "cells": {"path": cells.path, "count": cells.count},
        "denominator": {"path": against.path, "count": against.count},
        "per_ul": count.per_ul.value,
        "ci95": [low, high],
        "lod_per_ul": count.lod_per_ul,
        "loq_per_ul": count.loq_per_ul,
        "status": count.status,
        "inputs": _inputs(wanted),
        "cd4": None if wanted.cd4 is None else _share(count, gated, wanted.cd4),
        "findings": finding_rows((*matrix.findings, *gated.findings, *findings)),
    }


def _inputs(wanted: _Wanted) -> dict[str, float]:
    """Return the numbers that the user gave."""
    tube = wanted.tube
    if tube is None:
        return {"alc_per_ul": wanted.alc_per_ul, "cv": wanted.alc_cv}
    return {"bead_count": tube.beads_added, "volume_ul": tube.volume_ul, "dilution": tube.dilution, "cv": tube.cv}


def _share(count: AbsoluteCount, gated: Gated, cd4: str) -> dict[str, Any]:
    """Return the share of CD4+ T cells as JSON."""
    parent = gated.population(cd4)
    result = activated_treg(count, parent.count)
    low, high = result.share_of_cd4.interval()
    return {
        "path": parent.path,
        "count": parent.count,
        "share": result.share_of_cd4.value,
        "ci95": [low, high],
        "lod": result.lod_share,
        "loq": result.loq_share,
    }


def _denominator_findings(cells: str, lymphocytes: str, subject: str) -> tuple[Finding, ...]:
    """Report a denominator that may not be all lymphocytes."""
    problems = []
    if "lymph" not in lymphocytes.rpartition("/")[2].lower():
        problems.append("by its name it is not the gate of the lymphocytes, which the ALC counts")
    if not cells.startswith(f"{lymphocytes}/"):
        problems.append(f"the cells' gate {cells!r} does not lie inside it")
    if not problems:
        return ()
    message = f"The denominator is {lymphocytes!r}: {' and '.join(problems)}. Check that it holds all lymphocytes."
    return (Finding("NK-ABS-05", "warning", subject, message),)


def _unit_findings(alc_per_ul: float, subject: str) -> tuple[Finding, ...]:
    """Report a lymphocyte count that looks like one in 10^9/L."""
    if alc_per_ul == 0 or alc_per_ul >= LEAST_LIKELY_ALC:
        return ()
    message = f"The lymphocyte count is {alc_per_ul:g} cells/uL; as 10^9/L it would be {1000 * alc_per_ul:g} cells/uL."
    return (Finding("NK-ABS-06", "warning", subject, f"{message} Check the unit."),)


def _show(row: dict[str, Any]) -> None:
    """Print one file's result."""
    cells, denominator = row["cells"], row["denominator"]
    low, high = row["ci95"]
    click.echo(printable(row["file"]))
    click.echo(
        f"  {printable(cells['path'], 60)} {cells['count']:,} against {printable(denominator['path'], 60)}", nl=False
    )
    click.echo(f" {denominator['count']:,}, {row['method'].replace('_', ' ')}")
    click.echo(f"  {row['per_ul']:.4g} cells/uL, 95 % interval {low:.4g} to {high:.4g}")
    click.echo(
        f"  {row['status'].replace('_', ' ')}; LOD {row['lod_per_ul']:.3g}, LOQ {row['loq_per_ul']:.3g} cells/uL"
    )
    if row["cd4"] is not None:
        share = row["cd4"]
        click.echo(
            f"  {100 * share['share']:.3g} % of {printable(share['path'], 60)} ({share['count']:,}), 95 % interval "
            f"{100 * share['ci95'][0]:.3g} to {100 * share['ci95'][1]:.3g} %; LOQ {100 * share['loq']:.3g} %"
        )
