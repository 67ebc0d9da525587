"""The line of a template's key: TOML's own parser forgets it.

Definition
    The last line that leads to the key: of the n-th [[population]] only lines below its header count, and of a cut the
    line on which its element of ``cuts`` begins.
"""

import re
from typing import Final

__all__ = ["line_of"]

HEADER: Final = re.compile(r"^\s*\[\[?\s*([^\]]+?)\s*\]\]?")
POPULATION: Final = re.compile(r"^\s*\[\[\s*population\s*\]\]")


def line_of(text: str, path: tuple[str | int, ...]) -> int | None:
    """Return the line, from 1, of a key or of the nearest table above it; None where there is none."""
    lines = text.splitlines()
    start, stop = 0, len(lines)
    keys = [part for part in path if isinstance(part, str)]
    if path[:1] == ("population",) and len(path) > 1:
        headers = [number for number, line in enumerate(lines) if POPULATION.match(line)]
        position = path[1]
        if not isinstance(position, int) or position >= len(headers):
            return None
        start = headers[position]
        stop = headers[position + 1] if position + 1 < len(headers) else len(lines)
        keys = keys[1:]
    best = start + 1 if path[:1] == ("population",) else None
    element = next((part for part in path[2:] if isinstance(part, int)), None)
    for key in keys:
        found = _line_with(lines, start, stop, key)
        if found is None:
            continue
        best = found + 1
        if key == "cuts" and element is not None:
            start = _nth_brace(lines, found, stop, element)
            best = start + 1
    return best


def _line_with(lines: list[str], start: int, stop: int, key: str) -> int | None:
    """Return the first line that assigns a key or opens its table."""
    assigned = re.compile(rf"(^|[\s{{,.\"']){re.escape(key)}[\"']?\s*=")
    for number in range(start, stop):
        header = HEADER.match(lines[number])
        opened = header is not None and key in [part.strip("\"' ") for part in header.group(1).split(".")]
        if opened or assigned.search(lines[number]):
            return number
    return None


def _nth_brace(lines: list[str], start: int, stop: int, element: int) -> int:
    """Return the line on which the n-th inline table after a line begins."""
    seen = -1
    for number in range(start, stop):
        seen += lines[number].count("{")
        if seen >= element:
            return number
    return start
