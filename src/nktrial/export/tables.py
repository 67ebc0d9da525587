"""Result tables as CSV with a data dictionary beside them.

Numbers are written as Python's shortest exact text, missing values as empty cells. A text cell that a spreadsheet
would take for a formula is prefixed with an apostrophe (OWASP, CSV injection).
"""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

from nktrial.export import clinical_tables as clinical
from nktrial.export.treg_tables import IL2, TREG_SERIES, TREGS, il2_rows, treg_rows, treg_series_rows
from nktrial.model.results import FactorValue, StudyResults

__all__ = ["result_tables"]

Cell: TypeAlias = str | int | float | bool | None

EXPANSION: Final = (
    ("subject_id", "study id of the patient"),
    ("status", "evaluable or not_evaluable"),
    ("reason", "why it is not evaluable"),
    ("value_per_ul", "donor NK cells per microlitre, the protocol's point value"),
    ("ci95_low_per_ul", "lower end of the 95 % interval"),
    ("ci95_high_per_ul", "upper end of the 95 % interval"),
    ("p_success", "probability that the true value lies beyond the threshold"),
    ("success", "decided by the point value"),
    ("borderline", "p_success lies in 0.05 to 0.95"),
    ("sample_id", "sample that was chosen"),
    ("day", "its day after the first NK infusion"),
    ("origin", "nk_donor, or nk_or_hsct_donor where both are one person and cannot be told apart"),
    ("alc_per_ul", "absolute lymphocyte count [cells/uL]"),
    ("nk_fraction", "CD56+ CD3- cells as a fraction of lymphocytes"),
    ("donor_fraction", "NK donor's share of the DNA typed, as a fraction"),
    ("record", "id of the record"),
    (
        "cautions",
        "codes of the cautions on this answer, joined by ; (docs/errors.md); remarks are in results.json only",
    ),
    ("caution_text", "the same cautions in words, joined by a vertical bar"),
)
SERIES: Final = (
    ("subject_id", "study id of the patient"),
    ("sample_id", "sample"),
    ("day", "day after the first NK infusion"),
    ("specimen", "PB or BM"),
    *(
        (f"{factor}{suffix}", f"{text}{meaning}")
        for factor, text in (
            ("alc_per_ul", "absolute lymphocyte count [cells/uL]"),
            ("nk_fraction", "CD56+ CD3- fraction of lymphocytes"),
            ("donor_fraction", "NK donor's share of the DNA typed"),
        )
        for suffix, meaning in (
            ("", ""),
            ("_low", ", lower 95 % limit"),
            ("_high", ", upper 95 % limit"),
            ("_record", ", record id"),
        )
    ),
    ("donor_nk_per_ul", "donor NK cells per microlitre"),
    ("donor_nk_low", "lower 95 % limit"),
    ("donor_nk_high", "upper 95 % limit"),
    ("donor_nk_below_lod", "the donor fraction lies below its limit of detection"),
    ("donor_nk_record", "record id"),
    ("reason", "why a value is missing"),
)
POPULATIONS: Final = (
    ("subject_id", "study id of the patient"),
    ("sample_id", "sample"),
    ("file", "FCS file"),
    ("path", "gate path"),
    ("count", "events inside"),
    ("parent_count", "events of the parent"),
    ("record", "record id"),
)
QUALITY: Final = (
    ("subject_id", "study id of the patient"),
    ("sample_id", "sample"),
    ("file", "FCS file"),
    ("step", "step of quality control; none where the file was not judged"),
    ("reached", "events that no step before doubts"),
    ("doubtful", "of these, events that this step doubts; they are counted all the same"),
    ("share", "doubtful events as a fraction of all events of the file"),
    ("in_order", "the events stand in the order of acquisition; else steps in time judge the order of the file"),
    ("not_done", "why the step or the whole was not done"),
    ("record", "record id"),
)
CHIMERISM: Final = (
    ("subject_id", "study id of the patient"),
    ("sample_id", "sample"),
    ("day", "day after the first NK infusion"),
    ("fraction_typed", "cells whose DNA was typed"),
    ("person", "study id of the contributor"),
    ("role", "recipient, hsct, nk or hsct+nk"),
    ("share", "share of the DNA, as a fraction"),
    ("low", "lower 95 % limit"),
    ("high", "upper 95 % limit"),
    ("loci_used", "loci that entered the fit"),
    ("record", "record id"),
)
SENSITIVITY: Final = (
    ("subject_id", "study id of the patient"),
    ("protocol_status", "the protocol's own answer: evaluable or not_evaluable; this table holds no protocol's answer"),
    ("choice", "the one choice that is made otherwise than the protocol says"),
    ("would_have_been_per_ul", "donor NK cells per microlitre under that choice, empty where it has no answer"),
    ("would_have_been_success", "what the point value would have decided"),
    ("note", "how it was had, or why there is none"),
    ("record", "id of the record of the patient's endpoint"),
)
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


