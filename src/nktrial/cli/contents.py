"""Contents of each kind of file, as JSON values and as text.

Definition
    A missing number is null. Keywords of an FCS file are shown from a fixed list, which holds none that can name a
    person.

Not decided here
    Which reader a file needs (`nktrial.cli.inspect`).
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any, Final

from nktrial.formats.window import Window, printable
from nktrial.model.origin import Extent, Finding

__all__ = [
    "abif_contents",
    "fcs_contents",
    "gating_contents",
    "genotypes_contents",
    "peaks_contents",
    "show",
    "workspace_contents",
]

PIPE_WIDTH: Final = 200
SHOWN_KEYWORDS: Final = (
    "$CYT", "$CYTSN", "$SYS", "CREATOR", "$DATE", "$BTIM", "$ETIM", "$TIMESTEP", "$VOL", "$LOST", "$ABRT", "$TR",
    "$DATATYPE", "$BYTEORD", "$MODE", "$NEXTDATA",
)  # fmt: skip


def fcs_contents(window: Window, tolerate: frozenset[str]) -> dict[str, Any]:
    """Return what an FCS file holds."""
    from nktrial.formats.fcs import raw_sum, read_fcs  # noqa: PLC0415 (each kind loads its own reader)

    matrix = read_fcs(window, tolerate=tolerate)
    total = raw_sum(matrix)
    spillover = matrix.spillover
    return {
        "kind": "fcs",
        "version": matrix.version,
        "events": matrix.values.shape[0],
        "channels": [
            {
                "name": channel.name,
                "marker": channel.marker,
                "bits": channel.bits,
                "range": channel.top,
                "gain": channel.gain,
                "decades": channel.decades,
                "offset": channel.offset,
            }
            for channel in matrix.channels
        ],
        "raw_sum": total if math.isfinite(total) else None,
        "spillover": None
        if spillover is None
        else {"channels": list(spillover.channels), "matrix": spillover.matrix.tolist()},
        "keywords": {key: matrix.keywords[key] for key in SHOWN_KEYWORDS if matrix.keywords.get(key)},
        "extents": _extents(matrix.extents),
        "findings": _findings(matrix.findings),
    }


def abif_contents(window: Window) -> dict[str, Any]:
    """Return what a lane of a genetic analyser holds."""
    from nktrial.formats.abif import list_tags, read_abif  # noqa: PLC0415

    trace = read_abif(window)
    return {
        "kind": "abif",
        "sample": trace.sample_name,
        "dyes": list(trace.dyes),
        "scans": trace.scans.shape[0],
        "size_standard": trace.size_standard,
        "saturated_scans": int(trace.saturated.shape[0]),
        "facts": dict(trace.facts),
        "tags": [
            {"tag": tag.key, "count": tag.count, "start": tag.start, "stop": tag.stop} for tag in list_tags(window)
        ],
        "extents": _extents(trace.extents),
        "findings": _findings(trace.findings),
    }


def gating_contents(window: Window) -> dict[str, Any]:
    """Return what a Gating-ML document holds; gates in file order, each with its parent and depth."""
    from nktrial.formats.gatingml import read_gating_ml  # noqa: PLC0415

    strategy = read_gating_ml(window)
    parents = {gate.id: gate.parent for gate in strategy.gates}
    return {
        "kind": "gatingml",
        "gates": [
            {
                "id": gate.id,
                "type": type(gate).__name__.removesuffix("Gate").lower(),
                "parent": gate.parent,
                "depth": _depth(gate.id, parents),
                "dimensions": [dimension.channel for dimension in getattr(gate, "dimensions", ())],
                "operands": [operand.gate for operand in getattr(gate, "operands", ())],
            }
            for gate in strategy.gates
        ],
        "transforms": {name: type(one).__name__.lower() for name, one in strategy.transforms.items()},
        "matrices": {name: list(matrix.detectors) for name, matrix in strategy.matrices.items()},
        "channels": sorted(
            {dimension.channel for gate in strategy.gates for dimension in getattr(gate, "dimensions", ())}
        ),
        "findings": _findings(getattr(strategy, "findings", ())),
    }


def workspace_contents(window: Window) -> dict[str, Any]:
    """Return what a FlowJo workspace holds: its samples and groups, and what in them cannot be read."""
    from nktrial.formats.flowjo import read_flowjo  # noqa: PLC0415

    workspace = read_flowjo(window)
    return {
        "kind": "wsp",
        "flowjo": workspace.version,
        "samples": [
            {
                "sample": sample.name,
                "file": sample.file_name,
                "events": sample.events,
                "populations": len(sample.populations),
                "scales": sorted({type(scale).__name__.lower() for scale in sample.scales.values()} - {"str"}),
                "compensated": sample.matrix is not None,
                "not_read": [f"{one.path}: {one.gate}" for one in sample.populations if isinstance(one.gate, str)],
            }
            for sample in workspace.samples
        ],
        "groups": [{"group": one.name, "samples": len(one.sample_ids)} for one in workspace.groups],
        "findings": _findings(workspace.findings),
    }


def peaks_contents(window: Window) -> dict[str, Any]:
    """Return what a peak table holds."""
    from nktrial.formats.peaks import read_peaks  # noqa: PLC0415

    profiles = read_peaks(window)
    return {
        "kind": "peaks",
        "samples": [
            {
                "sample": profile.sample,
                "markers": list(dict.fromkeys(peak.marker for peak in profile.peaks if peak.marker)),
                "peaks": len(profile.peaks),
            }
            for profile in profiles
        ],
        "peaks": sum(len(profile.peaks) for profile in profiles),
        "findings": _findings(finding for profile in profiles for finding in profile.findings),
    }


def genotypes_contents(window: Window) -> dict[str, Any]:
    """Return what a genotype table holds."""
    from nktrial.formats.genotypes import read_genotypes  # noqa: PLC0415

    genotypes = read_genotypes(window)
    return {
        "kind": "genotypes",
        "persons": [{"person": one.person, "markers": list(one.alleles)} for one in genotypes],
        "findings": _findings(finding for one in genotypes for finding in one.findings),
    }


def show(name: str, contents: Mapping[str, Any]) -> None:
    """Print contents as tables."""
    from rich.console import Console  # noqa: PLC0415

    console = Console(markup=False, highlight=False, emoji=False)
    if not console.is_terminal:
        console.width = PIPE_WIDTH
    console.print(f"{name}: {contents['kind']}")
    for key, value in contents.items():
        if isinstance(value, list) and value and isinstance(value[0], Mapping):
            console.print(_table(key, value))
        elif key == "spillover" and value:
            console.print(f"{key}: {_shown(value['channels'])}")
        elif isinstance(value, Mapping):
            for one, text in value.items():
                console.print(f"  {_shown(one)}: {_shown(text)}")
        elif key not in {"kind", "findings"}:
            console.print(f"{key}: {_shown(value)}")
    if not contents["findings"]:
        console.print("no findings")


def _table(title: str, rows: list[Mapping[str, Any]]) -> Any:
    """Return a table of mappings with equal keys."""
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    headings = [key for key in rows[0] if key != "evidence"]
    for heading in headings:
        table.add_column(heading)
    for row in rows:
        indent = "  " * min(int(row.get("depth", 0)), 20)
        table.add_row(*(Text(indent + _shown(row[key]) if key == "id" else _shown(row[key])) for key in headings))
    return table


def _shown(value: Any) -> str:
    """Return a value for a terminal."""
    match value:
        case None:
            return "-"
        case list():
            return printable(", ".join(map(str, value)), 2000)
        case float() if value.is_integer() and abs(value) < 1e15:
            return f"{int(value):,}"
        case int():
            return f"{value:,}"
        case _:
            return printable(str(value), 500)


def _depth(gate: str, parents: Mapping[str, str | None]) -> int:
    """Return how many ancestors a gate has; the reader has refused cycles."""
    depth = 0
    parent = parents.get(gate)
    while parent is not None:
        depth += 1
        parent = parents.get(parent)
    return depth


def _extents(extents: Iterable[Extent]) -> list[dict[str, Any]]:
    return [{"what": extent.what, "start": extent.start, "stop": extent.stop} for extent in extents]


def _findings(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    return [
        {"code": one.code, "severity": one.severity, "message": one.message, "evidence": dict(one.evidence)}
        for one in findings
    ]
