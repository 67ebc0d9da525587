"""Quality of a study's FCS files: in the table, beside the gates, and in the answer where it must be told."""

import csv
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nktrial.cli.execute import run_folder
from nktrial.formats.fcs import read_fcs
from nktrial.formats.fcs_write import write_fcs
from nktrial.formats.window import open_source
from nktrial.model.origin import Record
from nktrial.model.results import StudyResults

STEPS = ["finite", "margins", "time_order", "flow_rate", "signal_stability", "doublets", "dead_cells"]
TOP = 262143.0


def table(folder: Path, name: str = "quality.csv") -> list[dict[str, str]]:
    with (folder / "results" / "tables" / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def parents_of(results: StudyResults, record: str) -> set[str]:
    records: Mapping[str, Record] = results.records
    return {records[parent].kind for parent in records[record].parents if parent in records}


def chosen_record(results: StudyResults, index: int) -> str:
    (point,) = [point for point in results.subjects[index].series if point.chosen]
    assert point.donor_nk is not None
    return point.donor_nk.record


@pytest.fixture(scope="module")
def spoiled(demo_raw: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, StudyResults]:
    """Return a study whose first endpoint file has three of four events at a margin, the second one a clog."""
    folder = tmp_path_factory.mktemp("spoiled") / "study"
    shutil.copytree(demo_raw, folder)
    rng = np.random.default_rng(5)
    for name in ("INF-01-day14.fcs", "INF-02-day13.fcs"):
        path = folder / "raw" / "fcs" / name
        matrix = read_fcs(open_source(path, name=name, kind="fcs")[1])
        values = np.array(matrix.values, dtype=np.float64)
        column = {channel.name: channel.index for channel in matrix.channels}
        if name.startswith("INF-01"):
            values[rng.random(len(values)) < 0.76, column["SSC-A"]] = TOP
        else:
            values[4_000:8_000, column["PE-A"]] += 5_000.0
        kept = {key: matrix.keywords[key] for key in ("$TIMESTEP",)}
        path.write_bytes(write_fcs(values, matrix.channels, spillover=matrix.spillover, keywords=kept))
    return folder, run_folder(folder)[0]


def test_the_table_has_a_row_a_file_and_step(demo: Any) -> None:
    rows = table(demo.folder)
    files = {row["file"] for row in table(demo.folder, "populations.csv")}
    assert len(files) == 12  # eight NK tubes, four Treg tubes
    for file in files:
        own = [row for row in rows if row["file"] == file]
        assert [row["step"] for row in own] == STEPS
        events = left = 40_000 if "treg" in file else 12_000
        for row in own:
            assert int(row["reached"]) == left
            assert float(row["share"]) == pytest.approx(int(row["doubtful"]) / events)
            assert row["in_order"] == "true"
            left -= int(row["doubtful"])
    named = [row["column"] for row in table(demo.folder, "data_dictionary.csv") if row["table"] == "quality.csv"]
    assert named == list(rows[0])


def test_results_json_holds_the_same(demo: Any) -> None:
    for subject in demo.document["subjects"]:
        shown = [[row for row in table(demo.folder) if row["file"] == one["file"]] for one in subject["quality"]]
        assert [[int(row["doubtful"]) for row in rows] for rows in shown] == [
            [step["removed"] for step in one["steps"]] for one in subject["quality"]
        ]
        assert all("course" not in one for one in subject["quality"])


def test_the_report_tells_it_beside_the_gates(demo: Any) -> None:
    page = (demo.folder / "results" / "report.html").read_text(encoding="utf-8")
    lines = re.findall(r'<p class="quality">.*?</p>', page, re.DOTALL)
    files = len(list((demo.folder / "raw" / "fcs").glob("*.fcs")))
    assert len(lines) == files
    assert all("nothing is taken out" in line and 'data-record="' in line for line in lines)
    assert page.count('<details class="course">') == page.count(": acquisition along time</title>") == files


def test_without_a_caution_the_answer_does_not_rest_on_quality(demo: Any) -> None:
    for index, subject in enumerate(demo.results.subjects):
        assert "fcs.quality" not in parents_of(demo.results, chosen_record(demo.results, index))
        assert not {item.code for item in subject.expansion.cautions} & {"NK-QCF-03", "NK-QCF-04", "NK-RUN-42"}


def test_a_file_of_which_most_is_doubtful_is_a_caution(spoiled: tuple[Path, StudyResults]) -> None:
    folder, results = spoiled
    expansion = results.subjects[0].expansion
    assert ("NK-QCF-04", "warning") in {(item.code, item.severity) for item in expansion.cautions}
    assert "fcs.quality" in parents_of(results, chosen_record(results, 0))
    (row,) = [row for row in table(folder, "expansion.csv") if row["subject_id"] == "INF-01"]
    assert "NK-QCF-04" in row["cautions"].split(";")
    roots = [one for one in results.subjects[0].populations if one.file.endswith("day14.fcs") and "/" not in one.path]
    assert {one.parent_count for one in roots} == {12_000}  # nothing is taken out


def test_a_clog_is_a_note_and_shaded(spoiled: tuple[Path, StudyResults]) -> None:
    folder, results = spoiled
    noted = {item.code: item.severity for item in results.subjects[1].expansion.cautions}
    assert noted["NK-RUN-42"] == "info"
    assert "fcs.quality" in parents_of(results, chosen_record(results, 1))
    picture = (folder / "results" / "figures" / "INF-02-INF-02-day13-time.svg").read_text(encoding="utf-8")
    assert '<rect class="bad"' in picture


def test_shuffled_files_of_a_real_study_frighten_nobody(data_dir: Path, tmp_path: Path) -> None:
    folder = tmp_path / "study-nk"
    shutil.copytree(data_dir / "study-nk", folder, copy_function=shutil.copyfile)
    results, place = run_folder(folder)
    views = [view for subject in results.subjects for view in subject.quality]
    assert len(views) == 3
    assert {view.in_order for view in views} == {False}
    for subject in results.subjects:
        told = {item.code: item.severity for item in (*subject.expansion.cautions, *subject.findings)}
        assert told["NK-FCS-81"] == "info"
        assert not {"NK-QCF-04", "NK-QCF-05", "NK-QCF-08", "NK-RUN-42"} & set(told)
    page = (place / "report.html").read_text(encoding="utf-8")
    assert 'class="bad"' not in page
    assert page.count("do not stand in the order of acquisition. This changes no count") == 3
