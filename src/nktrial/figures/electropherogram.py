"""An electropherogram: one panel a dye, fragment length across, called alleles named above their peaks.

Definition
    The trace is thinned for drawing: of every stretch that is one screen point wide, its lowest and highest column
    are kept, so that no peak loses its height; then columns that differ from both neighbours by less than a screen
    point are left out. The axis runs from 25 bp below the first called allele to 25 bp above the last. Bins of the
    run's ladder are pale bands. A called peak below a twentieth of the tallest of its locus is drawn without its name,
    unless genotypes say whose it is. A peak that is stutter, pull-up, a spike or a blob bears a hollow mark. Where
    genotypes are known an allele's name has the colour of those who have it.
"""

from dataclasses import replace
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
NAMED_SHARE: Final = 0.05
UNOWNED: Final = "nobody declared"
MARKS: Final = {"stutter": "triangle-down", "pull-up": "diamond", "spike": "cross", "blob": "circle"}
OWNER_COLOURS: Final = (theme.ACCENT, "#b3401a", "#7b5ea7", "#2c7a4b", "#8a6d1d", "#c2407e")
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
    trace = replace(trace, peaks=_named(trace))
    size_bp = np.asarray(trace.size_bp, dtype=np.float64)
    limits = _limits(trace, size_bp)
    inside = (size_bp >= limits[0]) & (size_bp <= limits[1])
    panels = []
    for index, dye in enumerate(trace.dyes):
        heights = unpacked_heights(trace.heights[index], size_bp.size, where=f"{trace.file}, dye {dye}")
        panels.append(_panel(trace, index, size_bp[inside], heights[inside].astype(np.float64)))
    resolve = {"scale": {"x": "shared", "y": "independent", "shape": "shared", "color": "shared"}}
    return theme.framed(
        {"vconcat": panels, "spacing": 4, "resolve": resolve},
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
        "axis": {
            "title": "Fragment length, bp" if last else None,
            "labels": last,
            "ticks": last,
            "grid": not trace.bins,
        },
    }
    y: Spec = {
        "field": "rfu",
        "type": "quantitative",
        "scale": {"domain": [-0.05 * top, top], "nice": False},
        "axis": {"title": f"{trace.dyes[index]}, RFU", "tickCount": 3, "grid": False},
    }
    colour = DYE_COLOURS[index % len(DYE_COLOURS)]
    layers: list[Spec] = [
        *_bins(trace, index, (float(size_bp[0]), float(size_bp[-1])), x),
        {
            "data": theme.values(line),
            "mark": {"type": "line", "color": colour, "strokeWidth": 1, "clip": True},
            "encoding": {"x": x, "y": y},
        },
        *_marks(trace, index, (float(size_bp[0]), float(size_bp[-1])), top, x, y),
        _names(trace, peaks, x, y),
        _words(_markers(peaks, top), x, y, fontSize=11, dy=8, color=theme.MUTED),
    ]
    return {"width": WIDTH, "height": PANEL_HEIGHT, "layer": layers}


def _named(trace: TraceView) -> tuple[tuple[int, float, float, str, str], ...]:
    """Return the called peaks that are named in the picture."""
    tallest: dict[str, float] = {}
    for _, _, height, marker, _ in trace.peaks:
        tallest[marker] = max(height, tallest.get(marker, 0.0))
    return tuple(
        peak
        for peak in trace.peaks
        if peak[2] >= NAMED_SHARE * tallest[peak[3]] or f"{peak[3]} {peak[4]}" in trace.owners
    )


def _bins(trace: TraceView, index: int, limits: tuple[float, float], x: Spec) -> list[Spec]:
    """Return the bands of the ladder's bins, none where they are not known."""
    rows = [{"bp": low, "until": high} for dye, low, high in trace.bins if dye == index and limits[0] < low < limits[1]]
    band = {"type": "rect", "color": theme.GRID, "opacity": 0.75}
    encoding = {"x": x, "x2": {"field": "until"}}
    return [{"data": theme.values(rows), "mark": band, "encoding": encoding}] if rows else []


def _marks(trace: TraceView, index: int, limits: tuple[float, float], top: float, x: Spec, y: Spec) -> list[Spec]:
    """Return the marks of peaks that are not called, none where there are none."""
    rows = [
        {"bp": size, "rfu": min(height, top), "kind": kind}
        for dye, size, height, kind in trace.marks
        if dye == index and limits[0] <= size <= limits[1]
    ]
    if not rows:
        return []
    kinds = [kind for kind in MARKS if any(mark[3] == kind for mark in trace.marks)]
    shape = {
        "field": "kind",
        "type": "nominal",
        "scale": {"domain": kinds, "range": [MARKS[kind] for kind in kinds]},
        "legend": {"title": None},
    }
    mark = {"type": "point", "filled": False, "stroke": theme.INK, "strokeWidth": 1, "size": 28, "opacity": 1, "dy": -5}
    return [{"data": theme.values(rows), "mark": mark, "encoding": {"x": x, "y": y, "shape": shape}}]


def _names(trace: TraceView, peaks: list[tuple[int, float, float, str, str]], x: Spec, y: Spec) -> Spec:
    """Return the alleles' names, in the colour of those who have them where genotypes are known."""
    rows = _alleles(peaks)
    look = {"align": {"expr": "datum.align"}, "fontSize": 12, "fontWeight": "bold", "dy": -7}
    if not trace.owners:
        return _words(rows, x, y, **look, color=theme.INK)
    named = {(size, allele): marker for _, size, _, marker, allele in peaks}
    for row in rows:
        row["owner"] = trace.owners.get(f"{named[row['bp'], row['words']]} {row['words']}", UNOWNED)
    owners = [*dict.fromkeys(trace.owners.values()), UNOWNED]
    layer = _words(rows, x, y, **look)
    layer["encoding"]["color"] = {
        "field": "owner",
        "type": "nominal",
        "scale": {"domain": owners, "range": [*(OWNER_COLOURS * len(owners))[: len(owners) - 1], theme.MUTED]},
        "legend": {"title": "Allele of", "symbolType": "square", "symbolFillColor": None},
    }
    return layer


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
