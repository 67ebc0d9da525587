"""read_study: the real example, the nouns, and single rules of cross-table logic."""

import hashlib
import os
import time
from pathlib import Path

import pytest

from nktrial.core.errors import PlanError
from nktrial.formats.study import read_study
from nktrial.formats.study_check import check_study
from nktrial.model.issue import Issue


def edit(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_bytes().decode()
    assert old in text
    path.write_bytes(text.replace(old, new, 1).encode())


def only(issues: tuple[Issue, ...]) -> Issue:
    assert len(issues) == 1, issues
    return issues[0]


def test_real_example_has_no_issue(data_dir: Path) -> None:
    reading = read_study(data_dir / "study-nk")
    assert reading.issues == ()
    assert reading.study is not None
    assert reading.study.plan.expansion.window == (-2, 2)
    assert reading.study.plan.panels["nk"].gates == "gating/nk_panel.gatingml.xml"
    assert [subject.subject_id for subject in reading.study.subjects] == ["S01", "S02"]
    assert {donor.donor_id: donor.roles for donor in reading.study.donors} == {
        "S01-D1": {"hsct", "nk"},
        "S02-D1": {"hsct"},
        "S02-D2": {"nk"},
    }
    assert [(sample.sample_id, sample.day) for sample in reading.study.samples] == [
        ("S01-Dm1", -1),
        ("S01-D14", 14),
        ("S02-D13", 13),
    ]
    assert len(reading.study.files) == 10
    assert [(count.value, count.unit) for count in reading.study.counts][1] == (1.10, "10^9/L")
    assert reading.study.infusions[0].viability == 0.94
    assert reading.study.medications is not None
    assert reading.study.medications[0].name == "cyclophosphamide"
    assert check_study(data_dir / "study-nk") == ()


def test_small_study_has_no_issue(small_study: Path) -> None:
    assert read_study(small_study).issues == ()
    assert check_study(small_study) == ()


def test_sources_are_the_bytes_of_the_files(small_study: Path) -> None:
    study = read_study(small_study).study
    assert study is not None
    expected = {"study.toml", "gating/nk.xml", *(path.name for path in small_study.glob("*.csv"))}
    assert set(study.sources) == expected
    for name, source in study.sources.items():
        assert source.sha256 == hashlib.sha256((small_study / name).read_bytes()).hexdigest()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_rows_know_their_line_and_bytes(small_study: Path, end: str, mark: str) -> None:
    path = small_study / "subjects.csv"
    text = 'subject_id,sex,diagnosis,status_at_entry\nS01,F,ALL,"two\nlines é"\n\nS02,M,AML,refractory'
    data = (mark + text.replace("\n", end)).encode()
    path.write_bytes(data)
    issue = only(read_study(small_study).issues)
    assert (issue.code, issue.row, issue.column) == ("NK-TAB-39", 2, "status_at_entry")
    path.write_bytes(data.replace(b"two" + end.encode(), b"two "))
    study = read_study(small_study).study
    assert study is not None
    data = path.read_bytes()
    first, second = (subject.row for subject in study.subjects)
    assert (first.line, second.line) == (2, 4)
    assert data[first.extent.start : first.extent.stop].decode() == f'S01,F,ALL,"two lines é"{end}'
    assert data[second.extent.start : second.extent.stop].decode() == "S02,M,AML,refractory"


def test_a_quoted_cell_of_two_lines_counts_both(small_study: Path) -> None:
    edit(small_study, "medications.csv", "S01,cyclo", '"S01","flu\ndarabine",-6,-2,IV,yes\nS09,cyclo')
    issues = read_study(small_study).issues
    assert [(issue.code, issue.row) for issue in issues] == [("NK-TAB-39", 2), ("NK-PLAN-20", 4)]


def test_dates_become_days(small_study: Path) -> None:
    (small_study / "infusions.csv").write_text(
        "infusion_id,subject_id,date,donor_id\nS01-I2,S01,2026-03-08,S01-D1\nS01-I1,S01,2026-03-01,S01-D1\n"
        "S02-I1,S02,2025-12-31,S02-D2\n"
    )
    (small_study / "samples.csv").write_text(
        "sample_id,subject_id,collected_at,specimen,status\nS01-D14,S01,2026-03-15T08:00Z,PB,ok\n"
        "S02-D13,S02,2026-01-13,PB,ok\n"
    )
    (small_study / "transplants.csv").write_text(
        "subject_id,date,donor_id\nS01,2026-01-20,S01-D1\nS02,2025-11-26,S02-D1\n"
    )
    reading = read_study(small_study)
    assert reading.issues == ()
    assert reading.study is not None
    assert [infusion.day for infusion in reading.study.infusions] == [7, 0, 0]
    assert [sample.day for sample in reading.study.samples] == [14, 13]
    assert [transplant.day for transplant in reading.study.transplants] == [-40, -35]


def test_day_and_date_that_agree_are_accepted_and_that_disagree_are_not(small_study: Path) -> None:
    (small_study / "infusions.csv").write_text(
        "infusion_id,subject_id,day,date,donor_id\nS01-I1,S01,0,2026-03-01,S01-D1\nS02-I1,S02,0,,S02-D2\n"
    )
    (small_study / "samples.csv").write_text(
        "sample_id,subject_id,day,collected_at,specimen,status\nS01-D14,S01,14,2026-03-15,PB,ok\nS02-D13,S02,13,,PB,ok\n"
    )
    assert read_study(small_study).issues == ()
    edit(small_study, "samples.csv", "14,2026-03-15", "14,2026-03-16")
    issue = only(read_study(small_study).issues)
    assert (issue.code, issue.row, issue.column) == ("NK-PLAN-29", 2, "collected_at")
    assert "day 15" in issue.message


def test_a_date_without_a_dated_infusion_is_an_error(small_study: Path) -> None:
    (small_study / "samples.csv").write_text(
        "sample_id,subject_id,day,collected_at,specimen,status\nS01-D14,S01,,2026-03-15,PB,ok\nS02-D13,S02,,,PB,ok\n"
    )
    issues = read_study(small_study).issues
    assert [(issue.code, issue.row) for issue in issues] == [("NK-PLAN-31", 2), ("NK-PLAN-30", 3)]


def test_mixed_offsets_are_a_warning(small_study: Path) -> None:
    (small_study / "infusions.csv").write_text(
        "infusion_id,subject_id,date,donor_id\nS01-I1,S01,2026-03-01T23:00+03:00,S01-D1\nS02-I1,S02,2025-12-31,S02-D2\n"
    )
    (small_study / "samples.csv").write_text(
        "sample_id,subject_id,collected_at,specimen,status\nS01-D14,S01,2026-03-15T08:00Z,PB,ok\n"
        "S02-D13,S02,2026-01-13,PB,ok\n"
    )
    reading = read_study(small_study)
    issue = only(reading.issues)
    assert (issue.code, issue.severity, issue.row) == ("NK-PLAN-40", "warning", 2)
    assert reading.study is not None


def test_one_bad_raw_file_never_stops_the_study(small_study: Path) -> None:
    (small_study / "raw/a.fcs").unlink()
    (small_study / "raw/b.fcs").unlink()
    (small_study / "raw/b.fcs").mkdir()
    edit(small_study, "files.csv", "WB,,", f"WB,,{'0' * 64}")
    reading = read_study(small_study)
    assert reading.study is not None
    found = {(issue.code, issue.severity, issue.value) for issue in reading.issues}
    assert found == {
        ("NK-PATH-07", "warning", "raw/a.fcs"),
        ("NK-PATH-08", "warning", "raw/b.fcs"),
        ("NK-PATH-10", "warning", "raw/s.txt"),
    }
    assert all("quarantined" in issue.hint for issue in reading.issues)
    assert {issue.code for issue in check_study(small_study) if issue.severity == "error"} == {
        "NK-PATH-07",
        "NK-PATH-08",
        "NK-PATH-10",
    }


def test_a_device_is_never_opened(small_study: Path) -> None:
    (small_study / "raw/a.fcs").unlink()
    os.mkfifo(small_study / "raw/a.fcs")
    assert only(read_study(small_study).issues).code == "NK-PATH-08"


def test_the_declared_hash_is_compared_with_the_bytes(small_study: Path) -> None:
    digest = hashlib.sha256((small_study / "raw/s.txt").read_bytes()).hexdigest()
    edit(small_study, "files.csv", "WB,,", f"WB,,{digest.upper()}")
    assert read_study(small_study).issues == ()


def test_what_is_not_a_study_folder_is_one_error(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "absent"):
        with pytest.raises(PlanError, match="NK-PLAN-01"):
            read_study(folder)


def test_a_proposal_with_a_doubt_is_refused(small_study: Path) -> None:
    text = (small_study / "files.csv").read_text().replace("sha256\n", "sha256,evidence,doubt\n")
    lines = text.splitlines()
    (small_study / "files.csv").write_text("\n".join([lines[0], *(f"{line},name," for line in lines[1:])]) + "\n")
    assert read_study(small_study).issues == ()
    edit(small_study, "files.csv", "S02-D13,,fcs,sample,nk,,,,,name,", "S02-D13,,fcs,sample,nk,,,,,name,day 12 or 13?")
    reading = read_study(small_study)
    issue = only(reading.issues)
    assert (issue.code, issue.row, issue.column) == ("NK-PLAN-39", 3, "doubt")
    assert reading.study is None


def test_the_purity_of_a_sort_is_read_as_a_fraction(small_study: Path) -> None:
    text = (small_study / "files.csv").read_text()
    lines = [f"{line}," for line in text.splitlines()]
    (small_study / "files.csv").write_text("\n".join([f"{lines[0]}purity_pct", *lines[1:-1], f"{lines[-1]}96"]) + "\n")
    study = read_study(small_study).study
    assert study is not None
    assert [entry.purity for entry in study.files] == [None, None, None, None, 0.96]
    edit(small_study, "files.csv", ",96", ",960")
    assert only(read_study(small_study).issues).column == "purity_pct"


def test_one_broken_table_does_not_accuse_the_others(small_study: Path) -> None:
    edit(small_study, "samples.csv", "S01-D14,S01,14", "S01-D14,S01,x14")
    issue = only(read_study(small_study).issues)
    assert (issue.code, issue.file, issue.row, issue.column) == ("NK-TAB-21", "samples.csv", 2, "day")


def test_leading_zeros_are_guessed_in_the_hint_only(small_study: Path) -> None:
    for name in ("subjects.csv", "donors.csv", "transplants.csv", "infusions.csv", "medications.csv", "files.csv"):
        path = small_study / name
        path.write_text(path.read_text().replace("S01,", "001,"))
    edit(small_study, "samples.csv", "S01-D14,S01", "S01-D14,1")
    edit(small_study, "transplants.csv", "S02,", "s02,")
    issues = {issue.file: issue for issue in read_study(small_study).issues}
    assert issues["samples.csv"].hint.startswith("Did you mean 001?")
    assert issues["transplants.csv"].hint.startswith("Did you mean S02?")


def test_optional_tables_and_calls_are_read(small_study: Path) -> None:
    (small_study / "chimerism_calls.csv").write_text(
        "sample_id,person_id,fraction,donor_pct,sd_pct\nS01-D14,S01-D1,WB,97.5,0.5\n"
    )
    (small_study / "genotypes.csv").write_text("person_id,marker,allele1,allele2\nS01,TH01,6,9.3\nS01-D1,TH01,7,\n")
    (small_study / "medications.csv").unlink()
    reading = read_study(small_study)
    assert reading.issues == ()
    assert reading.study is not None
    assert reading.study.medications is None
    assert reading.study.adverse_events is None
    call = reading.study.chimerism_calls[0]
    assert (call.share, call.sd, call.fraction_typed) == (0.975, 0.005, "WB")
    assert reading.study.genotypes[0].allele2 == "9.3"


def test_doubtful_calls_are_warnings(small_study: Path) -> None:
    (small_study / "chimerism_calls.csv").write_text(
        "sample_id,person_id,fraction,donor_pct,sd_pct\nS01-D14,S01-D1,WB,0.97,0.01\nS01-D14,S01-D1,CD3,97,\n"
    )
    reading = read_study(small_study)
    assert [(issue.code, issue.severity, issue.row, issue.column) for issue in reading.issues] == [
        ("NK-TAB-36", "warning", 2, "donor_pct"),
        ("NK-TAB-47", "warning", 3, "sd_pct"),
    ]
    assert reading.study is not None


@pytest.mark.parametrize(
    ("sample", "day", "doubt"),
    [
        ("S01-day14", 21, True),
        ("S01-day14", 18, True),
        ("S01-day14", 17, False),
        ("S01_D14", 10, True),
        ("S01-Dm1", -1, False),
        ("S01-Dm1", 14, True),
        ("S01-day-7", -7, False),
        ("S01-CD56", 14, False),
        ("S01-D14b", 21, False),
        ("D14", 21, True),
    ],
)
def test_a_day_in_the_id_is_compared(small_study: Path, sample: str, day: int, doubt: bool) -> None:  # noqa: FBT001
    for name in ("samples.csv", "files.csv", "counts.csv"):
        path = small_study / name
        path.write_text(path.read_text().replace("S01-D14", sample))
    edit(small_study, "samples.csv", "S01,14", f"S01,{day}")
    found = [(issue.code, issue.row, issue.severity) for issue in read_study(small_study).issues]
    assert found == ([("NK-PLAN-46", 2, "warning")] if doubt else [])


def test_a_kit_of_the_study_itself_is_known(small_study: Path) -> None:
    edit(small_study, "files.csv", "powerplex16,CD56", "own_kit,CD56")
    assert only(read_study(small_study).issues).code == "NK-PLAN-12"
    (small_study / "kits").mkdir()
    (small_study / "kits/own_kit.toml").write_text("id = 'own_kit'\n")
    study = read_study(small_study).study
    assert study is not None
    assert study.sources["kits/own_kit.toml"].kind == "kit"


def test_a_shared_donor_and_a_patient_without_infusion_are_warnings(small_study: Path) -> None:
    edit(small_study, "donors.csv", "S02-D2,S02", "S01-D1,S02")
    edit(small_study, "infusions.csv", "S02-I1,S02,0,S02-D2,10000000,92,5000\n", "")
    reading = read_study(small_study)
    assert {(issue.code, issue.severity) for issue in reading.issues} == {
        ("NK-PLAN-28", "warning"),
        ("NK-PLAN-26", "warning"),
    }
    assert reading.study is not None


def test_large_files_are_compared_by_blocks(small_study: Path) -> None:
    """Two sparse files of 1 GB in which one byte near the end differs, then none: no pass over all bytes."""
    for name in ("a", "b"):
        with (small_study / f"raw/{name}.fcs").open("r+b") as file:
            file.truncate(10**9)
            file.seek(10**9 - 1)
            file.write(name.encode())
    start = time.process_time()
    assert "NK-PATH-12" not in {issue.code for issue in read_study(small_study).issues}
    for name in ("a", "b"):
        (small_study / f"raw/{name}.fcs").unlink()
        with (small_study / f"raw/{name}.fcs").open("wb") as file:
            file.truncate(10**9)
    assert "NK-PATH-12" in {issue.code for issue in read_study(small_study).issues}
    assert time.process_time() - start < 3.0


def test_the_clinical_course_is_read(small_study: Path) -> None:
    """Days and dates side by side: with the first infusion on 2026-03-01, 2026-03-04 is day 3."""
    edit(small_study, "infusions.csv", "cd3_cells_per_kg\n", "cd3_cells_per_kg,date\n")
    edit(small_study, "infusions.csv", ",94,4000\n", ",94,4000,2026-03-01\n")
    edit(small_study, "infusions.csv", ",92,5000\n", ",92,5000,\n")
    (small_study / "adverse_events.csv").write_text(
        "subject_id,term,grade,onset,day_onset,resolved,serious,relatedness,outcome\n"
        "S01,Cytokine release syndrome,2,2026-03-02,,2026-03-04,no,probable,recovered\n"
        "S02,Fever,1,,5,,no,unrelated,\n"
    )
    (small_study / "gvhd.csv").write_text("subject_id,assessed_on,type,skin_stage,lgi_stage\nS01,2026-03-29,acute,2,\n")
    (small_study / "assessments.csv").write_text(
        "subject_id,day,kind,blast_pct,mrd_value,mrd_unit,mrd_lod\nS01,28,BM,3,,,\nS01,28,MRD,,0.02,%,0.01\n"
    )
    (small_study / "followup.csv").write_text("subject_id,last_contact,alive,death_on\nS01,2026-03-31,no,2026-03-31\n")
    (small_study / "medications.csv").write_text("subject_id,name,start,stop\nS01,IL-2,2026-03-01,2026-03-05\n")
    reading = read_study(small_study)
    assert reading.issues == ()
    study = reading.study
    assert study is not None
    assert [(event.day_onset, event.day_resolved, event.grade) for event in study.adverse_events or ()] == [
        (1, 3, 2),
        (5, None, 1),
    ]
    assert [(item.day, item.skin_stage, item.lower_gut_stage) for item in study.gvhd or ()] == [(28, 2, None)]
    assert [(item.kind, item.blasts, item.mrd_value) for item in study.assessments or ()] == [
        ("BM", 0.03, None),
        ("MRD", None, 0.02),
    ]
    assert [(item.day_last_contact, item.alive, item.day_death) for item in study.followup or ()] == [(30, False, 30)]
    assert [(drug.day_start, drug.day_stop) for drug in study.medications or ()] == [(0, 4)]
    assert study.adverse_events is not None
    assert study.adverse_events[0].row.line == 2


def test_a_table_of_events_without_rows_is_not_an_absent_one(small_study: Path) -> None:
    (small_study / "adverse_events.csv").write_text("subject_id,term,grade,day_onset\n")
    reading = read_study(small_study)
    assert reading.study is not None
    assert reading.study.adverse_events == ()
    assert reading.study.gvhd is None


def test_mixed_offsets_in_events_are_noted(small_study: Path) -> None:
    edit(small_study, "infusions.csv", "cd3_cells_per_kg\n", "cd3_cells_per_kg,date\n")
    edit(small_study, "infusions.csv", ",94,4000\n", ",94,4000,2026-03-01\n")
    edit(small_study, "infusions.csv", ",92,5000\n", ",92,5000,\n")
    (small_study / "adverse_events.csv").write_text(
        "subject_id,term,grade,onset\nS01,Fever,1,2026-03-02T08:00Z\nS01,Fever,1,2026-03-09T08:00+05:00\n"
    )
    issues = read_study(small_study).issues
    assert [(issue.code, issue.row, issue.column) for issue in issues] == [("NK-PLAN-40", 3, "onset")]
