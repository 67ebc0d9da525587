"""From checked rows to the nouns of the model: days resolved, percent as fractions, roles as sets.

Definition
    One function a table. A row whose day cannot be had is left out, with an issue, and its table is not complete.

Not decided here
    What the tables say together (``links``).
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar, cast

from nktrial.formats.course import add_course
from nktrial.formats.days import Timed, first_infusion_dates, note_mixed_offsets, resolved_day
from nktrial.formats.draft import Draft
from nktrial.formats.issues import IssueLog
from nktrial.formats.plausible import call_doubts, count_faults, limit_faults, note_contradictions
from nktrial.formats.row_tables import CheckedRow, CheckedTable
from nktrial.formats.rows import (
    CallRow,
    CountRow,
    DonorRow,
    FileRow,
    GenotypeCells,
    InfusionRow,
    SampleRow,
    SubjectRow,
    TransplantRow,
)
from nktrial.model.clinic import (
    ChimerismCall,
    Count,
    Donor,
    FileEntry,
    FileKind,
    FileRole,
    GenotypeRow,
    Infusion,
    Row,
    Sample,
    Subject,
    Transplant,
)

__all__ = ["draft_of"]

Noun = TypeVar("Noun")
EMPTY: Final = CheckedTable((), complete=False)


def draft_of(tables: Mapping[str, CheckedTable], log: IssueLog) -> Draft:
    """Make the nouns of every table that was read.

    Parameters
    ----------
    tables : mapping
        Table file -> its rows; an absent table is not in it.
    log : IssueLog
        Takes NK-PLAN-29 to NK-PLAN-31 and NK-PLAN-40 (days), NK-PLAN-38, NK-PLAN-39, and what ``plausible`` notes.
    """
    draft = Draft(complete={name for name, table in tables.items() if table.complete})
    draft.subjects = _made(tables, "subjects.csv", _subject)
    draft.donors = _made(tables, "donors.csv", _donor)
    origin = _add_timed_rows(tables, draft, log)
    draft.files = _made(tables, "files.csv", lambda place, cells: _file(place, cells, log))
    draft.counts = _counts(tables, draft, log)
    draft.genotypes = _made(tables, "genotypes.csv", _genotype)
    draft.chimerism_calls = _made(tables, "chimerism_calls.csv", lambda place, cells: _call(place, cells, log))
    add_course(tables, draft, origin, log)
    return draft


def _made(tables: Mapping[str, CheckedTable], name: str, make: Callable[[Row, Any], Noun]) -> tuple[Noun, ...]:
    """Make one noun of each row of a table."""
    return tuple(make(row.place, row.cells) for row in tables.get(name, EMPTY).rows)


def _add_timed_rows(tables: Mapping[str, CheckedTable], draft: Draft, log: IssueLog) -> dict[str, dt.date]:
    """Resolve days, then make transplants, infusions and samples; return each patient's date of day 0."""
    infusions = [_timed(row, "date") for row in tables.get("infusions.csv", EMPTY).rows]
    transplants = [_timed(row, "date") for row in tables.get("transplants.csv", EMPTY).rows]
    samples = [_timed(row, "collected_at") for row in tables.get("samples.csv", EMPTY).rows]
    note_mixed_offsets((*infusions, *transplants, *samples), log)
    origin = first_infusion_dates(infusions)

    def placed(name: str, times: Sequence[Timed], make: Callable[[Row, Any, int], Noun]) -> tuple[Noun, ...]:
        days = [resolved_day(time, origin, log) for time in times]
        if None in days:
            draft.complete.discard(name)
        pairs = zip(tables.get(name, EMPTY).rows, days, strict=True)
        return tuple(make(row.place, row.cells, day) for row, day in pairs if day is not None)

    draft.transplants = placed("transplants.csv", transplants, _transplant)
    draft.infusions = placed("infusions.csv", infusions, _infusion)
    draft.samples = placed("samples.csv", samples, _sample)
    draft.collected = {
        row.cells.sample_id: time.stamp.date
        for row, time in zip(tables.get("samples.csv", EMPTY).rows, samples, strict=True)
        if isinstance(row.cells, SampleRow) and time.stamp is not None
    }
    return origin


def _timed(row: CheckedRow, column: str) -> Timed:
    cells = cast("InfusionRow", row.cells)
    return Timed(row.place, cells.subject_id, cells.day, getattr(cells, column), column)


