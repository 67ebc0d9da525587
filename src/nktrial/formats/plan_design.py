"""[design] of study.toml: rules that watch an endpoint while the study runs.

Definition
    [design.monitoring] is one rule; [[design.monitoring]] are several, one an endpoint. Prior, limit, probability and
    the planned number of patients have no default; the first look is after the first patient unless it is named.

Not decided here
    Where the study stands: that is computed from its results.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Annotated, Any, Final

from pydantic import BaseModel, Discriminator, Field, StrictInt, Tag

from nktrial.formats.issues import CellError
from nktrial.formats.plan_types import Number, Section
from nktrial.model.plan import MonitoredEndpoint, MonitoringPlan, StudyPlan

__all__ = ["DESIGN_SECTIONS", "DESIGN_TAGS", "DesignSection", "design_faults", "monitoring_plans"]

DESIGN_TAGS: Final = ("a rule", "rules")  # pydantic's names of the two ways to write it
MOST_PATIENTS: Final = 500
Shape = Annotated[Number, Field(gt=0, le=1000)]
Share = Annotated[Number, Field(gt=0, lt=1)]
Patients = Annotated[StrictInt, Field(ge=1, le=MOST_PATIENTS)]


class _Monitoring(Section):
    endpoint: MonitoredEndpoint
    prior: Annotated[list[Shape], Field(min_length=2, max_length=2)]
    limit: Share
    probability: Annotated[Number, Field(ge=0.5, lt=1)]
    patients: Patients
    first_look: Patients = 1


def _written(value: Any) -> str:
    return DESIGN_TAGS[isinstance(value, list)]


_One = Annotated[_Monitoring, Tag(DESIGN_TAGS[0])]
_Many = Annotated[list[_Monitoring], Field(min_length=1, max_length=20), Tag(DESIGN_TAGS[1])]


class DesignSection(Section):
    """[design]."""

    monitoring: Annotated[_One | _Many, Discriminator(_written)] | None = None


DESIGN_SECTIONS: Final[Mapping[tuple[str, ...], type[BaseModel]]] = MappingProxyType(
    {("design",): DesignSection, ("design", "monitoring"): _Monitoring}
)


def monitoring_plans(section: DesignSection | None) -> tuple[MonitoringPlan, ...]:
    """Make the nouns of [design.monitoring], in the protocol's order."""
    written = None if section is None else section.monitoring
    if written is None:
        return ()
    rules = written if isinstance(written, list) else [written]
    return tuple(
        MonitoringPlan(
            rule.endpoint,
            (float(rule.prior[0]), float(rule.prior[1])),
            float(rule.limit),
            float(rule.probability),
            rule.first_look,
            rule.patients,
        )
        for rule in rules
    )


def design_faults(plan: StudyPlan) -> Iterator[tuple[tuple[str, ...], str, CellError]]:
    """Yield the key, its value and what is wrong: NK-PLAN-80 no such endpoint, NK-PLAN-81 twice, NK-PLAN-82 looks."""
    place = ("design", "monitoring")
    for position, rule in enumerate(plan.monitoring):
        if rule.endpoint == "dlt" and (plan.safety is None or plan.safety.dlt_window_days is None):
            hint = "Add [endpoint.safety.dlt], or remove the rule."
            fault = CellError("NK-PLAN-80", "the protocol defines no dose-limiting toxicity to watch.", hint)
            yield (*place, "endpoint"), rule.endpoint, fault
        if rule.endpoint in [other.endpoint for other in plan.monitoring[:position]]:
            fault = CellError("NK-PLAN-81", f"{rule.endpoint!r} is watched by two rules.", "Remove one of the two.")
            yield (*place, "endpoint"), rule.endpoint, fault
        if rule.first_look > rule.patients:
            message = f"the first look is after {rule.first_look} patients, and {rule.patients} are planned."
            fault = CellError("NK-PLAN-82", message, "Write a first look of at most the planned patients.")
            yield (*place, "first_look"), str(rule.first_look), fault
