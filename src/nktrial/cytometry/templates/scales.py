"""The display scale and the compensation of each channel that a template gates.

Definition
    Scatter and time are taken as they are and never compensated. Other channels: the file's own matrix, where it has
    one and the channel is not named as compensated; then the template's scale. Logicle: T is the top of the range
    ($PnR; of a logarithmic channel its highest scale value), M the template's, A = 0, and W from the data:
    r = 5th percentile of the negative values, W = (M - log10(T / |r|)) / 2, within 0 to M / 2; 0.5 where there are
    too few negative values to say. asinh(x / c) is Gating-ML's fasinh with M = 1 / ln 10, T = c sinh 1, A = 0.

Not decided here
    Whether the matrix is right.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nktrial.cytometry.compensation import COMPENSATED_PREFIX
from nktrial.cytometry.inside import Columns
from nktrial.cytometry.readout import Readings, readings, readout
from nktrial.cytometry.templates.markers import Located, is_scatter
from nktrial.model.events import Channel, EventMatrix
from nktrial.model.gates import (
    FROM_FILE,
    UNCOMPENSATED,
    Asinh,
    Dimension,
    GatingStrategy,
    Logicle,
    RectangleGate,
    Transform,
)
from nktrial.model.method import Method
from nktrial.model.template import ScaleRule, Template

__all__ = ["METHOD", "Scales", "asinh_scale", "choose_scales", "logicle_width"]

METHOD: Final = Method(
    name="cytometry.template_scale",
    version=1,
    source="Parks, Roederer and Moore 2006, Cytometry A 69A:541; Moore and Parks 2012, Cytometry A 81A:273",
)
FloatArray: TypeAlias = NDArray[np.float64]

FLOWJO_PREFIX: Final = "fjcomp-"
NEGATIVE_QUANTILE: Final = 0.05
FEWEST_NEGATIVE: Final = 20  # [unverified] own choice: a 5th percentile needs as many values
WIDTH_WITHOUT_NEGATIVES: Final = 0.5  # Moore and Parks 2012, the example's W
UNSAFE: Final = re.compile(r"[^A-Za-z0-9_.-]")  # what an XML id must not hold
DISPLAYED_TOP: Final = 1024.0  # ten-bit instruments stored display channels


@dataclass(frozen=True, slots=True)
class Scales:
    """A dimension a marker, and the transforms that they name.

    Parameters
    ----------
    dimensions : mapping
        Marker -> dimension without bounds.
    transforms : mapping
        Id -> transform.
    displayed_already : tuple of str
        Channels put on a logicle although their values look like display channels (0 to 1023).
    """

    dimensions: Mapping[str, Dimension]
    transforms: Mapping[str, Transform]
    displayed_already: tuple[str, ...] = ()


def asinh_scale(cofactor: float) -> Asinh:
    """Return asinh(x / cofactor) as Gating-ML's fasinh."""
    return Asinh(T=cofactor * math.sinh(1.0), M=1.0 / math.log(10.0), A=0.0)


def logicle_width(values: FloatArray, top: float, decades: float) -> float:
    """Return W of a logicle from the data.

    Parameters
    ----------
    values : (n,) float
        Compensated scale values of one channel.
    top : float
        T.
    decades : float
        M.

    Returns
    -------
    float
        0 <= W <= M / 2.
    """
    negative = values[values < 0.0]
    if negative.size < FEWEST_NEGATIVE:
        return WIDTH_WITHOUT_NEGATIVES
    reach = abs(float(np.quantile(negative, NEGATIVE_QUANTILE)))
    if reach == 0.0:
        return 0.0
    return min(max((decades - math.log10(top / reach)) / 2.0, 0.0), decades / 2.0)


def choose_scales(matrix: EventMatrix, found: Mapping[str, Located], template: Template, columns: Columns) -> Scales:
    """Choose compensation and display scale of every marker that was found.

    Parameters
    ----------
    matrix : EventMatrix
        The file.
    found : mapping
        Marker -> where it is.
    template : Template
        Its scale, compensation and marker rules.
    columns : Columns
        All events.
    """
    dimensions = {name: _dimension(located.channel, matrix, template) for name, located in found.items()}
    known = dimension_readings(matrix, dimensions, {})
    transforms: dict[str, Transform] = {}
    displayed = []
    for name, located in found.items():
        rule = template.scale
        if name in template.markers:
            rule = template.markers[name].scale or rule
        if is_scatter(located.channel) or rule.kind == "as_is":
            continue
        values = columns.of(readout(dimensions[name], known, name)[0], None)
        values = values[np.isfinite(values)]
        if rule.kind == "logicle" and _looks_displayed(located.channel, values):
            displayed.append(located.channel.name)
        transform = _transform(rule, located.channel, values)
        identity = f"{rule.kind}_{located.channel.index}_{UNSAFE.sub('_', located.channel.name)}"
        transforms[identity] = transform
        old = dimensions[name]
        dimensions[name] = Dimension(old.channel, old.compensation, identity)
    return Scales(dimensions, transforms, tuple(dict.fromkeys(displayed)))


def dimension_readings(
    matrix: EventMatrix, dimensions: Mapping[str, Dimension], transforms: Mapping[str, Transform]
) -> Readings:
    """Prepare the readouts of some dimensions; errors as in ``readings``."""
    gates = tuple(RectangleGate(name, None, (dimension,)) for name, dimension in dimensions.items())
    return readings(GatingStrategy(gates, transforms), matrix)


def _dimension(channel: Channel, matrix: EventMatrix, template: Template) -> Dimension:
    """Choose the compensation of a channel."""
    spill = matrix.spillover
    compensated = (
        template.compensate
        and spill is not None
        and channel.name in spill.channels
        and not channel.name.lower().startswith((COMPENSATED_PREFIX, FLOWJO_PREFIX))
    )
    return Dimension(channel.name, FROM_FILE if compensated else UNCOMPENSATED)


def _transform(rule: ScaleRule, channel: Channel, values: FloatArray) -> Transform:
    """Choose the parameters of a scale."""
    if rule.kind == "asinh":
        return asinh_scale(rule.cofactor)
    top = rule.top or _top(channel, values)
    width = logicle_width(values, top, rule.decades) if rule.width is None else rule.width
    return Logicle(top, width, rule.decades, 0.0)


def _top(channel: Channel, values: FloatArray) -> float:
    """Return the top of a channel's scale values."""
    gain: float = channel.gain or 1.0
    if channel.decades > 0:
        return (channel.offset or 1.0) * math.pow(10.0, channel.decades) / gain
    stated: float = channel.top / gain
    if stated > 1.0:
        return stated
    return float(np.max(values, initial=1.0))  # $PnR absent or a placeholder


def _looks_displayed(channel: Channel, values: FloatArray) -> bool:
    """Tell whether linear values fill 0 to 1023 and never leave it, as display channels do."""
    if channel.decades > 0 or channel.top > DISPLAYED_TOP or not values.size:
        return False
    return bool(values.min() >= 0.0 and values.max() < DISPLAYED_TOP)
