"""Specifications to SVG: the one place that calls vl-convert.

Definition
    The same specification and name give the same bytes: Vega's running ids are numbered anew in each SVG. They begin
    with the figure's name, so that many figures can stand in one page. Each SVG carries a title and a description.
"""

import re
from html import escape
from typing import Final

from nktrial.figures.theme import Spec

__all__ = ["SVG_NAMESPACE", "opening_tag", "render_svg", "svg_to_png"]

SVG_NAMESPACE: Final = "http://www.w3.org/2000/svg"
VEGA_LITE: Final = "6.4"
PNG_SCALE: Final = 2.0
_ROOT = re.compile(r"<svg\b[^>]*>")
_SIZE = re.compile(r'\b(width|height)="([0-9.]+)"')
_ID = re.compile(r'\bid="([^"]+)"')
_ID_USED = re.compile(r'(url\(#|href="#)([^)"]+)')


def render_svg(spec: Spec, *, name: str = "figure") -> str:
    """Draw a Vega-Lite specification.

    Parameters
    ----------
    spec : dict
        Vega-Lite; ``usermeta.title`` and ``description`` become the SVG's title and desc.
    name : str
        Prefix of every id: letters, digits, ``-``, ``_``, ``.``.

    Returns
    -------
    str
        An ``svg`` element, usable alone or inside a page.
    """
    import vl_convert  # noqa: PLC0415 - starts a JavaScript engine; only commands that draw pay for it

    drawn = str(vl_convert.vegalite_to_svg(spec, vl_version=VEGA_LITE))
    root = _ROOT.search(drawn)
    size = dict(_SIZE.findall(root.group())) if root else {}
    body = drawn[root.end() :] if root else drawn
    own = {found: f"{name}-{number}" for number, found in enumerate(dict.fromkeys(_ID.findall(body)))}
    body = _ID.sub(lambda match: f'id="{own[match.group(1)]}"', body)
    body = _ID_USED.sub(lambda match: match.group(1) + own.get(match.group(2), match.group(2)), body)
    title = str(spec.get("usermeta", {}).get("title", name))
    opening = opening_tag(
        name, float(size.get("width", 0)), float(size.get("height", 0)), title, str(spec.get("description", ""))
    )
    return opening + body.strip()


def svg_to_png(svg: str) -> bytes:
    """Return a figure's pixels on white paper, twice as many as its size says."""
    import vl_convert  # noqa: PLC0415 - as above

    paper = svg.replace(">", '><rect width="100%" height="100%" fill="#ffffff"/>', 1)
    return bytes(vl_convert.svg_to_png(paper, scale=PNG_SCALE))


def opening_tag(name: str, width: float, height: float, title: str, description: str) -> str:
    """Return the opening tag of a figure with its title and description, which a screen reader reads out."""
    return (
        f'<svg xmlns="{SVG_NAMESPACE}" class="figure" role="img" aria-labelledby="{name}-title {name}-desc" '
        f'width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}">'
        f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-desc">{escape(description)}</desc>'
    )
