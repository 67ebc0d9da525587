"""Chimerism: each person's share and the classical estimate of every locus; contributors over days.

Definition
    Upper panel: the joint fit's share of each person with its 95 % interval. Lower panels: the classical share of each
    person at each locus with its interval (``forest``). Where loci have no intervals, the NK donor's classical share at
    each locus (dot; hollow where the locus was left out of the fit) beside the joint fit's interval (band). There a
    hollow triangle: the classical share is 0 only because the NK donor's alleles lie below the calling threshold at
    this locus, where the joint fit expects them (of two persons, likewise 1 for the other's).
"""

from typing import Final

from nktrial.figures import theme
from nktrial.figures.forest import forest_panels, has_forest
from nktrial.figures.theme import Spec
from nktrial.figures.wording import day_text, percent_text
from nktrial.model.results import ChimerismView, ContributorShare, LocusView, SubjectResults

__all__ = ["ROLE_WORDS", "chimerism_spec", "contributors_spec", "dropped_person", "dropped_words", "nk_donor_share"]

WIDTH: Final = 520
ROW_HEIGHT: Final = 20
USED: Final = "used in the fit"
LEFT_OUT: Final = "left out of the fit"
ROLE_WORDS: Final = {
    "recipient": "recipient",
    "hsct": "stem-cell donor",
    "nk": "NK donor",
    "hsct+nk": "stem-cell and NK donor",
}


def nk_donor_share(view: ChimerismView) -> ContributorShare | None:
    """Return the contributor who gave the NK cells, or None."""
    return next((share for share in view.contributors if "nk" in share.role.split("+")), None)


def dropped_person(view: ChimerismView, locus: LocusView) -> str | None:
    """Return whose alleles a locus has below the calling threshold, so that its classical share is an end of the scale.

    Parameters
    ----------
    view : ChimerismView
        Who contributes.
    locus : LocusView
        One of its loci.

    Returns
    -------
    str or None
        The NK donor where the share is 0, of two persons the other one where it is 1; None where no allele that the
        joint fit expects is unseen.
    """
    heights = zip(locus.observed_rfu, locus.expected_rfu, strict=True)
    donor = nk_donor_share(view)
    if donor is None or not any(seen == 0.0 < expected for seen, expected in heights):
        return None
    others = [share.person for share in view.contributors if share is not donor]
    if locus.classical_share == 1.0 and len(others) == 1:
        return others[0]
    return donor.person if locus.classical_share == 0.0 else None


def dropped_words(person: str) -> str:
    """Return what a mark of drop-out means."""
    return f"alleles of {person} below the threshold here"


def chimerism_spec(view: ChimerismView) -> Spec:
    """Return the specification of one typed cell fraction.

    Parameters
    ----------
    view : ChimerismView
        Shares and loci.

    Returns
    -------
    dict
        Vega-Lite: persons above, loci below, one axis of percent.
    """
    panels = [_persons(view)]
    if has_forest(view):
        panels.append(forest_panels(view))
    elif any(locus.classical_share is not None for locus in view.loci):
        panels.append(_loci(view))
    shares = "; ".join(f"{share.person} {percent_text(share.share)}" for share in view.contributors)
    return theme.framed(
        {
            "vconcat": panels,
            "spacing": 18,
            "resolve": {"scale": {"x": "independent" if has_forest(view) else "shared"}},
        },
        title=f"{view.sample_id}: chimerism of {view.fraction_typed}",
        description=(
            f"Shares of the DNA by the joint fit: {shares}. Below, the classical estimate at each locus that has one. "
            f"The values stand in the table beside the figure."
        ),
    )


def contributors_spec(subject: SubjectResults) -> Spec:
    """Return the specification of one patient's contributors over days, as stacked bars.

    Parameters
    ----------
    subject : SubjectResults
        One bar each typed cell fraction of each day.

    Returns
    -------
    dict
        Vega-Lite.
    """
    rows: list[Spec] = [
        {
            "bar": f"day {day_text(view.day)}, {view.fraction_typed}",
            "place": place,
            "person": _person_words(share),
            "share": 100.0 * share.share,
            "order": order,
        }
        for place, view in enumerate(subject.chimerism)
        for order, share in enumerate(view.contributors)
    ]
    roles = {_person_words(share): share.role for view in subject.chimerism for share in view.contributors}
    encoding = {
        "y": {"field": "bar", "type": "nominal", "sort": {"field": "place"}, "axis": {"title": None, "ticks": False}},
        "x": {
            "field": "share",
            "type": "quantitative",
            "stack": "zero",
            "scale": {"domain": [0, 100]},
            "axis": {"title": "Share of the DNA, %", "grid": False},
        },
        "order": {"field": "order", "type": "quantitative"},
        "color": {
            "field": "person",
            "type": "nominal",
            "scale": {"domain": list(roles), "range": [theme.person_colour(role) for role in roles.values()]},
            "legend": {"title": None},
        },
    }
    mark = {"type": "bar", "stroke": theme.PAPER, "strokeWidth": 1, "height": {"band": 0.7}}
    return theme.framed(
        {"width": WIDTH, "height": {"step": 28}, "data": theme.values(rows), "mark": mark, "encoding": encoding},
        title=f"{subject.subject_id}: whose DNA, by day",
        description="Stacked shares of the DNA of each person by day and cell fraction. Values stand in the tables.",
    )


