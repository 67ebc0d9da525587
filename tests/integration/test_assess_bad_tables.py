"""Bad tables for published rules: each fault is told with its code, place and remedy, and no wrong number comes out."""

import csv
import io
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner, Result

from nktrial.cli.assess import assess

DATES = "time_zero,relapse_date,death_date,last_followup_date"
FACTORS = "alc_value,alc_unit,nk_pct_of_lymphocytes,donor_chimerism_pct"
RANGE = "subset,value,unit,age_days,age_months"
FLOW = "disease,denominator_events,mrd_events"
GRAFT = "neutrophils_recovered,platelets_recovered,decline,support_needed,recovered_day,decline_day"


class Bad(NamedTuple):
    rule: str
    header: str
    row: str
    code: str


BAD = [
    Bad("time_to_event", DATES, "2024-02-31,,,2024-05-01", "NK-TAB-32"),
    Bad("time_to_event", DATES, "02/03/2026,,,2026-05-01", "NK-TAB-30"),
    Bad("time_to_event", DATES, "45345,,,2024-05-01", "NK-TAB-31"),
    Bad("time_to_event", DATES, "2024-01-01,2024-05-01,2024-04-01,", "NK-TTE-02"),
    Bad("time_to_event", DATES, "2024-01-01,,2024-04-01,2024-05-01", "NK-TTE-02"),
    Bad("time_to_event", DATES, "2024-01-01,2024-05-01,,2024-04-01", "NK-TTE-02"),
    Bad("time_to_event", DATES, "2024-01-01,2023-12-31,,2024-04-01", "NK-TTE-01"),
    Bad("time_to_event", DATES, "2024-01-01,,,2023-12-31", "NK-TTE-01"),
    Bad("time_to_event", DATES, "2024-01-01,2024-02-01,,", "NK-TTE-03"),
    Bad("nk_expansion", FACTORS, "2900,10^9/L,50,50", "NK-EXP-01"),
    Bad("nk_expansion", FACTORS, "1,10^9,50,50", "NK-COR-06"),
    Bad("nk_expansion", FACTORS, "<0.01,10^9/L,50,50", "NK-TAB-23"),
    Bad("nk_expansion", FACTORS, '"0,9",10^9/L,50,50', "NK-TAB-22"),
    Bad("nk_expansion", FACTORS, "1e999,/uL,50,50", "NK-TAB-24"),
    Bad("nk_expansion", FACTORS, "nan,/uL,50,50", "NK-TAB-24"),
    Bad("nk_expansion", FACTORS, "1 234,/uL,50,50", "NK-TAB-21"),
    Bad("nk_expansion", FACTORS, "\uff11\uff12,/uL,50,50", "NK-TAB-21"),
    Bad("nk_expansion", FACTORS, "-1,/uL,50,50", "NK-TAB-26"),
    Bad("nk_expansion", FACTORS, "900,/uL,50,150", "NK-TAB-26"),
    Bad("lymphocyte_reference_range", RANGE, "NK,2900,10^9/L,,7", "NK-COR-05"),
    Bad("lymphocyte_reference_range", RANGE, "NK,0.5,10^9,,7", "NK-COR-06"),
    Bad("lymphocyte_reference_range", RANGE, "CD19,500,/uL,,7", "NK-TAB-27"),
    Bad("lymphocyte_reference_range", RANGE, "NK,500,/uL,-1,", "NK-TAB-26"),
    Bad("lymphocyte_reference_range", RANGE, "NK,500,/uL,30,7", "NK-CRI-02"),
    Bad("mrd_flow", FLOW, "AML,1000,1001", "NK-MRD-01"),
    Bad("mrd_flow", FLOW, "AML,0,0", "NK-TAB-26"),
    Bad("mrd_flow", FLOW, "MDS,1000,1", "NK-TAB-27"),
    Bad("mdd", "value_pct,lod_pct", "<0.01,0.01", "NK-TAB-23"),
    Bad("mdd", "value_pct,lod_pct", "0,0", "NK-TAB-26"),
    Bad("mrd_molecular", "disease,mrd_pct,quantifiable,assay_sensitivity_pct", "ALL,0,N,0", "NK-TAB-26"),
    Bad("chimerism_class", "myeloid_donor_pct,lymphoid_donor_pct", "101,50", "NK-TAB-26"),
    Bad("engraftment", "measure,daily_series_day_value", "ANC,10:0;10:5", "NK-RUL-02"),
    Bad("engraftment", "measure,daily_series_day_value", "ANC,10:-1", "NK-TAB-26"),
    Bad("primary_graft_failure", "graft_source,anc_ge_500_achieved_day,pancytopenia,assessed_day", "PB,,Y,31",
        "NK-TAB-27"),
    Bad("secondary_graft_failure", GRAFT, "Y,Y,Y,Y,60,20", "NK-CRI-02"),
    Bad("secondary_graft_failure", GRAFT, "Y,Y,maybe,Y,,", "NK-TAB-27"),
]  # fmt: skip


