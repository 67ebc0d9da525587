"""Tables of activated Treg and systemic IL-2: one row a patient, and one row a sample that was counted."""

from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

from nktrial.model.patient_results import TregAt
from nktrial.model.results import StudyResults

__all__ = ["IL2", "TREGS", "TREG_SERIES", "il2_rows", "treg_rows", "treg_series_rows"]

Cell: TypeAlias = str | int | float | bool | None

TREGS: Final = (
    ("subject_id", "study id of the patient"),
    ("status", "evaluable or not_evaluable"),
    ("reason", "why it is not evaluable"),
    *(
        (f"{time}_{column}", f"{meaning}, {words} the infusion")
        for time, words in (("before", "before"), ("after", "after"))
        for column, meaning in (
            ("sample_id", "sample"),
            ("day", "day after the first NK infusion"),
            ("per_ul", "activated Treg per microlitre"),
            ("per_ul_low", "lower 95 % limit"),
            ("per_ul_high", "upper 95 % limit"),
            ("of_cd4", "activated Treg as a fraction of CD4+ T cells"),
            ("of_cd4_low", "lower 95 % limit"),
            ("of_cd4_high", "upper 95 % limit"),
            ("below_loq", "fewer than 50 activated events"),
        )
    ),
    ("ratio", "after / before, per microlitre"),
    ("ratio_low", "lower 95 % limit"),
    ("ratio_high", "upper 95 % limit"),
    ("of_cd4_ratio", "after / before, fractions of CD4+ T cells"),
    ("of_cd4_ratio_low", "lower 95 % limit"),
    ("of_cd4_ratio_high", "upper 95 % limit"),
    ("rose", "true or false where the interval of the ratio per microlitre leaves 1 out and both are quantifiable"),
    ("origin", "whose cells: recipient, donor, recipient and donor, not determined"),
    ("origin_reason", "what the origin rests on"),
    ("record", "record id"),
    ("cautions", "codes of the findings, joined by ; (docs/errors.md)"),
)
TREG_SERIES: Final = (
    ("subject_id", "study id of the patient"),
    ("sample_id", "sample"),
    ("day", "day after the first NK infusion"),
    ("role", "before or after where the sample is compared"),
    ("events", "events of activated Treg"),
    ("cd4_events", "events of CD4+ T cells"),
    ("per_ul", "activated Treg per microlitre"),
    ("per_ul_low", "lower 95 % limit"),
    ("per_ul_high", "upper 95 % limit"),
    ("of_cd4", "activated Treg as a fraction of CD4+ T cells"),
    ("of_cd4_low", "lower 95 % limit"),
    ("of_cd4_high", "upper 95 % limit"),
    ("below_loq", "fewer than 50 activated events"),
    ("reason", "why there is no count per microlitre"),
    ("record", "record id"),
)
IL2: Final = (
    ("subject_id", "study id of the patient"),
    ("status", "none_given, given, table_absent or not_evaluable"),
    ("reason", "what was looked at, what is left open or contradicts itself"),
    ("first_day", "first day that counts"),
    ("last_day", "last day that counts"),
    ("given", "rows of medications.csv that are systemic IL-2, joined by a vertical bar"),
    ("record", "record id"),
)


def treg_rows(results: StudyResults) -> Iterable[Sequence[Cell]]:
    """Yield one row a patient whose activated Treg the protocol asks for."""
    for subject in results.subjects:
        one = subject.tregs
        if one is None:
            continue
        yield (
            subject.subject_id, one.status, one.reason, *_compared(one.before), *_compared(one.after),
            one.ratio, one.ratio_low, one.ratio_high, one.of_cd4_ratio, one.of_cd4_ratio_low, one.of_cd4_ratio_high,
            one.rose, one.origin, one.origin_reason, one.record,
            ";".join(dict.fromkeys(item.code for item in one.findings)),
        )  # fmt: skip


def _compared(one: TregAt | None) -> Sequence[Cell]:
    if one is None:
        return (None,) * 9
    return (
        one.sample_id, one.day, one.per_ul, one.per_ul_low, one.per_ul_high, one.of_cd4, one.of_cd4_low,
        one.of_cd4_high, one.below_loq,
    )  # fmt: skip


def treg_series_rows(results: StudyResults) -> Iterable[Sequence[Cell]]:
    """Yield one row a sample whose activated Treg were counted."""
    for subject in results.subjects:
        if subject.tregs is None:
            continue
        compared = (subject.tregs.before, "before"), (subject.tregs.after, "after")
        roles = {one.sample_id: role for one, role in compared if one is not None}
        for one in subject.tregs.series:
            yield (
                subject.subject_id, one.sample_id, one.day, roles.get(one.sample_id), one.events, one.cd4_events,
                one.per_ul, one.per_ul_low, one.per_ul_high, one.of_cd4, one.of_cd4_low, one.of_cd4_high,
                one.below_loq, one.reason, one.record,
            )  # fmt: skip


def il2_rows(results: StudyResults) -> Iterable[Sequence[Cell]]:
    """Yield one row a patient for whom the protocol asks."""
    for subject in results.subjects:
        one = subject.il2
        if one is not None:
            yield subject.subject_id, one.status, one.reason, *one.window, " | ".join(one.given), one.record
