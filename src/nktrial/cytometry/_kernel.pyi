from typing import Any, Final

from numpy.typing import NDArray

FORMAT: Final[int]

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
