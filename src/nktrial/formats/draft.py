"""A study's rows before they are known to be consistent."""

import datetime as dt
import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from nktrial.formats.issues import IssueLog, suggestion
from nktrial.model.clinic import (
    AdverseEvent,
    Assessment,
    ChimerismCall,
    Count,
    Donor,
    FileEntry,
    FollowUp,
    GenotypeRow,
    Gvhd,
    Infusion,
    Medication,
    Row,
    Sample,
    Subject,
    Transplant,
)

__all__ = ["Draft", "note_orphan"]

MAX_COMPARED: Final = 5000


@dataclass(slots=True)
class Draft:
    """The rows that could be read, table by table.

    ``collected`` holds the calendar date of each sample that has one: dates go no further than the reading.
    ``complete`` names the tables of which every row could be read: only in those does an absent id mean an error.
    """

    subjects: tuple[Subject, ...] = ()
    donors: tuple[Donor, ...] = ()
    transplants: tuple[Transplant, ...] = ()
    infusions: tuple[Infusion, ...] = ()
    samples: tuple[Sample, ...] = ()
    files: tuple[FileEntry, ...] = ()
    counts: tuple[Count, ...] = ()
    genotypes: tuple[GenotypeRow, ...] = ()
    chimerism_calls: tuple[ChimerismCall, ...] = ()
    medications: tuple[Medication, ...] | None = None
    adverse_events: tuple[AdverseEvent, ...] | None = None
    gvhd: tuple[Gvhd, ...] | None = None
    assessments: tuple[Assessment, ...] | None = None
    followup: tuple[FollowUp, ...] | None = None
    collected: dict[str, dt.date] = field(default_factory=dict)
    complete: set[str] = field(default_factory=set)


def note_orphan(log: IssueLog, row: Row, column: str, value: str, known: Iterable[str], table: str) -> None:
    """Note a reference to an id that another table does not have (NK-PLAN-20)."""
    if log.is_full("NK-PLAN-20", row.table, column):
        log.add("NK-PLAN-20", row.table, "", "", column=column)
        return
    ids = list(itertools.islice(known, MAX_COMPARED))
    meant = next((item for item in ids if _without_zeros(item) == _without_zeros(value)), "")
    if meant:
        hint = f"Did you mean {meant}? A spreadsheet drops leading zeros and changes case; keep ids as text."
    else:
        meant = suggestion(value, ids)
        hint = f"Did you mean {meant}?" if meant else f"Add the row to {table}, or correct the id."
    log.add(
        "NK-PLAN-20",
        row.table,
        f"{value!r} is not in {table}.",
        hint,
        row=row.line,
        column=column,
        value=value,
    )


def _without_zeros(word: str) -> str:
    """Drop the zeros before each group of digits, and case."""
    kept = ""
    for char in word.casefold():
        if kept.endswith("0") and char.isdigit() and not kept[:-1][-1:].isdigit():
            kept = kept[:-1]
        kept += char
    return kept
