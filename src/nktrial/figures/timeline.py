"""Everything that happened to one patient on one axis of days.

Definition
    From top to bottom: donor NK cells per microlitre (log axis, line of success), the NK donor's share of the DNA, and
    one row each for transplantation, infusions, drugs, adverse events, GVHD, marrow, MRD and status. A bar runs from
    first to last day; what has no last day runs to death, last contact or the edge and ends in an arrow; a moment is a
    mark. The axis ends with the last thing that was done or happened; a last contact beyond it is drawn at the edge
    with its day.
"""

from collections.abc import Sequence
from typing import Final

from nktrial.figures import theme
from nktrial.figures.axes import day_axis, log_axis, log_foot, log_top
from nktrial.figures.chimerism import nk_donor_share
from nktrial.figures.chimerism_course import COLOURS
from nktrial.figures.theme import Spec
from nktrial.figures.wording import day_text
from nktrial.model.patient_results import CourseItem, CourseLane
from nktrial.model.results import SubjectResults

__all__ = ["LANES", "MOST_ROWS", "has_timeline", "timeline_spec"]

WIDTH: Final = 720
NK_HEIGHT: Final = 120
SHARE_HEIGHT: Final = 90
ROW_HEIGHT: Final = 19
MOST_ROWS: Final = 36
LONGEST_LABEL: Final = 44
EDGE: Final[frozenset[CourseLane]] = frozenset({"last contact"})

LANES: Final[dict[CourseLane, tuple[str, str]]] = {  # lane -> (shape, colour), in the order of the rows
    "transplantation": ("square", "#d59b2d"),
    "NK infusion": ("diamond", theme.ACCENT),
    "drug": ("circle", "#5a6b7b"),
    "adverse event": ("circle", "#b3401a"),
    "acute GVHD": ("triangle-up", "#7b5ea7"),
    "chronic GVHD": ("triangle-down", "#7b5ea7"),
    "marrow": ("circle", "#2c7a4b"),
    "blood blasts": ("circle", "#2c7a4b"),
    "extramedullary disease": ("circle", "#2c7a4b"),
    "MDD": ("square", "#2c7a4b"),
    "MRD": ("square", "#2c7a4b"),
    "relapse": ("cross", "#b3401a"),
    "next therapy": ("triangle-right", "#5a6b7b"),
    "death": ("cross", theme.INK),
    "last contact": ("stroke", "#5a6b7b"),
}


def has_timeline(subject: SubjectResults) -> bool:
    """Tell whether anything but infusions and samples is known of a patient."""
    return any(item.lane not in {"NK infusion", "transplantation"} for item in subject.course)


def timeline_spec(subject: SubjectResults, *, threshold_per_ul: float) -> Spec:
    """Return the specification of one patient's timeline.

    Parameters
    ----------
    subject : SubjectResults
        Course, series and chimerism.
    threshold_per_ul : float
        The line of success [cells/uL].

    Returns
    -------
    dict
        Vega-Lite.
    """
    days = _domain(subject)
    rows, left_out = _rows(subject.course)
    panels = [
        *_nk_panel(subject, days, threshold_per_ul),
        *_share_panel(subject, days),
        _course_panel(subject.course, rows, days),
    ]
    for panel in panels[:-1]:
        for layer in panel["layer"]:
            if "x" in layer["encoding"]:
                layer["encoding"]["x"] = {**layer["encoding"]["x"], "axis": None}
    more = f" {left_out} further rows stand in the tables only." if left_out else ""
    told = "; ".join(f"day {item.day}: {item.lane} {item.label} {item.level}".strip() for item in subject.course[:40])
    return theme.framed(
        {"vconcat": panels, "spacing": 10, "resolve": {"scale": {"color": "independent", "shape": "independent"}}},
        title=f"{subject.subject_id}: the whole course on one axis",
        description=f"Donor NK cells, the NK donor's DNA and the clinical course by day.{more} {told}.",
    )


def _domain(subject: SubjectResults) -> tuple[int, int]:
    """Return first and last day: all items but the last contact, and all samples, with air on both sides."""
    days = [0, *(point.day for point in subject.series)]
    for item in subject.course:
        if item.lane not in EDGE:
            days += [item.day] if item.until is None else [item.day, item.until]
    first, last = min(days), max(days)
    air = max(1, round(0.03 * (last - first)))
    return first - air, last + 3 * air


