"""A forest plot of loci: what each says by itself beside the joint fit, one panel a person.

Definition
    Dot: the classical share of a person at a locus. Bar: its 95 % interval from the locus' own peaks
    (``chimerism.locus_share``). Line and band: the joint fit's share with its 95 % interval. Filled: in the fit and in
    the classical mean; hollow: in the fit, not in the classical mean; cross: contradicts all other loci, left out of
    the fit. A locus without a share says why.
"""

from typing import Final

from nktrial.figures import theme
from nktrial.figures.theme import Spec
from nktrial.figures.wording import percent_text
from nktrial.model.results import ChimerismView, ContributorShare, LocusView
from nktrial.model.shares import LocusShare

__all__ = ["KINDS", "forest_panels", "forest_spec", "has_forest"]

WIDE: Final = 640  # of all panels together
ROW_HEIGHT: Final = 20
KINDS: Final = {
    "used": "in the fit and in the classical mean",
    "not_in_mean": "in the fit, not in the classical mean",
    "outlying": "contradicts all other loci: left out of the fit",
}
SHAPES: Final = {"used": "circle", "not_in_mean": "circle", "outlying": "cross"}
HALF: Final = 0.5
LEFT_OUT: Final = "left out: "
NO_OWN: Final = "not informative"
LONGEST_REASON: Final = 34


def has_forest(view: ChimerismView) -> bool:
    """Tell whether any locus has a share of its own."""
    return any(item.share is not None for locus in view.loci for item in locus.shares)


def forest_spec(view: ChimerismView) -> Spec:
    """Return the specification of the forest alone.

    Parameters
    ----------
    view : ChimerismView
        Shares and loci.

    Returns
    -------
    dict
        Vega-Lite.
    """
    joint = "; ".join(f"{share.person} {percent_text(share.share)}" for share in view.contributors)
    apart = [locus.marker for locus in view.loci if any(item.state == "outlying" for item in locus.shares)]
    told = f" Contradicting loci: {', '.join(apart)}." if apart else ""
    return theme.framed(
        forest_panels(view),
        title=f"{view.sample_id}: shares locus by locus",
        description=f"Classical share of each person at each locus, with 95 % intervals. Joint fit: {joint}.{told}",
    )


def forest_panels(view: ChimerismView) -> Spec:
    """Return the panels, one a person, side by side."""
    width = WIDE / max(len(view.contributors), 1)
    kinds = [kind for kind in KINDS if any(item.state == kind for locus in view.loci for item in locus.shares)]
    panels = [_panel(view.loci, person, width, kinds, first=not at) for at, person in enumerate(view.contributors)]
    resolve = {"scale": {"y": "shared"}, "legend": {"fill": "shared", "shape": "shared", "stroke": "shared"}}
    return {"hconcat": panels, "spacing": 14, "resolve": resolve}


def _panel(
    loci: tuple[LocusView, ...], person: ContributorShare, width: float, kinds: list[str], *, first: bool
) -> Spec:
    """Return one person's panel."""
    shares = [(locus, item) for locus in loci for item in locus.shares if item.person == person.person]
    x: Spec = {
        "field": "shown",
        "type": "quantitative",
        "scale": {"domain": [-3, 103], "nice": False},
        "axis": {"title": f"{person.person}, % of the DNA", "values": [0, 25, 50, 75, 100]},
    }
    axis = {"title": None, "ticks": False, "domain": False, "grid": True, "labelColor": theme.INK, "labels": first}
    y: Spec = {"field": "marker", "type": "nominal", "sort": [locus.marker for locus in loci], "axis": axis}
    band = [{"shown": 100.0 * person.low, "high": 100.0 * person.high}]
    line = [{"shown": 100.0 * person.share}]
    colour = theme.person_colour(person.role)
    given = [(locus, item) for locus, item in shares if item.share is not None]
    bars = [
        {"marker": locus.marker, "shown": 100.0 * item.low, "high": 100.0 * item.high}
        for locus, item in given
        if item.low is not None and item.high is not None
    ]
    dots = [
        {"marker": locus.marker, "shown": 100.0 * (item.share or 0.0), "kind": KINDS[item.state]}
        for locus, item in given
    ]
    free = 102 if person.share < HALF else -2  # away from the band
    absent = [
        {"marker": locus.marker, "shown": free, "words": _why(item)} for locus, item in shares if item.share is None
    ]
    look = {"type": "point", "size": 58, "strokeWidth": 1.6, "opacity": 1}
    quiet = {"type": "text", "align": "right" if free > 0 else "left", "fontSize": 10, "color": theme.MUTED}
    layers: list[Spec] = [
        {
            "data": theme.values(band),
            "mark": {"type": "rect", "color": colour, "opacity": 0.2},
            "encoding": {"x": x, "x2": {"field": "high"}},
        },
        {
            "data": theme.values(line),
            "mark": {"type": "rule", "color": colour, "strokeWidth": 1.5},
            "encoding": {"x": x},
        },
        {
            "data": theme.values(bars),
            "mark": {"type": "rule", "color": theme.INK, "strokeWidth": 1.2},
            "encoding": {"x": x, "x2": {"field": "high"}, "y": y},
        },
        {"data": theme.values(dots), "mark": look, "encoding": {"x": x, "y": y, **_looks(kinds)}},
        {
            "data": theme.values(absent),
            "mark": quiet,
            "encoding": {"x": x, "y": y, "text": {"field": "words", "type": "nominal"}},
        },
    ]
    title = f"{person.person}: {percent_text(person.share)}"
    return {"title": title, "width": width, "height": {"step": ROW_HEIGHT}, "layer": layers}


def _looks(kinds: list[str]) -> Spec:
    """Return the marks' fill, edge and shape by how a locus stands to the fit."""
    words = [KINDS[kind] for kind in kinds]
    edges = [theme.THRESHOLD if kind == "outlying" else theme.INK for kind in kinds]
    fills = [theme.PAPER if kind == "not_in_mean" else edge for kind, edge in zip(kinds, edges, strict=True)]
    ways = {"fill": fills, "stroke": edges, "shape": [SHAPES[kind] for kind in kinds]}
    legend = {"title": None, "direction": "vertical", "labelLimit": 400}
    return {
        channel: {"field": "kind", "type": "nominal", "scale": {"domain": words, "range": way}, "legend": legend}
        for channel, way in ways.items()
    }


def _why(item: LocusShare) -> str:
    """Return why a locus has no share of a person, short enough for its row."""
    if item.state == "uninformative":
        return NO_OWN
    words = LEFT_OUT + item.note
    return words if len(words) <= LONGEST_REASON else words[: LONGEST_REASON - 1] + "…"
