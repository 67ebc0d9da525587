"""The text of study.toml: parsed within bounds, and the line of a key.

Definition
    Lines and nesting are bounded before the TOML parser sees them. The line of a key is the last table header or
    assignment that leads to it.

Not decided here
    Which keys there are (``plan``).
"""

import re
import tomllib
from collections import Counter
from functools import lru_cache
from typing import Any, Final

from nktrial.formats.issues import CellError

__all__ = ["line_of_key", "parsed_toml"]

MAX_LINE: Final = 20_000
MAX_LINES: Final = 5_000
MAX_DEPTH: Final = 50
BRACKET: Final = re.compile(r"[\[{\]}]")


def parsed_toml(text: str) -> dict[str, Any]:
    """Parse TOML of bounded line length and depth; NK-PLAN-02, NK-PLAN-03."""
    depth = 0
    lines = text.splitlines()
    if len(lines) > MAX_LINES:
        raise CellError(
            "NK-PLAN-03", f"{len(lines):,} lines, expected at most {MAX_LINES:,}.", "Write a plain study.toml."
        )
    for line in lines:
        depth, deepest = _depth(line, depth)
        parts = line.split("=", 1)[0].count(".")
        if len(line) > MAX_LINE or deepest > MAX_DEPTH or parts > MAX_DEPTH:
            raise CellError("NK-PLAN-03", "nested too deeply, or a line is too long.", "Write a plain study.toml.")
    try:
        return tomllib.loads(text.replace("\r\n", "\n").replace("\r", "\n"))
    except (ValueError, RecursionError) as error:
        problem = str(error)[:200] or "nested too deeply"
        raise CellError("NK-PLAN-02", f"the file is not TOML: {problem}.", "Correct the line that it names.") from error


def _depth(line: str, depth: int) -> tuple[int, int]:
    """Follow the brackets of a line: depth at its end, and greatest depth."""
    deepest = depth
    for found in BRACKET.finditer(line):
        depth = depth + 1 if found.group() in "[{" else max(depth - 1, 0)
        deepest = max(deepest, depth)
    return depth, deepest


def line_of_key(text: str, path: tuple[str, ...]) -> int | None:
    """Find the line of a key, or of the nearest table that should hold it."""
    best: tuple[int, int] | None = None
    for number, here in _keys_by_line(text):
        shared = min(len(here), len(path))
        if here[:shared] == path[:shared] and (best is None or shared > best[0]):
            best = (shared, number)
    return best[1] if best else None


@lru_cache(maxsize=1)  # asked for once a problem, of which one file has many
def _keys_by_line(text: str) -> tuple[tuple[int, tuple[str, ...]], ...]:
    """Return the lines that hold a key, each with the key's parts from the root."""
    table: tuple[str, ...] = ()
    found: list[tuple[int, tuple[str, ...]]] = []
    positions: Counter[tuple[str, ...]] = Counter()  # of the tables of a list: [[a.b]] is a.b.0, then a.b.1
    for number, line in enumerate(text.splitlines(), start=1):
        bare = line.strip()
        if bare.startswith("["):
            table = tuple(part.strip(" \"'") for part in bare.strip("[] ").split("]")[0].split("."))
            if bare.startswith("[["):
                positions[table] += 1
                table = (*table, str(positions[table] - 1))
            here = table
        elif "=" in bare and not bare.startswith("#"):
            here = (*table, *(part.strip(" \"'") for part in bare.split("=", 1)[0].split(".")))
        else:
            continue
        found.append((number, here))
    return tuple(found)
