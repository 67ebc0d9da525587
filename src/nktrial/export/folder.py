"""The results folder: written whole or not at all.

The new folder is written beside its place, every file is flushed to the disk, and it is swapped in by renaming.
A folder that was not written by nktrial is never replaced.
"""

import json
import os
import shutil
from collections.abc import Mapping
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
    if folder.exists() and not (folder / MARK).is_file() and (not folder.is_dir() or any(folder.iterdir())):
        raise StoreError(
            "NK-EXT-01",
            "the results folder exists and was not written by nktrial.",
            where=str(folder),
            remedy="Name another folder with --out, or move this one away.",
        )
    fresh = folder.with_name(f"{folder.name}.new-{os.getpid()}")
    former = folder.with_name(f"{folder.name}.former-{os.getpid()}")
    try:
        shutil.rmtree(fresh, ignore_errors=True)
        outputs = {name: _write(fresh / name, text) for name, text in sorted(files.items())}
        _write(fresh / MARK, json.dumps(dict(run) | {"outputs": outputs}, indent=1, sort_keys=True) + "\n")
        if folder.exists():
            folder.rename(former)
        fresh.rename(folder)
        _flush(folder.parent)
    except OSError as error:
        if former.exists() and not folder.exists():
            former.rename(folder)
        raise StoreError(
            "NK-EXT-02",
            f"the results cannot be written: {error.strerror or error}.",
            where=str(folder),
            remedy="Free space or choose a folder that can be written with --out; the earlier results are unchanged.",
        ) from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(former, ignore_errors=True)


def is_current(folder: Path, root: str, fingerprint: str) -> bool:
    """Tell whether the folder already holds these results, written by this code, each file unharmed."""
    try:
        run = json.loads((folder / MARK).read_bytes())
        outputs = run["outputs"]
        same = run["root"] == root and run["fingerprint"] == fingerprint
        return same and all(sha256_hex((folder / name).read_bytes()) == digest for name, digest in outputs.items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


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
