"""FlowJo workspaces from the command line."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from nktrial.cli import cli
from nktrial.formats.fcs import read_fcs
from nktrial.formats.fcs_write import write_fcs
from nktrial.formats.window import Window

NS = "http://www.isac-net.org/std/Gating-ML/v2.0/"
WORKSPACE = f"""<Workspace flowJoVersion="10.8.1" xmlns:gating="{NS}gating" xmlns:transforms="{NS}transformations"
 xmlns:data-type="{NS}datatypes"><SampleList><Sample><DataSet uri="file:/x/one.fcs" sampleID="1"/><Transformations>
 <transforms:linear transforms:minRange="0" transforms:maxRange="1024"><data-type:parameter data-type:name="A"/>
 </transforms:linear></Transformations><Keywords/><SampleNode name="one.fcs" count="4" sampleID="1"><Subpopulations>
 <Population name="Low" count="2"><Gate gating:id="ID1"><gating:RectangleGate eventsInside="1"><gating:dimension
 gating:min="0" gating:max="100"><data-type:fcs-dimension data-type:name="A"/></gating:dimension>
 </gating:RectangleGate></Gate></Population>EXTRA</Subpopulations></SampleNode></Sample></SampleList></Workspace>"""
SPIDER = '<Population name="Odd" count="1"><Gate gating:id="ID2"><gating:SpiderGate/></Gate></Population>'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "w.wsp").write_text(WORKSPACE.replace("EXTRA", ""), encoding="utf-8")
    (tmp_path / "odd.wsp").write_text(WORKSPACE.replace("EXTRA", SPIDER), encoding="utf-8")
    return tmp_path


def run(*arguments: str | Path) -> tuple[int, str, str]:
    result = CliRunner().invoke(cli, [str(one) for one in arguments], standalone_mode=False)
    code = result.return_value if result.exception is None else 1
    return int(code or 0), result.stdout, str(result.exception or "") + result.stderr


def one_file(folder: Path, name: str, values: list[float]) -> Path:
    import numpy as np  # noqa: PLC0415

    from nktrial.model.events import Channel  # noqa: PLC0415

    path = folder / name
    path.write_bytes(write_fcs(np.array(values, dtype="<f4")[:, None], (Channel(0, "A", "", 32, 1024.0),)))
    return path


def test_counts_with_flowjos_beside(folder: Path) -> None:
    fcs = one_file(folder, "one.fcs", [1.0, 50.0, 200.0, 99.0])
    code, out, _ = run("flow", "count", fcs, "--gates", folder / "w.wsp", "--json")
    (sample,) = json.loads(out)["samples"]
    assert code == 0
    assert sample["populations"] == [{"path": "Low", "count": 3, "parent_count": 4, "flowjo_count": 2}]
    assert sample["unsupported"] == []
    assert "FlowJo counted 2" in run("flow", "count", fcs, "--gates", folder / "w.wsp")[1]


def test_what_is_not_supported_is_listed_by_name(folder: Path) -> None:
    fcs = one_file(folder, "one.fcs", [1.0, 50.0, 200.0, 99.0])
    code, out, _ = run("flow", "count", fcs, "--gates", folder / "odd.wsp", "--json")
    (sample,) = json.loads(out)["samples"]
    assert code == 0
    assert sample["unsupported"] == [{"path": "Odd", "reason": "the gate 'SpiderGate' is not supported"}]
    _, out, err = run("flow", "count", fcs, "--gates", folder / "odd.wsp")
    assert "Odd: the gate 'SpiderGate' is not supported" in out + err


def test_a_file_that_is_not_in_the_workspace(folder: Path) -> None:
    other = one_file(folder, "other.fcs", [1.0])
    _, _, err = run("flow", "count", other, "--gates", folder / "w.wsp")
    assert "NK-WSP-08" in err
    assert "'one.fcs'" in err


def test_compat_needs_a_workspace(folder: Path) -> None:
    fcs = one_file(folder, "one.fcs", [1.0])
    gates = folder / "g.xml"
    gates.write_text(
        f'<gating:Gating-ML xmlns:gating="{NS}gating" xmlns:data-type="{NS}datatypes"><gating:RectangleGate '
        'gating:id="R"><gating:dimension gating:compensation-ref="uncompensated" gating:min="0">'
        '<data-type:fcs-dimension data-type:name="A"/></gating:dimension></gating:RectangleGate></gating:Gating-ML>',
        encoding="utf-8",
    )
    _, _, err = run("flow", "count", fcs, "--gates", gates, "--compat", "flowjo")
    assert "needs a FlowJo workspace" in err


def test_export_and_count_again(folder: Path) -> None:
    fcs = one_file(folder, "one.fcs", [1.0, 50.0, 200.0, 99.0])
    out = folder / "new.wsp"
    assert run("flow", "export", fcs, "--gates", folder / "w.wsp", "--out", out)[0] == 0
    before = out.read_bytes()
    counted = json.loads(run("flow", "count", fcs, "--gates", out, "--json")[1])["samples"][0]["populations"]
    assert counted == [{"path": "Low", "count": 3, "parent_count": 4, "flowjo_count": 3}]
    assert "nothing is overwritten" in run("flow", "export", fcs, "--gates", folder / "w.wsp", "--out", out)[2]
    assert out.read_bytes() == before
    assert read_fcs(Window(fcs.read_bytes(), "one.fcs")).values.shape == (4, 1)


def test_inspect(folder: Path) -> None:
    code, out, _ = run("inspect", folder / "odd.wsp", "--json")
    contents = json.loads(out)
    assert code == 0
    assert (contents["kind"], contents["flowjo"]) == ("wsp", "10.8.1")
    assert contents["samples"][0]["not_read"] == ["Odd: the gate 'SpiderGate' is not supported"]
