"""What the tables must say together: persons, roles, days.

Definition
    Every id that a row names exists. A patient has an NK donor; a transplant comes from one of the patient's donors
    in the role hsct, an infusion from one in the role nk (the same person may hold both roles, or not). A patient's
    first NK infusion is day 0.

Not decided here
    Raw files (``file_links``), dates (``days``), counts (``plausible``).
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final, Literal, TypeVar

from nktrial.formats.draft import Draft, note_orphan
from nktrial.formats.issues import IssueLog
from nktrial.model.clinic import Donor, Infusion, Row, Subject, Transplant

__all__ = ["note_link_problems"]

DAY_OF_ID: Final = re.compile(r"(?:^|[-_])(?:day|d)(m?)(-?\d{1,5})$", re.IGNORECASE | re.ASCII)
TOLERATED_DAYS: Final = 3  # [unverified] a sample planned for day 14 may be taken on day 13 or 16

Given = TypeVar("Given", Transplant, Infusion)


def note_link_problems(draft: Draft, log: IssueLog) -> None:
    """Note what the tables contradict each other in: NK-PLAN-20 to NK-PLAN-28, NK-PLAN-32, NK-PLAN-41, NK-PLAN-46."""
    _note_orphans(draft, log)
    _note_person_ids(draft, log)
    _note_shared_donors(draft, log)
    if "donors.csv" in draft.complete:
        by_id: dict[str, list[Donor]] = defaultdict(list)
        for donor in draft.donors:
            by_id[donor.donor_id].append(donor)
        patients = {subject.subject_id for subject in draft.subjects}
        for transplant in draft.transplants:
            if transplant.subject_id in patients:  # else noted as an orphan
                _note_donor(by_id, transplant, "hsct", "NK-PLAN-23", log)
        for infusion in draft.infusions:
            if infusion.subject_id in patients:
                _note_donor(by_id, infusion, "nk", "NK-PLAN-22", log)
        _note_without_nk_donor(draft, log)
    if "infusions.csv" in draft.complete:
        _note_infusions(draft, log)
    _note_transplants(draft, log)
    _note_before_birth(draft, log)
    _note_days_of_ids(draft, log)


def _note_orphans(draft: Draft, log: IssueLog) -> None:
    """Check subject, sample and person ids of all clinical tables."""
    subjects = {subject.subject_id: None for subject in draft.subjects}
    samples = {sample.sample_id: None for sample in draft.samples}
    persons = {**subjects, **{donor.donor_id: None for donor in draft.donors}}
    links: list[tuple[str, str, Row]] = []
    if "subjects.csv" in draft.complete:
        course = (draft.medications, draft.adverse_events, draft.gvhd, draft.assessments, draft.followup)
        for table in (
            draft.donors,
            draft.transplants,
            draft.infusions,
            draft.samples,
            *(rows or () for rows in course),
        ):
            links = [("subject_id", row.subject_id, row.row) for row in table]
            _note_absent(links, subjects, "subjects.csv", log)
    if "samples.csv" in draft.complete:
        links = [("sample_id", count.sample_id, count.row) for count in draft.counts]
        links += [("sample_id", call.sample_id, call.row) for call in draft.chimerism_calls]
        _note_absent(links, samples, "samples.csv", log)
    if {"subjects.csv", "donors.csv"} <= draft.complete:
        links = [("person_id", locus.person_id, locus.row) for locus in draft.genotypes]
        links += [("person_id", call.person_id, call.row) for call in draft.chimerism_calls]
        _note_absent(links, persons, "subjects.csv or donors.csv", log)


def _note_absent(links: Iterable[tuple[str, str, Row]], known: dict[str, None], table: str, log: IssueLog) -> None:
    """Note the references that lead nowhere."""
    for column, value, row in links:
        if value not in known:
            note_orphan(log, row, column, value, known, table)


def _note_person_ids(draft: Draft, log: IssueLog) -> None:
    """Refuse a donor with a patient's id: a person id means one person (NK-PLAN-27)."""
    patients = {subject.subject_id: subject.row.line for subject in draft.subjects}
    for donor in draft.donors:
        if donor.donor_id in patients:
            log.add(
                "NK-PLAN-27",
                donor.row.table,
                f"the donor's id is also a patient's, on line {patients[donor.donor_id]} of subjects.csv.",
                "Give the donor an id of its own, e.g. S01-D1.",
                row=donor.row.line,
                column="donor_id",
                value=donor.donor_id,
            )


def _note_shared_donors(draft: Draft, log: IssueLog) -> None:
    """Note a donor of several patients: possible with banked cells, more often a slip (NK-PLAN-28)."""
    first: dict[str, Row] = {}
    for donor in draft.donors:
        earlier = first.setdefault(donor.donor_id, donor.row)
        if earlier is not donor.row:
            log.add(
                "NK-PLAN-28",
                donor.row.table,
                f"the donor is also another patient's, on line {earlier.line}.",
                "Correct the id unless one person's cells were given to both patients.",
                row=donor.row.line,
                column="donor_id",
                value=donor.donor_id,
                severity="warning",
            )


