"""Gates of any kind of file for a file of events: Gating-ML 2.0 as it stands, FlowJo's by the sample that the file is.

Definition
    Gating-ML holds one strategy for all files. A FlowJo workspace holds one for each sample; the sample is found by
    the file's name and $FIL.

Not decided here
    What the gates hold.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import TypeAlias

from nktrial.cytometry.flowjo_sample import events_finding, workspace_sample
from nktrial.cytometry.flowjo_strategy import sample_gates
from nktrial.formats.flowjo import read_flowjo
from nktrial.formats.gatingml import read_gating_ml
from nktrial.formats.sniff import HEAD_BYTES, sniff
from nktrial.formats.window import Window
from nktrial.model.events import EventMatrix
from nktrial.model.gates import GatingStrategy
from nktrial.model.workspace import Unsupported, Workspace

__all__ = ["FileGates", "GatesFile", "gates_of", "read_gates"]

GatesFile: TypeAlias = GatingStrategy | Workspace


@dataclass(frozen=True, slots=True)
class FileGates:
    """The gates for one file of events.

    Parameters
    ----------
    strategy : GatingStrategy
        What can be evaluated.
    unsupported : tuple of Unsupported
        What cannot.
    flowjo_counts : mapping
        Path -> events that FlowJo counted; empty for Gating-ML.
    """

    strategy: GatingStrategy
    unsupported: tuple[Unsupported, ...] = ()
    flowjo_counts: Mapping[str, int] | None = None


def read_gates(window: Window) -> GatesFile:
    """Read a gates file of either kind; errors of ``read_gating_ml`` and ``read_flowjo``."""
    head = bytes(window.take(0, min(window.size, HEAD_BYTES), "head"))
    return read_flowjo(window) if sniff(head) == "wsp" else read_gating_ml(window)


def gates_of(gates: GatesFile, matrix: EventMatrix, file_name: str, *, as_flowjo: bool = False) -> FileGates:
    """Return the gates for a file of events.

    Parameters
    ----------
    gates : GatesFile
        As read.
    matrix : EventMatrix
        The file's events.
    file_name : str
        The file's name; folders are ignored.
    as_flowjo : bool
        Reproduce FlowJo's counts; only for a workspace.

    Raises
    ------
    MethodError
        NK-WSP-08, NK-WSP-09 the workspace has no, or no single, sample for the file.
    """
    if isinstance(gates, GatingStrategy):
        return FileGates(gates)
    name = PurePath(file_name).name
    sample = workspace_sample(gates, name, matrix.keywords.get("$FIL", ""))
    found = sample_gates(sample, matrix.channels, version=gates.version, as_flowjo=as_flowjo)
    noted = events_finding(sample, matrix.values.shape[0], name)
    strategy = replace(found.strategy, findings=(*noted, *found.strategy.findings))
    counts = {one.path: one.count for one in sample.populations if one.count is not None}
    return FileGates(strategy, found.unsupported, counts)
