"""Paths that a study folder names: relative, inside the folder, and what is wrong with an odd one.

Definition
    A path is relative to the study folder, with ``/`` between its parts (a backslash is read as one). It neither
    leaves the folder nor names a place on the network. A symbolic link counts as what it points to.

Not decided here
    Whether the file behind a path is what it should be (``raw_files``).
"""

import os
import posixpath
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from nktrial.formats.issues import CellError

__all__ = ["files_below", "leaves_folder", "odd_name", "relative_path"]

MAX_PATH: Final = 1000
MAX_PART_BYTES: Final = 255
ADDRESS: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")
DRIVE: Final = re.compile(r"[A-Za-z]:")
# Names that Windows keeps for devices, with any ending.
DEVICES: Final = frozenset(
    {"con", "prn", "aux", "nul", *(f"com{n}" for n in range(1, 10)), *(f"lpt{n}" for n in range(1, 10))}
)
AWKWARD: Final = frozenset('<>:"|?*')


def relative_path(cell: str) -> str:
    r"""Return a path with ``/`` between its parts, without ``.`` and inner ``..``.

    Raises
    ------
    CellError
        NK-TAB-20 empty; NK-PATH-01 absolute; NK-PATH-02 leaves the study folder; NK-PATH-04 an address on the
        network; NK-PATH-05 too long.
    """
    if not cell:
        raise CellError("NK-TAB-20", "the cell is empty; this column is required in every row.", "Fill in the value.")
    if len(cell) > MAX_PATH or any(len(part.encode()) > MAX_PART_BYTES for part in re.split(r"[/\\]", cell)):
        raise CellError(
            "NK-PATH-05",
            f"a path of {len(cell):,} characters; expected at most {MAX_PATH:,}, and {MAX_PART_BYTES} bytes a name.",
            "Move the file to a shorter path.",
        )
    written = cell.replace("\\", "/")
    path = posixpath.normpath(written)
    for form in (written, path):  # "./C:/a" becomes a drive only once it is normalised, "C:/../a" stops being one
        _refuse_rooted(form)
    if path in {".", ".."} or path.startswith("../"):
        raise CellError("NK-PATH-02", "the path leaves the study folder.", "Copy the file into raw/.")
    return path


def _refuse_rooted(path: str) -> None:
    """Raise NK-PATH-04 for an address on a network, NK-PATH-01 for an absolute path."""
    if ADDRESS.match(path) and path[1] != ":":
        raise CellError("NK-PATH-04", "an address on a network; nktrial reads local files only.", "Copy it into raw/.")
    if path.startswith("/") or DRIVE.match(path):
        raise CellError(
            "NK-PATH-01", "an absolute path, expected one relative to the study folder.", "Copy the file into raw/."
        )


def leaves_folder(folder: Path, path: str) -> bool:
    """Tell whether a path, with all symbolic links followed, lies outside the folder."""
    parts = path.split("/")
    if ".." not in parts and not path.startswith("/") and not _is_linked(folder, parts):
        return False
    try:
        return not (folder / path).resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):  # a loop of links leads nowhere: not inside
        return True


def _is_linked(folder: Path, parts: Sequence[str]) -> bool:
    """Tell whether any part of a path is a symbolic link."""
    place = folder
    for part in parts:
        place /= part
        if place.is_symlink():
            return True
    return False


def files_below(folder: Path) -> Iterator[Path]:
    """Yield what is no folder below a folder, in order of name; nothing hidden, and no link to a folder is followed.

    Folders that lie deeper than the operating system can name are passed over, as no table could name their files.
    """
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        try:
            with os.scandir(here) as entries:
                found = sorted((entry for entry in entries if not entry.name.startswith(".")), key=lambda one: one.name)
        except OSError:
            continue
        folders = [here / entry.name for entry in found if entry.is_dir(follow_symlinks=False)]
        yield from (here / entry.name for entry in found if not _is_folder(entry))
        waiting.extend(reversed(folders))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Tell whether an entry is a folder, or a link to one; a link that leads in a circle is not."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def odd_name(path: str) -> str:
    """Return why a name makes trouble on another computer, or ``""``."""
    if not path.isprintable():
        return "it holds characters that do not print"
    for part in path.split("/"):
        if part.split(".")[0].casefold() in DEVICES:
            return f"{part!r} is a device on Windows"
        if part.endswith((".", " ")):
            return "Windows drops a dot or space at the end of a name"
        if AWKWARD & set(part):
            return "it holds a character that Windows does not allow"
    return ""
