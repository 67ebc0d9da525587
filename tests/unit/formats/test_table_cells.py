"""Cells, days, counts: single values against what the documentation says."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nktrial.formats.cells import Stamp, day_number, number, one_of, stamp, study_id, whole
from nktrial.formats.issues import CellError, IssueLog, suggestion
from nktrial.formats.plausible import call_doubts, count_faults
from nktrial.formats.row_tables import checked_table
from nktrial.formats.rows import TABLES, column_names
from nktrial.formats.table import read_table


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1", 1.0),
        ("-1.5", -1.5),
        ("+.5", 0.5),
        ("1.", 1.0),
        ("1e6", 1e6),
        ("1.2E+07", 1.2e7),
        ("-0", 0.0),
        ("007", 7.0),
    ],
)
def test_numbers(cell: str, value: float) -> None:
    assert number(cell) == value
    assert str(number(cell))[0] != "-" or value < 0


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_that_python_writes_is_read_back(value: float) -> None:
    assert number(repr(value)) == value


@given(st.text(max_size=12))
def test_text_is_a_number_or_a_named_fault(cell: str) -> None:
    code, value = "", 0.0
    try:
        value = number(cell)
    except CellError as fault:
        code = fault.code
    if code:
        assert code in {"NK-TAB-20", "NK-TAB-21", "NK-TAB-22", "NK-TAB-23", "NK-TAB-24"}
    else:
        assert cell.isascii()
        assert value == float(cell)


@given(st.dates(min_value=dt.date(1000, 1, 1)))
def test_every_iso_date_is_read(date: dt.date) -> None:
    assert stamp(date.isoformat()) == Stamp(date, "")
    assert stamp(f"{date.isoformat()}T08:15+02:00") == Stamp(date, "+02:00")


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("2026-02-31", "NK-TAB-32"),
        ("31/02/2026", "NK-TAB-30"),
        ("2026-3-1", "NK-TAB-30"),
        ("20260301", "NK-TAB-30"),
        ("1 March 2026", "NK-TAB-30"),
        ("45345", "NK-TAB-31"),
        ("45345.5", "NK-TAB-31"),
    ],
)
def test_dates_in_other_words(cell: str, code: str) -> None:
    with pytest.raises(CellError) as caught:
        stamp(cell)
    assert caught.value.code == code


@pytest.mark.parametrize("cell", ["S01", "NKR-01-001", "a.b_c+d", "7", "x" * 64])
def test_ids(cell: str) -> None:
    assert study_id(cell) == cell


@pytest.mark.parametrize("cell", ["S 01", "S/01", "-S01", "\u0410" + "1", "S01;", "x" * 65, "S\u0661"])
def test_what_is_no_id(cell: str) -> None:
    with pytest.raises(CellError) as caught:
        study_id(cell)
    assert caught.value.code == "NK-TAB-28"


def test_a_look_alike_is_named() -> None:
    with pytest.raises(CellError, match="CYRILLIC CAPITAL LETTER A"):
        study_id("\u041001")


def test_days_beyond_a_century_are_refused() -> None:
    assert whole("-36500") == -36_500
    with pytest.raises(CellError) as caught:
        whole("36501")
    assert caught.value.code == "NK-TAB-26"


def test_words_and_what_was_meant() -> None:
    with pytest.raises(CellError) as caught:
        one_of("Sample", ("sample", "ladder"))
    assert (caught.value.code, caught.value.hint) == ("NK-TAB-27", "Did you mean sample?")
    assert suggestion("subjet_id", ["subject_id", "sample_id"]) == "subject_id"
    assert suggestion("zzz", ["subject_id"]) == ""


@pytest.mark.parametrize(
    ("test", "value", "unit", "codes"),
    [
        ("WBC", 2.9, "10^9/L", []),
        ("WBC", 2900.0, "10^9/L", ["NK-TAB-35"]),
        ("WBC", 2900.0, "cells/uL", []),
        ("WBC", 0.0, "10^9/L", []),
        ("WBC", 2.9, "cells/uL", ["NK-TAB-43"]),
        ("ALC", 0.62, "10^9/L", []),
        ("ALC", 0.0, "10^9/L", []),
        ("ALC", 0.01, "10^9/L", []),
        ("ALC", 9.0, "cells/uL", ["NK-TAB-43"]),
        ("ALC", 1.093, "cells/uL", ["NK-TAB-43"]),
        ("ALC", 50.0, "10^9/L", []),
        ("ALC", 109.3, "10^9/L", ["NK-TAB-43"]),
        ("ALC", 1093.0, "10^9/L", ["NK-TAB-35"]),
        ("PLT", 250.0, "10^9/L", []),
        ("PLT", 250_000.0, "10^9/L", ["NK-TAB-35"]),
        ("HGB", 98.0, "g/L", []),
        ("HGB", 98.0, "g/dL", ["NK-TAB-35"]),
        ("HGB", 9.8, "g/L", ["NK-TAB-43"]),
        ("LYMPH_PCT", 36.0, "%", []),
        ("LYMPH_PCT", 0.36, "%", ["NK-TAB-36"]),
        ("LYMPH_PCT", 36.0, "10^9/L", ["NK-TAB-34"]),
        ("ALC", 1.1, "", ["NK-TAB-34"]),
        ("ALC", 1.1, "10^8/L", ["NK-TAB-34"]),
        ("LDH", 300.0, "U/L", ["NK-TAB-37"]),
        ("lymph_pct", 36.0, "%", ["NK-TAB-27"]),
    ],
)
def test_units_and_magnitudes(test: str, value: float, unit: str, codes: list[str]) -> None:
    assert [fault.code for _, fault in count_faults(test, value, unit)] == codes


@pytest.mark.parametrize(
    ("share", "sd", "codes"),
    [
        (97.5, 0.5, []),
        (0.0, 0.5, []),
        (1.0, 0.5, []),
        (0.5, 1.0, []),
        (0.97, 0.01, ["NK-TAB-36"]),
        (97.5, None, ["NK-TAB-47"]),
    ],
)
def test_shares_called_elsewhere(share: float, sd: float | None, codes: list[str]) -> None:
    assert [fault.code for _, fault in call_doubts(share, sd)] == codes


@given(st.text(alphabet='a,"\r\n\u00e9', max_size=60))
def test_extents_lie_in_the_file_and_follow_each_other(body: str) -> None:
    data = ("a,b\n" + body).encode()
    table = read_table(data, "t.csv", ("a", "b"), (), IssueLog())
    assert table is not None
    stop = 4
    for row in table.rows:
        assert stop <= row.place.extent.start < row.place.extent.stop <= len(data)
        before = data[: row.place.extent.start]
        assert row.place.line == 1 + before.count(b"\n") + before.count(b"\r") - before.count(b"\r\n")
        stop = row.place.extent.stop


@pytest.mark.parametrize("spec", TABLES, ids=[spec.file for spec in TABLES])
def test_documented_columns_are_the_models_columns(spec: object, request: pytest.FixtureRequest) -> None:
    text = (request.config.rootpath / "docs/study-folder.md").read_text()
    table = next(known for known in TABLES if known is spec)
    section = text.split(f"### {table.file}\n")[1].split("\n## ")[0].split("\n### ")[0]
    documented = [line.split("|")[1].strip(" `") for line in section.splitlines() if line.startswith("| `")]
    required, optional = column_names(table.model)
    assert sorted(documented) == sorted((*required, *optional))
    for name in required:
        line = next(line for line in section.splitlines() if line.startswith(f"| `{name}`"))
        assert line.split("|")[4].strip() in {"yes", "column"}, name


@pytest.mark.parametrize("cell", ["2026-03-15", "15.03.2026", "3/15/26", "2026-03-15T08:00Z"])
@pytest.mark.parametrize(
    ("file", "column", "named"),
    [
        ("samples.csv", "day", "collected_at"),
        ("infusions.csv", "day", "date"),
        ("transplants.csv", "day", "date"),
        ("medications.csv", "day_start", "start"),
        ("adverse_events.csv", "day_onset", "onset"),
        ("followup.csv", "day_last_contact", "last_contact"),
    ],
)
def test_a_date_in_a_column_of_days_names_the_column_for_it(file: str, column: str, named: str, cell: str) -> None:
    log = IssueLog()
    spec = next(spec for spec in TABLES if spec.file == file)
    required, _ = column_names(spec.model)
    checked_table(f"{','.join(required)},{column}\n{'x,' * len(required)}{cell}\n".encode(), spec, log)
    issue = next(issue for issue in log.sorted_issues() if issue.column == column)
    assert issue.code == "NK-TAB-48"
    assert named in issue.message


def test_an_excel_serial_in_a_column_of_days_names_the_column_for_dates() -> None:
    with pytest.raises(CellError) as caught:
        day_number("46096", "collected_at")
    assert caught.value.code == "NK-TAB-26"
    assert "collected_at" in caught.value.hint
    assert day_number("-7", "date") == -7
    assert day_number("", "date") is None


def test_a_row_at_fault_names_every_cell() -> None:
    log = IssueLog()
    spec = next(spec for spec in TABLES if spec.file == "infusions.csv")
    data = b"infusion_id,subject_id,day,donor_id,nk_cells_per_kg,viability_pct\n,S 1,x,S01-D1,0,x\n"
    assert checked_table(data, spec, log).rows == ()
    assert [(issue.code, issue.row, issue.column) for issue in log.sorted_issues()] == [
        ("NK-TAB-20", 2, "infusion_id"),
        ("NK-TAB-28", 2, "subject_id"),
        ("NK-TAB-21", 2, "day"),
        ("NK-TAB-44", 2, "nk_cells_per_kg"),
        ("NK-TAB-21", 2, "viability_pct"),
    ]
