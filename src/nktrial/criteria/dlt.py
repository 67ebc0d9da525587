"""Dose-limiting toxicity of one event, as a protocol defines it.

Definition
    A definition names a window in days from each infusion, causes that never count, and clauses. A clause names terms
    or classes of event, the lowest grade, whether the event must be related, and for how long it must last. An event is
    dose-limiting where its onset lies in the window of an infusion, its cause is not excluded, and one clause holds.

Not decided here
    The protocol's own definition: ``TYPICAL_NK`` is what trials of NK cells typically write, and no publication stands
    behind it. How many events stop a dose level.
"""

import sys
from dataclasses import dataclass
from typing import Final

from nktrial.core.check import in_range
from nktrial.core.compare import above
from nktrial.criteria.cells import flag, number, word
from nktrial.criteria.grade import Grade, Graded, NotGraded, as_outcome
from nktrial.model.method import Method
from nktrial.model.rule import Cells, Column, Outcome, Rule

__all__ = ["METHOD", "RULE", "TYPICAL_NK", "DltClause", "DltDefinition", "DltEvent", "dose_limiting"]

METHOD: Final = Method(
    name="criteria.dlt", version=1, source="the study's protocol; default: typical wording of NK-cell trials"
)
UNVERIFIED: Final = (
    "default definition of dose-limiting toxicity (28 days; grades and terms of each clause; excluded causes): typical "
    "of NK-cell trials, no publication read; the protocol's own definition decides"
)


@dataclass(frozen=True, slots=True)
class DltClause:
    """One clause; terms and classes are compared in any case, and an empty tuple of both means every event.

    Parameters
    ----------
    name : str
        As the result shows it.
    lowest_grade : int
        Lowest grade that counts.
    terms, classes : tuple of str
        Terms or classes of event of which one must be the event's.
    related_only : bool
        The event must be related to the cells.
    lasting_above_h : float or None
        The event must last longer [h].
    """

    name: str
    lowest_grade: int
    terms: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    related_only: bool = False
    lasting_above_h: float | None = None


@dataclass(frozen=True, slots=True)
class DltDefinition:
    """A protocol's definition: window [days] from each infusion, both ends included, excluded causes, clauses."""

    window_days: int
    excluded_causes: tuple[str, ...]
    clauses: tuple[DltClause, ...]


@dataclass(frozen=True, slots=True)
class DltEvent:
    """One adverse event; None or empty where something is not known.

    Parameters
    ----------
    term, event_class, cause : str
        Term, class (``haematological``, ``non_haematological``, ...) and cause as the study writes them.
    grade : int or None
        0 to 5; overall grade of acute GVHD as 1 to 4.
    day : int or None
        Onset [study day].
    related : bool or None
        Related to the cells.
    lasted_h : float or None
        How long it lasted at the grade [h].
    graded_by : str
        Criteria and version of the grade: ``CTCAE v5.0``.
    """

    term: str
    event_class: str
    grade: int | None
    day: int | None
    related: bool | None
    cause: str
    lasted_h: float | None
    graded_by: str = ""


# Typical of NK-cell trials, recalled and not read: see UNVERIFIED.
TYPICAL_NK: Final = DltDefinition(
    window_days=28,
    excluded_causes=("leukemia", "disease_progression"),
    clauses=(
        DltClause(
            "infusion reaction of grade 3 or more, not resolved in 72 h",
            3,
            terms=("infusion related reaction",),
            lasting_above_h=72.0,
        ),
        DltClause(
            "CRS or ICANS of grade 4 or more",
            4,
            terms=(
                "cytokine release syndrome",
                "crs",
                "icans",
                "immune effector cell-associated neurotoxicity syndrome",
            ),
        ),
        DltClause("acute GVHD of grade III or IV", 3, terms=("acute gvhd", "acute graft versus host disease")),
        DltClause("graft failure", 0, terms=("graft failure",)),
        DltClause(
            "related non-haematological event of grade 4 or more", 4, classes=("non_haematological",), related_only=True
        ),
        DltClause("death from another cause than leukemia", 5),
    ),
)


