"""Warnings about the tables as findings, so that what nktrial check notices reaches the verdict.

A warning about a row belongs to the sample or patient of that row; the others belong to the study. Files that cannot
be used are not repeated: they are quarantined and named first.
"""

from nktrial.formats.raw_files import QUARANTINE_CODES
from nktrial.model.clinic import Row
from nktrial.model.origin import Finding
from nktrial.model.plan import Study

__all__ = ["table_warnings"]


def table_warnings(study: Study) -> list[Finding]:
    """Return one finding a warning; its subject is a sample, a patient, or the table."""
    owners = _owners(study)
    findings = []
    for issue in study.warnings:
        if issue.code in QUARANTINE_CODES:
            continue
        place = f"{issue.file}, line {issue.row}" if issue.row is not None else issue.file
        subject = owners.get((issue.file, issue.row), issue.file)
        found = f" Found: {issue.value}." if issue.value else ""
        findings.append(
            Finding(issue.code, "warning", subject, f"{place}: {issue.message}{found} {issue.hint}".strip())
        )
    return findings


def _owners(study: Study) -> dict[tuple[str, int | None], str]:
    rows: list[tuple[Row, str]] = [(sample.row, sample.sample_id) for sample in study.samples]
    rows += [(count.row, count.sample_id) for count in study.counts]
    rows += [(call.row, call.sample_id) for call in study.chimerism_calls]
    rows += [(entry.row, entry.sample_id or entry.person_id) for entry in study.files]
    rows += [(subject.row, subject.subject_id) for subject in study.subjects]
    rows += [(donor.row, donor.subject_id) for donor in study.donors]
    rows += [(infusion.row, infusion.subject_id) for infusion in study.infusions]
    course = (study.medications, study.adverse_events, study.gvhd, study.assessments, study.followup)
    rows += [(item.row, item.subject_id) for table in course for item in table or ()]
    return {(place.table, place.line): owner for place, owner in rows}
