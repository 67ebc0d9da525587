"""Donor NK cells per microlitre over time, on a log axis with the line of success.

Definition
    A value below its limit of detection is drawn as a hollow triangle at the limit. A log axis has no zero: a value of
    zero, or below the foot of the axis, is drawn as a hollow square at the foot and named so in the legend. A sample
    without a value is a cross at the foot.
"""

from typing import Final

from nktrial.figures import theme
from nktrial.figures.axes import day_axis, day_domain, log_axis, log_foot, log_top
from nktrial.figures.theme import Spec
from nktrial.figures.wording import per_ul_text
from nktrial.model.results import SeriesPoint, SubjectResults

__all__ = ["AT_FOOT", "BELOW_LOD", "CHOSEN", "NO_VALUE", "VALUE", "donor_nk_spec"]

WIDTH: Final = 880
HEIGHT: Final = 240

VALUE: Final = "value with 95 % interval"
CHOSEN: Final = "the endpoint's sample"
BELOW_LOD: Final = "below the limit of detection, drawn at the limit"
AT_FOOT: Final = "zero or below this axis, drawn at its foot"
NO_VALUE: Final = "no value (reason in the table)"
_MARKS: Final = {
    VALUE: ("circle", theme.ACCENT, theme.ACCENT),
    CHOSEN: ("diamond", theme.ACCENT, theme.ACCENT),
    BELOW_LOD: ("triangle-down", theme.PAPER, theme.ACCENT),
    AT_FOOT: ("square", theme.PAPER, theme.ACCENT),
    NO_VALUE: ("cross", theme.PAPER, theme.MUTED),
}


def donor_nk_spec(subject: SubjectResults, *, window: tuple[int, int], threshold_per_ul: float) -> Spec:
    """Return the specification of one patient's course of donor NK cells.

    Parameters
    ----------
    subject : SubjectResults
        Its blood samples are drawn; marrow samples are not.
    window : (int, int)
        First and last day that count.
    threshold_per_ul : float
        The line of success [cells/uL].

    Returns
    -------
    dict
        Vega-Lite.
    """
    points = [point for point in subject.series if point.specimen != "BM"]
    found = [point.donor_nk for point in points if point.donor_nk is not None]
    limits = [nk.lod_per_ul for nk in found if nk.lod_per_ul is not None and nk.below_lod]
    foot = log_foot([*limits, *(nk.value_per_ul for nk in found if not nk.below_lod)], threshold_per_ul)
    top = log_top([*limits, *(nk.high for nk in found)], threshold_per_ul)
    days = day_domain([point.day for point in points], window)
    x, y = day_axis(days, "Day after the first NK infusion"), log_axis(foot, top)
    rows = [_row(point, foot) for point in points]
    layers = [
        *_backdrop(x, y, window, threshold_per_ul, days, top),
        _course(rows, x, y),
        _intervals(rows, x, y),
        _samples(rows, x, y),
        _label(rows, x, y),
    ]
    return theme.framed(
        {"width": WIDTH, "height": HEIGHT, "layer": layers},
        title=f"{subject.subject_id}: donor NK cells per microlitre over time",
        description=(
            f"Donor NK cells per microlitre of blood by day, log axis, with the line of success at "
            f"{per_ul_text(threshold_per_ul)} and the window from day {window[0]} to day {window[1]}. "
            f"{len(points)} samples; the values stand in the table below the figure."
        ),
    )


def _row(point: SeriesPoint, foot: float) -> Spec:
    """Return where and how one sample is drawn."""
    nk = point.donor_nk
    row: Spec = {"day": point.day, "sample": point.sample_id, "low": None, "high": None, "label": ""}
    if nk is None:
        return {**row, "kind": NO_VALUE, "shown": foot}
    row |= {"low": max(nk.low, foot), "high": max(nk.high, foot)}
    row["label"] = per_ul_text(nk.value_per_ul) if point.chosen else ""
    if nk.below_lod and nk.lod_per_ul is not None:
        return {**row, "kind": BELOW_LOD, "shown": max(nk.lod_per_ul, foot)}
    if nk.value_per_ul < foot:
        return {**row, "kind": AT_FOOT, "shown": foot}
    return {**row, "kind": CHOSEN if point.chosen else VALUE, "shown": nk.value_per_ul}


