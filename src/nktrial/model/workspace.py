"""A FlowJo workspace as it stands in the file: samples, each with its scales, matrix and drawn gates, and groups."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from nktrial.model.gates import SpectrumMatrix, Transform
from nktrial.model.origin import Finding

__all__ = [
    "DrawnAxis",
    "DrawnBoolean",
    "DrawnGate",
    "DrawnPopulation",
    "Unsupported",
    "Workspace",
    "WorkspaceGroup",
    "WorkspaceSample",
]

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class DrawnAxis:
    """One axis of a drawn gate: the channel as FlowJo names it, and a rectangle's bounds in scale values."""

    name: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class DrawnGate:
    """A gate as FlowJo stores it.

    Parameters
    ----------
    kind : str
        What it is.
    axes : tuple of DrawnAxis
        One or two for a rectangle, two else. A curly quadrant has one bound on each axis: its centre.
    points : tuple of (x, y)
        Corners of a polygon in scale values; its sides are straight on the display scale.
    foci, edge : tuple of (x, y)
        Of an ellipse, in 256ths of the display scale.
    distance : float or None
        Of an ellipse: the sum of a point's distances from the foci.
    outside : bool
        The events outside are meant.
    bins : int or None
        ``gateResolution`` of a polygon.
    quadrant : bool
        The polygon is one of the four of a quadrant gate.
    """

    kind: Literal["rectangle", "polygon", "ellipse", "curly quadrant"]
    axes: tuple[DrawnAxis, ...]
    points: tuple[Point, ...] = ()
    foci: tuple[Point, ...] = ()
    edge: tuple[Point, ...] = ()
    distance: float | None = None
    outside: bool = False
    bins: int | None = None
    quadrant: bool = False


@dataclass(frozen=True, slots=True)
class DrawnBoolean:
    """A population made of others, named by their paths from the sample."""

    operator: Literal["and", "or", "not"]
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unsupported:
    """A population that is not counted, and why; those below it are not counted either."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class DrawnPopulation:
    """A population of a sample.

    Parameters
    ----------
    path : str
        Names from the sample down, joined by ``/``.
    parent : str or None
        Path of the parent.
    name : str
        Last part of the path.
    gate : DrawnGate or DrawnBoolean or str
        A text says why the gate cannot be read.
    count : int or None
        Events that FlowJo counted; None where it had not counted them.
    """

    path: str
    parent: str | None
    name: str
    gate: DrawnGate | DrawnBoolean | str
    count: int | None


@dataclass(frozen=True, slots=True)
class WorkspaceSample:
    """One sample of a workspace.

    Parameters
    ----------
    sample_id : str
        FlowJo's id within the workspace.
    name : str
        As the workspace shows it.
    file_name : str
        Last part of the file's address; empty where the workspace gives none.
    fil : str
        Keyword ``$FIL``; empty where absent.
    events : int or None
        Events that FlowJo found in the file.
    scales : mapping
        Channel as FlowJo names it -> display scale; a text says why a scale cannot be read.
    matrix : SpectrumMatrix or None
        Compensation: its dyes are named as the gates name compensated channels.
    populations : tuple of DrawnPopulation
        Parents first, in file order.
    """

    sample_id: str
    name: str
    file_name: str
    fil: str
    events: int | None
    scales: Mapping[str, Transform | str]
    matrix: SpectrumMatrix | None
    populations: tuple[DrawnPopulation, ...]


@dataclass(frozen=True, slots=True)
class WorkspaceGroup:
    """A group of samples and the gates that stand in the group itself."""

    name: str
    sample_ids: tuple[str, ...]
    populations: tuple[DrawnPopulation, ...] = ()


@dataclass(frozen=True, slots=True)
class Workspace:
    """A FlowJo workspace.

    Parameters
    ----------
    version : str
        FlowJo's version, e.g. ``10.7.1``; empty where not stated.
    samples : tuple of WorkspaceSample
        In file order.
    groups : tuple of WorkspaceGroup
        In file order.
    findings : tuple of Finding
        What was noticed.
    """

    version: str
    samples: tuple[WorkspaceSample, ...]
    groups: tuple[WorkspaceGroup, ...]
    findings: tuple[Finding, ...] = field(default=())
