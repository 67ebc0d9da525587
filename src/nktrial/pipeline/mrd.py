"""Derive: the status of each measurement of residual (MRD) or disseminated (MDD) disease, as a record."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, Literal

from nktrial.core.digest import Json
from nktrial.core.errors import MethodError
from nktrial.criteria import RULES
from nktrial.model.clinic import Assessment, Subject
from nktrial.model.patient_results import MrdAt
from nktrial.model.plan import Study
from nktrial.model.rule import Value
from nktrial.pipeline.ledger import Ledger, Measured, Step
from nktrial.pipeline.response_cells import NEAR_DAYS
from nktrial.pipeline.rows import row_step

__all__ = ["mrd_course", "mrd_near"]

FLOW: Final = ("flow", "mfc", "cytometry")
MOLECULAR: Final = ("pcr", "ngs", "molecular", "sequencing", "igh", "tcr", "npm1")
# Unit of mrd_value, mrd_lod and mrd_sensitivity -> factor to percent.
UNITS_PCT: Final[Mapping[str, float]] = MappingProxyType({"%": 1.0, "percent": 1.0, "fraction": 100.0, "": 1.0})
POSITIVE: Final = frozenset({"POSITIVE", "MRD_FAILURE", "MRD_POSITIVE"})
NEGATIVE: Final = frozenset({"NEGATIVE", "NEGATIVE_DETECTABLE_BELOW_THRESHOLD", "MRD_CR", "MRD_NEGATIVE"})


def mrd_course(study: Study, subject: Subject, rows: Sequence[Assessment], ledger: Ledger) -> tuple[MrdAt, ...]:
    """Return the status of each measurement of one patient, in order of day."""
    measured = [row for row in rows if row.kind in {"MRD", "MDD"}]
    records = ledger.take_all("", [row_step(study, row) for row in measured])
    steps = []
    for row, record in zip(measured, records, strict=True):
        name = _rule_name(row)
        method = RULES[name or "mdd"].method
        parameters: dict[str, Json] = {"rule": name, "diagnosis": subject.diagnosis}
        arguments = (name, subject.diagnosis, row)
        steps.append(Step("mrd", method, parameters, (record.id,), measure_mrd, arguments, subject.subject_id))
    found = []
    for row, record in zip(measured, ledger.take_all("", steps), strict=True):
        value: Any = record.value
        kind: Literal["MRD", "MDD"] = "MRD" if row.kind == "MRD" else "MDD"
        found.append(
            MrdAt(
                row.day, kind, row.mrd_method, row.mrd_value, row.mrd_unit, row.mrd_lod, value["status"],
                value["not_evaluable"], value["unverified"], record.id,
            )
        )  # fmt: skip
    return tuple(found)


def mrd_near(day: int, measured: Sequence[MrdAt]) -> str:
    """Return ``positive`` or ``negative`` by the measurement of residual disease nearest to a day, within a week."""
    near = [item for item in measured if item.kind == "MRD" and abs(item.day - day) <= NEAR_DAYS]
    best = min(near, key=lambda item: (abs(item.day - day), item.day), default=None)
    if best is None:
        return ""
    return "positive" if best.status in POSITIVE else "negative" if best.status in NEGATIVE else "unknown"


def measure_mrd(name: str, diagnosis: str, row: Assessment) -> Measured:
    """Return the status of one measurement by the rule of its method."""
    if not name:
        return _nothing(f"the method {row.mrd_method[:40]!r} is neither flow cytometry nor a molecular one")
    factor = UNITS_PCT.get(row.mrd_unit.strip().casefold())
    if factor is None:
        return _nothing(f"the unit {row.mrd_unit[:20]!r} is neither % nor fraction")
    if not row.mrd_unit.strip() and row.mrd_value is not None:
        return _nothing("the value has no unit")
    share = None if row.mrd_value is None else round(factor * row.mrd_value, 12)
    limits = [limit for limit in (row.mrd_sensitivity, row.mrd_lod) if limit is not None]
    sensitivity = None if not limits else round(factor * limits[0], 12)
    cells: dict[str, Value] = {
        "disease": diagnosis if diagnosis in {"AML", "ALL"} else None,
        "denominator_events": None if row.mrd_denominator is None else float(row.mrd_denominator),
        "mrd_events": None if row.mrd_events is None else float(row.mrd_events),
        "assay_sensitivity_pct": sensitivity,
        "mrd_pct_reported": share,
        "mrd_pct": share,
        "value_pct": share,
        "lod_pct": None if row.mrd_lod is None else round(factor * row.mrd_lod, 12),
    }
    rule = RULES[name]
    try:
        outcome = rule.assess({column.name: cells.get(column.name) for column in rule.columns})
    except MethodError as error:
        return _nothing(f"{error.problem} [{error.code}]")
    status = outcome.values["mdd" if name == "mdd" else "status"]
    return Measured({"status": status, "not_evaluable": outcome.not_evaluable, "unverified": outcome.unverified})


def _rule_name(row: Assessment) -> str:
    if row.kind == "MDD":
        return "mdd"
    method = row.mrd_method.casefold()
    if any(word in method for word in FLOW):
        return "mrd_flow"
    return "mrd_molecular" if any(word in method for word in MOLECULAR) else ""


def _nothing(why: str) -> Measured:
    return Measured({"status": "NE", "not_evaluable": why, "unverified": ""})
