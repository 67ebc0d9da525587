"""The cohort at a glance: each patient's endpoint value and interval on a log axis with the line of success."""

from typing import Final

from nktrial.figures import theme
from nktrial.figures.axes import log_axis, log_foot, log_top
from nktrial.figures.theme import Spec
from nktrial.figures.wording import per_ul_text
from nktrial.model.results import StudyResults, SubjectResults

__all__ = ["overview_spec"]

WIDTH: Final = 400
TALLEST_ROW: Final = 34
LOWEST_ROW: Final = 15
HEIGHT: Final = 240
SUCCESS: Final = "success"
NO_SUCCESS: Final = "no success"
NONE_FOUND: Final = "zero or below this axis"
_SHAPES: Final = {SUCCESS: "circle", NO_SUCCESS: "circle", NONE_FOUND: "triangle-left"}

_LABELS: Final[Spec] = {
    "title": None,
    "grid": False,
    "ticks": False,
    "domain": False,
    "labelColor": theme.INK,
    "labelFontSize": 12,
    "labelFontWeight": "bold",
    "labelPadding": 8,
    "labelLimit": 120,
}


def overview_spec(results: StudyResults) -> Spec:
    """Return the specification of the cohort's overview.

    Parameters
    ----------
    results : StudyResults
        One row a patient, in the study's order; who is not evaluable is named so in the row.

    Returns
    -------
    dict
        Vega-Lite.
    """
    found = [subject.expansion for subject in results.subjects]
    values = [item.value_per_ul for item in found if item.value_per_ul is not None]
    foot = log_foot(values, results.threshold_per_ul)
    top = log_top([*values, *(item.ci95[1] for item in found if item.ci95 is not None)], results.threshold_per_ul)
    rows = [_row(subject, foot) for subject in results.subjects]
    shown = [row for row in rows if row["kind"]]
    kinds = [kind for kind in _SHAPES if any(row["kind"] == kind for row in shown)]
    x = log_axis(foot, top)
    y: Spec = {
        "field": "subject",
        "type": "nominal",
        "scale": {"domain": [row["subject"] for row in rows]},
        "axis": _LABELS,
    }
    layers = [_line(results.threshold_per_ul, x), _intervals(shown, x, y), _marks(shown, kinds, x, y)]
    layers.append(_absent([row for row in rows if not row["kind"]], foot, x, y))
    return theme.framed(
        {
            "width": WIDTH,
            "height": {"step": max(LOWEST_ROW, min(TALLEST_ROW, HEIGHT // max(1, len(rows))))},
            "layer": layers,
        },
        title=f"{results.study_id}: donor NK cells at the endpoint, all patients",
        description=(
            f"One row for each of {len(rows)} patients: donor NK cells per microlitre with 95 % interval, log axis, "
            f"line of success at {per_ul_text(results.threshold_per_ul)}. The values stand in the table beside it."
        ),
    )


def _row(subject: SubjectResults, foot: float) -> Spec:
    """Return where one patient is drawn; ``kind`` is empty where there is no value."""
    expansion = subject.expansion
    row: Spec = {"subject": subject.subject_id, "kind": "", "shown": foot, "low": foot, "high": foot}
    if expansion.value_per_ul is None:
        return row
    low, high = expansion.ci95 or (expansion.value_per_ul, expansion.value_per_ul)
    row |= {"low": max(low, foot), "high": max(high, foot), "shown": max(expansion.value_per_ul, foot)}
    kind = SUCCESS if expansion.success else NO_SUCCESS
    return {**row, "kind": kind if expansion.value_per_ul >= foot else NONE_FOUND}


def _line(threshold_per_ul: float, x: Spec) -> Spec:
    mark = {"type": "rule", "color": theme.THRESHOLD, "strokeWidth": 1.6}
    return {"data": theme.values([{"shown": threshold_per_ul}]), "mark": mark, "encoding": {"x": x}}


def _intervals(rows: list[Spec], x: Spec, y: Spec) -> Spec:
    bars = [{**row, "shown": row["low"]} for row in rows if row["high"] > row["low"]]
    mark = {"type": "rule", "color": theme.ACCENT, "strokeWidth": 4, "opacity": 0.35, "strokeCap": "round"}
    return {"data": theme.values(bars), "mark": mark, "encoding": {"x": x, "x2": {"field": "high"}, "y": y}}


def _marks(rows: list[Spec], kinds: list[str], x: Spec, y: Spec) -> Spec:
    """Return the values: filled where success, hollow where not."""
    fills = [theme.ACCENT if kind == SUCCESS else theme.PAPER for kind in kinds]
    return {
        "data": theme.values(rows),
        "mark": {"type": "point", "size": 110, "stroke": theme.ACCENT, "strokeWidth": 2, "opacity": 1},
        "encoding": {
            "x": x,
            "y": y,
            "shape": {
                "field": "kind",
                "type": "nominal",
                "scale": {"domain": kinds, "range": [_SHAPES[kind] for kind in kinds]},
                "legend": {"title": None},
            },
            "fill": {
                "field": "kind",
                "type": "nominal",
                "scale": {"domain": kinds, "range": fills},
                "legend": {"title": None},
            },
        },
    }


def _absent(rows: list[Spec], foot: float, x: Spec, y: Spec) -> Spec:
    """Return the words in the rows of patients without a value."""
    placed = [{**row, "shown": foot} for row in rows]
    mark = {"type": "text", "text": "not evaluable", "align": "left", "fontStyle": "italic", "color": theme.MUTED}
    return {"data": theme.values(placed), "mark": mark, "encoding": {"x": x, "y": y}}
