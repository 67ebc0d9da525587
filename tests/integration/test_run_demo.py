"""The simulated study from raw files to report: truth, trail, repetition, interruption."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from nktrial.cli.execute import run_folder
from nktrial.cli.run import run
from nktrial.cli.trace import trace
from nktrial.core.errors import PlanError
from nktrial.pipeline.ledger import Ledger
from nktrial.pipeline.run import consistent_study, run_study
from nktrial.store.archive import Database
from nktrial.store.connect import open_database
from nktrial.store.walk import walk


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_truth_lies_in_the_intervals(demo: Any) -> None:
    truth = {subject["subject_id"]: subject["expansion"] for subject in demo.truth["subjects"]}
    for subject in demo.document["subjects"]:
        have, want = subject["expansion"], truth[subject["subject_id"]]
        assert have["status"] == "evaluable"
        assert have["ci95"][0] <= want["value_per_ul"] <= have["ci95"][1]
        assert have["success"] == want["success"]


def test_the_origin_follows_from_the_donors(demo: Any) -> None:
    origins = {subject["subject_id"]: subject["expansion"]["origin"] for subject in demo.document["subjects"]}
    assert origins == {"INF-01": "nk_or_hsct_donor", "INF-02": "nk_donor"}


def test_samples_for_the_laboratory_alone_are_no_points_of_the_course(demo: Any) -> None:
    for subject, truth in zip(demo.document["subjects"], demo.truth["subjects"], strict=True):
        assert [point["sample_id"] for point in subject["series"]] == [item["sample_id"] for item in truth["samples"]]
        counts = {line.split(",")[0] for line in (demo.folder / "counts.csv").read_text().splitlines()}
        assert len([name for name in counts if name.startswith(subject["subject_id"])]) > len(subject["series"]) + 5


def test_every_number_walks_to_files_that_exist_with_that_hash(demo: Any) -> None:
    engine = open_database(demo.folder / ".nktrial" / "study.db", create=False)
    for subject in demo.results.subjects:
        found = walk(engine, subject.expansion.record)
        kinds = {record.kind for record in found.records.values()}
        needed = {"expansion", "donor_nk", "alc", "nk_fraction", "donor_fraction", "str.mixture", "str.genotype"}
        assert needed | {"str.profile", "fcs.counts", "table.row"} <= kinds
        ends = {parent for record in found.records.values() for parent in record.parents} - set(found.records)
        assert ends == set(found.sources)
        for source in found.sources.values():
            assert hashlib.sha256((demo.folder / source.name).read_bytes()).hexdigest() == source.sha256
    engine.dispose()


def test_trace_names_files_and_bytes(demo: Any) -> None:
    record = demo.results.subjects[1].expansion.record
    text = CliRunner().invoke(trace, [str(demo.folder), record[:8]], catch_exceptions=False).output
    assert "sha256" in text
    assert "counts.csv" in text
    assert "DATA" in text
    walked = json.loads(CliRunner().invoke(trace, [str(demo.folder), record, "--json"]).output)
    assert walked["record"] == record
    row = next(
        item for item in walked["records"] if item["kind"] == "table.row" and item["value"]["table"] == "counts.csv"
    )
    extent = row["value"]["extents"][0]
    line = (demo.folder / "counts.csv").read_bytes()[extent["start"] : extent["stop"]].decode()
    assert line.startswith(row["value"]["cells"]["sample_id"])


def test_a_second_run_computes_nothing_and_changes_no_byte(demo: Any) -> None:
    before = bytes_of(demo.folder / "results")
    database = Database(open_database(demo.folder / ".nktrial" / "study.db"))
    ledger = Ledger(archive=database)
    results = run_study(demo.folder, consistent_study(demo.folder), ledger)
    database.close()
    assert ledger.computed == 0
    assert results.root == demo.results.root
    run_folder(demo.folder)
    assert bytes_of(demo.folder / "results") == before


def test_from_nothing_the_same_bytes_come_again_with_two_jobs(demo: Any, demo_raw: Path, tmp_path: Path) -> None:
    study = tmp_path / "study"
    shutil.copytree(demo_raw, study)
    run_folder(study, jobs=2)
    once, again = bytes_of(demo.folder / "results"), bytes_of(study / "results")
    assert {name for name in once if once[name] != again[name]} <= {"run.json"}
    assert set(once) == set(again)


def test_a_killed_run_loses_nothing(demo: Any, demo_raw: Path, tmp_path: Path) -> None:
    study = tmp_path / "study"
    shutil.copytree(demo_raw, study)
    for seconds in (1.0, 2.0, 3.0):
        process = subprocess.Popen(
            [sys.executable, "-m", "nktrial", "run", str(study)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        end = time.monotonic() + seconds
        while process.poll() is None and time.monotonic() < end:
            time.sleep(0.02)
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
        process.wait()
    results, _ = run_folder(study)
    assert results.root == demo.results.root
    assert [path.name for path in study.glob("results*")] == ["results"]


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="sees a process's children in /proc only")
def test_the_workers_of_a_killed_run_end_with_it(demo_raw: Path, tmp_path: Path) -> None:
    study = tmp_path / "study"
    shutil.copytree(demo_raw, study)
    command = [sys.executable, "-m", "nktrial", "run", str(study), "--jobs", "2"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    workers: list[str] = []
    while process.poll() is None and len(workers) < 2:
        workers = children.read_text().split()
    assert len(workers) == 2
    process.kill()
    process.wait()
    end = time.monotonic() + 30.0
    while time.monotonic() < end and any(running(worker) for worker in workers):
        time.sleep(0.05)
    assert [worker for worker in workers if running(worker)] == []


def running(worker: str) -> bool:
    try:
        return Path(f"/proc/{worker}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("place", ["raw", "raw/fcs/out"])
def test_raw_is_never_written_to(demo_raw: Path, place: str) -> None:
    with pytest.raises(PlanError, match="NK-RUN-12"):
        run_folder(demo_raw, out=demo_raw / place)


def test_a_file_that_is_not_the_registered_one_is_quarantined(demo_raw: Path, tmp_path: Path) -> None:
    study = tmp_path / "study"
    shutil.copytree(demo_raw, study)
    files = study / "files.csv"
    header, *rows = files.read_text().splitlines()
    wrong = [f"{row},{'0' * 64 if 'fcs/INF-01-day14.fcs' in row else ''}" for row in rows]
    files.write_text("\n".join([f"{header},sha256", *wrong]) + "\n")
    results, _ = run_folder(study)
    assert [fault.code for fault in results.quarantine] == ["NK-RUN-01"]
    assert [subject.expansion.status for subject in results.subjects] == ["not_evaluable", "evaluable"]


def test_a_study_with_errors_stops_with_all_of_them(demo_raw: Path, tmp_path: Path) -> None:
    study = tmp_path / "study"
    shutil.copytree(demo_raw, study)
    (study / "counts.csv").write_text(
        "sample_id,test,value,unit,qualifier\nNOBODY,ALC,1,10^9/L,\nINF-01-day14,ALC,x,10^9/L,\n"
    )
    with pytest.raises(PlanError, match="NK-RUN-11"):
        run_folder(study)
    done = CliRunner().invoke(run, [str(study)])
    assert done.exit_code != 0
    assert "counts.csv:2" in done.output
    assert "counts.csv:3" in done.output
    assert not (study / "results").exists()


def test_a_study_may_bring_its_own_kit(demo: Any, demo_raw: Path, tmp_path: Path) -> None:
    study = tmp_path / "study"
    shutil.copytree(demo_raw, study)
    shipped = resources.files("nktrial.formats").joinpath("kit_data/identifiler.toml").read_text()
    (study / "kits").mkdir()
    (study / "kits" / "house_kit.toml").write_text(shipped.replace('id = "identifiler"', 'id = "house_kit"'))
    for name in ("files.csv", "study.toml"):
        path = study / name
        path.write_text(path.read_text().replace("identifiler", "house_kit"))
    results, _ = run_folder(study)
    values = [subject.expansion.value_per_ul for subject in results.subjects]
    assert values == [subject.expansion.value_per_ul for subject in demo.results.subjects]
    assert "kits/house_kit.toml" in {source.name for source in results.sources}


def test_without_its_ladder_a_trace_is_not_called(demo_raw: Path, tmp_path: Path) -> None:
    study = tmp_path / "study"
    shutil.copytree(demo_raw, study)
    (study / "raw" / "str" / "ladder_R1.fsa").unlink()
    results, _ = run_folder(study)
    assert [fault.file for fault in results.quarantine] == ["raw/str/ladder_R1.fsa"]
    for subject in results.subjects:
        assert subject.expansion.status == "not_evaluable"
        assert "NK-RUN-14" in subject.expansion.reason


def test_two_ladders_of_a_kit_need_a_run(demo_raw: Path, tmp_path: Path) -> None:
    study = tmp_path / "study"
    shutil.copytree(demo_raw, study)
    shutil.copyfile(study / "raw/str/ladder_R1.fsa", study / "raw/str/ladder_R2.fsa")
    files = study / "files.csv"
    (row,) = [line for line in files.read_text().splitlines() if "ladder_R1" in line]
    files.write_text(files.read_text() + row.replace("ladder_R1", "ladder_R2") + "\n")
    results, _ = run_folder(study)
    assert all("NK-RUN-15" in subject.expansion.reason for subject in results.subjects)
