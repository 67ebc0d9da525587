"""A share that a laboratory reports with its standard deviation.

Definition
    The share's distribution is the normal distribution with the reported mean and standard deviation, cut off at 0 and
    1. The point value is the reported one.

Not decided here
    What the standard deviation holds: over loci, over replicates, or the laboratory's own figure.
"""

from typing import Final

import numpy as np
from scipy.special import ndtr, ndtri

from nktrial.core.errors import MethodError
from nktrial.model.method import Method
from nktrial.model.uncertainty import PROBABILITIES, Uncertain

__all__ = ["METHOD", "reported_share"]

METHOD: Final = Method("chimerism.reported_share", 1, "normal distribution truncated to 0..1, Johnson, Kotz 1970")


def reported_share(share: float, sd: float) -> Uncertain:
    """Return the distribution of a reported share.

    Parameters
    ----------
    share : float
        As reported, 0..1.
    sd : float
        Its standard deviation, above 0.

    Returns
    -------
    Uncertain
        0..1.

    Raises
    ------
    MethodError
        NK-MIX-30 a share outside 0..1, or a standard deviation that is not above 0.
    """
    if not (0.0 <= share <= 1.0 and 0.0 < sd <= 1.0):
        raise MethodError(
            "NK-MIX-30",
            f"a share of {share} with standard deviation {sd} was reported; expected 0 to 1 and above 0.",
            remedy="Write both in percent, as the laboratory reported them.",
        )
    low, high = ndtr((0.0 - share) / sd), ndtr((1.0 - share) / sd)
    quantiles = np.clip(share + sd * ndtri(low + PROBABILITIES * (high - low)), 0.0, 1.0)
    return Uncertain(share, tuple(float(value) for value in quantiles))
