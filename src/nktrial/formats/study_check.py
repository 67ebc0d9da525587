"""A study folder looked at from all sides, without computing anything.

Definition
    All issues of reading the folder, with faults of single raw files and of gates files as errors, as they are what
    has to be sent back; and what the raw files hold against what files.csv binds them to (``raw_contents``).

Not decided here
    Whether a raw file is sound to its last byte: its reader says so when the study is run.
"""

from dataclasses import replace
from pathlib import Path

from nktrial.formats.issues import IssueLog
from nktrial.formats.raw_contents import note_contents
from nktrial.formats.raw_files import is_quarantined
from nktrial.formats.study import KITS, gather_study
from nktrial.model.issue import Issue

__all__ = ["check_study"]


def check_study(folder: Path) -> tuple[Issue, ...]:
    """Return every input problem of a study folder.

    Parameters
    ----------
    folder : Path
        The folder that holds study.toml.

    Raises
    ------
    PlanError
        NK-PLAN-01 there is no such folder, or it is not a study folder.
    """
    log = IssueLog()
    gathered = gather_study(folder, log)
    note_contents(folder, gathered.draft, gathered.strategies, log)
    panels = gathered.plan.panels.values() if gathered.plan else ()
    gates = {file for panel in panels for file in panel.files.values()}
    return tuple(
        replace(issue, severity="error")
        if is_quarantined(issue) or issue.file in gates or issue.file.startswith(f"{KITS}/")
        else issue
        for issue in log.sorted_issues()
    )
