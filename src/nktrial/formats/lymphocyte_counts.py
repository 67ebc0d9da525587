"""Lymphocyte counts against each other: over one patient's samples, and within one sample.

Definition
    A count that lies far above or below all other counts of its patient, and one that contradicts WBC x LYMPH_PCT of
    its own sample, is what a mistaken unit or a slipped row looks like. Both are warnings: lymphocytes do fall and
    rise steeply around a transplantation. Zeros and counts with ``<`` or ``>`` are not compared.

Not decided here
    The bounds of a single count (``plausible``), and which count is used.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from nktrial.core.units import per_ul
from nktrial.formats.draft import Draft
from nktrial.formats.issues import IssueLog
from nktrial.model.clinic import Count

__all__ = ["note_lymphocyte_doubts"]

JUMP: Final = 8.0  # [unverified] fold beyond all other counts of the patient
FEWEST_OTHERS: Final = 2
DISAGREEMENT: Final = 0.20  # [unverified] of the larger one; that of blood.lymphocytes, which a test compares


def note_lymphocyte_doubts(draft: Draft, log: IssueLog) -> None:
    """Note ALC that jumps (NK-PLAN-44) or contradicts WBC x LYMPH_PCT (NK-PLAN-45)."""
    subject_of = {sample.sample_id: sample.subject_id for sample in draft.samples}
    of_patient: dict[str, list[Count]] = defaultdict(list)
    of_sample: dict[str, dict[str, Count]] = defaultdict(dict)
    for row in draft.counts:
        if row.qualifier or row.test not in {"ALC", "WBC", "LYMPH_PCT"}:
            continue
        of_sample[row.sample_id][row.test] = row
        if row.test == "ALC" and row.value > 0 and row.sample_id in subject_of:
            of_patient[subject_of[row.sample_id]].append(row)
    for subject, counts in of_patient.items():
        _note_jumps(subject, counts, log)
    for tests in of_sample.values():
        if len(tests) == 3:
            _note_contradiction(tests["ALC"], tests["WBC"], tests["LYMPH_PCT"], log)


def _note_jumps(subject: str, counts: Sequence[Count], log: IssueLog) -> None:
    """Compare each count with the highest and the lowest of the others."""
    if len(counts) <= FEWEST_OTHERS:
        return
    values = [per_ul(row.value, row.unit) for row in counts]
    ordered = sorted(values)
    for row, value in zip(counts, values, strict=True):
        low = ordered[1] if value == ordered[0] else ordered[0]
        high = ordered[-2] if value == ordered[-1] else ordered[-1]
        if value > JUMP * high:
            found = f"{value / high:.0f} times the highest ({high:g}) of all other counts"
        elif value < low / JUMP:
            found = f"{low / value:.0f} times below the lowest ({low:g}) of all other counts"
        else:
            continue
        log.add(
            "NK-PLAN-44",
            row.row.table,
            f"ALC is {value:g} cells/uL, {found} of {subject}.",
            "Compare value and unit with the laboratory's report.",
            row=row.row.line,
            column="value",
            value=f"{row.value:g} {row.unit}",
            severity="warning",
        )


def _note_contradiction(alc: Count, wbc: Count, percent: Count, log: IssueLog) -> None:
    """Compare the count with its derivation."""
    given = per_ul(alc.value, alc.unit)
    derived = per_ul(wbc.value, wbc.unit) * percent.value / 100.0
    if abs(given - derived) <= DISAGREEMENT * max(given, derived):
        return
    log.add(
        "NK-PLAN-45",
        alc.row.table,
        f"ALC is {given:g} cells/uL, but WBC x LYMPH_PCT / 100 of lines {wbc.row.line} and {percent.row.line} is "
        f"{derived:g} cells/uL.",
        "Compare all three with the laboratory's report; the ALC as given is used.",
        row=alc.row.line,
        column="value",
        value=f"{alc.value:g} {alc.unit}",
        severity="warning",
    )
