"""Virtual patients to simulate: the two infants of the demonstration, and random ones spread around the threshold.

Definition
    The demonstration follows the founding study: an infant with ALL whose HSCT donor also gave the NK cells, and an
    infant with AML whose NK cells came from a parent after a graft from another person (three genomes in the blood).
    Random patients have a true day-14 value of donor NK cells drawn log-uniformly from 10 to 1,000 per microlitre, so
    that success is about as often true as not; the lymphocyte count, NK fraction and donor share that make it up are
    drawn around it.

Not decided here
    What the instruments make of them. The levels are plausible for infants after transplantation and are not
    estimates of anything.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

import numpy as np

from nktrial.model.kit import Kit
from nktrial.model.trace import Genotype
from nktrial.simulate.course import Course, course_of
from nktrial.simulate.genome import Relation, Sex, draw_family, draw_relative
from nktrial.simulate.kinetics import Expansion, Recovery
from nktrial.simulate.laboratory import laboratory_days
from nktrial.simulate.patient import VirtualDonor, VirtualPatient
from nktrial.simulate.streams import stream

__all__ = ["TARGETS_PER_UL", "PlannedPatient", "Visit", "calibration_patient", "demo_patients"]

CountedAs: TypeAlias = Literal["ALC", "WBC"]

HLA_MATCH: Final[Mapping[Relation, str]] = {
    "matched_sibling": "10/10",
    "haploidentical_parent": "5/10",
    "matched_unrelated": "10/10",
}
TARGET_DAY: Final = 14
TARGETS_PER_UL: Final = (10.0, 1000.0)


@dataclass(frozen=True, slots=True)
class Visit:
    """One blood sample: its day, what was typed, how lymphocytes were counted; ``treg``: a Treg tube, and its DNA."""

    day: int
    typed: tuple[str, ...]
    counted_as: CountedAs
    treg: bool = False
    treg_dna: bool = False


@dataclass(frozen=True, slots=True)
class PlannedPatient:
    """A virtual patient with the samples to take; ``course``: what happens clinically, None where nothing is told."""

    patient: VirtualPatient
    visits: tuple[Visit, ...]
    course: Course | None = None

    @property
    def laboratory_days(self) -> tuple[int, ...]:
        """Return the days on which blood goes to the laboratory alone."""
        visits = tuple(visit.day for visit in self.visits)
        return () if self.course is None else laboratory_days(self.patient, visits)

    @property
    def genotypes(self) -> Mapping[str, Genotype]:
        """Return person -> genotype of the patient and the donors."""
        donors = {donor.donor_id: donor.genotype for donor in self.patient.donors}
        return {self.patient.subject_id: self.patient.genotype, **donors}


@dataclass(frozen=True, slots=True)
class _Levels:
    """Day-14 truth to build a patient from [cells/uL]."""

    t: float
    b: float
    own_nk: float
    graft_nk: float
    infused_nk: float
    monocytes: float
    granulocytes: float


def demo_patients(seed: int, kit: Kit, *, patients: int = 2) -> tuple[PlannedPatient, ...]:
    """Return the demonstration's patients: INF-01, INF-02, then random ones with the same visits.

    Parameters
    ----------
    seed : int
        Seed of the simulation.
    kit : Kit
        STR kit whose loci make up the genotypes.
    patients : int
        How many; the first two are always the same persons in kind.
    """
    first = PlannedPatient(
        _patient(
            seed, kit, "INF-01", sex="F", diagnosis="ALL", age_days=212, transplant_day=-38,
            relations=("matched_sibling", None),
            levels=_Levels(t=560, b=105, own_nk=26, graft_nk=80, infused_nk=265, monocytes=420, granulocytes=2300),
        ),
        tuple(Visit(day, ("CD56",), "ALC", day in {-1, 14}, day == 14) for day in (-1, 7, 14, 28)),
    )  # fmt: skip
    second = PlannedPatient(
        _patient(
            seed, kit, "INF-02", sex="M", diagnosis="AML", age_days=301, transplant_day=-35,
            relations=("matched_unrelated", "haploidentical_parent"),
            levels=_Levels(t=330, b=50, own_nk=20, graft_nk=95, infused_nk=72, monocytes=310, granulocytes=1500),
        ),
        tuple(
            Visit(day, ("CD56", "WB") if day == 13 else ("CD56",), "WBC", day in {-1, 13}) for day in (-1, 7, 13, 28)
        ),
    )  # fmt: skip
    others = (calibration_patient(seed, kit, index, days=(-1, 7, 14, 28)) for index in range(3, patients + 1))
    planned = (first, second, *(_with_treg(plan) for plan in others))[:patients]
    return tuple(replace(plan, course=course_of(seed, plan.patient)) for plan in planned)


def _with_treg(plan: PlannedPatient) -> PlannedPatient:
    """Add Treg tubes before the infusion and on day 14."""
    return replace(plan, visits=tuple(replace(visit, treg=visit.day in {-1, 14}) for visit in plan.visits))


def calibration_patient(
    seed: int,
    kit: Kit,
    index: int,
    *,
    days: tuple[int, ...] = (-1, 14),
    targets_per_ul: tuple[float, float] = TARGETS_PER_UL,
) -> PlannedPatient:
    """Return the random patient of an index: always the same for the same seed and index.

    Parameters
    ----------
    seed : int
        Seed of the simulation.
    kit : Kit
        STR kit.
    index : int
        Number of the patient, from 1; it names the patient.
    days : tuple of int
        Days of the samples; NK cells are typed on each.
    targets_per_ul : (float, float)
        Range of the true day-14 value, log-uniform.
    """
    subject_id = f"SIM-{index:03d}"
    rng = stream(seed, subject_id, "levels")
    target = math.exp(rng.uniform(math.log(targets_per_ul[0]), math.log(targets_per_ul[1])))
    donor_nk_of_lymphocytes = rng.uniform(0.08, 0.5)
    nk_fraction = rng.uniform(max(0.08, donor_nk_of_lymphocytes / 0.95), min(0.7, donor_nk_of_lymphocytes / 0.1))
    alc = target / donor_nk_of_lymphocytes
    others = alc * nk_fraction - target
    third_party = bool(rng.integers(2))
    part = rng.uniform(0.1, 0.6)
    levels = _Levels(
        t=alc * (1.0 - nk_fraction) * 0.85,
        b=alc * (1.0 - nk_fraction) * 0.15,
        own_nk=others * part if third_party else others,
        graft_nk=others * (1.0 - part) if third_party else target * part,
        infused_nk=target if third_party else target * (1.0 - part),
        monocytes=alc * rng.uniform(0.2, 0.8),
        granulocytes=alc * rng.uniform(0.5, 4.0),
    )
    graft: Relation = "matched_sibling" if rng.integers(2) else "matched_unrelated"
    patient = _patient(
        seed, kit, subject_id, sex="F" if rng.integers(2) else "M", diagnosis="AML" if rng.integers(2) else "ALL",
        age_days=int(rng.integers(90, 360)), transplant_day=-int(rng.integers(30, 60)),
        relations=(graft, "haploidentical_parent" if third_party else None), levels=levels,
    )  # fmt: skip
    counted: CountedAs = "ALC" if rng.integers(2) else "WBC"
    return PlannedPatient(patient, tuple(Visit(day, ("CD56",), counted) for day in days))


def _patient(  # noqa: PLR0913
    seed: int,
    kit: Kit,
    subject_id: str,
    *,
    sex: Sex,
    diagnosis: str,
    age_days: int,
    transplant_day: int,
    relations: tuple[Relation, Relation | None],
    levels: _Levels,
) -> VirtualPatient:
    """Build a patient whose blood has the given levels on day 14; the second relation is a separate NK donor's."""
    rng = stream(seed, subject_id, "genotypes")
    family = draw_family(rng, kit, recipient=subject_id, sex=sex)
    given = [relation for relation in relations if relation is not None]
    roles = (frozenset({"hsct", "nk"}),) if len(given) == 1 else (frozenset({"hsct"}), frozenset({"nk"}))
    donors = []
    for number, (relation, role) in enumerate(zip(given, roles, strict=True), start=1):
        donor_id = f"{subject_id}-D{number}"
        genotype = draw_relative(rng, kit, family, relation, person=donor_id)
        donors.append(VirtualDonor(donor_id, role, relation, HLA_MATCH[relation], genotype))
    shape = Expansion(peak_per_ul=1.0, peak_day=float(np.round(stream(seed, subject_id, "peak").uniform(9.0, 12.0), 1)))

    def recovery(level_per_ul: float, half_day: float) -> Recovery:
        unit = Recovery(1.0, half_day)
        return Recovery(level_per_ul / unit.per_ul(TARGET_DAY - transplant_day), half_day)

    return VirtualPatient(
        subject_id=subject_id,
        sex=sex,
        diagnosis=diagnosis,
        age_days_at_hsct=age_days,
        transplant_day=transplant_day,
        genotype=family.recipient,
        donors=tuple(donors),
        # NK cells are the first lymphocytes to come back, T and B cells follow; granulocytes have long engrafted.
        recovering={
            "T": recovery(levels.t, 40.0),
            "B": recovery(levels.b, 50.0),
            "own NK": recovery(levels.own_nk, 28.0),
            "graft NK": recovery(levels.graft_nk, 28.0),
            "monocytes": recovery(levels.monocytes, 18.0),
            "granulocytes": recovery(levels.granulocytes, 18.0),
        },
        infused=Expansion(levels.infused_nk / shape.per_ul(TARGET_DAY), shape.peak_day),
        recipient_lymphoid=0.25,
        recipient_myeloid=0.10,
    )
