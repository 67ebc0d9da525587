"""GVHD rows that no grade can be had from: the other type's stages, or none.

Definition
    Acute GVHD is staged by MAGIC (skin, liver, upper and lower gut), chronic GVHD scored by NIH 2014 (eight sites,
    global severity). A row of one type that holds only what belongs to the other has probably the wrong type.

Not decided here
    Overall grades and severities. All are warnings.
"""

from typing import Final

from nktrial.formats.draft import Draft
from nktrial.formats.issues import IssueLog
from nktrial.model.clinic import Gvhd

__all__ = ["note_gvhd_doubts"]

SITES: Final = ("skin", "mouth", "eyes", "gi", "liver", "lungs", "joints", "genital")


def note_gvhd_doubts(draft: Draft, log: IssueLog) -> None:
    """Note rows without a stage or score of their own type (NK-PLAN-63)."""
    for row in draft.gvhd or ():
        acute = any(
            stage is not None for stage in (row.skin_stage, row.liver_stage, row.upper_gut_stage, row.lower_gut_stage)
        )
        chronic = bool(row.nih_severity) or any(getattr(row, f"nih_{site}") is not None for site in SITES)
        own, other = (acute, chronic) if row.type == "acute" else (chronic, acute)
        if not own:
            _note(row, log, other=other)


def _note(row: Gvhd, log: IssueLog, *, other: bool) -> None:
    names = ("stage of an organ", "NIH score") if row.type == "acute" else ("NIH score", "stage of an organ")
    found = f", but has a {names[1]}" if other else ""
    log.add(
        "NK-PLAN-63",
        row.row.table,
        f"the row is of {row.type} GVHD and has no {names[0]}{found}; no grade can be had from it.",
        "Correct the type, or fill in the stages (0 where an organ was looked at and was free).",
        row=row.row.line,
        column="type",
        value=row.type,
        severity="warning",
    )
