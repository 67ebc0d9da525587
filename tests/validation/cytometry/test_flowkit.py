"""Gating, scales and files against FlowKit and the Gating-ML 2.0 truth files, event by event."""

import csv
import io
import json
import warnings
from pathlib import Path

import flowkit
import flowutils  # type: ignore[import-untyped]
import numpy as np
import pytest

from nktrial.core.errors import SourceError
from nktrial.cytometry.hyperlog import hyperlog
from nktrial.cytometry.logicle import logicle, logicle_inverse
from nktrial.cytometry.polygon import inside_polygon
from nktrial.cytometry.strategy import gate_events
from nktrial.formats.fcs import read_fcs
from nktrial.formats.gatingml import read_gating_ml
from nktrial.formats.gatingml_write import write_gating_ml
from nktrial.formats.window import Window
from nktrial.model.events import EventMatrix
from nktrial.model.gates import (
    Asinh,
    BooleanGate,
    Dimension,
    EllipsoidGate,
    GatingStrategy,
    Hyperlog,
    Linear,
    Log,
    Logicle,
    Operand,
    PolygonGate,
    Ratio,
    RectangleGate,
    SpectrumMatrix,
    Transform,
)

SCALES = ((262144, 0.5, 4.5, 0), (4194304, 0.75, 5, 0), (1e4, 1, 4, 0.5), (1e5, 0.5, 4, -0.5), (1e3, 2, 4, 0))
STUDY_FILES = ("INF071", "INF179", "ND050")


REJECTED = "gml_range_gate_attr_testing.xml"


def every_element(rng: np.random.Generator) -> GatingStrategy:
    """Return gates of every kind over the channels of data1.fcs, on every scale, compensated and not."""
    scales: dict[str, Transform] = {
        "lin": Linear(10_000.0, 100.0),
        "log": Log(10_000.0, 4.0),
        "asinh": Asinh(10_000.0, 4.0, 1.0),
        "logicle": Logicle(10_000.0, 0.5, 4.5, 0.0),
        "hyperlog": Hyperlog(10_000.0, 0.5, 4.5, 0.0),
    }
    spill = tuple(
        tuple(1.0 if row == column else float(rng.uniform(0, 0.2)) for column in range(3)) for row in range(3)
    )
    dyes = ("FL1-H", "FL2-H", "FL3-H")

    def axes(count: int, *bounds: tuple[float | None, float | None]) -> tuple[Dimension, ...]:
        """Return distinct channels: FlowKit takes one that stands twice in a gate for several columns."""
        chosen = [str(name) for name in rng.permutation(dyes)[:count]]
        matrix = str(rng.choice(["uncompensated", "FCS", "square"]))
        wanted = bounds or ((None, None),) * count
        return tuple(
            Dimension(name, matrix, str(rng.choice(list(scales))), low, high)
            for name, (low, high) in zip(chosen, wanted, strict=True)
        )

    def middle() -> float:
        return float(rng.uniform(0.3, 0.6))

    wild = np.column_stack([rng.uniform(0.1, 0.9, 7), rng.uniform(0.1, 0.9, 7)])
    mixed = rng.normal(0, 0.3, (3, 3))
    covariance = tuple(tuple(map(float, row)) for row in mixed @ mixed.T + 0.02 * np.eye(3))
    first, second = axes(2)
    gates = (
        RectangleGate(
            "scatter", None, (Dimension("FSC-H", "uncompensated", None, 50.0, 200.0), *axes(1, (0.05, None)))
        ),
        PolygonGate("wild", "scatter", (first, second), wild),
        EllipsoidGate("round", None, axes(3), (0.5, 0.5, 0.5), covariance, float(rng.uniform(0.5, 3))),
        RectangleGate("three", "scatter", axes(3, (middle(), None), (None, middle()), (0.0, 0.9))),
        RectangleGate("ratio", None, (Dimension("", "uncompensated", "log", 0.2, 0.9, ratio="r"),)),
        BooleanGate("both", "scatter", "and", (Operand("wild"), Operand("round", complement=True))),
        BooleanGate("either", None, "or", (Operand("round"), Operand("both"), Operand("three"))),
        BooleanGate("neither", "round", "not", (Operand("three"),)),
    )
    matrices = {"square": SpectrumMatrix(dyes, dyes, spill)}
    return GatingStrategy(gates, scales, matrices, {"r": Ratio("FL2-H", "FL1-H", 100.0, 0.0, -1.0)})