def run(folder: Path, rule: str, table: bytes) -> Result:
    path = folder / "table.csv"
    path.write_bytes(table)
    return CliRunner().invoke(assess, [rule, str(path)], standalone_mode=False)


def outcomes(result: Result) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(result.stdout)))


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: f"{bad.rule}: {bad.row}")
def test_a_fault_has_its_code_and_line_and_no_result(bad: Bad, tmp_path: Path) -> None:
    result = run(tmp_path, bad.rule, f"{bad.header}\n{bad.row}\n".encode())
    assert result.exception is None
    assert result.return_value == 3
    assert bad.code in result.stderr
    assert "line 2" in result.stderr
    (row,) = outcomes(result)
    given = bad.header.split(",")
    left = {name: value for name, value in row.items() if name not in {*given, "not_evaluable", "source"}}
    assert set(left.values()) == {""}
    assert row["not_evaluable"]


def test_one_bad_row_leaves_the_others(tmp_path: Path) -> None:
    table = f"{FACTORS}\n1000,/uL,50,50\n2900,10^9/L,50,50\n"
    result = run(tmp_path, "nk_expansion", table.encode())
    assert result.return_value == 4
    assert [row["donor_nk_per_ul"] for row in outcomes(result)] == ["250", ""]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("900,/uL,0.15,50", "check that 0.15 % NK cells is no fraction"),
        ("900,/uL,15,0.5", "check that 0.5 % donor is no fraction"),
        ("0.9,/uL,15,50", "check the unit: an ALC of 0.9/uL is rare"),
        ("60,10^9/L,15,50", "check the unit: an ALC of 60,000/uL is rare"),
    ],
)
def test_what_is_possible_and_rare_is_said(row: str, said: str, tmp_path: Path) -> None:
    (found,) = outcomes(run(tmp_path, "nk_expansion", f"{FACTORS}\n{row}\n".encode()))
    assert said in found["clause"]


@pytest.mark.parametrize("row", ["10,/uL,1,1", "50000,/uL,100,100", "0,/uL,0,0"])
def test_what_is_not_rare_is_not_doubted(row: str, tmp_path: Path) -> None:
    (found,) = outcomes(run(tmp_path, "nk_expansion", f"{FACTORS}\n{row}\n".encode()))
    assert found["clause"] == "product of the three factors"


@pytest.mark.parametrize(
    "table",
    [
        f"\ufeff{FACTORS}\n1000,/uL,50,50\n",
        f"{FACTORS}\r1000,/uL,50,50\r",
        f"{FACTORS}\r\n1000,/uL,50,50\r\n",
        f"{FACTORS}\n 1000\u00a0,/\u00b5L,50,\u200b50\n",
        f"{FACTORS}\n1,K/\u03bcL,50,50\n",
        f"{FACTORS}\n1,x10E3/uL,50,50\n",
    ],
)
def test_harmless_differences_give_the_same_number(table: str, tmp_path: Path) -> None:
    result = run(tmp_path, "nk_expansion", table.encode())
    assert result.return_value == 0
    assert [row["donor_nk_per_ul"] for row in outcomes(result)] == ["250"]


@pytest.mark.parametrize(
    ("table", "code"),
    [
        (f"{FACTORS}\n1000,/uL,50,50\n".encode("utf-16"), "NK-TAB-05"),
        (f"{FACTORS}\n1000,/uL,50,50\0\n".encode(), "NK-TAB-07"),
        (f'{FACTORS}\n1000,"/uL,50,50\n'.encode(), "NK-TAB-09"),
        (f"{FACTORS}\n1000,/uL,50\n".encode(), "NK-TAB-10"),
        (f"{FACTORS},alc_unit\n1000,/uL,50,50,/uL\n".encode(), "NK-TAB-11"),
        (f"{FACTORS.replace('chimerism', 'chimersm')}\n1000,/uL,50,50\n".encode(), "NK-TAB-12"),
        (f"{FACTORS},birth_date\n1000,/uL,50,50,2020-01-01\n".encode(), "NK-TAB-14"),
        (b"", "NK-TAB-02"),
        (f"{FACTORS}\n".encode(), "NK-TAB-03"),
    ],
)
def test_a_table_of_wrong_form_is_refused_whole(table: bytes, code: str, tmp_path: Path) -> None:
    result = run(tmp_path, "nk_expansion", table)
    assert result.return_value == 3
    assert code in result.stderr
    assert result.stdout == ""
