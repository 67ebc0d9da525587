"""nktrial str dpcr: contributor shares with intervals, from partitions of digital PCR."""

import json
from pathlib import Path
from typing import Any, Final

import click

from nktrial.chimerism.dpcr import copies_per_partition, partition_shares
from nktrial.cli.share_answer import contributors, findings_json, share_lines
from nktrial.core.errors import MethodError, NkTrialError
from nktrial.formats.dpcr_partitions import read_partitions
from nktrial.formats.window import open_source, printable
from nktrial.model.origin import Finding
from nktrial.model.partitions import Partitions

__all__ = ["dpcr"]

SOME_FAILED: Final = 4


@click.command()
@click.argument("table", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def dpcr(table: Path, as_json: bool) -> int:
    """Count the shares of known persons from a table of positive partitions."""
    samples = read_partitions(open_source(table, name=str(table), kind="table")[1])
    answers = [_sample(sample, assays) for sample, assays in samples.items()]
    if as_json:
        click.echo(json.dumps({"samples": [body for body, _ in answers]}, indent=2, allow_nan=False))
    else:
        click.echo("\n".join(line for _, lines in answers for line in lines))
    failed = sum(not body["contributors"] for body, _ in answers)
    if failed == 0:
        return 0
    return SOME_FAILED if failed < len(answers) else NkTrialError.exit_code


def _sample(sample: str, assays: tuple[Partitions, ...]) -> tuple[dict[str, Any], list[str]]:
    """Return one sample as JSON and as text; without shares the findings say why."""
    body: dict[str, Any] = {"sample": sample, "contributors": [], "loci_used": len(assays), "loci": []}
    try:
        measured, findings = partition_shares(sample, assays)
        body["contributors"] = contributors(measured)
        body["loci"] = [_assay(assay) for assay in assays]
        lines = share_lines(measured, findings)
    except MethodError as error:
        message = f"{error.problem} {error.remedy}".strip()
        findings = (Finding(error.code, "error", sample, message),)
        lines = [f"  {error.code} {printable(message, 400)}"]
    return body | {"findings": findings_json(findings)}, [printable(sample), *lines]


def _assay(assay: Partitions) -> dict[str, Any]:
    """Return one assay as JSON."""
    copies = copies_per_partition(assay)
    return {
        "person": assay.person,
        "positive": assay.positive,
        "partitions": assay.total,
        "copies": assay.copies,
        "copies_per_partition": copies.value,
        "ci95": list(copies.interval()),
    }
