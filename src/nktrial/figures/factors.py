"""The three factors of the product over time, side by side: lymphocytes, NK fraction, donor fraction."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from nktrial.figures import theme
from nktrial.figures.axes import day_axis, day_domain
from nktrial.figures.theme import Spec
from nktrial.model.results import FactorValue, SeriesPoint, SubjectResults

__all__ = ["factors_spec"]

PANEL_WIDTH: Final = 282
PANEL_HEIGHT: Final = 140
AIR: Final = 1.06


@dataclass(frozen=True, slots=True)
class Panel:
    """One factor's panel: its title, the factor of a sample, the factor's scale, the axis' end where it is fixed."""

    title: str
    factor: Callable[[SeriesPoint], FactorValue | None]
    scale: float
    full: float | None


PANELS: Final = (
    Panel("Lymphocytes / µL", lambda point: point.alc, 1.0, None),
    Panel("NK cells, % of lymphocytes", lambda point: point.nk_fraction, 100.0, None),
    Panel("Donor DNA, %", lambda point: point.donor_fraction, 100.0, 100.0),
)


def factors_spec(subject: SubjectResults, *, window: tuple[int, int]) -> Spec:
    """Return the specification of one patient's factors.

    Parameters
    ----------
    subject : SubjectResults
        Its blood samples are drawn.
    window : (int, int)
        First and last day that count.

    Returns
    -------
    dict
        Vega-Lite: three panels with the same days.
    """
    points = [point for point in subject.series if point.specimen != "BM"]
    days = day_domain([point.day for point in points], window)
    return theme.framed(
        {"hconcat": [_panel(panel, points, window, days) for panel in PANELS], "spacing": 34},
        title=f"{subject.subject_id}: the three factors over time",
        description=(
            "Three panels by day with 95 % intervals: lymphocytes per microlitre, NK cells in percent of lymphocytes, "
            "donor DNA in percent. The values stand in the table below the figure."
        ),
    )


def _panel(panel: Panel, points: list[SeriesPoint], window: tuple[int, int], days: tuple[int, int]) -> Spec:
    """Return one factor's panel."""
    rows = [_row(point, found, panel.scale) for point in points if (found := panel.factor(point)) is not None]
    bars = [{**row, "shown": row["low"]} for row in rows if row["high"] > row["low"]]
    band = theme.values([{"day": window[0] - 0.5, "until": window[1] + 0.5}])
    top = panel.full or max((row["high"] for row in rows), default=1.0) or 1.0
    x = day_axis(days, "Day")
    x["axis"]["tickCount"] = 6
    y: Spec = {
        "field": "shown",
        "type": "quantitative",
        "scale": {"domain": [0, AIR * top], "nice": False},
        "axis": {"title": None, "tickCount": 5},
    }
    shape = {"condition": {"test": "datum.chosen", "value": "diamond"}, "value": "circle"}
    line = {"type": "line", "color": theme.ACCENT, "opacity": 0.35, "strokeWidth": 1.5}
    rule = {"type": "rule", "color": theme.ACCENT, "strokeWidth": 2, "opacity": 0.75}
    point = {"type": "point", "fill": theme.ACCENT, "stroke": theme.ACCENT, "size": 60, "opacity": 1}
    layers: list[Spec] = [
        {"data": band, "mark": {"type": "rect", "color": theme.BAND}, "encoding": {"x": x, "x2": {"field": "until"}}},
        {"data": theme.values(rows), "mark": line, "encoding": {"x": x, "y": y}},
        {"data": theme.values(bars), "mark": rule, "encoding": {"x": x, "y": y, "y2": {"field": "high"}}},
        {"data": theme.values(rows), "mark": point, "encoding": {"x": x, "y": y, "shape": shape}},
    ]
    return {"title": panel.title, "width": PANEL_WIDTH, "height": PANEL_HEIGHT, "layer": layers}


def _row(point: SeriesPoint, factor: FactorValue, scale: float) -> Spec:
    """Return one sample's factor on the panel's scale."""
    low, shown, high = (scale * number for number in (factor.low, factor.value, factor.high))
    return {"day": point.day, "shown": shown, "low": low, "high": high, "chosen": point.chosen}
