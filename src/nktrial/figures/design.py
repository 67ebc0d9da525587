"""Figures of trial designs: boundaries by number of patients, chances by true rate, chances by dose.

Definition
    Boundaries: at each number of patients the counts of events that lead to each decision, as a band. Chances: a curve
    over the true rate, with the expected number of patients beside it. Doses: the probability that each is chosen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from nktrial.figures import theme
from nktrial.figures.theme import Spec

__all__ = ["Band", "Curve", "Dose", "band_panel", "curve_panels", "design_spec", "dose_panel"]

SIDE: Final = 340
HEIGHT: Final = 260
COLOURS: Final = {
    "go on": "#d7e3ea",
    "stop": theme.THRESHOLD,
    "escalate": "#9fc5b4",
    "stay": "#d7e3ea",
    "de-escalate": "#e0a84e",
    "de-escalate and give the dose up": theme.THRESHOLD,
}
LINES: Final = (theme.ACCENT, "#d59b2d", "#7b5ea7")


@dataclass(frozen=True, slots=True)
class Band:
    """Of ``n`` patients, ``low`` to ``high`` events lead to ``decision``."""

    n: int
    low: int
    high: int
    decision: str


@dataclass(frozen=True, slots=True)
class Curve:
    """A design's chance and expected number of patients at true rates, which increase."""

    name: str
    rates: tuple[float, ...]
    chances: tuple[float, ...]
    expected_n: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Dose:
    """A dose, its true rate, and the probability that it is chosen; ``rate`` None: that none is."""

    label: str
    rate: float | None
    chance: float


def design_spec(panels: Sequence[Spec], *, title: str, description: str) -> Spec:
    """Put panels side by side.

    Parameters
    ----------
    panels : sequence of dict
        From `band_panel`, `curve_panels`, `dose_panel`.
    title, description : str
        For readers who cannot see the figure.

    Returns
    -------
    dict
        Vega-Lite.
    """
    body: Spec = {
        "hconcat": list(panels),
        "spacing": 28,
        "resolve": {"scale": {"color": "independent"}, "legend": {"color": "independent"}},
    }
    return theme.framed(body, title=title, description=description)


def band_panel(bands: Sequence[Band], *, title: str, events: str) -> Spec:
    """Return the decisions by patients and events; ``events`` names the vertical axis."""
    kinds = [kind for kind in COLOURS if any(band.decision == kind for band in bands)]
    last = max(band.n for band in bands)
    rows = [
        {
            "n": band.n - 0.5,
            "to": band.n + 0.5,
            "low": band.low - 0.5,
            "high": band.high + 0.5,
            "decision": band.decision,
        }
        for band in bands
    ]
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100) if last / step <= 15)
    ticks = [1, *range(step, last + 1, step)] if step > 1 else list(range(1, last + 1))
    return {
        "title": title,
        "width": SIDE,
        "height": HEIGHT,
        "data": theme.values(rows),
        "mark": {"type": "rect", "stroke": theme.PAPER, "strokeWidth": 0.6 if last <= 60 else 0},
        "encoding": {
            "x": {
                "field": "n",
                "type": "quantitative",
                "scale": {"domain": [0.5, last + 0.5], "nice": False, "zero": False},
                "axis": {"title": "Patients", "values": ticks, "grid": False},
            },
            "x2": {"field": "to"},
            "y": {
                "field": "low",
                "type": "quantitative",
                "scale": {"domain": [-0.5, last + 0.5], "nice": False, "zero": False},
                "axis": {"title": events, "values": [0, *ticks], "grid": False},
            },
            "y2": {"field": "high"},
            "color": {
                "field": "decision",
                "type": "nominal",
                "scale": {"domain": kinds, "range": [COLOURS[kind] for kind in kinds]},
                "legend": {"title": None, "columns": 2},
            },
        },
    }


