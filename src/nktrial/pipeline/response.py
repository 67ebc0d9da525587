"""Derive: the response of one patient by the protocol's criteria, at each assessment and over time, as records."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from types import MappingProxyType
from typing import Any, Final, Literal

from nktrial.core.digest import Json
from nktrial.core.errors import MethodError
from nktrial.criteria import RULES
from nktrial.criteria.criteria_sets import CriteriaSet, criteria_set
from nktrial.endpoints.response import METHOD, DayLevel, FollowedTo, ResponseScale, derive_response
from nktrial.model.clinic import Assessment, FollowUp, Subject
from nktrial.model.origin import Record
from nktrial.model.patient_results import MrdAt, ResponseAt, ResponseResult
from nktrial.model.plan import ResponseRule, Study
from nktrial.model.rule import Rule
from nktrial.pipeline.ledger import Ledger, Measured, Step
from nktrial.pipeline.mrd import mrd_course, mrd_near
from nktrial.pipeline.response_cells import CELLS, Seen, adequate, seen_at
from nktrial.pipeline.rows import TableRow, row_step

__all__ = ["response_result"]

NO_TABLE: Final = "the study has no table assessments.csv"
NO_MARROW: Final = "no marrow is in assessments.csv"
FOUR_WEEKS: Final = 28

SCALES: Final[Mapping[str, ResponseScale]] = MappingProxyType(
    {
        "aml_eln2022": ResponseScale(
            ("CR_MRDneg", "CR", "CRh_MRDneg", "CRh", "CRi_MRDneg", "CRi", "MLFS", "PR", "NR", "REFRACTORY"),
            frozenset({"CR_MRDneg", "CR", "CRh_MRDneg", "CRh", "CRi_MRDneg", "CRi"}),
            0,
            frozenset({"RELAPSE"}),
        ),
        "aml_iwg2003": ResponseScale(
            ("CR", "CRi", "MLFS", "PR", "NR"), frozenset({"CR", "CRi"}), 0, frozenset({"RELAPSE"})
        ),
        "mds_iwg2006": ResponseScale(("CR", "PR", "mCR", "SD", "PD"), frozenset({"CR"}), FOUR_WEEKS),
        "all_nccn": ResponseScale(("CR", "CRi", "NOT_CR"), frozenset({"CR", "CRi"}), 0),
        "all_cibmtr": ResponseScale(("CR", "NOT_CR"), frozenset({"CR"}), 0),
        "cytological": ResponseScale(("Y", "N"), frozenset({"Y"}), 0),
    }
)


def response_result(study: Study, subject: Subject, ledger: Ledger) -> ResponseResult | None:
    """Return the response of one patient; None where study.toml does not ask for it."""
    rule = study.plan.response
    if rule is None:
        return None
    label = study.plan.criteria.get(subject.diagnosis, "")
    own = [row for row in study.assessments or () if row.subject_id == subject.subject_id]
    rows = sorted(own, key=lambda row: (row.day, row.row.line))
    mrd = mrd_course(study, subject, rows, ledger)
    chosen = _chosen(study, subject.diagnosis, label)
    if isinstance(chosen, str):
        return _without(study, subject, chosen, label, mrd, ledger)
    followed = next((row for row in study.followup or () if row.subject_id == subject.subject_id), None)
    marrows = [row for row in rows if row.kind == "BM"]
    assessed = _assessed(study, chosen, marrows, rows, followed, mrd, rule, ledger)
    scale = SCALES[chosen.name]
    if rule.confirmation == "none":
        scale = ResponseScale(scale.levels, scale.complete, 0, scale.relapse)
    return _over_time(study, subject, chosen, scale, assessed, mrd, followed, ledger)


def _chosen(study: Study, diagnosis: str, label: str) -> CriteriaSet | str:
    """Return the criteria of a diagnosis, or why there are none."""
    if not label:
        return f"study.toml names no response criteria for {diagnosis}"
    try:
        chosen = criteria_set(label, diagnosis)
    except MethodError as error:
        return f"{error.problem} {error.remedy} [{error.code}]"
    if chosen.name not in SCALES:
        return f"{chosen.name} has no levels of response"
    return NO_TABLE if study.assessments is None else chosen


def measure_assessment(chosen: CriteriaSet, scale: ResponseScale, seen: Seen) -> Measured:
    """Return the level of one assessment, its marrow class and whether it is a cytological remission."""
    level, clause, missing, unverified = _level(RULES[chosen.response], seen)
    if chosen.relapse in CELLS and seen.best_before in scale.complete:
        relapsed = RULES[chosen.relapse].assess(CELLS[chosen.relapse](seen))
        if relapsed.values["result"] == "RELAPSE":
            level, clause, missing, unverified = "RELAPSE", relapsed.clause, "", relapsed.unverified
    asks = {column.name for column in RULES[chosen.response].columns}
    if adequate(seen.row) is False and not asks & {"bm_adequate", "bm_spicules"} and level in scale.complete:
        level, clause, unverified = "NE", "", ""
        missing = "the marrow sample cannot be assessed (spicules, or number of cells)"
    morphology = RULES["cytological_remission"].assess(CELLS["cytological_remission"](seen))
    is_all = "ALL" in chosen.diagnoses and chosen.name != "cytological"  # the classes are those of ALL
    marrow = RULES["all_marrow_class"].assess(CELLS["all_marrow_class"](seen))
    return Measured(
        {
            "level": level,
            "clause": clause,
            "not_evaluable": missing,
            "unverified": unverified,
            "marrow_class": str(marrow.values["marrow_class"]) if is_all else "",
            "cytological_remission": str(morphology.values["cytological_remission"]),
        }
    )


def measure_response(
    subject_id: str, assessed: Sequence[DayLevel], scale: ResponseScale, followed: FollowedTo
) -> Measured:
    """Return the response over time."""
    found = derive_response(subject_id, assessed, scale, followed)
    value = asdict(found)
    del value["findings"]
    return Measured(value, found.findings)


def measure_nothing(reason: str) -> Measured:
    """Return that there is no response, and why."""
    return Measured({"reason": reason})


def _level(rule: Rule, seen: Seen) -> tuple[str, str, str, str]:
    """Return level, clause, why not, and what is unverified, by one rule."""
    try:
        outcome = rule.assess(CELLS[rule.name](seen))
    except MethodError as error:
        return "NE", "", f"{error.problem} [{error.code}]", ""
    names = [column.name for column in rule.results]
    key = next(name for name in ("response", "result", "cytological_remission") if name in names)
    return str(outcome.values[key] or "NE"), outcome.clause, outcome.not_evaluable, outcome.unverified


def _assessed(
    study: Study,
    chosen: CriteriaSet,
    marrows: Sequence[Assessment],
    rows: Sequence[Assessment],
    followed: FollowUp | None,
    mrd: Sequence[MrdAt],
    rule: ResponseRule,
    ledger: Ledger,
) -> tuple[ResponseAt, ...]:
    """Return the levels of all marrows in order; each knows the best level before it."""
    scale = SCALES[chosen.name]
    best, found = "none", []
    method = RULES[chosen.response].method
    for row in marrows:
        seen = seen_at(row, rows, followed, mrd_near(row.day, mrd), rule.landmark_day, best)
        parents = _parents(study, [row, *(other for other in rows if other is not row)], followed, ledger)
        parameters: dict[str, Json] = {
            "set": chosen.name,
            "day": row.day,
            "best_before": best,
            "mrd": seen.mrd,
            "landmark_day": rule.landmark_day,
        }
        step = Step(
            "response_at", method, parameters, parents, measure_assessment, (chosen, scale, seen), row.subject_id
        )
        at = _response_at(row, ledger.take(step))
        found.append(at)
        if at.level in scale.levels and (best == "none" or scale.levels.index(at.level) < scale.levels.index(best)):
            best = at.level
    return tuple(found)


def _response_at(row: Assessment, record: Record) -> ResponseAt:
    value: Any = record.value
    if value is None:
        value = dict.fromkeys(("clause", "unverified"), "") | {"level": "NE", "marrow_class": "NE"}
        value |= {"cytological_remission": "NE", "not_evaluable": record.findings[0].message}
    morphology: Mapping[str, Literal["yes", "no"]] = {"Y": "yes", "N": "no"}
    said = row.investigator_response
    plain = value["level"].split("_MRD")[0]
    return ResponseAt(
        day=row.day,
        level=value["level"],
        clause=value["clause"],
        not_evaluable=value["not_evaluable"],
        unverified=value["unverified"],
        marrow_class=value["marrow_class"],
        cytological_remission=morphology.get(value["cytological_remission"], "not_evaluable"),
        blasts=row.blasts,
        investigator=said,
        differs=bool(said) and plain != "NE" and _folded(said) not in {_folded(plain), _folded(value["level"])},
        record=record.id,
    )


def _over_time(
    study: Study,
    subject: Subject,
    chosen: CriteriaSet,
    scale: ResponseScale,
    assessed: Sequence[ResponseAt],
    mrd: Sequence[MrdAt],
    followed: FollowUp | None,
    ledger: Ledger,
) -> ResponseResult:
    """Return best response, confirmation and duration as a record over the assessments' records."""
    known = FollowedTo(
        None if followed is None else followed.day_last_contact,
        None if followed is None else followed.day_relapse,
        None if followed is None else followed.day_death,
        None if followed is None else followed.day_next_therapy,
    )
    parents = (*(item.record for item in assessed), *_parents(study, [], followed, ledger))
    parameters: dict[str, Json] = {"subject_id": subject.subject_id, "set": chosen.name, "confirm": scale.confirm_days}
    levels = tuple(DayLevel(item.day, item.level) for item in assessed)
    arguments = (subject.subject_id, levels, scale, known)
    record = ledger.take(Step("response", METHOD, parameters, parents, measure_response, arguments, subject.subject_id))
    value: Any = record.value
    reason = value["reason"] if assessed else NO_MARROW
    return ResponseResult(
        status="evaluable" if value["best"] else "not_evaluable",
        reason=reason,
        criteria=chosen.name,
        source=RULES[chosen.response].method.source,
        assessments=tuple(assessed),
        best=value["best"],
        best_day=value["best_day"],
        confirmed=value["confirmed"],
        confirmation=value["confirmation"],
        time_to_response_days=value["time_to_response_days"],
        duration_days=value["duration_days"],
        duration_end=value["duration_end"],
        mrd=tuple(mrd),
        findings=record.findings,
        record=record.id,
    )


def _without(
    study: Study, subject: Subject, reason: str, criteria: str, mrd: Sequence[MrdAt], ledger: Ledger
) -> ResponseResult:
    """Return that a patient's response is not evaluable; residual disease has its own rules and stays."""
    parameters: dict[str, Json] = {"subject_id": subject.subject_id, "set": criteria, "reason": reason}
    parents = (*(item.record for item in mrd), study.sources["study.toml"].sha256)
    record = ledger.take(Step("response", METHOD, parameters, parents, measure_nothing, (reason,), subject.subject_id))
    return ResponseResult(
        "not_evaluable", reason, criteria, "", (), "", None, "not_evaluable", reason, None, None, "", tuple(mrd), (),
        record.id,
    )  # fmt: skip


def _parents(study: Study, rows: Sequence[Assessment], followed: FollowUp | None, ledger: Ledger) -> tuple[str, ...]:
    known: list[TableRow] = [*rows, *([followed] if followed is not None else [])]
    steps = [row_step(study, row) for row in known]
    return (*(record.id for record in ledger.take_all("", steps)), study.sources["study.toml"].sha256)


def _folded(word: str) -> str:
    return "".join(char for char in word.casefold() if char.isalnum())
