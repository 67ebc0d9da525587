from typing import Any, Final

from numpy.typing import NDArray

FORMAT: Final[int]

def classify(
    values: NDArray[Any],
    code: str,
    swapped: bool,
    plan: tuple[NDArray[Any], ...],
    counts: NDArray[Any],
    doubtful: NDArray[Any],
    members: NDArray[Any] | None,
    first: int,
    /,
) -> int: ...
