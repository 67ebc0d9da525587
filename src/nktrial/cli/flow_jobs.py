"""Many files, several at a time: outcomes in the order of the files."""

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from nktrial.core.errors import NkTrialError
from nktrial.formats.window import printable

__all__ = ["Fault", "outcomes", "processors"]

Outcome = TypeVar("Outcome")


@dataclass(frozen=True, slots=True)
class Fault:
    """A file that was refused: text only, so that nothing keeps the file's bytes."""

    path: Path
    code: str
    message: str


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def outcomes(
    paths: Sequence[Path], count: Callable[[Path, int], Outcome], *, threads: int = 1
) -> tuple[list[Outcome], list[Fault]]:
    """Call ``count`` for every file and return what it returned and the files that it refused.

    Parameters
    ----------
    paths : sequence of Path
        The files. At most ``threads`` of them are open at a time.
    count : callable
        Is given a file and the threads that it may use itself.
    threads : int
        In all.

    Raises
    ------
    NkTrialError
        The fault of a single file is the command's error, and names it.
    """
    if len(paths) == 1:
        return [_named(paths[0], count, threads)], []
    at_once = min(len(paths), threads)
    if at_once == 1:
        return _sorted(_outcome(path, count, threads) for path in paths)
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 (with what it imports 4 ms)

    with ThreadPoolExecutor(at_once) as pool:
        return _sorted(pool.map(lambda path: _outcome(path, count, threads // at_once), paths))


def _named(path: Path, count: Callable[[Path, int], Outcome], threads: int) -> Outcome:
    """Call for the only file; an error that does not say which file it is about is given its name."""
    try:
        return count(path, threads)
    except NkTrialError as error:
        name = printable(str(path))
        if name in str(error) or path.name in error.where:
            raise
        where = f"{name}, {error.where}" if error.where else name
        raise type(error)(error.code, error.problem, where=where, remedy=error.remedy) from error


def _sorted(outcomes: Iterable[Outcome | Fault]) -> tuple[list[Outcome], list[Fault]]:
    """Part what was returned from what was refused."""
    found: list[Outcome] = []
    faults: list[Fault] = []
    for one in outcomes:
        if isinstance(one, Fault):
            faults.append(one)
        else:
            found.append(one)
    return found, faults


def _outcome(path: Path, count: Callable[[Path, int], Outcome], threads: int) -> Outcome | Fault:
    try:
        return count(path, threads)
    except NkTrialError as error:
        return Fault(path, error.code, str(error))
