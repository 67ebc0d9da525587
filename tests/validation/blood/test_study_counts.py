"""The lymphocyte counts of the real study folder."""

import csv
import json
from pathlib import Path

import pytest

from nktrial.blood import LymphocyteCount, absolute_lymphocytes
from nktrial.model.clinic import Count, Row
from nktrial.model.origin import Extent


def test_counts_as_expected(data_dir: Path) -> None:
    expected = json.loads((data_dir / "study-nk" / "expected.json").read_text())["subjects"]
    rows: dict[str, list[Count]] = {}
    with (data_dir / "study-nk" / "counts.csv").open(newline="") as stream:
        for line, row in enumerate(csv.DictReader(stream), start=2):
            where = Row("counts.csv", line, Extent(f"row {line}", 0, 1))
            entry = Count(row["sample_id"], row["test"], float(row["value"]), row["unit"], row["qualifier"], where)
            rows.setdefault(row["sample_id"], []).append(entry)
    assert len(expected) == 2
    for subject in expected.values():
        found = absolute_lymphocytes(rows[subject["sample_id"]])
        assert isinstance(found, LymphocyteCount)
        assert found.alc.value == pytest.approx(subject["alc_per_ul"], abs=1e-6)
