"""Response of one patient over time: best level, when, whether confirmed, and how long it lasted.

Definition
    Levels are those of one published set, from best to worst (``ResponseScale``). Counted are assessments after the
    first NK infusion (day 0) and before relapse, death or another therapy. Best response: the best level among them,
    on its first day. Time to response: the first day with a complete remission of any kind. Confirmed: a later
    counted assessment, as many days after as the set asks, at the same level or a better one, with none worse
    between. Duration: from the first complete remission to relapse or death, whichever comes first; else censored at
    the next therapy or the last contact.

Not decided here
    The level of an assessment (``criteria``). A remission that was there before the infusion is counted all the same
    and said (NK-RES-01), as its cause cannot be told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from nktrial.model.method import Method
from nktrial.model.origin import Finding

__all__ = ["METHOD", "DayLevel", "FollowedTo", "ResponseCourse", "ResponseScale", "derive_response"]

METHOD: Final = Method(
    name="endpoints.response",
    version=1,
    source="Cheson 2003, J Clin Oncol 21:4642 (duration of remission); Cheson 2006, Blood 108:419 (confirmation)",
)

End: TypeAlias = Literal["relapse", "death", "censored", ""]
Confirmed: TypeAlias = Literal["confirmed", "not_confirmed", "not_required", "not_evaluable"]


@dataclass(frozen=True, slots=True)
class ResponseScale:
    """The levels of one criteria set.

    Parameters
    ----------
    levels : tuple of str
        Best first. A level that is not named here (not evaluable) is not counted.
    complete : frozenset of str
        Those that are a complete remission of some kind.
    confirm_days : int
        Days after which a second assessment confirms; 0 where the set asks for none.
    relapse : frozenset of str
        Levels that end a remission.
    """

    levels: tuple[str, ...]
    complete: frozenset[str]
    confirm_days: int
    relapse: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class DayLevel:
    """One assessment's day and level."""

    day: int
    level: str


@dataclass(frozen=True, slots=True)
class FollowedTo:
    """How far a patient is known [days after the first infusion]; None where it did not happen."""

    last_contact: int | None
    relapse: int | None = None
    death: int | None = None
    next_therapy: int | None = None


@dataclass(frozen=True, slots=True)
class ResponseCourse:
    """What the assessments say together; ``best`` is empty, with ``reason``, where none counts."""

    best: str
    best_day: int | None
    reason: str
    confirmed: Confirmed
    confirmation: str
    time_to_response_days: int | None
    duration_days: int | None
    duration_end: End
    findings: tuple[Finding, ...]


def derive_response(
    subject_id: str, assessed: Sequence[DayLevel], scale: ResponseScale, followed: FollowedTo
) -> ResponseCourse:
    """Return the course of one patient's response.

    Parameters
    ----------
    subject_id : str
        For findings.
    assessed : sequence of DayLevel
        All assessments, before the infusion too, in any order.
    scale : ResponseScale
        Of the criteria set.
    followed : FollowedTo
        Relapse, death, next therapy, last contact.

    Returns
    -------
    ResponseCourse
        Findings: NK-RES-01 a complete remission before the infusion; NK-RES-02 assessments after the next therapy,
        which do not count.
    """
    ordered = sorted(assessed, key=lambda item: item.day)
    relapse = _relapse_day(ordered, scale, followed)
    stop = min((day for day in (relapse, followed.death, followed.next_therapy) if day is not None), default=None)
    counted = [
        item for item in ordered if item.level in scale.levels and item.day > 0 and (stop is None or item.day < stop)
    ]
    findings = (*_remission_before(subject_id, ordered, scale), *_after_therapy(subject_id, ordered, followed))
    if not counted:
        after = [item for item in ordered if item.day > 0]
        why = "no assessment after the infusion could be evaluated" if after else "no assessment after the infusion"
        return ResponseCourse("", None, why, "not_evaluable", why, None, None, "", findings)
    best = min(counted, key=lambda item: (scale.levels.index(item.level), item.day))
    confirmed, words = _confirmed(best, counted, scale)
    first = next((item.day for item in counted if item.level in scale.complete), None)
    duration, end = (None, "") if first is None else _duration(first, relapse, followed)
    return ResponseCourse(best.level, best.day, "", confirmed, words, first, duration, end, findings)


def _relapse_day(ordered: Sequence[DayLevel], scale: ResponseScale, followed: FollowedTo) -> int | None:
    """Return the first day of relapse, by the follow-up or by an assessment after a complete remission."""
    days = [] if followed.relapse is None else [followed.relapse]
    in_remission = False
    for item in ordered:
        if in_remission and item.level in scale.relapse:
            days.append(item.day)
            break
        in_remission = in_remission or item.level in scale.complete
    return min(days, default=None)


def _confirmed(best: DayLevel, counted: Sequence[DayLevel], scale: ResponseScale) -> tuple[Confirmed, str]:
    """Tell whether a later assessment confirms the best level."""
    if scale.confirm_days == 0:
        return "not_required", "no second assessment is asked for"
    rank = scale.levels.index(best.level)
    for item in counted:
        if item.day <= best.day:
            continue
        if scale.levels.index(item.level) > rank:
            return "not_confirmed", f"{item.level} on day {item.day}"
        if item.day - best.day >= scale.confirm_days:
            return "confirmed", f"{item.level} on day {item.day}, {item.day - best.day} days later"
    return "not_confirmed", f"no assessment {scale.confirm_days} days later"


def _duration(first: int, relapse: int | None, followed: FollowedTo) -> tuple[int | None, End]:
    """Return the days from the first complete remission to its end."""
    ends: list[tuple[int, int, End]] = []  # day, order where days are equal, what
    if relapse is not None and relapse >= first:
        ends.append((relapse, 0, "relapse"))
    if followed.death is not None:
        ends.append((followed.death, 1, "death"))
    if followed.next_therapy is not None and followed.next_therapy >= first:
        ends.append((followed.next_therapy, 2, "censored"))
    if not ends and followed.last_contact is not None and followed.last_contact >= first:
        ends.append((followed.last_contact, 3, "censored"))
    if not ends:
        return None, ""
    day, _, end = min(ends)
    return day - first, end


def _remission_before(subject_id: str, ordered: Sequence[DayLevel], scale: ResponseScale) -> tuple[Finding, ...]:
    """Note that the last assessment before the infusion was a complete remission (NK-RES-01)."""
    before = [item for item in ordered if item.day <= 0 and item.level in scale.levels]
    if not before or before[-1].level not in scale.complete:
        return ()
    message = (
        f"The patient was in {before[-1].level} on day {before[-1].day}, before the infusion: a remission afterwards "
        "cannot be ascribed to the NK cells."
    )
    return (Finding("NK-RES-01", "warning", subject_id, message, {"day": before[-1].day}),)


def _after_therapy(subject_id: str, ordered: Sequence[DayLevel], followed: FollowedTo) -> tuple[Finding, ...]:
    """Note assessments after another therapy began (NK-RES-02)."""
    therapy = followed.next_therapy
    late = [item.day for item in ordered if therapy is not None and item.day >= therapy and item.day > 0]
    if not late:
        return ()
    days = ", ".join(map(str, late))
    message = f"Another therapy began on day {therapy}; the assessments of day {days} do not count."
    return (Finding("NK-RES-02", "info", subject_id, message, {"day": therapy, "assessed": list(late)}),)
