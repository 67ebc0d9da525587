"""[endpoint.treg] and [endpoint.il2] of study.toml: strict, and every rule between their values."""

import pytest

from nktrial.formats.blank import blank_study
from nktrial.formats.issues import IssueLog
from nktrial.formats.plan import read_plan
from nktrial.model.issue import Issue
from nktrial.model.plan import BeadRule, Il2Rule, StudyPlan, TregRule
from nktrial.simulate.tables import plan_text

TEXT = plan_text(study_id="S", title="T", kit_id="identifiler", kit_name="Identifiler", treg=True)
LIVE = "Singlets/Lymphocytes/Live"


def read(text: str) -> tuple[StudyPlan | None, tuple[Issue, ...]]:
    log = IssueLog()
    return read_plan(text.encode(), log), log.sorted_issues()


def test_both_tables_are_read() -> None:
    plan, issues = read(TEXT)
    assert issues == ()
    assert plan is not None
    paths = (LIVE, f"{LIVE}/CD4", f"{LIVE}/CD4/Treg/Activated")
    assert plan.treg == TregRule("treg", *paths, (-7, 0), (7, 28), "closest_then_earlier", 14)
    assert plan.il2 == Il2Rule((-7, 28))
    assert plan.nk_panels == {"nk"}


def test_without_the_tables_nothing_is_asked() -> None:
    plan, _ = read(plan_text(study_id="S", title="T", kit_id="identifiler", kit_name="Identifiler"))
    assert plan is not None
    assert (plan.treg, plan.il2, plan.nk_panels) == (None, None, frozenset({"nk"}))


def test_one_panel_may_hold_both() -> None:
    plan, _ = read(TEXT.replace('panel = "treg"', 'panel = "nk"').replace("[panels.treg]", "[panels.other]"))
    assert plan is not None
    assert plan.nk_panels == {"other"}
    text = TEXT.replace('missing = "not_evaluable"', 'missing = "not_evaluable"\npanel = "nk"')
    plan, _ = read(text.replace('panel = "treg"', 'panel = "nk"'))
    assert plan is not None
    assert plan.nk_panels == {"nk"}


def test_beads_and_pick() -> None:
    more = 'pick = "last"\nbeads = "Beads"\nbeads_added = 50000\nbeads_volume_ul = 50.0\n'
    plan, issues = read(TEXT.replace("after = [7, 28]\n", f"after = [7, 28]\n{more}"))
    assert issues == ()
    assert plan is not None
    assert plan.treg is not None
    assert plan.treg.beads == BeadRule("Beads", 50_000.0, 50.0, 1.0)
    assert plan.treg.pick == "last"
    assert plan.treg.gates["beads"] == "Beads"


@pytest.mark.parametrize(
    ("old", "new", "code", "column", "hint"),
    [
        ("before = [-7, 0]", "before = [0, -7]", "NK-PLAN-70", "endpoint.treg.before", "[first, last]"),
        ("before = [-7, 0]", "before = [-7, 1]", "NK-PLAN-70", "endpoint.treg.before", "day 0 or earlier"),
        ("after = [7, 28]", "after = [0, 28]", "NK-PLAN-70", "endpoint.treg.after", "day 1 or later"),
        ("window = [-7, 28]", "window = [28, -7]", "NK-PLAN-70", "endpoint.il2.window", "[first, last]"),
        ('panel = "treg"', 'panel = "terg"', "NK-PLAN-71", "endpoint.treg.panel", "Did you mean treg?"),
        ('"not_evaluable"', '"not_evaluable"\npanel = "kn"', "NK-PLAN-71", "endpoint.expansion.panel", "nk"),
        ("Live/CD4/Treg", "Alive/CD4/Treg", "NK-PLAN-13", "endpoint.treg.activated", "one tree"),
        ('Live/CD4"', 'CD4"', "NK-PLAN-13", "endpoint.treg.cd4", "one tree"),
        ("after = [7", 'beads = "B"\nafter = [7', "NK-PLAN-72", "endpoint.treg.beads", "beads_added"),
        ("after = [7", "beads_added = 5\nafter = [7", "NK-PLAN-72", "endpoint.treg.beads", "beads_added"),
        ("cd4 =", "cd44 =", "NK-PLAN-04", "endpoint.treg.cd44", "Did you mean cd4?"),
        ("before = [-7, 0]\n", "", "NK-PLAN-05", "endpoint.treg.before", "Add it"),
        ("before = [-7, 0]", "before = [-7]", "NK-PLAN-06", "endpoint.treg.before", "kind"),
        ("window = [-7, 28]", "windows = [-7, 28]", "NK-PLAN-04", "endpoint.il2.windows", "Did you mean window?"),
    ],
)
def test_what_does_not_fit_is_one_issue(old: str, new: str, code: str, column: str, hint: str) -> None:
    assert old in TEXT
    plan, issues = read(TEXT.replace(old, new, 1))
    assert plan is None
    found = next(issue for issue in issues if issue.code == code)
    assert found.column == column
    assert hint in found.hint


def test_init_shows_both_tables_commented_and_they_can_be_read() -> None:
    blank = blank_study()["study.toml"].decode()
    lines = blank.splitlines()
    start, stop = lines.index("# [endpoint.treg]"), lines.index("# [endpoint.il2]") + 2
    shown = [
        line.removeprefix("# ") for line in lines[start:stop] if line.startswith("# ") and ("=" in line or "[" in line)
    ]
    head = TEXT[: TEXT.index("\n[endpoint.treg]")]
    plan, issues = read(head + "\n" + "\n".join(shown) + '\n[panels.treg]\ngates = "gating/t.xml"\n')
    assert issues == ()
    assert plan is not None
    assert plan.treg is not None
    assert plan.treg.beads == BeadRule("Beads", 50_000.0, 50.0, 1.0)
    assert plan.il2 is not None