def events_of(path: Path) -> EventMatrix:
    return read_fcs(Window(path.read_bytes(), path.name))


def strategy_of(path: Path) -> GatingStrategy:
    return read_gating_ml(Window(path.read_bytes(), path.name))


def flowkit_membership(fcs: Path, gates: Path | bytes) -> dict[str, np.ndarray]:
    source = str(gates) if isinstance(gates, Path) else io.BytesIO(gates)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        strategy = flowkit.parse_gating_xml(source)
        result = strategy.gate_sample(flowkit.Sample(str(fcs)))
        return {name: result.get_gate_membership(name) for name, _ in strategy.get_gate_ids()}


def test_compliance_set_event_by_event(data_dir: Path) -> None:
    folder = data_dir / "cytometry" / "gatingml2-compliance"
    matrix = events_of(folder / "data1.fcs")
    wrong, compared = [], 0
    for row in csv.DictReader((folder / "expected_counts.csv").read_text(encoding="utf-8").splitlines()):
        gated = gate_events(matrix, strategy_of(folder / row["gatingml_file"]), membership=True)
        population = gated.population(row["gate_id"])
        equal = population.count == int(row["expected_count"])
        truth = folder / row["truth_file"]
        if row["truth_file"] and truth.is_file():
            equal &= np.array_equal(gated.membership[population.path], np.loadtxt(truth, dtype=int).astype(bool))
        compared += 1
        if not equal:
            wrong.append((row["gatingml_file"], row["gate_id"]))
    assert wrong == []
    assert compared >= 40


def test_the_document_meant_to_be_rejected(data_dir: Path) -> None:
    with pytest.raises(SourceError, match=r"NK-GML-05.*sample in gating:Gating-ML"):
        strategy_of(data_dir / "cytometry" / "gatingml2-compliance" / "gml_range_gate_attr_testing.xml")


@pytest.mark.parametrize("name", STUDY_FILES)
def test_the_study_files_event_by_event(data_dir: Path, name: str) -> None:
    folder = data_dir / "study-nk"
    fcs, gates = folder / "raw" / "fcs" / f"{name}.fcs", folder / "gating" / "nk_panel.gatingml.xml"
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))["counts"][f"raw/fcs/{name}.fcs"]
    gated = gate_events(events_of(fcs), strategy_of(gates), membership=True)
    assert {population.path: population.count for population in gated.populations} == expected
    theirs = flowkit_membership(fcs, gates)
    for population in gated.populations:
        assert np.array_equal(gated.membership[population.path], theirs[population.gate])


def test_what_we_write_of_the_compliance_set_flowkit_reads_the_same(data_dir: Path) -> None:
    folder = data_dir / "cytometry" / "gatingml2-compliance"
    fcs, compared = folder / "data1.fcs", 0
    matrix = events_of(fcs)
    for path in sorted(folder.glob("*.xml")):
        if path.name == REJECTED:
            continue
        strategy = strategy_of(path)
        again = write_gating_ml(strategy)
        assert read_gating_ml(Window(again, path.name)) == strategy
        gated = gate_events(matrix, strategy, membership=True)
        theirs = flowkit_membership(fcs, again)
        assert set(theirs) == {population.gate for population in gated.populations}
        for population in gated.populations:
            assert np.array_equal(gated.membership[population.path], theirs[population.gate]), (path.name, population)
        compared += len(theirs)
    assert compared >= 40


@pytest.mark.parametrize("seed", range(12))
def test_strategies_of_every_element_that_we_write_flowkit_reads_the_same(data_dir: Path, seed: int) -> None:
    fcs = data_dir / "cytometry" / "gatingml2-compliance" / "data1.fcs"
    strategy = every_element(np.random.default_rng(seed))
    gated = gate_events(events_of(fcs), strategy, membership=True)
    theirs = flowkit_membership(fcs, write_gating_ml(strategy))
    for population in gated.populations:
        assert np.array_equal(gated.membership[population.path], theirs[population.gate]), population
    assert sum(0 < population.count < population.parent_count for population in gated.populations) >= 4


