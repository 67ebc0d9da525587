"""What the keys of study.toml may hold, as types of its sections."""

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StrictFloat, StrictInt, StrictStr, StringConstraints

__all__ = ["DAYS", "DayNumber", "Name", "Number", "Section", "Word"]

DAYS: Final = 36_500

Word = Annotated[StrictStr, StringConstraints(min_length=1, max_length=1000, pattern=r"^[^\x00-\x1f\x7f]+$")]
Name = Annotated[StrictStr, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$")]
Number = Annotated[StrictFloat | StrictInt, Field(allow_inf_nan=False)]
DayNumber = Annotated[StrictInt, Field(ge=-DAYS, le=DAYS)]


class Section(BaseModel):
    """A table of study.toml: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)
