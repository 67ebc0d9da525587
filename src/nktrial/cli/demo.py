"""nktrial demo [DIR]: a simulated study, its run, and five lines."""

import json
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from nktrial.cli.answer import answer_words

if TYPE_CHECKING:
    from nktrial.model.results import StudyResults

__all__ = ["demo", "five_lines"]

SHOWN: Final = 2
SHORT_ID: Final = 12
QUARANTINED: Final = 4


@click.command()
@click.argument("folder", metavar="[DIR]", default="nktrial-demo", type=click.Path(file_okay=False, path_type=Path))
@click.option("--patients", type=click.IntRange(2, 500), default=2, show_default=True, help="Patients to simulate.")
@click.option("--seed", type=click.IntRange(min=0), default=None, help="Seed of the simulation  [default: fixed].")
def demo(folder: Path, patients: int, seed: int | None) -> int:
    """Simulate a study of two infants with known truth into DIR (nktrial-demo), run it, print five lines.

    DIR must be empty, absent, or an earlier demo, which is replaced.
    """
    from nktrial.cli.execute import run_folder  # noqa: PLC0415
    from nktrial.simulate.study import DEMO_SEED, write_demo_study  # noqa: PLC0415

    say(f"simulating {patients} patients into {folder}")
    write_demo_study(folder, seed=DEMO_SEED if seed is None else seed, patients=patients)
    results, written = run_folder(folder)
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    for line in five_lines(folder, written, results, truth):
        click.echo(line)
    return QUARANTINED if results.quarantine else 0


def say(text: str) -> None:
    """Tell progress on standard error, to a terminal only."""
    if sys.stderr.isatty():
        click.echo(text, err=True)


def five_lines(folder: Path, written: Path, results: "StudyResults", truth: Mapping[str, Any]) -> list[str]:
    """Return what a demo prints: report, the first two patients' answers beside the truth, root hash, next command.

    Parameters
    ----------
    folder, written : Path
        The study folder and its results folder.
    results : StudyResults
        Results of at least two patients.
    truth : mapping
        The content of truth.json.
    """
    known = {subject["subject_id"]: float(subject["expansion"]["value_per_ul"]) for subject in truth["subjects"]}
    answers = [
        f"{subject.subject_id}   {answer_words(subject.expansion, results)}; truth {known[subject.subject_id]:.0f}"
        for subject in results.subjects[:SHOWN]
    ]
    record = results.subjects[0].expansion.record[:SHORT_ID]
    return [
        f"report   {written / 'report.html'}",
        *answers,
        f"root     {results.root}",
        f"next     nktrial trace {shlex.quote(str(folder))} {record}",
    ]
