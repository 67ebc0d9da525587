"""The Treg panel of the virtual cytometer: detectors, spillover, what each population looks like, and its gates.

Definition
    Seven dyes (CD3 FITC, CD25 PE, Ki-67 PerCP-Cy5.5, CD127 PE-Cy7, FoxP3 APC, viability APC-Cy7, CD4 BV421), scatter
    and time. Scatter and brightness are made as those of the NK panel; activated Treg lie apart from resting ones in
    Ki-67, and both from other CD4+ cells in CD25, CD127 and FoxP3.

Not decided here
    How many cells of each population a tube holds.
"""

from typing import Final

import numpy as np

from nktrial.model.events import Channel, Spillover
from nktrial.model.gates import FROM_FILE, UNCOMPENSATED, Dimension, GatingStrategy, Logicle, PolygonGate, RectangleGate
from nktrial.simulate.panel import LOGICLE_1000, LOGICLE_1500, LOGICLE_3000, TOP, Look, StainPanel

__all__ = ["TREG_PANEL", "treg_gates"]

DYES: Final = ("FITC-A", "PE-A", "PerCP-Cy5-5-A", "PE-Cy7-A", "APC-A", "APC-Cy7-A", "BV421-A")
MARKERS: Final = ("CD3", "CD25", "Ki-67", "CD127", "FoxP3", "Viability", "CD4")
NAMES: Final = (("FSC-A", ""), ("FSC-H", ""), ("SSC-A", ""), *zip(DYES, MARKERS, strict=True), ("Time", ""))
SPILLOVER: Final = Spillover(
    DYES,
    np.array(
        [
            [1.000, 0.100, 0.020, 0.001, 0.000, 0.000, 0.002],
            [0.015, 1.000, 0.150, 0.010, 0.001, 0.000, 0.000],
            [0.001, 0.006, 1.000, 0.120, 0.015, 0.060, 0.001],
            [0.001, 0.010, 0.030, 1.000, 0.001, 0.030, 0.000],
            [0.000, 0.001, 0.010, 0.001, 1.000, 0.090, 0.000],
            [0.000, 0.001, 0.004, 0.020, 0.050, 1.000, 0.001],
            [0.015, 0.002, 0.001, 0.000, 0.000, 0.000, 1.000],
        ]
    ),
)
POPULATIONS: Final = {  # CD3, CD25, Ki-67, CD127, FoxP3, viability, CD4
    "CD4": Look(84_000, 27_000, 0.075, 0.15, (16_000, 250, 90, 7_000, 90, 250, 15_000)),
    "Treg resting": Look(84_000, 27_000, 0.075, 0.15, (15_000, 16_000, 90, 150, 7_000, 250, 15_000)),
    "Treg activated": Look(86_000, 28_000, 0.075, 0.15, (15_000, 24_000, 10_000, 150, 10_000, 250, 15_000)),
    "T other": Look(84_000, 27_000, 0.075, 0.15, (16_000, 120, 90, 4_000, 80, 250, 70)),
    "B": Look(84_000, 27_000, 0.075, 0.15, (60, 200, 90, 120, 80, 250, 60)),
    "NK": Look(88_000, 30_000, 0.075, 0.15, (60, 100, 150, 150, 80, 250, 60)),
    "monocytes": Look(150_000, 92_000, 0.08, 0.13, (100, 120, 100, 150, 100, 350, 1_200)),
    "granulocytes": Look(140_000, 170_000, 0.09, 0.13, (120, 90, 100, 100, 100, 350, 90)),
    "debris": Look(13_000, 7_000, 0.45, 0.60, (40, 60, 60, 50, 40, 300, 40), 0.8),
}
TREG_PANEL: Final = StainPanel(
    DYES,
    tuple(Channel(index=i, name=name, marker=marker, bits=32, top=TOP) for i, (name, marker) in enumerate(NAMES)),
    SPILLOVER,
    (90.0, 60.0, 50.0, 50.0, 30.0, 40.0, 110.0),
    POPULATIONS,
)


def treg_gates() -> GatingStrategy:
    """Return the gates that belong to the panel: Singlets/Lymphocytes/Live/CD4/Treg/Activated."""
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
            RectangleGate("CD4", "Live", (dye("FITC-A", low=LOGICLE_1500), dye("BV421-A", low=LOGICLE_1500))),
            RectangleGate("Treg", "CD4", (dye("PE-Cy7-A", high=LOGICLE_1000), dye("PE-A", low=LOGICLE_3000))),
            RectangleGate(
                "Activated", "Treg", (dye("APC-A", low=LOGICLE_1000), dye("PerCP-Cy5-5-A", low=LOGICLE_1500))
            ),
        ),
        transforms={logicle: Logicle(T=TOP, W=0.5, M=4.5, A=0.0)},
    )