def _note_donor(
    by_id: dict[str, list[Donor]], given: Transplant | Infusion, role: str, code: str, log: IssueLog
) -> None:
    """Check that cells came from a donor of this patient in this role."""
    same_id = by_id.get(given.donor_id, [])
    mine = [donor for donor in same_id if donor.subject_id == given.subject_id]
    row = given.row
    if not same_id:
        note_orphan(log, row, "donor_id", given.donor_id, by_id, "donors.csv")
    elif not mine:
        log.add(
            "NK-PLAN-21",
            row.table,
            f"the donor belongs to {same_id[0].subject_id} (donors.csv, line {same_id[0].row.line}), "
            f"not to {given.subject_id}.",
            "Correct the donor, or add a row for this patient to donors.csv.",
            row=row.line,
            column="donor_id",
            value=given.donor_id,
        )
    elif role not in mine[0].roles:
        held = "+".join(sorted(mine[0].roles))
        log.add(
            code,
            row.table,
            f"the donor has the role {held} in donors.csv (line {mine[0].row.line}), expected {role}.",
            f"Correct the donor, or write the role {role} (or hsct+nk) in donors.csv.",
            row=row.line,
            column="donor_id",
            value=given.donor_id,
        )


def _note_without_nk_donor(draft: Draft, log: IssueLog) -> None:
    """Note patients without an NK donor (NK-PLAN-24)."""
    served = {donor.subject_id for donor in draft.donors if "nk" in donor.roles}
    for subject in draft.subjects:
        if subject.subject_id not in served:
            _note_patient(
                log,
                "NK-PLAN-24",
                subject,
                "has no NK donor in donors.csv; without one, donor NK cells have no meaning.",
                "Add the donor with the role nk or hsct+nk.",
            )


def _note_patient(log: IssueLog, code: str, subject: Subject, problem: str, hint: str, *, warn: bool = False) -> None:
    """Note something about a whole patient, at the patient's row."""
    name = subject.subject_id
    severity: Literal["error", "warning"] = "warning" if warn else "error"
    log.add(
        code,
        subject.row.table,
        f"{name} {problem}",
        hint,
        row=subject.row.line,
        column="subject_id",
        value=name,
        severity=severity,
    )


def _note_infusions(draft: Draft, log: IssueLog) -> None:
    """Check that the first NK infusion is day 0 (NK-PLAN-25); note patients without one (NK-PLAN-26)."""
    first = _first_by_subject(draft.infusions)
    for subject in draft.subjects:
        infusion = first.get(subject.subject_id)
        if infusion is None:
            problem = "has no NK infusion; its endpoint will not be evaluable."
            hint = "Add the infusion, or leave the patient as enrolled and not infused."
            _note_patient(log, "NK-PLAN-26", subject, problem, hint, warn=True)
    for name, infusion in first.items():
        if infusion.day != 0:
            log.add(
                "NK-PLAN-25",
                infusion.row.table,
                f"the first NK infusion of {name} is on day {infusion.day}; every day counts from it, so it is day 0.",
                "Count all days of this patient from the first NK infusion.",
                row=infusion.row.line,
                column="day",
                value=str(infusion.day),
            )


def _note_transplants(draft: Draft, log: IssueLog) -> None:
    """Note patients whose every transplant is after the NK cells (NK-PLAN-41)."""
    infused = {infusion.subject_id for infusion in draft.infusions}
    for name, transplant in _first_by_subject(draft.transplants).items():
        if transplant.day > 0 and name in infused:
            log.add(
                "NK-PLAN-41",
                transplant.row.table,
                f"every transplant of {name} is after the first NK infusion.",
                "Check the sign of the day: a transplant before the infusion has a negative day.",
                row=transplant.row.line,
                column="day",
                value=str(transplant.day),
                severity="warning",
            )


def _first_by_subject(rows: Sequence[Given]) -> dict[str, Given]:
    """Return each patient's row of the lowest day."""
    first: dict[str, Given] = {}
    for row in rows:
        earlier = first.get(row.subject_id)
        if earlier is None or row.day < earlier.day:
            first[row.subject_id] = row
    return first


def _note_before_birth(draft: Draft, log: IssueLog) -> None:
    """Refuse a sample that is older than its patient (NK-PLAN-32)."""
    transplants = _first_by_subject(draft.transplants)
    ages = {subject.subject_id: subject.age_days_at_hsct for subject in draft.subjects}
    for sample in draft.samples:
        age, transplant = ages.get(sample.subject_id), transplants.get(sample.subject_id)
        if age is not None and transplant is not None and sample.day < transplant.day - age:
            log.add(
                "NK-PLAN-32",
                sample.row.table,
                f"day {sample.day} is before birth, which is day {transplant.day - age} by the age at HSCT.",
                "Correct the day, or the age in subjects.csv.",
                row=sample.row.line,
                column="day",
                value=str(sample.day),
            )


def _note_days_of_ids(draft: Draft, log: IssueLog) -> None:
    """Note a sample whose id ends in another day than its row says (NK-PLAN-46)."""
    for sample in draft.samples:
        found = DAY_OF_ID.search(sample.sample_id)
        if found is None:
            continue
        day = -abs(int(found.group(2))) if found.group(1) else int(found.group(2))
        if abs(day - sample.day) > TOLERATED_DAYS:
            log.add(
                "NK-PLAN-46",
                sample.row.table,
                f"the id of {sample.sample_id} says day {day}, the row says day {sample.day}.",
                "Correct the day, or leave it if the id is only a plan.",
                row=sample.row.line,
                column="day",
                value=str(sample.day),
                severity="warning",
            )
