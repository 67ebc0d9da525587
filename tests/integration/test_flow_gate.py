"""nktrial flow gate: JSON, written gates, controls, panels, overrides, exit codes."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest
from click.testing import CliRunner, Result

from nktrial.cli.flow import flow
from nktrial.cli.new_files import write_new_files
from nktrial.core.errors import MethodError, SourceError
from nktrial.formats.fcs_write import write_fcs
from nktrial.formats.gatingml import read_gating_ml
from nktrial.formats.gatingml_write import write_gating_ml
from nktrial.formats.template import load_template, shipped_templates
from nktrial.formats.window import Window
from nktrial.model.events import Channel
from nktrial.model.gates import GatingStrategy

TEMPLATE = """\
schema = "nktrial-template/1"
name = "two"

[[population]]
name = "T"
cuts = [{ marker = "CD3", side = "+", method = "valley" }]

[[population]]
name = "NK"
cuts = [
  { marker = "CD3", side = "-", method = "same", of = "T" },
  { marker = "CD56", side = "+", method = "quantile", control = "FMO", on_failure = "tail" },
]

[[population]]
name = "B"
cuts = [{ marker = "CD19", side = "+", method = "valley" }]
if_missing = "omit"
"""
MARKERS = ("CD3", "CD56")


def tube(seed: int, nk: int = 800, markers: tuple[str, ...] = MARKERS) -> bytes:
    rng = np.random.default_rng(seed)
    kind = np.repeat([0, 1, 2], [2000, nk, 1200])
    values = np.column_stack(
        [
            np.where(kind == 0, 12_000.0, 0.0) + rng.normal(0.0, 200.0, kind.size),
            np.where(kind == 1, 9_000.0, 0.0) + rng.normal(0.0, 150.0, kind.size),
        ]
    )
    channels = tuple(Channel(i, f"B{i}-A", marker, 32, 262144.0) for i, marker in enumerate(markers))
    return write_fcs(values, channels)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.fcs").write_bytes(tube(1))
    (tmp_path / "b.fcs").write_bytes(tube(2, nk=300))
    (tmp_path / "fmo.fcs").write_bytes(tube(3, nk=0))
    (tmp_path / "bad.fcs").write_bytes(b"no FCS file")
    (tmp_path / "two.toml").write_text(TEMPLATE, encoding="utf-8")
    return tmp_path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(flow, [*map(str, arguments)], standalone_mode=False)


def gate(folder: Path, *arguments: str | Path) -> Result:
    return run("gate", *arguments, "--template", folder / "two.toml")


def sample(result: Result) -> Any:
    assert result.exception is None, result.exception
    (found,) = json.loads(result.stdout)["samples"]
    return found


def test_json_tells_counts_and_how_each_gate_was_found(folder: Path) -> None:
    found = sample(gate(folder, folder / "a.fcs", "--control", f"FMO={folder / 'fmo.fcs'}", "--json"))
    assert found["events"] == 4000
    assert [(item["path"], item["parent_count"]) for item in found["populations"]] == [("T", 4000), ("NK", 4000)]
    t, nk, b = found["gates"]
    assert (t["status"], t["method"], t["flags"]) == ("drawn", "valley", [])
    assert t["quality"] > 0.9
    assert t["value"] == t["cuts"][0]["low"]
    assert abs(t["count"] - 2000) <= 2
    assert nk["cuts"][1]["method"] == "quantile"
    assert abs(nk["count"] - 800) <= 15
    assert (b["status"], b["count"], b["flags"]) == ("not_evaluable", None, ["marker_missing"])


def test_without_the_control_the_fallback_is_flagged(folder: Path) -> None:
    result = gate(folder, folder / "a.fcs", "--json")
    nk = sample(result)["gates"][1]
    assert {"no_cut", "fallback_tail"} <= set(nk["flags"])
    assert "control" in nk["cuts"][1]["problem"]
    text = gate(folder, folder / "a.fcs")
    assert "fallback_tail" in text.stdout
    assert "NK-TPL-27" in text.stderr


def test_a_file_in_which_nothing_could_be_drawn_is_a_fault_and_writes_nothing(folder: Path) -> None:
    (folder / "b_only.toml").write_text(
        'schema = "nktrial-template/1"\nname = "b"\n[[population]]\nname = "B"\n'
        'cuts = [{ marker = "CD19", side = "+", method = "valley" }]\nif_missing = "omit"\n',
        encoding="utf-8",
    )
    out = folder / "out.xml"
    result = run("gate", folder / "a.fcs", "--template", folder / "b_only.toml", "--out", out)
    assert isinstance(result.exception, MethodError)
    assert result.exception.code == "NK-TPL-35"
    assert "a.fcs" in str(result.exception)
    assert "CD19" in str(result.exception)
    assert not out.exists()


def test_a_printed_template_gates_as_the_shipped_one(tmp_path: Path) -> None:
    listed = [line.split()[0] for line in run("template").stdout.splitlines()]
    assert listed == list(shipped_templates())
    for name in listed:
        copied = tmp_path / f"{name}.toml"
        copied.write_text(run("template", name).stdout, encoding="utf-8")
        assert load_template(str(copied)) == load_template(name)


def test_an_unknown_template_is_told() -> None:
    with pytest.raises(SourceError, match="NK-TPL-12"):
        raise run("template", "nkk").exception or AssertionError


def counted(*arguments: str | Path) -> Any:
    return sample(run("count", *arguments, "--json"))["populations"]


def test_written_gates_count_the_same(folder: Path) -> None:
    out = folder / "gates.xml"
    found = sample(gate(folder, folder / "a.fcs", "--out", out, "--json"))
    assert counted(folder / "a.fcs", "--gates", out) == found["populations"]


def test_several_files_give_a_folder_of_gates(folder: Path) -> None:
    result = gate(folder, folder / "a.fcs", folder / "b.fcs", "--out", folder / "gates", "--json")
    assert result.return_value == 0
    assert sorted(item.name for item in (folder / "gates").iterdir()) == ["a.xml", "b.xml"]
    for found in json.loads(result.stdout)["samples"]:
        name = Path(found["file"]).stem
        assert counted(folder / f"{name}.fcs", "--gates", folder / "gates" / f"{name}.xml") == found["populations"]


@pytest.mark.parametrize("out", ["a.fcs", "gates"])
def test_nothing_is_overwritten(folder: Path, out: str) -> None:
    (folder / "gates").mkdir()
    (folder / "gates" / "a.xml").write_text("mine")
    result = gate(folder, folder / "a.fcs", "--out", folder / out)
    assert isinstance(result.exception, click.UsageError)
    assert "exists" in result.exception.message
    assert (folder / "gates" / "a.xml").read_text() == "mine"


def test_outputs_must_differ_and_be_a_folder(folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "a.fcs").write_bytes(tube(1))
    same = gate(folder, folder / "a.fcs", folder / "sub" / "a.fcs", "--out", folder / "new")
    assert isinstance(same.exception, click.UsageError)
    file = gate(folder, folder / "a.fcs", folder / "b.fcs", "--out", folder / "two.toml")
    assert isinstance(file.exception, click.UsageError)


def test_all_files_are_written_or_none(folder: Path) -> None:
    (folder / "taken").write_text("mine")
    with pytest.raises(click.UsageError):
        write_new_files({folder / "one": [b"1"], folder / "taken": [b"2"]})
    with pytest.raises(click.UsageError):
        write_new_files({folder / "one": [b"1"], folder / "taken" / "two": [b"2"]})
    assert not (folder / "one").exists()
    assert (folder / "taken").read_text() == "mine"
    assert not list(folder.glob(".nktrial-*"))


def test_a_bad_file_among_several(folder: Path) -> None:
    result = gate(folder, folder / "bad.fcs", folder / "a.fcs", "--json", "--out", folder / "gates")
    assert result.return_value == 4
    found = json.loads(result.stdout)
    assert [Path(item["file"]).name for item in found["samples"]] == ["a.fcs"]
    assert found["faults"][0]["code"].startswith("NK-")
    assert [item.name for item in (folder / "gates").iterdir()] == ["a.xml"]


def test_a_panel_file(folder: Path) -> None:
    (folder / "nameless.fcs").write_bytes(tube(1, markers=("", "")))
    alone = gate(folder, folder / "nameless.fcs")
    assert isinstance(alone.exception, MethodError)
    assert alone.exception.code == "NK-TPL-20"
    (folder / "panel.csv").write_text("channel,marker\nB0-A,CD3\nB1-A,CD56\n")
    found = sample(gate(folder, folder / "nameless.fcs", "--panel", folder / "panel.csv", "--json"))
    assert [item["path"] for item in found["populations"]] == ["T", "NK"]


def test_overrides_of_one_file(folder: Path) -> None:
    text = '[override."a.fcs".T]\nvalue = 20000\nunit = "scale"\nreason = "shown in the plot"\nby = "AB"\n'
    (folder / "hand.toml").write_text(text + text.replace("a.fcs", "typo.fcs"))
    result = gate(folder, folder / "a.fcs", folder / "b.fcs", "--overrides", folder / "hand.toml", "--json")
    found = json.loads(result.stdout)
    a, b = (item["gates"][0] for item in found["samples"])
    assert ("overridden" in a["flags"], "overridden" in b["flags"]) == (True, False)
    assert a["count"] == 0
    (record,) = (item for item in found["samples"][0]["findings"] if item["code"] == "NK-TPL-31")
    assert record["evidence"]["reason"] == "shown in the plot"
    assert record["evidence"]["new"] > record["evidence"]["old"]
    assert [item["code"] for item in found["findings"]] == ["NK-TPL-30"]


def test_an_edited_gating_ml_file_overrides(folder: Path) -> None:
    out = folder / "gates.xml"
    gate(folder, folder / "a.fcs", "--out", out)
    strategy = read_gating_ml(Window(out.read_bytes(), "gates.xml"))
    first = strategy.gates[0]
    moved = write_gating_ml(GatingStrategy((_moved(first),), strategy.transforms))
    (folder / "edited.xml").write_bytes(moved)
    found = sample(gate(folder, folder / "a.fcs", "--overrides", folder / "edited.xml", "--json"))
    assert found["gates"][0]["flags"] == ["overridden"]
    several = gate(folder, folder / "a.fcs", folder / "b.fcs", "--overrides", folder / "edited.xml")
    assert isinstance(several.exception, click.UsageError)


def _moved(gate_found: Any) -> Any:
    (dimension,) = gate_found.dimensions
    return replace(gate_found, dimensions=(replace(dimension, low=dimension.low + 0.05),))


@pytest.mark.parametrize("control", ["FMO", "FMO=", "=x.fcs"])
def test_a_control_needs_name_and_file(folder: Path, control: str) -> None:
    assert isinstance(gate(folder, folder / "a.fcs", "--control", control).exception, click.UsageError)


def test_another_scale_and_a_shipped_template(folder: Path) -> None:
    found = sample(gate(folder, folder / "a.fcs", "--scale", "as_is", "--json"))
    assert 500.0 < found["gates"][0]["value"] < 11_500.0
    shipped = run("gate", folder / "a.fcs", "--template", "nk", "--json")
    assert json.loads(shipped.stdout)["template"] == "nk"


def test_help_is_there(run_limited: Callable[..., Any]) -> None:
    result = run_limited("flow", "gate", "--help")
    assert result.returncode == 0
    assert "--template" in result.stdout
