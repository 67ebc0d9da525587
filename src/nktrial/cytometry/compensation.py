"""Compensation: the dyes' signals from the detectors' signals.

Definition
    events = dyes x S, with the spillover matrix S (row = dye, column = detector), so dyes = events x S^-1; with more
    detectors than dyes, least squares: events x S^+ (pseudo-inverse). A matrix that is inverted already is S^-1 or S^+
    itself. One dye is a weighted sum of the detectors'
    scale values: only the columns that a gate asks for are computed.

Not decided here
    How a spillover matrix is estimated.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nktrial.core.errors import MethodError
from nktrial.model.events import EventMatrix
from nktrial.model.gates import FROM_FILE, SpectrumMatrix
from nktrial.model.method import Method
from nktrial.model.origin import Finding

__all__ = ["METHOD", "WORST_CONDITION", "Mixture", "compensation", "compensation_findings", "file_matrix"]

METHOD: Final = Method(
    name="cytometry.compensation",
    version=1,
    source="Bagwell and Adams 1993, Ann N Y Acad Sci 677:167; Gating-ML 2.0; FCS 3.1, $SPILLOVER",
)
FloatArray: TypeAlias = NDArray[np.float64]

WORST_CONDITION: Final = 1e6  # [unverified] own limit: beyond it noise is amplified a million times
COMPENSATED_PREFIX: Final = "comp-"  # FlowJo's names of compensated channels


@dataclass(frozen=True, slots=True)
class Mixture:
    """A weighted sum of channels' scale values: channel positions and weights."""

    channels: tuple[int, ...]
    weights: tuple[float, ...]


def file_matrix(matrix: EventMatrix) -> SpectrumMatrix | None:
    """Return the file's own spillover matrix, or None where it has none."""
    spill = matrix.spillover
    if spill is None:
        return None
    rows = tuple(tuple(map(float, row)) for row in np.asarray(spill.matrix, dtype=np.float64))
    return SpectrumMatrix(spill.channels, spill.channels, rows)


def compensation(spectrum: SpectrumMatrix, positions: Mapping[str, int], name: str) -> dict[str, Mixture]:
    """Return each dye as a weighted sum of channels.

    Parameters
    ----------
    spectrum : SpectrumMatrix
        m dyes, n detectors.
    positions : mapping
        Channel name -> column of the file.
    name : str
        The matrix's id, for messages.

    Returns
    -------
    dict
        Detector name and dye name of each of the m dyes -> its mixture. The dye of row i stands on detector i.

    Raises
    ------
    MethodError
        NK-CYT-04 a detector is not in the file; NK-CYT-05 the matrix is not m x n with n >= m (inverted: n x m), or
        has a value that is not finite; NK-CYT-06 it is singular or worse conditioned than 1e6.
    """
    missing = [detector for detector in spectrum.detectors if detector not in positions]
    if missing:
        raise MethodError(
            "NK-CYT-04",
            f"compensation {name!r} needs detector {missing[0]!r}, which the file does not have.",
            remedy="Use the matrix that belongs to the file's panel.",
        )
    weights = _unmixing(spectrum, name)
    columns = tuple(positions[detector] for detector in spectrum.detectors)
    mixtures: dict[str, Mixture] = {}
    for row, dye in enumerate(spectrum.fluorochromes):
        used = [(column, float(weight)) for column, weight in zip(columns, weights[:, row], strict=True) if weight]
        mixture = Mixture(tuple(column for column, _ in used), tuple(weight for _, weight in used))
        mixtures[spectrum.detectors[row]] = mixture
        mixtures.setdefault(dye, mixture)
    return mixtures


def compensation_findings(
    matrix: EventMatrix, asked: Mapping[str, SpectrumMatrix | None], *, subject: str
) -> tuple[Finding, ...]:
    """Report compensation that is missing or looks like the second one.

    Parameters
    ----------
    matrix : EventMatrix
        The events.
    asked : mapping
        Compensation reference -> its matrix, None where the file has none.
    subject : str
        What the findings are about.

    Returns
    -------
    tuple of Finding
        NK-CYT-07 the gates ask for the file's matrix and there is none; NK-CYT-08 channels are named as compensated
        and a matrix other than the identity is applied to them.
    """
    findings = []
    if FROM_FILE in asked and asked[FROM_FILE] is None:
        findings.append(
            Finding(
                "NK-CYT-07",
                "info",
                subject,
                "The gates ask for the file's own compensation and the file has no $SPILLOVER: taken as uncompensated, "
                "as Gating-ML 2.0 says.",
            )
        )
    named = [channel.name for channel in matrix.channels if channel.name.lower().startswith(COMPENSATED_PREFIX)]
    active = [name for name, spectrum in asked.items() if spectrum is not None and not _is_identity(spectrum.rows)]
    if named and active:
        findings.append(
            Finding(
                "NK-CYT-08",
                "warning",
                subject,
                f"{len(named)} channels are named as already compensated ({named[0]!r}), yet compensation "
                f"{active[0]!r} is not the identity: the events may have been compensated twice.",
                {"channels": named, "compensation": active},
            )
        )
    return tuple(findings)


def _unmixing(spectrum: SpectrumMatrix, name: str) -> FloatArray:
    """Return the (n detectors, m dyes) matrix of weights."""
    dyes, detectors = len(spectrum.fluorochromes), len(spectrum.detectors)
    lengths = {len(row) for row in spectrum.rows}
    shape = (detectors, dyes) if spectrum.inverted else (dyes, detectors)
    fits = len(spectrum.rows) == shape[0] and lengths == {shape[1]} and dyes <= detectors
    values = np.array(spectrum.rows, dtype=np.float64) if fits else np.full((1, 1), np.nan)
    if not fits or not np.isfinite(values).all():
        raise MethodError(
            "NK-CYT-05",
            f"compensation {name!r} has {len(spectrum.rows)} rows for {dyes} dyes and {detectors} detectors, expected "
            "a finite number for each dye and detector and no fewer detectors than dyes.",
        )
    if _is_identity(spectrum.rows) and dyes == detectors:
        return values
    condition = float(np.linalg.cond(values))
    if not condition <= WORST_CONDITION:
        raise MethodError(
            "NK-CYT-06",
            f"compensation {name!r} has the condition number {condition:.3g}, expected at most {WORST_CONDITION:.0e}.",
            remedy="Two dyes have nearly the same spectrum in this matrix; use the right matrix or leave one dye out.",
        )
    if spectrum.inverted:
        return values
    inverse = np.linalg.inv(values) if dyes == detectors else np.linalg.pinv(values)
    return np.asarray(inverse, dtype=np.float64)


def _is_identity(rows: Sequence[Sequence[float]]) -> bool:
    """Tell whether a matrix changes nothing."""
    return all(value == (1.0 if i == j else 0.0) for i, row in enumerate(rows) for j, value in enumerate(row))