def test_fewer_dyes_than_detectors_are_unmixed_by_least_squares(data_dir: Path) -> None:
    """FlowKit's Gating-ML reader takes square matrices only, so that the comparison is with numpy's least squares."""
    matrix = events_of(data_dir / "cytometry" / "gatingml2-compliance" / "data1.fcs")
    detectors, spectra = ("FL1-H", "FL2-H", "FL3-H"), ((1.0, 0.3, 0.05), (0.1, 0.9, 0.4))
    strategy = GatingStrategy(
        tuple(RectangleGate(dye, None, (Dimension(dye, "m", None, 30.0),)) for dye in ("A", "B")),
        matrices={"m": SpectrumMatrix(("A", "B"), detectors, spectra)},
    )
    again = read_gating_ml(Window(write_gating_ml(strategy), "again.xml"))
    gated = gate_events(matrix, again, membership=True)
    raw = np.asarray(matrix.values, dtype=np.float64)
    linear = np.stack([10.0 ** (4 * raw[:, column] / 1024.0) for column in (2, 3, 4)])
    dyes = np.linalg.lstsq(np.array(spectra).T, linear, rcond=None)[0]
    for dye, values in zip(("A", "B"), dyes, strict=True):
        assert np.array_equal(gated.membership[dye], values >= 30.0)
        assert 100 < gated.membership[dye].sum() < len(values) - 100


def test_a_strategy_of_a_flowjo_like_export(data_dir: Path) -> None:
    strategy = strategy_of(data_dir / "cytometry" / "flowjo-wsp" / "8_color_ICS.xml")
    assert read_gating_ml(Window(write_gating_ml(strategy), "again.xml")) == strategy
    ours = {(gate.id, gate.parent) for gate in strategy.gates}
    theirs = flowkit.parse_gating_xml(io.BytesIO(write_gating_ml(strategy)))
    parents = {name: path[-1] for name, path in theirs.get_gate_ids()}
    assert ours == {(name, None if parent == "root" else parent) for name, parent in parents.items()}
    assert len(ours) == 6


def test_a_compensated_strategy_that_we_wrote(data_dir: Path) -> None:
    fcs = data_dir / "cytometry" / "ball-mrd-labelled" / "494.fcs"
    matrix = events_of(fcs)
    assert matrix.spillover is not None
    first, second, third = matrix.spillover.channels[:3]
    corners = np.array([[0.3, 0.1], [0.9, 0.2], [0.8, 0.8], [0.2, 0.6], [0.5, 0.4]])
    strategy = GatingStrategy(
        (
            RectangleGate(
                "A", None, (Dimension(first, "FCS", "t", 0.25, 0.9), Dimension(third, "FCS", "t", None, 0.8))
            ),
            PolygonGate("P", "A", (Dimension(first, "FCS", "t"), Dimension(second, "FCS", "t")), corners),
        ),
        {"t": Logicle(262144.0, 0.5, 4.5, 0.0)},
    )
    gated = gate_events(matrix, strategy, membership=True)
    theirs = flowkit_membership(fcs, write_gating_ml(strategy))
    for population in gated.populations:
        assert 0 < population.count < population.parent_count
        assert np.array_equal(gated.membership[population.path], theirs[population.gate])


@pytest.mark.parametrize("scale", SCALES)
def test_scales_over_the_whole_range(scale: tuple[float, float, float, float]) -> None:
    T, W, M, A = scale
    x = np.concatenate(
        [np.linspace(-T, T, 20_001), np.geomspace(1e-6, 1e3 * T, 5_000), -np.geomspace(1e-6, 1e3 * T, 5_000)]
    )
    theirs = flowutils.transforms.logicle(x, None, t=T, w=W, m=M, a=A)
    assert np.max(np.abs(logicle(x, T, W, M, A) - theirs)) < 1e-12
    assert np.max(np.abs(hyperlog(x, T, W, M, A) - flowutils.transforms.hyperlog(x, None, t=T, w=W, m=M, a=A))) < 1e-12
    y = np.linspace(-0.5, 1.2, 2_001)
    inverse = flowutils.transforms.logicle_inverse(y, None, t=T, w=W, m=M, a=A)
    assert np.max(np.abs(logicle_inverse(y, T, W, M, A) - inverse) / (np.abs(inverse) + 1e-6 * T)) < 1e-9


def test_polygons_on_a_lattice_with_every_event_on_a_corner_or_side(rng: np.random.Generator) -> None:
    lattice = np.array([(x, y) for x in range(-1, 8) for y in range(-1, 8)], dtype=float) / 1.0
    for _ in range(300):
        vertices = rng.integers(0, 7, (int(rng.integers(3, 9)), 2)).astype(float)
        theirs = flowutils.gating.points_in_polygon(vertices, lattice)
        ours = inside_polygon(vertices, lattice[:, 0].copy(), lattice[:, 1].copy())
        assert np.array_equal(ours, theirs)
