"""Absolute lymphocyte count (ALC) of one sample.

Definition
    ALC as the laboratory gives it; where it gives none, WBC x lymphocyte percent / 100. The error of a count is
    log-normal with the analyser's coefficient of variation and the value as its median; the error of a differential is
    that of a share of the cells counted (binomial, Rümke 1985), here the beta distribution of Jeffreys.

Not decided here
    Whether the lymphocytes of the analyser are the lymphocytes of the flow gate (endpoints), and the biological
    variation from one hour to the next.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, ndtri

from nktrial.blood.rows import NotEvaluable, Reading, read_test
from nktrial.core.check import in_range
from nktrial.core.errors import MethodError
from nktrial.core.lattice import lattice
from nktrial.model.clinic import Count
from nktrial.model.method import Method
from nktrial.model.origin import Finding
from nktrial.model.uncertainty import PROBABILITIES, Uncertain, certain

__all__ = ["METHOD", "LymphocyteCount", "NotEvaluable", "absolute_lymphocytes"]

METHOD: Final = Method(
    name="blood.lymphocytes",
    version=1,
    source="Bachanova 2014, Blood 123:3855 (ALC/uL); Rümke 1985, Blood Cells 11:311",
)
ALC_CV: Final = 0.05  # [unverified] 5-10 % is quoted for automated counts; higher in leukopenic blood
CELLS_COUNTED: Final = 1000  # [unverified] between a manual differential (100-200) and an automated one (thousands)
DISAGREEMENT: Final = 0.20  # [unverified]
PLAUSIBLE_PER_UL: Final = (10.0, 50_000.0)  # [unverified] outside: the unit column deserves a second look
GIVEN: Final = "ALC"
DERIVED: Final = "WBC x LYMPH_PCT"


@dataclass(frozen=True, slots=True)
class LymphocyteCount:
    """The absolute lymphocyte count of one sample.

    Parameters
    ----------
    alc : Uncertain
        [cells/uL].
    basis : str
        ``"ALC"`` or ``"WBC x LYMPH_PCT"``.
    used : tuple of Count
        The rows that the value rests on.
    findings : tuple of Finding
        What was noticed.
    other : Uncertain or None
        The same count by the other way, where the rows give both [cells/uL].
    other_basis : str
        The other way; empty where there is none.
    """

    alc: Uncertain
    basis: str
    used: tuple[Count, ...]
    findings: tuple[Finding, ...] = ()
    other: Uncertain | None = None
    other_basis: str = ""


def absolute_lymphocytes(
    counts: Sequence[Count], *, alc_cv: float = ALC_CV, cells_counted: int = CELLS_COUNTED
) -> LymphocyteCount | NotEvaluable:
    """Return the absolute lymphocyte count of one sample, or why there is none.

    Parameters
    ----------
    counts : sequence of Count
        All laboratory rows of one sample, in any order; tests other than ALC, WBC and LYMPH_PCT are ignored.
    alc_cv : float
        Analyser's coefficient of variation of a cell count, 0..1.
    cells_counted : int
        Cells that the differential rests on: 100 or 200 for a manual one, thousands for an automated one.

    Returns
    -------
    LymphocyteCount | NotEvaluable
        ``NotEvaluable``: NK-BLD-01 no count, NK-BLD-02 unit, NK-BLD-03 rows disagree, NK-BLD-04 below the analyser's
        limit, NK-BLD-05 above it, NK-BLD-06 impossible value. Findings: NK-BLD-07 the two ways disagree, NK-BLD-08
        implausible size.

    Raises
    ------
    MethodError
        NK-BLD-09 unknown qualifier; NK-BLD-10 rows of several samples; NK-COR-05 ``alc_cv`` or ``cells_counted`` out of
        range.
    """
    in_range("alc_cv", alc_cv, 0.0, 1.0)
    in_range("cells_counted", cells_counted, 1, 1e9)
    samples = sorted({count.sample_id for count in counts})
    if len(samples) > 1:
        raise MethodError("NK-BLD-10", f"blood counts of {len(samples)} samples were given as one: {samples[0]} ...")
    given = read_test(counts, "ALC")
    derived = _derived(counts, alc_cv, cells_counted)
    if isinstance(given, NotEvaluable):
        return given
    if given is None:
        return derived
    if given.limit:
        return _beyond("ALC", given.limit, given.value, given.row.sample_id)
    alc = _counted(given.value, alc_cv)
    other = derived if isinstance(derived, LymphocyteCount) else None
    findings = _implausible(alc.value, given.row.sample_id)
    if other is None:
        return LymphocyteCount(alc, GIVEN, (given.row,), findings)
    findings += _disagreeing(alc.value, other.alc.value, given.row.sample_id)
    return LymphocyteCount(alc, GIVEN, (given.row,), findings, other.alc, DERIVED)


def _derived(counts: Sequence[Count], alc_cv: float, cells_counted: int) -> LymphocyteCount | NotEvaluable:
    """Return WBC x lymphocyte percent / 100."""
    wbc, percent = read_test(counts, "WBC"), read_test(counts, "LYMPH_PCT")
    for reading in (wbc, percent):
        if isinstance(reading, NotEvaluable):
            return reading
    if not isinstance(wbc, Reading) or not isinstance(percent, Reading):
        found = ", ".join(sorted({count.test for count in counts})) or "no counts at all"
        return NotEvaluable(
            f"no absolute lymphocyte count: neither ALC nor WBC with LYMPH_PCT is given (found {found}).", "NK-BLD-01"
        )
    value = wbc.value * percent.value / 100.0
    for limit in ("<", ">"):
        if limit in {wbc.limit, percent.limit}:
            whole = {wbc.limit, percent.limit} <= {"", limit}
            return _beyond("WBC x LYMPH_PCT", limit, value if whole else None, wbc.row.sample_id)
    points = lattice(2)
    size = _counted(wbc.value, alc_cv).quantile(points[:, 0])
    share = _share(percent.value / 100.0, cells_counted).quantile(points[:, 1])
    alc = Uncertain(value, tuple(np.quantile(size * share, PROBABILITIES, method="hazen").tolist()))
    return LymphocyteCount(alc, DERIVED, (wbc.row, percent.row), _implausible(value, wbc.row.sample_id))


def _counted(value: float, cv: float) -> Uncertain:
    """Return a count with log-normal error, the value as its median."""
    sigma = float(np.sqrt(np.log1p(cv * cv)))
    if sigma == 0.0 or value == 0.0:
        return certain(value)
    grid: NDArray[np.float64] = value * np.exp(sigma * ndtri(PROBABILITIES))
    return Uncertain(value, tuple(grid.tolist()))


def _share(share: float, cells: int) -> Uncertain:
    """Return a differential share with the error of the cells counted: beta(kp + 1/2, k(1 - p) + 1/2)."""
    grid: NDArray[np.float64] = betaincinv(share * cells + 0.5, (1.0 - share) * cells + 0.5, PROBABILITIES)
    return Uncertain(share, tuple(grid.tolist()))


def _beyond(what: str, limit: str, value: float | None, sample_id: str) -> NotEvaluable:
    """Say that a count lies beyond what the analyser measures (NK-BLD-04 below, NK-BLD-05 above)."""
    stated = "" if value is None else f" {limit} {value:g}/uL"
    if limit == "<":
        return NotEvaluable(f"{what} of {sample_id} is below the analyser's limit{stated}.", "NK-BLD-04", value)
    return NotEvaluable(f"{what} of {sample_id} is above the analyser's limit{stated}.", "NK-BLD-05")


def _implausible(value: float, sample_id: str) -> tuple[Finding, ...]:
    """Note a count outside the plausible range (NK-BLD-08)."""
    low, high = PLAUSIBLE_PER_UL
    if low <= value <= high:
        return ()
    message = f"ALC of {value:g}/uL lies outside {low:g} to {high:g}/uL: check the unit column."
    return (Finding("NK-BLD-08", "warning", sample_id, message, {"alc_per_ul": value}),)


def _disagreeing(given: float, derived: float, sample_id: str) -> tuple[Finding, ...]:
    """Note that the two ways to the same count disagree (NK-BLD-07)."""
    if abs(given - derived) <= DISAGREEMENT * max(given, derived):
        return ()
    message = f"ALC is given as {given:g}/uL, but WBC x LYMPH_PCT is {derived:g}/uL; the ALC as given is used."
    evidence = {"alc_per_ul": given, "wbc_x_lymph_pct_per_ul": derived}
    return (Finding("NK-BLD-07", "warning", sample_id, message, evidence),)
