"""The label inside a raw file against the row that binds it."""

from pathlib import Path

import numpy as np
import pytest

from nktrial.formats.fcs_write import write_fcs
from nktrial.formats.study import read_study
from nktrial.formats.study_check import check_study
from nktrial.model.events import Channel
from nktrial.model.issue import Issue


def labelled(folder: Path, **keywords: str) -> tuple[Issue, ...]:
    """Label the FCS file of sample S01-D14; return what check and run warn of."""
    channels = [Channel(index, name, "", 32, 1024.0) for index, name in enumerate(("Time", "CD56-A", "FSC-A"))]
    written = {{"FIL": "$FIL", "SMNO": "$SMNO", "TUBE": "TUBE NAME"}[key]: value for key, value in keywords.items()}
    (folder / "raw/a.fcs").write_bytes(write_fcs(np.ones((10, 3)), channels, keywords=written))
    issues = read_study(folder).issues
    assert check_study(folder) == issues
    return issues


@pytest.mark.parametrize("label", ["A.FCS", "C:\\Data\\a.fcs", "S01-D14", "s01", "export_0001.fcs", "14"])
def test_its_own_or_an_unrelated_label_is_nothing_to_note(label: str, small_study: Path) -> None:
    assert labelled(small_study, FIL=label) == ()


@pytest.mark.parametrize(
    ("keyword", "label", "meant"),
    [
        ("FIL", "S02-D13.fcs", "the sample S02-D13"),
        ("SMNO", "s02-d13", "the sample S02-D13"),
        ("TUBE", "S02", "the id of S02"),
        ("FIL", "D:/x/S01-D1.fcs", "the id of S01-D1"),
    ],
)
def test_the_label_of_another_is_warned_of(keyword: str, label: str, meant: str, small_study: Path) -> None:
    (issue,) = labelled(small_study, **{keyword: label})
    assert (issue.code, issue.severity, issue.file, issue.row) == ("NK-RUN-35", "warning", "files.csv", 2)
    assert meant in issue.message
    assert read_study(small_study).study is not None


def test_a_file_that_cannot_be_read_is_left_to_its_reader(small_study: Path) -> None:
    assert [issue.code for issue in labelled(small_study, FIL="S02")] == ["NK-RUN-35"]
    path = small_study / "raw/a.fcs"
    path.write_bytes(path.read_bytes()[:-1])
    assert [issue.code for issue in check_study(small_study)] == ["NK-FCS-23"]
