"""nktrial flow plot: hierarchies, overlays, time plots; files, formats, exit codes."""

import json
import struct
from pathlib import Path

import pytest
from click.testing import CliRunner
from lxml import etree

from nktrial.cli import main
from nktrial.cli.flow import flow

SVG = {"s": "http://www.w3.org/2000/svg"}


def run(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as left:
        main(["flow", "plot", *map(str, arguments)])
    assert isinstance(left.value.code, int)
    return left.value.code


@pytest.fixture(scope="module")
def files(demo_raw: Path) -> list[Path]:
    return sorted((demo_raw / "raw").rglob("*[0-9].fcs"))[:2]


@pytest.fixture(scope="module")
def gates(demo_raw: Path) -> Path:
    (found,) = (demo_raw / "gating").glob("nk*.xml")
    return found


def labels(path: Path) -> list[str]:
    root = etree.parse(str(path)).getroot()
    return [str(text) for text in root.xpath("//s:text[@class='gate']/text()", namespaces=SVG)]


def test_a_hierarchy_as_svg_and_as_png(files: list[Path], gates: Path, tmp_path: Path) -> None:
    svg, png = tmp_path / "a.svg", tmp_path / "new" / "a.PNG"
    assert run(files[0], "--gates", gates, "--out", svg) == 0
    assert run(files[0], "--gates", gates, "--out", png) == 0
    assert any(label.startswith("NK ") and label.endswith("%") for label in labels(svg))
    head = png.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", head[16:])
    root = etree.parse(str(svg)).getroot()
    assert (width, height) == (2 * float(root.get("width")), 2 * float(root.get("height")))


def test_the_same_file_gives_the_same_bytes_and_nothing_is_overwritten(
    files: list[Path], gates: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a.svg", "b.svg"):
        assert run(files[0], "--gates", gates, "--out", tmp_path / name) == 0
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    assert run(files[1], "--gates", gates, "--out", tmp_path / "a.svg") == 2
    assert "exists; nothing is overwritten" in capsys.readouterr().err.replace("\n", " ")
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_several_files_over_a_control(
    files: list[Path], gates: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*files, "--gates", gates, "--overlay", files[1], "--out", tmp_path / "out") == 0
    written = [tmp_path / "out" / f"{path.stem}-overlay.svg" for path in files]
    assert capsys.readouterr().out.split() == [str(path) for path in written]
    (same,) = [label for label in labels(written[1]) if label.startswith("NK ")]
    share, _, control = same.removeprefix("NK ").partition(" (")
    assert share == control.rstrip(")")  # a file over itself


def test_histograms_of_each_channel(files: list[Path], gates: Path, tmp_path: Path) -> None:
    out = tmp_path / "h.svg"
    assert run(files[0], "--gates", gates, "--overlay", files[1], "--histograms", "--out", out) == 0
    root = etree.parse(str(out)).getroot()
    assert not root.xpath("//s:path[@class='contour']", namespaces=SVG)
    assert len(root.xpath("//s:path[@class='histogram']", namespaces=SVG)) > 10


def test_along_time_with_the_channels_that_the_gates_read(
    files: list[Path], gates: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(files[0], "--time") == 0
    assert run(files[0], "--time", "--gates", gates, "--out", "some.svg") == 0
    rows = [
        len(etree.parse(name).getroot().xpath("//s:path[@class='course']", namespaces=SVG))
        for name in (f"{files[0].stem}-time.svg", "some.svg")
    ]
    assert rows[0] >= rows[1] > 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "--gates is needed"),
        (["--gates", "GATES", "--time", "--overlay", "FCS"], "two pictures"),
        (["--gates", "GATES", "--histograms"], "give the second with --overlay"),
        (["--gates", "GATES", "--out", "a.pdf"], "must end in .svg or .png"),
        (["FCS", "--gates", "GATES", "--out", "here"], "same name"),
        (["OTHER", "--gates", "GATES", "--out", "GATES"], "must be a folder"),
    ],
)
def test_what_cannot_be_asked_for(
    options: list[str], message: str, files: list[Path], gates: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    known = {"GATES": str(gates), "FCS": str(files[0]), "OTHER": str(files[1])}
    assert run(files[0], *(known.get(option, option) for option in options)) == 2
    assert message in capsys.readouterr().err.replace("\n", " ")
    assert not list(tmp_path.iterdir())


def test_a_bad_file_among_good_ones(files: list[Path], gates: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.fcs"
    bad.write_bytes(b"FCS3.1")
    out = tmp_path / "out"
    assert run(bad, files[0], "--gates", gates, "--out", out) == 4
    assert [path.name for path in out.iterdir()] == [f"{files[0].stem}-gates.svg"]
    assert run(bad, "--gates", gates, "--out", tmp_path / "x.svg") == 3
    assert run(bad, tmp_path / "none.fcs", "--gates", gates, "--out", tmp_path / "y") == 3


def test_nk_fig_03_boolean_gates_alone_have_no_picture(
    files: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ns = "http://www.isac-net.org/std/Gating-ML/v2.0/"
    gates = tmp_path / "three.xml"
    axes = "".join(
        f'<gating:dimension gating:compensation-ref="uncompensated" gating:min="0"><data-type:fcs-dimension '
        f'data-type:name="{name}"/></gating:dimension>'
        for name in ("FSC-A", "SSC-A", "FSC-H")
    )
    gates.write_text(
        f'<gating:Gating-ML xmlns:gating="{ns}gating" xmlns:data-type="{ns}datatypes"><gating:RectangleGate '
        f'gating:id="A">{axes}</gating:RectangleGate></gating:Gating-ML>'
    )
    for options in ([], ["--overlay", str(files[1])]):
        assert run(files[0], "--gates", gates, *options, "--out", tmp_path / "a.svg") == 3
        assert capsys.readouterr().err.startswith("error: NK-FIG-03 ")
    assert not (tmp_path / "a.svg").exists()


def test_a_place_that_cannot_be_written(files: list[Path], gates: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert run(files[0], "--gates", gates, "--out", tmp_path / "file" / "a.svg") == 2


def test_a_flowjo_workspace_is_drawn_on_its_own_scales(data_dir: Path, tmp_path: Path) -> None:
    folder = data_dir / "cytometry" / "treg-tissue-flowjo"
    out = tmp_path / "out"
    blood, marrow = folder / "412C_Blood_025.fcs", folder / "412C_BM_032.fcs"
    assert run(blood, marrow, "--gates", folder / "workspace.wsp", "--out", out) == 0
    words = labels(out / "412C_Blood_025-gates.svg")
    (treg,) = [float(word.split()[1].rstrip("%")) for word in words if word.startswith("Treg ")]
    assert treg == pytest.approx(100 * 1355 / 20114, abs=0.1)  # FlowJo's own counts, on binned events
    root = etree.parse(str(out / "412C_BM_032-gates.svg")).getroot()
    ticks = {text.text for text in root.iterfind(".//s:text", SVG)}
    assert {"0", "10³", "10⁴", "10⁵"} <= ticks
    assert "10¹⁵" not in ticks
    both = tmp_path / "over.svg"
    assert run(marrow, "--gates", folder / "workspace.wsp", "--overlay", blood, "--out", both) == 0
    assert any(label.startswith("Treg ") for label in labels(both))
    assert run(marrow, "--gates", folder / "workspace.wsp", "--time", "--out", tmp_path / "t.svg") == 3  # no time


@pytest.mark.parametrize("name", ["study-nk/raw/fcs/INF071.fcs", "cytometry/time-qc/111.fcs"])
def test_real_files_along_time(data_dir: Path, name: str, tmp_path: Path) -> None:
    out = tmp_path / "t.svg"
    assert run(data_dir / name, "--time", "--out", out) == 0
    assert len(etree.parse(str(out)).getroot().xpath("//s:path[@class='course']", namespaces=SVG)) > 5


def test_bad_stretches_of_time_are_shaded_as_qc_lists_them(data_dir: Path, tmp_path: Path) -> None:
    fcs, out = data_dir / "cytometry/time-qc/111.fcs", tmp_path / "t.svg"
    assert run(fcs, "--time", "--out", out) == 0
    listed = CliRunner().invoke(flow, ["qc", str(fcs), "--json"], standalone_mode=False).stdout
    ranges = [item for item in json.loads(listed)["samples"][0]["bad_ranges"] if item["start_s"] is not None]
    shades = etree.parse(str(out)).getroot().xpath("//s:rect[@class='bad']/s:title/text()", namespaces=SVG)
    assert shades == [item["step"].replace("_", " ") for item in ranges]
    assert "signal stability" in shades
