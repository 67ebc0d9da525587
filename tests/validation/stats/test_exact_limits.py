"""Limits of a proportion against R's tables."""

import csv
from pathlib import Path

import pytest

from nktrial.stats import clopper_pearson, jeffreys, lower_limit, upper_limit, wilson

PRECISION = 1e-8


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / "clinical" / "exact_stats" / name).open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_every_row_of_the_table_of_proportions(data_dir: Path) -> None:
    table = rows(data_dir, "proportion_ci.csv")
    assert len(table) > 50
    for row in table:
        x, n, level = int(row["x"]), int(row["n"]), float(row["conf"])
        found = {
            "cp": clopper_pearson(x, n, level),
            "binomtest": clopper_pearson(x, n, level),
            "wilson": wilson(x, n, level),
            "jeffreys": jeffreys(x, n, level),
            "one_sided_cp": (lower_limit(x, n, level), upper_limit(x, n, level)),
        }
        for name, (low, high) in found.items():
            assert low == pytest.approx(float(row[f"{name}_lower"]), abs=PRECISION), (row, name)
            assert high == pytest.approx(float(row[f"{name}_upper"]), abs=PRECISION), (row, name)


def test_no_event_in_n_patients(data_dir: Path) -> None:
    table = rows(data_dir, "zero_events.csv")
    assert len(table) > 50
    for row in table:
        n = int(row["n"])
        assert upper_limit(0, n) == pytest.approx(float(row["upper95_one_sided"]), abs=PRECISION)
        assert clopper_pearson(0, n)[1] == pytest.approx(float(row["upper_two_sided_cp"]), abs=PRECISION)