def _persons(view: ChimerismView) -> Spec:
    """Return the panel of the joint fit's shares."""
    rows = [
        {
            "person": _person_words(share),
            "shown": 100.0 * share.share,
            "low": 100.0 * share.low,
            "high": 100.0 * share.high,
            "colour": theme.person_colour(share.role),
            "words": percent_text(share.share),
        }
        for share in view.contributors
    ]
    x, y = _percent_axis(None), _rows_axis("person")
    colour = {"field": "colour", "type": "nominal", "scale": None}
    bars = [{**row, "shown": row["low"]} for row in rows]
    label = {"type": "text", "dy": -9, "fontWeight": "bold"}
    layers: list[Spec] = [
        {
            "data": theme.values(bars),
            "mark": {"type": "rule", "strokeWidth": 3, "opacity": 0.6},
            "encoding": {"x": x, "x2": {"field": "high"}, "y": y, "color": colour},
        },
        {
            "data": theme.values(rows),
            "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1},
            "encoding": {"x": x, "y": y, "color": colour},
        },
        {
            "data": theme.values(rows),
            "mark": {**label, "align": {"expr": "datum.shown > 80 ? 'right' : 'left'"}},
            "encoding": {"x": x, "y": y, "text": {"field": "words", "type": "nominal"}},
        },
    ]
    return {"title": "Joint fit of all loci", "width": WIDTH, "height": {"step": 34}, "layer": layers}


def _loci(view: ChimerismView) -> Spec:
    """Return the panel of classical estimates beside the joint fit's band."""
    rows: list[Spec] = [
        {"marker": locus.marker, "shown": 100.0 * locus.classical_share, "kind": _kind(view, locus)}
        for locus in view.loci
        if locus.classical_share is not None
    ]
    found = dict.fromkeys(row["kind"] for row in rows)
    kinds = [
        *(kind for kind in (USED, LEFT_OUT) if kind in found),
        *(kind for kind in found if kind not in {USED, LEFT_OUT}),
    ]
    x, y = _percent_axis("Share of the NK donor's DNA, %"), _rows_axis("marker")
    fills = [theme.ACCENT if kind == USED else theme.PAPER for kind in kinds]
    shapes = ["circle" if kind in {USED, LEFT_OUT} else "triangle-down" for kind in kinds]
    looks = {
        channel: {
            "field": "kind",
            "type": "nominal",
            "scale": {"domain": kinds, "range": ways},
            "legend": {"title": None},
        }
        for channel, ways in (("fill", fills), ("shape", shapes), ("stroke", [theme.ACCENT] * len(kinds)))
    }
    dots = {"type": "point", "strokeWidth": 1.6, "size": 65, "opacity": 1}
    layers: list[Spec] = [
        {"data": theme.values(rows), "mark": dots, "encoding": {"x": x, "y": y, **looks}},
    ]
    donor = nk_donor_share(view)
    if donor is not None:
        band = theme.values([{"shown": 100.0 * donor.low, "high": 100.0 * donor.high}])
        line = theme.values([{"shown": 100.0 * donor.share}])
        layers = [
            {
                "data": band,
                "mark": {"type": "rect", "color": theme.ACCENT, "opacity": 0.14},
                "encoding": {"x": x, "x2": {"field": "high"}},
            },
            {
                "data": line,
                "mark": {"type": "rule", "color": theme.ACCENT, "strokeWidth": 1.2},
                "encoding": {"x": x},
            },
            *layers,
        ]
    title = "Classical estimate of each locus (marks) beside the joint fit (line and 95 % band)"
    return {"title": title, "width": WIDTH, "height": {"step": ROW_HEIGHT}, "layer": layers}


def _kind(view: ChimerismView, locus: LocusView) -> str:
    """Return what a locus's mark tells."""
    person = dropped_person(view, locus)
    if person is not None:
        return dropped_words(person)
    return USED if locus.used else LEFT_OUT


def _person_words(share: ContributorShare) -> str:
    return f"{share.person} ({ROLE_WORDS.get(share.role, share.role)})"


def _percent_axis(title: str | None) -> Spec:
    return {
        "field": "shown",
        "type": "quantitative",
        "scale": {"domain": [-2, 102], "nice": False},
        "axis": {"title": title, "values": [0, 20, 40, 60, 80, 100]},
    }


def _rows_axis(field: str) -> Spec:
    axis = {"title": None, "ticks": False, "domain": False, "grid": True, "labelColor": theme.INK, "labelLimit": 240}
    return {"field": field, "type": "nominal", "sort": None, "axis": axis}
