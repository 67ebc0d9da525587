"""Raw files that changed places, in a study with known truth: the labels inside them tell it."""

import shutil
from pathlib import Path

import pytest

from nktrial.cli.execute import run_folder
from nktrial.formats.study_check import check_study


@pytest.mark.parametrize(
    ("one", "other", "number"),
    [
        ("raw/str/INF-02-day13_CD56.fsa", "raw/str/INF-02-day13_WB.fsa", 1),
        ("raw/fcs/INF-01-day7.fcs", "raw/fcs/INF-01-day14.fcs", 0),
    ],
)
def test_exchanged_files_of_one_patient_are_noticed(
    one: str, other: str, number: int, demo_raw: Path, tmp_path: Path
) -> None:
    study = tmp_path / "study"
    shutil.copytree(demo_raw, study)
    assert "NK-RUN-35" not in {issue.code for issue in check_study(study)}
    first, second = (study / one).read_bytes(), (study / other).read_bytes()
    (study / one).write_bytes(second)
    (study / other).write_bytes(first)
    told = [issue.value for issue in check_study(study) if issue.code == "NK-RUN-35"]
    assert sorted(told) == sorted((one, other))
    subjects = run_folder(study)[0].subjects
    told_of = [{item.code for item in subject.expansion.cautions} for subject in subjects]
    assert "NK-RUN-35" in told_of[number]
    assert "NK-RUN-35" not in told_of[1 - number]
