"""The report: one HTML file that needs nothing else.

Definition
    The same results give the same bytes: no time, machine or path enters the page. It holds no script and loads
    nothing; its Content-Security-Policy lets only its own style sheet and the pictures inside it through.
"""

import base64
import hashlib
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from nktrial.figures.catalog import study_figures
from nktrial.model.results import StudyResults
from nktrial.report.view import page_of

__all__ = ["render_report"]


def render_report(results: StudyResults, figures: Mapping[str, str] | None = None) -> str:
    """Return the report of one study.

    Parameters
    ----------
    results : StudyResults
        The study.
    figures : mapping or None
        Name -> SVG as ``study_figures(results)`` returns them, where they were drawn already.

    Returns
    -------
    str
        HTML.

    Raises
    ------
    MethodError
        NK-REP-01 a number's record is not among the results; NK-FIG-01, NK-FIG-02 what cannot be drawn.
    """
    drawn = study_figures(results) if figures is None else figures
    css = resources.files("nktrial.report").joinpath("report.css").read_text(encoding="utf-8")
    seal = base64.b64encode(hashlib.sha256(css.encode("utf-8")).digest()).decode("ascii")
    return (
        _environment()
        .get_template("page.html")
        .render(
            page=page_of(results),
            figures={name: Markup(svg) for name, svg in drawn.items()},  # noqa: S704 - drawn and escaped by figures
            css=Markup(css),  # noqa: S704 - the package's own file
            style_seal=seal,
        )
    )


@lru_cache(maxsize=1)
def _environment() -> Environment:
    """Return the templates: everything is escaped, and a name that is missing is an error."""
    return Environment(
        loader=PackageLoader("nktrial.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
