"""nktrial run STUDY: raw files to endpoints, report and tables."""

import os
from pathlib import Path
from typing import Final

import click

from nktrial.cli.answer import answer_words, caution_lines, plain
from nktrial.cli.execute import run_folder
from nktrial.export.document import results_text
from nktrial.formats.window import printable
from nktrial.model.results import StudyResults
from nktrial.pipeline.run import InvalidStudyError

__all__ = ["run", "summary"]

QUARANTINED: Final = 4
SHOWN_ISSUES: Final = 20


@click.command()
@click.argument("study", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Results folder [STUDY/results].")
@click.option("--jobs", type=click.IntRange(min=1), default=None, help="Processes [chosen by the amount of work].")
@click.option("--scheduler", help="Address of a scheduler; not available in this version.")
@click.option("--json", "as_json", is_flag=True, help="Print results.json on standard output.")
def run(study: Path, out: Path | None, jobs: int | None, scheduler: str | None, as_json: bool) -> int:
    """Compute the endpoints of STUDY from its raw files; write results.json, tables, figures and report.html."""
    if out is not None:
        _refuse_place(out, study)
    if scheduler is not None:
        raise click.UsageError("--scheduler is not available in this version; use --jobs.")
    try:
        results, folder = run_folder(study, out=out, jobs=jobs or 0)
    except InvalidStudyError as error:
        _print_issues(error)
        raise
    click.echo(results_text(results) if as_json else summary(results, folder), nl=not as_json)
    return QUARANTINED if results.quarantine else 0


def _refuse_place(out: Path, study: Path) -> None:
    """Refuse a results folder inside what nktrial itself replaces or deletes."""
    place = Path(os.path.realpath(out))
    for name, inside_only in (("results", True), (".nktrial", False)):
        own = Path(os.path.realpath(study / name))
        if own in place.parents or (place == own and not inside_only):
            hint = "name another folder, or leave --out away."
            raise click.UsageError(f"--out {printable(str(out))}: nktrial writes {name}/ of the study itself; {hint}")


def summary(results: StudyResults, folder: Path) -> str:
    """Return what a run prints: faults first, each patient's answer with its cautions, root, report."""
    lines = [plain(f"quarantined  {fault.file}: {fault.message}") for fault in results.quarantine]
    for subject in results.subjects:
        expansion = subject.expansion
        origin = f"; origin {expansion.origin}" if expansion.status == "evaluable" else ""
        lines.append(f"{plain(subject.subject_id)}   {answer_words(expansion, results)}{origin}")
        lines += caution_lines(expansion)
    monitoring = () if results.cohort is None else results.cohort.monitoring
    lines += [plain(f"monitor  {item.says}") for item in monitoring]
    lines += [f"root     {results.root}", f"report   {folder / 'report.html'}"]
    return "\n".join(lines)


def _print_issues(error: InvalidStudyError) -> None:
    issues = [issue for issue in error.reading.issues if issue.severity == "error"]
    for issue in issues[:SHOWN_ISSUES]:
        row = f":{issue.row}" if issue.row is not None else ""
        column = f" [{issue.column}]" if issue.column else ""
        click.echo(f"{issue.code} {issue.file}{row}{column}: {issue.message} {issue.hint}".rstrip(), err=True)
    if len(issues) > SHOWN_ISSUES:
        click.echo(f"... and {len(issues) - SHOWN_ISSUES} more.", err=True)
