"""nktrial flow count: JSON, membership, exit codes."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from nktrial.cli.flow import flow
from nktrial.core.errors import SourceError
from nktrial.formats.fcs_write import write_fcs
from nktrial.formats.gatingml_write import write_gating_ml
from nktrial.model.events import Channel
from nktrial.model.gates import Dimension, GatingStrategy, RectangleGate

VALUES = np.array([[1, 10], [2, 20], [3, 30], [4, 40]], dtype=np.float32)
STRATEGY = GatingStrategy(
    (
        RectangleGate("A", None, (Dimension("X", "uncompensated", None, 2),)),
        RectangleGate("B", "A", (Dimension("Y", "uncompensated", None, None, 35),)),
    )
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    channels = tuple(Channel(i, name, "", 32, 1024.0) for i, name in enumerate("XY"))
    (tmp_path / "a.fcs").write_bytes(write_fcs(VALUES, channels))
    (tmp_path / "bad.fcs").write_bytes(b"no FCS file")
    (tmp_path / "gates.xml").write_bytes(write_gating_ml(STRATEGY))
    return tmp_path


def count(folder: Path, *arguments: str | Path) -> Result:
    gates = ["--gates", str(folder / "gates.xml")]
    return CliRunner().invoke(flow, ["count", *map(str, arguments), *gates], standalone_mode=False)


def test_json(folder: Path) -> None:
    result = count(folder, folder / "a.fcs", "--json")
    assert result.return_value == 0
    (sample,) = json.loads(result.stdout)["samples"]
    assert sample["events"] == 4
    assert sample["populations"] == [
        {"path": "A", "count": 3, "parent_count": 4},
        {"path": "A/B", "count": 2, "parent_count": 3},
    ]


def test_text(folder: Path) -> None:
    assert "A/B" in count(folder, folder / "a.fcs").stdout


def test_membership_is_one_row_an_event(folder: Path) -> None:
    out = folder / "out.csv"
    assert count(folder, folder / "a.fcs", "--membership", out).return_value == 0
    rows = list(csv.reader(out.read_text(encoding="utf-8").splitlines()))
    assert rows == [["A", "A/B"], ["0", "0"], ["1", "1"], ["1", "1"], ["1", "0"]]
    assert sorted(path.name for path in folder.iterdir()) == ["a.fcs", "bad.fcs", "gates.xml", "out.csv"]


def test_a_bad_file_among_several_is_reported_and_the_others_counted(folder: Path) -> None:
    result = count(folder, folder / "bad.fcs", folder / "a.fcs", "--json")
    assert result.return_value == 4
    found = json.loads(result.stdout)
    assert [sample["file"] for sample in found["samples"]] == [str(folder / "a.fcs")]
    assert [fault["file"] for fault in found["faults"]] == [str(folder / "bad.fcs")]
    text = count(folder, folder / "bad.fcs", folder / "a.fcs")
    assert "error: NK-" in text.stderr


def test_a_single_bad_file_is_an_error(folder: Path) -> None:
    out = folder / "out.csv"
    result = count(folder, folder / "bad.fcs", "--membership", out)
    assert isinstance(result.exception, SourceError)
    assert not out.exists()


def test_only_bad_files(folder: Path) -> None:
    assert count(folder, folder / "bad.fcs", folder / "bad.fcs").return_value == 3


@pytest.mark.parametrize("more", [("--compat", "flowjo"), ("a.fcs", "--membership", "out.csv")])
def test_usage_errors(folder: Path, more: tuple[str, ...]) -> None:
    result = count(folder, folder / "a.fcs", *more)
    assert type(result.exception).__name__ == "UsageError"


def test_a_folder_that_does_not_exist(folder: Path) -> None:
    result = count(folder, folder / "a.fcs", "--membership", folder / "none" / "out.csv")
    assert type(result.exception).__name__ == "UsageError"
