"""The sample and the gates that the gating benchmarks use.

A leukaemic marrow of 83,411 events x 12 channels (494.fcs, spillover 8 x 8) and copies of it, each value moved by up to
0.5 % at random, written as one FCS file. Eight gates six levels deep: syto > singlets > intact > cd19 > blast > cd34,
cd38, and mono below intact. The gates follow the file's expert labels roughly: they are a load, not a finding.

    python benchmarks/gating_workload.py DATA FILE.fcs GATES.xml EVENTS      writes both and prints the events
"""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nktrial.formats.fcs import read_fcs
from nktrial.formats.fcs_write import write_fcs
from nktrial.formats.gatingml_write import write_gating_ml
from nktrial.formats.window import open_source
from nktrial.model.events import EventMatrix
from nktrial.model.gates import Dimension, GatingStrategy, Logicle, PolygonGate, RectangleGate

__all__ = ["marrow", "write_sample", "write_strategy"]

JITTER: Final = 0.005
SCALE: Final = {"logicle": Logicle(262144.0, 0.5, 4.5, 0.0)}


def marrow(data: Path) -> EventMatrix:
    """Read 494.fcs of the data folder."""
    path = data / "cytometry" / "ball-mrd-labelled" / "494.fcs"
    return read_fcs(open_source(path, name=path.name, kind="fcs")[1])


def write_sample(path: Path, sample: EventMatrix, events: int) -> int:
    """Write a file of about ``events`` events (a whole number of copies, or the first ones) and return how many."""
    one = np.asarray(sample.values, dtype=np.float32)
    draws = np.random.default_rng(494)
    copies = max(1, round(events / one.shape[0]))
    rows = [one if not copy else _moved(one, draws) for copy in range(copies)]
    values = np.concatenate(rows)[: max(events, one.shape[0])] if copies > 1 else one[:events]
    channels = [replace(channel, top=262144.0) for channel in sample.channels]
    path.write_bytes(write_fcs(values, channels, spillover=sample.spillover))
    return int(values.shape[0])


def write_strategy(path: Path) -> None:
    """Write the eight gates as Gating-ML 2.0."""
    path.write_bytes(write_gating_ml(_strategy()))


def _moved(values: NDArray[Any], draws: np.random.Generator) -> NDArray[Any]:
    factors = draws.uniform(1.0 - JITTER, 1.0 + JITTER, values.shape)
    return np.asarray(values * factors, dtype=np.float32)


def _strategy() -> GatingStrategy:
    def raw(name: str, low: float | None = None, high: float | None = None) -> Dimension:
        return Dimension(name, "uncompensated", None, low, high)

    def dye(name: str, low: float | None = None, high: float | None = None) -> Dimension:
        return Dimension(name, "FCS", "logicle", low, high)

    singlets = [
        (5e3, 4.8e4),
        (6e4, 5.2e4),
        (1.4e5, 5.5e4),
        (2.57e5, 6e4),
        (2.57e5, 7.9e4),
        (1.2e5, 7.3e4),
        (5e3, 6.6e4),
    ]
    intact = [(1.8e4, 4e3), (6e4, 4e3), (2.58e5, 2e4), (2.58e5, 2.62143e5), (6e4, 2.62143e5), (1.8e4, 5e4)]
    blast = [(0.64, -0.1), (1.0, -0.1), (1.0, 0.72), (0.85, 0.76), (0.7, 0.7), (0.64, 0.5)]
    mono = [(7e4, 0.62), (2e5, 0.62), (2.62143e5, 0.75), (2.62143e5, 0.9), (9e4, 0.9), (7e4, 0.8)]
    return GatingStrategy(
        (
            RectangleGate("syto", None, (dye("PacificBlue-A", 0.6, 0.97), raw("FSC-A", 9e3, 2.6e5))),
            PolygonGate("singlets", "syto", (raw("FSC-A"), raw("FSC-W")), np.array(singlets)),
            PolygonGate("intact", "singlets", (raw("FSC-A"), raw("SSC-A")), np.array(intact)),
            RectangleGate("cd19", "intact", (dye("APC-A", 0.44), raw("SSC-A", None, 1.3e5))),
            PolygonGate("blast", "cd19", (dye("PE-A"), dye("FITC-A")), np.array(blast)),
            RectangleGate("cd34", "blast", (dye("PE-Cy7-A", 0.42, 0.8), dye("PerCP-A", 0.4, 0.82))),
            RectangleGate("cd38", "blast", (dye("Alexa700-A", 0.5, 0.9), dye("PerCP-A", 0.4, 0.82))),
            PolygonGate("mono", "intact", (raw("SSC-A"), dye("PerCP-A")), np.array(mono)),
        ),
        SCALE,
    )


def main() -> None:
    data, fcs, gates, events = sys.argv[1:]
    write_strategy(Path(gates))
    print(write_sample(Path(fcs), marrow(Path(data)), int(events)))


if __name__ == "__main__":
    main()
