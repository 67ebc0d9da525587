"""Which sample of a FlowJo workspace a file is.

Definition
    The sample whose file has the file's name; else the one that the workspace shows by that name; else the one whose
    $FIL is the file's. Several of one kind are told apart by the others. Letters' case does not matter.

Not decided here
    Whether the file's bytes are those that FlowJo saw: only the number of events can be compared.
"""

from collections.abc import Callable, Sequence
from typing import Final

from nktrial.core.errors import MethodError
from nktrial.model.origin import Finding
from nktrial.model.workspace import Workspace, WorkspaceSample

__all__ = ["events_finding", "workspace_sample"]

SHOWN: Final = 8
KINDS: Final[tuple[Callable[[WorkspaceSample], str], ...]] = (
    lambda sample: sample.file_name,
    lambda sample: sample.name,
    lambda sample: sample.fil,
)


def workspace_sample(workspace: Workspace, file_name: str, fil: str) -> WorkspaceSample:
    """Return the sample that a file is.

    Parameters
    ----------
    workspace : Workspace
        The workspace.
    file_name : str
        The file's name without folders.
    fil : str
        Its keyword ``$FIL``; empty where absent.

    Raises
    ------
    MethodError
        NK-WSP-08 no sample is this file; NK-WSP-09 several are.
    """
    wanted = (file_name, file_name, fil.strip())
    found = list(workspace.samples)
    matched = False
    for kind, text in zip(KINDS, wanted, strict=True):
        same = [sample for sample in found if text and kind(sample).casefold() == text.casefold()]
        if same:
            found, matched = same, True
        if matched and len(found) == 1:
            return found[0]
    if matched:
        raise MethodError(
            "NK-WSP-09",
            f"samples {_listed(found)} of the workspace all have the file's name {file_name!r} and the same $FIL.",
            remedy="Keep one of them in the workspace, or give the files different names and save it again.",
        )
    raise MethodError(
        "NK-WSP-08",
        f"the workspace has no sample for file {file_name!r}; it has {_listed(workspace.samples)}.",
        remedy="Name the file as it was when the workspace was made, or add it to the workspace.",
    )


def events_finding(sample: WorkspaceSample, events: int, subject: str) -> tuple[Finding, ...]:
    """Warn where FlowJo saw another number of events in the file."""
    if sample.events in (None, events):
        return ()
    return (
        Finding(
            "NK-WSP-10",
            "warning",
            subject,
            f"FlowJo had {sample.events:,} events in sample {sample.name!r}, the file has {events:,}: they may not be "
            "the same data.",
            {"workspace": sample.events, "file": events},
        ),
    )


def _listed(samples: Sequence[WorkspaceSample]) -> str:
    """Return some samples' names for a message."""
    names = ", ".join(repr(sample.name) for sample in samples[:SHOWN])
    return names if len(samples) <= SHOWN else f"{names} and {len(samples) - SHOWN} more"
