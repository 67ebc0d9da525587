"""nktrial flow mrd and flow absolute: JSON, text, usage."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from nktrial.cli.flow import flow
from nktrial.core.errors import MethodError
from nktrial.formats.fcs_write import write_fcs
from nktrial.formats.gatingml_write import write_gating_ml
from nktrial.model.events import Channel
from nktrial.model.gates import Dimension, GatingStrategy, RectangleGate


def above(gate: str, parent: str | None, low: float) -> RectangleGate:
    return RectangleGate(gate, parent, (Dimension("X", "uncompensated", None, low),))


STRATEGY = GatingStrategy(
    (
        above("Lymphocytes", None, 10),
        above("CD4", "Lymphocytes", 50),
        above("Treg", "CD4", 90),
        RectangleGate("Beads", None, (Dimension("X", "uncompensated", None, None, 10),)),
    )
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    # 0 to 99, a hundred times: 1,000 beads below 10, 9,000 lymphocytes, 5,000 CD4 from 50, 1,000 Treg from 90
    values = np.tile(np.arange(100.0), 100)[:, None]
    (tmp_path / "a.fcs").write_bytes(write_fcs(values, (Channel(0, "X", "", 32, 1024.0),)))
    (tmp_path / "bad.fcs").write_bytes(b"no FCS file")
    (tmp_path / "gates.xml").write_bytes(write_gating_ml(STRATEGY))
    return tmp_path


def run(folder: Path, command: str, *arguments: str) -> Result:
    line = [command, str(folder / "a.fcs"), "--gates", str(folder / "gates.xml"), *arguments]
    return CliRunner().invoke(flow, line, standalone_mode=False)


def row(result: Result) -> dict[str, Any]:
    assert result.return_value == 0
    (found,) = json.loads(result.stdout)["samples"]
    assert isinstance(found, dict)
    return found


def test_mrd_json(folder: Path) -> None:
    found = row(run(folder, "mrd", "--cells", "Treg", "--nucleated", "Lymphocytes", "--json"))
    assert found["cells"] == {"path": "Lymphocytes/CD4/Treg", "count": 1000}
    assert found["denominator"]["count"] == 9000
    assert found["fraction"] == 1000 / 9000
    assert found["ci95"][0] < found["fraction"] < found["ci95"][1]
    assert found["status"] == "quantifiable"
    assert (found["lod"], found["loq"]) == (20 / 9000, 50 / 9000)
    assert found["call"] is None


def test_mrd_text_and_call(folder: Path) -> None:
    result = run(folder, "mrd", "--cells", "Treg", "--nucleated", "Lymphocytes", "--rule", "eln2021")
    assert "MRD 11.1 %" in result.stdout
    assert "by eln2021: positive" in result.stdout
    for rule in ("20/50 events", "euroflow"):
        text = run(folder, "mrd", "--cells", "Treg", "--nucleated", "Lymphocytes", "--rule", rule).stdout
        assert f"by {rule}: no call: the rule names no fraction" in text


def test_mrd_that_cannot_be_negative(folder: Path) -> None:
    gates = GatingStrategy((*STRATEGY.gates, above("None", "Lymphocytes", 2000)))
    (folder / "gates.xml").write_bytes(write_gating_ml(gates))
    arguments = ("--cells", "None", "--nucleated", "Lymphocytes", "--rule", "eln2021", "--compartment", "CD4")
    found = row(run(folder, "mrd", *arguments, "--json"))
    assert found["status"] == "not_evaluable"
    assert found["fraction"] is None
    assert "500,000" in found["reason"]
    assert found["compartment"]["count"] == 5000
    text = run(folder, "mrd", *arguments).stdout
    assert "not evaluable" in text
    assert "at most 0.041 %" in text  # 1 - 0.025^(1/9000)


def test_an_mrd_denominator_that_is_not_the_rules(folder: Path) -> None:
    nested = row(run(folder, "mrd", "--cells", "Treg", "--nucleated", "Lymphocytes", "--json"))
    assert nested["findings"] == []
    arguments = ("--cells", "CD4", "--nucleated", "Beads", "--json")
    assert isinstance(run(folder, "mrd", *arguments).exception, MethodError)
    apart = row(run(folder, "mrd", "--cells", "Beads", "--nucleated", "Lymphocytes", "--json"))
    assert [finding["code"] for finding in apart["findings"]] == ["NK-MRD-04"]
    eln = row(run(folder, "mrd", "--cells", "Treg", "--nucleated", "Lymphocytes", "--rule", "eln2021", "--json"))
    assert {finding["code"] for finding in eln["findings"]} == {"NK-MRD-03", "NK-MRD-04"}


def test_beads_json(folder: Path) -> None:
    arguments = ("--cells", "Treg", "--beads", "Beads", "--bead-count", "50000", "--volume-ul", "50")
    found = row(run(folder, "absolute", *arguments, "--json"))
    assert found["method"] == "beads"
    assert found["per_ul"] == 1000.0  # 1,000 / 1,000 x 50,000 / 50
    assert found["ci95"][0] < 1000.0 < found["ci95"][1]
    assert found["loq_per_ul"] == pytest.approx(50.0)
    assert found["inputs"] == {"bead_count": 50000.0, "volume_ul": 50.0, "dilution": 1.0, "cv": 0.05}


def test_two_platforms_with_the_share_of_cd4(folder: Path) -> None:
    arguments = ("--cells", "Treg", "--alc", "900", "--denominator", "Lymphocytes", "--cd4", "CD4")
    found = row(run(folder, "absolute", *arguments, "--json"))
    assert found["per_ul"] == pytest.approx(100.0)
    assert found["cd4"]["share"] == 0.2
    assert found["findings"] == []
    text = run(folder, "absolute", *arguments).stdout
    assert "100 cells/uL" in text
    assert "20 % of Lymphocytes/CD4" in text


def test_a_denominator_that_is_not_lymphocytes(folder: Path) -> None:
    result = run(folder, "absolute", "--cells", "CD4", "--alc", "900", "--denominator", "Treg", "--json")
    assert isinstance(result.exception, MethodError)  # more cells than there are in the denominator
    assert "a.fcs" in result.exception.where
    warned = run(folder, "absolute", "--cells", "Treg", "--alc", "900", "--denominator", "CD4", "--json")
    assert [finding["code"] for finding in row(warned)["findings"]] == ["NK-ABS-05"]


def test_an_alc_that_looks_like_giga_per_litre(folder: Path) -> None:
    for alc, codes in (("0.9", ["NK-ABS-06"]), ("900", []), ("0", [])):
        line = ("--cells", "Treg", "--alc", alc, "--denominator", "Lymphocytes", "--json")
        found = [finding["code"] for finding in row(run(folder, "absolute", *line))["findings"]]
        assert [code for code in found if code == "NK-ABS-06"] == codes


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--beads", "Beads"),
        ("--beads", "Beads", "--bead-count", "5", "--volume-ul", "1", "--alc", "5"),
        ("--alc", "5"),
        ("--alc", "5", "--denominator", "Lymphocytes", "--dilution", "2"),
    ],
)
def test_usage(folder: Path, arguments: tuple[str, ...]) -> None:
    result = run(folder, "absolute", "--cells", "Treg", *arguments)
    assert type(result.exception).__name__ == "UsageError"


@pytest.mark.parametrize(
    "line",
    [
        ("mrd", "--cells", "Treg", "--nucleated", "CD4"),
        ("absolute", "--cells", "Treg", "--alc", "9", "--denominator", "CD4"),
    ],
)
def test_a_bad_file_among_several(folder: Path, line: tuple[str, ...]) -> None:
    files = [str(folder / "bad.fcs"), str(folder / "a.fcs")]
    arguments = [line[0], *files, "--gates", str(folder / "gates.xml"), *line[1:]]
    result = CliRunner().invoke(flow, arguments, standalone_mode=False)
    assert result.return_value == 4
    assert "error: NK-" in result.stderr