def result_tables(results: StudyResults) -> dict[str, str]:
    """Return the CSV texts by file name, the data dictionary included."""
    tables: dict[str, tuple[Sequence[tuple[str, str]], Iterable[Sequence[Cell]]]] = {
        "expansion.csv": (EXPANSION, _expansion_rows(results)),
        "sensitivity.csv": (SENSITIVITY, _sensitivity_rows(results)),
        "series.csv": (SERIES, _series_rows(results)),
        "populations.csv": (POPULATIONS, _population_rows(results)),
        "quality.csv": (QUALITY, _quality_rows(results)),
        "chimerism.csv": (CHIMERISM, _chimerism_rows(results)),
        "tregs.csv": (TREGS, treg_rows(results)),
        "treg_series.csv": (TREG_SERIES, treg_series_rows(results)),
        "il2.csv": (IL2, il2_rows(results)),
        "safety.csv": (clinical.SAFETY, clinical.safety_rows(results)),
        "adverse_events.csv": (clinical.EVENTS, clinical.event_rows(results)),
        "laboratory_grades.csv": (clinical.LABORATORY, clinical.laboratory_rows(results)),
        "response.csv": (clinical.RESPONSE, clinical.response_rows(results)),
        "response_course.csv": (clinical.RESPONSE_COURSE, clinical.response_course_rows(results)),
        "mrd.csv": (clinical.MRD, clinical.mrd_rows(results)),
        "times.csv": (clinical.TIMES, clinical.time_rows(results)),
        "cohort.csv": (clinical.COHORT, clinical.cohort_rows(results)),
    }
    texts = {name: _csv([key for key, _ in columns], rows) for name, (columns, rows) in tables.items()}
    dictionary = [(name, key, text) for name, (columns, _) in tables.items() for key, text in columns]
    return texts | {"data_dictionary.csv": _csv(["table", "column", "meaning"], dictionary)}


def _expansion_rows(results: StudyResults) -> Iterable[Sequence[Cell]]:
    for subject in results.subjects:
        one = subject.expansion
        low, high = one.ci95 or (None, None)
        cautions = {(item.code, item.message): item for item in one.cautions if item.severity != "info"}.values()
        yield (
            subject.subject_id, one.status, one.reason, one.value_per_ul, low, high, one.p_success, one.success,
            one.borderline, one.sample_id, one.day, one.origin, one.alc_per_ul, one.nk_fraction, one.donor_fraction,
            one.record, ";".join(dict.fromkeys(item.code for item in cautions)),
            " | ".join(item.message for item in cautions),
        )  # fmt: skip


def _sensitivity_rows(results: StudyResults) -> Iterable[Sequence[Cell]]:
    for subject in results.subjects:
        one = subject.expansion
        for row in one.sensitivity:
            yield subject.subject_id, one.status, row.choice, row.value_per_ul, row.success, row.note, one.record


def _series_rows(results: StudyResults) -> Iterable[Sequence[Cell]]:
    for subject in results.subjects:
        for point in subject.series:
            nk = point.donor_nk
            donor_nk: Sequence[Cell] = (
                (nk.value_per_ul, nk.low, nk.high, nk.below_lod, nk.record) if nk else (None, None, None, None, None)
            )
            yield (
                subject.subject_id, point.sample_id, point.day, point.specimen,
                *_factor(point.alc), *_factor(point.nk_fraction), *_factor(point.donor_fraction),
                *donor_nk, point.reason,
            )  # fmt: skip


def _factor(factor: FactorValue | None) -> Sequence[Cell]:
    return (factor.value, factor.low, factor.high, factor.record) if factor else (None, None, None, None)


def _population_rows(results: StudyResults) -> Iterable[Sequence[Cell]]:
    for subject in results.subjects:
        for one in subject.populations:
            yield subject.subject_id, one.sample_id, one.file, one.path, one.count, one.parent_count, one.record


def _quality_rows(results: StudyResults) -> Iterable[Sequence[Cell]]:
    for subject in results.subjects:
        for view in subject.quality:
            if not view.steps:
                yield subject.subject_id, view.sample_id, view.file, *(None,) * 5, view.reason, view.record
            for step in view.steps:
                judged = (None, None) if step.skipped or not view.events else (step.removed, step.removed / view.events)
                yield (
                    subject.subject_id, view.sample_id, view.file, step.name, step.reached, *judged, view.in_order,
                    step.skipped, view.record,
                )  # fmt: skip


def _chimerism_rows(results: StudyResults) -> Iterable[Sequence[Cell]]:
    for subject in results.subjects:
        for view in subject.chimerism:
            for person in view.contributors:
                yield (
                    subject.subject_id, view.sample_id, view.day, view.fraction_typed, person.person, person.role,
                    person.share, person.low, person.high, view.loci_used, view.record,
                )  # fmt: skip


def _csv(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([_cell(cell) for cell in row] for row in rows)
    return text.getvalue()


def _cell(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return "true" if cell else "false"
        case int() | float():
            return repr(cell)
        case _:
            return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell
