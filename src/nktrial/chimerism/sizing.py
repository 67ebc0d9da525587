"""Fragment length from migration time: local Southern.

Definition
    Through three standards (L_i, m_i) the length is L = c / (m - m0) + L0. A scan is sized through the two
    standards below and the one above it, and through the one below and the two above; the length is the mean of
    both. In the first and the last interval only one of the two exists. Beyond the outermost standards there is
    no length.

Not decided here
    Which peaks are standards (``size_standard``).
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from nktrial.core.check import increasing, same_length
from nktrial.core.errors import MethodError
from nktrial.model.method import Method

__all__ = ["METHOD", "local_southern"]

METHOD: Final = Method(
    name="chimerism.sizing", version=1, source="Elder & Southern 1983, Anal Biochem 128:227; Southern 1979, 100:319"
)
FEWEST_STANDARDS: Final = 3


def local_southern(
    scan: NDArray[np.float64], standard_scan: NDArray[np.float64], standard_bp: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Size scans by the local Southern method.

    Parameters
    ----------
    scan : (n,) float
        Positions to size [scan].
    standard_scan, standard_bp : (m,) float
        Positions and lengths of the standards, both strictly increasing, m >= 3.

    Returns
    -------
    (n,) float
        Length [bp]; NaN outside the standards.

    Raises
    ------
    MethodError
        NK-SIZ-01 fewer than three standards; NK-COR-02, NK-COR-03.
    """
    same_length(standard_scan=standard_scan, standard_bp=standard_bp)
    if standard_scan.size < FEWEST_STANDARDS:
        raise MethodError("NK-SIZ-01", f"sizing needs {FEWEST_STANDARDS} standards, there are {standard_scan.size}.")
    increasing("standard_scan", standard_scan)
    increasing("standard_bp", standard_bp)
    last = standard_scan.size - 1
    inside = (scan >= standard_scan[0]) & (scan <= standard_scan[last])
    interval = np.clip(np.searchsorted(standard_scan, scan, side="right") - 1, 0, last - 1)
    below = _southern(scan, standard_scan, standard_bp, np.maximum(interval - 1, 0))
    above = _southern(scan, standard_scan, standard_bp, np.minimum(interval, last - 2))
    return np.where(inside, (below + above) / 2.0, np.nan)


def _southern(
    scan: NDArray[np.float64],
    standard_scan: NDArray[np.float64],
    standard_bp: NDArray[np.float64],
    first: NDArray[np.intp],
) -> NDArray[np.float64]:
    """Evaluate the hyperbola through the three standards that begin at ``first``.

    With u = (m - m1)/(m3 - m1) the hyperbola is L = (L1 + (L3 (1 + q) - L1) u) / (1 + q u), which stays finite where
    the three standards lie on a line (q = 0); the middle standard gives q.
    """
    m1, m2, m3 = (standard_scan[first + k] for k in range(3))
    l1, l2, l3 = (standard_bp[first + k] for k in range(3))
    u, v = (scan - m1) / (m3 - m1), (m2 - m1) / (m3 - m1)
    q = (l2 - l1 - v * (l3 - l1)) / (v * (l3 - l2))
    return np.asarray((l1 + (l3 * (1.0 + q) - l1) * u) / (1.0 + q * u))
