"""Kinetics against PKNCA 0.12.0.9000: theophylline in eight volunteers, simulated cells with values below the limit."""

import csv
from pathlib import Path

import numpy as np
import pytest

from nktrial.stats.kinetics import kinetics


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(("name", "until"), [("nca_theoph", 24.0), ("nca_cell_kinetics_simulated", 28.0)])
def test_every_parameter_of_every_subject(name: str, until: float, data_dir: Path) -> None:
    folder = data_dir / "clinical" / name
    data = rows(folder / "data.csv")
    compared = 0
    for row in rows(folder / "reference_nca.csv"):
        if row["auc_method"] != "lin up/log down" or row["PPORRES"] in {"", "NA"}:
            continue
        own = [one for one in data if one["id"] == row["id"]]
        whole = row["end"] == "Inf"
        own = own if whole else [one for one in own if float(one["time"]) <= until]
        value = np.array([float(one["conc"]) for one in own])
        below = np.array([one.get("blq") == "1" or float(one["conc"]) == 0.0 for one in own])
        found = kinetics([float(one["time"]) for one in own], value, below=below)
        have = {
            "cmax": found.c_max,
            "tmax": found.t_max,
            "tlast": found.t_last,
            "clast.obs": found.c_last,
            "auclast": found.auc_last,
            "half.life": None if found.terminal is None else found.terminal.half_life,
            "lambda.z": None if found.terminal is None else found.terminal.rate,
            "adj.r.squared": None if found.terminal is None else found.terminal.adjusted_r2,
            "lambda.z.n.points": None if found.terminal is None else found.terminal.points,
            "lambda.z.time.first": None if found.terminal is None else found.terminal.first_time,
        }
        if row["PPTESTCD"] in have:
            assert have[row["PPTESTCD"]] == pytest.approx(float(row["PPORRES"]), rel=1e-8), (row, found)
            compared += 1
    assert compared > 60
