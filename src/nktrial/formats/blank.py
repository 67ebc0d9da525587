"""A blank study folder: every file to fill in, with its explanation.

Definition
    study.toml and README.md are templates; a table is its header, made from the row model, so that the blank and the
    reader cannot differ. Nothing that exists is ever overwritten, but a proposal for files.csv that is still to the
    byte what nktrial wrote: its SHA-256 is kept below .nktrial. Beside a changed one the next free name is taken.

Not decided here
    What a study is: whoever fills it in decides. ``nktrial check`` on a blank folder lists what is missing.
"""

import hashlib
import itertools
from importlib.resources import files
from pathlib import Path
from typing import Final

from nktrial.core.errors import PlanError
from nktrial.formats.rows import TABLES, TableSpec
from nktrial.formats.window import printable

__all__ = ["BLANK_FOLDERS", "PROPOSAL", "blank_study", "write_new_files", "write_proposal"]

BLANK_FOLDERS: Final = ("raw", "gating")
PROPOSAL: Final = "files.proposed.csv"
SEALS: Final = ".nktrial"
FILLED_BY_DAY: Final = frozenset({"date", "collected_at", "start", "stop", "evidence", "doubt"})
OFFERED: Final = frozenset({"medications.csv"})


def blank_study() -> dict[str, bytes]:
    """Return the files of a blank study folder: name -> content."""
    templates = files("nktrial.formats") / "templates"
    blank = {name: (templates / name).read_bytes() for name in ("study.toml", "README.md")}
    for spec in TABLES:
        if spec.required or spec.file in OFFERED:
            blank[spec.file] = (",".join(_columns(spec)) + "\r\n").encode()
    return blank


def write_new_files(folder: Path, content: dict[str, bytes]) -> None:
    """Write files that are not there yet; where one is, write none.

    Raises
    ------
    PlanError
        NK-PLAN-16 a file exists already; NK-PLAN-17 the folder cannot be written.
    """
    existing = sorted(name for name in content if _is_taken(folder / name))
    if existing:
        raise PlanError(
            "NK-PLAN-16",
            f"{', '.join(existing)} exist already; nothing was written.",
            where=printable(str(folder)),
            remedy="Choose another folder, or move these files away.",
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in content.items():
            with (folder / name).open("xb") as file:
                file.write(data)
    except OSError as error:
        raise _cannot_write(folder, error) from error


def write_proposal(folder: Path, data: bytes) -> tuple[str, bool]:
    """Write a proposal for files.csv into an existing folder.

    Parameters
    ----------
    folder : Path
        The study folder.
    data : bytes
        The proposal.

    Returns
    -------
    (str, bool)
        The name that it got, and whether an earlier, unchanged proposal of nktrial was replaced.

    Raises
    ------
    PlanError
        NK-PLAN-17 the folder cannot be written.
    """
    try:
        names = itertools.chain([PROPOSAL], (f"files.proposed-{number}.csv" for number in itertools.count(2)))
        name = next(name for name in names if not _is_taken(folder / name) or _is_unchanged(folder, name))
        replaced = _is_taken(folder / name)
        (folder / name).write_bytes(data)
        _seal(folder, name).parent.mkdir(exist_ok=True)
        _seal(folder, name).write_text(hashlib.sha256(data).hexdigest() + "\n", encoding="ascii")
    except OSError as error:
        raise _cannot_write(folder, error) from error
    return name, replaced


def _is_taken(path: Path) -> bool:
    return path.exists() or path.is_symlink()


def _seal(folder: Path, name: str) -> Path:
    return folder / SEALS / f"{name}.sha256"


def _is_unchanged(folder: Path, name: str) -> bool:
    """Tell whether a regular file is to the byte what nktrial wrote."""
    path, seal = folder / name, _seal(folder, name)
    if path.is_symlink() or not path.is_file() or not seal.is_file():
        return False
    return seal.read_bytes().strip() == hashlib.sha256(path.read_bytes()).hexdigest().encode()


def _cannot_write(folder: Path, error: OSError) -> PlanError:
    return PlanError(
        "NK-PLAN-17",
        f"the folder cannot be written: {error.strerror}.",
        where=printable(str(folder)),
        remedy="Choose a folder that you may write to.",
    )


def _columns(spec: TableSpec) -> list[str]:
    """Return a table's columns, without those that a date or a proposal fills."""
    return [name for name in spec.model.model_fields if name not in FILLED_BY_DAY]
