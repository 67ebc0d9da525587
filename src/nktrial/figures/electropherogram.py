"""An electropherogram: one panel a dye, fragment length across, called alleles named above their peaks.

Definition
    The trace is thinned for drawing: of every stretch that is one screen point wide, its lowest and highest column
    are kept, so that no peak loses its height; then columns that differ from both neighbours by less than a screen
    point are left out. The axis runs from 25 bp below the first called allele to 25 bp above the last.
"""

from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nktrial.figures import theme
from nktrial.figures.packed import unpacked_heights
from nktrial.figures.theme import Spec
from nktrial.model.results import TraceView

__all__ = ["electropherogram_spec", "thinned"]

WIDTH: Final = 960
PANEL_HEIGHT: Final = 104
HEADROOM: Final = 1.45
POINTS: Final = 900
MARGIN_BP: Final = 25.0
CLOSE_BP: Final = 9.0
DYE_COLOURS: Final = ("#2563a8", "#2c7a4b", "#8a6d1d", "#b3401a", "#6b4fa0")


def electropherogram_spec(trace: TraceView) -> Spec:
    """Return the specification of a trace.

    Parameters
    ----------
    trace : TraceView
        Heights by length, and the called peaks.

    Returns
    -------
    dict
        Vega-Lite: one panel a dye over one axis of base pairs.

    Raises
    ------
    MethodError
        NK-FIG-02 the packed heights do not fit the size axis.
    """
    size_bp = np.asarray(trace.size_bp, dtype=np.float64)
    limits = _limits(trace, size_bp)
    inside = (size_bp >= limits[0]) & (size_bp <= limits[1])
    panels = []
    for index, dye in enumerate(trace.dyes):
        heights = unpacked_heights(trace.heights[index], size_bp.size, where=f"{trace.file}, dye {dye}")
        panels.append(_panel(trace, index, size_bp[inside], heights[inside].astype(np.float64)))
    return theme.framed(
        {"vconcat": panels, "spacing": 4, "resolve": {"scale": {"x": "shared", "y": "independent"}}},
        title=f"{trace.file}: electropherogram",
        description=(
            f"{len(trace.dyes)} dyes, fluorescence by fragment length, {len(trace.peaks)} called alleles: "
            + ", ".join(f"{marker} {allele}" for _, _, _, marker, allele in trace.peaks)
            + "."
        ),
    )


def thinned(
    size_bp: NDArray[np.float64], heights: NDArray[np.float64], *, points: int = POINTS, flat_rfu: float = 0.0
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Keep the columns that the eye can see.

    Parameters
    ----------
    size_bp : (n,) float
        Lengths, increasing.
    heights : (n,) float
        Fluorescence [RFU].
    points : int
        Number of equal stretches, of each of which the lowest and the highest column are kept.
    flat_rfu : float
        A kept column that differs from both neighbours by less is left out [RFU].

    Returns
    -------
    (m,) float, (m,) float
        The kept columns in order, the first and the last of them always, ``m <= 2 * points`` where ``n`` is larger.
    """
    if size_bp.size > 2 * points:
        kept: set[int] = set()
        for start, stop in pairwise(np.linspace(0, size_bp.size, points + 1).astype(np.int64).tolist()):
            part = heights[start:stop]
            kept |= {int(start + part.argmin()), int(start + part.argmax())}
        order = np.array(sorted(kept))
        size_bp, heights = size_bp[order], heights[order]
    steps = np.abs(np.diff(heights, prepend=np.inf, append=np.inf)) >= flat_rfu
    seen = steps[:-1] | steps[1:]
    return size_bp[seen], heights[seen]


def _panel(trace: TraceView, index: int, size_bp: NDArray[np.float64], heights: NDArray[np.float64]) -> Spec:
    """Return one dye's panel."""
    peaks = [peak for peak in trace.peaks if peak[0] == index]
    top = HEADROOM * max([peak[2] for peak in peaks], default=float(heights.max(initial=1.0)))
    sizes, shown = thinned(size_bp, heights, flat_rfu=top / PANEL_HEIGHT)
    line = [
        {"bp": round(float(size), 2), "rfu": float(min(max(height, -0.05 * top), top))}
        for size, height in zip(sizes, shown, strict=True)
    ]
    last = index == len(trace.dyes) - 1
    x: Spec = {
        "field": "bp",
        "type": "quantitative",
        "scale": {"domain": [float(size_bp[0]), float(size_bp[-1])], "nice": False},
        "axis": {"title": "Fragment length, bp" if last else None, "labels": last, "ticks": last, "grid": True},
    }
    y: Spec = {
        "field": "rfu",
        "type": "quantitative",
        "scale": {"domain": [-0.05 * top, top], "nice": False},
        "axis": {"title": f"{trace.dyes[index]}, RFU", "tickCount": 3, "grid": False},
    }
    colour = DYE_COLOURS[index % len(DYE_COLOURS)]
    layers: list[Spec] = [
        {
            "data": theme.values(line),
            "mark": {"type": "line", "color": colour, "strokeWidth": 1, "clip": True},
            "encoding": {"x": x, "y": y},
        },
        _words(
            _alleles(peaks), x, y, align={"expr": "datum.align"}, fontSize=12, fontWeight="bold", dy=-7, color=theme.INK
        ),
        _words(_markers(peaks, top), x, y, fontSize=11, dy=8, color=theme.MUTED),
    ]
    return {"width": WIDTH, "height": PANEL_HEIGHT, "layer": layers}


def _limits(trace: TraceView, size_bp: NDArray[np.float64]) -> tuple[float, float]:
    """Return the lengths between which the trace is drawn: the whole trace where nothing was called."""
    first, last = float(size_bp[0]), float(size_bp[-1])
    called = [peak[1] for peak in trace.peaks]
    return max(first, min(called, default=first) - MARGIN_BP), min(last, max(called, default=last) + MARGIN_BP)


def _alleles(peaks: list[tuple[int, float, float, str, str]]) -> list[Spec]:
    """Return each allele's name at its peak, turned away from a neighbour that stands close."""
    ordered = sorted(peaks, key=lambda peak: peak[1])
    sizes = [-np.inf, *(peak[1] for peak in ordered), np.inf]
    rows = []
    for place, (_, size, height, _, allele) in enumerate(ordered, start=1):
        before, after = size - sizes[place - 1] < CLOSE_BP, sizes[place + 1] - size < CLOSE_BP
        align = "center" if before == after else "left" if before else "right"
        rows.append({"bp": size, "rfu": height, "words": allele, "align": align})
    return rows


def _markers(peaks: list[tuple[int, float, float, str, str]], top: float) -> list[Spec]:
    """Return each marker's name above the middle of its called peaks."""
    sizes: dict[str, list[float]] = {}
    for _, size, _, marker, _ in peaks:
        sizes.setdefault(marker, []).append(size)
    return [{"bp": (min(at) + max(at)) / 2.0, "rfu": top, "words": marker} for marker, at in sizes.items()]


def _words(rows: list[Spec], x: Spec, y: Spec, **mark: object) -> Spec:
    encoding = {"x": x, "y": y, "text": {"field": "words", "type": "nominal"}}
    return {"data": theme.values(rows), "mark": {"type": "text", **mark}, "encoding": encoding}
