"""Activated Treg and systemic IL-2 of the simulated study: from raw files to results.json, tables, report and trace."""

import csv
import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from nktrial.cli.execute import run_folder
from nktrial.cli.trace import trace
from nktrial.formats.study import read_study
from nktrial.model.patient_results import Il2Result
from nktrial.model.results import StudyResults
from nktrial.store.connect import open_database
from nktrial.store.walk import walk

ORIGINS = {"INF-01": "recipient", "INF-02": "not determined"}  # Treg DNA is typed of INF-01 alone


def copied(demo_raw: Path, tmp_path: Path) -> Path:
    """Copy the study with the FCS files alone: what is asked here rests on no DNA."""
    study = tmp_path / "study"
    shutil.copytree(demo_raw, study, ignore=shutil.ignore_patterns("str"))
    header, *rows = (study / "files.csv").read_text().splitlines()
    kept = [row for row in rows if ",fcs," in row and "INF-01" in row and ("treg" in row or "day7" in row)]
    (study / "files.csv").write_text("\n".join([header, *kept]) + "\n")
    return study


def changed(study: Path, file: str, old: str, new: str) -> None:
    path = study / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def rows_of(table: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(table.read_text().splitlines()))


def il2_of(results: StudyResults, index: int) -> Il2Result:
    found = results.subjects[index].il2
    assert found is not None
    return found


def tregs_of(study: Path, index: int = 0) -> Any:
    results, _ = run_folder(study)
    return results.subjects[index].tregs


def test_the_truth_lies_in_the_intervals(demo: Any) -> None:
    truth = {subject["subject_id"]: subject["tregs"] for subject in demo.truth["subjects"]}
    for subject in demo.document["subjects"]:
        have, want = subject["tregs"], truth[subject["subject_id"]]
        assert have["status"] == "evaluable"
        assert [one["sample_id"] for one in have["series"]] == [one["sample_id"] for one in want["samples"]]
        for one, true in zip(have["series"], want["samples"], strict=True):
            assert one["per_ul_low"] <= true["activated_per_ul"] <= one["per_ul_high"]
            assert one["of_cd4_low"] <= true["of_cd4"] <= one["of_cd4_high"]
        assert have["ratio_low"] <= want["ratio"] <= have["ratio_high"]
        assert have["rose"] is True
        assert have["origin"] == ORIGINS[subject["subject_id"]]


def test_no_systemic_il2_was_given(demo: Any) -> None:
    truth = {subject["subject_id"]: subject["systemic_il2"] for subject in demo.truth["subjects"]}
    assert {subject["subject_id"]: subject["il2"]["status"] for subject in demo.document["subjects"]} == truth


def test_the_nk_fraction_still_comes_from_the_nk_tube(demo: Any) -> None:
    expansion = demo.document["subjects"][0]
    assert expansion["expansion"]["status"] == "evaluable"
    files = {one["file"] for one in expansion["populations"] if one["path"].endswith("/NK")}
    assert not any("treg" in file for file in files)


def test_both_walk_to_files_and_rows(demo: Any) -> None:
    engine = open_database(demo.folder / ".nktrial" / "study.db", create=False)
    for subject in demo.results.subjects:
        found = walk(engine, subject.tregs.record)
        kinds = {record.kind for record in found.records.values()}
        assert {"activated_treg", "activated_treg.sample", "fcs.counts", "fcs.treg_gate", "alc", "table.row"} <= kinds
        assert ("str.mixture" in kinds) == (subject.subject_id == "INF-01")
        names = {source.name for source in found.sources.values()}
        assert {"counts.csv", "samples.csv", "study.toml", "gating/treg_panel.gatingml.xml"} <= names
        assert sum(name.endswith("_treg.fcs") for name in names) == 2
        for source in found.sources.values():
            assert hashlib.sha256((demo.folder / source.name).read_bytes()).hexdigest() == source.sha256
        il2 = walk(engine, subject.il2.record)
        assert {"medications.csv", "study.toml"} <= {source.name for source in il2.sources.values()}
    engine.dispose()


def test_trace_of_a_sample_names_its_bytes(demo: Any) -> None:
    record = demo.results.subjects[0].tregs.after.record
    answer = CliRunner().invoke(trace, [str(demo.folder), record, "--json"], catch_exceptions=False)
    walked = json.loads(answer.output)
    assert walked["record"] == record
    counts = next(item for item in walked["records"] if item["kind"] == "fcs.counts")
    assert any(extent["what"].startswith("DATA") for extent in counts["value"]["extents"])


def test_tables_and_their_dictionary(demo: Any) -> None:
    tables = demo.folder / "results" / "tables"
    meanings = {(row["table"], row["column"]) for row in rows_of(tables / "data_dictionary.csv")}
    for name, rows in (("tregs.csv", 2), ("treg_series.csv", 4), ("il2.csv", 2)):
        found = rows_of(tables / name)
        assert len(found) == rows
        assert {(name, column) for column in found[0]} <= meanings
    first = rows_of(tables / "tregs.csv")[0]
    assert float(first["ratio"]) == demo.results.subjects[0].tregs.ratio
    assert (first["rose"], first["origin"]) == ("true", "recipient")


