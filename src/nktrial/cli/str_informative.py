"""nktrial str informative: which loci tell persons apart, before there is a sample to type."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np

from nktrial.chimerism.informative import OwnAlleles, ranked_loci
from nktrial.chimerism.marker import is_autosomal, marker_key
from nktrial.chimerism.separability import require_separable
from nktrial.cli.str_mixture import persons_of, references_of
from nktrial.core.errors import MethodError
from nktrial.formats.kits import load_kit
from nktrial.formats.window import printable
from nktrial.model.trace import Genotype

__all__ = ["informative"]


@click.command()
@click.option("--genotypes", type=click.Path(path_type=Path), help="Table person,marker,allele1,allele2.")
@click.option("--reference", "references", multiple=True, metavar="PERSON=FILE", help="A person's peak table; repeat.")
@click.option("--person", "chosen", multiple=True, help="Only these persons of the table; repeat.")
@click.option("--kit", "kit_id", help="Kit id, for the stutter of references.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def informative(
    genotypes: Path | None, references: tuple[str, ...], chosen: tuple[str, ...], kit_id: str | None, as_json: bool
) -> int:
    """Rank, for each person, the loci that tell this person from all others; refuse persons that none tells apart."""
    if genotypes is None and not references:
        raise click.UsageError("give the persons' genotypes: --genotypes FILE, or --reference PERSON=FILE for each.")
    known = persons_of(genotypes, references_of(references), load_kit(kit_id) if kit_id is not None else None)
    unknown = [person for person in chosen if person not in known]
    if unknown:
        raise click.UsageError(f"--person {printable(unknown[0], 40)}: no genotype of this person.")
    persons = [known[person] for person in chosen] if chosen else list(known.values())
    if len(persons) < 2:
        raise click.UsageError(f"{len(persons)} person; expected two or more.")
    _require_apart(persons)
    ranked = ranked_loci(persons)
    findings = [finding for person in persons for finding in person.findings]
    if as_json:
        told = [{"code": f.code, "severity": f.severity, "subject": f.subject, "message": f.message} for f in findings]
        body = {"persons": [_as_json(person, rows) for person, rows in ranked.items()], "findings": told}
        click.echo(json.dumps(body, indent=2, allow_nan=False))
        return 0
    click.echo("\n".join(_as_text(ranked)))
    for finding in findings:
        if finding.severity != "info":
            click.echo(f"{finding.code} {printable(finding.message, 400)}")
    return 0


def _require_apart(persons: Sequence[Genotype]) -> None:
    """Refuse persons that peak heights cannot tell apart, with the reason."""
    keyed = [{marker_key(m): pair for m, pair in one.alleles.items() if is_autosomal(m)} for one in persons]
    shared = [key for key in keyed[0] if all(key in other for other in keyed)]
    names = [printable(person.person, 40) for person in persons]
    if not shared:
        raise MethodError(
            "NK-MIX-04",
            f"no autosomal locus was typed of all of {', '.join(names)}.",
            remedy="Type the persons with the same kit.",
        )
    alleles = [sorted({allele for one in keyed for allele in one[key]}) for key in shared]
    copies = np.zeros((len(persons), len(shared), max(map(len, alleles))))
    for k, one in enumerate(keyed):
        for row, (key, names_here) in enumerate(zip(shared, alleles, strict=True)):
            copies[k, row, : len(names_here)] = [one[key].count(allele) for allele in names_here]
    require_separable(copies, names, sample="")


def _as_json(person: str, rows: Sequence[OwnAlleles]) -> dict[str, Any]:
    """Return one person's loci as JSON."""
    return {
        "person": person,
        "loci": [
            {
                "rank": place if row.own else None,
                "marker": row.marker,
                "own_alleles": list(row.own),
                "copies": row.copies,
                "outside_stutter": list(row.clear),
                "copies_outside_stutter": row.clear_copies,
            }
            for place, row in enumerate(rows, start=1)
        ],
    }


def _as_text(ranked: Mapping[str, Sequence[OwnAlleles]]) -> list[str]:
    """Return the loci for a reader."""
    lines: list[str] = []
    for person, rows in ranked.items():
        own, clear = sum(bool(row.own) for row in rows), sum(bool(row.clear) for row in rows)
        lines.append(
            f"{printable(person, 40)}: {own} of {len(rows)} loci have an allele that nobody else has, "
            f"{clear} of them outside stutter positions"
        )
        for place, row in enumerate((row for row in rows if row.own), start=1):
            names = ", ".join(f"{a}" + ("" if a in row.clear else " (in a stutter position)") for a in row.own)
            homozygous = "  two copies" if len(row.own) == 1 and row.copies == 2 else ""
            lines.append(f"  {place:3d}  {printable(row.marker, 20):12s} {printable(names, 120)}{homozygous}")
        silent = [row.marker for row in rows if not row.own]
        if silent:
            lines.append(f"       no allele of its own: {printable(', '.join(silent), 400)}")
    return lines
