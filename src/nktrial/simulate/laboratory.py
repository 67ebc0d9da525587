"""A virtual patient's laboratory beside the lymphocytes: neutrophils, platelets, haemoglobin, liver, kidney.

Definition
    White cells and neutrophils are those of the virtual blood. Platelets recover after transplantation by a logistic
    curve and fall after the NK cells by a part of themselves that is largest on day 7; haemoglobin falls and ALT rises
    at the same time. Depths and heights belong to the patient. The laboratory reads each value with a coefficient of
    variation and states its limits of normal. Blood is taken every third day after the transplantation, from day 2 to
    26, so that engraftment can be seen. The curves are plausible in shape and estimate nothing.

Not decided here
    Lymphocytes (``tables``), and what the values mean for the patient (``course``).
"""

import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from nktrial.simulate.patient import VirtualPatient
from nktrial.simulate.streams import lognormal_factor, stream

__all__ = [
    "ENGRAFTMENT_DAYS",
    "LIMITS",
    "Laboratory",
    "Toxicity",
    "engraftment_day",
    "laboratory_days",
    "laboratory_of",
    "laboratory_rows",
]

ENGRAFTMENT_DAYS: Final = tuple(range(2, 27, 3))  # after transplantation
NADIR_DAY: Final = 7
# The virtual laboratory's limits of normal for infants, in the units of its rows.
LIMITS: Final = MappingProxyType(
    {
        "WBC": (6.0, 17.5),
        "ANC": (1.5, 8.5),
        "PLT": (150.0, 450.0),
        "HGB": (10.5, 13.5),
        "ALT": (5.0, 45.0),
        "BILI": (0.1, 1.0),
        "CREAT": (0.15, 0.4),
    }
)
CV: Final = MappingProxyType({"WBC": 0.04, "PLT": 0.03, "HGB": 0.015, "ALT": 0.04, "BILI": 0.05, "CREAT": 0.04})
DIFFERENTIAL_CV: Final = 0.03
ENGRAFTED: Final = MappingProxyType({"ANC": 0.5, "PLT": 20.0})  # Kharfan-Dabaja 2021, ASTCT: 10^9/L
COUNTABLE_WBC_PER_UL: Final = 50.0
RUN: Final = 3  # values in a row, of different days


@dataclass(frozen=True, slots=True)
class Toxicity:
    """What the lymphodepletion and the NK cells do to a patient at the nadir.

    Parameters
    ----------
    platelets_lost : float
        Share of the platelets, 0 to 1.
    hgb_lost_g_dl : float
        Fall of haemoglobin [g/dL].
    alt_gained_u_l : float
        Rise of ALT [U/L].
    """

    platelets_lost: float
    hgb_lost_g_dl: float
    alt_gained_u_l: float


@dataclass(frozen=True, slots=True)
class Laboratory:
    """True values of one day: cells in 10^9/L, haemoglobin in g/dL, ALT in U/L, bilirubin and creatinine in mg/dL."""

    wbc: float
    anc: float
    plt: float
    hgb: float
    alt: float
    bili: float
    creat: float


def laboratory_of(patient: VirtualPatient, toxicity: Toxicity, day: int) -> Laboratory:
    """Return the true values of a day.

    Parameters
    ----------
    patient : VirtualPatient
        Whose blood it is.
    toxicity : Toxicity
        What happens after the NK cells.
    day : int
        Day after the first NK infusion.
    """
    blood = patient.blood(day)
    after_transplant = day - patient.transplant_day
    recovered = 6.0 + 174.0 / (1.0 + math.exp(-0.3 * (after_transplant - 20.0)))
    width = 6.0 if day < NADIR_DAY else 12.0
    effect = math.exp(-(((day - NADIR_DAY) / width) ** 2))
    return Laboratory(
        wbc=blood.wbc_per_ul / 1000.0,
        anc=blood.count_per_ul("granulocytes") / 1000.0,
        plt=recovered * (1.0 - toxicity.platelets_lost * effect),
        hgb=9.9 - toxicity.hgb_lost_g_dl * effect,
        alt=28.0 + toxicity.alt_gained_u_l * effect,
        bili=0.35 + 0.001 * toxicity.alt_gained_u_l * effect,
        creat=0.25,
    )


def laboratory_days(patient: VirtualPatient, visits: tuple[int, ...]) -> tuple[int, ...]:
    """Return the days on which blood goes to the laboratory alone: after transplantation, before the first visit.

    A day with too few leukocytes for a differential is left out.
    """
    days = (patient.transplant_day + day for day in ENGRAFTMENT_DAYS)
    return tuple(day for day in days if day < min(visits) and patient.blood(day).wbc_per_ul >= COUNTABLE_WBC_PER_UL)


def laboratory_rows(
    seed: int, patient: VirtualPatient, toxicity: Toxicity, day: int, sample: str, wbc: float | None = None
) -> list[tuple[str, str, str, str, str]]:
    """Return a sample's rows as the laboratory writes them: sample, test, value, unit, qualifier.

    Parameters
    ----------
    seed : int
        Seed of the simulation.
    patient, toxicity, day
        As for `laboratory_of`.
    sample : str
        Id of the sample.
    wbc : float or None
        Leukocytes of the sample where they stand in the table already [10^9/L]; without them they are read here.
    """
    true = laboratory_of(patient, toxicity, day)
    rng = stream(seed, patient.subject_id, sample, "laboratory")
    read = {test: getattr(true, test.lower()) * lognormal_factor(rng, cv) for test, cv in CV.items()}
    leukocytes = round(read["WBC"], 3) if wbc is None else wbc
    neutrophils = leukocytes * min(true.anc / true.wbc * lognormal_factor(rng, DIFFERENTIAL_CV), 0.99)
    rows = [("WBC", f"{leukocytes:.3f}", "10^9/L")] if wbc is None else []
    rows += [
        ("ANC", f"{neutrophils:.3f}", "10^9/L"),
        ("PLT", f"{read['PLT']:.0f}", "10^9/L"),
        ("HGB", f"{read['HGB']:.1f}", "g/dL"),
        ("ALT", f"{read['ALT']:.0f}", "U/L"),
        ("BILI", f"{read['BILI']:.2f}", "mg/dL"),
        ("CREAT", f"{read['CREAT']:.2f}", "mg/dL"),
    ]
    return [(sample, test, value, unit, "") for test, value, unit in rows]


def engraftment_day(patient: VirtualPatient, toxicity: Toxicity, days: tuple[int, ...], test: str) -> int | None:
    """Return the day of the first of three samples in a row whose true value is engrafted, None without one.

    Parameters
    ----------
    patient, toxicity
        As for `laboratory_of`.
    days : tuple of int
        Days of the samples, increasing.
    test : str
        ANC or PLT.
    """
    reached = [getattr(laboratory_of(patient, toxicity, day), test.lower()) >= ENGRAFTED[test] for day in days]
    return next((day for n, day in enumerate(days) if all(reached[n : n + RUN]) and n + RUN <= len(days)), None)
