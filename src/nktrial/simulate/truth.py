"""The truth about a simulated study, as truth.json holds it.

Definition
    What the instruments saw with error: per sample the cell numbers, the shares of each person's DNA, the donor NK
    cells per microlitre and the estimand of the published formula for each cell fraction typed; per patient the
    endpoint.

Not decided here
    How it is estimated.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from nktrial.core.digest import Json
from nktrial.model.kit import Kit
from nktrial.simulate.analyser import PREPARATION_SD, Amplification
from nktrial.simulate.cohort import PlannedPatient, Visit
from nktrial.simulate.course import course_truth
from nktrial.simulate.cytometer import TUBE_CV
from nktrial.simulate.tables import ALC_CV, sample_id
from nktrial.simulate.treg import treg_truth

__all__ = ["MARK", "study_truth"]

MARK: Final = "nktrial.simulate"
TARGET_DAY: Final = 14
WINDOW: Final = (12, 16)
SUCCESS_PER_UL: Final = 100.0


def study_truth(
    planned: Sequence[PlannedPatient], *, kit: Kit, seed: int, events: int, paths: Sequence[str]
) -> Mapping[str, Json]:
    """Return what truth.json says."""
    return {
        "simulated_by": MARK,
        "seed": seed,
        "kit": kit.id,
        "events_per_file": events,
        "noise": {
            "alc_cv": ALC_CV,
            "tube_cv_of_nk_recovery": TUBE_CV,
            "preparation_sd_of_log_odds": PREPARATION_SD,
            "peak_cv": Amplification().peak_cv,
            "locus_cv": Amplification().locus_cv,
        },
        "subjects": [subject_truth(plan, seed) for plan in planned],
        "files": list(paths),
    }


def subject_truth(plan: PlannedPatient, seed: int) -> Mapping[str, Json]:
    """Return the truth about one patient: persons, every sample, the endpoints."""
    patient = plan.patient
    decisive = min(
        (visit for visit in plan.visits if WINDOW[0] <= visit.day <= WINDOW[1]),
        key=lambda visit: (abs(visit.day - TARGET_DAY), visit.day),
    )
    value = patient.donor_nk_per_ul(decisive.day)
    return {
        "subject_id": patient.subject_id,
        "nk_donor": patient.donor_with("nk").donor_id,
        "origin": "nk_donor" if len(patient.donors) > 1 else "nk_or_hsct_donor",
        "expansion": {
            "sample_id": sample_id(patient.subject_id, decisive.day),
            "day": decisive.day,
            "value_per_ul": rounded(value),
            "formula_per_ul": {typed: rounded(patient.formula_per_ul(decisive.day, typed)) for typed in decisive.typed},
            "success": value > SUCCESS_PER_UL,
        },
        **({"tregs": treg_truth(seed, plan), "systemic_il2": "none_given"} if any_treg(plan) else {}),
        **({} if plan.course is None else {"course": course_truth(patient, plan.course, plan.laboratory_days)}),
        "samples": [sample_truth(plan, visit) for visit in plan.visits],
        "persons": [
            {"person_id": person, "alleles": {locus: list(pair) for locus, pair in genotype.alleles.items()}}
            for person, genotype in plan.genotypes.items()
        ],
    }


def any_treg(plan: PlannedPatient) -> bool:
    """Tell whether a patient has a Treg tube."""
    return any(visit.treg for visit in plan.visits)


def sample_truth(plan: PlannedPatient, visit: Visit) -> Mapping[str, Json]:
    """Return the truth about one sample."""
    patient, blood = plan.patient, plan.patient.blood(visit.day)
    return {
        "sample_id": sample_id(patient.subject_id, visit.day),
        "day": visit.day,
        "alc_per_ul": rounded(blood.alc_per_ul),
        "wbc_per_ul": rounded(blood.wbc_per_ul),
        "nk_fraction": rounded(blood.nk_fraction),
        "cells_per_ul": {
            kind: {person: rounded(count) for person, count in by_person.items()}
            for kind, by_person in blood.cells_per_ul.items()
        },
        "shares": {
            typed: {person: rounded(share) for person, share in blood.shares(typed).items()}
            for typed in ("CD56", "lymphocytes", "WB")
        },
        "donor_nk_per_ul": rounded(patient.donor_nk_per_ul(visit.day)),
        "infused_nk_per_ul": rounded(blood.infused_nk_per_ul),
        "formula_per_ul": {typed: rounded(patient.formula_per_ul(visit.day, typed)) for typed in visit.typed},
    }


def rounded(value: float) -> float:
    """Round to eight significant digits: enough for any comparison, and the same text everywhere."""
    return float(f"{value:.8g}")
