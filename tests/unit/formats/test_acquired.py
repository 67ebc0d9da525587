"""The day of acquisition against the day on which the sample was taken."""

from pathlib import Path

import numpy as np
import pytest

from nktrial.formats.fcs_write import write_fcs
from nktrial.formats.study import read_study
from nktrial.formats.study_check import check_study
from nktrial.model.events import Channel
from nktrial.model.issue import Issue


def acquired(folder: Path, date: str, collected: str = "2026-03-15") -> tuple[Issue, ...]:
    """Let the sample of day 14 be taken on one day and its FCS file say another; return what check and run warn of."""
    (folder / "infusions.csv").write_text(
        "infusion_id,subject_id,day,date,donor_id\nS01-I1,S01,0,2026-03-01,S01-D1\nS02-I1,S02,0,,S02-D2\n"
    )
    (folder / "samples.csv").write_text(
        "sample_id,subject_id,day,collected_at,specimen,status\n"
        f"S01-D14,S01,14,{collected},PB,ok\nS02-D13,S02,13,,PB,ok\n"
    )
    channels = [Channel(index, name, "", 32, 1024.0) for index, name in enumerate(("Time", "CD56-A", "FSC-A"))]
    keywords = {"$DATE": date} if date else {}
    (folder / "raw/a.fcs").write_bytes(write_fcs(np.ones((10, 3)), channels, keywords=keywords))
    issues = read_study(folder).issues
    assert check_study(folder) == issues
    return issues


@pytest.mark.parametrize("date", ["", "15-MAR-2026", "12-MAR-2026", "18-MAR-2026", "yesterday"])
def test_up_to_three_days_apart_or_unknown_is_nothing_to_note(date: str, small_study: Path) -> None:
    assert acquired(small_study, date) == ()


@pytest.mark.parametrize(("date", "apart"), [("11-MAR-2026", "4 days before"), ("19-MAR-2026", "4 days after")])
def test_more_than_three_days_apart_is_warned_of(date: str, apart: str, small_study: Path) -> None:
    (issue,) = acquired(small_study, date)
    assert (issue.code, issue.severity, issue.file, issue.row) == ("NK-RUN-33", "warning", "files.csv", 2)
    assert apart in issue.message
    assert "S01-D14" in issue.message
    assert read_study(small_study).study is not None


def test_a_sample_without_a_date_is_not_compared(small_study: Path) -> None:
    assert acquired(small_study, "19-MAR-2016", collected="") == ()


def test_a_file_that_cannot_be_read_is_left_to_its_reader(small_study: Path) -> None:
    assert [issue.code for issue in acquired(small_study, "19-MAR-2026")] == ["NK-RUN-33"]
    path = small_study / "raw/a.fcs"
    path.write_bytes(path.read_bytes()[:-1])
    assert [issue.code for issue in check_study(small_study)] == ["NK-FCS-23"]
