"""The clinical course of virtual patients: the founding story, tables that agree with it, and the truth."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from nktrial.formats.kits import load_kit
from nktrial.formats.study import read_study
from nktrial.formats.study_check import check_study
from nktrial.simulate.cohort import PlannedPatient, calibration_patient, demo_patients
from nktrial.simulate.laboratory import laboratory_of
from nktrial.simulate.study import DEMO_SEED, write_calibration_study, write_demo_study
from nktrial.simulate.tables import clinical_tables


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("course") / "study"
    write_demo_study(folder, patients=8)
    return folder


def rows(path: Path, subject: str = "") -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as text:
        return [row for row in csv.DictReader(text) if row["subject_id"].startswith(subject)]


def course_truth(folder: Path) -> dict[str, Any]:
    truth = json.loads((folder / "truth.json").read_text())
    return {subject["subject_id"]: subject["course"] for subject in truth["subjects"]}


def values(folder: Path, test: str) -> dict[str, dict[int, float]]:
    """Return patient -> day -> value."""
    with (folder / "samples.csv").open(newline="") as text:
        samples = {row["sample_id"]: (row["subject_id"], int(row["day"])) for row in csv.DictReader(text)}
    found: dict[str, dict[int, float]] = {}
    with (folder / "counts.csv").open(newline="") as text:
        for row in csv.DictReader(text):
            if row["test"] == test:
                subject, day = samples[row["sample_id"]]
                found.setdefault(subject, {})[day] = float(row["value"])
    return found


def test_the_tables_contradict_nothing(demo: Path) -> None:
    assert check_study(demo) == ()
    study = read_study(demo).study
    assert study is not None
    assert study.plan.safety is not None
    assert study.plan.response is not None
    assert study.plan.times is not None
    for table in (study.adverse_events, study.gvhd, study.assessments, study.followup):
        assert {item.subject_id for item in table or ()} == {subject.subject_id for subject in study.subjects}


@pytest.mark.parametrize("seed", range(5))
def test_random_courses_contradict_nothing(seed: int, tmp_path: Path) -> None:
    """Write the tables of 30 patients without raw files: the only issues are of raw files that are not there."""
    planned = demo_patients(seed, load_kit("identifiler"), patients=30)
    write_demo_study(tmp_path / "study", seed=seed, patients=1)
    for name, text in clinical_tables(seed, planned).items():
        (tmp_path / "study" / name).write_text(text)
    issues = read_study(tmp_path / "study").issues
    assert [issue for issue in issues if issue.file != "files.csv"] == []
    outcomes = [(plan.course.relapse_day, plan.course.death_day) for plan in planned if plan.course is not None]
    assert len({(relapse is None, death is None) for relapse, death in outcomes}) >= 3


def test_the_infants_are_those_of_the_founding_study(demo: Path) -> None:
    truth = course_truth(demo)
    for subject in ("INF-01", "INF-02"):
        assert truth[subject]["responded"] is True
        assert truth[subject]["mrd_negative"] is True
        assert (truth[subject]["relapse_day"], truth[subject]["death_day"]) == (None, None)
        marrow = {int(r["day"]): r for r in rows(demo / "assessments.csv", subject) if r["kind"] == "BM"}
        assert float(marrow[-8]["blast_pct"]) > 5 > float(marrow[28]["blast_pct"])
        residual = {int(r["day"]): r for r in rows(demo / "assessments.csv", subject) if r["kind"] == "MRD"}
        assert residual[28]["mrd_events"] == "0"
        assert int(residual[28]["mrd_denominator"]) > 500_000  # Heuser 2021: what a negative result needs
        assert [r["day"] for r in rows(demo / "assessments.csv", subject) if r["kind"] == "MDD"]
    assert "yes" not in {row["serious"] for row in rows(demo / "adverse_events.csv", "INF-01")}
    assert truth["INF-01"]["worst_emergent_grade"] == 1
    assert truth["INF-02"]["worst_emergent_grade"] == 3
    assert {row["type"] for row in rows(demo / "gvhd.csv", "INF-02")} == {"acute", "chronic"}


def test_the_truth_about_events_follows_from_the_table(demo: Path) -> None:
    for subject, truth in course_truth(demo).items():
        events = rows(demo / "adverse_events.csv", subject)
        emergent = [row for row in events if 0 <= int(row["day_onset"]) <= 28]
        worst: dict[str, int] = {}
        for row in emergent:
            worst[row["term"]] = max(worst.get(row["term"], 0), int(row["grade"]))
        assert truth["worst_emergent_grades"] == worst
        assert [event["emergent"] for event in truth["events"]] == [row in emergent for row in events]


def test_the_infants_worst_grades_are_those_of_their_laboratory(demo: Path) -> None:
    """Grade by hand, CTCAE v5.0: platelets 25 to 50 are grade 3, ALT 3 to 5 times its upper limit is grade 2."""
    assert 25 <= values(demo, "PLT")["INF-02"][7] < 50
    assert 3 < values(demo, "ALT")["INF-02"][7] / 45 <= 5
    assert values(demo, "HGB")["INF-02"][7] < 8  # grade 3 and reported by nobody
    assert values(demo, "PLT")["INF-01"][7] >= 75
    reported = {row["term"]: int(row["grade"]) for row in rows(demo / "adverse_events.csv", "INF-02")}
    assert reported["Platelet count decreased"] == 3
    assert reported["Alanine aminotransferase increased"] == 2


@pytest.mark.parametrize(("test", "threshold"), [("ANC", 0.5), ("PLT", 20.0)])
def test_engraftment_can_be_seen_in_the_counts(demo: Path, test: str, threshold: float) -> None:
    """Count by hand: the first of three samples in a row at the threshold or above (Kharfan-Dabaja 2021)."""
    name = {"ANC": "neutrophil_engraftment_day", "PLT": "platelet_engraftment_day"}[test]
    for subject in ("INF-01", "INF-02"):
        series = sorted((day, value) for day, value in values(demo, test)[subject].items() if day < -2)
        assert series[0][1] < threshold
        reached = next(
            series[n][0] for n in range(len(series) - 2) if all(value >= threshold for _, value in series[n : n + 3])
        )
        assert reached == course_truth(demo)[subject][name]


def test_read_values_lie_near_the_true_ones(demo: Path) -> None:
    planned = demo_patients(DEMO_SEED, load_kit("identifiler"), patients=8)
    for test, tolerance in (("WBC", 0.2), ("ANC", 0.25), ("PLT", 0.2), ("HGB", 0.1), ("ALT", 0.25)):
        for plan in planned:
            assert plan.course is not None
            for day, value in values(demo, test)[plan.patient.subject_id].items():
                true = getattr(laboratory_of(plan.patient, plan.course.toxicity, day), test.lower())
                assert value == pytest.approx(true, rel=tolerance, abs=0.6)


def without_course(plan: PlannedPatient) -> PlannedPatient:
    return PlannedPatient(plan.patient, plan.visits)


def test_the_course_changes_no_count_that_was_there(demo: Path) -> None:
    planned = demo_patients(DEMO_SEED, load_kit("identifiler"), patients=8)
    bare = clinical_tables(DEMO_SEED, [without_course(plan) for plan in planned])
    assert set(bare["counts.csv"].splitlines()) <= set((demo / "counts.csv").read_text().splitlines())
    assert set(bare["samples.csv"].splitlines()) <= set((demo / "samples.csv").read_text().splitlines())
    for name in ("donors.csv", "transplants.csv", "infusions.csv", "medications.csv"):
        assert bare[name] == (demo / name).read_text()


def test_nothing_of_a_patient_is_after_death(demo: Path) -> None:
    dead = {row["subject_id"]: int(row["day_death"]) for row in rows(demo / "followup.csv") if row["day_death"]}
    for row in (*rows(demo / "assessments.csv"), *rows(demo / "gvhd.csv")):
        assert int(row["day"]) < dead.get(row["subject_id"], 10_000)


def test_calibration_patients_have_no_course(tmp_path: Path) -> None:
    assert calibration_patient(1, load_kit("identifiler"), 1).course is None
    write_calibration_study(tmp_path / "one", seed=1, index=1, events=200)
    assert not (tmp_path / "one" / "adverse_events.csv").exists()
    assert "endpoint.safety" not in (tmp_path / "one" / "study.toml").read_text()
