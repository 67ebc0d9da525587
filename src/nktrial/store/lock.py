"""One run at a time in a study folder: a lock on ``.nktrial/run.lock`` that the system holds for the process.

Definition
    The lock is POSIX's (``fcntl``). It goes with the process however that ends, and the processes that a run starts do
    not inherit it, so that none of them can keep it after the run was killed. The empty file stays: to delete it would
    let two runs hold two files of one name.

Not decided here
    Who reads: the database serves readers while a run writes. Where the folder cannot be written to, nothing is
    written, and no lock is needed. Where the system or the file system has no such locks, there is none.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from nktrial.core.errors import StoreError
from nktrial.store.connect import is_read_only, refusals

__all__ = ["LOCK_NAME", "only_run"]

LOCK_NAME: Final = "run.lock"


@contextmanager
def only_run(archive: Path) -> Iterator[None]:
    """Hold the lock of a study folder; another process cannot hold it meanwhile.

    Parameters
    ----------
    archive : Path
        ``.nktrial/study.db``; it need not be there.

    Raises
    ------
    StoreError
        NK-STO-08 another run is at work; NK-STO-02 the lock's file cannot be made.
    """
    if is_read_only(archive):
        yield
        return
    path = archive.with_name(LOCK_NAME)
    with refusals(str(path)):
        path.parent.mkdir(parents=True, exist_ok=True)
        opened = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o644)
    try:
        if not _take(opened):
            raise StoreError(
                "NK-STO-08",
                "another run is at work in this study folder.",
                where=str(path.parent.parent),
                remedy="Wait until it has ended, then run again.",
            )
        yield
    finally:
        os.close(opened)


if sys.platform == "win32":

    def _take(_opened: int) -> bool:
        """Tell that nobody is known to hold the lock: this system has none."""
        return True

else:
    import fcntl

    def _take(opened: int) -> bool:
        """Take the lock without waiting; False where another process holds it."""
        try:
            fcntl.lockf(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            return False
        except OSError:  # a file system without locks
            return True
        return True
