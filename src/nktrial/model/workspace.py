"""A FlowJo workspace: its samples, each with its own gates, and its groups."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from nktrial.model.gates import GatingStrategy
from nktrial.model.origin import Finding

__all__ = ["Unsupported", "Workspace", "WorkspaceGroup", "WorkspaceSample"]


@dataclass(frozen=True, slots=True)
class Unsupported:
    """A population that is not counted, and why; those below it are not counted either."""

    path: str
    reason: str


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
    strategy : GatingStrategy
        The sample's own gates; a gate's id is its path.
    counts : mapping
        Path -> events that FlowJo counted; populations that it had not counted are missing.
    unsupported : tuple of Unsupported
        What the strategy leaves out.
    """

    sample_id: str
    name: str
    file_name: str
    fil: str
    events: int | None
    strategy: GatingStrategy
    counts: Mapping[str, int]
    unsupported: tuple[Unsupported, ...] = ()


@dataclass(frozen=True, slots=True)
class WorkspaceGroup:
    """A group of samples."""

    name: str
    sample_ids: tuple[str, ...]


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
