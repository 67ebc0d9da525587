"""The look of all figures: colours, sizes, and the frame that every specification shares."""

from typing import Any, Final, TypeAlias

__all__ = [
    "ACCENT",
    "BAND",
    "FONT",
    "GRID",
    "INK",
    "MUTED",
    "PAPER",
    "SCHEMA",
    "THRESHOLD",
    "Spec",
    "framed",
    "person_colour",
    "values",
]

Spec: TypeAlias = dict[str, Any]

SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v6.json"
FONT: Final = "Arial, Liberation Sans, Helvetica, sans-serif"
INK: Final = "#1c2b39"
MUTED: Final = "#5a6b7b"
GRID: Final = "#e4e9ee"
PAPER: Final = "#ffffff"
ACCENT: Final = "#0b6785"
THRESHOLD: Final = "#b3401a"
BAND: Final = "#f7efdc"
PERSON_COLOURS: Final = {"recipient": "#a9b4be", "hsct": "#d59b2d", "nk": ACCENT, "hsct+nk": ACCENT}
OTHER_PERSON: Final = "#7b5ea7"

_CONFIG: Final[Spec] = {
    "background": "transparent",
    "font": FONT,
    "numberFormat": "~f",
    "aria": False,
    "view": {"stroke": None},
    "axis": {
        "labelColor": MUTED,
        "labelFontSize": 12,
        "titleColor": INK,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "titlePadding": 8,
        "domainColor": "#b8c3cd",
        "tickColor": "#b8c3cd",
        "gridColor": GRID,
        "labelFlush": False,
    },
    "title": {"anchor": "start", "fontSize": 13, "fontWeight": "bold", "color": INK, "offset": 8},
    "legend": {
        "labelColor": INK,
        "labelFontSize": 12,
        "titleColor": MUTED,
        "titleFontSize": 11,
        "titleFontWeight": "normal",
        "symbolStrokeWidth": 1.6,
        "orient": "bottom",
        "direction": "horizontal",
        "labelLimit": 320,
        "columnPadding": 18,
    },
    "text": {"color": INK, "fontSize": 12},
}


def framed(body: Spec, *, title: str, description: str) -> Spec:
    """Put the shared frame around a specification.

    Parameters
    ----------
    body : dict
        Marks, encodings, sizes.
    title, description : str
        Name and one sentence for readers who cannot see the figure; kept in ``usermeta`` and ``description``.

    Returns
    -------
    dict
        A complete Vega-Lite specification.
    """
    return {
        "$schema": SCHEMA,
        "description": description,
        "usermeta": {"title": title},
        "config": _CONFIG,
        "padding": 6,
        **body,
    }


def values(rows: list[Spec]) -> Spec:
    """Return rows as inline data."""
    return {"values": rows}


def person_colour(role: str) -> str:
    """Return the colour of a contributor's role."""
    return PERSON_COLOURS.get(role, OTHER_PERSON)
