"""--data-set and --tolerate are the same for every flow command that reads FCS files."""

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

FIRST, SECOND = 600, 900
GATES = GatingStrategy(
    (
        RectangleGate("Lymph", None, (Dimension("FSC-A", "uncompensated", None, 0),)),
        RectangleGate("High", "Lymph", (Dimension("B515-A", "uncompensated", None, 100),)),
    )
)
TEMPLATE = """\
schema = "nktrial-template/1"
name = "one"
[[population]]
name = "High"
cuts = [{ marker = "CD3", side = "+", method = "valley" }]
"""
COUNTING = "--gates gates.xml --cells High --json"
JSON = {
    "count": "--gates gates.xml --json",
    "gate": "--template one.toml --json",
    "qc": "--json",
    "mrd": f"{COUNTING} --nucleated Lymph",
    "absolute": f"{COUNTING} --alc 1000 --denominator Lymph",
}
FILES = {
    "plot": "--gates gates.xml --out out.svg",
    "plot --time": "--time --out out.svg",
    "export": "--gates gates.xml --out out.wsp",
}


def data_set(events: int, *, step: int = 0) -> bytes:
    """Return events whose next data set begins ``step`` bytes further; spare zeros keep the length."""
    rng = np.random.default_rng(events)
    channels = tuple(
        Channel(i, name, "CD3" if i == 1 else "", 32, 262144.0) for i, name in enumerate(("FSC-A", "B515-A", "Time"))
    )
    signal = np.where(np.arange(events) % 2, 9000.0, 0.0) + rng.normal(0, 200, events)
    values = np.column_stack([rng.uniform(1, 1000, events), signal, np.arange(events)])
    content = write_fcs(values, channels, keywords={"$TIMESTEP": "0.01", "SPARE": "0" * 9})
    content = content.replace(b"$NEXTDATA\x0c0\x0c", f"$NEXTDATA\x0c{step}\x0c".encode())
    return content.replace(b"SPARE\x0c000000000\x0c", b"SPARE\x0c" + b"0" * (10 - len(str(step))) + b"\x0c")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    first, second = data_set(FIRST), data_set(SECOND)
    (tmp_path / "two.fcs").write_bytes(data_set(FIRST, step=len(first)) + second)
    (tmp_path / "cut.fcs").write_bytes(second[: -3 * 12 - 4])  # four events are not whole
    (tmp_path / "gates.xml").write_bytes(write_gating_ml(GATES))
    (tmp_path / "one.toml").write_text(TEMPLATE)
    return tmp_path


def run(command: str, *arguments: str) -> Result:
    name, *options = command.split()
    return CliRunner().invoke(flow, [name, *options, *arguments], standalone_mode=False)


@pytest.mark.parametrize("name", JSON)
def test_the_data_set_is_chosen(name: str, folder: Path) -> None:
    command = f"{name} {folder / 'two.fcs'} {JSON[name]}"
    events = [
        json.loads(run(command, *option).stdout)["samples"][0]["events"]
        for option in ([], ["--data-set", "1"], ["--data-set", "2"])
    ]
    assert events == [FIRST, FIRST, SECOND]
    refused = run(command, "--data-set", "3").exception
    assert isinstance(refused, SourceError)


@pytest.mark.parametrize("name", JSON)
def test_what_is_tolerated_is_a_finding(name: str, folder: Path) -> None:
    command = f"{name} {folder / 'cut.fcs'} {JSON[name]}"
    refused = run(command).exception
    assert isinstance(refused, SourceError)
    assert refused.code == "NK-FCS-23"
    (sample,) = json.loads(run(command, "--tolerate", "NK-FCS-24", "--tolerate", "NK-FCS-23").stdout)["samples"]
    assert sample["events"] == SECOND - 4
    assert "NK-FCS-23" in {finding["code"] for finding in sample["findings"]}


@pytest.mark.parametrize("name", FILES)
def test_commands_that_write_files_tell_it_on_standard_error(name: str, folder: Path) -> None:
    command = f"{name.partition(' ')[0]} {folder / 'cut.fcs'} {FILES[name]}"
    assert isinstance(run(command).exception, SourceError)
    assert not list(folder.glob("out.*"))
    done = run(command, "--tolerate", "NK-FCS-23", "--tolerate", "NK-FCS-24")
    assert done.return_value == 0
    assert "NK-FCS-23" in done.stderr
    (out,) = folder.glob("out.*")
    written = []
    for number in ("1", "2"):
        out.unlink()
        assert run(command.replace("cut.fcs", "two.fcs"), "--data-set", number).return_value == 0
        written.append(out.read_bytes())
    assert written[0] != written[1]


@pytest.mark.parametrize("name", [*JSON, "plot", "export"])
def test_a_code_that_cannot_be_tolerated(name: str, folder: Path) -> None:
    command = f"{name} {folder / 'cut.fcs'} {(JSON | FILES)[name]}"
    assert "NK-FCS-01 cannot be tolerated" in str(run(command, "--tolerate", "NK-FCS-01").exception)


def test_a_bad_file_among_several_is_left_out_of_the_workspace(folder: Path) -> None:
    done = run(f"export {folder / 'cut.fcs'} {folder / 'two.fcs'} --gates gates.xml --out out.wsp")
    assert done.return_value == 4
    assert "out.wsp: 1 sample\n" in done.stdout
    assert "error: NK-FCS-23" in done.stderr
    assert run(f"export {folder / 'cut.fcs'} {folder / 'cut.fcs'} --gates gates.xml --out b.wsp").return_value == 3
    assert not (folder / "b.wsp").exists()