def _subject(place: Row, cells: SubjectRow) -> Subject:
    return Subject(
        cells.subject_id,
        cells.sex,
        cells.age_days_at_hsct,
        cells.diagnosis,
        cells.status_at_entry,
        row=place,
        weight_kg_at_infusion=cells.weight_kg_at_infusion,
    )


def _donor(place: Row, cells: DonorRow) -> Donor:
    roles = frozenset(cells.roles.split("+"))
    return Donor(cells.donor_id, cells.subject_id, roles, cells.relation, cells.hla_match, row=place)


def _transplant(place: Row, cells: TransplantRow, day: int) -> Transplant:
    return Transplant(cells.subject_id, day, cells.donor_id, cells.graft_source, cells.conditioning, row=place)


def _infusion(place: Row, cells: InfusionRow, day: int) -> Infusion:
    return Infusion(
        cells.infusion_id,
        cells.subject_id,
        day,
        cells.donor_id,
        cells.nk_cells_per_kg,
        None if cells.viability_pct is None else cells.viability_pct / 100.0,
        cells.cd3_cells_per_kg,
        row=place,
    )


def _sample(place: Row, cells: SampleRow, day: int) -> Sample:
    return Sample(cells.sample_id, cells.subject_id, day, cells.specimen, cells.status, row=place)


def _file(place: Row, cells: FileRow, log: IssueLog) -> FileEntry:
    """Make one binding; a proposal that still says what is doubtful is refused (NK-PLAN-39)."""
    if cells.doubt:
        log.add(
            "NK-PLAN-39",
            place.table,
            "the proposed row still has a doubt.",
            "Decide it, correct the row, and empty the cell doubt.",
            row=place.line,
            column="doubt",
            value=cells.doubt,
        )
    return FileEntry(
        path=cells.path,
        sample_id=cells.sample_id,
        person_id=cells.person_id,
        kind=cast("FileKind", cells.kind),
        role=cast("FileRole", cells.role),
        panel=cells.panel,
        kit=cells.kit,
        fraction=cells.fraction,
        run=cells.run,
        sha256=cells.sha256,
        row=place,
        purity=None if cells.purity_pct is None else cells.purity_pct / 100.0,
    )


def _counts(tables: Mapping[str, CheckedTable], draft: Draft, log: IssueLog) -> tuple[Count, ...]:
    """Make the counts that are plausible; NK-TAB-38 notes one without a value, which is a count not done."""
    counts: list[Count] = []
    for row in tables.get("counts.csv", EMPTY).rows:
        cells, place = cast("CountRow", row.cells), row.place
        if cells.value is None:
            log.add(
                "NK-TAB-38",
                place.table,
                f"{cells.test} of {cells.sample_id} has no value; it is taken as not done.",
                "Write the value, or remove the row.",
                row=place.line,
                column="value",
                severity="warning",
            )
            continue
        faults = list(count_faults(cells.test, cells.value, cells.unit))
        faults += limit_faults(cells.test, cells.lln, cells.uln, cells.unit)
        for column, fault in faults:
            log.add_fault(fault, place.table, place.line, column, str(getattr(cells, column)))
        if any(fault.severity == "error" for _, fault in faults):
            draft.complete.discard(place.table)
            continue
        counts.append(_count(place, cells, cells.value))
    note_contradictions(counts, log)
    return tuple(counts)


def _count(place: Row, cells: CountRow, value: float) -> Count:
    return Count(
        cells.sample_id, cells.test, value, cells.unit, cells.qualifier, row=place, lln=cells.lln, uln=cells.uln
    )


def _genotype(place: Row, cells: GenotypeCells) -> GenotypeRow:
    return GenotypeRow(cells.person_id, cells.marker, cells.allele1, cells.allele2, row=place)


def _call(place: Row, cells: CallRow, log: IssueLog) -> ChimerismCall:
    for column, doubt in call_doubts(cells.donor_pct, cells.sd_pct):
        log.add_fault(doubt, place.table, place.line, column, "" if column == "sd_pct" else f"{cells.donor_pct:g}")
    return ChimerismCall(
        sample_id=cells.sample_id,
        person_id=cells.person_id,
        fraction_typed=cells.fraction,
        share=cells.donor_pct / 100.0,
        sd=None if cells.sd_pct is None else cells.sd_pct / 100.0,
        row=place,
    )
