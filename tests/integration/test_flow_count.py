"""nktrial flow count: JSON, membership, exit codes."""

import csv
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click import Context
from click.testing import CliRunner, Result

from nktrial.cli.flow import flow
from nktrial.core.errors import SourceError
from nktrial.cytometry import strategy
from nktrial.cytometry.certain import plan_of
from nktrial.formats.fcs_write import write_fcs
from nktrial.formats.gatingml_write import write_gating_ml
from nktrial.model.events import Channel
from nktrial.model.gates import Dimension, GatingStrategy, RectangleGate

RunLimited = Callable[..., subprocess.CompletedProcess[str]]
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


def test_a_folder_that_does_not_exist_is_made(folder: Path) -> None:
    assert count(folder, folder / "a.fcs", "--membership", folder / "new" / "out.csv").return_value == 0
    assert (folder / "new" / "out.csv").read_text().startswith("A,A/B\n")


def test_a_place_that_cannot_be_written(folder: Path) -> None:
    result = count(folder, folder / "a.fcs", "--membership", folder / "bad.fcs" / "out.csv")
    assert type(result.exception).__name__ == "UsageError"


def test_the_order_is_that_of_the_files_whatever_the_jobs(folder: Path) -> None:
    paths = [folder / f"{number}.fcs" for number in range(9)]
    for path in paths:
        path.write_bytes((folder / "a.fcs").read_bytes())
    paths.insert(4, folder / "bad.fcs")
    one, three = (count(folder, *paths, "--json", "--jobs", jobs) for jobs in ("1", "3"))
    assert (one.return_value, three.return_value) == (4, 4)
    assert one.stdout == three.stdout
    assert [sample["file"] for sample in json.loads(one.stdout)["samples"]] == [
        str(path) for path in paths if path.name != "bad.fcs"
    ]


def test_no_jobs_is_a_usage_error(folder: Path) -> None:
    assert type(count(folder, folder / "a.fcs", "--jobs", "0").exception).__name__ == "BadParameter"


def test_the_kernel_can_be_switched_off(
    folder: Path, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    channels = tuple(Channel(i, name, "", 32, 1024.0) for i, name in enumerate("XY"))
    (folder / "many.fcs").write_bytes(write_fcs(rng.uniform(0, 40, (70_000, 2)), channels))
    used: list[bool] = []

    def watched(*arguments: Any) -> Any:
        used.append(True)
        return plan_of(*arguments)

    monkeypatch.setattr(strategy, "plan_of", watched)
    on = count(folder, folder / "many.fcs", "--json")
    assert used == [True]
    monkeypatch.setenv("NKTRIAL_KERNEL", "off")
    off = count(folder, folder / "many.fcs", "--json", "--jobs", "2")
    assert used == [True]
    assert on.stdout == off.stdout


def test_many_files_are_let_go_one_by_one(tmp_path: Path, run_limited: RunLimited) -> None:
    channels = tuple(Channel(i, name, "", 32, 1024.0) for i, name in enumerate("XY"))
    (tmp_path / "gates.xml").write_bytes(write_gating_ml(STRATEGY))
    (tmp_path / "0.fcs").write_bytes(write_fcs(np.ones((2_000_000, 2)), channels))
    for number in range(1, 150):
        (tmp_path / f"{number}.fcs").hardlink_to(tmp_path / "0.fcs")
    files = sorted(tmp_path.glob("*.fcs"))
    run = run_limited("flow", "count", *files, "--gates", tmp_path / "gates.xml", "--json", memory_mb=1200)
    assert run.returncode == 0, run.stderr
    assert len(json.loads(run.stdout)["samples"]) == 150


def test_counting_loads_no_library_that_it_does_not_use(folder: Path) -> None:
    code = (
        "import sys\n"
        "from nktrial.cli import cli\n"
        "cli(sys.argv[1:], standalone_mode=False)\n"
        "names = {name.partition('.')[0] for name in sys.modules}\n"
        "print(sorted(names & {'scipy', 'pydantic', 'jinja2', 'sqlalchemy', 'vl_convert', 'rich', 'altair'}))\n"
    )
    arguments = ["flow", "count", folder / "a.fcs", "--gates", folder / "gates.xml"]
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_every_flow_command_is_listed_and_loads() -> None:
    shown = CliRunner().invoke(flow, ["--help"]).output
    for name in flow.list_commands(Context(flow)):
        assert name in shown
        command = flow.get_command(Context(flow), name)
        assert command is not None
        assert command.name == name
