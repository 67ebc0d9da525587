"""Shipped templates against experts' gates on real files; the figures stand in docs/validation/auto-gating.md.

The bounds are the aim, not what the program printed: F above 0.9 on average where cell types are separable.
"""

import warnings
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nktrial.cytometry.strategy import gate_events
from nktrial.cytometry.templates.draw import draw_gates
from nktrial.formats.fcs import read_fcs
from nktrial.formats.gatingml_write import write_gating_ml
from nktrial.formats.template import load_template
from nktrial.formats.window import open_source

FEWEST_CELLS = 200  # in FlowJo; fewer are not compared


@pytest.fixture(scope="module")
def benchmark() -> Any:
    spec = spec_from_file_location("auto_gating", Path(__file__).parents[3] / "benchmarks" / "auto_gating.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_t_cells_after_transplantation(benchmark: Any, data_dir: Path) -> None:
    rows = list(benchmark.gvhd_rows(data_dir))
    files = {row[0] for row in rows}
    assert len(files) == 8
    weighted = [
        np.average([row[5] for row in rows if row[0] == file], weights=[row[2] for row in rows if row[0] == file])
        for file in files
    ]
    assert np.mean(weighted) > 0.9
    assert np.mean([row[4] for row in rows if row[3] == "CD4_T"]) > 0.9
    assert np.mean([row[5] for row in rows if row[3] == "CD8_T"]) > 0.85


def test_blasts_in_marrow(benchmark: Any, data_dir: Path) -> None:
    scores = {(what, name): score for what, name, _, _, score in benchmark.ball_rows(data_dir)}
    assert scores["494", "Blasts"] > 0.95
    assert scores["494", "CD19pos"] > 0.95
    assert scores["494", "Mature_B"] > 0.9
    assert scores["5 % blasts", "Blasts"] > 0.9
    assert scores["1 % blasts", "Blasts"] > 0.8


def test_share_of_treg_as_in_flowjo(benchmark: Any, data_dir: Path) -> None:
    compared = []
    for _, ours, theirs in benchmark.tissue_rows(data_dir, "treg"):
        if theirs["CD4"] < FEWEST_CELLS:
            continue
        difference = 100 * (ours["CD127neg_FoxP3pos"] / ours["CD4"] - theirs["Treg"] / theirs["CD4"])
        compared.append(difference)
        assert ours["CD4"] == pytest.approx(theirs["CD4"], rel=0.2)
    assert len(compared) == 7
    assert np.mean(np.abs(compared)) < 1.0
    assert np.max(np.abs(compared)) < 2.0


def test_t_and_b_cells_as_in_flowjo(benchmark: Any, data_dir: Path) -> None:
    """B cells too where the CD3 channel holds IgD: half of them would else be T cells."""
    compared = 0
    for _, ours, theirs in benchmark.tissue_rows(data_dir, "tbnk"):
        for mine, name in (("CD4", "CD4"), ("CD8", "CD8"), ("B", "B cells")):
            if theirs.get(name, 0) >= FEWEST_CELLS:
                compared += 1
                assert ours[mine] == pytest.approx(theirs[name], rel=0.2), name
    assert compared >= 17


def test_nk_cells_as_by_hand(benchmark: Any, data_dir: Path) -> None:
    for _, found in benchmark.nk_rows(data_dir):
        assert found["NK"][2] > 0.9
        assert found["T"][2] > 0.9
        ours, by_hand = (found["NK"][side] / found["Live"][side] for side in (0, 1))
        assert ours == pytest.approx(by_hand, abs=0.01)


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("nk", "study-nk/raw/fcs/ND050.fcs"),
        ("gvhd_flowcap", "cytometry/gvhd-flowcap/001.fcs"),
        ("ball_mrd", "cytometry/ball-mrd-labelled/494.fcs"),
    ],
)
def test_flowkit_counts_the_written_gates_alike(data_dir: Path, tmp_path: Path, name: str, file: str) -> None:
    flowkit = import_module("flowkit")
    path = data_dir / file
    matrix = read_fcs(open_source(path, name=file, kind="fcs")[1])
    drawn = draw_gates(matrix, load_template(name))
    gates = tmp_path / "gates.xml"
    gates.write_bytes(write_gating_ml(drawn.strategy))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = flowkit.parse_gating_xml(str(gates)).gate_sample(flowkit.Sample(str(path)))
    ours = gate_events(matrix, drawn.strategy).populations
    assert len(ours) > 4
    for population in ours:
        assert theirs.get_gate_count(population.gate) == population.count, population.path
