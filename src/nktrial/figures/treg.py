"""Activated Treg before and after the infusion: per microlitre, and in percent of CD4+ T cells."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from nktrial.figures import theme
from nktrial.figures.theme import Spec
from nktrial.figures.wording import day_text
from nktrial.model.patient_results import TregAt
from nktrial.model.results import SubjectResults

__all__ = ["has_treg", "treg_spec"]

PANEL_WIDTH: Final = 170
PANEL_HEIGHT: Final = 150
AIR: Final = 1.1


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel: its title, and value with limits of a sample; None where there is none."""

    title: str
    values: Callable[[TregAt], tuple[float, float, float] | None]


def has_treg(subject: SubjectResults) -> bool:
    """Tell whether a patient has a sample to draw."""
    return subject.tregs is not None and (subject.tregs.before is not None or subject.tregs.after is not None)


def treg_spec(subject: SubjectResults) -> Spec:
    """Return the specification of one patient's activated Treg, before and after.

    Parameters
    ----------
    subject : SubjectResults
        With a sample before or after the infusion, see ``has_treg``.

    Returns
    -------
    dict
        Vega-Lite: two panels with the same two samples.
    """
    tregs = subject.tregs
    named = () if tregs is None else (("before", tregs.before), ("after", tregs.after))
    compared = [(f"{word}, day {day_text(one.day)}", one) for word, one in named if one is not None]
    panels = (Panel("Activated Treg / µL", _per_ul), Panel("Activated Treg, % of CD4+", _of_cd4))
    return theme.framed(
        {"hconcat": [_panel(panel, compared) for panel in panels], "spacing": 40},
        title=f"{subject.subject_id}: activated Treg before and after the infusion",
        description=(
            "Two panels with 95 % intervals: activated regulatory T cells per microlitre and in percent of CD4+ T "
            "cells, before and after the NK infusion. The values stand in the table beside the figure."
        ),
    )


def _per_ul(one: TregAt) -> tuple[float, float, float] | None:
    if one.per_ul is None or one.per_ul_low is None or one.per_ul_high is None:
        return None
    return one.per_ul, one.per_ul_low, one.per_ul_high


def _of_cd4(one: TregAt) -> tuple[float, float, float]:
    return 100.0 * one.of_cd4, 100.0 * one.of_cd4_low, 100.0 * one.of_cd4_high


def _panel(panel: Panel, compared: list[tuple[str, TregAt]]) -> Spec:
    """Return one panel; a sample below the limit of quantification is a hollow triangle, point down."""
    rows: list[Spec] = [
        {"when": when, "shown": found[0], "low": found[1], "high": found[2], "below": one.below_loq}
        for when, one in compared
        if (found := panel.values(one)) is not None
    ]
    top = max((row["high"] for row in rows), default=1.0) or 1.0
    x: Spec = {
        "field": "when",
        "type": "ordinal",
        "scale": {"domain": [when for when, _ in compared], "type": "point", "padding": 0.5},
        "axis": {"title": None, "labelAngle": 0, "grid": False, "domain": False, "ticks": False},
    }
    y: Spec = {
        "field": "shown",
        "type": "quantitative",
        "scale": {"domain": [0, AIR * top], "nice": False},
        "axis": {"title": None, "tickCount": 5},
    }
    bars = [{**row, "shown": row["low"]} for row in rows]
    line = {"type": "line", "color": theme.ACCENT, "opacity": 0.35, "strokeWidth": 1.5}
    rule = {"type": "rule", "color": theme.ACCENT, "strokeWidth": 2, "opacity": 0.75}
    point = {"type": "point", "stroke": theme.ACCENT, "size": 70, "opacity": 1, "strokeWidth": 1.6}
    shape = {"condition": {"test": "datum.below", "value": "triangle-down"}, "value": "circle"}
    fill = {"condition": {"test": "datum.below", "value": theme.PAPER}, "value": theme.ACCENT}
    return {
        "title": panel.title,
        "width": PANEL_WIDTH,
        "height": PANEL_HEIGHT,
        "layer": [
            {"data": theme.values(rows), "mark": line, "encoding": {"x": {**x, "sort": None}, "y": y}},
            {"data": theme.values(bars), "mark": rule, "encoding": {"x": x, "y": y, "y2": {"field": "high"}}},
            {"data": theme.values(rows), "mark": point, "encoding": {"x": x, "y": y, "shape": shape, "fill": fill}},
        ],
    }
