"""nktrial check STUDY: every input problem, as a table, as JSON, or as a query list to send back."""

import csv
import dataclasses
import io
import itertools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from nktrial.model.issue import Issue

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["check", "query_list", "spreadsheet_safe"]

QUERY_COLUMNS: Final = ("file", "row", "column", "value", "message", "hint", "code", "severity")
# What a spreadsheet takes for a formula (OWASP, CSV injection), full-width forms included.
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
EXIT_INVALID: Final = 3
PLAIN_WIDTH: Final = 160


@click.command()
@click.argument("study", metavar="STUDY", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Write the problems as a JSON list.")
@click.option("--csv", "as_csv", is_flag=True, help="Write a query list to send back, safe to open in a spreadsheet.")
def check(study: Path, as_json: bool, as_csv: bool) -> int:
    """List every input problem of the folder STUDY; nothing is computed and nothing is written.

    The exit code is 0 where there is no error (warnings are allowed), else 3.
    """
    if as_json and as_csv:
        raise click.UsageError("choose one of --json and --csv.")
    from nktrial.formats.study_check import check_study  # noqa: PLC0415

    issues = check_study(study)
    errors = sum(issue.severity == "error" for issue in issues)
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(issue) for issue in issues], ensure_ascii=False, indent=1))
    elif as_csv:
        click.echo(query_list(issues), nl=False)
    else:
        _print_table(issues, errors)
    return EXIT_INVALID if errors else 0


def query_list(issues: Sequence[Issue]) -> str:
    """Return the issues as CSV whose cells a spreadsheet does not run."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(QUERY_COLUMNS)
    for issue in issues:
        cells = (getattr(issue, column) for column in QUERY_COLUMNS)
        writer.writerow(["" if cell is None else spreadsheet_safe(str(cell)) for cell in cells])
    return out.getvalue()


def spreadsheet_safe(cell: str) -> str:
    """Put an apostrophe before what a spreadsheet would take for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell


def _print_table(issues: Sequence[Issue], errors: int) -> None:
    """Print the issues file by file."""
    from rich.console import Console  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=PLAIN_WIDTH)
    for file, group in itertools.groupby(issues, key=lambda issue: issue.file):
        console.print(Text(file, style="bold"))
        console.print(_file_table(list(group)))
    console.print(Text(f"{errors} errors, {len(issues) - errors} warnings"))


def _file_table(issues: Sequence[Issue]) -> "Table":
    """Return the issues of one file as a table; text of a file is never read as markup."""
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=None, padding=(0, 1), pad_edge=False, show_header=False)
    for width in (8, 10, 5, None, None):
        table.add_column(overflow="fold", min_width=width, no_wrap=width is not None)
    for issue in issues:
        found = f" Found: {issue.value}" if issue.value else ""
        table.add_row(
            Text(issue.severity, style="red" if issue.severity == "error" else "yellow"),
            Text(issue.code),
            Text(str(issue.row or ""), justify="right"),
            Text(issue.column),
            Text(f"{issue.message} {issue.hint}{found}"),
        )
    return table