def _name(item: CourseItem) -> str:
    """Return the row on which an item stands."""
    if item.lane in {"drug", "adverse event"}:
        label = item.label if len(item.label) <= LONGEST_LABEL else item.label[: LONGEST_LABEL - 1] + "…"
        return label if item.lane == "drug" else f"AE: {label}"
    return {"relapse": "status", "next therapy": "status", "death": "status", "last contact": "status"}.get(
        item.lane, item.label if item.lane in {"MRD", "MDD"} else item.lane
    )


def _rows(course: Sequence[CourseItem]) -> tuple[list[str], int]:
    """Return the names of the rows in the order of their lanes, and how many are left out for want of room."""
    order = {lane: place for place, lane in enumerate(LANES)}
    named = dict.fromkeys(
        _name(item) for item in sorted(course, key=lambda item: (order[item.lane], item.day, item.label))
    )
    names = list(named)
    kept = names[:MOST_ROWS]
    if "status" in named and "status" not in kept:
        kept = [*kept[:-1], "status"]
    return kept, len(names) - len(kept)


def _nk_panel(subject: SubjectResults, days: tuple[int, int], threshold_per_ul: float) -> list[Spec]:
    """Return the panel of donor NK cells; none where no sample has a value."""
    found = [point for point in subject.series if point.donor_nk is not None and point.specimen != "BM"]
    if not found:
        return []
    values = [point.donor_nk.value_per_ul for point in found if point.donor_nk is not None]
    highs = [point.donor_nk.high for point in found if point.donor_nk is not None]
    foot, top = log_foot(values, threshold_per_ul), log_top(highs, threshold_per_ul)
    x, y = day_axis(days, ""), log_axis(foot, top)
    y["axis"] = {**y["axis"], "title": ["Donor NK", "cells / µL"]}
    rows = [
        {
            "day": point.day,
            "shown": max(point.donor_nk.value_per_ul, foot),
            "low": max(point.donor_nk.low, foot),
            "high": max(point.donor_nk.high, foot),
            "state": "below its limit" if point.donor_nk.below_lod else "value",
        }
        for point in found
        if point.donor_nk is not None
    ]
    fill = {"condition": {"test": "datum.state != 'value'", "value": theme.PAPER}, "value": theme.ACCENT}
    line = theme.values([{"shown": threshold_per_ul}])
    bars = theme.values([{**row, "shown": row["low"]} for row in rows])
    layers: list[Spec] = [
        {"data": line, "mark": {"type": "rule", "color": theme.THRESHOLD}, "encoding": {"y": y}},
        {
            "data": theme.values(rows),
            "mark": {"type": "line", "color": theme.ACCENT, "opacity": 0.4},
            "encoding": {"x": x, "y": y},
        },
        {
            "data": bars,
            "mark": {"type": "rule", "color": theme.ACCENT, "strokeWidth": 1.6},
            "encoding": {"x": x, "y": y, "y2": {"field": "high"}},
        },
        {
            "data": theme.values(rows),
            "mark": {"type": "point", "filled": True, "stroke": theme.ACCENT, "size": 55, "opacity": 1},
            "encoding": {"x": x, "y": y, "fill": fill},
        },
    ]
    return [{"width": WIDTH, "height": NK_HEIGHT, "layer": layers}]


