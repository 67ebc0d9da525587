"""study.toml: every key strict, every rule of the protocol, within bounds."""

import time
from pathlib import Path

import pytest

from nktrial.formats.issues import IssueLog
from nktrial.formats.plan import read_plan
from nktrial.formats.study import read_study
from nktrial.formats.study_check import check_study
from nktrial.model.issue import Issue


def changed(folder: Path, old: str, new: str) -> Path:
    path = folder / "study.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    return folder


def problems(data: bytes) -> tuple[Issue, ...]:
    log = IssueLog()
    assert read_plan(data, log) is None
    return log.sorted_issues()


@pytest.mark.parametrize(
    ("old", "new", "code", "row", "column", "hint"),
    [
        ("window =", "windwo =", "NK-PLAN-04", 10, "endpoint.expansion.windwo", "Did you mean window?"),
        ("[endpoint.expansion]", "[endpoint.expansoin]", "NK-PLAN-04", 8, "endpoint.expansoin", "mean expansion?"),
        ("[panels.nk]", "[panel.nk]", "NK-PLAN-04", 19, "panel", "Did you mean panels?"),
        ("[endpoint.expansion]", "[int]", "NK-PLAN-04", 8, "int", "Known here: "),
        ("window =", "float =", "NK-PLAN-04", 10, "endpoint.expansion.float", "Known here: "),
        ("[panels.nk]", "[schema_]", "NK-PLAN-04", 19, "schema_", "mean schema?"),
        ("day = 14\n", "", "NK-PLAN-05", None, "endpoint.expansion.day", "Add it"),
        ("day = 14", 'day = "14"', "NK-PLAN-06", 9, "endpoint.expansion.day", "kind"),
        ("day = 14", "day = 14.5", "NK-PLAN-06", 9, "endpoint.expansion.day", "kind"),
        ("100.0", "nan", "NK-PLAN-06", 12, "endpoint.expansion.threshold_per_ul", "kind"),
        ("100.0", "true", "NK-PLAN-06", 12, "endpoint.expansion.threshold_per_ul", "kind"),
        ("[-2, 2]", "[-2]", "NK-PLAN-06", 10, "endpoint.expansion.window", "kind"),
        ('">"', '"<"', "NK-PLAN-06", 13, "endpoint.expansion.comparison", "kind"),
        ("first_nk_infusion", "hsct", "NK-PLAN-06", 6, "study.day0", "kind"),
        ('"SMALL"', '""', "NK-PLAN-06", 4, "study.id", "kind"),
        ("nktrial/1", "nktrial/2", "NK-PLAN-07", 1, "schema", "Install"),
        ("[-2, 2]", "[2, -2]", "NK-PLAN-08", 10, "endpoint.expansion.window", "[-2, 2]"),
        ("[-2, 2]", "[1, 2]", "NK-PLAN-08", 10, "endpoint.expansion.window", "[-2, 2]"),
        ("100.0", "-100.0", "NK-PLAN-09", 12, "endpoint.expansion.threshold_per_ul", "microlitre"),
        ('"CD56", ', '"cd56", ', "NK-PLAN-10", 16, "endpoint.expansion.chimerism", "Did you mean CD56?"),
        ('"CD56", ', '"CD56", "CD56", ', "NK-PLAN-10", 16, "endpoint.expansion.chimerism", "Known"),
        ("kits.powerplex16", "kits.powerplex61", "NK-PLAN-12", 22, "kits.powerplex61", "Did you mean powerplex16?"),
        ('"Lymphocytes/NK"', '"NK"', "NK-PLAN-13", 15, "endpoint.expansion.nk_cells", "gate paths"),
        ('"Lymphocytes/NK"', '"LymphocytesNK"', "NK-PLAN-13", 15, "endpoint.expansion.nk_cells", "gate paths"),
        ("all_nccn", "IWG 2006 ALL", "NK-PLAN-14", 26, "criteria.ALL", "all_nccn"),
        ("gating/nk.xml", "../nk.xml", "NK-PATH-02", 20, "panels.nk.gates", "raw/"),
        ("gating/nk.xml", "/etc/passwd", "NK-PATH-01", 20, "panels.nk.gates", "raw/"),
    ],
)
def test_each_fault_names_its_key_and_line(
    small_study: Path, old: str, new: str, code: str, row: int | None, column: str, hint: str
) -> None:
    reading = read_study(changed(small_study, old, new))
    assert reading.study is None
    issue = next(issue for issue in reading.issues if issue.code == code)
    assert (issue.file, issue.row, issue.column) == ("study.toml", row, column)
    assert hint in issue.hint


