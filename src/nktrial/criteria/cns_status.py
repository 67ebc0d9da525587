"""Status of the central nervous system in ALL: CNS1, CNS2, CNS3, with a, b, c.

Definition
    CNS1: no blasts in cerebrospinal fluid. With blasts and less than 5 WBC/uL: CNS2a below 10 RBC/uL, CNS2b from 10.
    With blasts and 5 WBC/uL or more: CNS3a below 10 RBC/uL; from 10 (a traumatic puncture), CNS3b where WBC / RBC in
    the fluid is more than twice that in blood (Steinherz-Bleyer), else CNS2c. Clinical signs: CNS3c.

Not decided here
    What clinical signs are; blasts found by flow cytometry alone.
"""

from dataclasses import dataclass
from typing import Final

from nktrial.core.check import in_range
from nktrial.core.compare import above, at_least, at_most
from nktrial.core.errors import MethodError
from nktrial.criteria.cells import flag, number
from nktrial.criteria.evidence import Evaluable, NotEvaluable, Verdict, held, lacking, stated
from nktrial.criteria.response_columns import level_column, per_ul, yes_no
from nktrial.model.method import Method
from nktrial.model.rule import Cells, Column, Outcome, Rule

__all__ = ["METHOD", "RULE", "CerebrospinalFindings", "cns_status"]

METHOD: Final = Method(
    name="criteria.cns_status",
    version=1,
    source="Children's Oncology Group CNS classes (BMJ Best Practice, Acute lymphoblastic leukaemia, criteria); "
    "Steinherz-Bleyer rule for traumatic punctures",
)
WBC_FROM_PER_UL: Final = 5.0
RBC_FROM_PER_UL: Final = 10.0
TIMES_BLOOD: Final = 2.0
RATIO_EQUAL: Final = "ratio of exactly twice that in blood: CNS2c here"


@dataclass(frozen=True, slots=True)
class CerebrospinalFindings:
    """What is known at one lumbar puncture; None where it is not known.

    Parameters
    ----------
    blasts : bool
        In the cerebrospinal fluid, by cytospin.
    wbc_per_ul, rbc_per_ul : float
        White and red cells of the fluid [/uL].
    clinical_signs : bool
        Of leukemia in the central nervous system.
    blood_wbc_per_ul, blood_rbc_per_ul : float
        White and red cells of blood [/uL], for a traumatic puncture.
    """

    blasts: bool | None
    wbc_per_ul: float | None
    rbc_per_ul: float | None
    clinical_signs: bool | None
    blood_wbc_per_ul: float | None = None
    blood_rbc_per_ul: float | None = None

    def __post_init__(self) -> None:
        """Refuse what no patient can have."""
        for name in ("wbc_per_ul", "rbc_per_ul", "blood_wbc_per_ul", "blood_rbc_per_ul"):
            value: float | None = getattr(self, name)
            if value is not None:
                in_range(name, value, 0.0, 1e7)
        if self.blood_rbc_per_ul == 0.0:
            raise MethodError(
                "NK-CRI-02", "blood without red cells.", where="blood_rbc_per_ul", remedy="Correct the count."
            )


def cns_status(found: CerebrospinalFindings) -> Verdict:
    """Return CNS1, CNS2a, CNS2b, CNS2c, CNS3a, CNS3b or CNS3c.

    Parameters
    ----------
    found : CerebrospinalFindings
        One puncture; values outside their bounds were refused (MethodError NK-COR-05, NK-CRI-02).
    """
    by_fluid = _by_fluid(found)
    if isinstance(by_fluid, Evaluable) and by_fluid.level in {"CNS3a", "CNS3b"}:
        return by_fluid
    if found.clinical_signs:
        return Evaluable("CNS3c", "clinical signs")
    if isinstance(by_fluid, NotEvaluable):
        return by_fluid
    return NotEvaluable("not given: clinical signs") if found.clinical_signs is None else by_fluid


def _by_fluid(found: CerebrospinalFindings) -> Verdict:
    """Return the status by cerebrospinal fluid alone."""
    if found.blasts is False:
        return Evaluable("CNS1", "no blasts in cerebrospinal fluid")
    many = held(at_least, found.wbc_per_ul, WBC_FROM_PER_UL)
    bloody = held(at_least, found.rbc_per_ul, RBC_FROM_PER_UL)
    if found.blasts is None or many is None or bloody is None:
        return NotEvaluable(
            lacking(
                {
                    "blasts in cerebrospinal fluid": found.blasts,
                    "its white cells": found.wbc_per_ul,
                    "its red cells": found.rbc_per_ul,
                }
            )
        )
    if not many:
        return (
            Evaluable("CNS2b", "blasts, WBC below 5, RBC at least 10 /uL")
            if bloody
            else Evaluable("CNS2a", "blasts, WBC below 5, RBC below 10 /uL")
        )
    return _traumatic(found) if bloody else Evaluable("CNS3a", "blasts, WBC at least 5, RBC below 10 /uL")


def _traumatic(found: CerebrospinalFindings) -> Verdict:
    """Return CNS3b or CNS2c by the ratio of white to red cells in the fluid and in blood."""
    wbc, rbc = found.wbc_per_ul, found.rbc_per_ul
    blood_wbc, blood_rbc = found.blood_wbc_per_ul, found.blood_rbc_per_ul
    if wbc is None or rbc is None or blood_wbc is None or blood_rbc is None:
        lacks = lacking({"white cells of blood": blood_wbc, "red cells of blood": blood_rbc})
        return NotEvaluable(f"CNS2c or CNS3b, {lacks}")
    limit = TIMES_BLOOD * blood_wbc * rbc
    if above(wbc * blood_rbc, limit):
        return Evaluable("CNS3b", "blasts, WBC at least 5, RBC at least 10 /uL, WBC / RBC above twice that in blood")
    equal = at_least(wbc * blood_rbc, limit) and at_most(wbc * blood_rbc, limit)
    return Evaluable(
        "CNS2c",
        "blasts, WBC at least 5, RBC at least 10 /uL, WBC / RBC not above twice that in blood",
        RATIO_EQUAL if equal else "",
    )


def _assess(cells: Cells) -> Outcome:
    found = CerebrospinalFindings(
        flag(cells, "csf_blasts"),
        number(cells, "csf_wbc_per_ul"),
        number(cells, "csf_rbc_per_ul"),
        flag(cells, "clinical_signs"),
        number(cells, "blood_wbc_per_ul"),
        number(cells, "blood_rbc_per_ul"),
    )
    return stated("cns_status", cns_status(found))


RULE: Final = Rule(
    name="cns_status",
    title="ALL: status of the central nervous system, CNS1 to CNS3 with a, b, c",
    method=METHOD,
    columns=(
        yes_no("csf_blasts", "blasts in cerebrospinal fluid, by cytospin"),
        per_ul("csf_wbc_per_ul", "white cells of the fluid"),
        per_ul("csf_rbc_per_ul", "red cells of the fluid"),
        yes_no("clinical_signs", "clinical signs of leukemia there"),
        Column("blood_wbc_per_ul", "number", "white cells of blood [/uL]", low=0.0, high=1e7, needed=False),
        Column("blood_rbc_per_ul", "number", "red cells of blood [/uL]", low=0.0, high=1e7, needed=False),
    ),
    results=(level_column("cns_status", "status", "CNS1", "CNS2a", "CNS2b", "CNS2c", "CNS3a", "CNS3b", "CNS3c"),),
    assess=_assess,
    unverified=(RATIO_EQUAL,),
)
