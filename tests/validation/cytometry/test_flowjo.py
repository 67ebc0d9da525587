"""FlowJo workspaces against FlowJo's own counts and table, and against FlowKit."""

import csv
import warnings
from pathlib import Path

import flowkit
import numpy as np

from nktrial.cytometry.biex import biex_table
from nktrial.cytometry.flowjo_drawing import drawn_sample
from nktrial.cytometry.flowjo_strategy import sample_gates
from nktrial.cytometry.strategy import Gated, gate_events
from nktrial.formats.fcs import read_fcs
from nktrial.formats.flowjo import read_flowjo
from nktrial.formats.flowjo_write import write_flowjo
from nktrial.formats.gatingml import read_gating_ml
from nktrial.formats.window import Window
from nktrial.model.events import EventMatrix
from nktrial.model.gates import Biex, GatingStrategy
from nktrial.pipeline.gates import gates_of, read_gates


def events_of(path: Path) -> EventMatrix:
    return read_fcs(Window(path.read_bytes(), path.name))


def gated_as(folder: Path, workspace: str, *, as_flowjo: bool) -> dict[str, Gated]:
    known = read_gates(Window((folder / workspace).read_bytes(), workspace))
    found = {}
    for path in sorted(folder.glob("*.fcs")):
        matrix = events_of(path)
        strategy = gates_of(known, matrix, path.name, as_flowjo=as_flowjo).strategy
        found[path.name] = gate_events(matrix, strategy)
    return found


def test_flowjos_own_counts_of_187_populations(data_dir: Path) -> None:
    folder = data_dir / "cytometry" / "treg-tissue-flowjo"
    gated = gated_as(folder, "workspace.wsp", as_flowjo=True)
    have = {(name, one.path): one.count for name, result in gated.items() for one in result.populations}
    want = {
        (row["fcs_file"], row["population_path"].removeprefix("root/")): int(row["flowjo_count"])
        for row in csv.DictReader((folder / "expected_counts.csv").read_text(encoding="utf-8").splitlines())
        if row["population_path"] != "root"
    }
    assert len(want) == 187
    assert have == want
    assert not [one for result in gated.values() for one in result.findings if one.code.startswith("NK-WSP")]


def test_stored_counts_of_rectangles_on_biex_and_asinh(data_dir: Path) -> None:
    folder = data_dir / "cytometry" / "flowjo-wsp"
    matrix = events_of(folder / "test_data_diamond_01.fcs")
    for name, count in (("test_data_diamond_biex_rect.wsp", 50605), ("test_data_diamond_asinh_rect.wsp", 50559)):
        known = read_gates(Window((folder / name).read_bytes(), name))
        for as_flowjo in (True, False):
            found = gates_of(known, matrix, "test_data_diamond_01.fcs", as_flowjo=as_flowjo)
            (population,) = gate_events(matrix, found.strategy).populations
            assert found.flowjo_counts == {"upper_right": count}
            assert population.count == count, name


def test_biex_table_is_flowjos(data_dir: Path) -> None:
    folder = data_dir / "cytometry" / "flowjo-wsp"
    (table,) = folder.glob("tr_biex_*.csv")
    theirs = np.loadtxt(table, delimiter=",", skiprows=1)[:, 1]
    ours = biex_table(Biex(262144.000029, -7.943282, 4.418540, 1.0))[: theirs.size]
    assert theirs.size == 4096
    np.testing.assert_allclose(ours, theirs, rtol=5e-6, atol=5e-4)  # given with six digits


def test_every_workspace_is_read(data_dir: Path) -> None:
    names = sorted(path.name for path in (data_dir / "cytometry" / "flowjo-wsp").glob("*.wsp"))
    assert len(names) == 5
    for name in names:
        path = data_dir / "cytometry" / "flowjo-wsp" / name
        for sample in read_flowjo(Window(path.read_bytes(), name)).samples:
            assert not [one for one in sample.populations if isinstance(one.gate, str)], name
            assert not [scale for scale in sample.scales.values() if isinstance(scale, str)], name


def flowkit_counts(workspace: Path, files: list[Path]) -> dict[tuple[str, str], int]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        samples = [flowkit.Sample(str(path), sample_id=path.name) for path in files]
        theirs = flowkit.Workspace(str(workspace), fcs_samples=samples)
        found = {}
        for path in files:
            theirs.analyze_samples(sample_id=path.name, use_mp=False)
            result = theirs.get_gating_results(path.name)
            for name, parents in theirs.get_gate_ids(path.name):
                gate = "/".join((*parents[1:], name))
                found[path.name, gate] = int(result.get_gate_count(name, parents))
    return found


def exported(files: list[Path], strategies: list[GatingStrategy], out: Path) -> dict[tuple[str, str], int]:
    """Write a workspace and return the counts of the gates that it was made of."""
    counts: dict[tuple[str, str], int] = {}
    samples = []
    for number, (path, strategy) in enumerate(zip(files, strategies, strict=True), start=1):
        matrix = events_of(path)
        own = {one.path: one.count for one in gate_events(matrix, strategy).populations}
        counts |= {(path.name, gate): count for gate, count in own.items()}
        samples.append(
            drawn_sample(
                strategy,
                matrix.channels,
                matrix.spillover,
                sample_id=str(number),
                file_name=path.name,
                fil="",
                events=matrix.values.shape[0],
                counts=own,
            )
        )
    out.write_bytes(write_flowjo(samples))
    return counts


def test_written_workspaces_open_in_flowkit_with_equal_counts(data_dir: Path, tmp_path: Path) -> None:
    folder = data_dir / "study-nk"
    files = sorted((folder / "raw" / "fcs").glob("[IN]*.fcs"))
    assert len(files) == 3
    gates = read_gating_ml(Window((folder / "gating" / "nk_panel.gatingml.xml").read_bytes(), "gates"))
    ours = exported(files, [gates] * len(files), tmp_path / "nk.wsp")
    assert flowkit_counts(tmp_path / "nk.wsp", files) == ours


def test_exact_counts_of_biex_gates_equal_flowkits(data_dir: Path, tmp_path: Path) -> None:
    folder = data_dir / "cytometry" / "treg-tissue-flowjo"
    workspace = read_flowjo(Window((folder / "workspace.wsp").read_bytes(), "workspace.wsp"))
    files, strategies = [], []
    for sample in workspace.samples:
        files.append(folder / sample.file_name)
        channels = events_of(files[-1]).channels
        strategies.append(sample_gates(sample, channels, version=workspace.version, as_flowjo=False).strategy)
    ours = exported(files, strategies, tmp_path / "treg.wsp")
    assert len(ours) == 187
    assert flowkit_counts(tmp_path / "treg.wsp", files) == ours
