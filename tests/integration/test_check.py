"""nktrial check: exit codes, the three forms of output, and hostile folders in a limited process."""

import csv
import io
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from nktrial.cli import cli
from nktrial.cli.check import spreadsheet_safe

RunLimited = Callable[..., subprocess.CompletedProcess[str]]


def run(*arguments: str | Path) -> tuple[int, str]:
    done = CliRunner().invoke(cli, ["check", *map(str, arguments)], standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return int(done.return_value or 0), done.output


def edit(folder: Path, name: str, old: str, new: str) -> None:
    text = (folder / name).read_bytes().decode()
    assert old in text
    (folder / name).write_bytes(text.replace(old, new, 1).encode())


def test_a_whole_study_exits_0(small_study: Path) -> None:
    assert run(small_study) == (0, "0 errors, 0 warnings\n")


def test_the_real_example_exits_0(data_dir: Path) -> None:
    assert run(data_dir / "study-nk", "--json") == (0, "[]\n")


def test_warnings_alone_exit_0(small_study: Path) -> None:
    (small_study / "raw/extra.fcs").write_bytes(b"FCS3.1 extra")
    code, output = run(small_study)
    assert code == 0
    assert "NK-PATH-13" in output
    assert output.endswith("0 errors, 1 warnings\n")


def test_a_copy_is_an_error_only_where_a_sample_is_confused(small_study: Path) -> None:
    (small_study / "raw/r2.txt").write_bytes((small_study / "raw/r.txt").read_bytes())
    row = "raw/r2.txt,,S01,peaks,recipient_reference,,powerplex16,,,\n"
    files = (small_study / "files.csv").read_text()
    (small_study / "files.csv").write_text(files + row)
    code, output = run(small_study, "--json")
    assert (code, [issue["severity"] for issue in json.loads(output)]) == (0, ["warning"])
    sample = "raw/r2.txt,S02-D13,,peaks,sample,,powerplex16,WB,,\n"
    (small_study / "files.csv").write_text(files + sample)
    code, output = run(small_study, "--json")
    found = [(issue["code"], issue["severity"], issue["row"]) for issue in json.loads(output)]
    assert (code, found) == (3, [("NK-PATH-12", "error", 7)])


def test_errors_exit_3_with_place_and_hint(small_study: Path) -> None:
    edit(small_study, "counts.csv", "1.10,10^9/L", '"1,10",10^9/L')
    code, output = run(small_study)
    assert code == 3
    line = next(line for line in output.splitlines() if "NK-TAB-22" in line)
    assert line.split()[:4] == ["error", "NK-TAB-22", "2", "value"]
    assert "decimal point" in output


def test_json_has_every_field(small_study: Path) -> None:
    edit(small_study, "samples.csv", "S01-D14,S01", "S01-D14,S1")
    code, output = run(small_study, "--json")
    assert code == 3
    (issue,) = json.loads(output)
    assert issue["hint"].startswith("Did you mean S01?")
    assert {key: issue[key] for key in ("code", "severity", "file", "row", "column", "value")} == {
        "code": "NK-PLAN-20",
        "severity": "error",
        "file": "samples.csv",
        "row": 2,
        "column": "subject_id",
        "value": "S1",
    }


def test_the_query_list_runs_nothing_in_a_spreadsheet(small_study: Path) -> None:
    edit(small_study, "counts.csv", "1.10", '"=HYPERLINK(""http://x"")"')
    edit(small_study, "counts.csv", "36,%", "-36,%")
    code, output = run(small_study, "--csv")
    assert code == 3
    rows = list(csv.DictReader(io.StringIO(output)))
    assert rows[0]["value"] == '\'=HYPERLINK("http://x")'
    assert rows[1]["value"] == "'-36.0"
    assert list(rows[0]) == ["file", "row", "column", "value", "message", "hint", "code", "severity"]
    assert rows[0]["row"] == "2"


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\uff1d1"])
def test_cells_that_a_spreadsheet_would_run(cell: str) -> None:
    assert spreadsheet_safe(cell) == f"'{cell}"


def test_ordinary_cells_stay(small_study: Path) -> None:
    del small_study
    assert spreadsheet_safe("S01") == "S01"


def test_content_is_compared_with_the_kind(small_study: Path) -> None:
    (small_study / "raw/a.fcs").write_bytes(b"PK\x03\x04 not FCS")
    (small_study / "raw/t.fsa").write_bytes(b"")
    code, output = run(small_study, "--json")
    found = [(issue["code"], issue["severity"], issue["row"], issue["column"]) for issue in json.loads(output)]
    assert code == 3
    assert found == [("NK-PATH-15", "error", 2, "kind"), ("NK-PATH-15", "error", 6, "kind")]


def test_a_missing_raw_file_is_an_error_to_send_back(small_study: Path) -> None:
    (small_study / "raw/a.fcs").unlink()
    code, output = run(small_study, "--json")
    assert code == 3
    assert [(issue["code"], issue["severity"]) for issue in json.loads(output)] == [("NK-PATH-07", "error")]


def test_json_and_csv_exclude_each_other(small_study: Path, run_limited: RunLimited) -> None:
    done = run_limited("check", small_study, "--json", "--csv")
    assert done.returncode == 2


def deep_toml(folder: Path) -> None:
    (folder / "study.toml").write_bytes(b"a = " + b"[" * 900_000)


def huge_toml(folder: Path) -> None:
    with (folder / "study.toml").open("wb") as file:
        file.truncate(100_000_000)


def huge_table(folder: Path) -> None:
    with (folder / "counts.csv").open("wb") as file:
        file.write(b"sample_id,test,value,unit,qualifier\n" + b"S01-D14,ALC,1.1,10^9/L,\n" * 10_000_000)


def many_rows(folder: Path) -> None:
    row = "S01-D14,ALC,1.1,10^9/L,\n"
    (folder / "counts.csv").write_text("sample_id,test,value,unit,qualifier\n" + row * 1_000_000)


def big_cell(folder: Path) -> None:
    edit(folder, "samples.csv", "PB,ok", "PB," + "x" * 1_000_000)


def link_out(folder: Path) -> None:
    (folder / "raw/a.fcs").unlink()
    (folder / "raw/a.fcs").symlink_to("/etc/passwd")


def device(folder: Path) -> None:
    (folder / "counts.csv").unlink()
    (folder / "counts.csv").symlink_to("/dev/zero")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda folder: edit(folder, "samples.csv", "S02-D13", "S02\0-D13"), "NK-TAB-07"),
        (many_rows, "NK-TAB-15"),
        (huge_table, "NK-WIN-05"),
        (big_cell, "NK-TAB-16"),
        (deep_toml, "NK-PLAN-03"),
        (huge_toml, "NK-WIN-05"),
        (link_out, "NK-PATH-03"),
        (device, "NK-PATH-03"),
        (lambda folder: edit(folder, "files.csv", "raw/a.fcs", "../../etc/passwd"), "NK-PATH-02"),
        (lambda folder: edit(folder, "files.csv", "raw/a.fcs", "raw/" + "a/" * 2046), "NK-PATH-05"),
    ],
    ids=["T04", "T11", "T11 huge", "T12", "T29 deep", "T29 huge", "P03", "P03 device", "P01", "P12"],
)  # fmt: skip
def test_hostile_folders_in_a_limited_process(
    small_study: Path, run_limited: RunLimited, change: Callable[[Path], None], code: str
) -> None:
    change(small_study)
    done = run_limited("check", small_study, "--json", memory_mb=1500, seconds=10.0)
    assert done.returncode == 3, done.stderr
    issues = json.loads(done.stdout)
    assert code in {issue["code"] for issue in issues}
    assert "root:" not in done.stdout
    assert "Traceback" not in done.stderr


def test_escapes_in_names_reach_no_terminal(small_study: Path) -> None:
    """P11: neither the table nor the lists carry what a terminal would run."""
    (small_study / "raw/a.fcs").rename(small_study / "raw/a\x1b[2J.fcs")
    edit(small_study, "files.csv", "raw/a.fcs", "raw/a\x1b[2J.fcs")
    for form in ((), ("--json",), ("--csv",)):
        _, output = run(small_study, *form)
        assert "\x1b" not in output
        assert "x1b[2J" in output


def test_what_is_no_study_is_one_clear_error(tmp_path: Path, run_limited: RunLimited) -> None:
    done = run_limited("check", tmp_path / "absent")
    assert done.returncode == 3
    assert done.stderr.startswith("error: NK-PLAN-01")
