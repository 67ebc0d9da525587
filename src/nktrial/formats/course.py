"""The clinical course: adverse events, GVHD, assessments, follow-up and drugs as nouns, their times as days.

Definition
    Each time is a day, or a date that becomes one from the date of the patient's first NK infusion, as in the other
    tables. A row whose needed day cannot be had is left out, with an issue, and its table is not complete.

Not decided here
    What the rows say together (``course_links``).
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from nktrial.formats.days import Timed, note_mixed_offsets, resolved_day
from nktrial.formats.draft import Draft
from nktrial.formats.event_rows import AdverseEventRow, AssessmentRow, FollowUpRow, GvhdRow
from nktrial.formats.issues import IssueLog
from nktrial.formats.row_tables import CheckedRow, CheckedTable
from nktrial.formats.rows import MedicationRow
from nktrial.model.clinic import AdverseEvent, Assessment, AssessmentKind, FollowUp, Gvhd, Medication

__all__ = ["add_course"]

Noun = TypeVar("Noun")


def add_course(tables: Mapping[str, CheckedTable], draft: Draft, origin: Mapping[str, dt.date], log: IssueLog) -> None:
    """Make the nouns of the clinical tables that are there.

    Parameters
    ----------
    tables : mapping
        Table file -> its rows.
    draft : Draft
        Takes the nouns; a table that is absent stays None.
    origin : mapping
        Patient -> date of day 0.
    log : IssueLog
        Takes NK-PLAN-29 to NK-PLAN-31 and NK-PLAN-40.
    """
    maker = _Maker(tables, draft, origin, log)
    draft.medications = maker.made("medications.csv", _medication)
    draft.adverse_events = maker.made("adverse_events.csv", _adverse_event)
    draft.gvhd = maker.made("gvhd.csv", _gvhd)
    draft.assessments = maker.made("assessments.csv", _assessment)
    draft.followup = maker.made("followup.csv", _followup)
    note_mixed_offsets(maker.times, log)


@dataclass(frozen=True, slots=True)
class _Days:
    """The days of one row, by the names of their columns; every time that was asked for is kept in ``times``."""

    row: CheckedRow
    origin: Mapping[str, dt.date]
    log: IssueLog
    times: list[Timed]

    def needed(self, days: str, dates: str) -> int | None:
        """Return a day that the row must have, None with an issue."""
        return resolved_day(self._timed(days, dates), self.origin, self.log)

    def optional(self, days: str, dates: str) -> int | None:
        """Return a day that the row may have; an issue where what is written gives none."""
        time = self._timed(days, dates)
        return None if time.day is None and time.stamp is None else resolved_day(time, self.origin, self.log)

    def _timed(self, days: str, dates: str) -> Timed:
        cells = cast("MedicationRow", self.row.cells)
        time = Timed(self.row.place, cells.subject_id, getattr(cells, days), getattr(cells, dates), dates, days)
        self.times.append(time)
        return time


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes the nouns of one table after another."""

    tables: Mapping[str, CheckedTable]
    draft: Draft
    origin: Mapping[str, dt.date]
    log: IssueLog
    times: list[Timed] = field(default_factory=list)

    def made(self, name: str, make: Callable[[CheckedRow, Any, _Days], Noun | None]) -> tuple[Noun, ...] | None:
        """Return the nouns of a table, None where it is absent."""
        if name not in self.tables:
            return None
        rows = self.tables[name].rows
        found = [make(row, row.cells, _Days(row, self.origin, self.log, self.times)) for row in rows]
        nouns = tuple(noun for noun in found if noun is not None)
        if len(nouns) < len(rows):
            self.draft.complete.discard(name)
        return nouns


def _medication(row: CheckedRow, cells: MedicationRow, days: _Days) -> Medication:
    first, last = days.optional("day_start", "start"), days.optional("day_stop", "stop")
    return Medication(cells.subject_id, cells.name, first, last, cells.route, cells.systemic, row=row.place)


