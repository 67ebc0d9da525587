"""nktrial assess: tables in, results out, faults told."""

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from nktrial.cli.assess import assess


def run(*arguments: str) -> Result:
    return CliRunner().invoke(assess, arguments, standalone_mode=False)


def table(folder: Path, text: str) -> str:
    path = folder / "table.csv"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_results_follow_the_columns_as_they_stand(tmp_path: Path) -> None:
    result = run("all_marrow_class", table(tmp_path, "subject_id,bm_blasts_pct,remark\nS1,4.9,a\nS2,,\n"))
    assert result.return_value == 0
    lines = result.output.splitlines()
    assert lines[0] == "subject_id,bm_blasts_pct,remark,marrow_class,clause,not_evaluable,source"
    assert lines[1].startswith("S1,4.9,a,M1,below 5 %,,")
    assert lines[2].startswith("S2,,,NE,,marrow blasts are not given,")


def test_an_unverified_threshold_is_said_where_it_decides(tmp_path: Path) -> None:
    result = run("all_marrow_class", table(tmp_path, "bm_blasts_pct\n25\n24.9\n"))
    at_limit, under = result.output.splitlines()[1:]
    assert "source: unverified" in at_limit
    assert "unverified" not in under


def test_a_cell_at_fault_stops_its_row_alone(tmp_path: Path) -> None:
    result = run("all_marrow_class", table(tmp_path, 'bm_blasts_pct\n4\n"4,9"\n120\n'))
    assert result.return_value == 4
    assert [line.split(",")[1] for line in result.stdout.splitlines()[1:2]] == ["M1"]
    assert "NK-TAB-22" in result.stderr
    assert "NK-TAB-26" in result.stderr
    assert "line 3: bm_blasts_pct: a decimal comma" in result.stderr


def test_nothing_is_assessed_where_no_row_can_be(tmp_path: Path) -> None:
    assert run("all_marrow_class", table(tmp_path, "bm_blasts_pct\nmany\n")).return_value == 3


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("bm_blast_pct\n4\n", "NK-TAB-12"),
        ("bm_blasts_pct,marrow_class\n4,M1\n", "NK-RUL-01"),
        ("bm_blasts_pct,source\n4,x\n", "NK-RUL-01"),
        ("bm_blasts_pct\n4,5\n", "NK-TAB-10"),
        ("bm_blasts_pct\n", "NK-TAB-03"),
        ("bm_blasts_pct,patient_name\n4,x\n", "NK-TAB-14"),
        ("bm_blasts_pct;x\n4;5\n", "NK-TAB-08"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused(text: str, code: str, tmp_path: Path) -> None:
    result = run("all_marrow_class", table(tmp_path, text), "--out", str(tmp_path / "out.csv"))
    assert result.return_value == 3
    assert code in result.stderr
    assert not (tmp_path / "out.csv").exists()


def test_json_holds_given_results_and_source(tmp_path: Path) -> None:
    body = json.loads(run("all_marrow_class", table(tmp_path, "bm_blasts_pct\n26\n"), "--json").stdout)
    assert body["rule"] == "all_marrow_class"
    assert body["rows"][0] == {
        "line": 2,
        "given": {"bm_blasts_pct": "26"},
        "results": {"marrow_class": "M3"},
        "clause": "above 25 %",
        "not_evaluable": "",
        "unverified": "",
    }


def test_a_misspelt_rule_is_named(tmp_path: Path) -> None:
    result = run("all_marow_class", table(tmp_path, "bm_blasts_pct\n26\n"))
    assert isinstance(result.exception, click.UsageError)
    assert "Did you mean all_marrow_class?" in str(result.exception)


def test_the_list_names_sources_and_columns() -> None:
    assert "Buchmann 2022" in run("--list").stdout
    assert "bm_blasts_pct" in run("all_marrow_class", "--list").stdout
    assert json.loads(run("--list", "--json").stdout)["rules"]
