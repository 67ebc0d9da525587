"""Run: a consistent study and its raw files to `StudyResults`."""

import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from nktrial.core.errors import PlanError
from nktrial.formats.study import StudyReading, read_study
from nktrial.model.origin import Source
from nktrial.model.plan import Study
from nktrial.model.results import StudyResults
from nktrial.pipeline.derive import derive_patient
from nktrial.pipeline.factors import sample_records
from nktrial.pipeline.intake import take_in
from nktrial.pipeline.ledger import Ledger
from nktrial.pipeline.measure import measure_study
from nktrial.pipeline.notes import table_warnings
from nktrial.pipeline.persons import sex_contradiction
from nktrial.pipeline.summarise import study_results

__all__ = ["InvalidStudyError", "consistent_study", "run_study"]


class InvalidStudyError(PlanError):
    """The study folder has input errors; all of them are in ``reading.issues``."""

    def __init__(self, reading: StudyReading, folder: Path) -> None:
        errors = sum(issue.severity == "error" for issue in reading.issues)
        super().__init__(
            "NK-RUN-11",
            f"{errors} input {'problem' if errors == 1 else 'problems'} must be mended before the study can run.",
            where=str(folder),
            remedy=f"List them with: nktrial check {shlex.quote(str(folder))}",
        )
        self.reading = reading


def consistent_study(folder: Path) -> Study:
    """Read a study folder that has no input errors.

    Raises
    ------
    PlanError
        NK-RUN-11 it has some; see `InvalidStudyError`.
    """
    reading = read_study(folder)
    if reading.study is None:
        raise InvalidStudyError(reading, folder)
    return replace(reading.study, warnings=reading.issues)


def run_study(folder: Path, study: Study, ledger: Ledger) -> StudyResults:
    """Compute a study's endpoints.

    Parameters
    ----------
    folder : Path
        The study folder.
    study : Study
        What it says, from `consistent_study`.
    ledger : Ledger
        Keeps the records.

    Returns
    -------
    StudyResults
        All results; files that could not be used are in ``quarantine``.
    """
    ledger.progress.stage("reading files", 0)
    intake = take_in(folder, study)
    measured = measure_study(folder, study, intake, ledger)
    warned = table_warnings(study)
    known = {subject.subject_id for subject in study.subjects} | {sample.sample_id for sample in study.samples}
    measured.findings += [finding for finding in warned if finding.subject not in known]
    patients = []
    for subject in study.subjects:
        samples = sorted(
            (sample for sample in study.samples if sample.subject_id == subject.subject_id),
            key=lambda sample: (sample.day, sample.sample_id),
        )
        records = [sample_records(study, sample, measured, ledger) for sample in samples]
        own = {subject.subject_id, *(sample.sample_id for sample in samples)}
        notes = [finding for finding in warned if finding.subject in own]
        odd = sex_contradiction(measured.genotypes.get(subject.subject_id), subject.sex, subject.subject_id)
        notes += [odd] if odd is not None else []
        patients.append((subject, derive_patient(study, subject, records, notes, ledger)))
    return study_results(study, patients, measured, _sources(study, [raw.source for raw in intake.files]), ledger)


def _sources(study: Study, files: Sequence[Source]) -> list[Source]:
    """Return every file that the results rest on, each once, in order of name."""
    unique = {(source.sha256, source.name): source for source in (*study.sources.values(), *files)}
    return sorted(unique.values(), key=lambda source: source.name)
