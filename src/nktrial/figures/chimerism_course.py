"""The NK donor's share over days, one line a typed cell fraction.

Definition
    Point and bar: the joint fit's share with its 95 % interval. Dash: the limit of detection of that fit, where it has
    one; a point below it is hollow. Upright lines: the NK infusions, the first on day 0. Fractions typed on the same
    day are set apart by a fifth of a day each, so that their bars can be told apart.
"""

from typing import Final

from nktrial.figures import theme
from nktrial.figures.axes import day_axis, day_domain
from nktrial.figures.chimerism import nk_donor_share
from nktrial.figures.theme import Spec
from nktrial.figures.wording import percent_text
from nktrial.model.results import ChimerismView, ContributorShare, SubjectResults

__all__ = ["chimerism_course_spec", "has_course"]

WIDTH: Final = 720
HEIGHT: Final = 240
APART_DAYS: Final = 0.2
COLOURS: Final = (theme.ACCENT, "#b3401a", "#7b5ea7", "#2c7a4b", "#8a6d1d", "#d59b2d")


def has_course(subject: SubjectResults) -> bool:
    """Tell whether the NK donor's share is known on two days or more."""
    return len({view.day for view in subject.chimerism if nk_donor_share(view) is not None}) > 1


def chimerism_course_spec(subject: SubjectResults, *, window: tuple[int, int]) -> Spec:
    """Return the specification of one patient's course.

    Parameters
    ----------
    subject : SubjectResults
        Its typed cell fractions.
    window : (int, int)
        First and last day that count.

    Returns
    -------
    dict
        Vega-Lite.
    """
    shares = [(view, donor) for view in subject.chimerism if (donor := nk_donor_share(view)) is not None]
    fractions = list(dict.fromkeys(view.fraction_typed for view, _ in shares))
    rows = [_row(view, donor, fractions) for view, donor in shares]
    given = sorted({0, *(item.day for item in subject.course if item.lane == "NK infusion")})
    x = day_axis(day_domain([*given, *(view.day for view, _ in shares)], window), "Day after the first NK infusion")
    y: Spec = {
        "field": "shown",
        "type": "quantitative",
        "scale": {"domain": [-2, 102], "nice": False},
        "axis": {"title": "NK donor's DNA, %", "values": [0, 20, 40, 60, 80, 100]},
    }
    colours = [COLOURS[place % len(COLOURS)] for place in range(len(fractions))]
    colour: Spec = {
        "field": "fraction",
        "type": "nominal",
        "scale": {"domain": fractions, "range": colours},
        "legend": {"title": "Cells typed; dash: limit of detection", "symbolOpacity": 1},
    }
    bars = [{**row, "shown": row["low"]} for row in rows]
    limits = [{**row, "shown": row["lod"]} for row in rows if row["lod"] is not None]
    band = theme.values([{"day": window[0] - 0.5, "until": window[1] + 0.5}])
    infusion = theme.values(
        [{"day": day, "shown": 102, "words": "NK infusion" if day else "first NK infusion"} for day in given]
    )
    words = {"x": x, "y": y, "text": {"field": "words", "type": "nominal"}}
    fill = {**colour, "condition": {"test": "datum.below", "value": theme.PAPER}}
    layers: list[Spec] = [
        {"data": band, "mark": {"type": "rect", "color": theme.BAND}, "encoding": {"x": x, "x2": {"field": "until"}}},
        {"data": infusion, "mark": {"type": "rule", "color": theme.MUTED, "strokeDash": [4, 3]}, "encoding": {"x": x}},
        {
            "data": infusion,
            "mark": {"type": "text", "align": "left", "dx": 5, "dy": 9, "color": theme.MUTED},
            "encoding": words,
        },
        {
            "data": theme.values(rows),
            "mark": {"type": "line", "opacity": 0.45, "strokeWidth": 1.5},
            "encoding": {"x": x, "y": y, "color": colour},
        },
        {
            "data": theme.values(bars),
            "mark": {"type": "rule", "strokeWidth": 2, "opacity": 0.75},
            "encoding": {"x": x, "y": y, "y2": {"field": "high"}, "color": colour},
        },
        {
            "data": theme.values(limits),
            "mark": {"type": "tick", "orient": "horizontal", "thickness": 1.5, "width": 16},
            "encoding": {"x": x, "y": y, "color": colour},
        },
        {
            "data": theme.values(rows),
            "mark": {"type": "point", "filled": True, "size": 65, "opacity": 1, "strokeWidth": 1.6},
            "encoding": {"x": x, "y": y, "fill": fill, "stroke": colour},
        },
    ]
    told = "; ".join(f"day {view.day}, {view.fraction_typed}: {percent_text(donor.share)}" for view, donor in shares)
    return theme.framed(
        {"width": WIDTH, "height": HEIGHT, "layer": layers},
        title=f"{subject.subject_id}: the NK donor's DNA over time",
        description="Share of the NK donor's DNA by day and cell fraction, with 95 % intervals and limits of detection "
        f"(short dashes). NK infusions on day {', '.join(map(str, given))}. {told}.",
    )


def _row(view: ChimerismView, donor: ContributorShare, fractions: list[str]) -> Spec:
    """Return one typed fraction of one day."""
    place = fractions.index(view.fraction_typed) - (len(fractions) - 1) / 2.0
    return {
        "day": view.day + APART_DAYS * place,
        "fraction": view.fraction_typed,
        "shown": 100.0 * donor.share,
        "low": 100.0 * donor.low,
        "high": 100.0 * donor.high,
        "lod": None if view.lod is None else 100.0 * view.lod,
        "below": view.lod is not None and donor.share < view.lod,
    }
