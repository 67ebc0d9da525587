"""A sized lane: baselined dyes, their peaks and the lengths of these.

Definition
    The steps that every lane takes, ladder or sample: ``baseline``, ``peaks``, ``size_standard``, ``separation``,
    ``sizing``.

Not decided here
    Which allele a peak is.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nktrial.chimerism.baseline import Baselined, baselined, detection_threshold_rfu
from nktrial.chimerism.peaks import FoundPeaks, find_peaks
from nktrial.chimerism.separation import LEAST_BLEED, bleed_of_standard
from nktrial.chimerism.size_standard import StandardFit, fit_standard
from nktrial.chimerism.sizing import local_southern
from nktrial.core.errors import MethodError
from nktrial.model.kit import Kit
from nktrial.model.trace import Trace

__all__ = ["SizedLane", "sized_lane"]

FLAT_RFU: Final = 1


@dataclass(frozen=True, slots=True, eq=False)
class SizedLane:
    """One lane after sizing.

    Parameters
    ----------
    base : Baselined
        Signal and noise of every dye.
    peaks : tuple of FoundPeaks
        One a dye, the size standard's last.
    sizes : tuple of (n,) float
        Length of each peak [bp], NaN outside the standard; one array a dye without the size standard's.
    standard : StandardFit
        The size standard.
    """

    base: Baselined
    peaks: tuple[FoundPeaks, ...]
    sizes: tuple[NDArray[np.float64], ...]
    standard: StandardFit


def sized_lane(trace: Trace, kit: Kit) -> SizedLane:
    """Baseline a lane, find its peaks and size them.

    Parameters
    ----------
    trace : Trace
        Raw lane.
    kit : Kit
        Tells the dyes and the size standards.

    Returns
    -------
    SizedLane
        Peaks from the detection threshold on.

    Raises
    ------
    MethodError
        NK-ALL-01 the lane's dyes are not the kit's; NK-SIZ-04 the lane is flat; NK-SIZ-02, NK-SIZ-03 the size
        standard is not found; NK-SIZ-10 the dyes are not spectrally separated.
    """
    count = trace.scans.shape[1]
    if count != len(kit.dyes):
        raise MethodError(
            "NK-ALL-01",
            f"the lane has {count} dyes ({', '.join(trace.dyes)}), {kit.name} has {len(kit.dyes)}.",
            where=trace.sample_name,
            remedy="Name the kit that was run.",
        )
    if int(np.ptp(trace.scans, axis=0).max()) <= FLAT_RFU:
        raise MethodError(
            "NK-SIZ-04",
            f"every dye is flat over all {trace.scans.shape[0]:,} scans.",
            where=trace.sample_name,
            remedy="The injection failed; inject the sample again.",
        )
    base = baselined(trace.scans)
    peaks = tuple(
        find_peaks(base.signal[:, dye], detection_threshold_rfu(float(base.noise_sd_rfu[dye]))) for dye in range(count)
    )
    standard = fit_standard(peaks[-1], kit.size_standards, tag=trace.size_standard)
    bleed = bleed_of_standard(base.signal, standard.scan)
    if float(bleed.max()) >= LEAST_BLEED:
        worst = int(np.argmax(bleed))
        raise MethodError(
            "NK-SIZ-10",
            f"the dyes are not separated: {bleed[worst]:.0%} of the size standard's light shows in {kit.dyes[worst]} "
            f"at its fragments, expected less than {LEAST_BLEED:.0%}.",
            where=trace.sample_name,
            remedy="Old instruments store unseparated dyes: apply the matrix in the instrument's software, then call "
            "with --analysed, or give the exported peak table.",
        )
    sizes = tuple(local_southern(found.apex, standard.scan, standard.size_bp) for found in peaks[:-1])
    return SizedLane(base, peaks, sizes, standard)
