"""Every row of the catalogue's table of healthy children, at both ends of its band and at both limits."""

import csv
from pathlib import Path

from nktrial.criteria.lymphocyte_reference_range import Against, against_healthy

MONTHS = {"months": 1.0, "years": 12.0}


def test_every_row_of_the_table(data_dir: Path) -> None:
    checked = 0
    with (data_dir / "clinical" / "pediatric_lymphocyte_ranges" / "ranges.csv").open(newline="") as stream:
        for row in csv.DictReader(stream):
            subset = row["subset"].split()[0]
            first, last = (int(age) * MONTHS[row["age_unit"]] for age in row["age"].split("-"))
            low, high = float(row["low_cells_per_ul"]), float(row["high_cells_per_ul"])
            for age in (first, last + 0.999 * MONTHS[row["age_unit"]]):
                wanted = {low - 1: "BELOW", low: "WITHIN", high: "WITHIN", high + 1: "ABOVE"}
                for count, side in wanted.items():
                    found = against_healthy(subset, count, age)
                    assert isinstance(found, Against)
                    assert (found.side, found.band.low_per_ul, found.band.high_per_ul) == (side, low, high), row
            checked += 1
    assert checked == 21
