"""Safety, response, residual disease and times of the demonstration study against its truth, and what odd tables do."""

import csv
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from nktrial.cli.execute import run_folder
from nktrial.cli.trace import trace
from nktrial.model.patient_results import EventTime
from nktrial.model.results import SubjectResults

Row = dict[str, str]


@pytest.fixture(scope="module")
def pairs(demo: Any) -> list[tuple[SubjectResults, dict[str, Any]]]:
    truths = {patient["subject_id"]: patient["course"] for patient in demo.truth["subjects"]}
    return [(subject, truths[subject.subject_id]) for subject in demo.results.subjects]


def test_events_are_placed_and_their_worst_grades_are_the_true_ones(pairs: Any) -> None:
    for subject, truth in pairs:
        safety = subject.safety
        assert safety.status == "evaluable"
        placed = [(event.term, event.grade, event.day_onset, event.emergent) for event in safety.events]
        true = [(event["term"], event["grade"], event["day_onset"], event["emergent"]) for event in truth["events"]]
        assert placed == true
        worst = {item.name: item.grade for item in safety.worst if item.level == "term"}
        assert worst == truth["worst_emergent_grades"]


def test_reported_laboratory_grades_agree_with_the_values(pairs: Any) -> None:
    for subject, truth in pairs:
        terms = {"Platelet count decreased", "Alanine aminotransferase increased"} & set(truth["worst_emergent_grades"])
        for term in terms:
            own = [row.grade for row in subject.safety.laboratory if row.term == term and row.grade is not None]
            assert max(own) == truth["worst_emergent_grades"][term]


def test_remission_and_residual_disease_are_the_true_ones(pairs: Any) -> None:
    for subject, truth in pairs:
        response = subject.response
        assert (response.time_to_response_days is not None) == truth["responded"]
        assert response.time_to_response_days == truth["first_remission_day"]
        assert (
            any(item.status in {"NEGATIVE", "MRD_CR"} for item in response.mrd if item.day > 0) == truth["mrd_negative"]
        )
        assert all(not item.differs for item in response.assessments)
        assert [item.kind for item in response.mrd].count("MDD") == 1


def test_times_end_with_the_last_contact(pairs: Any) -> None:
    for subject, truth in pairs:
        times = {item.name: item for item in subject.times.outcomes}
        assert (times["OS"].days, times["OS"].code) == (truth["last_contact_day"], 0)
        assert times["GRFS"].entry_days == -times["GRFS"].zero_day > 0


def test_every_clinical_number_walks_back_to_a_row(demo: Any) -> None:
    subject = demo.results.subjects[1]
    for record, table in (
        (subject.safety.record, "adverse_events.csv"),
        (subject.safety.laboratory[0].record, "counts.csv"),
        (subject.response.assessments[-1].record, "assessments.csv"),
        (subject.response.mrd[0].record, "assessments.csv"),
        (subject.times.outcomes[0].record, "followup.csv"),
        (demo.results.cohort.proportions[-1].record, ""),
    ):
        walked = CliRunner().invoke(trace, [str(demo.folder), record], standalone_mode=False)
        assert walked.exception is None
        assert table in walked.output


