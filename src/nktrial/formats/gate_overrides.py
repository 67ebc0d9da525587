"""Gates set by hand: from the bytes of an overrides file to overrides by file.

Definition
    TOML, one table a file and population::

        [override."d14.fcs"."CD25hi"]
        value = 0.52            # on the gate's display scale; unit = "scale" for an intensity
        marker = "CD25"         # where the population has several cuts
        reason = "tail of a dim reagent"
        by = "AB"

    or a Gating-ML 2.0 file, each gate of which replaces the population of its id.

Not decided here
    Whether the template has such populations.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StrictFloat, StrictInt, StrictStr, StringConstraints, ValidationError

from nktrial.core.errors import SourceError
from nktrial.formats.gatingml import read_gating_ml
from nktrial.formats.issues import CellError, suggestion
from nktrial.formats.plan_text import parsed_toml
from nktrial.formats.table_text import table_text
from nktrial.formats.window import Window, printable
from nktrial.model.gate_report import CutOverride, GateOverride

__all__ = ["Override", "OverridesFile", "read_overrides"]

Override: TypeAlias = CutOverride | GateOverride
Text = Annotated[StrictStr, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]+$")]
Number = Annotated[StrictFloat | StrictInt, Field(allow_inf_nan=False)]
UNSAID: Final = "not said"


@dataclass(frozen=True, slots=True)
class OverridesFile:
    """Overrides.

    Parameters
    ----------
    by_file : mapping
        File name -> its overrides.
    whole : tuple of GateOverride
        Gates of a Gating-ML file, which names no file of events.
    """

    by_file: Mapping[str, tuple[Override, ...]]
    whole: tuple[GateOverride, ...] = ()


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    value: Number
    unit: Literal["display", "scale"] = "display"
    marker: Annotated[StrictStr, StringConstraints(max_length=120)] = ""
    reason: Text
    by: Text


def read_overrides(window: Window) -> OverridesFile:
    """Read an overrides file.

    Raises
    ------
    SourceError
        NK-TPL-14 the file is no overrides file; NK-GML-01 to NK-GML-25 a Gating-ML file.
    """
    data = bytes(window.take(0, window.size, "overrides"))
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        strategy = read_gating_ml(window)
        return OverridesFile({}, tuple(GateOverride(gate.id, strategy, UNSAID, UNSAID) for gate in strategy.gates))
    try:
        document = parsed_toml(table_text(data)[0])
    except CellError as fault:
        raise _refusal(window, fault.message) from fault
    unknown = [key for key in document if key != "override"]
    if unknown or not isinstance(document.get("override"), dict):
        raise _refusal(
            window, f'expected tables [override."FILE"."Population"], found {printable(str(list(document)), 80)}.'
        )
    found: dict[str, tuple[Override, ...]] = {}
    for file, populations in document["override"].items():
        if not isinstance(populations, dict):
            raise _refusal(window, f"override.{printable(file, 60)!r} is not a table of populations.")
        found[file] = tuple(_override(file, name, row, window) for name, row in populations.items())
    return OverridesFile(found)


def _override(file: str, population: str, row: Any, window: Window) -> CutOverride:
    """Read one override."""
    try:
        parsed = _Row.model_validate(row)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in problem["loc"][:1]) or "table"
        meant = suggestion(key, _Row.model_fields)
        hint = f" Did you mean {meant}?" if problem["type"] == "extra_forbidden" and meant else ""
        raise _refusal(
            window,
            f"override of {printable(population, 60)!r} in {printable(file, 60)!r}, {printable(key, 40)!r}: "
            f"{problem['msg'][:1].lower()}{problem['msg'][1:]}.{hint}",
        ) from error
    return CutOverride(population, float(parsed.value), parsed.unit, parsed.marker, parsed.reason, parsed.by)


def _refusal(window: Window, problem: str) -> SourceError:
    return SourceError(
        "NK-TPL-14",
        problem,
        where=window.name,
        remedy="Write value, reason and by for each override; see docs/gating-templates.md.",
    )