def test_the_report_shows_both_with_a_figure(demo: Any) -> None:
    page = (demo.folder / "results" / "report.html").read_text()
    assert page.count("<h3>Activated Treg") == 2
    assert page.count("Systemic IL-2 (day −7 to 28): none given.") == 2
    for subject in ("INF-01", "INF-02"):
        assert f'id="{subject}-treg-title"' in page
    assert f'data-record="{demo.results.subjects[1].tregs.record}"' in page


def test_il2_under_another_name_is_found(demo_raw: Path, tmp_path: Path) -> None:
    study = copied(demo_raw, tmp_path)
    with (study / "medications.csv").open("a") as table:
        table.write("INF-01,Proleukin,1,11,s.c.,no\nINF-02,basiliximab,1,4,IV,yes\n")
    results, _ = run_folder(study)
    first, second = (il2_of(results, index) for index in range(2))
    assert (first.status, second.status) == ("given", "none_given")
    assert first.given == ("Proleukin (s.c., day 1 to 11, medications.csv line 6)",)
    assert "contradicts the route" in first.reason
    (study / "medications.csv").unlink()
    results, _ = run_folder(study)
    assert {il2_of(results, index).status for index in range(2)} == {"table_absent"}


def test_nk_trg_06_a_gate_on_the_wrong_side_is_not_counted(demo_raw: Path, tmp_path: Path) -> None:
    study = copied(demo_raw, tmp_path)
    gates = study / "gating" / "treg_panel.gatingml.xml"
    text = gates.read_text()
    start = text.index('id="Activated"')
    turned = text[start:].replace("gating:min", "gating:max", 1)  # FoxP3- in place of FoxP3+
    gates.write_text(text[:start] + turned)
    results, _ = run_folder(study)
    tregs: Any = results.subjects[0].tregs
    refused = [record for record in results.records.values() if record.kind == "fcs.treg_gate"]
    assert {record.findings[0].code for record in refused if record.value is None} == {"NK-TRG-06"}
    assert (tregs.status, tregs.before, tregs.series) == ("not_evaluable", None, ())
    assert {finding.code for finding in tregs.findings} == {"NK-TRG-08"}
    assert "wrong side of FoxP3" in tregs.findings[0].message


def test_nk_trg_07_a_gate_without_ki_67_is_a_caution(demo_raw: Path, tmp_path: Path) -> None:
    study = copied(demo_raw, tmp_path)
    changed(study, "study.toml", "/CD4/Treg/Activated", "/CD4/Treg")
    tregs = tregs_of(study)
    assert tregs.status == "evaluable"
    (finding,) = {item.message: item for item in tregs.findings if item.code == "NK-TRG-07"}.values() or [None]
    assert finding is not None
    assert "FoxP3 is not used; Ki-67 is not used" in finding.message


def test_nk_trg_08_two_tubes_of_the_panel_are_not_chosen_for_you(demo_raw: Path, tmp_path: Path) -> None:
    study = copied(demo_raw, tmp_path)
    changed(
        study,
        "files.csv",
        "raw/fcs/INF-01-day7.fcs,INF-01-day7,,fcs,sample,nk",
        "raw/fcs/INF-01-day7.fcs,INF-01-day14,,fcs,sample,treg",
    )
    tregs = tregs_of(study)
    assert tregs.status == "not_evaluable"
    assert any(item.code == "NK-TRG-08" and "none is chosen for you" in item.message for item in tregs.findings)


def test_check_names_a_gate_path_that_the_treg_panel_does_not_have(demo_raw: Path, tmp_path: Path) -> None:
    study = copied(demo_raw, tmp_path)
    changed(study, "study.toml", "CD4/Treg/Activated", "CD4/Treg/Aktivated")
    issue = next(item for item in read_study(study).issues if item.code == "NK-PLAN-15")
    assert issue.column == "endpoint.treg.activated"
    assert "Did you mean Singlets/Lymphocytes/Live/CD4/Treg/Activated?" in issue.hint


@pytest.mark.parametrize("beads", [True, False])
def test_without_a_lymphocyte_count_beads_or_the_fraction_alone(*, beads: bool, demo_raw: Path, tmp_path: Path) -> None:
    study = copied(demo_raw, tmp_path)
    text = (study / "counts.csv").read_text().splitlines()
    (study / "counts.csv").write_text("\n".join(line for line in text if "INF-01-day14" not in line) + "\n")
    if beads:  # B cells, NK and other T cells stand for beads: the arithmetic is what is looked at
        more = 'after = [7, 28]\nbeads = "Singlets/Lymphocytes/Live"\nbeads_added = 1000\nbeads_volume_ul = 10\n'
        changed(study, "study.toml", "after = [7, 28]\n", more)
    tregs = tregs_of(study)
    assert tregs.of_cd4_ratio > 1.0
    if not beads:
        assert (tregs.ratio, tregs.rose, tregs.after.per_ul) == (None, None, None)
        return
    populations = {
        item.path: item.count for item in run_folder(study)[0].subjects[0].populations if "day14_treg" in item.file
    }
    expected = tregs.after.events / populations["Singlets/Lymphocytes/Live"] * 1000 / 10
    assert tregs.after.per_ul == pytest.approx(expected, rel=1e-9)
