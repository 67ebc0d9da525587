"""Activated Treg of the virtual patients: how many there truly are, and the tubes that show them.

Definition
    55 % of T cells are CD4+. Resting Treg are 4 % of them at all times; activated ones a share of 1.5 to 2 % up to the
    day of the infusion and 2.2 to 3.2 times as much after it, drawn for each patient. All Treg are the recipient's.
    Tubes of one blood differ: activated Treg are recovered against the other cells by a log-normal factor, coefficient
    of variation 5 %. All levels are chosen to be countable and are [unverified].

Not decided here
    What the cytometer makes of a tube (``cytometer``).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from nktrial.core.digest import Json
from nktrial.formats.fcs_write import write_fcs
from nktrial.simulate.cohort import PlannedPatient, Visit
from nktrial.simulate.cytometer import DEBRIS_SHARE, GRANULOCYTES_LEFT, Tube, acquire
from nktrial.simulate.patient import VirtualPatient
from nktrial.simulate.raw_file import RawFile
from nktrial.simulate.streams import lognormal_factor, stream
from nktrial.simulate.tables import sample_id
from nktrial.simulate.treg_panel import TREG_PANEL

__all__ = ["TREG_EVENTS", "TregBlood", "stain_treg", "treg_blood", "treg_files", "treg_truth"]

TREG_EVENTS: Final = 40_000
TREG_CV: Final = 0.05
CD4_OF_T: Final = 0.55
RESTING_OF_CD4: Final = 0.04


@dataclass(frozen=True, slots=True)
class TregBlood:
    """The truth about one day: CD4+ T cells and activated Treg per microlitre."""

    cd4_per_ul: float
    activated_per_ul: float

    @property
    def of_cd4(self) -> float:
        """Return activated Treg as a fraction of CD4+ T cells."""
        return self.activated_per_ul / self.cd4_per_ul


def treg_blood(seed: int, patient: VirtualPatient, day: int) -> TregBlood:
    """Return the true Treg of a patient's day."""
    rng = stream(seed, patient.subject_id, "treg")
    share, fold = float(rng.uniform(0.015, 0.02)), float(rng.uniform(2.2, 3.2))
    cd4 = CD4_OF_T * patient.blood(day).count_per_ul("T")
    return TregBlood(cd4, cd4 * share * (fold if day > 0 else 1.0))


def stain_treg(rng: np.random.Generator, seed: int, patient: VirtualPatient, day: int) -> Tube:
    """Stain a tube of the patient's blood with the Treg panel."""
    blood, truth = patient.blood(day), treg_blood(seed, patient, day)
    activated = truth.activated_per_ul * lognormal_factor(rng, TREG_CV)
    resting = RESTING_OF_CD4 * truth.cd4_per_ul
    cells = {
        "CD4": truth.cd4_per_ul - resting - activated,
        "Treg resting": resting,
        "Treg activated": activated,
        "T other": blood.count_per_ul("T") - truth.cd4_per_ul,
        "B": blood.count_per_ul("B"),
        "NK": blood.count_per_ul("NK"),
        "monocytes": blood.count_per_ul("monocytes"),
        "granulocytes": blood.count_per_ul("granulocytes") * GRANULOCYTES_LEFT,
    }
    whole = sum(cells.values()) / (1.0 - DEBRIS_SHARE)
    shares = {name: count / whole for name, count in cells.items()} | {"debris": DEBRIS_SHARE}
    return Tube(blood.nk_fraction, tuple(shares.items()))


def treg_files(planned: Sequence[PlannedPatient], *, seed: int) -> Iterator[RawFile]:
    """Yield the Treg tubes of a study: one a visit that has one."""
    for plan in planned:
        for visit in plan.visits:
            if visit.treg:
                yield _file(plan, visit, seed=seed)


def _file(plan: PlannedPatient, visit: Visit, *, seed: int) -> RawFile:
    sample = sample_id(plan.patient.subject_id, visit.day)
    tube = stain_treg(stream(seed, sample, "treg tube"), seed, plan.patient, visit.day)
    matrix = acquire(stream(seed, sample, "treg cytometer"), tube, events=TREG_EVENTS, panel=TREG_PANEL)
    keywords = {**matrix.keywords, "$CYT": "nktrial virtual cytometer", "$SMNO": sample}
    content = write_fcs(matrix.values, matrix.channels, spillover=matrix.spillover, keywords=keywords)
    return RawFile((f"raw/fcs/{sample}_treg.fcs", sample, "", "fcs", "sample", "treg", "", "", ""), content)


def treg_truth(seed: int, plan: PlannedPatient) -> Mapping[str, Json]:
    """Return the truth about a patient's activated Treg by sample, with the origin and the change."""
    samples: list[Json] = []
    per_ul: list[float] = []
    for visit in plan.visits:
        if visit.treg:
            truth = treg_blood(seed, plan.patient, visit.day)
            per_ul.append(truth.activated_per_ul)
            samples.append(
                {
                    "sample_id": sample_id(plan.patient.subject_id, visit.day),
                    "day": visit.day,
                    "cd4_per_ul": float(f"{truth.cd4_per_ul:.8g}"),
                    "activated_per_ul": float(f"{truth.activated_per_ul:.8g}"),
                    "of_cd4": float(f"{truth.of_cd4:.8g}"),
                }
            )
    ratio = per_ul[-1] / per_ul[0] if len(per_ul) > 1 else None
    return {"origin": "recipient", "ratio": None if ratio is None else float(f"{ratio:.8g}"), "samples": samples}
