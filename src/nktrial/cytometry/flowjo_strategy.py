"""From a sample of a FlowJo workspace to gates that can be evaluated on its file.

Definition
    A gate's id is its path. Bounds of rectangles are scale values; corners of polygons are put on the display scale,
    where their sides are straight. What cannot be evaluated is listed with the reason, and so is what depends on it.

    As FlowJo: polygons are evaluated in FlowJo's bins (``flowjo_bins``) and rectangles with FlowJo's treatment of the
    axes' ends (``flowjo_rectangle``). Otherwise both are exact.

Not decided here
    Which sample a file is: see ``formats.flowjo_sample``. Channels and scales: see ``flowjo_channels``.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from nktrial.cytometry.flowjo_bins import BINS, corner_bins
from nktrial.cytometry.flowjo_channels import MATRIX, NotCountedError, SampleChannels
from nktrial.cytometry.flowjo_curves import curly_quadrant, ellipse, ellipse_disagrees
from nktrial.cytometry.flowjo_rectangle import moved_bounds
from nktrial.cytometry.scale import TIME_NAME
from nktrial.cytometry.transforms import displayed
from nktrial.model.events import Channel
from nktrial.model.gates import (
    UNCOMPENSATED,
    Biex,
    BooleanGate,
    Dimension,
    EllipsoidGate,
    Gate,
    GatingStrategy,
    OffsetLog,
    Operand,
    PolygonGate,
    Range,
    RectangleGate,
    Transform,
)
from nktrial.model.origin import Finding
from nktrial.model.workspace import DrawnAxis, DrawnBoolean, DrawnGate, DrawnPopulation, Unsupported, WorkspaceSample

__all__ = ["SampleGates", "sample_gates"]

FIRST_WITH_FLOOR: Final = (10, 6)  # from this version on a corner at or below 0 of a logarithmic axis lies in bin 0
VERSION: Final = re.compile(r"\s*(\d{1,4})\.(\d{1,4})")
CURVES: Final = {"ellipse": "an ellipse", "curly quadrant": "a curly quadrant"}


@dataclass(frozen=True, slots=True)
class SampleGates:
    """The gates of a sample for its file, and what was left out."""

    strategy: GatingStrategy
    unsupported: tuple[Unsupported, ...]


def sample_gates(sample: WorkspaceSample, channels: Sequence[Channel], *, version: str, as_flowjo: bool) -> SampleGates:
    """Return a sample's gates.

    Parameters
    ----------
    sample : WorkspaceSample
        The sample.
    channels : sequence of Channel
        Of its file.
    version : str
        FlowJo's version that wrote the workspace.
    as_flowjo : bool
        Reproduce FlowJo's counts; else exact mathematics.

    Returns
    -------
    SampleGates
        The strategy's findings name what was bent, approximated or left out.
    """
    maker = _GateMaker(sample, channels, version, as_flowjo=as_flowjo)
    made: dict[str, Gate] = {}
    left_out: dict[str, str] = {}
    waiting = list(sample.populations)
    while waiting:
        ready, later = _ready(waiting)
        if not ready:
            left_out |= {population.path: "it depends on itself" for population in later}
            break
        for population in ready:
            try:
                made[population.path] = maker.gate(population, made)
            except NotCountedError as reason:
                left_out[population.path] = str(reason)
        waiting = later
    unsupported = tuple(
        Unsupported(population.path, left_out[population.path])
        for population in sample.populations
        if population.path in left_out
    )
    strategy = GatingStrategy(
        tuple(made[population.path] for population in sample.populations if population.path in made),
        {name: scale for name, scale in sample.scales.items() if not isinstance(scale, str)},
        {} if maker.channels.matrix is None else {MATRIX: maker.channels.matrix},
        findings=(*maker.channels.findings, *maker.findings, *_left_out_finding(sample, unsupported)),
    )
    return SampleGates(strategy, unsupported)


def _ready(waiting: Sequence[DrawnPopulation]) -> tuple[list[DrawnPopulation], list[DrawnPopulation]]:
    """Split populations into those that depend on none of the others, and the rest."""
    unknown = {population.path for population in waiting}
    ready: list[DrawnPopulation] = []
    later: list[DrawnPopulation] = []
    for population in waiting:
        (later if _needed(population) & unknown else ready).append(population)
    return ready, later


def _needed(population: DrawnPopulation) -> set[str]:
    """Return the paths of the populations that one depends on."""
    needed = set() if population.parent is None else {population.parent}
    if isinstance(population.gate, DrawnBoolean):
        needed |= {path.strip("/") for path in population.gate.paths}
    return needed


def _left_out_finding(sample: WorkspaceSample, unsupported: Sequence[Unsupported]) -> tuple[Finding, ...]:
    """List what is not counted."""
    if not unsupported:
        return ()
    shown = "; ".join(f"{one.path}: {one.reason}" for one in unsupported)
    return (
        Finding(
            "NK-WSP-11",
            "warning",
            sample.name,
            f"{len(unsupported)} of {len(sample.populations)} populations are not counted: {shown}.",
            {"paths": [one.path for one in unsupported]},
        ),
    )


class _GateMaker:
    """Makes the gates of one sample, one after the other."""

    def __init__(self, sample: WorkspaceSample, channels: Sequence[Channel], version: str, *, as_flowjo: bool) -> None:
        stated = VERSION.match(version)
        self.channels = SampleChannels(sample, channels)
        self.findings: list[Finding] = []
        self._as_flowjo = as_flowjo
        self._zero_on_floor = stated is not None and (int(stated[1]), int(stated[2])) >= FIRST_WITH_FLOOR

    def gate(self, population: DrawnPopulation, made: Mapping[str, Gate]) -> Gate:
        """Return a population's gate; NotCountedError says why there is none."""
        if population.parent is not None and population.parent not in made:
            raise NotCountedError("its parent is not counted")
        drawn = population.gate
        if isinstance(drawn, str):
            raise NotCountedError(drawn)
        if isinstance(drawn, DrawnBoolean):
            return _boolean(population, drawn, made)
        gate = self._rectangle(population, drawn) if drawn.kind == "rectangle" else self._shape(population, drawn)
        return replace(gate, name=population.name, outside=drawn.outside)

    def _rectangle(self, population: DrawnPopulation, drawn: DrawnGate) -> RectangleGate:
        """Return a rectangle: bounds in scale values, shown on the channels' scales."""
        dimensions = []
        for axis in drawn.axes:
            channel, compensation = self.channels.find(axis.name)
            scale_id, scale = self.channels.scale(axis.name)
            low, high = axis.low, axis.high
            if self._as_flowjo and not _is_time(channel):
                low, high = moved_bounds(scale, low, high, compensated=compensation != UNCOMPENSATED)
            dimensions.append(Dimension(channel, compensation, None, low, high, shown=scale_id))
        return RectangleGate(population.path, population.parent, tuple(dimensions))

    def _shape(self, population: DrawnPopulation, drawn: DrawnGate) -> PolygonGate | EllipsoidGate:
        """Return a gate that is drawn on the display scale."""
        (x, x_scale), (y, y_scale) = (self._axis(axis) for axis in drawn.axes)
        identity, scales = (population.path, population.parent, (x, y)), (x_scale, y_scale)
        if drawn.kind == "polygon":
            raw = np.array(drawn.points, dtype=np.float64)
            vertices = np.column_stack([displayed(scale, raw[:, axis]) for axis, scale in enumerate(scales)])
            bins = self._bins(population, drawn, (x, y), scales) if self._as_flowjo else None
            return PolygonGate(*identity, vertices, bin_vertices=bins)
        if self._as_flowjo:
            self._note_exact(population, CURVES[drawn.kind])
        if drawn.kind == "ellipse":
            return self._ellipse(population, drawn, (x, y))
        self._note(
            "NK-WSP-13",
            population,
            "FlowJo does not publish the curve of a curly quadrant; it is approximated, to about 0.6 % of the parent.",
        )
        centre = [
            float(displayed(scale, np.array([axis.low if axis.high is None else axis.high]))[0])
            for axis, scale in zip(drawn.axes, scales, strict=True)
        ]
        right, upper = (axis.high is None for axis in drawn.axes)
        return PolygonGate(*identity, curly_quadrant((centre[0], centre[1]), right=right, upper=upper))

    def _ellipse(
        self, population: DrawnPopulation, drawn: DrawnGate, axes: tuple[Dimension, Dimension]
    ) -> EllipsoidGate:
        found = ellipse(drawn)
        if found is None:
            raise NotCountedError("the foci of its ellipse lie outside it")
        if ellipse_disagrees(drawn):
            self._note(
                "NK-WSP-14", population, "the workspace states two sizes of its ellipse; that of the edge is taken."
            )
        return EllipsoidGate(population.path, population.parent, axes, *found, 1.0)

    def _bins(
        self,
        population: DrawnPopulation,
        drawn: DrawnGate,
        axes: Sequence[Dimension],
        scales: Sequence[Transform | None],
    ) -> tuple[tuple[int, int], ...] | None:
        """Return a polygon's corners in FlowJo's bins, None where FlowJo's bins are not known."""
        if drawn.quadrant:
            self._note("NK-WSP-16", population, "FlowJo's rule for the shared sides of its quadrants is not known.")
        known = all(isinstance(scale, Biex | OffsetLog | Range) for scale in scales)
        if not known or drawn.bins != BINS or any(_is_time(axis.channel) for axis in axes):
            self._note_exact(population, "a polygon on these axes")
            return None
        columns = [
            corner_bins(scale, np.array([point[axis] for point in drawn.points]), zero_on_floor=self._zero_on_floor)
            for axis, scale in enumerate(scales)
        ]
        return tuple((int(x), int(y)) for x, y in zip(*columns, strict=True))

    def _axis(self, axis: DrawnAxis) -> tuple[Dimension, Transform | None]:
        """Return an axis of a gate that is drawn on the display scale, and its scale."""
        channel, compensation = self.channels.find(axis.name)
        scale_id, scale = self.channels.scale(axis.name)
        return Dimension(channel, compensation, scale_id), scale

    def _note_exact(self, population: DrawnPopulation, what: str) -> None:
        self._note(
            "NK-WSP-17", population, f"how FlowJo bins the events of {what} is not known; it is evaluated exactly."
        )

    def _note(self, code: str, population: DrawnPopulation, message: str) -> None:
        self.findings.append(Finding(code, "warning", population.path, f"Population {population.path!r}: {message}"))


def _boolean(population: DrawnPopulation, drawn: DrawnBoolean, made: Mapping[str, Gate]) -> BooleanGate:
    """Return a population made of others."""
    operands = [path.strip("/") for path in drawn.paths]
    missing = [path for path in operands if path not in made]
    if missing:
        raise NotCountedError(f"population {missing[0]!r}, of which it is made, is not counted")
    return BooleanGate(
        population.path, population.parent, drawn.operator, tuple(map(Operand, operands)), population.name
    )


def _is_time(channel: str) -> bool:
    return channel.lower() == TIME_NAME
