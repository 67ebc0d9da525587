"""nktrial flow qc: JSON, text, exit codes."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from nktrial.cli.flow import flow
from nktrial.core.errors import SourceError
from nktrial.formats.fcs_write import write_fcs
from nktrial.model.events import Channel


@pytest.fixture
def folder(tmp_path: Path, rng: np.random.Generator) -> Path:
    events = 12_000
    area = rng.normal(8e4, 8e3, events)
    height = area * 0.85 * rng.normal(1.0, 0.02, events)
    signal = np.where(rng.random(events) < 0.5, rng.lognormal(9.5, 0.3, events), rng.normal(0.0, 150.0, events))
    signal[:100] = 262143.0
    time = np.cumsum(rng.exponential(1 / 400.0, events)) * 100.0
    names = ("FSC-A", "FSC-H", "B515-A", "Time")
    channels = tuple(Channel(i, name, "CD3" if i == 2 else "", 32, 262144.0) for i, name in enumerate(names))
    values = np.column_stack([area, height, signal, time])
    (tmp_path / "a.fcs").write_bytes(write_fcs(values, channels, keywords={"$TIMESTEP": "0.01"}))
    (tmp_path / "none.fcs").write_bytes(write_fcs(values[:0], channels))
    (tmp_path / "bad.fcs").write_bytes(b"no FCS file")
    return tmp_path


def qc(*arguments: str | Path) -> Result:
    return CliRunner().invoke(flow, ["qc", *map(str, arguments)], standalone_mode=False)


def test_json(folder: Path) -> None:
    result = qc(folder / "a.fcs", "--json")
    assert result.return_value == 0
    (row,) = json.loads(result.stdout)["samples"]
    assert row["events"] == 12_000
    assert row["kept"] == 12_000 - sum(step["removed"] for step in row["steps"])
    margins = next(step for step in row["steps"] if step["step"] == "margins")
    assert margins["channels"] == [{"channel": "B515-A", "removed": 100, "share": 100 / 12_000}]
    bins = row["bins"]
    assert len(bins["start"]) == len(bins["time_s"]) == len(bins["channels"][0]["median"])
    assert [item["channel"] for item in bins["channels"]] == ["FSC-A", "B515-A"]
    assert bins["channels"][1]["marker"] == "CD3"
    assert set(row) >= {"flags", "findings", "bad_ranges", "removed_share"}


def test_text(folder: Path) -> None:
    text = qc(folder / "a.fcs").stdout
    assert "12,000 events" in text
    assert "margins" in text
    assert "B515-A 100" in text
    assert "not done" in text  # no viability dye


def test_chosen_channels_and_bins(folder: Path) -> None:
    result = qc(folder / "a.fcs", "--channels", "CD3, FSC-A", "--events-per-bin", "200", "--json")
    (row,) = json.loads(result.stdout)["samples"]
    assert [item["channel"] for item in row["bins"]["channels"]] == ["B515-A", "FSC-A"]
    assert row["bins"]["stop"][0] - row["bins"]["start"][0] >= 200


def test_a_file_without_events(folder: Path) -> None:
    result = qc(folder / "none.fcs", "--json")
    assert result.return_value == 0
    (row,) = json.loads(result.stdout)["samples"]
    assert row["removed_share"] is None
    assert "NK-QCF-16" in {finding["code"] for finding in row["findings"]}
    assert "0 events, 0 kept (-)" in qc(folder / "none.fcs").stdout


def test_a_bad_file_among_several(folder: Path) -> None:
    result = qc(folder / "bad.fcs", folder / "a.fcs", "--json")
    assert result.return_value == 4
    found = json.loads(result.stdout)
    assert [fault["file"] for fault in found["faults"]] == [str(folder / "bad.fcs")]
    assert "error: NK-" in qc(folder / "bad.fcs", folder / "a.fcs").stderr
    assert qc(folder / "bad.fcs", folder / "bad.fcs").return_value == 3


def test_a_single_bad_file(folder: Path) -> None:
    assert isinstance(qc(folder / "bad.fcs").exception, SourceError)


def test_the_mask_is_one_row_an_event(folder: Path) -> None:
    out = folder / "mask.csv"
    result = qc(folder / "a.fcs", "--mask", out, "--json")
    assert result.return_value == 0
    (row,) = json.loads(result.stdout)["samples"]
    rows = list(csv.DictReader(out.read_text(encoding="utf-8").splitlines()))
    assert len(rows) == row["events"]
    assert sum(item["kept"] == "1" for item in rows) == row["kept"]
    assert {item["step"] for item in rows[:100]} == {"margins"}
    for step in row["steps"]:
        assert sum(item["step"] == step["step"] for item in rows) == step["removed"]
    assert sorted(path.name for path in folder.iterdir()) == ["a.fcs", "bad.fcs", "mask.csv", "none.fcs"]


def test_a_mask_overwrites_nothing(folder: Path) -> None:
    out = folder / "mask.csv"
    out.write_text("mine")
    for arguments in ((folder / "a.fcs", "--mask", out), (folder / "a.fcs", "--mask", folder / "a.fcs" / "mask.csv")):
        assert type(qc(*arguments).exception).__name__ == "UsageError"
    assert type(qc(folder / "a.fcs", folder / "a.fcs", "--mask", folder / "b.csv").exception).__name__ == "UsageError"
    assert out.read_text() == "mine"


def test_a_file_that_lost_a_few_events_was_not_kept_whole(tmp_path: Path, rng: np.random.Generator) -> None:
    signal = rng.uniform(100.0, 200.0, 12_000)
    signal[:5] = 262143.0
    (tmp_path / "a.fcs").write_bytes(write_fcs(signal[:, None], (Channel(0, "B515-A", "CD3", 32, 262144.0),)))
    assert "12,000 events, 11,995 kept (above 99.9 %)" in qc(tmp_path / "a.fcs").stdout
