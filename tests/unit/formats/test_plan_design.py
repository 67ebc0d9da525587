"""[design.monitoring] of study.toml: one rule or several, read strictly."""

from pathlib import Path

import pytest

from nktrial.formats.study import read_study
from nktrial.model.plan import MonitoringPlan

RULE = """\
endpoint = "expansion"
prior = [0.5, 0.5]
limit = 0.2
probability = 0.95
patients = 12
"""
DLT = """\
[endpoint.safety]
window_days = 28

[endpoint.safety.dlt]
window_days = 28
clauses = [{ class = "any", min_grade = 4 }]

"""


def with_design(folder: Path, text: str) -> Path:
    plan = folder / "study.toml"
    plan.write_text(plan.read_text().replace("[criteria]", f"{text}\n[criteria]"))
    return folder


def test_without_the_table_there_is_no_rule(small_study: Path) -> None:
    study = read_study(small_study).study
    assert study is not None
    assert study.plan.monitoring == ()


def test_one_rule_and_its_default(small_study: Path) -> None:
    reading = read_study(with_design(small_study, f"[design.monitoring]\n{RULE}"))
    assert reading.study is not None
    assert reading.study.plan.monitoring == (MonitoringPlan("expansion", (0.5, 0.5), 0.2, 0.95, 1, 12),)


def test_several_rules_keep_their_order(small_study: Path) -> None:
    dlt = RULE.replace("expansion", "dlt") + "first_look = 3\n"
    reading = read_study(with_design(small_study, f"{DLT}[[design.monitoring]]\n{RULE}\n[[design.monitoring]]\n{dlt}"))
    assert reading.study is not None
    assert [(rule.endpoint, rule.first_look) for rule in reading.study.plan.monitoring] == [
        ("expansion", 1),
        ("dlt", 3),
    ]


@pytest.mark.parametrize(
    ("text", "code", "column"),
    [
        ('[design]\ntype = "simon"\n', "NK-PLAN-04", "design.type"),
        (f"[design.monitoring]\n{RULE}limits = 1\n", "NK-PLAN-04", "design.monitoring.limits"),
        (f"[[design.monitoring]]\n{RULE}limits = 1\n", "NK-PLAN-04", "design.monitoring.0.limits"),
        (f"[design.monitoring]\n{RULE.replace('patients = 12', '')}", "NK-PLAN-05", "design.monitoring.patients"),
        (f"[design.monitoring]\n{RULE.replace('0.2', '20')}", "NK-PLAN-06", "design.monitoring.limit"),
        (f"[design.monitoring]\n{RULE.replace('0.95', '0.05')}", "NK-PLAN-06", "design.monitoring.probability"),
        (f"[design.monitoring]\n{RULE.replace('[0.5, 0.5]', '[0, 1]')}", "NK-PLAN-06", "design.monitoring.prior.0"),
        (f"[design.monitoring]\n{RULE.replace('[0.5, 0.5]', '[1]')}", "NK-PLAN-06", "design.monitoring.prior"),
        (f"[design.monitoring]\n{RULE.replace('expansion', 'os')}", "NK-PLAN-06", "design.monitoring.endpoint"),
        ('[design]\nmonitoring = "none"\n', "NK-PLAN-06", "design.monitoring"),
        (f"[design.monitoring]\n{RULE.replace('expansion', 'dlt')}", "NK-PLAN-80", "design.monitoring.endpoint"),
        (f"[[design.monitoring]]\n{RULE}[[design.monitoring]]\n{RULE}", "NK-PLAN-81", "design.monitoring.endpoint"),
        (f"[design.monitoring]\n{RULE}first_look = 13\n", "NK-PLAN-82", "design.monitoring.first_look"),
    ],
)
def test_what_is_refused(small_study: Path, text: str, code: str, column: str) -> None:
    reading = read_study(with_design(small_study, text))
    assert reading.study is None
    assert [(issue.code, issue.column) for issue in reading.issues if issue.severity == "error"] == [(code, column)]