def _backdrop(
    x: Spec, y: Spec, window: tuple[int, int], threshold_per_ul: float, days: tuple[int, int], top: float
) -> list[Spec]:
    """Return the window's band, the infusion's line and the line of success with their names."""
    band = theme.values([{"day": window[0] - 0.5, "until": window[1] + 0.5, "shown": top}])
    line = theme.values([{"day": days[1], "shown": threshold_per_ul}])
    infusion = theme.values([{"day": 0, "shown": top}])
    line_words = ["success", f"above {per_ul_text(threshold_per_ul)}"]
    dashed = {"type": "rule", "color": theme.MUTED, "strokeDash": [2, 3]}
    solid = {"type": "rule", "color": theme.THRESHOLD, "strokeWidth": 1.6}
    return [
        {"data": band, "mark": {"type": "rect", "color": theme.BAND}, "encoding": {"x": x, "x2": {"field": "until"}}},
        _note(band, x, y, f"window, day {window[0]} to {window[1]}", dy=-7, dx=0),
        {"data": infusion, "mark": dashed, "encoding": {"x": x}},
        _note(infusion, x, y, "first NK infusion", dy=-7, dx=-3),
        {"data": line, "mark": solid, "encoding": {"y": y}},
        _note(line, x, y, line_words, dx=6, dy=-3, color=theme.THRESHOLD),
    ]


def _note(data: Spec, x: Spec, y: Spec, text: str | list[str], **mark: object) -> Spec:
    style = {"type": "text", "text": text, "color": theme.MUTED, "fontSize": 12, "align": "left", **mark}
    return {"data": data, "mark": style, "encoding": {"x": x, "y": y}}


def _course(rows: list[Spec], x: Spec, y: Spec) -> Spec:
    """Return the thin line through the samples that have a value."""
    measured = [row for row in rows if row["kind"] != NO_VALUE]
    mark = {"type": "line", "color": theme.ACCENT, "opacity": 0.35, "strokeWidth": 1.5}
    return {"data": theme.values(measured), "mark": mark, "encoding": {"x": x, "y": y}}


def _intervals(rows: list[Spec], x: Spec, y: Spec) -> Spec:
    """Return the 95 % intervals, cut at the foot of the axis."""
    bars = [{**row, "shown": row["low"]} for row in rows if row["low"] is not None and row["high"] > row["low"]]
    mark = {"type": "rule", "color": theme.ACCENT, "strokeWidth": 2, "opacity": 0.75}
    return {"data": theme.values(bars), "mark": mark, "encoding": {"x": x, "y": y, "y2": {"field": "high"}}}


def _samples(rows: list[Spec], x: Spec, y: Spec) -> Spec:
    """Return the samples' marks with a legend of the kinds that occur."""
    kinds = [kind for kind in _MARKS if any(row["kind"] == kind for row in rows)]
    channels = {
        channel: {
            "field": "kind",
            "type": "nominal",
            "scale": {"domain": kinds, "range": [_MARKS[kind][index] for kind in kinds]},
            "legend": {"title": None},
        }
        for index, channel in enumerate(("shape", "fill", "stroke"))
    }
    mark = {"type": "point", "size": 85, "strokeWidth": 1.7, "opacity": 1}
    return {"data": theme.values(rows), "mark": mark, "encoding": {"x": x, "y": y, **channels}}


def _label(rows: list[Spec], x: Spec, y: Spec) -> Spec:
    """Return the value beside the endpoint's sample."""
    labelled = [row for row in rows if row["label"]]
    mark = {"type": "text", "align": "left", "dx": 10, "dy": 1, "fontWeight": "bold", "fontSize": 13}
    encoding = {"x": x, "y": y, "text": {"field": "label", "type": "nominal"}}
    return {"data": theme.values(labelled), "mark": mark, "encoding": encoding}
