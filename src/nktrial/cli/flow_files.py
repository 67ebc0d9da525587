"""Commands over several FCS files: one bad file never stops the others."""

import json
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import click

from nktrial.core.errors import NkTrialError
from nktrial.formats.fcs import read_fcs
from nktrial.formats.window import open_window, printable
from nktrial.model.events import EventMatrix
from nktrial.model.origin import Finding

__all__ = ["exit_code", "finding_rows", "open_fcs", "sample_rows", "show_findings", "show_json", "write_whole"]

QUARANTINED: Final = 4
Faults = list[tuple[Path, NkTrialError]]


def open_fcs(path: Path) -> EventMatrix:
    """Read one FCS file."""
    return read_fcs(open_window(path, name=str(path)))


def sample_rows(
    files: Sequence[Path], measure: Callable[[Path], dict[str, Any]]
) -> tuple[list[dict[str, Any]], Faults]:
    """Measure each file; a failure of a single file is raised, one among several is kept beside the others.

    Parameters
    ----------
    files : sequence of Path
        FCS files.
    measure : callable
        One file -> its row of JSON.

    Returns
    -------
    rows, faults
        In the order of the files.
    """
    rows: list[dict[str, Any]] = []
    faults: Faults = []
    for path in files:
        try:
            rows.append(measure(path))
        except NkTrialError as error:
            if len(files) == 1:
                raise
            faults.append((path, error))
    return rows, faults


def exit_code(rows: Sequence[object], faults: Faults) -> int:
    """Return 0, 4 where some files failed, 3 where all did."""
    if not faults:
        return 0
    return QUARANTINED if rows else NkTrialError.exit_code


def finding_rows(findings: Sequence[Finding]) -> list[dict[str, str]]:
    """Return findings as JSON."""
    return [{"code": item.code, "severity": item.severity, "message": item.message} for item in findings]


def show_json(rows: list[dict[str, Any]], faults: Faults) -> None:
    """Print rows and faults as JSON."""
    failed = [{"file": str(path), "code": error.code, "message": str(error)} for path, error in faults]
    click.echo(json.dumps({"samples": rows, "faults": failed}, indent=1))


def show_findings(row: dict[str, Any]) -> None:
    """Print a row's warnings and errors to standard error."""
    for finding in row["findings"]:
        if finding["severity"] != "info":
            click.echo(f"  {finding['severity']}: {finding['code']} {printable(finding['message'], 1000)}", err=True)


def write_whole(path: Path, content: bytes) -> None:
    """Write a new file, whole or not at all; a file that came to exist meanwhile stays.

    Raises
    ------
    click.UsageError
        It cannot be written.
    """
    try:
        descriptor, name = tempfile.mkstemp(prefix=".nktrial-", dir=path.parent)
    except OSError as error:
        raise click.UsageError(f"cannot write {printable(str(path))}: {error.strerror}.") from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        os.link(name, path)
    except OSError as error:
        raise click.UsageError(f"cannot write {printable(str(path))}: {error.strerror}.") from error
    finally:
        Path(name).unlink(missing_ok=True)