def dose_limiting(event: DltEvent, infusion_days: tuple[int, ...], definition: DltDefinition = TYPICAL_NK) -> Grade:
    """Tell whether one event is dose-limiting.

    Parameters
    ----------
    event : DltEvent
        The event.
    infusion_days : tuple of int
        Study days of the infusions.
    definition : DltDefinition
        The protocol's definition.

    Returns
    -------
    Graded or NotGraded
        ``Y`` or ``N`` with the clause; not graded where something unknown could decide.

    Raises
    ------
    MethodError
        NK-COR-05 grade or duration outside its range.
    """
    in_range("grade", event.grade or 0, 0, 5)
    in_range("lasted_h", event.lasted_h or 0.0, 0.0, sys.float_info.max)
    missing: list[str] = []
    inside = _in_window(event.day, infusion_days, definition.window_days)
    if inside is False:
        return Graded("N", f"onset not within {definition.window_days} days from an infusion")
    if inside is None:
        missing.append("the day of onset or of the infusions is not given")
    cause = _folded(event.cause)
    if cause in {_folded(name) for name in definition.excluded_causes}:
        return Graded("N", f"excluded cause: {cause}")
    answers = [(clause, *_holds(clause, event)) for clause in definition.clauses]
    if all(held is False for _, held, _ in answers):
        return Graded("N", "no clause of the definition holds")
    if not event.graded_by:
        missing.append("by which criteria and version the event was graded is not given")
    if not cause and definition.excluded_causes:
        missing.append("the cause is not given")
    holding = [clause.name for clause, held, _ in answers if held]
    if not holding:
        missing += [why for _, held, why in answers if held is None]
    if missing:
        return NotGraded("; ".join(dict.fromkeys(missing)))
    return Graded("Y", "; ".join(holding))


def _in_window(day: int | None, infusion_days: tuple[int, ...], window_days: int) -> bool | None:
    if day is None or not infusion_days:
        return None
    return any(0 <= day - infusion <= window_days for infusion in infusion_days)


def _holds(clause: DltClause, event: DltEvent) -> tuple[bool | None, str]:
    """Tell whether a clause holds; None with what is missing where that cannot be told."""
    conditions = (
        (_named(clause, event), "the term or the class is not given"),
        (_reaches(clause, event), "the grade is not given"),
        (event.related if clause.related_only else True, "whether the event is related is not given"),
        (_lasts(clause, event), "how long the event lasted is not given"),
    )
    if any(held is False for held, _ in conditions):
        return False, ""
    missing = [why for held, why in conditions if held is None]
    return (None, "; ".join(missing)) if missing else (True, "")


def _named(clause: DltClause, event: DltEvent) -> bool | None:
    if not clause.terms and not clause.classes:
        return True
    given = ((event.term, clause.terms), (event.event_class, clause.classes))
    if any(_folded(name) in {_folded(wanted) for wanted in names} for name, names in given if name):
        return True
    return None if any(names and not name for name, names in given) else False


def _reaches(clause: DltClause, event: DltEvent) -> bool | None:
    if clause.lowest_grade == 0:
        return True
    return None if event.grade is None else event.grade >= clause.lowest_grade


def _lasts(clause: DltClause, event: DltEvent) -> bool | None:
    if clause.lasting_above_h is None:
        return True
    return None if event.lasted_h is None else above(event.lasted_h, clause.lasting_above_h)


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def _assess(cells: Cells) -> Outcome:
    days = cells.get("infusion_days")
    infusions = tuple(day for day in days if isinstance(day, int)) if isinstance(days, tuple) else ()
    grade, day = number(cells, "grade"), number(cells, "onset_day")
    event = DltEvent(
        term=word(cells, "term"),
        event_class=word(cells, "event_class"),
        grade=None if grade is None else int(grade),
        day=None if day is None else int(day),
        related=flag(cells, "related"),
        cause=word(cells, "cause"),
        lasted_h=number(cells, "lasted_h"),
        graded_by=word(cells, "graded_by"),
    )
    found = dose_limiting(event, infusions)
    if isinstance(found, Graded):
        found = Graded(found.grade, found.clause, unverified=UNVERIFIED)
    return as_outcome(found, "dlt", event.graded_by or "not given")


RULE: Final = Rule(
    name="dlt",
    title="Dose-limiting toxicity of one event, typical definition of NK-cell trials",
    method=METHOD,
    columns=(
        Column("term", "text", "term of the event"),
        Column("event_class", "text", "class of the event: haematological, non_haematological, ..."),
        Column("grade", "whole", "grade; acute GVHD I to IV as 1 to 4", low=0.0, high=5.0),
        Column("onset_day", "whole", "onset [study day]"),
        Column("infusion_days", "days", "days of the infusions, separated by ;"),
        Column("related", "yes_no", "related to the cells"),
        Column("cause", "text", "cause; leukemia and disease_progression never count"),
        Column("lasted_h", "number", "how long it lasted at that grade [h]", low=0.0),
        Column("graded_by", "text", "criteria and version of the grade: CTCAE v5.0, CTCAE v6.0, ASTCT 2019, ..."),
    ),
    results=(
        Column("dlt", "choice", "dose-limiting", choices=("Y", "N", "NE")),
        Column("criteria_version", "text", "criteria and version of the grade, as given"),
    ),
    assess=_assess,
    unverified=(UNVERIFIED,),
)
