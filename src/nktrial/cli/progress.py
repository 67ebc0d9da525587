"""Progress on a terminal: one line that says what is being done. Silent where nobody watches."""

import sys
from types import TracebackType
from typing import Final, Self

__all__ = ["LiveProgress"]

WIDTH: Final = 78


class LiveProgress:
    """Shows stages on standard error, where that is a terminal, and wipes its line at the end."""

    def __init__(self) -> None:
        self._watched = sys.stderr.isatty()
        self._name = ""
        self._total = 0
        self._done = 0

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wipe the line."""
        self._show("")

    def stage(self, name: str, total: int) -> None:
        """Show a new stage."""
        self._name, self._total, self._done = name, total, 0
        self._show(name)

    def advance(self, subject: str) -> None:
        """Show one step more."""
        self._done += 1
        self._show(f"{self._name} {self._done}/{self._total}  {subject}")

    def _show(self, text: str) -> None:
        if self._watched:
            safe = "".join(char if char.isprintable() else "?" for char in text)[:WIDTH]
            sys.stderr.write(f"\r{safe:<{WIDTH}}" if safe else f"\r{'':<{WIDTH}}\r")
            sys.stderr.flush()