def _share_panel(subject: SubjectResults, days: tuple[int, int]) -> list[Spec]:
    """Return the panel of the NK donor's share by cell fraction; none where nothing was typed."""
    shares = [(view, donor) for view in subject.chimerism if (donor := nk_donor_share(view)) is not None]
    if not shares:
        return []
    fractions = list(dict.fromkeys(view.fraction_typed for view, _ in shares))
    rows = [
        {
            "day": view.day,
            "fraction": view.fraction_typed,
            "shown": 100.0 * donor.share,
            "low": 100.0 * donor.low,
            "high": 100.0 * donor.high,
        }
        for view, donor in shares
    ]
    x = day_axis(days, "")
    y: Spec = {
        "field": "shown",
        "type": "quantitative",
        "scale": {"domain": [-3, 103], "nice": False},
        "axis": {"title": ["NK donor's", "DNA, %"], "values": [0, 50, 100]},
    }
    colours = [COLOURS[place % len(COLOURS)] for place in range(len(fractions))]
    colour: Spec = {
        "field": "fraction",
        "type": "nominal",
        "scale": {"domain": fractions, "range": colours},
        "legend": {"title": "Cells typed", "orient": "right", "direction": "vertical"},
    }
    bars = theme.values([{**row, "shown": row["low"]} for row in rows])
    layers: list[Spec] = [
        {
            "data": theme.values(rows),
            "mark": {"type": "line", "opacity": 0.45},
            "encoding": {"x": x, "y": y, "color": colour},
        },
        {
            "data": bars,
            "mark": {"type": "rule", "strokeWidth": 1.6},
            "encoding": {"x": x, "y": y, "y2": {"field": "high"}, "color": colour},
        },
        {
            "data": theme.values(rows),
            "mark": {"type": "point", "filled": True, "size": 50, "opacity": 1},
            "encoding": {"x": x, "y": y, "color": colour},
        },
    ]
    return [{"width": WIDTH, "height": SHARE_HEIGHT, "layer": layers}]


def _course_panel(course: Sequence[CourseItem], rows: list[str], days: tuple[int, int]) -> Spec:
    """Return the rows of what happened."""
    known_until = min([days[1], *(item.day for item in course if item.lane in {"death", "last contact"})])
    marks = [_mark(item, days, known_until) for item in course if _name(item) in rows]
    lanes = [lane for lane in LANES if any(mark["lane"] == lane for mark in marks)]
    x = day_axis(days, "Day after the first NK infusion")
    y: Spec = {
        "field": "row",
        "type": "nominal",
        "scale": {"domain": rows, "padding": 0.35},
        "axis": {"title": None, "grid": False, "labelLimit": 300, "ticks": False, "domain": False},
    }
    colour, shape = (
        {
            "field": "lane",
            "type": "nominal",
            "scale": {"domain": lanes, "range": [LANES[lane][part] for lane in lanes]},
            "legend": None,
        }
        for part in (1, 0)
    )
    bars = theme.values([mark for mark in marks if mark["until"] > mark["day"]])
    arrows = theme.values([{**mark, "day": mark["until"]} for mark in marks if mark["ongoing"]])
    zero = theme.values([{"day": 0}])
    words = theme.values([{**mark, "day": mark["until"]} for mark in marks if mark["words"]])
    layers: list[Spec] = [
        {
            "data": zero,
            "mark": {"type": "rule", "color": theme.MUTED, "strokeDash": [2, 3]},
            "encoding": {"x": x},
        },
        {
            "data": bars,
            "mark": {"type": "bar", "height": 7, "opacity": 0.55, "cornerRadius": 2},
            "encoding": {"x": x, "x2": {"field": "until"}, "y": y, "color": colour},
        },
        {
            "data": arrows,
            "mark": {"type": "point", "shape": "triangle-right", "filled": True, "size": 60, "opacity": 1},
            "encoding": {"x": x, "y": y, "color": colour},
        },
        {
            "data": theme.values(marks),
            "mark": {"type": "point", "filled": True, "size": 60, "opacity": 1},
            "encoding": {"x": x, "y": y, "color": colour, "shape": shape},
        },
        {
            "data": words,
            "mark": {"type": "text", "align": "left", "dx": 8, "fontSize": 11, "color": theme.MUTED, "limit": 260},
            "encoding": {"x": x, "y": y, "text": {"field": "words", "type": "nominal"}},
        },
    ]
    return {"width": WIDTH, "height": ROW_HEIGHT * max(1, len(rows)), "layer": layers}


def _mark(item: CourseItem, days: tuple[int, int], known_until: int) -> Spec:
    """Return where one item is drawn; a last contact beyond the axis stands at its edge, and says its day."""
    beyond = item.day > days[1]
    day = min(item.day, days[1])
    until = known_until if item.ongoing else min(item.day if item.until is None else item.until, days[1])
    status = item.lane in {"relapse", "next therapy", "death", "last contact"}
    words = item.label if status else item.level
    if status and item.level:
        words = f"{words} ({item.level})"
    return {
        "row": _name(item),
        "lane": item.lane,
        "day": day,
        "until": max(day, until),
        "ongoing": item.ongoing or beyond,
        "words": f"{words}, day {day_text(item.day)}" if beyond else words,
    }
