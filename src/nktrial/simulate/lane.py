"""A virtual capillary: fragments and a size standard become a trace.

Definition
    A fragment of length s passes the detector at scan ``start + a s + b s^2`` of its lane; its peak is Gaussian with a
    slightly wider right side. All lanes of a run share how far each locus migrates from its nominal length, as
    real loci do against another dye's size standard, and how far each fragment of the standard lies off the curve
    (cubic residuals of real ILS 600 lanes are 0.2 bp). They differ in ``a`` and ``b`` and by a few hundredths of a
    base pair. The trace has a primer front, a drifting baseline, white noise, leakage of each dye into its neighbours
    (pull-up), and now and then a dye blob. The 250 bp fragment of GS500 runs 4 bp too short, which is why no one
    sizes with it.

Not decided here
    Which fragments there are (``analyser``), and saturation: heights are meant to stay below 8,000 RFU.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nktrial.model.kit import Kit
from nktrial.model.trace import Trace
from nktrial.simulate.analyser import Fragment

__all__ = ["Run", "draw_run", "run_lane"]

FloatArray = NDArray[np.float64]

SCANS: Final = 6000
START_SCAN: Final = 560.0
SCANS_PER_BP: Final = 9.2
SCANS_PER_BP2: Final = 0.0022
PEAK_SD_BP: Final = 0.27
TAIL: Final = 1.2
LOCUS_OFFSET_SD_BP: Final = 0.25
STANDARD_OFFSET_SD_BP: Final = 0.12
LANE_JITTER_SD_BP: Final = 0.02
STANDARD_RFU: Final = 900.0
# Fragments that the standards hold below the range in which they are used for sizing, and the one that runs short.
SHORTEST_BP: Final[Mapping[str, tuple[float, ...]]] = {"GS500 LIZ": (35.0, 50.0), "GS500 ROX": (35.0, 50.0)}
SHORT_RUNNING_BP: Final = 250.0
ANOMALY_BP: Final = -4.0
NOISE_RFU: Final = 4.0
BASELINE_RFU: Final = 60.0
DRIFT_RFU: Final = 12.0
PRIMER_RFU: Final = 4500.0
PULL_UP: Final = 0.005
BLOB_PROBABILITY: Final = 0.1
LONGEST_BP: Final = 520.0


@dataclass(frozen=True, slots=True)
class Run:
    """What all lanes of one run share.

    Parameters
    ----------
    label : str
        Name of the run.
    locus_offset_bp : mapping
        Locus -> how far its fragments run from their nominal lengths [bp].
    standard_offset_bp : mapping
        Fragment of the size standard [bp] -> how far it runs from a smooth curve [bp]; 0 where it is not listed.
    """

    label: str
    locus_offset_bp: Mapping[str, float]
    standard_offset_bp: Mapping[float, float]


def draw_run(rng: np.random.Generator, kit: Kit, *, label: str) -> Run:
    """Draw the migration of a run."""
    offsets = {locus.name: float(rng.normal(0.0, LOCUS_OFFSET_SD_BP)) for locus in kit.loci}
    standard = {nominal: float(rng.normal(0.0, STANDARD_OFFSET_SD_BP)) for nominal in standard_fragments(kit)}
    return Run(label, MappingProxyType(offsets), MappingProxyType(standard))


def run_lane(
    rng: np.random.Generator,
    kit: Kit,
    run: Run,
    fragments: Sequence[Fragment],
    *,
    sample_name: str,
    facts: Mapping[str, str] = MappingProxyType({}),
) -> Trace:
    """Run one lane.

    Parameters
    ----------
    rng : numpy.random.Generator
        Of this lane.
    kit : Kit
        Dyes (the last is the size standard's) and the size standard.
    run : Run
        What the lane shares with the others of its run.
    fragments : sequence of Fragment
        Amplified DNA.
    sample_name : str
        Label that goes into the file; a study id.
    facts : mapping
        Run facts for the file.

    Returns
    -------
    Trace
        (6000, dyes) int32.
    """
    stretch = float(rng.normal(1.0, 0.01))
    bow = SCANS_PER_BP2 * float(rng.normal(1.0, 0.1))
    start = START_SCAN + float(rng.normal(0.0, 8.0))

    def scan_of(size_bp: float) -> float:
        return start + SCANS_PER_BP * stretch * size_bp + bow * size_bp * size_bp

    def scans_per_bp(size_bp: float) -> float:
        return SCANS_PER_BP * stretch + 2.0 * bow * size_bp

    light = np.zeros((SCANS, len(kit.dyes)))
    for fragment in fragments:
        size = fragment.size_bp + run.locus_offset_bp[fragment.locus] + float(rng.normal(0.0, LANE_JITTER_SD_BP))
        add_peak(light[:, fragment.dye], scan_of(size), PEAK_SD_BP * scans_per_bp(size), fragment.height_rfu)
    standard = kit.size_standards[0]
    for nominal in standard_fragments(kit):
        short = nominal == SHORT_RUNNING_BP and nominal in standard.ignored_bp
        size = nominal + (ANOMALY_BP if short else run.standard_offset_bp.get(nominal, 0.0))
        if size <= LONGEST_BP:
            height = STANDARD_RFU * float(np.exp(rng.normal(0.0, 0.08)))
            add_peak(light[:, -1], scan_of(size), PEAK_SD_BP * scans_per_bp(size), height)
    add_blob(rng, light, scan_of)
    return Trace(
        scans=np.rint(leaked(light) + background(rng, light.shape, start)).astype(np.int32),
        dyes=kit.dyes,
        sample_name=sample_name,
        size_standard=standard.name,
        saturated=np.zeros(0, dtype=np.int64),
        facts=facts,
    )


def standard_fragments(kit: Kit) -> tuple[float, ...]:
    """Return every fragment that the kit's own size standard holds [bp], used for sizing or not."""
    standard = kit.size_standards[0]
    return (*SHORTEST_BP.get(standard.name, ()), *standard.fragments_bp, *standard.ignored_bp)


def add_peak(signal: FloatArray, scan: float, sd_scans: float, height_rfu: float) -> None:
    """Add one peak in place; the part that runs off the lane's ends is lost."""
    low = max(int(scan - 5.0 * sd_scans), 0)
    high = min(int(scan + 6.0 * sd_scans) + 1, signal.shape[0])
    if low >= high:
        return
    distance = (np.arange(low, high) - scan) / sd_scans
    distance = np.where(distance > 0.0, distance / TAIL, distance)
    signal[low:high] += height_rfu * np.exp(-0.5 * distance * distance)


def add_blob(rng: np.random.Generator, light: FloatArray, scan_of: Callable[[float], float]) -> None:
    """Add a dye blob, now and then: broad and low, in one dye, below 120 bp."""
    happens, dye, size = rng.random() < BLOB_PROBABILITY, int(rng.integers(light.shape[1] - 1)), rng.uniform(75.0, 98.0)
    height = rng.uniform(60.0, 150.0)
    if happens:
        add_peak(light[:, dye], scan_of(float(size)), 14.0, float(height))


def leaked(light: FloatArray) -> FloatArray:
    """Return the light with each dye's leakage into its neighbours."""
    dyes = light.shape[1]
    leakage = np.eye(dyes) + PULL_UP * (np.eye(dyes, k=1) + np.eye(dyes, k=-1))
    return np.asarray(light @ leakage)


def background(rng: np.random.Generator, shape: tuple[int, ...], start: float) -> FloatArray:
    """Return primer front, drift and noise of a lane: (scans, dyes)."""
    scans, dyes = shape
    scan = np.arange(scans, dtype=np.float64)[:, None]
    phase = rng.uniform(0.0, 2.0 * np.pi, dyes)
    drift = BASELINE_RFU + DRIFT_RFU * np.sin(2.0 * np.pi * scan / scans + phase)
    front = PRIMER_RFU * rng.uniform(0.5, 1.5, dyes) * np.exp(-0.5 * ((scan - start) / 45.0) ** 2)
    return np.asarray(drift + front + rng.normal(0.0, NOISE_RFU, (scans, dyes)))
