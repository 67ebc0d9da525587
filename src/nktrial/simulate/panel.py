"""The NK panel of the virtual cytometer: detectors, spillover, what each population looks like, and its gates.

Definition
    Six dyes (CD3 FITC, CD16 PE, CD45 PerCP-Cy5.5, CD56 APC, viability APC-Cy7, CD19 BV421), scatter and time, on a
    scale that ends at 262,144. Brightness is the median of a log-normal distribution in scale units. The
    populations are far apart, so that the gates lose and admit less than one NK cell in a hundred.

Not decided here
    How many cells of each population a tube holds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from nktrial.model.events import Channel, Spillover
from nktrial.model.gates import FROM_FILE, UNCOMPENSATED, Dimension, GatingStrategy, Logicle, PolygonGate, RectangleGate

__all__ = ["CHANNELS", "DYES", "NK_PANEL", "POPULATIONS", "SPILLOVER", "TOP", "Look", "StainPanel", "nk_gates"]

TOP: Final = 262144.0
# Logicle values (T = 262144, W = 0.5, M = 4.5, A = 0) of three scale values, from FlowKit 1.3.2.
LOGICLE_1000: Final = 0.45433757617239867
LOGICLE_1500: Final = 0.49595851939878344
LOGICLE_3000: Final = 0.5655617073291641
DYES: Final = ("FITC-A", "PE-A", "PerCP-Cy5-5-A", "APC-A", "APC-Cy7-A", "BV421-A")
MARKERS: Final = ("CD3", "CD16", "CD45", "CD56", "Viability", "CD19")
NAMES: Final = (("FSC-A", ""), ("FSC-H", ""), ("SSC-A", ""), *zip(DYES, MARKERS, strict=True), ("Time", ""))
CHANNELS: Final = tuple(
    Channel(index=index, name=name, marker=marker, bits=32, top=TOP) for index, (name, marker) in enumerate(NAMES)
)
SPILLOVER: Final = Spillover(
    DYES,
    np.array(
        [
            [1.000, 0.120, 0.030, 0.000, 0.000, 0.002],
            [0.015, 1.000, 0.180, 0.002, 0.001, 0.000],
            [0.001, 0.006, 1.000, 0.020, 0.080, 0.001],
            [0.000, 0.001, 0.010, 1.000, 0.100, 0.000],
            [0.000, 0.001, 0.004, 0.060, 1.000, 0.001],
            [0.020, 0.002, 0.001, 0.000, 0.000, 1.000],
        ]
    ),
)


@dataclass(frozen=True, slots=True)
class Look:
    """What a population looks like.

    Parameters
    ----------
    fsc, ssc : float
        Medians of the scatter.
    fsc_spread, ssc_spread : float
        Standard deviations of their logarithms.
    dyes : tuple of float
        Median brightness in the order of the panel's dyes; the viability dye as on live cells.
    spread : float
        Standard deviation of the logarithm of brightness.
    """

    fsc: float
    ssc: float
    fsc_spread: float
    ssc_spread: float
    dyes: tuple[float, ...]
    spread: float = 0.35


POPULATIONS: Final = {
    "T": Look(84_000, 27_000, 0.075, 0.15, (16_000, 120, 20_000, 60, 250, 80)),
    "T CD56+": Look(86_000, 29_000, 0.075, 0.15, (16_000, 200, 20_000, 6_000, 250, 80)),
    "B": Look(84_000, 27_000, 0.075, 0.15, (60, 120, 15_000, 60, 250, 14_000)),
    "NK CD56dim": Look(88_000, 30_000, 0.075, 0.15, (60, 9_000, 20_000, 9_000, 250, 80)),
    "NK CD56bright": Look(90_000, 31_000, 0.075, 0.15, (60, 700, 20_000, 40_000, 250, 80)),
    "monocytes": Look(150_000, 92_000, 0.08, 0.13, (100, 900, 12_000, 100, 350, 150)),
    "granulocytes": Look(140_000, 170_000, 0.09, 0.13, (120, 9_000, 5_000, 120, 350, 150)),
    "debris": Look(13_000, 7_000, 0.45, 0.60, (40, 60, 150, 40, 300, 40), 0.8),
}


@dataclass(frozen=True, slots=True)
class StainPanel:
    """A panel of the virtual cytometer.

    Parameters
    ----------
    dyes : tuple of str
        Fluorescence detectors, areas.
    channels : tuple of Channel
        FSC-A, FSC-H, SSC-A, the dyes, Time.
    spillover : Spillover
        Over the dyes.
    autofluorescence : tuple of float
        Of an unstained cell, by dye.
    populations : mapping
        Name -> look.
    """

    dyes: tuple[str, ...]
    channels: tuple[Channel, ...]
    spillover: Spillover
    autofluorescence: tuple[float, ...]
    populations: Mapping[str, Look]


NK_PANEL: Final = StainPanel(DYES, CHANNELS, SPILLOVER, (90.0, 60.0, 50.0, 30.0, 40.0, 110.0), POPULATIONS)


def nk_gates() -> GatingStrategy:
    """Return the gates that belong to the panel: Singlets/Lymphocytes/Live, and NK, T and B below it."""
    logicle = "logicle_262144"

    def scatter(first: str, second: str) -> tuple[Dimension, Dimension]:
        return Dimension(first, UNCOMPENSATED), Dimension(second, UNCOMPENSATED)

    def dye(channel: str, *, low: float | None = None, high: float | None = None) -> Dimension:
        return Dimension(channel, FROM_FILE, logicle, low, high)

    singlets = np.array([[5e3, 3e3], [262e3, 183e3], [262e3, 262e3], [5e3, 6e3]])
    lymphocytes = np.array([[55e3, 8e3], [125e3, 10e3], [132e3, 40e3], [125e3, 58e3], [60e3, 54e3], [52e3, 30e3]])
    return GatingStrategy(
        gates=(
            PolygonGate("Singlets", None, scatter("FSC-A", "FSC-H"), singlets),
            PolygonGate("Lymphocytes", "Singlets", scatter("FSC-A", "SSC-A"), lymphocytes),
            RectangleGate("Live", "Lymphocytes", (dye("APC-Cy7-A", high=LOGICLE_3000),)),
            RectangleGate("NK", "Live", (dye("FITC-A", high=LOGICLE_1500), dye("APC-A", low=LOGICLE_1000))),
            RectangleGate("T", "Live", (dye("FITC-A", low=LOGICLE_1500),)),
            RectangleGate("B", "Live", (dye("FITC-A", high=LOGICLE_1500), dye("BV421-A", low=LOGICLE_1500))),
        ),
        transforms={logicle: Logicle(T=TOP, W=0.5, M=4.5, A=0.0)},
    )
