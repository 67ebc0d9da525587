"""A study's panel may name Gating-ML, a FlowJo workspace or a template; each answers the same question."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from nktrial.cli import cli
from nktrial.cli.execute import run_folder
from nktrial.formats.study_check import check_study
from nktrial.model.results import StudyResults
from nktrial.store.connect import open_database
from nktrial.store.walk import walk

GATES = "gating/nk_panel.gatingml.xml"


@pytest.fixture
def study(demo_raw: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "study"
    shutil.copytree(demo_raw, folder)
    return folder


def with_panel(folder: Path, lines: str) -> None:
    plan = folder / "study.toml"
    text = plan.read_text(encoding="utf-8")
    assert f'gates = "{GATES}"' in text
    plan.write_text(text.replace(f'gates = "{GATES}"', lines), encoding="utf-8")


def answers(results: StudyResults) -> list[tuple[Any, ...]]:
    return [(one.subject_id, one.expansion.value_per_ul, one.expansion.ci95) for one in results.subjects]


def template(name: str) -> str:
    from importlib.resources import files  # noqa: PLC0415

    return (files("nktrial.formats") / "gating_templates" / f"{name}.toml").read_text(encoding="utf-8")


def exported(folder: Path) -> None:
    fcs = sorted(map(str, (folder / "raw" / "fcs").glob("*[0-9].fcs")))
    out = folder / "gating" / "nk.wsp"
    done = CliRunner().invoke(cli, ["flow", "export", *fcs, "--gates", str(folder / GATES), "--out", str(out)])
    assert done.exit_code == 0, done.output


def test_a_workspace_of_the_same_gates_gives_the_same_answer(demo: Any, study: Path) -> None:
    exported(study)
    with_panel(study, 'gates = "gating/nk.wsp"')
    assert not [issue for issue in check_study(study) if issue.severity == "error"]
    results, _ = run_folder(study)
    assert answers(results) == answers(demo.results)
    assert not results.quarantine


def test_as_flowjo_is_recorded_with_its_method(study: Path) -> None:
    exported(study)
    with_panel(study, 'gates = "gating/nk.wsp"\ncompat = "flowjo"')
    results, _ = run_folder(study)
    assert all(one.expansion.status == "evaluable" for one in results.subjects)
    engine = open_database(study / ".nktrial" / "study.db", create=False)
    found = walk(engine, str(results.subjects[0].expansion.record))
    engine.dispose()
    counts = [record for record in found.records.values() if record.kind == "fcs.counts"]
    assert counts
    assert {record.method.name for record in counts} == {"cytometry.flowjo_bins"}
    assert {record.parameters["compat"] for record in counts} == {"flowjo"}


def test_a_file_that_the_workspace_lacks_is_quarantined(study: Path) -> None:
    exported(study)
    with_panel(study, 'gates = "gating/nk.wsp"')
    workspace = study / "gating" / "nk.wsp"
    workspace.write_text(
        workspace.read_text(encoding="utf-8").replace("INF-01-day14.fcs", "other.fcs"), encoding="utf-8"
    )
    (issue,) = [issue for issue in check_study(study) if issue.severity == "error"]
    results, _ = run_folder(study)
    (fault,) = results.quarantine
    assert (issue.code, fault.code) == ("NK-WSP-08", "NK-WSP-08")
    assert (issue.file, issue.value) == ("files.csv", fault.file)
    problem = "the workspace has no sample for file 'INF-01-day14.fcs'; it has "
    assert problem in issue.message
    assert problem in fault.message
    assert results.subjects[1].expansion.status == "evaluable"


def test_a_template_draws_the_gates_of_each_file(demo: Any, study: Path) -> None:
    (study / "gating" / "nk.toml").write_text(template("nk"), encoding="utf-8")
    with_panel(study, 'gates = "gating/nk.toml"')
    assert not [issue for issue in check_study(study) if issue.severity == "error"]
    results, place = run_folder(study)
    for (name, drawn, _), (_, given, _) in zip(answers(results), answers(demo.results), strict=True):
        assert drawn is not None, name
        assert given is not None
        assert abs(drawn / given - 1.0) < 0.15, name
    shown = json.loads((place / "results.json").read_text(encoding="utf-8"))
    assert shown["subjects"][0]["expansion"]["status"] == "evaluable"
    assert not [item for one in results.subjects for item in one.findings if item.code == "NK-RUN-34"]


def test_a_gate_set_by_hand_is_recorded(study: Path) -> None:
    (study / "gating" / "nk.toml").write_text(template("nk"), encoding="utf-8")
    (study / "gating" / "hand.toml").write_text(
        '[override."INF-01-day14.fcs".NK]\nmarker = "CD56"\nvalue = 9e9\nunit = "scale"\nreason = "nothing is NK"\n'
        'by = "AB"\n',
        encoding="utf-8",
    )
    with_panel(study, 'gates = "gating/nk.toml"\noverrides = "gating/hand.toml"')
    results, place = run_folder(study)
    assert results.subjects[0].expansion.value_per_ul in (None, 0.0)
    written = (place / "results.json").read_text(encoding="utf-8") + (place / "report.html").read_text(encoding="utf-8")
    assert "NK-TPL-31" in written
    assert "nothing is NK" in written


def test_a_population_that_cannot_be_counted_says_why(study: Path) -> None:
    exported(study)
    workspace = study / "gating" / "nk.wsp"
    text = workspace.read_text(encoding="utf-8")
    first, marker, rest = text.partition('<Population name="NK"')
    before, _gate, after = rest.partition("<gating:RectangleGate")
    spider = after.replace("</gating:RectangleGate>", "</gating:SpiderGate>", 1)
    workspace.write_text(first + marker + before + "<gating:SpiderGate" + spider, encoding="utf-8")
    with_panel(study, 'gates = "gating/nk.wsp"')
    results, place = run_folder(study)
    reasons = [one.expansion.reason for one in results.subjects] + [
        point.reason for one in results.subjects for point in one.series
    ]
    assert any("'SpiderGate' is not supported" in (reason or "") for reason in reasons), reasons
    assert "NK-RUN-41" in (place / "report.html").read_text(encoding="utf-8")


def test_gates_set_by_hand_go_with_a_template_only(study: Path) -> None:
    (study / "gating" / "panel.csv").write_text("channel,marker\nFSC-A,FSC-A\n", encoding="utf-8")
    with_panel(study, f'gates = "{GATES}"\nmarkers = "gating/panel.csv"')
    results, _ = run_folder(study)
    assert [fault.code for fault in results.quarantine] == ["NK-RUN-40"]
    assert all(one.expansion.status == "not_evaluable" for one in results.subjects)


@pytest.mark.parametrize(
    ("lines", "file", "code"),
    [
        (f'gates = "{GATES}"\ncompat = "flowjo"', "study.toml", "NK-PLAN-50"),
        (f'gates = "{GATES}"\nmarkers = "gating/panel.csv"', GATES, "NK-PLAN-50"),
        ('gates = "gating/nk.toml"\noverrides = "gating/panel.csv"', "gating/panel.csv", "NK-TPL-"),
        (f'gates = "{GATES}"\nmarkers = "../panel.csv"', "study.toml", "NK-PATH-"),
    ],
)
def test_check_lists_what_does_not_go_with_the_gates(study: Path, lines: str, file: str, code: str) -> None:
    (study / "gating" / "panel.csv").write_text("channel,marker\nFSC-A,FSC-A\n", encoding="utf-8")
    (study / "gating" / "nk.toml").write_text(template("nk"), encoding="utf-8")
    with_panel(study, lines)
    found = [(one.file, one.code) for one in check_study(study) if one.severity == "error"]
    assert [one for one in found if one[0] == file and one[1].startswith(code)], found


def test_check_shows_which_gates_there_are(study: Path) -> None:
    exported(study)
    with_panel(study, 'gates = "gating/nk.wsp"')
    plan = study / "study.toml"
    lines = [
        f'{line.rpartition("/")[0]}/{"quite another name" * 3}"' if line.startswith("nk_cells") else line
        for line in plan.read_text(encoding="utf-8").splitlines()
    ]
    plan.write_text("\n".join(lines), encoding="utf-8")
    hints = [one.hint for one in check_study(study) if one.code == "NK-PLAN-15"]
    assert hints
    assert all("It has 'Singlets'" in hint for hint in hints)
