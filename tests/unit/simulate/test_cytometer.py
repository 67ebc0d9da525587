"""The virtual cytometer: spillover, tubes, gates that find the truth."""

from importlib import import_module
from types import MappingProxyType

import numpy as np
import pytest
from numpy.typing import NDArray

from nktrial.core.errors import MethodError
from nktrial.formats.kits import load_kit
from nktrial.model.gates import PolygonGate, RectangleGate
from nktrial.simulate.cohort import calibration_patient
from nktrial.simulate.cytometer import Tube, acquire, detected, stain
from nktrial.simulate.panel import LOGICLE_1000, LOGICLE_1500, LOGICLE_3000, NK_PANEL, POPULATIONS, SPILLOVER, nk_gates
from nktrial.simulate.patient import Blood
from nktrial.simulate.streams import stream

BLOOD = Blood(
    14,
    MappingProxyType(
        {
            "T": {"P": 600.0},
            "B": {"P": 100.0},
            "NK": {"P": 300.0},
            "monocytes": {"P": 300.0},
            "granulocytes": {"P": 900.0},
        }
    ),
    0.0,
)


def inside(points: NDArray[np.float64], vertices: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Cast a ray: the plain-language twin of a polygon gate."""
    x, y = points.T
    within = np.zeros(len(points), dtype=bool)
    for (x1, y1), (x2, y2) in zip(vertices, np.roll(vertices, -1, axis=0), strict=True):
        if y1 != y2:
            within ^= ((y1 > y) != (y2 > y)) & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
    return within


def gated_nk_fraction(values: NDArray[np.generic]) -> float:
    """Gate by the scale values that the strategy's logicle bounds stand for."""
    polygons = {gate.id: gate.vertices for gate in nk_gates().gates if isinstance(gate, PolygonGate)}
    scale = values.astype(np.float64)
    dyes = np.linalg.solve(SPILLOVER.matrix.T, scale[:, 3:9].T).T
    lymphocytes = inside(scale[:, [0, 1]], polygons["Singlets"]) & inside(scale[:, [0, 2]], polygons["Lymphocytes"])
    live = lymphocytes & (dyes[:, 4] < 3000.0)
    nk = live & (dyes[:, 0] < 1500.0) & (dyes[:, 3] >= 1000.0)
    return float(nk.sum() / live.sum())


def test_spillover_neither_loses_nor_makes_light() -> None:
    dyes = np.array([[20_000.0, 0.0, 0.0, 0.0, 0.0, 0.0]] * 40_000)
    seen = detected(stream(1, "light"), dyes).mean(axis=0) - np.array(NK_PANEL.autofluorescence)
    # Photon noise of a mean over 40,000 events: sqrt(20,000 x 20 / 40,000) = 3 units.
    assert seen == pytest.approx(20_000.0 * SPILLOVER.matrix[0], abs=15.0)
    assert seen.sum() == pytest.approx(20_000.0 * SPILLOVER.matrix[0].sum(), abs=30.0)


def test_compensation_by_the_files_matrix_gives_the_dyes_back() -> None:
    dyes = np.tile(np.array([[9_000.0, 700.0, 20_000.0, 9_000.0, 250.0, 80.0]]), (40_000, 1))
    seen = detected(stream(2, "light"), dyes) - np.array(NK_PANEL.autofluorescence)
    assert (seen @ np.linalg.inv(SPILLOVER.matrix)).mean(axis=0) == pytest.approx(dyes[0], abs=15.0)


def test_light_comes_in_photoelectrons_so_noise_grows_with_its_root() -> None:
    bright = detected(stream(3, "a"), np.tile(np.array([[0.0, 0.0, 0.0, 40_000.0, 0.0, 0.0]]), (40_000, 1)))[:, 3]
    # 2,000 photoelectrons of 20 units, and 18 units of electronics.
    assert bright.std() == pytest.approx(np.hypot(20.0 * np.sqrt(2_001.5), 18.0), rel=0.02)


def test_tubes_of_one_blood_differ_by_five_percent_of_the_odds() -> None:
    fractions = np.array([stain(stream(number, "tube"), BLOOD).nk_fraction for number in range(4_000)])
    odds = fractions / (1.0 - fractions)
    assert odds.mean() == pytest.approx(0.3 / 0.7, rel=0.003)
    assert odds.std() / odds.mean() == pytest.approx(0.05, rel=0.05)
    # By the delta method 5 % of the odds is 0.05 x (1 - 0.3) of the fraction.
    assert fractions.std() / fractions.mean() == pytest.approx(0.035, rel=0.05)


def test_a_tubes_shares_are_the_bloods() -> None:
    tube = stain(stream(4, "tube"), BLOOD, tube_cv=0.0)
    shares = dict(tube.shares)
    assert sum(shares.values()) == pytest.approx(1.0)
    assert (shares["T"] + shares["T CD56+"]) / shares["B"] == pytest.approx(6.0)
    assert (shares["NK CD56dim"] + shares["NK CD56bright"]) / shares["monocytes"] == pytest.approx(1.0)


def test_the_gates_find_the_true_nk_fraction_with_a_mean_bias_below_one_percent() -> None:
    kit = load_kit("identifiler")
    ratios = []
    for number in range(1, 51):
        blood = calibration_patient(7, kit, number).patient.blood(14)
        tube = stain(stream(7, str(number), "tube"), blood)
        ratios.append(
            gated_nk_fraction(np.asarray(acquire(stream(7, str(number), "cytometer"), tube, events=12_000).values))
            / tube.nk_fraction
        )
    assert abs(np.mean(ratios) - 1.0) < 0.01


def test_doublets_leave_the_diagonal_and_the_singlets_gate() -> None:
    tube = Tube(0.0, (("T", 1.0),))
    values = np.asarray(acquire(stream(5, "doublets"), tube, events=20_000).values, np.float64)
    doublet = values[:, 0] > 135_000.0
    singlets = next(gate for gate in nk_gates().gates if gate.id == "Singlets")
    assert isinstance(singlets, PolygonGate)
    # 4 % of the events are doublets of cells whose forward scatter is 84,000, dead ones 15 % less.
    assert doublet.mean() == pytest.approx(0.04, abs=0.005)
    assert inside(values[doublet][:, [0, 1]], singlets.vertices).mean() < 0.01
    assert inside(values[~doublet][:, [0, 1]], singlets.vertices).mean() > 0.995


def test_time_never_runs_backwards() -> None:
    values = acquire(stream(6, "time"), stain(stream(6, "tube"), BLOOD), events=2_000).values
    assert bool(np.all(np.diff(values[:, -1].astype(np.float64)) >= 0.0))


def test_logicle_bounds_are_what_an_oracle_makes_of_the_scale_values() -> None:
    transforms = import_module("flowkit").transforms
    logicle = transforms.LogicleTransform(262144, 0.5, 4.5, 0)
    expected = logicle.apply(np.array([[1000.0, 1500.0, 3000.0]]))[0]
    bounds = np.array([LOGICLE_1000, LOGICLE_1500, LOGICLE_3000])
    assert bounds == pytest.approx(expected, abs=1e-9)
    used = {
        d.low if d.low is not None else d.high
        for g in nk_gates().gates
        if isinstance(g, RectangleGate)
        for d in g.dimensions
    }
    assert used == {LOGICLE_1000, LOGICLE_1500, LOGICLE_3000}


def test_every_population_has_all_dyes() -> None:
    assert {len(look.dyes) for look in POPULATIONS.values()} == {6}


def test_no_events_are_refused() -> None:
    with pytest.raises(MethodError, match="NK-COR-05"):
        acquire(stream(8, "none"), Tube(0.0, (("T", 1.0),)), events=0)
