"""Checks of arguments: each raises one MethodError that names the argument at fault."""

import numpy as np
from numpy.typing import NDArray

from nktrial.core.errors import MethodError

__all__ = ["finite", "in_range", "increasing", "same_length"]


def same_length(**arrays: NDArray[np.generic]) -> None:
    """Raise NK-COR-02 unless all arrays have the same first dimension."""
    lengths = {name: array.shape[0] for name, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        found = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        raise MethodError("NK-COR-02", f"arrays that belong together differ in length: {found}.")


def increasing(name: str, values: NDArray[np.generic]) -> None:
    """Raise NK-COR-03 unless the values strictly increase."""
    if values.shape[0] > 1 and bool(np.any(np.diff(values.astype(np.float64)) <= 0)):
        raise MethodError("NK-COR-03", f"{name} is not strictly increasing.")


def finite(name: str, values: NDArray[np.floating]) -> None:
    """Raise NK-COR-04 unless every value is a finite number."""
    bad = np.flatnonzero(~np.isfinite(values))
    if bad.size:
        raise MethodError(
            "NK-COR-04",
            f"{name} has {bad.size} values that are not finite, the first at index {int(bad[0])}.",
        )


def in_range(name: str, value: float, low: float, high: float) -> None:
    """Raise NK-COR-05 unless ``low <= value <= high``."""
    if not low <= value <= high:
        raise MethodError("NK-COR-05", f"{name} is {value}, expected {low} to {high}.")
