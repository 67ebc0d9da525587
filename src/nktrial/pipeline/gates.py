"""Gates of any kind of file for a file of events.

Definition
    Gating-ML holds one strategy for all files. A FlowJo workspace holds one for each sample; the sample is found by
    the file's name and $FIL. A template's gates are drawn in each file, with a panel file's markers and the gates that
    were set by hand.

Not decided here
    What the gates hold.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import TYPE_CHECKING, TypeAlias

from nktrial.core.errors import SourceError
from nktrial.cytometry.flowjo_bins import METHOD as AS_FLOWJO
from nktrial.cytometry.strategy import METHOD as GATING
from nktrial.formats.gatingml import read_gating_ml
from nktrial.formats.sniff import HEAD_BYTES, sniff
from nktrial.formats.window import Window
from nktrial.model.events import EventMatrix
from nktrial.model.gates import GatingStrategy
from nktrial.model.method import Method
from nktrial.model.workspace import Unsupported, Workspace

if TYPE_CHECKING:
    from nktrial.pipeline.template_gates import DrawnByTemplate

__all__ = ["FileGates", "GatesFile", "gates_of", "gating_method", "read_gates"]


GatesFile: TypeAlias = "GatingStrategy | Workspace | DrawnByTemplate"


@dataclass(frozen=True, slots=True)
class FileGates:
    """The gates for one file of events.

    Parameters
    ----------
    strategy : GatingStrategy
        What can be evaluated.
    unsupported : tuple of Unsupported
        What cannot.
    flowjo_counts : mapping or None
        Path -> events that FlowJo counted; None for gates of another kind.
    """

    strategy: GatingStrategy
    unsupported: tuple[Unsupported, ...] = ()
    flowjo_counts: Mapping[str, int] | None = None


def read_gates(window: Window, *, markers: Window | None = None, overrides: Window | None = None) -> GatesFile:
    """Read a gates file of any kind.

    Parameters
    ----------
    window : Window
        Gating-ML, a FlowJo workspace, or a template.
    markers, overrides : Window or None
        A panel file and a file of gates set by hand; only for a template.

    Raises
    ------
    SourceError
        Of the kind's own reader; NK-RUN-40 a panel file or overrides without a template.
    """
    kind = sniff(bytes(window.take(0, min(window.size, HEAD_BYTES), "head")))
    if kind in {"text", "table"}:
        from nktrial.pipeline.template_gates import read_drawn_by_template  # noqa: PLC0415 (scipy takes 0.2 s)

        return read_drawn_by_template(window, markers, overrides)
    if markers is not None or overrides is not None:
        raise SourceError(
            "NK-RUN-40",
            "a panel file and gates set by hand go with a template; these gates are fixed.",
            where=window.name,
            remedy="Remove markers and overrides of the panel in study.toml, or name a template.",
        )
    if kind == "wsp":
        from nktrial.formats.flowjo import read_flowjo  # noqa: PLC0415 (each kind loads its own reader)

        return read_flowjo(window)
    return read_gating_ml(window)


def gating_method(gates: GatesFile, *, as_flowjo: bool = False) -> Method:
    """Return the method that decides what such gates hold."""
    if isinstance(gates, GatingStrategy | Workspace):
        return AS_FLOWJO if as_flowjo else GATING
    from nktrial.cytometry.templates.draw import METHOD  # noqa: PLC0415 (scipy takes 0.2 s)

    return METHOD


def gates_of(gates: GatesFile, matrix: EventMatrix, file_name: str, *, as_flowjo: bool = False) -> FileGates:
    """Return the gates for a file of events.

    Parameters
    ----------
    gates : GatesFile
        As read.
    matrix : EventMatrix
        The file's events.
    file_name : str
        The file's name or path; FlowJo's samples go by the name alone.
    as_flowjo : bool
        Reproduce FlowJo's counts; only for a workspace.

    Raises
    ------
    MethodError
        NK-WSP-08, NK-WSP-09 the workspace has no, or no single, sample for the file; NK-TPL-20 to NK-TPL-34 the
        template cannot be drawn in it.
    """
    if isinstance(gates, GatingStrategy):
        return FileGates(gates)
    if not isinstance(gates, Workspace):
        from nktrial.pipeline.template_gates import drawn_in  # noqa: PLC0415 (scipy takes 0.2 s)

        return FileGates(*drawn_in(gates, matrix, file_name))
    from nktrial.cytometry.flowjo_strategy import sample_gates  # noqa: PLC0415
    from nktrial.formats.flowjo_sample import events_finding, workspace_sample  # noqa: PLC0415

    name = PurePath(file_name).name
    sample = workspace_sample(gates, name, matrix.keywords.get("$FIL", ""))
    found = sample_gates(sample, matrix.channels, version=gates.version, as_flowjo=as_flowjo)
    noted = events_finding(sample, matrix.values.shape[0], name)
    strategy = replace(found.strategy, findings=(*noted, *found.strategy.findings))
    counts = {one.path: one.count for one in sample.populations if one.count is not None}
    return FileGates(strategy, found.unsupported, counts)
