"""The optional endpoints of study.toml: activated Treg and systemic IL-2, read strictly.

Definition
    A table that is not there asks for nothing. What it holds must fit together: days in order, the samples before the
    infusion up to day 0 and those after it later, gate paths below each other, a panel that there is, and counting
    beads with everything that a count needs.

Not decided here
    Whether the gates file has the paths (``panel_gates``).
"""

from collections.abc import Iterator
from typing import Annotated, Final, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StrictFloat, StrictInt, StrictStr, StringConstraints

from nktrial.formats.issues import CellError, suggestion
from nktrial.model.plan import BeadRule, ExpansionRule, Il2Rule, Pick, StudyPlan, TregRule

__all__ = ["Il2Section", "TregSection", "endpoint_faults", "il2_rule", "treg_rule"]

KeyFault: TypeAlias = tuple[tuple[str, ...], str, CellError]

DAYS: Final = 36_500
TREG: Final = ("endpoint", "treg")
IL2: Final = ("endpoint", "il2")

Word = Annotated[StrictStr, StringConstraints(min_length=1, max_length=1000, pattern=r"^[^\x00-\x1f\x7f]+$")]
DayNumber = Annotated[StrictInt, Field(ge=-DAYS, le=DAYS)]
TwoDays = Annotated[list[DayNumber], Field(min_length=2, max_length=2)]
Above0 = Annotated[StrictFloat | StrictInt, Field(allow_inf_nan=False, gt=0, le=1e9)]


class TregSection(BaseModel):
    """[endpoint.treg]: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    panel: Word
    lymphocytes: Word
    cd4: Word
    activated: Word
    before: TwoDays
    after: TwoDays
    pick: Pick | None = None
    beads: Word | None = None
    beads_added: Above0 | None = None
    beads_volume_ul: Above0 | None = None
    beads_dilution: Above0 | None = None


class Il2Section(BaseModel):
    """[endpoint.il2]: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    window: TwoDays


def treg_rule(section: TregSection | None, expansion: ExpansionRule) -> TregRule | None:
    """Return the rule; beads that lack something are left to ``endpoint_faults`` with a number that cannot be."""
    if section is None:
        return None
    beads = None
    if section.beads or section.beads_added or section.beads_volume_ul or section.beads_dilution:
        numbers = (section.beads_added or 0.0, section.beads_volume_ul or 0.0, section.beads_dilution or 1.0)
        beads = BeadRule(section.beads or "", *map(float, numbers))
    return TregRule(
        panel=section.panel,
        lymphocytes=section.lymphocytes,
        cd4=section.cd4,
        activated=section.activated,
        before=(section.before[0], section.before[1]),
        after=(section.after[0], section.after[1]),
        pick=section.pick or expansion.pick,
        target=expansion.day,
        beads=beads,
    )


def il2_rule(section: Il2Section | None) -> Il2Rule | None:
    """Return the rule."""
    return None if section is None else Il2Rule((section.window[0], section.window[1]))


def endpoint_faults(plan: StudyPlan) -> Iterator[KeyFault]:
    """Yield the key, its value and what is wrong with it: NK-PLAN-13, NK-PLAN-70 to NK-PLAN-72."""
    named = plan.expansion.panel
    if named and named not in plan.panels:
        yield ("endpoint", "expansion", "panel"), named, _no_panel(named, plan)
    if plan.il2 is not None and plan.il2.window[0] > plan.il2.window[1]:
        yield (*IL2, "window"), str(list(plan.il2.window)), _reversed("window", plan.il2.window)
    rule = plan.treg
    if rule is None:
        return
    if rule.panel not in plan.panels:
        yield (*TREG, "panel"), rule.panel, _no_panel(rule.panel, plan)
    yield from _day_faults(rule)
    for key, path, above in (("cd4", rule.cd4, rule.lymphocytes), ("activated", rule.activated, rule.cd4)):
        if not path.startswith(above.rstrip("/") + "/"):
            fault = CellError(
                "NK-PLAN-13",
                f"the gate does not lie below {above!r}, so that its cells would not be a part of it.",
                "Write the gates as full paths of one tree: lymphocytes, below them cd4, below it activated.",
            )
            yield (*TREG, key), path, fault
    if rule.beads is not None and not (rule.beads.gate and rule.beads.added and rule.beads.volume_ul):
        fault = CellError(
            "NK-PLAN-72",
            "beads are named without their gate, number or volume.",
            "Write beads (gate path), beads_added and beads_volume_ul, or none of them.",
        )
        yield (*TREG, "beads"), rule.beads.gate, fault


def _day_faults(rule: TregRule) -> Iterator[KeyFault]:
    """Check the days of the samples that are compared (NK-PLAN-70)."""
    for key, days in (("before", rule.before), ("after", rule.after)):
        if days[0] > days[1]:
            yield (*TREG, key), str(list(days)), _reversed(key, days)
    if rule.before[1] > 0:
        fault = CellError(
            "NK-PLAN-70",
            f"samples up to day {rule.before[1]} would count as drawn before the infusion of day 0.",
            "Let before end on day 0 or earlier.",
        )
        yield (*TREG, "before"), str(list(rule.before)), fault
    if rule.after[0] <= 0:
        fault = CellError(
            "NK-PLAN-70",
            f"samples from day {rule.after[0]} would count as drawn after the infusion of day 0.",
            "Let after begin on day 1 or later.",
        )
        yield (*TREG, "after"), str(list(rule.after)), fault


def _reversed(key: str, days: tuple[int, int]) -> CellError:
    problem = f"the last day {days[1]} of {key} lies before the first, {days[0]}."
    return CellError("NK-PLAN-70", problem, "Write [first, last] as days from the first NK infusion.")


def _no_panel(panel: str, plan: StudyPlan) -> CellError:
    meant = suggestion(panel, tuple(plan.panels))
    hint = f"Did you mean {meant}?" if meant else f"There are: {', '.join(plan.panels) or 'none'}."
    return CellError("NK-PLAN-71", f"there is no table [panels.{panel}].", hint)
