from typing import Any

from numpy.typing import NDArray

def classify(
    values: NDArray[Any],
    code: str,
    swapped: bool,
    plan: tuple[NDArray[Any], ...],
    start: int,
    stop: int,
    counts: NDArray[Any],
    doubtful: NDArray[Any],
    members: NDArray[Any] | None,
    /,
) -> int: ...
