"""One outline of a template in one file: a singlet band, a mixture component or a back-gated ellipse.

Definition
    ``singlets`` looks at the parent's events in area (first marker) and height; ``ellipse`` takes the component of a
    mixture nearest to a target, which is a point or the median of another population; ``backgate`` draws an ellipse
    about another population's events.

Not decided here
    The methods themselves: see ``automatic`` and ``backgate``.
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from nktrial.cytometry.automatic.cut import Ellipse, Outline
from nktrial.cytometry.automatic.mixture import mixture_ellipse
from nktrial.cytometry.automatic.singlet import singlet_outline
from nktrial.cytometry.templates.backgate import backgate_ellipse
from nktrial.cytometry.templates.sample import Sample
from nktrial.model.gates import EllipsoidGate, PolygonGate
from nktrial.model.template import OutlineRule

__all__ = ["draw_outline"]

COMPONENTS: Final = (1, 4)


def draw_outline(
    name: str, rule: OutlineRule, parent: str | None, of: str | None, sample: Sample
) -> tuple[PolygonGate | EllipsoidGate | None, float, str, Mapping[str, float]]:
    """Draw one outline.

    Parameters
    ----------
    name : str
        The gate's id.
    rule : OutlineRule
        What to do.
    parent, of : str or None
        The gate's parent, and the other population of the rule.
    sample : Sample
        The file.

    Returns
    -------
    gate : PolygonGate, EllipsoidGate or None
        None where there is none.
    quality : float
        0 to 1.
    problem : str
        Why there is none.
    evidence : mapping
        Numbers behind it.
    """
    options: dict[str, Any] = dict(rule.parameters)
    drawn: Outline | Ellipse
    if rule.method == "singlets":
        drawn = singlet_outline(sample.shown(rule.x, parent), sample.shown(rule.y, parent), **options)
    elif rule.method == "backgate":
        drawn = backgate_ellipse(sample.shown(rule.x, of), sample.shown(rule.y, of), **options)
    else:
        x, y = sample.shown(rule.x, parent), sample.shown(rule.y, parent)
        target = options.pop("target", None)
        if of is not None:
            seeds = (sample.shown(rule.x, of), sample.shown(rule.y, of))
            if not seeds[0].size:
                return None, 0.0, f"population {of!r} has no events", {}
            target = tuple(float(np.median(values)) for values in seeds)
        drawn = mixture_ellipse(x, y, components=options.pop("components", COMPONENTS), target=target, **options)
    if drawn.problem:
        return None, drawn.quality, drawn.problem, drawn.evidence
    dimensions = (sample.dimensions[rule.x], sample.dimensions[rule.y])
    if isinstance(drawn, Outline):
        gate: PolygonGate | EllipsoidGate = PolygonGate(name, parent, dimensions, drawn.vertices)
    else:
        covariance = tuple(tuple(float(value) for value in row) for row in drawn.covariance)
        centre = tuple(float(value) for value in drawn.mean)
        gate = EllipsoidGate(name, parent, dimensions, centre, covariance, float(drawn.distance_square))
    return gate, drawn.quality, "", drawn.evidence
