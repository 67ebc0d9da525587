"""Typical stutter of an allele, from published regressions, and the dose it gives its neighbours.

Definition
    The share of an allele's height that falls one repeat before it is a + b x (repeats), locus by locus; one repeat
    after it a constant (D22S1045: a + b x); two repeats before it, and in SE33 and D1S1656 2 bp before it, likewise. In
    TH01 alleles .3 the longest uninterrupted stretch, not the name, counts. Whatever the locus, the ratios are relative
    to a typical one: the fit scales back and forward stutter for each sample, since instrument, kit and cycles matter.

Not decided here
    The sample's own level of stutter (``mixture_fit``).
"""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nktrial.chimerism.marker import allele_length
from nktrial.model.kit import Locus as KitLocus

__all__ = ["BACK_STUTTER", "FORWARD_STUTTER", "REPEAT_BP", "stutter_doses"]

FloatArray = NDArray[np.float64]
BACK_STUTTER: Final = 0.07  # typical back stutter of a locus, where neither table nor kit says otherwise
FORWARD_STUTTER: Final = 0.008
LEAST_BACK, MOST_BACK = 0.01, 0.16  # [unverified] no regression is followed beyond these
REPEAT_BP: Final = {"pentae": 5, "pentad": 5, "pentab": 5, "pentac": 5, "d22s1045": 3}
INTERRUPTED: Final = {"th01": 3.0}  # repeats by which an allele with a part repeat has a shorter stretch (9.3 as 6)
# GlobalFiler on a 3500: back a, b; forward; double back (at the middle rung). simDNAmixtures, Kruijver and Bright.
REGRESSIONS: Final = {
    "d3s1358": (-0.05363, 0.00802, 0.00538, 0.0057),
    "vwa": (-0.09395, 0.00952, 0.00534, 0.0074),
    "d16s539": (-0.05042, 0.0093, 0.00579, 0.0048),
    "csf1po": (-0.04162, 0.00862, 0.00691, 0.0077),
    "tpox": (-0.02701, 0.00541, 0.0046, 0.001),
    "d8s1179": (0.00832, 0.00417, 0.00583, 0.0062),
    "d21s11": (-0.09642, 0.00547, 0.0077, 0.0122),
    "d18s51": (-0.04405, 0.00737, 0.0066, 0.0059),
    "d2s441": (0.05776, -0.00104, 0.00532, 0.0063),
    "d19s433": (-0.06626, 0.00919, 0.00398, 0.0085),
    "th01": (-0.02081, 0.00576, 0.00411, 0.001),  # by the stretch: the exceptions' values, 0.01375 for 6 and 9.3
    "fga": (-0.07745, 0.00656, 0.00613, 0.0081),
    "d22s1045": (-0.11253, 0.0126, 0.03527, 0.0061),
    "d5s818": (-0.04525, 0.00892, 0.00801, 0.0075),
    "d13s317": (-0.05664, 0.0094, 0.006, 0.0035),
    "d7s820": (-0.04293, 0.00839, 0.00419, 0.0038),
    "se33": (0.03867, 0.00221, 0.00797, 0.006),
    "d10s1248": (-0.04787, 0.00866, 0.00385, 0.0075),
    "d1s1656": (0.01233, 0.00387, 0.00625, 0.0066),
    "d12s391": (-0.08479, 0.00832, 0.00558, 0.0088),
    "d2s1338": (-0.00979, 0.00401, 0.00499, 0.0066),
}
TWO_BP: Final = {"se33": 0.03, "d1s1656": 0.015}


def stutter_doses(
    key: str, length: float, pairs: Sequence[tuple[str, str]], known: KitLocus | None
) -> tuple[FloatArray, FloatArray]:
    """Return what falls on a position, in copies of each of K persons, relative to typical stutter.

    Parameters
    ----------
    key : str
        The locus, spelled to compare by.
    length : float
        The position, as an allele's name is a number; NaN: nothing falls there.
    pairs : sequence of (str, str)
        Each person's alleles.
    known : nktrial.model.kit.Locus or None
        The kit's typical ratios, for a locus that the table lacks.

    Returns
    -------
    back, forward : (K,) float
        To be multiplied by the sample's back and forward stutter.
    """
    repeat = REPEAT_BP.get(key, 4)
    here = _length_bp(length, repeat)
    back, forward = np.zeros(len(pairs)), np.zeros(len(pairs))
    for person, pair in enumerate(pairs):
        for allele in pair:
            parent = allele_length(allele)
            distance = _length_bp(parent, repeat) - here
            ratio_back, ratio_forward, ratio_double = _ratios(key, parent, known)
            if distance == repeat:
                back[person] += ratio_back / BACK_STUTTER
            elif distance == 2 * repeat:
                back[person] += ratio_double / BACK_STUTTER
            elif distance == 2:
                back[person] += TWO_BP.get(key, 0.0) / BACK_STUTTER
            elif distance == -repeat:
                forward[person] += ratio_forward / FORWARD_STUTTER
    return back, forward


def _length_bp(length: float, repeat_bp: int) -> float:
    """Return the length of the repeats of an allele [bp]: 9.3 of a tetranucleotide is 39."""
    if not math.isfinite(length):
        return math.nan
    return float(math.floor(length) * repeat_bp + round(10 * (length - math.floor(length))))


def _ratios(key: str, parent: float, known: KitLocus | None) -> tuple[float, float, float]:
    """Return back, forward and double-back stutter of an allele."""
    if key in REGRESSIONS and math.isfinite(parent):
        a, b, forward, double = REGRESSIONS[key]
        stretch = math.floor(parent) - (INTERRUPTED.get(key, 0.0) if parent % 1 else 0.0)
        whole = stretch if key in INTERRUPTED else parent
        return min(max(a + b * whole, LEAST_BACK), MOST_BACK), forward, double
    if known is not None and known.back_stutter > 0 and known.forward_stutter > 0:
        return known.back_stutter, known.forward_stutter, 0.0
    return BACK_STUTTER, FORWARD_STUTTER, 0.0
