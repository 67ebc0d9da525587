"""Swimmer plot: one bar a patient from the first NK infusion to death or last contact, with what happened on it.

Definition
    The bar ends with a cross where the patient died and with an arrow where the follow-up goes on. Marks: later
    infusions, first complete remission, relapse, acute and chronic GVHD (first assessment with a stage), and the
    endpoint's verdict in words beside the bar. A patient without follow-up has no bar, and says so. Patients stand in
    order of follow-up, the longest first.
"""

from typing import Final

from nktrial.figures import theme
from nktrial.figures.axes import day_axis
from nktrial.figures.theme import Spec
from nktrial.model.results import StudyResults, SubjectResults

__all__ = ["MARKS", "has_swimmer", "swimmer_spec"]

WIDTH: Final = 720
ROW_HEIGHT: Final = 24
MOST_PATIENTS: Final = 200
ENDS: Final = frozenset({"death", "last contact"})

MARKS: Final = {  # kind -> (shape, colour)
    "NK infusion": ("diamond", theme.ACCENT),
    "complete remission": ("circle", "#2c7a4b"),
    "acute GVHD": ("triangle-up", "#7b5ea7"),
    "chronic GVHD": ("triangle-down", "#7b5ea7"),
    "next therapy": ("square", "#5a6b7b"),
    "relapse": ("cross", "#b3401a"),
    "death": ("cross", theme.INK),
    "follow-up goes on": ("triangle-right", "#5a6b7b"),
}


def has_swimmer(results: StudyResults) -> bool:
    """Tell whether the follow-up of any patient is known."""
    return any(_end(subject) is not None for subject in results.subjects)


def swimmer_spec(results: StudyResults) -> Spec:
    """Return the specification of a study's swimmer plot.

    Parameters
    ----------
    results : StudyResults
        At most the 200 patients followed longest are drawn; the description says how many are not.

    Returns
    -------
    dict
        Vega-Lite.
    """
    ordered = sorted(results.subjects, key=lambda subject: (-(_end(subject) or -1), subject.subject_id))
    drawn, left_out = ordered[:MOST_PATIENTS], len(ordered[MOST_PATIENTS:])
    last = max([1, *(_end(subject) or 0 for subject in drawn)])
    days = (-max(1, round(0.02 * last)), round(1.22 * last) + 1)
    names = [subject.subject_id for subject in drawn]
    bars = [{"row": subject.subject_id, "day": 0, "until": _end(subject) or 0} for subject in drawn]
    marks = [mark for subject in drawn for mark in _marks(subject)]
    words = [{"row": subject.subject_id, "day": _end(subject) or 0, "words": _verdict(subject)} for subject in drawn]
    kinds = [kind for kind in MARKS if any(mark["kind"] == kind for mark in marks)]
    x = day_axis(days, "Day after the first NK infusion")
    y: Spec = {
        "field": "row",
        "type": "nominal",
        "scale": {"domain": names, "padding": 0.3},
        "axis": {"title": None, "ticks": False, "domain": False, "labelLimit": 160},
    }
    channels = {
        channel: {
            "field": "kind",
            "type": "nominal",
            "scale": {"domain": kinds, "range": [MARKS[kind][part] for kind in kinds]},
            "legend": {"title": None},
        }
        for part, channel in enumerate(("shape", "color"))
    }
    layers: list[Spec] = [
        {
            "data": theme.values(bars),
            "mark": {"type": "bar", "height": 10, "color": theme.ACCENT, "opacity": 0.22, "cornerRadius": 2},
            "encoding": {"x": x, "x2": {"field": "until"}, "y": y},
        },
        {
            "data": theme.values(marks),
            "mark": {"type": "point", "filled": True, "size": 80, "opacity": 1},
            "encoding": {"x": x, "y": y, **channels},
        },
        {
            "data": theme.values(words),
            "mark": {"type": "text", "align": "left", "dx": 14, "fontSize": 11, "color": theme.MUTED},
            "encoding": {"x": x, "y": y, "text": {"field": "words", "type": "nominal"}},
        },
    ]
    more = f" {left_out} patients with shorter follow-up are not drawn." if left_out else ""
    return theme.framed(
        {"width": WIDTH, "height": ROW_HEIGHT * max(1, len(names)), "layer": layers},
        title="Follow-up of each patient",
        description=f"One bar a patient from the first NK infusion to death or last contact.{more}",
    )


def _end(subject: SubjectResults) -> int | None:
    """Return the day of death or of the last contact."""
    return max((item.day for item in subject.course if item.lane in ENDS), default=None)


def _marks(subject: SubjectResults) -> list[Spec]:
    """Return what is marked on one patient's bar."""
    found: list[tuple[str, int]] = [
        (item.lane, item.day)
        for item in subject.course
        if item.lane in {"NK infusion", "relapse", "next therapy", "death"}
    ]
    for lane in ("acute GVHD", "chronic GVHD"):
        days = [item.day for item in subject.course if item.lane == lane and item.found]
        found += [(lane, min(days))] if days else []
    response = subject.response
    if response is not None and response.time_to_response_days is not None:
        found.append(("complete remission", response.time_to_response_days))
    found += [
        ("follow-up goes on", item.day)
        for item in subject.course
        if item.lane == "last contact" and item.level != "lost"
    ]
    return [{"row": subject.subject_id, "kind": kind, "day": day} for kind, day in found if day >= 0]


def _verdict(subject: SubjectResults) -> str:
    """Return the endpoint in words, beside the bar."""
    expansion = subject.expansion
    said = "expansion not evaluable"
    if expansion.status == "evaluable":
        said = "expanded" if expansion.success else "not expanded"
    best = subject.response.best if subject.response is not None else ""
    followed = "" if _end(subject) is not None else "no follow-up; "
    return f"{followed}{said}{', best ' if best else ''}{best}"
