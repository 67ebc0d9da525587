"""One raw file of a simulated study."""

from dataclasses import dataclass

__all__ = ["RawFile"]


@dataclass(frozen=True, slots=True)
class RawFile:
    """One raw file and its row in files.csv."""

    row: tuple[str, ...]
    content: bytes

    @property
    def path(self) -> str:
        """Return the path relative to the study folder."""
        return self.row[0]
