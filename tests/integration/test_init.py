"""nktrial init: a blank study, its check, the proposal, and that nothing is ever overwritten."""

import csv
import io
import json
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from nktrial.cli import cli
from nktrial.core.errors import PlanError
from nktrial.formats.blank import blank_study
from nktrial.formats.rows import TABLES, column_names
from nktrial.formats.study import read_study

ENDPOINTS = ("# [endpoint.safety]", "# One table a staining panel")


def run(*arguments: str | Path) -> tuple[int, str]:
    done = CliRunner().invoke(cli, list(map(str, arguments)), standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return int(done.return_value or 0), done.output


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_blank_study_lists_exactly_what_is_to_fill_in(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "study"
    code, output = run("init", folder)
    assert code == 0
    assert "nktrial check" in output
    assert (folder / "raw").is_dir()
    code, output = run("check", folder, "--json")
    assert code == 3
    issues = json.loads(output)
    assert {issue["code"] for issue in issues} == {"NK-PLAN-05", "NK-PLAN-06", "NK-TAB-03"}
    keys = {issue["column"].removeprefix("endpoint.expansion.") for issue in issues if issue["file"] == "study.toml"}
    assert keys == {"study.id", "study.title", "window", "pick", "lymphocytes", "nk_cells", "chimerism", "missing"}
    empty = {issue["file"] for issue in issues if issue["code"] == "NK-TAB-03" and issue["severity"] == "error"}
    required = {"subjects", "donors", "transplants", "infusions", "samples", "files", "counts"}
    assert empty == {f"{name}.csv" for name in required}


def test_the_blank_filled_in_is_a_study(tmp_path: Path, small_study: Path) -> None:
    folder = tmp_path / "filled"
    run("init", folder)
    text = (folder / "study.toml").read_text()
    for key in ("window", "pick", "chimerism", "missing", "below_lod", "alc_cv"):
        text = text.replace(f"# {key} =", f"{key} =", 1)  # the expansion's come first; other endpoints stay out
    for old, new in (
        ('id = ""', 'id = "FILLED"'),
        ('title = ""', 'title = "x"'),
        ('lymphocytes = ""', 'lymphocytes = "Lymphocytes"'),
        ('nk_cells = ""', 'nk_cells = "Lymphocytes/NK"'),
        ("# [kits.powerplex16]\n# name", "[kits.powerplex16]\nname"),
        ("# ALL =", "ALL ="),
    ):
        assert old in text
        text = text.replace(old, new)
    (folder / "study.toml").write_text(text)
    (folder / "gating/nk.gatingml.xml").write_bytes((small_study / "gating/nk.xml").read_bytes())
    for path in (small_study / "raw").iterdir():
        (folder / "raw" / path.name).write_bytes(path.read_bytes())
    for path in small_study.glob("*.csv"):
        header, rows = path.read_text().split("\n", 1)
        blank = (folder / path.name).read_text().strip()
        assert blank == header or blank.startswith(f"{header},")  # optional columns at the end
        (folder / path.name).write_text(f"{header}\n{rows}")
    reading = read_study(folder)
    assert reading.issues == ()
    assert reading.study is not None
    assert reading.study.plan.expansion.below_lod == "report_estimate"


def test_the_clinical_tables_are_offered_with_all_their_columns_and_not_written(tmp_path: Path) -> None:
    run("init", tmp_path / "new")
    text = (tmp_path / "new/README.md").read_text()
    dates = {
        "onset",
        "resolved",
        "grade_on",
        "assessed_on",
        "last_contact",
        "death_on",
        "relapse_on",
        "next_therapy_on",
    }
    for name in ("adverse_events.csv", "gvhd.csv", "assessments.csv", "followup.csv"):
        offered = text.split(f"\n{name}\n\n    ")[1].split("\n")[0].split(",")
        required, optional = column_names(next(spec.model for spec in TABLES if spec.file == name))
        assert sorted(offered) == sorted({*required, *optional} - dates)
        assert not (tmp_path / "new" / name).exists()


def test_the_commented_endpoints_can_be_uncommented(tmp_path: Path) -> None:
    run("init", tmp_path / "new")
    path = tmp_path / "new/study.toml"
    lines = path.read_text().split("\n")
    first, last = (next(n for n, line in enumerate(lines) if line.startswith(start)) for start in ENDPOINTS)
    path.write_text("\n".join(line.removeprefix("# ") if first <= n < last else line for n, line in enumerate(lines)))
    _, output = run("check", tmp_path / "new", "--json")
    keys = {issue["column"] for issue in json.loads(output) if issue["file"] == "study.toml"}
    assert not {key for key in keys if key.startswith(("endpoint.safety", "endpoint.response", "endpoint.times"))}
    assert "endpoint.expansion.window" in keys


def test_nothing_is_overwritten_and_then_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "counts.csv").write_text("mine")
    (tmp_path / "notes.txt").write_text("mine too")
    before = contents(tmp_path)
    with pytest.raises(PlanError, match="NK-PLAN-16") as caught:
        run("init", tmp_path)
    assert "counts.csv" in caught.value.problem
    assert contents(tmp_path) == before


def test_a_folder_that_cannot_be_made_is_one_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(PlanError, match="NK-PLAN-17"):
        run("init", tmp_path / "file" / "below")


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    code, output = run("init", tmp_path / "new", "--dry-run")
    assert code == 0
    assert set(output.split()) == set(blank_study())
    assert not (tmp_path / "new").exists()


def test_scan_of_a_study_proposes_only(small_study: Path) -> None:
    before = contents(small_study)
    code, output = run("init", small_study, "--scan", small_study / "raw", "--dry-run")
    assert code == 0
    assert contents(small_study) == before
    code, _ = run("init", small_study, "--scan", small_study / "raw")
    assert code == 0
    after = contents(small_study)
    assert set(after) - set(before) == {"files.proposed.csv", ".nktrial/files.proposed.csv.sha256"}
    assert after["files.proposed.csv"].decode().splitlines() == output.splitlines()
    assert all(after[name] == data for name, data in before.items())
    assert read_study(small_study).issues == ()
    rows = list(csv.DictReader(io.StringIO(output)))
    assert [row["path"] for row in rows] == ["raw/a.fcs", "raw/b.fcs", "raw/r.txt", "raw/s.txt", "raw/t.fsa"]
    assert all(row["doubt"] for row in rows)
    (small_study / "files.csv").write_text(output)
    reading = read_study(small_study)
    assert reading.study is None
    refused = [issue for issue in reading.issues if issue.file == "files.csv" and issue.severity == "error"]
    assert {issue.row for issue in refused if issue.code == "NK-PLAN-39"} == {2, 3}
    assert {issue.row for issue in refused if issue.column == "role"} == {4, 5, 6}


def test_a_second_scan_replaces_only_what_nobody_changed(small_study: Path) -> None:
    scan = ("init", small_study, "--scan", small_study / "raw")
    run(*scan)
    first = (small_study / "files.proposed.csv").read_bytes()
    (small_study / "raw/b.fcs").unlink()
    _, output = run(*scan)
    assert "wrote files.proposed.csv" in output
    assert "in place of the earlier proposal" in output
    second = (small_study / "files.proposed.csv").read_bytes()
    assert (b"raw/b.fcs" in first, b"raw/b.fcs" in second) == (True, False)
    mine = second + b"raw/mine.fcs\r\n"
    (small_study / "files.proposed.csv").write_bytes(mine)
    for _ in range(2):
        _, output = run(*scan)
        assert "wrote files.proposed-2.csv" in output
    assert (small_study / "files.proposed.csv").read_bytes() == mine
    assert (small_study / "files.proposed-2.csv").read_bytes() == second
    (small_study / "files.proposed-2.csv").unlink()
    (small_study / "files.proposed-2.csv").symlink_to(small_study / "counts.csv")
    _, output = run(*scan)
    assert "wrote files.proposed-3.csv" in output
    (small_study / "files.proposed-2.csv").unlink()
    assert not [issue for issue in read_study(small_study).issues if issue.code == "NK-TAB-41"]


def test_the_printed_command_can_be_pasted(tmp_path: Path) -> None:
    folder = tmp_path / "zwei wörter; $x"
    _, output = run("init", folder)
    assert shlex.split(output.splitlines()[-1])[-3:] == ["nktrial", "check", str(folder)]


def test_scan_into_a_new_folder_writes_both(tmp_path: Path, small_study: Path) -> None:
    code, output = run("init", tmp_path / "new", "--scan", small_study / "raw")
    assert code == 0
    assert "5 files proposed, 5 with a doubt" in output
    seal = ".nktrial/files.proposed.csv.sha256"
    assert set(contents(tmp_path / "new")) == {*blank_study(), "files.proposed.csv", seal}
