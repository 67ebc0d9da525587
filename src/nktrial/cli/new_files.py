"""New files, written whole or not at all; nothing that exists is overwritten."""

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import click

from nktrial.formats.window import printable

__all__ = ["check_new", "check_targets", "write_new_files"]


def check_new(path: Path) -> None:
    """Refuse a place that is taken, before any work is done.

    Raises
    ------
    click.UsageError
        It exists.
    """
    if os.path.lexists(path):
        raise click.UsageError(f"{printable(str(path))} exists; nothing is overwritten: name a new file.")


def check_targets(out: Path, inputs: Sequence[Path], ending: str) -> dict[Path, Path]:
    """Return the file to write for each input: ``out`` itself, or one in it where it is a folder or is to be one.

    Parameters
    ----------
    out : Path
        A file; a folder where there are several inputs or where it is one already.
    inputs : sequence of Path
        What is read.
    ending : str
        What follows an input's stem in a folder.

    Raises
    ------
    click.UsageError
        A target exists, or two inputs would give one target.
    """
    folder = len(inputs) > 1 or out.is_dir()
    if folder and os.path.lexists(out) and not out.is_dir():
        raise click.UsageError(
            f"{printable(str(out))} is no folder; --out must be a folder where several FCS files are given."
        )
    targets = {path: out / f"{path.stem}{ending}" if folder else out for path in inputs}
    if len(set(targets.values())) < len(inputs):
        raise click.UsageError(
            "two of the FCS files have the same name, so that what is written for them would share one file."
        )
    for target in targets.values():
        check_new(target)
    return targets


def write_new_files(contents: Mapping[Path, Iterable[bytes]]) -> None:
    """Write all files or none; folders that are missing are made.

    Parameters
    ----------
    contents : mapping
        File -> its content in parts, so that a large one need never be whole in memory.

    Raises
    ------
    click.UsageError
        One cannot be written, or came to exist meanwhile.
    """
    written: list[Path] = []
    waiting: list[tuple[Path, Path]] = []
    try:
        for target, parts in contents.items():
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary = target.parent / f".nktrial-{os.urandom(8).hex()}"
            waiting.append((temporary, target))
            with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "wb") as file:
                file.writelines(parts)
        for temporary, target in waiting:
            _move(temporary, target)
            written.append(target)
    except OSError as error:
        for target in written:
            target.unlink(missing_ok=True)
        place = printable(str(error.filename2 or error.filename or ""))
        raise click.UsageError(f"cannot write {place}: {error.strerror}.") from error
    finally:
        for temporary, _ in waiting:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)


def _move(temporary: Path, target: Path) -> None:
    """Give a file its name, unless the name is taken; a link fails where it is, and some file systems have no links."""
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise
    except OSError:
        if os.path.lexists(target):
            raise
        temporary.replace(target)