def curve_panels(
    curves: Sequence[Curve], *, chance: str, marked: Sequence[tuple[float, str]], expected: bool = True
) -> tuple[Spec, ...]:
    """Return the panel of chances and, where asked for, that of expected patients.

    Parameters
    ----------
    curves : sequence of Curve
        One a design.
    chance : str
        What the chance is of, for the axis.
    marked : sequence of (float, str)
        Rates that carry a line and a word, e.g. p0.
    expected : bool
        Whether the expected number of patients is drawn too.
    """
    most = max(max(curve.expected_n) for curve in curves)
    panels = [_curves(curves, "chance", chance, 1.0, marked)]
    if expected:
        panels.append(_curves(curves, "patients", "Expected patients", most, marked))
    return tuple(panels)


def dose_panel(doses: Sequence[Dose], *, title: str) -> Spec:
    """Return a bar a dose: the probability that it is chosen, with its true rate in the label."""
    rows = [
        {
            "dose": dose.label if dose.rate is None else f"{dose.label} ({100 * dose.rate:g} %)",
            "chance": dose.chance,
            "words": f"{100 * dose.chance:.1f} %",
            "kind": "none" if dose.rate is None else "dose",
        }
        for dose in doses
    ]
    x: Spec = {
        "field": "chance",
        "type": "quantitative",
        "scale": {"domain": [0, 1], "nice": False},
        "axis": {"title": "Probability of being chosen", "values": [0, 0.2, 0.4, 0.6, 0.8, 1]},
    }
    y: Spec = {
        "field": "dose",
        "type": "nominal",
        "sort": [row["dose"] for row in rows],
        "axis": {"title": None, "ticks": False, "domain": False, "labelColor": theme.INK},
    }
    colour = {"condition": {"test": "datum.kind === 'none'", "value": theme.MUTED}, "value": theme.ACCENT}
    return {
        "title": title,
        "width": SIDE,
        "height": {"step": 30},
        "data": theme.values(rows),
        "layer": [
            {"mark": {"type": "bar", "height": 18}, "encoding": {"x": x, "y": y, "color": colour}},
            {
                "mark": {"type": "text", "align": "left", "dx": 5},
                "encoding": {"x": x, "y": y, "text": {"field": "words", "type": "nominal"}},
            },
        ],
    }


def _curves(curves: Sequence[Curve], field: str, axis: str, top: float, marked: Sequence[tuple[float, str]]) -> Spec:
    """Return one panel of curves over the true rate."""
    rows = [
        {"design": curve.name, "rate": rate, "shown": value}
        for curve in curves
        for rate, value in zip(curve.rates, curve.chances if field == "chance" else curve.expected_n, strict=True)
    ]
    names = [curve.name for curve in curves]
    x: Spec = {
        "field": "rate",
        "type": "quantitative",
        "scale": {"domain": [0, 1], "nice": False},
        "axis": {"title": "True rate", "values": [0, 0.2, 0.4, 0.6, 0.8, 1], "grid": False},
    }
    y: Spec = {
        "field": "shown",
        "type": "quantitative",
        "scale": {"domain": [0, top * 1.05 if field != "chance" else 1], "nice": False},
        "axis": {"title": axis},
    }
    legend: Spec | None = {"title": None} if len(names) > 1 else None
    lines: Spec = {
        "data": theme.values(rows),
        "mark": {"type": "line", "strokeWidth": 2},
        "encoding": {
            "x": x,
            "y": y,
            "color": {
                "field": "design",
                "type": "nominal",
                "scale": {"domain": names, "range": list(LINES[: len(names)])},
                "legend": legend,
            },
        },
    }
    marks = theme.values([{"rate": rate, "word": word} for rate, word in marked])
    ruled: Spec = {
        "data": marks,
        "mark": {"type": "rule", "color": theme.MUTED, "strokeDash": [4, 3]},
        "encoding": {"x": x},
    }
    words: Spec = {
        "data": marks,
        "mark": {"type": "text", "align": "left", "dx": 4, "color": theme.MUTED, "baseline": "top"},
        "encoding": {"x": x, "y": {"value": 2}, "text": {"field": "word", "type": "nominal"}},
    }
    return {"width": SIDE, "height": HEIGHT, "layer": [ruled, lines, words]}