def test_optional_keys_and_their_defaults(small_study: Path) -> None:
    study = read_study(small_study).study
    assert study is not None
    assert (study.plan.expansion.below_lod, study.plan.expansion.alc_cv) == ("report_estimate", 0.05)
    study = read_study(changed(small_study, "missing =", 'below_lod = "zero"\nalc_cv = 0.1\nmissing =')).study
    assert study is not None
    assert (study.plan.expansion.below_lod, study.plan.expansion.alc_cv) == ("zero", 0.1)


def test_later_sections_are_accepted(small_study: Path) -> None:
    changed(small_study, "[criteria]", "[design]\n\n[[visits]]\nday = 14\n\n[criteria]")
    assert read_study(small_study).issues == ()


def test_a_panel_without_gates_does_not_hide_other_problems(small_study: Path) -> None:
    changed(small_study, 'gates = "gating/nk.xml"', "gatse = 1")
    (small_study / "samples.csv").write_text("sample_id,subject_id\n")
    codes = {issue.code for issue in read_study(small_study).issues}
    assert {"NK-PLAN-04", "NK-PLAN-05", "NK-TAB-12"} <= codes


def test_text_that_is_not_toml(small_study: Path) -> None:
    issues = read_study(changed(small_study, "[study]", "[study")).issues
    assert [(issue.code, issue.file) for issue in issues] == [("NK-PLAN-02", "study.toml")]
    assert "line 3" in issues[0].message


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"a = " + b"[" * 19_000, "NK-PLAN-03"),
        (b"a = [\n" * 60, "NK-PLAN-03"),
        (b"a" + b".a" * 9_000 + b" = 1", "NK-PLAN-03"),
        (b"[" + b"a." * 60 + b"a]", "NK-PLAN-03"),
        (b"x = " + b"1" * 30_000, "NK-PLAN-03"),
        (b"x = " + b"1" * 10_000, "NK-PLAN-02"),
        (b"x = {" * 60 + b"1" + b"}" * 60, "NK-PLAN-03"),
        (b"x = " + b"[" * 40, "NK-PLAN-02"),
        (b"k = 1\n" * 150_000, "NK-PLAN-03"),
        (b"schema = 1\n" * 2, "NK-PLAN-02"),
        (b"\x00", "NK-TAB-07"),
        (b"", "NK-TAB-02"),
    ],
)
def test_hostile_text_is_refused_in_time(data: bytes, code: str) -> None:
    start = time.perf_counter()
    assert [issue.code for issue in problems(data)] == [code]
    assert time.perf_counter() - start < 2.0


def test_thousands_of_keys_are_read_in_time() -> None:
    start = time.perf_counter()
    data = b"".join(b"k%d.a.b = 1\n" % number for number in range(4_999))
    assert {issue.code for issue in problems(data)} == {"NK-PLAN-04", "NK-PLAN-05", "NK-TAB-40"}
    assert time.perf_counter() - start < 5.0


def test_a_study_toml_beyond_its_limit_is_not_read(small_study: Path) -> None:
    (small_study / "study.toml").write_bytes(b"#" * 1_100_000)
    issue = next(issue for issue in read_study(small_study).issues if issue.file == "study.toml")
    assert issue.code == "NK-WIN-05"


def test_gate_paths_are_looked_for_in_the_gates_file(small_study: Path) -> None:
    changed(small_study, '"Lymphocytes/NK"', '"Lymphocytes/NKs"')
    issues = check_study(small_study)
    assert [(issue.code, issue.column) for issue in issues] == [("NK-PLAN-15", "endpoint.expansion.nk_cells")]
    assert issues[0].hint == "Did you mean Lymphocytes/NK?"
    reading = read_study(small_study)
    assert reading.study is None
    assert [(issue.code, issue.severity) for issue in reading.issues] == [("NK-PLAN-15", "error")]


def test_a_broken_gates_file_is_named(small_study: Path) -> None:
    (small_study / "gating/nk.xml").write_text("<gating:Gating-ML")
    issues = check_study(small_study)
    assert len(issues) == 1
    assert issues[0].file == "gating/nk.xml"
    assert issues[0].code.startswith("NK-GML")
    assert issues[0].severity == "error"
    reading = read_study(small_study)
    assert reading.study is not None
    assert [(issue.file, issue.severity) for issue in reading.issues] == [("gating/nk.xml", "warning")]


def test_a_gates_file_that_is_not_there_costs_its_panel_alone(small_study: Path) -> None:
    reading = read_study(changed(small_study, "gating/nk.xml", "gating/no.xml"))
    assert reading.study is not None
    (issue,) = reading.issues
    assert (issue.code, issue.severity, issue.file) == ("NK-PLAN-11", "warning", "study.toml")
    assert (issue.column, issue.value) == ("panels.nk.gates", "gating/no.xml")
    assert "not be evaluable" in issue.hint
    assert [(issue.code, issue.severity) for issue in check_study(small_study)] == [("NK-PLAN-11", "error")]
