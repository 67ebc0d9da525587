"""Every row of the decision tables, written from the publications, through the command.

The tables lie in the real data's folder ``clinical/vignettes``; an empty expected cell is an empty result.
"""

import csv
from pathlib import Path

import pytest
from click.testing import CliRunner

from nktrial.cli.assess import assess
from nktrial.pipeline.rules import RULES

NOT_INPUT = ("rule", "citation")


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def same(expected: str, found: str) -> bool:
    try:
        return abs(float(expected) - float(found)) <= 1e-6 * max(1.0, abs(float(expected)))
    except ValueError:
        return expected.strip().upper() == found.strip().upper()


@pytest.mark.parametrize("name", sorted(RULES))
def test_every_row_of_the_decision_table(name: str, data_dir: Path, tmp_path: Path) -> None:
    table = data_dir / "clinical" / "vignettes" / f"{name}.csv"
    if not table.is_file():
        assert name in WITHOUT_TABLE
        return
    rows = rows_of(table)
    expected = [column for column in rows[0] if column.startswith("expected")]
    given = [column for column in rows[0] if column not in expected and column not in NOT_INPUT]
    source = tmp_path / "in.csv"
    with source.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, given, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    result = CliRunner().invoke(assess, [name, str(source), "--out", str(tmp_path / "out.csv")], standalone_mode=False)
    assert result.exception is None
    assert result.return_value == 0, result.output
    found = rows_of(tmp_path / "out.csv")
    assert len(found) == len(rows)
    differ = [
        (row["vignette_id"], column, row[column], have)
        for row, out in zip(rows, found, strict=True)
        for column in expected
        if not same(row[column], have := out["result" if column == "expected" else column.removeprefix("expected_")])
    ]
    assert differ == []


# Rules for which no decision table was written; their expected values stand in tests/unit/criteria.
WITHOUT_TABLE: frozenset[str] = frozenset(
    {
        "all_cibmtr_response",
        "cgvhd_nih2014",
        "chimerism_class",
        "cns_status",
        "ctcae_v5_infusion_reaction",
        "cytological_remission",
        "dlt",
        "lymphocyte_reference_range",
        "mdd",
        "mrd_molecular",
        "secondary_graft_failure",
    }
)
