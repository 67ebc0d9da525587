"""Which of the planned figures belong where."""

from collections.abc import Sequence

from nktrial.figures.catalog import FigureKind, PlannedFigure

__all__ = ["names_of"]


def names_of(plan: Sequence[PlannedFigure], kind: FigureKind, item: str = "") -> tuple[str, ...]:
    """Return the names of the planned figures of a kind, and of an item where one is given."""
    return tuple(figure.name for figure in plan if figure.kind == kind and item in {"", figure.item})
