"""nktrial demo: five lines, and no folder of somebody else's."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from nktrial.cli.demo import demo, five_lines
from nktrial.core.errors import PlanError
from nktrial.model.results import ExpansionResult, StudyResults, SubjectResults

EXPANSION = ExpansionResult(
    status="evaluable",
    reason="",
    value_per_ul=340.4,
    ci95=(290.2, 401.7),
    p_success=0.998,
    success=True,
    borderline=False,
    sample_id="INF-01-day14",
    day=14,
    origin="nk_or_hsct_donor",
    alc_per_ul=1000.0,
    nk_fraction=0.4,
    donor_fraction=0.851,
    baseline=None,
    sensitivity=(),
    cautions=(),
    record="0123456789abcdef" * 4,
)
MISSING = replace(
    EXPANSION, status="not_evaluable", reason="no lymphocyte count", value_per_ul=None, ci95=None, p_success=None,
    success=None, borderline=None,
)  # fmt: skip
TRUTH: dict[str, Any] = {
    "subjects": [
        {"subject_id": "INF-01", "expansion": {"value_per_ul": 345.0}},
        {"subject_id": "INF-02", "expansion": {"value_per_ul": 84.4}},
    ]
}


def results_of(*expansions: ExpansionResult) -> StudyResults:
    subjects = tuple(
        SubjectResults(f"INF-0{number}", "ALL", (), expansion, (), (), (), ())
        for number, expansion in enumerate(expansions, start=1)
    )
    return StudyResults("S", "", (), (12, 16), 100.0, subjects, (), (), root="beef" * 16)


def test_five_lines_tell_report_answers_root_and_what_is_next() -> None:
    lines = five_lines(Path("d"), Path("d/results"), results_of(EXPANSION, EXPANSION), TRUTH)
    assert len(lines) == 5
    assert lines[0] == "report   d/results/report.html"
    assert lines[1] == (
        "INF-01   340 donor NK/uL on day 14 (95 % interval 290 to 402), P(>100) > 0.99: success; truth 345"
    )
    assert lines[2].startswith("INF-02   340 ")
    assert lines[2].endswith("truth 84")
    assert lines[3] == "root     " + "beef" * 16
    assert lines[4] == "next     nktrial trace d 0123456789ab"


def test_a_borderline_answer_says_so() -> None:
    narrow = replace(EXPANSION, value_per_ul=98.0, ci95=(80.0, 119.0), p_success=0.42, success=False, borderline=True)
    lines = five_lines(Path("d"), Path("d/results"), results_of(EXPANSION, narrow), TRUTH)
    assert "P(>100) = 0.42: no success, borderline; truth 84" in lines[2]


def test_a_value_that_could_not_be_had_gives_its_reason() -> None:
    lines = five_lines(Path("d"), Path("d/results"), results_of(EXPANSION, MISSING), TRUTH)
    assert lines[2] == "INF-02   not evaluable: no lymphocyte count; truth 84"


def test_more_patients_still_give_five_lines() -> None:
    truth = {"subjects": [*TRUTH["subjects"], {"subject_id": "INF-03", "expansion": {"value_per_ul": 1.0}}]}
    lines = five_lines(Path("d"), Path("d/results"), results_of(EXPANSION, EXPANSION, EXPANSION), truth)
    assert len(lines) == 5


def test_a_folder_with_other_things_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    outcome = CliRunner().invoke(demo, [str(tmp_path)])
    assert isinstance(outcome.exception, PlanError)
    assert outcome.exception.code == "NK-SIM-01"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["notes.txt"]


def test_fewer_than_two_patients_are_a_usage_error() -> None:
    assert CliRunner().invoke(demo, ["x", "--patients", "1"]).exit_code == 2
