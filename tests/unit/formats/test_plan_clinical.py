"""The endpoints of study.toml beside expansion: read whole, and every key strict."""

from pathlib import Path

import pytest

from nktrial.formats.study import read_study
from nktrial.model.issue import Issue
from nktrial.model.plan import DltClause, ResponseRule, SafetyRule, StudyPlan, TimesRule

WHOLE = """
[endpoint.safety]
window_days = 28

[endpoint.safety.dlt]
window_days = 42

[[endpoint.safety.dlt.clauses]]
class = "any"
min_grade = 4
related = ["possible", "probable", "definite"]

[[endpoint.safety.dlt.clauses]]
term = "Cytokine release syndrome"
min_grade = 3

[endpoint.response]
landmark_day = 28
confirmation = "by_criteria"

[endpoint.times]
names = ["OS", "aGVHD II-IV"]
"""


def issues_of(folder: Path, text: str) -> tuple[Issue, ...]:
    path = folder / "study.toml"
    path.write_text(path.read_text().replace('ALL = "all_nccn"', 'ALL = "all_nccn"\nAML = "aml_eln2022"') + text)
    return read_study(folder).issues


def plan_of(folder: Path) -> StudyPlan:
    study = read_study(folder).study
    assert study is not None
    return study.plan


def test_a_protocol_without_them_does_not_have_them(small_study: Path) -> None:
    plan = plan_of(small_study)
    assert (plan.safety, plan.response, plan.times) == (None, None, None)


def test_they_are_read_as_they_stand(small_study: Path) -> None:
    assert issues_of(small_study, WHOLE) == ()
    plan = plan_of(small_study)
    any_event = DltClause("any", "", 4, ("possible", "probable", "definite"))
    assert plan.safety == SafetyRule(28, 42, (any_event, DltClause("", "Cytokine release syndrome", 3, ())))
    assert plan.response == ResponseRule(28, "by_criteria")
    assert plan.times == TimesRule(("OS", "aGVHD II-IV"))


def test_safety_needs_no_limiting_toxicity_and_response_no_landmark(small_study: Path) -> None:
    text = '[endpoint.safety]\nwindow_days = 28\n[endpoint.response]\nconfirmation = "none"\n'
    assert issues_of(small_study, text) == ()
    plan = plan_of(small_study)
    assert plan.safety == SafetyRule(28, None, ())
    assert plan.response == ResponseRule(None, "none")


SAFETY = "endpoint.safety"


@pytest.mark.parametrize(
    ("old", "new", "code", "key", "said"),
    [
        ("window_days = 28", "window_day = 28", "NK-PLAN-04", f"{SAFETY}.window_day", "mean window_days?"),
        ("window_days = 28", "", "NK-PLAN-05", f"{SAFETY}.window_days", "Add it"),
        ("window_days = 28", "window_days = 0", "NK-PLAN-06", f"{SAFETY}.window_days", "kind"),
        ("window_days = 28", "window_days = true", "NK-PLAN-06", f"{SAFETY}.window_days", "kind"),
        ("window_days = 28", "window_days = 28.0", "NK-PLAN-06", f"{SAFETY}.window_days", "kind"),
        ("window_days = 42", "days = 42", "NK-PLAN-04", f"{SAFETY}.dlt.days", "Known here: window_days, clauses"),
        ('class = "any"', 'klass = "any"', "NK-PLAN-04", f"{SAFETY}.dlt.clauses.0.klass", "mean class?"),
        (
            'class = "any"',
            'organ_class = "any"',
            "NK-PLAN-04",
            f"{SAFETY}.dlt.clauses.0.organ_class",
            "Known here: class",
        ),
        ('class = "any"', 'class = ""', "NK-PLAN-06", f"{SAFETY}.dlt.clauses.0.class", "kind"),
        ('class = "any"', "", "NK-PLAN-73", f"{SAFETY}.dlt.clauses.0", "one of the two"),
        ('class = "any"', 'class = "any"\nterm = "x"', "NK-PLAN-73", f"{SAFETY}.dlt.clauses.0", "one of the two"),
        ("min_grade = 4", "min_grade = 6", "NK-PLAN-06", f"{SAFETY}.dlt.clauses.0.min_grade", "kind"),
        ("min_grade = 3", "", "NK-PLAN-05", f"{SAFETY}.dlt.clauses.1.min_grade", "Add it"),
        ('"definite"', '"sure"', "NK-PLAN-06", f"{SAFETY}.dlt.clauses.0.related.2", "kind"),
        ('"definite"', '"possible"', "NK-PLAN-74", f"{SAFETY}.dlt.clauses.0.related", "Remove"),
        ('["possible", "probable", "definite"]', "[]", "NK-PLAN-06", f"{SAFETY}.dlt.clauses.0.related", "kind"),
        ("landmark_day = 28", "landmark_day = -1", "NK-PLAN-06", "endpoint.response.landmark_day", "kind"),
        ("landmark_day", "landmark", "NK-PLAN-04", "endpoint.response.landmark", "mean landmark_day?"),
        ('"by_criteria"', '"always"', "NK-PLAN-06", "endpoint.response.confirmation", "kind"),
        ("names", "name", "NK-PLAN-04", "endpoint.times.name", "mean names?"),
        ('"OS"', '"PFS"', "NK-PLAN-06", "endpoint.times.names.0", "kind"),
        ('"OS"', '"aGVHD II-IV"', "NK-PLAN-74", "endpoint.times.names", "Remove"),
        ('["OS", "aGVHD II-IV"]', "[]", "NK-PLAN-06", "endpoint.times.names", "kind"),
        ("[endpoint.times]", "[endpoint.time]", "NK-PLAN-04", "endpoint.time", "mean times?"),
    ],
)
def test_each_key_is_strict(small_study: Path, old: str, new: str, code: str, key: str, said: str) -> None:
    assert old in WHOLE
    found = issues_of(small_study, WHOLE.replace(old, new, 1))
    issue = next(issue for issue in found if issue.code == code)
    assert (issue.file, issue.severity, issue.column) == ("study.toml", "error", key)
    assert said in issue.hint
    assert read_study(small_study).study is None


def test_an_issue_names_the_line_of_its_clause(small_study: Path) -> None:
    found = issues_of(small_study, WHOLE.replace("min_grade = 3", "min_grade = 9"))
    lines = (small_study / "study.toml").read_text().splitlines()
    assert [lines[(issue.row or 0) - 1] for issue in found] == ["min_grade = 9"]


def test_a_clause_at_fault_is_pointed_to(small_study: Path) -> None:
    found = issues_of(small_study, WHOLE.replace("min_grade = 3", 'min_grade = 3\nclass = "any"'))
    lines = (small_study / "study.toml").read_text().splitlines()
    assert [(issue.code, lines[(issue.row or 0) - 2]) for issue in found] == [("NK-PLAN-73", "")]
    assert "term" in lines[found[0].row or 0]


def test_a_diagnosis_without_criteria_is_a_warning(small_study: Path) -> None:
    path = small_study / "study.toml"
    path.write_text(path.read_text() + '[endpoint.response]\nconfirmation = "none"\n')
    issues = read_study(small_study).issues
    assert [(i.code, i.file, i.row, i.column, i.severity) for i in issues] == [
        ("NK-PLAN-75", "subjects.csv", 3, "diagnosis", "warning")
    ]


def test_criteria_that_do_not_exist_stay_refused(small_study: Path) -> None:
    path = small_study / "study.toml"
    path.write_text(path.read_text().replace("all_nccn", "IWG 2006") + WHOLE)
    assert "NK-PLAN-14" in {issue.code for issue in read_study(small_study).issues}
