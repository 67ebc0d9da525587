"""Artefacts that a peak's neighbours betray: saturation, pull-up, spikes, dye blobs.

Definition
    A peak is saturated when it covers a scan that the camera marked, as the highest dye there or at half of it,
    or when its raw height reaches the instrument's limit. It is pull-up when a taller peak of another dye, the
    size standard's included, has its apex within 2 scans and the peak is no more than a tenth of it, or no more
    than 0.3 of it where that one is saturated; also when it lies within 60 scans of a saturated peak of another
    dye and reaches no more than 0.03 of it, where the separation of the dyes breaks down. It is a spike when
    its width is less than 0.55 of the lane's, a blob when more than 2.2 times. The lane's width is the median
    over its sized peaks that are at least a fifth as high as the tallest of them.

Not decided here
    Stutter, which needs the locus (``alleles``).
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nktrial.chimerism.peaks import FoundPeaks
from nktrial.model.method import Method
from nktrial.model.trace import Trace

__all__ = ["METHOD", "pull_up_flags", "saturation_flags", "width_flags"]

METHOD: Final = Method(name="chimerism.artefacts", version=1, source="nktrial; kinds after OSIRIS (Goor 2011)")
PULL_UP_SCANS: Final = 2.0
PULL_UP_SHARE: Final = 0.10
PULL_UP_SATURATED_SHARE: Final = 0.30  # [unverified]
BESIDE_SCANS: Final = 60.0  # [unverified] reach of the ripples beside the size standard at 8,000 RFU
BESIDE_SHARE: Final = 0.03  # [unverified] they reach 0.022 of it
SPIKE_WIDTH: Final = 0.55  # [unverified] pull-up of saturated peaks and spikes have 0.45, peaks 0.8 to 1.6
BLOB_WIDTH: Final = 2.2  # [unverified]
TALL_SHARE: Final = 0.2
# Raw heights at which the camera saturates: about 8,000 RFU on 31xx instruments, 30,000 on later ones.
LIMIT_31XX_RFU: Final = 8_000
LIMIT_RFU: Final = 30_000


def saturation_flags(trace: Trace, peaks: Sequence[FoundPeaks]) -> tuple[NDArray[np.bool_], ...]:
    """Tell which peaks are saturated.

    Parameters
    ----------
    trace : Trace
        The raw lane.
    peaks : sequence of FoundPeaks
        One a dye.

    Returns
    -------
    tuple of (n,) bool
        One array a dye.
    """
    limit = LIMIT_31XX_RFU if trace.facts.get("instrument", "").startswith(("310", "311", "313")) else LIMIT_RFU
    marked = np.zeros(trace.scans.shape[0], dtype=bool)
    marked[trace.saturated] = True
    flags = []
    for dye, found in enumerate(peaks):
        raw = trace.scans[:, dye]
        row = np.zeros(found.apex.size, dtype=bool)
        for place, (apex, width) in enumerate(zip(found.apex, found.width, strict=True)):
            span = slice(max(0, int(apex - width / 2)), int(apex + width / 2) + 1)
            here = int(raw[span].max())
            row[place] = here >= limit or bool(marked[span].any() and here >= trace.scans[span].max() / 2)
        flags.append(row)
    return tuple(flags)


def pull_up_flags(peaks: Sequence[FoundPeaks], saturated: Sequence[NDArray[np.bool_]]) -> tuple[NDArray[np.bool_], ...]:
    """Tell which peaks are the shadow of a taller peak in another dye.

    Parameters
    ----------
    peaks : sequence of FoundPeaks
        One a dye.
    saturated : sequence of (n,) bool
        Which are saturated, one array a dye.

    Returns
    -------
    tuple of (n,) bool
        One array a dye.
    """
    flags = []
    for dye, found in enumerate(peaks):
        row = np.zeros(found.apex.size, dtype=bool)
        for other, parents in enumerate(peaks):
            if other == dye or not parents.apex.size or not found.apex.size:
                continue
            away = np.abs(found.apex[:, None] - parents.apex[None, :])
            share = np.where(saturated[other], PULL_UP_SATURATED_SHARE, PULL_UP_SHARE)
            limit = np.where(away <= PULL_UP_SCANS, share, 0.0)
            beside = (away <= BESIDE_SCANS) & saturated[other]
            limit = np.maximum(limit, np.where(beside, BESIDE_SHARE, 0.0))
            row |= np.any(found.height_rfu[:, None] <= limit * parents.height_rfu[None, :], axis=1)
        flags.append(row)
    return tuple(flags)


def width_flags(peaks: Sequence[FoundPeaks], first_scan: float, last_scan: float) -> tuple[NDArray[np.str_], ...]:
    """Tell which peaks are too narrow or too broad.

    Parameters
    ----------
    peaks : sequence of FoundPeaks
        One a dye.
    first_scan, last_scan : float
        Where the size standard begins and ends: the primer front before it does not count.

    Returns
    -------
    tuple of (n,) str
        ``"spike"``, ``"blob"`` or empty; one array a dye.
    """
    apex = np.concatenate([found.apex for found in peaks])
    inside = (apex >= first_scan) & (apex <= last_scan)
    widths = np.concatenate([found.width for found in peaks])[inside]
    heights = np.concatenate([found.height_rfu for found in peaks])[inside]
    if not widths.size:
        return tuple(np.full(found.apex.size, "") for found in peaks)
    usual = float(np.median(widths[heights >= TALL_SHARE * heights.max()]))
    return tuple(
        np.where(found.width < SPIKE_WIDTH * usual, "spike", np.where(found.width > BLOB_WIDTH * usual, "blob", ""))
        for found in peaks
    )
