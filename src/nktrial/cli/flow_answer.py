"""What the flow commands print: rows of JSON, findings, the files that were refused."""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import click

from nktrial.cli.flow_jobs import Fault
from nktrial.core.errors import NkTrialError
from nktrial.formats.window import printable
from nktrial.model.origin import Finding

__all__ = ["exit_code", "fault_rows", "finding_rows", "show_faults", "show_findings", "show_samples"]

QUARANTINED: Final = 4


def show_samples(
    rows: Sequence[dict[str, Any]],
    faults: Sequence[Fault],
    show: Callable[[dict[str, Any]], None],
    *,
    as_json: bool,
) -> int:
    """Print what was found in each file, and return the exit code.

    Parameters
    ----------
    rows : sequence of dict
        One a file; ``findings`` are as `finding_rows` returns them.
    faults : sequence of Fault
        Files that were refused.
    show : callable
        Prints a row for a reader; its findings follow on standard error.
    as_json : bool
        Print JSON instead.
    """
    if as_json:
        click.echo(json.dumps({"samples": rows, "faults": fault_rows(faults)}, indent=1))
    else:
        for row in rows:
            show(row)
            show_findings(row["findings"])
        show_faults(faults)
    return exit_code(len(rows), faults)


def exit_code(done: int, faults: Sequence[Fault]) -> int:
    """Return 0, 4 where some files failed, 3 where all did."""
    if not faults:
        return 0
    return QUARANTINED if done else NkTrialError.exit_code


def finding_rows(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """Return findings as JSON."""
    return [
        {"code": item.code, "severity": item.severity, "message": item.message, "evidence": dict(item.evidence)}
        for item in findings
    ]


def fault_rows(faults: Iterable[Fault]) -> list[dict[str, str]]:
    """Return the files that were refused as JSON."""
    return [{"file": str(fault.path), "code": fault.code, "message": fault.message} for fault in faults]


def show_findings(rows: Iterable[dict[str, Any]]) -> None:
    """Print warnings and errors to standard error."""
    for row in rows:
        if row["severity"] != "info":
            click.echo(f"  {row['severity']}: {row['code']} {printable(row['message'], 1000)}", err=True)


def show_faults(faults: Iterable[Fault]) -> None:
    """Print the files that were refused to standard error."""
    for fault in faults:
        click.echo(f"error: {fault.message}", err=True)
