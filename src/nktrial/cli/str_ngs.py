"""nktrial str ngs: contributor shares with intervals, from marker allele counts of a sequencer."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from nktrial.chimerism.ngs import NgsFit, fit_marker_counts
from nktrial.cli.share_answer import contributors, findings_json, share_lines
from nktrial.core.errors import PlanError
from nktrial.formats.ngs_counts import read_marker_counts
from nktrial.formats.window import open_source, printable
from nktrial.model.marker_counts import MarkerCounts

__all__ = ["ngs"]


@click.command()
@click.argument("counts", type=click.Path(path_type=Path))
@click.option(
    "--reference", "references", multiple=True, required=True, metavar="PERSON=FILE", help="A person's counts; repeat."
)
@click.option("--of-interest", help="Person whose share each marker states by itself; the first by default.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def ngs(counts: Path, references: tuple[str, ...], of_interest: str | None, as_json: bool) -> int:
    """Fit the shares of known persons to a sample's marker allele counts."""
    persons: dict[str, MarkerCounts] = {}
    for reference in references:
        person, _, file = reference.partition("=")
        if not person or not file:
            raise click.UsageError(f"--reference {printable(reference, 60)}: expected PERSON=FILE.")
        if person in persons:
            raise PlanError(
                "NK-NGS-13",
                f"{printable(person, 40)} has two references.",
                remedy="Give each person one reference.",
            )
        persons[person] = _read(Path(file), person)
    sample = _read(counts, counts.stem)
    fit = fit_marker_counts(sample, list(persons.values()), of_interest=of_interest)
    findings = (*sample.findings, *(f for item in persons.values() for f in item.findings), *fit.findings)
    if as_json:
        click.echo(json.dumps({"samples": [_sample(fit, findings_json(findings))]}, indent=2, allow_nan=False))
        return 0
    lines = [f"{printable(sample.sample)}  ({fit.markers_used} markers)", *share_lines(fit.measurement, findings)]
    if fit.plain is not None:
        lines.append(f"  plain mean of the markers for {printable(fit.plain.person, 30)}: {fit.plain.mean:.3%}")
    lines += _marker_lines(fit)
    click.echo("\n".join(lines))
    return 0


def _read(path: Path, sample: str) -> MarkerCounts:
    """Read one file."""
    return read_marker_counts(open_source(path, name=str(path), kind="ngs")[1], sample=sample)


def _sample(fit: NgsFit, findings: Sequence[dict[str, str]]) -> dict[str, Any]:
    """Return the fit as JSON."""
    plain = fit.plain
    return {
        "sample": fit.measurement.sample,
        "contributors": contributors(fit.measurement),
        "loci_used": fit.markers_used,
        "of_interest": fit.of_interest,
        "classical": None
        if plain is None
        else {"person": plain.person, "mean": plain.mean, "sd": plain.sd, "markers": plain.markers},
        "parameters": dict(fit.parameters),
        "loci": [
            {
                "marker": view.marker,
                "informative": view.informative,
                "rank": view.rank,
                "information": view.information,
                "copies": list(view.copies),
                "alt_reads": view.alt,
                "reads": view.depth,
                "expected_alt": view.expected,
                "bias": view.bias,
                "own_share": view.own_share,
                "used": view.used,
                "note": view.note,
            }
            for view in fit.markers
        ],
        "findings": list(findings),
    }


def _marker_lines(fit: NgsFit) -> list[str]:
    """Return the informative markers, the best first."""
    ranked = sorted((view for view in fit.markers if view.rank is not None), key=lambda view: view.rank or 0)
    return [
        f"  {view.rank:3d}. {printable(view.marker, 20):20s} {view.alt:>9,} of {view.depth:>9,} reads"
        + (f"   own share {view.own_share:8.3%}" if view.own_share is not None else "")
        + f"   {view.informative}"
        for view in ranked
    ]
