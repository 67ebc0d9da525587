"""A blank study folder: every file to fill in, with its explanation.

Definition
    study.toml and README.md are templates; a table is its header, made from the row model, so that the blank and the
    reader cannot differ. Nothing that exists is ever overwritten.

Not decided here
    What a study is: whoever fills it in decides. ``nktrial check`` on a blank folder lists what is missing.
"""

from importlib.resources import files
from pathlib import Path
from typing import Final

from nktrial.core.errors import PlanError
from nktrial.formats.rows import TABLES, TableSpec
from nktrial.formats.window import printable

__all__ = ["BLANK_FOLDERS", "blank_study", "write_new_files"]

BLANK_FOLDERS: Final = ("raw", "gating")
FILLED_BY_DAY: Final = frozenset({"date", "collected_at", "evidence", "doubt"})
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
    existing = sorted(name for name in content if (folder / name).exists() or (folder / name).is_symlink())
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
        raise PlanError(
            "NK-PLAN-17",
            f"the folder cannot be written: {error.strerror}.",
            where=printable(str(folder)),
            remedy="Choose a folder that you may write to.",
        ) from error


def _columns(spec: TableSpec) -> list[str]:
    """Return a table's columns, without those that a date or a proposal fills."""
    return [name for name in spec.model.model_fields if name not in FILLED_BY_DAY]
