"""Seconds and bytes of a gating hierarchy of 20 panels, from the events in memory to the SVG.

Usage: python benchmarks/pictures.py [FILE.fcs]

Without a file: 200,000 simulated events in 12 channels. The hierarchy is a tree of rectangles, each over another pair
of channels, that keep all of their parent's events, so that no panel is cheap. Budget: 2 s and 1.5 MB.
"""

import sys
import time
from pathlib import Path

import numpy as np

from nktrial.cytometry.density import gate_densities
from nktrial.cytometry.overlay import overlay_views
from nktrial.cytometry.strategy import gate_events
from nktrial.figures.gates import gate_panels, gate_sheet_svg
from nktrial.figures.overlay import overlay_svg
from nktrial.formats.fcs import read_fcs
from nktrial.formats.window import open_source
from nktrial.model.events import Channel, EventMatrix
from nktrial.model.gates import Dimension, GatingStrategy, Logicle, RectangleGate
from nktrial.model.results import GateView
from nktrial.pipeline.encode import array_text

PANELS = 20
EVENTS = 200_000
CHANNELS = 12


def simulated() -> EventMatrix:
    rng = np.random.default_rng(20261123)
    bright = rng.random((EVENTS, CHANNELS)) < 0.4
    values = np.where(bright, rng.lognormal(9.5, 0.5, bright.shape), rng.normal(200, 250, bright.shape))
    channels = tuple(Channel(i, f"CH{i}-A", f"CD{i}", 32, 262144.0) for i in range(CHANNELS))
    return EventMatrix(values.astype(np.float32), channels, None, {}, "FCS3.1")


def hierarchy(matrix: EventMatrix) -> GatingStrategy:
    names = [channel.name for channel in matrix.channels if channel.name.lower() != "time"]
    gates = []
    for place in range(PANELS):
        x, y = names[place % len(names)], names[(place + 1 + place // len(names)) % len(names)]
        bounds = (Dimension(x, "uncompensated", "t", -5.0, 5.0), Dimension(y, "uncompensated", "t", -5.0, 5.0))
        gates.append(RectangleGate(f"gate {place}", f"gate {(place - 1) // 2}" if place else None, bounds))
    return GatingStrategy(tuple(gates), {"t": Logicle(262144.0, 0.5, 4.5, 0.0)})


def sheet(matrix: EventMatrix, strategy: GatingStrategy) -> str:
    gated = gate_events(matrix, strategy, membership=True)
    views = [
        GateView(
            "s", "a.fcs", item.path, item.parent_path, item.x_label, item.y_label, item.x_range, item.y_range,
            item.x_ticks, item.y_ticks, array_text(item.counts.astype("<u4")), (256, 256), item.outline, item.count,
            item.parent_count, "",
        )
        for item in gate_densities(matrix, strategy, gated)
    ]  # fmt: skip
    return gate_sheet_svg(gate_panels(views), name="gates", title="hierarchy")


def main() -> None:
    matrix = simulated()
    if len(sys.argv) > 1:
        path = Path(sys.argv[1])
        matrix = read_fcs(open_source(path, name=path.name, kind="fcs")[1])
    strategy = hierarchy(matrix)
    for what in ("gates", "overlay"):
        best, size = float("inf"), 0
        for _ in range(3):
            start = time.perf_counter()
            if what == "gates":
                svg = sheet(matrix, strategy)
            else:
                gated = gate_events(matrix, strategy, membership=True)
                svg = overlay_svg(
                    overlay_views(("a", "b"), (matrix, matrix), strategy, (gated, gated)), name="o", title="o"
                )
            best, size = min(best, time.perf_counter() - start), len(svg.encode())
        events = matrix.values.shape[0]
        print(f"{what}: {PANELS} panels, {events:,} events: {best:.2f} s, {size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
