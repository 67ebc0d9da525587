"""What a cell of a table may hold, as types of the row models.

Definition
    Each type checks the text of one cell and gives its value. A column of days names the column of dates beside it,
    which an error then points to.

Not decided here
    Which table has which column (``rows``, ``event_rows``).
"""

from collections.abc import Callable
from typing import Annotated, Any, Final, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict

from nktrial.formats.cells import (
    Stamp,
    day_number,
    number,
    one_of,
    optional_number,
    present,
    stamp,
    study_id,
    text,
    whole,
    within,
)
from nktrial.formats.issues import CellError

__all__ = [
    "Age",
    "Cells",
    "Contamination",
    "Date",
    "Day",
    "Digest",
    "Dose",
    "Id",
    "Limit",
    "OptionalId",
    "Percent",
    "Present",
    "RequiredPercent",
    "Roles",
    "SampleDay",
    "Text",
    "Weight",
    "YesNo",
    "checked",
    "day_beside",
    "word",
]

MAX_DOSE_PER_KG: Final = 1e12
MAX_LIMIT: Final = 1e9
WEIGHTS_KG: Final = (0.3, 400.0)  # [unverified] outside, no patient weighs so much


def checked(check: Callable[[str], Any]) -> BeforeValidator:
    """Return what makes a type of a check of one cell."""
    return BeforeValidator(check)


def word(*known: str) -> BeforeValidator:
    """Return the check of a closed list of words; an empty one among them allows an empty cell."""
    return BeforeValidator(lambda cell: one_of(cell, known))


def day_beside(dates: str) -> BeforeValidator:
    """Return the check of a day that stands beside a column of dates."""
    return BeforeValidator(lambda cell: day_number(cell, dates))


def _roles(cell: str) -> str:
    joined = "+".join(sorted(part.strip() for part in cell.split("+")))
    return one_of(joined if joined == "hsct+nk" else cell, ("hsct", "nk", "hsct+nk"))


def _age(cell: str) -> int | None:
    return None if not cell else int(within(whole(cell), 0, 36_500, "days"))


def _dose(cell: str) -> float | None:
    dose = optional_number(cell)
    if dose is not None and dose <= 0:
        raise CellError(
            "NK-TAB-44", f"a dose of {dose:g} cells per kg.", "Write the dose given; leave it empty if not known."
        )
    return None if dose is None else within(dose, 0, MAX_DOSE_PER_KG, "cells per kg")


def _contamination(cell: str) -> float | None:
    cells = optional_number(cell)
    return None if cells is None else within(cells, 0, MAX_DOSE_PER_KG, "cells per kg")


def _percent(cell: str) -> float:
    return within(number(cell), 0, 100, "%")


def _optional_percent(cell: str) -> float | None:
    return _percent(cell) if cell else None


def _limit(cell: str) -> float | None:
    value = optional_number(cell)
    return None if value is None else within(value, 0, MAX_LIMIT, "")


def _weight(cell: str) -> float | None:
    value = optional_number(cell)
    return None if value is None else within(value, *WEIGHTS_KG, "kg")


def _optional_id(cell: str) -> str:
    return study_id(cell) if cell else ""


def _sha256(cell: str) -> str:
    digest = cell.casefold()
    if digest and (len(digest) != 64 or set(digest) - set("0123456789abcdef")):
        raise CellError("NK-TAB-45", "expected 64 hexadecimal digits.", "Write the file's SHA-256, or leave it empty.")
    return digest


Id: TypeAlias = Annotated[str, checked(study_id)]
OptionalId: TypeAlias = Annotated[str, checked(_optional_id)]
Text: TypeAlias = Annotated[str, checked(text)]
Present: TypeAlias = Annotated[str, checked(present)]
Day: TypeAlias = Annotated[int | None, day_beside("date")]
SampleDay: TypeAlias = Annotated[int | None, day_beside("collected_at")]
Date: TypeAlias = Annotated[Stamp | None, checked(stamp)]
Dose: TypeAlias = Annotated[float | None, checked(_dose)]
Percent: TypeAlias = Annotated[float | None, checked(_optional_percent)]
RequiredPercent: TypeAlias = Annotated[float, checked(_percent)]
Contamination: TypeAlias = Annotated[float | None, checked(_contamination)]
Age: TypeAlias = Annotated[int | None, checked(_age)]
Limit: TypeAlias = Annotated[float | None, checked(_limit)]
Weight: TypeAlias = Annotated[float | None, checked(_weight)]
Roles: TypeAlias = Annotated[str, checked(_roles)]
Digest: TypeAlias = Annotated[str, checked(_sha256)]
YesNo: TypeAlias = Annotated[str, word("yes", "no", "")]


class Cells(BaseModel):
    """What all rows have in common: nothing but the documented columns."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)
