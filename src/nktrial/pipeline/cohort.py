"""Summarise: the patients' endpoints as proportions of the cohort, each a record over the patients' records.

Definition
    Each proportion names whom it counts. A patient in whom it cannot be said is left out of the denominator, by name
    and with the reason; a patient who is not evaluable and whom the protocol counts as a failure of expansion is in it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from nktrial.core.digest import Json
from nktrial.model.cohort import CohortResults, LeftOut, Proportion
from nktrial.model.patient_results import SafetyEvent
from nktrial.model.results import SubjectResults
from nktrial.pipeline.ledger import Ledger, Measured, Step
from nktrial.stats.proportions import METHOD, clopper_pearson

__all__ = ["cohort_results"]

RELATED: Final = frozenset({"possible", "probable", "definite"})
NEGATIVE: Final = frozenset({"NEGATIVE", "MRD_CR"})


@dataclass(frozen=True, slots=True)
class Said:
    """What one patient contributes: yes or no with the record it rests on, or why neither."""

    answer: bool | None
    record: str
    reason: str = ""


Ask: TypeAlias = Callable[[SubjectResults], Said | None]  # None: the study does not ask for it


def cohort_results(subjects: Sequence[SubjectResults], ledger: Ledger) -> CohortResults:
    """Return what the patients say together.

    Parameters
    ----------
    subjects : sequence of SubjectResults
        All patients of the study.
    ledger : Ledger
        Keeps the records.
    """
    found = [
        proportion for name, title, ask in ASKED if (proportion := _proportion(name, title, ask, subjects, ledger))
    ]
    infused = sum(any(item.lane == "NK infusion" for item in subject.course) for subject in subjects)
    return CohortResults(len(subjects), infused, tuple(found))


def measure_proportion(x: int, n: int) -> Measured:
    """Return the exact limits of x of n; null limits without any patient."""
    limits: tuple[float | None, float | None] = clopper_pearson(x, n) if n else (None, None)
    return Measured({"x": x, "n": n, "low": limits[0], "high": limits[1], "level": 0.95})


def _proportion(
    name: str, title: str, ask: Ask, subjects: Sequence[SubjectResults], ledger: Ledger
) -> Proportion | None:
    """Return one proportion; None where no patient's protocol asks for it."""
    asked = [(subject.subject_id, said) for subject in subjects if (said := ask(subject)) is not None]
    if not asked:
        return None
    known = [(who, said) for who, said in asked if said.answer is not None]
    yes = tuple(who for who, said in known if said.answer)
    parents = tuple(dict.fromkeys(said.record for _, said in known))
    who_counted: Json = {who: bool(said.answer) for who, said in known}
    parameters: dict[str, Json] = {"name": name, "patients": who_counted}
    step = Step("cohort.proportion", METHOD, parameters, parents, measure_proportion, (len(yes), len(known)), name)
    record = ledger.take(step)
    value: Any = record.value
    return Proportion(
        name=name,
        title=title,
        x=len(yes),
        n=len(known),
        low=value["low"],
        high=value["high"],
        who=yes,
        left_out=tuple(LeftOut(who, said.reason) for who, said in asked if said.answer is None),
        record=record.id,
    )


def _expanded(subject: SubjectResults) -> Said:
    expansion = subject.expansion
    return Said(expansion.success, expansion.record, expansion.reason)


def _event(holds: Callable[[SafetyEvent], bool]) -> Ask:
    """Return the question whether any treatment-emergent event is such."""

    def ask(subject: SubjectResults) -> Said | None:
        safety = subject.safety
        if safety is None:
            return None
        if safety.status != "evaluable":
            return Said(None, safety.record, safety.reason)
        if any(event.emergent and holds(event) for event in safety.events):
            return Said(True, safety.record)  # noqa: FBT003
        short = [finding.message for finding in safety.findings if finding.code == "NK-SAF-02"]
        return Said(None, safety.record, short[0]) if short else Said(False, safety.record)  # noqa: FBT003

    return ask


def _dose_limiting(subject: SubjectResults) -> Said | None:
    safety = subject.safety
    return None if safety is None else Said(safety.dlt, safety.record, safety.dlt_reason or safety.reason)


def _complete(subject: SubjectResults) -> Said | None:
    response = subject.response
    if response is None:
        return None
    if response.status != "evaluable":
        return Said(None, response.record, response.reason)
    return Said(response.time_to_response_days is not None, response.record)


def _cytological(subject: SubjectResults) -> Said | None:
    response = subject.response
    if response is None:
        return None
    states = {item.cytological_remission for item in response.assessments if item.day > 0}
    if states <= {"not_evaluable"}:
        return Said(None, response.record, response.reason or "no marrow could be evaluated after the infusion")
    return Said("yes" in states, response.record)


def _mrd_negative(subject: SubjectResults) -> Said | None:
    response = subject.response
    if response is None:
        return None
    measured = [item for item in response.mrd if item.kind == "MRD" and item.day > 0 and not item.not_evaluable]
    if not measured:
        return Said(None, response.record, "no residual disease was measured after the infusion")
    return Said(any(item.status in NEGATIVE for item in measured), response.record)


def _treg_rose(subject: SubjectResults) -> Said | None:
    tregs = subject.tregs
    if tregs is None:
        return None
    if tregs.status != "evaluable":
        return Said(None, tregs.record, tregs.reason)
    if tregs.ratio_low is None:
        return Said(None, tregs.record, "a sample has no activated Treg per µL")
    if any(one is not None and one.below_loq for one in (tregs.before, tregs.after)):
        return Said(None, tregs.record, "activated Treg of a sample are below the limit of quantification")
    return Said(tregs.rose is True, tregs.record)


def _no_il2(subject: SubjectResults) -> Said | None:
    il2 = subject.il2
    if il2 is None:
        return None
    answer: dict[Literal["none_given", "given", "table_absent", "not_evaluable"], bool | None] = {
        "none_given": True,
        "given": False,
        "table_absent": None,
        "not_evaluable": None,
    }
    return Said(answer[il2.status], il2.record, il2.reason)


ASKED: Final[tuple[tuple[str, str, Ask], ...]] = (
    ("expansion", "donor NK cells expanded as the protocol defines it", _expanded),
    ("any_event", "any treatment-emergent adverse event", _event(lambda _: True)),
    ("grade_3", "a treatment-emergent event of grade 3 or higher", _event(lambda event: event.grade >= 3)),
    ("serious", "a serious treatment-emergent event", _event(lambda event: event.serious == "yes")),
    (
        "related",
        "a treatment-emergent event possibly, probably or definitely related",
        _event(lambda event: event.relatedness in RELATED),
    ),
    ("dlt", "a dose-limiting toxicity as the protocol defines it", _dose_limiting),
    ("complete_remission", "complete remission of any kind after the infusion", _complete),
    ("cytological_remission", "cytological remission of the marrow after the infusion", _cytological),
    ("mrd_negative", "negative for minimal residual disease after the infusion", _mrd_negative),
    ("treg_rose", "a rise of activated Treg whose 95 % interval leaves out no change", _treg_rose),
    ("no_systemic_il2", "no systemic IL-2 in the protocol's window", _no_il2),
)
