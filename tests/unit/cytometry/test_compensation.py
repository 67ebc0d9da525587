"""Compensation: weights, refusals, findings."""

import numpy as np
import pytest

from nktrial.core.errors import MethodError
from nktrial.cytometry.compensation import compensation, compensation_findings, file_matrix
from nktrial.model.events import Channel, EventMatrix, Spillover
from nktrial.model.gates import SpectrumMatrix

POSITIONS = {"FL1": 0, "FL2": 1, "FL3": 2}


def spectrum(*rows: tuple[float, ...], dyes: tuple[str, ...] = ("FITC", "PE")) -> SpectrumMatrix:
    return SpectrumMatrix(dyes, ("FL1", "FL2", "FL3")[: len(rows[0])], rows)


def events(*names: str, spillover: Spillover | None = None) -> EventMatrix:
    channels = tuple(Channel(i, name, "", 32, 1024.0) for i, name in enumerate(names))
    return EventMatrix(np.zeros((1, len(names))), channels, spillover, {}, "FCS3.1")


def apply(mixtures: dict, name: str, row: np.ndarray) -> float:  # type: ignore[type-arg]
    mixture = mixtures[name]
    return float(sum(row[c] * w for c, w in zip(mixture.channels, mixture.weights, strict=True)))


def test_compensation_undoes_spillover() -> None:
    matrix = spectrum((1.0, 0.2), (0.1, 1.0))
    dyes = np.array([300.0, 50.0])
    seen = dyes @ np.array(matrix.rows)
    mixtures = compensation(matrix, POSITIONS, "m")
    assert apply(mixtures, "FITC", seen) == pytest.approx(300.0)
    assert apply(mixtures, "FL2", seen) == pytest.approx(50.0)


def test_more_detectors_than_dyes_is_least_squares() -> None:
    matrix = spectrum((1.0, 0.2, 0.05), (0.1, 1.0, 0.3))
    noisy = np.array([120.0, 900.0, 333.0])
    expected = np.linalg.lstsq(np.array(matrix.rows).T, noisy, rcond=None)[0]
    mixtures = compensation(matrix, POSITIONS, "m")
    assert [apply(mixtures, dye, noisy) for dye in ("FITC", "PE")] == pytest.approx(list(expected))


def test_the_identity_reads_one_channel_unchanged() -> None:
    mixture = compensation(spectrum((1.0, 0.0), (0.0, 1.0)), POSITIONS, "m")["FL2"]
    assert (mixture.channels, mixture.weights) == ((1,), (1.0,))


def test_a_missing_detector_is_named() -> None:
    with pytest.raises(MethodError, match=r"NK-CYT-04.*'FL2'"):
        compensation(spectrum((1.0, 0.2), (0.1, 1.0)), {"FL1": 0}, "m")


@pytest.mark.parametrize(
    "matrix",
    [
        SpectrumMatrix(("a", "b"), ("FL1", "FL2"), ((1.0, 0.1), (0.1,))),
        SpectrumMatrix(("a", "b"), ("FL1", "FL2"), ((1.0, 0.1),)),
        SpectrumMatrix(("a", "b"), ("FL1",), ((1.0,), (0.5,))),
        SpectrumMatrix(("a", "b"), ("FL1", "FL2"), ((1.0, float("nan")), (0.1, 1.0))),
    ],
)
def test_a_misshapen_matrix_is_refused(matrix: SpectrumMatrix) -> None:
    with pytest.raises(MethodError, match="NK-CYT-05"):
        compensation(matrix, POSITIONS, "m")


@pytest.mark.parametrize("rows", [((1.0, 1.0), (1.0, 1.0)), ((1.0, 1.0), (1.0, 1.0 + 1e-8)), ((0.0, 0.0), (0.0, 0.0))])
def test_a_singular_matrix_is_refused(rows: tuple[tuple[float, ...], ...]) -> None:
    with pytest.raises(MethodError, match="NK-CYT-06"):
        compensation(spectrum(*rows), POSITIONS, "m")


def test_a_file_without_its_own_matrix_is_a_finding() -> None:
    (finding,) = compensation_findings(events("FL1"), {"FCS": None}, subject="a.fcs")
    assert (finding.code, finding.severity) == ("NK-CYT-07", "info")


def test_compensating_compensated_channels_is_a_warning() -> None:
    matrix = spectrum((1.0, 0.2), (0.1, 1.0))
    (finding,) = compensation_findings(events("Comp-FL1", "Comp-FL2"), {"m": matrix}, subject="a.fcs")
    assert (finding.code, finding.severity) == ("NK-CYT-08", "warning")
    identity = spectrum((1.0, 0.0), (0.0, 1.0))
    assert compensation_findings(events("Comp-FL1"), {"m": identity}, subject="a.fcs") == ()
    assert compensation_findings(events("FL1"), {"m": matrix}, subject="a.fcs") == ()


def test_the_files_matrix() -> None:
    spill = Spillover(("FL1", "FL2"), np.array([[1.0, 0.2], [0.1, 1.0]]))
    assert file_matrix(events("FL1", "FL2", spillover=spill)) == SpectrumMatrix(
        ("FL1", "FL2"), ("FL1", "FL2"), ((1.0, 0.2), (0.1, 1.0))
    )
    assert file_matrix(events("FL1")) is None
