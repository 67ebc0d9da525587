"""Lanes made of Gaussian peaks at known lengths, on a known curve of length against scan."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from nktrial.formats.kits import load_kit
from nktrial.model.kit import Kit
from nktrial.model.trace import Trace

N_SCANS = 10_000
PEAK_SD_SCANS = 5.0

# Dye, length [bp], height [RFU].
Spot = tuple[int, float, float]
MakeLane = Callable[..., Trace]


def scan_of(size_bp: float) -> float:
    """Local Southern's own curve, 75 bp at scan 1,000 and 500 bp at scan 9,500: about 20 scans a base pair."""
    return 111_010.0 - 5.583e8 / (size_bp + 5_000.0)


def gaussian(scan: float, height: float, sd_scans: float = PEAK_SD_SCANS) -> NDArray[np.float64]:
    return np.asarray(height * np.exp(-0.5 * ((np.arange(N_SCANS) - scan) / sd_scans) ** 2))


@pytest.fixture(scope="session")
def kit() -> Kit:
    return load_kit("identifiler")


@pytest.fixture
def make_lane(kit: Kit, rng: np.random.Generator) -> MakeLane:
    """Return a function that draws a lane: spots, the size standard, a sloping baseline, noise."""

    def make(
        spots: Sequence[Spot],
        *,
        standard_rfu: float = 1_000.0,
        missing: Sequence[float] = (),
        saturated: Sequence[int] = (),
        instrument: str = "3500",
        name: str = "S1",
    ) -> Trace:
        signal = np.zeros((N_SCANS, 5)) + np.linspace(120.0, 40.0, N_SCANS)[:, None]
        standard = kit.size_standards[0]
        for size in (*standard.fragments_bp, *standard.ignored_bp):
            if size not in missing:
                signal[:, 4] += gaussian(scan_of(size), standard_rfu)
        for dye, size, height in spots:
            signal[:, dye] += gaussian(scan_of(size), height)
        signal += rng.normal(0.0, 2.0, signal.shape)
        return Trace(
            scans=np.rint(signal).astype(np.int32),
            dyes=kit.dyes,
            sample_name=name,
            size_standard="GS500LIZ",
            saturated=np.array(saturated, dtype=np.int64),
            facts={"instrument": instrument},
        )

    return make


@pytest.fixture
def ladder_lane(kit: Kit, make_lane: MakeLane) -> Trace:
    """Return the kit's ladder, every locus shifted by its own offset of up to 3 bp."""
    spots = [
        (locus.dye, rung.size_bp + 3.0 * np.sin(place), 800.0)
        for place, locus in enumerate(kit.loci)
        for rung in locus.ladder
    ]
    return make_lane(spots, name="LADDER")
