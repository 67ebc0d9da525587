"""The endpoints of study.toml beside expansion: safety with dose-limiting toxicity, response, times to event.

Definition
    Each is a table of its own and is absent where the protocol does not have the endpoint. A dose-limiting toxicity is
    a list of clauses; an event that fulfils one of them in the window is limiting. A clause names a MedDRA system organ
    class or a term, not both.

Not decided here
    What the endpoints are: they are derived elsewhere. Response criteria stand in [criteria].
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import BaseModel, Field, StrictInt

from nktrial.formats.issues import CellError
from nktrial.formats.plan_types import Section, Word
from nktrial.model.plan import DltClause, OutcomeName, ResponseRule, SafetyRule, StudyPlan, TimesRule

__all__ = [
    "CLINICAL_SECTIONS",
    "ResponseSection",
    "SafetySection",
    "TimesSection",
    "clinical_faults",
    "response_rule",
    "safety_rule",
    "times_rule",
]

Relatedness: TypeAlias = Literal["unrelated", "unlikely", "possible", "probable", "definite"]
WindowDays = Annotated[StrictInt, Field(ge=1, le=3650)]


class _Clause(Section):
    organ_class: Annotated[Word | None, Field(alias="class")] = None
    term: Word | None = None
    min_grade: Annotated[StrictInt, Field(ge=1, le=5)]
    related: Annotated[list[Relatedness], Field(min_length=1, max_length=5)] | None = None


class _Dlt(Section):
    window_days: WindowDays
    clauses: Annotated[list[_Clause], Field(min_length=1, max_length=100)]


class SafetySection(Section):
    """[endpoint.safety]."""

    window_days: WindowDays
    dlt: _Dlt | None = None


class ResponseSection(Section):
    """[endpoint.response]."""

    landmark_day: WindowDays | None = None
    confirmation: Literal["by_criteria", "none"]


class TimesSection(Section):
    """[endpoint.times]."""

    names: Annotated[list[OutcomeName], Field(min_length=1, max_length=50)]


CLINICAL_SECTIONS: Final[Mapping[tuple[str, ...], type[BaseModel]]] = MappingProxyType(
    {
        ("endpoint", "safety"): SafetySection,
        ("endpoint", "safety", "dlt"): _Dlt,
        ("endpoint", "safety", "dlt", "clauses"): _Clause,
        ("endpoint", "response"): ResponseSection,
        ("endpoint", "times"): TimesSection,
    }
)


def safety_rule(section: SafetySection | None) -> SafetyRule | None:
    """Make the noun of [endpoint.safety]."""
    if section is None:
        return None
    if section.dlt is None:
        return SafetyRule(section.window_days)
    clauses = tuple(
        DltClause(item.organ_class or "", item.term or "", item.min_grade, tuple(item.related or ()))
        for item in section.dlt.clauses
    )
    return SafetyRule(section.window_days, section.dlt.window_days, clauses)


def response_rule(section: ResponseSection | None) -> ResponseRule | None:
    """Make the noun of [endpoint.response]."""
    return None if section is None else ResponseRule(section.landmark_day, section.confirmation)


def times_rule(section: TimesSection | None) -> TimesRule | None:
    """Make the noun of [endpoint.times]."""
    return None if section is None else TimesRule(tuple(section.names))


def clinical_faults(plan: StudyPlan) -> Iterator[tuple[tuple[str, ...], str, CellError]]:
    """Yield the key, its value and what is wrong with it: NK-PLAN-73 a clause, NK-PLAN-74 a word that stands twice."""
    clauses = plan.safety.dlt if plan.safety is not None else ()
    for position, clause in enumerate(clauses):
        place = ("endpoint", "safety", "dlt", "clauses", str(position))
        if bool(clause.organ_class) == bool(clause.term):
            found = "both class and term" if clause.term else "neither class nor term"
            hint = 'Write one of the two; class = "any" is every event.'
            yield place, clause.term, CellError("NK-PLAN-73", f"clause {position + 1} names {found}.", hint)
        yield from _twice((*place, "related"), clause.related)
    if plan.times is not None:
        yield from _twice(("endpoint", "times", "names"), plan.times.names)


def _twice(path: tuple[str, ...], words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str, CellError]]:
    for position, word in enumerate(words):
        if word in words[:position]:
            yield path, word, CellError("NK-PLAN-74", f"{word!r} stands twice.", "Remove one of the two.")
