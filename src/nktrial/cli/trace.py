"""nktrial trace STUDY RECORD: the walk from a number to the bytes of its files."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from nktrial.core.digest import Json

if TYPE_CHECKING:
    from rich.tree import Tree

    from nktrial.model.origin import Record
    from nktrial.store.walk import Walk

__all__ = ["trace"]

SHOWN: Final = 100
SHORT_ID: Final = 12


@click.command()
@click.argument("study", type=click.Path(file_okay=False, path_type=Path))
@click.argument("record")
@click.option("--json", "as_json", is_flag=True, help="Print the walk as JSON, values whole.")
def trace(study: Path, record: str, as_json: bool) -> None:
    """Walk from RECORD (an id or its first digits) to the hashes, names and byte ranges of its files."""
    from nktrial.store.connect import open_database  # noqa: PLC0415
    from nktrial.store.walk import walk  # noqa: PLC0415

    engine = open_database(study / ".nktrial" / "study.db", create=False)
    found = walk(engine, record)
    engine.dispose()
    if as_json:
        click.echo(json.dumps(_document(found), indent=1, ensure_ascii=False))
        return
    from rich.console import Console  # noqa: PLC0415

    Console(soft_wrap=True, highlight=False, markup=False).print(_tree(found))


def _document(found: "Walk") -> dict[str, Any]:
    return {
        "record": found.root,
        "records": [asdict(item) for item in found.records.values()],
        "sources": [asdict(item) for item in found.sources.values()],
    }


def _tree(found: "Walk") -> "Tree":
    from rich.tree import Tree  # noqa: PLC0415

    shown: set[str] = set()

    def grow(branch: "Tree", identity: str) -> None:
        if identity in found.sources:
            branch.add(_source_line(found, identity))
            return
        item = found.records.get(identity)
        if item is None:
            branch.add(f"file {identity} (not registered)")
            return
        node = branch.add(_line(item))
        if identity in shown:
            node.add("(as above)")
            return
        shown.add(identity)
        for line in _details(item):
            node.add(line)
        for parent_id in item.parents:
            grow(node, parent_id)

    top = Tree(f"record {found.root}")
    grow(top, found.root)
    return top


def _line(item: "Record") -> str:
    return f"{item.kind}  {item.id[:SHORT_ID]}  by {item.method.label} ({item.method.source})"


def _details(item: "Record") -> list[str]:
    lines = []
    if item.parameters:
        lines.append("parameters: " + _abridged(item.parameters))
    value = item.value
    if isinstance(value, Mapping):
        lines.extend(f"bytes {part['start']} to {part['stop']}: {part['what']}" for part in _extents(value))
        value = {key: part for key, part in value.items() if key not in {"extents", "quantiles"}}
    lines.append("value: " + _abridged(value))
    lines.extend(f"{finding.severity} {finding.code}: {finding.message}" for finding in item.findings)
    return lines


def _extents(value: Mapping[str, Json]) -> list[dict[str, Any]]:
    extents = value.get("extents", [])
    return [dict(extent) for extent in extents if isinstance(extent, Mapping)] if isinstance(extents, list) else []


def _source_line(found: "Walk", identity: str) -> str:
    source = found.sources[identity]
    return f"file {source.name} ({source.kind}, {source.size} bytes)  sha256 {source.sha256}"


def _abridged(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= SHOWN * 3 else f"{text[: SHOWN * 3]}... ({len(text)} characters; --json shows all)"
