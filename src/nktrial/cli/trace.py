"""nktrial trace STUDY RECORD: the walk from a number to the bytes of its files."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import click

from nktrial.core.digest import Json
from nktrial.model.origin import Record
from nktrial.store.connect import open_database
from nktrial.store.walk import Walk, walk

__all__ = ["trace"]

SHOWN: Final = 300
SHORT_ID: Final = 12


@click.command()
@click.argument("study", type=click.Path(file_okay=False, path_type=Path))
@click.argument("record")
@click.option("--json", "as_json", is_flag=True, help="Print the walk as JSON, values whole.")
def trace(study: Path, record: str, as_json: bool) -> None:
    """Walk from RECORD (an id or its first digits) to the hashes, names and byte ranges of its files."""
    engine = open_database(study / ".nktrial" / "study.db", create=False)
    found = walk(engine, record)
    engine.dispose()
    if as_json:
        click.echo(json.dumps(_document(found), indent=1, ensure_ascii=False))
        return
    for line in _lines(found):
        click.echo(line)


def _document(found: Walk) -> dict[str, Any]:
    return {
        "record": found.root,
        "records": [asdict(item) for item in found.records.values()],
        "sources": [asdict(item) for item in found.sources.values()],
    }


def _lines(found: Walk) -> Iterator[str]:
    """Yield the walk as a tree, one line an item and none cut off."""
    shown: set[str] = set()

    def grow(identity: str, stem: str, branch: str, beneath: str) -> Iterator[str]:
        item = found.records.get(identity)
        if item is None:
            yield stem + branch + _source_line(found, identity)
            return
        yield stem + branch + _line(item)
        inner = stem + beneath
        if identity in shown:
            yield inner + "└── (as above)"
            return
        shown.add(identity)
        yield from (f"{inner}├── {detail}" for detail in _details(item))
        for number, parent_id in enumerate(item.parents, start=1):
            last = number == len(item.parents)
            yield from grow(parent_id, inner, "└── " if last else "├── ", "    " if last else "│   ")

    yield from grow(found.root, "", "", "")


def _line(item: Record) -> str:
    return f"{item.kind}  {item.id[:SHORT_ID]}  by {item.method.label} ({item.method.source})"


def _details(item: Record) -> list[str]:
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


def _source_line(found: Walk, identity: str) -> str:
    source = found.sources.get(identity)
    if source is None:
        return f"file {identity} (not registered)"
    return f"file {source.name} ({source.kind}, {source.size} bytes)  sha256 {source.sha256}"


def _abridged(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}... ({len(text)} characters; --json shows all)"