def _adverse_event(row: CheckedRow, cells: AdverseEventRow, days: _Days) -> AdverseEvent | None:
    onset, resolved = days.needed("day_onset", "onset"), days.optional("day_resolved", "resolved")
    if onset is None:
        return None
    return AdverseEvent(
        subject_id=cells.subject_id,
        term=cells.term,
        grade=cells.grade,
        day_onset=onset,
        day_resolved=resolved,
        serious=cells.serious,
        relatedness=cells.relatedness,
        expected=cells.expected,
        dlt=cells.dlt,
        outcome=cells.outcome,
        meddra_pt=cells.meddra_pt,
        meddra_soc=cells.meddra_soc,
        row=row.place,
        treatment_interrupted=cells.treatment_interrupted,
        hospitalised=cells.hospitalised,
        day_of_grade=days.optional("day_of_grade", "grade_on"),
    )


def _gvhd(row: CheckedRow, cells: GvhdRow, days: _Days) -> Gvhd | None:
    day = days.needed("day", "assessed_on")
    if day is None:
        return None
    return Gvhd(
        subject_id=cells.subject_id,
        day=day,
        type="acute" if cells.type == "acute" else "chronic",
        skin_stage=cells.skin_stage,
        liver_stage=cells.liver_stage,
        upper_gut_stage=cells.ugi_stage,
        lower_gut_stage=cells.lgi_stage,
        nih_severity=cells.nih_severity,
        steroid_refractory=cells.steroid_refractory,
        row=row.place,
        systemic_therapy=cells.systemic_therapy,
        confidence=cells.confidence,
        nih_skin=cells.nih_skin,
        nih_mouth=cells.nih_mouth,
        nih_eyes=cells.nih_eyes,
        nih_gi=cells.nih_gi,
        nih_liver=cells.nih_liver,
        nih_lungs=cells.nih_lungs,
        nih_joints=cells.nih_joints,
        nih_genital=cells.nih_genital,
    )


def _assessment(row: CheckedRow, cells: AssessmentRow, days: _Days) -> Assessment | None:
    day = days.needed("day", "assessed_on")
    if day is None:
        return None
    return Assessment(
        subject_id=cells.subject_id,
        day=day,
        kind=cast("AssessmentKind", cells.kind),
        blasts=None if cells.blast_pct is None else cells.blast_pct / 100.0,
        anc_1e9_per_l=cells.anc_1e9_per_l,
        plt_1e9_per_l=cells.plt_1e9_per_l,
        transfusion_free=cells.transfusion_free,
        emd=cells.emd,
        cytogenetic=cells.cytogenetic,
        mrd_method=cells.mrd_method,
        mrd_value=cells.mrd_value,
        mrd_unit=cells.mrd_unit,
        mrd_lod=cells.mrd_lod,
        investigator_response=cells.investigator_response,
        row=row.place,
        spicules=cells.bm_spicules,
        cellularity=None if cells.bm_cellularity_pct is None else cells.bm_cellularity_pct / 100.0,
        nucleated_cells=cells.bm_nucleated_cells,
        auer_rods=cells.auer_rods,
        blood_blasts=cells.pb_blasts,
        emd_site=cells.emd_site,
        cns=cells.cns,
        hgb_g_dl=cells.hgb_g_dl,
        mrd_denominator=cells.mrd_denominator,
        mrd_events=cells.mrd_events,
        mrd_sensitivity=cells.mrd_sensitivity,
        trilineage=cells.trilineage,
    )


def _followup(row: CheckedRow, cells: FollowUpRow, days: _Days) -> FollowUp | None:
    last = days.needed("day_last_contact", "last_contact")
    if last is None:
        return None
    return FollowUp(
        subject_id=cells.subject_id,
        day_last_contact=last,
        alive=cells.alive == "yes",
        day_death=days.optional("day_death", "death_on"),
        death_cause=cells.death_cause,
        day_relapse=days.optional("day_relapse", "relapse_on"),
        day_next_therapy=days.optional("day_next_therapy", "next_therapy_on"),
        lost=cells.lost,
        row=row.place,
        second_transplant=cells.second_transplant,
    )
