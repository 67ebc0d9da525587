"""The results folder: written whole or not at all.

The new folder is written beside its place, every file is flushed to the disk, and it is swapped in by renaming.
A folder that was not written by nktrial is never replaced.
"""

import itertools
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from nktrial.core.digest import sha256_hex
from nktrial.core.errors import StoreError

__all__ = ["MARK", "is_current", "write_folder"]

MARK: Final = "run.json"


def write_folder(folder: Path, files: Mapping[str, str], run: Mapping[str, Any]) -> None:
    """Write a results folder.

    Parameters
    ----------
    folder : Path
        Where it shall stand; an earlier results folder is replaced.
    files : mapping
        Relative path -> text.
    run : mapping
        What run.json shall say; the sha256 of each file is added as ``outputs``.

    Raises
    ------
    StoreError
        NK-EXT-01 the folder holds something else; NK-EXT-02 the disk refuses.
    """
    fresh = former = folder
    moved = False
    try:
        folder = Path(os.path.realpath(folder))  # resolve() has no answer for a loop of links
        fresh, former = (folder.parent / f"{folder.name}.{word}-{os.getpid()}" for word in ("new", "former"))
        _refuse_foreign(folder)
        shutil.rmtree(fresh, ignore_errors=True)
        outputs = {name: _write(fresh / name, text) for name, text in sorted(files.items())}
        _write(fresh / MARK, json.dumps(dict(run) | {"outputs": outputs}, indent=1, sort_keys=True) + "\n")
        if folder.exists():
            folder.rename(former)
            moved = True
        fresh.rename(folder)
        _flush(folder.parent)
    except OSError as error:
        if moved and not folder.exists():
            former.rename(folder)
        raise StoreError(
            "NK-EXT-02",
            f"the results cannot be written: {error.strerror or error}.",
            where=str(folder),
            remedy="Free space or choose a folder that can be written with --out; the earlier results are unchanged.",
        ) from error
    finally:
        for scratch in {fresh, former} - {folder}:
            shutil.rmtree(scratch, ignore_errors=True)


def is_current(folder: Path, root: str, fingerprint: str) -> bool:
    """Tell whether the folder already holds these results, written by this code, each file unharmed."""
    try:
        run = json.loads((folder / MARK).read_bytes())
        outputs = run["outputs"]
        same = run["root"] == root and run["fingerprint"] == fingerprint
        return same and all(
            (folder / name).is_file() and sha256_hex((folder / name).read_bytes()) == digest
            for name, digest in outputs.items()
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return False


def _refuse_foreign(folder: Path) -> None:
    """Refuse a folder that holds anything that nktrial did not write (NK-EXT-01)."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    known = {MARK, *_outputs(folder)}
    others = (name for path in _held(folder) if (name := path.relative_to(folder).as_posix()) not in known)
    foreign = list(itertools.islice(others, 3))  # it may be any folder: nothing is walked further than need be
    if foreign or not (folder / MARK).is_file():
        found = f"holds files that nktrial did not write ({', '.join(foreign)})" if foreign else "is not nktrial's"
        raise StoreError(
            "NK-EXT-01",
            f"the results folder {found}.",
            where=str(folder),
            remedy="Move them away, or name another folder with --out: nothing is overwritten.",
        )


def _held(folder: Path) -> Iterator[Path]:
    """Yield what is in a folder and is no folder; a link is one thing, wherever it leads."""
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        for path in sorted(here.iterdir()):
            if path.is_dir() and not path.is_symlink():
                waiting.append(path)
            else:
                yield path


def _outputs(folder: Path) -> dict[str, str]:
    """Return the files that run.json lists with their hashes; none where it cannot be read."""
    try:
        outputs = json.loads((folder / MARK).read_bytes())["outputs"]
        return {str(name): str(digest) for name, digest in outputs.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def _write(path: Path, text: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    data = text.encode("utf-8")
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return sha256_hex(data)


def _flush(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
