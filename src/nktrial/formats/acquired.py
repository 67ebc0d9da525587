"""The day of acquisition of an FCS file against the day on which its sample was taken.

Definition
    Where samples.csv gives a calendar date (``collected_at``) and the file tells when it was acquired
    (``fcs_dates``), more than three days between them is a warning (NK-RUN-33): blood for absolute counts is measured
    fresh, and a file of another day is most often another sample's.

Not decided here
    Which of the two is wrong. A file that cannot be read is its reader's matter.
"""

import datetime as dt
from pathlib import Path
from typing import Final

from nktrial.core.errors import SourceError
from nktrial.formats.draft import Draft
from nktrial.formats.fcs_dates import acquisition_day
from nktrial.formats.issues import IssueLog
from nktrial.formats.paths import leaves_folder
from nktrial.formats.window import open_mapped
from nktrial.model.clinic import FileEntry

__all__ = ["MOST_DAYS_APART", "note_acquisition_days"]

MOST_DAYS_APART: Final = 3  # [unverified] a weekend between drawing and measuring


def note_acquisition_days(folder: Path, draft: Draft, log: IssueLog) -> None:
    """Note FCS files acquired more than three days before or after their sample was taken (NK-RUN-33).

    Parameters
    ----------
    folder : Path
        The study folder.
    draft : Draft
        Its rows; ``collected`` holds the samples' calendar dates.
    log : IssueLog
        Takes the warnings.
    """
    for entry in draft.files:
        collected = draft.collected.get(entry.sample_id)
        if collected is None or entry.kind != "fcs" or entry.role != "sample":
            continue
        acquired = _acquired(folder, entry)
        if acquired is not None and abs((acquired - collected).days) > MOST_DAYS_APART:
            _note(entry, collected, acquired, log)


def _acquired(folder: Path, entry: FileEntry) -> dt.date | None:
    """Return the day that a file's TEXT tells, None where there is none or the file cannot be read."""
    from nktrial.formats.fcs import outline_fcs  # noqa: PLC0415 (numpy only where a study gives dates)

    if leaves_folder(folder, entry.path):
        return None
    try:
        return acquisition_day(outline_fcs(open_mapped(folder / entry.path, name=entry.path)).keywords)
    except SourceError:  # noted by the reading of raw files, or by the file's own reader
        return None


def _note(entry: FileEntry, collected: dt.date, acquired: dt.date, log: IssueLog) -> None:
    days = (acquired - collected).days
    log.add(
        "NK-RUN-33",
        entry.row.table,
        f"{entry.path} was acquired on {acquired}, {abs(days)} days {'after' if days > 0 else 'before'} its sample "
        f"{entry.sample_id} was taken ({collected}).",
        "Look whether the file is another sample's, whether collected_at is right, and whether the cytometer's clock "
        "was; nothing is to be done where the cells were stored.",
        row=entry.row.line,
        column="path",
        value=entry.path,
        severity="warning",
    )
