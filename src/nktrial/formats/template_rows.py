"""The tables of a gating template as they stand in TOML.

Definition
    Every key is known or refused. The keys of a cut or an outline that its structure does not name are the parameters
    of its method, and each method has its own.

Not decided here
    Whether populations and markers exist.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt, StrictStr, StringConstraints

from nktrial.model.template import CutMethod, IfMissing, OutlineMethod, ScaleKind, Side

__all__ = [
    "CUT_PARAMETERS",
    "OUTLINE_PARAMETERS",
    "CutRow",
    "FallbackRow",
    "MarkerRow",
    "OutlineRow",
    "PopulationRow",
    "ScaleRow",
    "TemplateFile",
]

Text = Annotated[StrictStr, StringConstraints(max_length=2000)]
Word = Annotated[StrictStr, StringConstraints(min_length=1, max_length=120, pattern=r"^[^\x00-\x1f\x7f/]+$")]
Label = Annotated[StrictStr, StringConstraints(min_length=1, max_length=120, pattern=r"^[^\x00-\x1f\x7f]+$")]
GateName = Annotated[StrictStr, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]{0,79}$")]  # an XML id
Number = Annotated[StrictFloat | StrictInt, Field(allow_inf_nan=False, ge=-1e12, le=1e12)]
Positive = Annotated[StrictFloat | StrictInt, Field(allow_inf_nan=False, gt=0, le=1e12)]
Share = Annotated[StrictFloat, Field(gt=0, lt=1)]
Count = Annotated[StrictInt, Field(ge=1, le=8)]
MOST_POPULATIONS: Final = 300


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Ruled(BaseModel):
    """A table whose further keys are a method's parameters."""

    model_config = ConfigDict(extra="allow", frozen=True)


class ScaleRow(_Table):
    """[scale], or scale = { ... } of a marker."""

    kind: ScaleKind
    decades: Annotated[Positive, Field(le=20)] = 4.5
    width: Annotated[Number, Field(ge=0)] | None = None
    top: Positive | None = None
    cofactor: Positive = 5.0


class MarkerRow(_Table):
    """[markers.NAME]."""

    synonyms: Annotated[list[Label], Field(max_length=50)] = []
    channels: Annotated[list[Label], Field(max_length=50)] = []
    scale: ScaleRow | None = None


class FallbackRow(_Ruled):
    """``on_failure = { method = ... }``."""

    method: Literal["tail", "mad"]


class CutRow(_Ruled):
    """One element of ``cuts``."""

    marker: Label
    side: Side
    method: CutMethod
    of: Word | None = None
    control: Word | None = None
    on_failure: Literal["refuse", "tail"] | Number | FallbackRow = "refuse"
    optional: StrictBool = False


class OutlineRow(_Ruled):
    """``outline``."""

    markers: Annotated[list[Label], Field(min_length=2, max_length=2)]
    method: OutlineMethod
    of: Word | None = None


class PopulationRow(_Table):
    """[[population]]."""

    name: GateName
    parent: Word | None = None
    cuts: Annotated[list[CutRow], Field(max_length=8)] = []
    outline: OutlineRow | None = None
    without: Annotated[list[Word], Field(max_length=50)] = []
    any_of: Annotated[list[Word], Field(max_length=50)] = []
    if_missing: IfMissing = "refuse"
    note: Text = ""


class TemplateFile(_Table):
    """The whole file."""

    schema_: Annotated[Label, Field(alias="schema")]
    name: Word
    title: Text = ""
    compensation: Literal["file", "none"] = "file"
    scale: ScaleRow = ScaleRow(kind="logicle")
    markers: dict[Label, MarkerRow] = {}
    population: Annotated[list[PopulationRow], Field(min_length=1, max_length=MOST_POPULATIONS)]


class _Range(_Table):
    low: Number | None = None
    high: Number | None = None


class _Valley(_Range):
    adjust: Annotated[Positive, Field(le=1000)] | None = None
    within: Annotated[list[Number], Field(min_length=2, max_length=2)] | None = None


class _Tail(_Range):
    tail: Literal["left", "right"] | None = None
    tolerance: Share | None = None
    adjust: Annotated[Positive, Field(le=1000)] | None = None
    reference: Literal["highest", "first"] | None = None


class _Mad(_Range):
    tail: Literal["left", "right"] | None = None
    k: Annotated[Positive, Field(le=100)] | None = None
    adjust: Annotated[Positive, Field(le=1000)] | None = None


class _Quantile(_Range):
    q: Share | None = None


class _Mixture(_Range):
    components: Count | Annotated[list[Count], Field(min_length=2, max_length=2)] | None = None
    pair: Count | None = None


class _Boundary(_Table):
    pass


class _Fixed(_Table):
    value: Number
    high: Number | None = None
    unit: Literal["display", "scale"] = "display"


class _Level(_Table):
    level: Share | None = None


class _Ellipse(_Level):
    components: Count | Annotated[list[Count], Field(min_length=2, max_length=2)] | None = None
    target: Annotated[list[Number], Field(min_length=2, max_length=2)] | None = None


CUT_PARAMETERS: Final[Mapping[CutMethod, type[BaseModel]]] = MappingProxyType(
    {
        "valley": _Valley,
        "tail": _Tail,
        "mad": _Mad,
        "quantile": _Quantile,
        "mixture": _Mixture,
        "boundary": _Boundary,
        "fixed": _Fixed,
        "same": _Boundary,
    }
)
OUTLINE_PARAMETERS: Final[Mapping[OutlineMethod, type[BaseModel]]] = MappingProxyType(
    {"singlets": _Level, "ellipse": _Ellipse, "backgate": _Level}
)
