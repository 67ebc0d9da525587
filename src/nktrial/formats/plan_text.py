"""The text of study.toml: parsed within bounds, and the line of a key.

Definition
    Lines and nesting are bounded before the TOML parser sees them. The line of a key is the last table header or
    assignment that leads to it.

Not decided here
    Which keys there are (``plan``).
"""

import re
import tomllib
from typing import Any, Final

from nktrial.formats.issues import CellError

__all__ = ["line_of_key", "parsed_toml"]

MAX_LINE: Final = 20_000
MAX_DEPTH: Final = 50
OPENED: Final = re.compile(r"[\[{]")
CLOSED: Final = re.compile(r"[\]}]")


def parsed_toml(text: str) -> dict[str, Any]:
    """Parse TOML of bounded line length and depth; NK-PLAN-02, NK-PLAN-03."""
    depth = 0
    for line in text.splitlines():
        depth += len(OPENED.findall(line)) - len(CLOSED.findall(line))
        parts = line.split("=", 1)[0].count(".")
        if len(line) > MAX_LINE or depth > MAX_DEPTH or parts > MAX_DEPTH:
            raise CellError("NK-PLAN-03", "nested too deeply, or a line is too long.", "Write a plain study.toml.")
    try:
        return tomllib.loads(text.replace("\r\n", "\n").replace("\r", "\n"))
    except (ValueError, RecursionError) as error:
        problem = str(error)[:200] or "nested too deeply"
        raise CellError("NK-PLAN-02", f"the file is not TOML: {problem}.", "Correct the line that it names.") from error


def line_of_key(text: str, path: tuple[str, ...]) -> int | None:
    """Find the line of a key, or of the nearest table that should hold it."""
    table: tuple[str, ...] = ()
    best: tuple[int, int] | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        bare = line.strip()
        if bare.startswith("["):
            table = tuple(part.strip(" \"'") for part in bare.strip("[] ").split("]")[0].split("."))
            here = table
        elif "=" in bare and not bare.startswith("#"):
            here = (*table, *(part.strip(" \"'") for part in bare.split("=", 1)[0].split(".")))
        else:
            continue
        if here == path[: len(here)] and (best is None or len(here) > best[0]):
            best = (len(here), number)
    return best[1] if best else None
