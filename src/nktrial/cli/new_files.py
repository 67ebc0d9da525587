"""New files, written whole or not at all; nothing that exists is overwritten."""

import os
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import click

from nktrial.formats.window import printable

__all__ = ["check_targets", "write_new_files"]


def check_targets(out: Path | None, inputs: Sequence[Path]) -> dict[Path, Path]:
    """Return the file to write for each input: ``out`` itself, or with several inputs one in the folder ``out``.

    Raises
    ------
    click.UsageError
        A target exists, or two inputs would give one target.
    """
    if out is None:
        return {}
    folder = len(inputs) > 1 or out.is_dir()
    targets = {path: out / f"{path.stem}.xml" if folder else out for path in inputs}
    if len(set(targets.values())) < len(inputs):
        raise click.UsageError("two of the FCS files have the same name, so their gates would share one file.")
    if folder and os.path.lexists(out) and not out.is_dir():
        raise click.UsageError(
            f"{printable(str(out))} is no folder; --out must be one where several FCS files are given."
        )
    for target in targets.values():
        if os.path.lexists(target):
            raise click.UsageError(f"{printable(str(target))} exists; nothing is overwritten: name a new one.")
    return targets


def write_new_files(contents: Mapping[Path, bytes]) -> None:
    """Write all files or none.

    Raises
    ------
    click.UsageError
        One cannot be written, or came to exist meanwhile.
    """
    written: list[Path] = []
    waiting: list[tuple[Path, Path]] = []
    try:
        for target, data in contents.items():
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary = target.parent / f".nktrial-{secrets.token_hex(8)}"
            waiting.append((temporary, target))
            with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "wb") as file:
                file.write(data)
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
