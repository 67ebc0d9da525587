"""Systemic IL-2 as a record: the patient's rows of the medication table, judged."""

from typing import Any, Final

from nktrial.core.digest import Json
from nktrial.endpoints.il2 import METHOD, derive_il2
from nktrial.model.clinic import Medication, Subject
from nktrial.model.patient_results import Il2Result
from nktrial.model.plan import Il2Rule, Study
from nktrial.pipeline.ledger import Ledger, Measured, Step
from nktrial.pipeline.rows import row_step

__all__ = ["il2_result"]

TABLE: Final = "medications.csv"


def il2_result(study: Study, subject: Subject, ledger: Ledger) -> Il2Result | None:
    """Return whether one patient had systemic IL-2; None where study.toml does not ask."""
    rule = study.plan.il2
    if rule is None:
        return None
    rows = study.medications
    own = None if rows is None else tuple(row for row in rows if row.subject_id == subject.subject_id)
    steps = [row_step(study, subject), *(row_step(study, row) for row in own or ())]
    told = ledger.take_all("", steps)
    tables = ["study.toml", *([TABLE] if rows is not None else [])]
    parents = (*(record.id for record in told), *(study.sources[name].sha256 for name in tables))
    parameters: dict[str, Json] = {"subject_id": subject.subject_id, "window": list(rule.window)}
    arguments = (own, rule)
    record = ledger.take(Step("systemic_il2", METHOD, parameters, parents, measure_il2, arguments, subject.subject_id))
    value: Any = record.value
    return Il2Result(value["status"], value["reason"], rule.window, tuple(value["given"]), record.id)


def measure_il2(rows: tuple[Medication, ...] | None, rule: Il2Rule) -> Measured:
    """Return the answer for one patient."""
    found = derive_il2(rows, rule)
    return Measured({"status": found.status, "reason": found.reason, "given": list(found.given)})
