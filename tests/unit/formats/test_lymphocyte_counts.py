"""Lymphocyte counts against each other: jumps of a patient, contradictions of a sample, and one set of bounds."""

from pathlib import Path

import pytest

from nktrial.blood import lymphocytes
from nktrial.formats import lymphocyte_counts
from nktrial.formats.plausible import LYMPHOCYTES_PER_UL
from nktrial.formats.study import read_study

DAYS = (7, 14, 21, 28)


def counted(folder: Path, *values: str) -> list[tuple[str, int | None]]:
    """Give S01 one sample and one ALC a value, S02 a high one; return the issues."""
    rows = list(zip(DAYS, values, strict=False))
    samples = "".join(f"S01-D{day},S01,{day},PB,ok\n" for day, _ in rows)
    (folder / "samples.csv").write_text(f"sample_id,subject_id,day,specimen,status\n{samples}S02-D13,S02,13,PB,ok\n")
    counts = "".join(f"S01-D{day},ALC,{value}\n" for day, value in rows)
    (folder / "counts.csv").write_text(f"sample_id,test,value,unit,qualifier\n{counts}S02-D13,ALC,20,10^9/L,\n")
    issues = read_study(folder).issues
    assert all((issue.file, issue.column, issue.severity) == ("counts.csv", "value", "warning") for issue in issues)
    return [(issue.code, issue.row) for issue in issues]


def test_the_bounds_are_those_of_the_blood_count() -> None:
    assert LYMPHOCYTES_PER_UL == lymphocytes.PLAUSIBLE_PER_UL
    assert lymphocyte_counts.DISAGREEMENT == lymphocytes.DISAGREEMENT


@pytest.mark.parametrize(
    ("values", "row"),
    [
        (("1.0,10^9/L,", "1.2,10^9/L,", "9.7,10^9/L,"), 4),
        (("1000,/uL,", "140,/uL,", "1.2,10^9/L,"), None),
        (("1000,/uL,", "120,/uL,", "1.2,10^9/L,"), 3),
        (("1.0,10^9/L,", "1.2,10^9/L,", "9.6,10^9/L,"), None),
        (("1.0,10^9/L,", "1.2,10^9/L,", "20,10^9/L,>"), None),
        (("1.0,10^9/L,", "1.2,10^9/L,", "0,10^9/L,"), None),
        (("1.0,10^9/L,", "20,10^9/L,"), None),
    ],
    ids=["9.7 > 8 x 1.2", "140 > 1000 / 8", "120 < 1000 / 8", "8 x", "qualifier", "zero", "one other"],
)
def test_a_jump_beyond_all_other_counts(small_study: Path, values: tuple[str, ...], row: int | None) -> None:
    assert counted(small_study, *values) == ([("NK-PLAN-44", row)] if row else [])


@pytest.mark.parametrize(
    ("alc", "code"),
    [
        ("0.90,10^9/L,", ""),
        ("0.72,10^9/L,", ""),
        ("0.71,10^9/L,", "NK-PLAN-45"),
        ("1.13,10^9/L,", "NK-PLAN-45"),
        ("9000,cells/uL,", "NK-PLAN-45"),
        ("0.50,10^9/L,>", ""),
    ],
)
def test_a_count_against_its_derivation(small_study: Path, alc: str, code: str) -> None:
    """S02-D13: 2.5 x 36 % = 0.90 x 10^9/L."""
    with (small_study / "counts.csv").open("a") as table:
        table.write(f"S02-D13,ALC,{alc}\n")
    found = [(issue.code, issue.row, issue.severity) for issue in read_study(small_study).issues]
    found = [one for one in found if one[0] != "NK-PLAN-38"]
    assert found == ([(code, 5, "warning")] if code else [])
