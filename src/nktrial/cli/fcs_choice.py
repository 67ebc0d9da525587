"""The two options of every command that reads FCS files: which data set, and which errors to tolerate.

Definition
    ``--data-set N`` holds for every FCS file of the command, controls too. What is tolerated becomes a finding of the
    file's events.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from nktrial.formats.window import open_window, printable

if TYPE_CHECKING:
    from nktrial.model.events import EventMatrix

__all__ = ["FcsChoice", "fcs_options"]

Outcome = TypeVar("Outcome")


@dataclass(frozen=True, slots=True)
class FcsChoice:
    """How to read FCS files.

    Parameters
    ----------
    data_set : int
        Which data set of a file, from 1.
    tolerate : frozenset of str
        Codes of errors to read on after.
    """

    data_set: int = 1
    tolerate: frozenset[str] = frozenset()

    def read(self, path: Path) -> "EventMatrix":
        """Read one file.

        Raises
        ------
        SourceError
            As ``open_window`` and ``read_fcs``.
        """
        from nktrial.formats.fcs import read_fcs  # noqa: PLC0415 (inspect reads other kinds without it)

        return read_fcs(open_window(path, name=str(path)), data_set=self.data_set, tolerate=self.tolerate)


def fcs_options(command: Callable[..., Outcome]) -> Callable[..., Outcome]:
    """Give a command the two options; it receives them as ``reading``, an `FcsChoice`."""

    @click.option(
        "--data-set",
        default=1,
        show_default=True,
        metavar="N",
        type=click.IntRange(min=1),
        help="Which data set of an FCS file.",
    )
    @click.option(
        "--tolerate",
        multiple=True,
        metavar="CODE",
        callback=_tolerable,
        help="Read on where this error would stop; repeatable.",
    )
    @functools.wraps(command)
    def chosen(*arguments: Any, data_set: int, tolerate: frozenset[str], **settings: Any) -> Outcome:
        return command(*arguments, reading=FcsChoice(data_set, tolerate), **settings)

    return chosen  # fmt: skip


def _tolerable(_context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]) -> frozenset[str]:
    """Refuse a code that no reading can tolerate: its error would stop it all the same."""
    if not given:
        return frozenset()
    from nktrial.formats.fcs import TOLERABLE  # noqa: PLC0415

    codes = frozenset(given)
    if not codes <= TOLERABLE:
        raise click.UsageError(
            f"{printable(min(codes - TOLERABLE), 40)} cannot be tolerated; these can: {', '.join(sorted(TOLERABLE))}."
        )
    return codes
