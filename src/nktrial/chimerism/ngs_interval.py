"""The interval of a share from reads: the signed root of the profile likelihood.

Definition
    The other persons' ratio, rho and eps are fitted again with the share held at points to both sides of the estimate
    w. r(x) = sign(x - w) sqrt(2 (loss(x) - loss(w))) is read as a Student deviate with as many degrees of freedom as
    there are markers beyond the free shares, since rho is known from these markers only; the distribution of the
    share has the cumulative probability T(r(x)), cut off at 0 and 1, where it may hold a point mass
    (Barndorff-Nielsen and Cox 1994). The points are evenly spaced on the scale of asin sqrt x, where r is about a
    straight line, also close to 0 and 1.

Not decided here
    The estimate (``ngs_fit``).
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from nktrial.chimerism.ngs_fit import CountFit, fit_with_share
from nktrial.chimerism.ngs_likelihood import MarkerData
from nktrial.model.uncertainty import PROBABILITIES, Uncertain, certain

__all__ = ["count_distributions", "degrees_of_freedom"]

FloatArray = NDArray[np.float64]
ROOT_STEP: Final = 0.6
FIRST_STEP: Final = 2e-3  # on the scale of asin sqrt x
MAX_POINTS: Final = 24
LEAST_FREEDOM: Final = 4


def count_distributions(data: MarkerData, best: CountFit) -> list[Uncertain]:
    """Return the distribution of each person's share, in the order of the persons."""
    persons = best.shares.size
    if persons == 1:
        return [certain(1.0)]
    wanted = stdtrit(degrees_of_freedom(data), PROBABILITIES)
    found: list[Uncertain] = []
    for person in range(persons):
        if persons == 2 and person == 1:
            mirror = tuple(1.0 - x for x in reversed(found[0].quantiles))
            found.append(Uncertain(1.0 - found[0].value, mirror))
            continue
        grid, roots = _profile(data, best, person, furthest=float(wanted[-1]))
        quantiles = np.sin(np.interp(wanted, roots, grid)) ** 2
        ordered = np.clip(np.maximum.accumulate(quantiles), 0.0, 1.0)
        found.append(Uncertain(float(best.shares[person]), tuple(ordered.tolist())))
    return found


def degrees_of_freedom(data: MarkerData) -> int:
    """Return the number of markers less the number of free shares; 4 or more."""
    return max(LEAST_FREEDOM, len(data.markers) - len(data.copies) + 1)


def _profile(data: MarkerData, best: CountFit, person: int, *, furthest: float) -> tuple[FloatArray, FloatArray]:
    """Follow the profile of one share to both sides; return asin sqrt of shares, and signed roots."""
    middle = float(np.arcsin(np.sqrt(best.shares[person])))
    points = [(middle, best.loss, 0.0)]
    for side, end in ((-1.0, 0.0), (1.0, np.pi / 2.0)):
        here, at, root, step = best, middle, 0.0, FIRST_STEP
        for _ in range(MAX_POINTS):
            if at == end or root >= furthest:
                break
            new = at + side * step
            new = end if (new - end) * side >= 0.0 else new
            here = fit_with_share(data, here, person, float(np.sin(new) ** 2))
            gained = float(np.sqrt(max(0.0, 2.0 * (here.loss - best.loss))))
            step = abs(new - at) * float(np.clip(ROOT_STEP / max(gained - root, 1e-3), 0.3, 4.0))
            at, root = new, max(gained, root)
            points.append((at, here.loss, side))
    ordered = np.array(sorted(points))
    floor = ordered[:, 1].min()
    roots = ordered[:, 2] * np.sqrt(np.maximum(0.0, 2.0 * (ordered[:, 1] - floor)))
    return ordered[:, 0], np.maximum.accumulate(roots + 1e-9 * np.arange(roots.size))
