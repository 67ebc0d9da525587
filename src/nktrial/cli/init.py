"""nktrial init DIR: a blank study folder to fill in; --scan RAW proposes the rows of files.csv."""

import csv
import io
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from nktrial.formats.scan import ProposedFile

from nktrial.cli.check import spreadsheet_safe

__all__ = ["init", "proposal_csv"]


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--scan",
    "raw",
    metavar="RAW",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Look into the instrument files below RAW and write DIR/files.proposed.csv.",
)
@click.option("--dry-run", is_flag=True, help="Print what would be written, and write nothing.")
def init(folder: Path, raw: Path | None, dry_run: bool) -> int:
    """Write a blank study folder into DIR, with every key and column explained. Nothing is ever overwritten.

    With --scan, a DIR that is a study already only gets the proposal for its files.csv. An earlier proposal is replaced
    where it is still as nktrial wrote it; beside one that was changed, the new one is files.proposed-2.csv.
    """
    from nktrial.formats.blank import BLANK_FOLDERS, blank_study, write_new_files, write_proposal  # noqa: PLC0415

    is_study = (folder / "study.toml").exists()
    content = {} if raw is not None and is_study else blank_study()
    rows = () if raw is None else _proposal(raw, folder)
    if dry_run:
        click.echo("".join(f"{name}\n" for name in content) if raw is None else proposal_csv(rows), nl=False)
        return 0
    write_new_files(folder, content)
    for name in BLANK_FOLDERS if not is_study else ():
        (folder / name).mkdir(exist_ok=True)
    if content:
        click.echo(f"wrote {', '.join(content)} into {folder}")
    if raw is not None:
        name, replaced = write_proposal(folder, proposal_csv(rows).encode())
        told = " in place of the earlier proposal, which nobody had changed" if replaced else ""
        click.echo(f"wrote {name} into {folder}{told}")
        doubtful = sum(bool(row.doubts) for row in rows)
        click.echo(f"{len(rows)} files proposed, {doubtful} with a doubt to decide")
    click.echo(f"next: fill in the tables, then nktrial check {shlex.quote(str(folder))}")
    return 0


def proposal_csv(rows: Sequence["ProposedFile"]) -> str:
    """Return the proposal as CSV; text made from file names is safe to open in a spreadsheet."""
    from nktrial.formats.scan import PROPOSAL_COLUMNS  # noqa: PLC0415

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(PROPOSAL_COLUMNS)
    for row in rows:
        writer.writerow([spreadsheet_safe(cell) for cell in row.cells()])
    return out.getvalue()


def _proposal(raw: Path, folder: Path) -> tuple["ProposedFile", ...]:
    """Propose files.csv with what the study's tables say so far."""
    from nktrial.formats.draft import Draft  # noqa: PLC0415
    from nktrial.formats.issues import IssueLog  # noqa: PLC0415
    from nktrial.formats.scan import propose_files  # noqa: PLC0415
    from nktrial.formats.study import gather_tables  # noqa: PLC0415

    if not (folder / "study.toml").exists():
        return propose_files(raw, folder, Draft(), None)
    gathered = gather_tables(folder, IssueLog())
    return propose_files(raw, folder, gathered.draft, gathered.plan)