def table(folder: Path, name: str) -> list[Row]:
    with (folder / "results" / "tables" / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_tables_say_what_the_results_say(demo: Any) -> None:
    worst = {row["subject_id"]: row["worst_emergent_grade"] for row in table(demo.folder, "safety.csv")}
    true = {patient["subject_id"]: patient["course"] for patient in demo.truth["subjects"]}
    assert worst == {who: str(course["worst_emergent_grade"]) for who, course in true.items()}
    assert len(table(demo.folder, "adverse_events.csv")) == sum(len(course["events"]) for course in true.values())
    assert {row["best"] for row in table(demo.folder, "response.csv")} <= {"CR", "CR_MRDneg"}
    assert {row["outcome"] for row in table(demo.folder, "times.csv")} >= {"OS", "EFS", "GRFS"}
    cohort = {row["name"]: row for row in table(demo.folder, "cohort.csv")}
    assert (cohort["dlt"]["x"], cohort["dlt"]["n"], cohort["dlt"]["high"][:5]) == ("0", "2", "0.841")
    for name in ("laboratory_grades.csv", "response_course.csv", "mrd.csv"):
        assert table(demo.folder, name)
    described = {(row["table"], row["column"]) for row in table(demo.folder, "data_dictionary.csv")}
    assert ("times.csv", "entry_days") in described


def times_of(subject: SubjectResults) -> tuple[EventTime, ...]:
    assert subject.times is not None
    return subject.times.outcomes


def changed(folder: Path, name: str, change: Callable[[Row], None]) -> None:
    with (folder / name).open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        change(row)
    with (folder / name).open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def own(demo_raw: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "study"
    shutil.copytree(demo_raw, folder)
    return folder


def test_a_patient_who_is_not_seen_to_the_end_of_the_window(own: Path) -> None:
    def short(row: Row) -> None:
        if row["subject_id"] == "INF-01":
            row.update({"day_last_contact": "20", "lost": "yes"})

    changed(own, "followup.csv", short)
    for name, column in (("assessments.csv", "day"), ("gvhd.csv", "day"), ("samples.csv", "day")):
        with (own / name).open(newline="") as file:
            rows = list(csv.DictReader(file))
        kept = [row for row in rows if row["subject_id"] != "INF-01" or int(row[column]) <= 20]
        gone = {row.get("sample_id") for row in rows} - {row.get("sample_id") for row in kept}
        for table in {name, "counts.csv", "files.csv"} if name == "samples.csv" else {name}:
            with (own / table).open(newline="") as file:
                reader = csv.DictReader(file)
                columns, before = list(reader.fieldnames or ()), list(reader)
            after = [row for row in before if row.get("sample_id") not in gone] if name == "samples.csv" else kept
            with (own / table).open("w", newline="") as file:
                writer = csv.DictWriter(file, columns, lineterminator="\n")
                writer.writeheader()
                writer.writerows(after)
    first = run_folder(own)[0].subjects[0]
    assert first.safety is not None
    assert first.times is not None
    assert first.safety.dlt is None
    assert "known up to day 20 only" in first.safety.dlt_reason
    assert [finding.code for finding in first.safety.findings] == ["NK-SAF-02"]
    assert [finding.code for finding in first.times.findings] == ["NK-TTE-04"]
    assert first.response is not None
    assert (first.response.status, first.response.reason) == ("not_evaluable", "no assessment after the infusion")


def test_another_word_on_dose_limiting_toxicity_is_said(own: Path) -> None:
    with (own / "adverse_events.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    columns = [*rows[0], "dlt"]
    for row in rows:
        row["dlt"] = "yes" if row["term"] == "Fever" else "no"
    with (own / "adverse_events.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    safety = run_folder(own)[0].subjects[0].safety
    assert safety is not None
    assert safety.dlt is False
    assert [finding.code for finding in safety.findings] == ["NK-SAF-03"]


def test_absent_tables_are_not_the_same_as_nothing_happened(own: Path) -> None:
    for name in ("adverse_events.csv", "assessments.csv", "followup.csv", "gvhd.csv"):
        (own / name).unlink()
    results, place = run_folder(own)
    first = results.subjects[0]
    assert first.safety is not None
    assert first.response is not None
    assert first.times is not None
    assert (first.safety.status, first.response.status, first.times.status) == ("not_evaluable",) * 3
    assert "no table adverse_events.csv" in first.safety.reason
    assert results.cohort is not None
    counted = {item.name: item.n for item in results.cohort.proportions}
    assert counted["any_event"] == counted["complete_remission"] == 0
    report = (place / "report.html").read_text(encoding="utf-8")
    assert "no event cannot be told from none recorded" in report


def test_careless_tables_do_not_make_a_remission(own: Path) -> None:
    """A marrow without spicules, and a diagnosis that study.toml gives no criteria."""

    def spoil(row: Row) -> None:
        if row["subject_id"] == "INF-01" and row["kind"] == "BM" and int(row["day"]) > 0:
            row["bm_spicules"] = "no"

    changed(own, "assessments.csv", spoil)
    plan = own / "study.toml"
    plan.write_text(plan.read_text().replace('AML = "aml_eln2022"\n', ""))
    first, second = run_folder(own)[0].subjects
    assert first.response is not None
    assert second.response is not None
    assert {item.level for item in first.response.assessments if item.day > 0} == {"NE"}
    assert "cannot be assessed" in first.response.assessments[-1].not_evaluable
    assert second.response.reason == "study.toml names no response criteria for AML"
    assert [item.status for item in second.response.mrd if item.day == 28] == ["NEGATIVE"]


def test_a_table_that_comes_later_is_not_answered_from_memory(own: Path) -> None:
    """No table and a table without a row of the patient are two answers."""
    text = (own / "gvhd.csv").read_text()
    (own / "gvhd.csv").unlink()
    before = {item.name: item.reason for item in times_of(run_folder(own)[0].subjects[0])}
    assert before["cGVHD"] == "the study has no table gvhd.csv"
    lines = text.splitlines(keepends=True)
    (own / "gvhd.csv").write_text("".join(line for line in lines if not line.startswith("INF-01")))
    after = {item.name: (item.reason, item.code) for item in times_of(run_folder(own)[0].subjects[0])}
    assert after["cGVHD"] == ("", 0)


def test_a_study_that_asks_for_nothing_else_is_as_before(own: Path) -> None:
    plan = own / "study.toml"
    sections = re.split(r"(?m)^(?=\[[a-z])", plan.read_text())
    kept = [text for text in sections if not re.match(r"\[endpoint\.(safety|response|times)", text)]
    assert len(kept) == len(sections) - 4
    plan.write_text("".join(kept))
    first = run_folder(own)[0].subjects[0]
    assert (first.safety, first.response, first.times) == (None, None, None)
