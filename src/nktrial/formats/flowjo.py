"""FlowJo workspaces: from the bytes of a .wsp file to its samples and groups.

Definition
    A workspace of FlowJo 10 holds for each sample the file's address and keywords, the display scale of each channel,
    the compensation and a tree of populations, each with the events that FlowJo counted. Paths in a workspace are
    names only: nothing that they name is opened.

Not decided here
    Which sample belongs to which file, and what the gates hold: see ``nktrial.cytometry.flowjo_strategy``.
"""

import re
from itertools import islice
from typing import Final
from urllib.parse import unquote

from nktrial.core.errors import SourceError
from nktrial.formats.flowjo_gates import read_populations
from nktrial.formats.flowjo_scales import read_matrix, read_scales
from nktrial.formats.flowjo_text import Node, workspace_parts
from nktrial.formats.window import Window, printable
from nktrial.model.workspace import Workspace, WorkspaceGroup, WorkspaceSample

__all__ = ["read_flowjo"]

MOST_SAMPLES: Final = 20_000
MOST_POPULATIONS: Final = 100_000  # own limit, of a whole workspace: reading takes 40 us a gate
POPULATION: Final = re.compile(rb"<Population[ \t\r\n/>]")


def read_flowjo(window: Window) -> Workspace:
    """Read a workspace.

    Parameters
    ----------
    window : Window
        The file's bytes.

    Returns
    -------
    Workspace
        Samples and groups in file order.

    Raises
    ------
    SourceError
        NK-WSP-01 to NK-WSP-07, NK-WSP-12 and NK-WSP-21, see the error catalogue.
    """
    version = ""
    groups: list[WorkspaceGroup] = []
    samples: list[WorkspaceSample] = []
    populations = 0
    if _has_crowd(window):
        raise _too_long(window, f"{MOST_POPULATIONS:,} populations")
    for node in workspace_parts(window):
        match node.tag:
            case "GroupNode":
                groups.append(_group(node))
                populations += len(groups[-1].populations)
            case "Sample":
                samples.append(_sample(node))
                populations += len(samples[-1].populations)
            case _:
                version = printable(node.text("flowJoVersion"), 40)
        if len(samples) > MOST_SAMPLES:
            raise _too_long(window, f"{MOST_SAMPLES:,} samples")
        if populations > MOST_POPULATIONS:
            raise _too_long(window, f"{MOST_POPULATIONS:,} populations")
    if not samples:
        raise SourceError(
            "NK-WSP-07", "the workspace holds no sample.", where=window.name, remedy="Add the FCS files and save it."
        )
    return Workspace(version, tuple(samples), tuple(groups))


def _has_crowd(window: Window) -> bool:
    """Tell, before anything is read, whether the tags of populations alone pass the limit."""
    tags = POPULATION.finditer(window.take(0, window.size, "FlowJo workspace"))
    return next(islice(tags, MOST_POPULATIONS, None), None) is not None


def _too_long(window: Window, most: str) -> SourceError:
    return SourceError(
        "NK-WSP-03",
        f"the workspace has more than {most}.",
        where=window.name,
        remedy="Save the samples in several workspaces.",
    )


def _group(node: Node) -> WorkspaceGroup:
    """Read a group: its name, its samples, the gates that stand in it."""
    group = node.child("Group")
    holder = None if group is None else group.child("SampleRefs")
    ids = () if holder is None else tuple(one.text("sampleID") for one in holder.children("SampleRef"))
    return WorkspaceGroup(printable(node.text("name"), 200), ids, read_populations(node))


def _sample(node: Node) -> WorkspaceSample:
    """Read a sample."""
    data_set, tree = node.child("DataSet"), node.child("SampleNode")
    if tree is None:
        raise node.error("NK-WSP-06", "a sample has no SampleNode.")
    address = "" if data_set is None else unquote(data_set.text("uri"))
    file_name = address.replace("\\", "/").rpartition("/")[2].removeprefix("file:")
    sample_id = tree.text("sampleID") or ("" if data_set is None else data_set.text("sampleID"))
    keywords = node.child("Keywords")
    fil = next(
        (one.text("value") for one in ([] if keywords is None else keywords.children("Keyword")) if _is_fil(one)), ""
    )
    return WorkspaceSample(
        sample_id,
        printable(tree.text("name"), 300),
        printable(file_name, 300),
        printable(fil.strip(), 300),
        tree.count("count"),
        read_scales(node.child("Transformations")),
        read_matrix(node),
        read_populations(tree),
    )


def _is_fil(keyword: Node) -> bool:
    return keyword.text("name").strip().upper() == "$FIL"
