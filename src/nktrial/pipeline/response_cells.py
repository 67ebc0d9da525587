"""The cells of a response rule from a patient's tables: one assessment of the marrow with what was seen near it.

Definition
    A marrow row of assessments.csv is an assessment. Blasts in blood, extramedullary disease and MRD are its own
    columns, else those of a row of their own kind within a week [unverified] of it. Before treatment means the last
    marrow on or before day 0. "Weeks without recurrence" and "how long the state has lasted" run to the relapse, the
    death or the last contact, whichever comes first. What the tables do not say stays empty, and the rule says what
    follows.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from nktrial.model.clinic import Assessment, FollowUp
from nktrial.model.rule import Cells, Value

__all__ = ["CELLS", "NEAR_DAYS", "Seen", "adequate", "seen_at"]

NEAR_DAYS: Final = 7  # [unverified] a row this far from the marrow speaks of the same assessment
LEAST_CELLS: Final = 200  # Cheson 2003; Dohner 2022
LEAST_CELLULARITY: Final = 0.1  # Dohner 2022


@dataclass(frozen=True, slots=True)
class Seen:
    """One assessment: the marrow's row, what stands near it, and the patient's course around it.

    Parameters
    ----------
    row : Assessment
        The marrow.
    blood_blasts, extramedullary : bool or None
        None where neither the row nor one near it says.
    mrd : str
        ``negative``, ``positive`` or empty.
    baseline_blasts : float or None
        Fraction of blasts in the last marrow on or before day 0.
    days_known : int or None
        Days from the assessment to relapse, death or last contact; None without a follow-up.
    landmark_reached : bool or None
        None where the protocol names no landmark.
    best_before : str
        Best level before, as the set names it; ``none`` without any.
    """

    row: Assessment
    blood_blasts: bool | None
    extramedullary: bool | None
    mrd: str
    baseline_blasts: float | None
    days_known: int | None
    landmark_reached: bool | None
    best_before: str


def seen_at(
    row: Assessment,
    others: Sequence[Assessment],
    followed: FollowUp | None,
    mrd: str,
    landmark_day: int | None,
    best_before: str,
) -> Seen:
    """Bring together what is known of one assessment."""
    before = [item for item in others if item.kind == "BM" and item.day <= 0 and item.blasts is not None]
    baseline = max(before, key=lambda item: item.day, default=None)
    blood = _yes_no(row.blood_blasts)
    if blood is None:
        near = _nearest(row, others, "PB")
        blood = None if near is None else near.blasts > 0 if near.blasts is not None else _yes_no(near.blood_blasts)
    outside = _yes_no(row.emd)
    if outside is None:
        found = _nearest(row, others, "EMD")
        outside = None if found is None else _yes_no(found.emd)
    ends = [] if followed is None else [followed.day_relapse, followed.day_death, followed.day_last_contact]
    end = min((day for day in ends if day is not None and day >= row.day), default=None)
    return Seen(
        row,
        blood,
        outside,
        mrd,
        None if baseline is None else baseline.blasts,
        None if end is None else end - row.day,
        None if landmark_day is None else row.day >= landmark_day,
        best_before,
    )


def _nearest(row: Assessment, others: Sequence[Assessment], kind: str) -> Assessment | None:
    near = [item for item in others if item.kind == kind and abs(item.day - row.day) <= NEAR_DAYS]
    return min(near, key=lambda item: (abs(item.day - row.day), item.day), default=None)


def _yes_no(word: str) -> bool | None:
    return {"yes": True, "no": False}.get(word)


def _pct(fraction: float | None) -> float | None:
    return None if fraction is None else round(100.0 * fraction, 9)


def _per_ul(value_1e9_per_l: float | None) -> float | None:
    return None if value_1e9_per_l is None else round(1000.0 * value_1e9_per_l, 6)


def adequate(row: Assessment) -> bool | None:
    """Tell whether the marrow can be assessed: spicules, and 200 cells or a cellularity of 10 %."""
    enough = [
        None if row.nucleated_cells is None else row.nucleated_cells >= LEAST_CELLS,
        None if row.cellularity is None else row.cellularity >= LEAST_CELLULARITY,
    ]
    if row.spicules == "no" or (False in enough and True not in enough):
        return False
    return True if True in enough else None


def _dependent(row: Assessment) -> bool | None:
    return {"yes": False, "no": True}.get(row.transfusion_free)


def _weeks(seen: Seen) -> float | None:
    return None if seen.days_known is None else seen.days_known / 7.0


def _eln2022(seen: Seen) -> dict[str, Value]:
    return {
        "bm_blasts_pct": _pct(seen.row.blasts),
        "bm_adequate": adequate(seen.row),
        "pb_blasts": seen.blood_blasts,
        "extramedullary": seen.extramedullary,
        "anc_e9_per_l": seen.row.anc_1e9_per_l,
        "plt_e9_per_l": seen.row.plt_1e9_per_l,
        "baseline_bm_blasts_pct": _pct(seen.baseline_blasts),
        "mrd_result": seen.mrd or None,
        "landmark_reached": seen.landmark_reached if seen.landmark_reached is not None else False,
    }


def _iwg2003(seen: Seen) -> dict[str, Value]:
    return {
        "bm_blasts_pct": _pct(seen.row.blasts),
        "bm_spicules": _yes_no(seen.row.spicules),
        "bm_nucleated_cells": seen.row.nucleated_cells,
        "auer_rods": _yes_no(seen.row.auer_rods),
        "extramedullary": seen.extramedullary,
        "anc_per_ul": _per_ul(seen.row.anc_1e9_per_l),
        "plt_per_ul": _per_ul(seen.row.plt_1e9_per_l),
        "transfusion_dependent": _dependent(seen.row),
        "baseline_bm_blasts_pct": _pct(seen.baseline_blasts),
    }


def _mds2006(seen: Seen) -> dict[str, Value]:
    return {
        "baseline_bm_blasts_pct": _pct(seen.baseline_blasts),
        "bm_blasts_pct": _pct(seen.row.blasts),
        "pb_blasts_pct": 0.0 if seen.blood_blasts is False else None,
        "hgb_g_dl": seen.row.hgb_g_dl,
        "plt_e9_per_l": seen.row.plt_1e9_per_l,
        "anc_e9_per_l": seen.row.anc_1e9_per_l,
        "response_duration_weeks": _weeks(seen),
    }


def _nccn(seen: Seen) -> dict[str, Value]:
    return {
        "bm_blasts_pct": _pct(seen.row.blasts),
        "circulating_blasts": seen.blood_blasts,
        "extramedullary": seen.extramedullary,
        "trilineage_hematopoiesis": _yes_no(seen.row.trilineage),
        "anc_per_ul": _per_ul(seen.row.anc_1e9_per_l),
        "plt_per_ul": _per_ul(seen.row.plt_1e9_per_l),
        "weeks_without_recurrence": _weeks(seen),
    }


def _cibmtr(seen: Seen) -> dict[str, Value]:
    return {
        "setting": "after_transplant",
        "bm_blasts_pct": _pct(seen.row.blasts),
        "normal_maturation": _yes_no(seen.row.trilineage),
        "extramedullary": seen.extramedullary,
        "anc_per_ul": _per_ul(seen.row.anc_1e9_per_l),
        "plt_per_ul": _per_ul(seen.row.plt_1e9_per_l),
        "transfusion_dependent": _dependent(seen.row),
        "weeks_criteria_met": _weeks(seen),
    }


def _cytological(seen: Seen) -> dict[str, Value]:
    return {
        "bm_blasts_pct": _pct(seen.row.blasts),
        "bm_adequate": adequate(seen.row),
        "auer_rods": _yes_no(seen.row.auer_rods),
        "pb_blasts": seen.blood_blasts,
        "extramedullary": seen.extramedullary,
    }


def _marrow_class(seen: Seen) -> dict[str, Value]:
    return {"bm_blasts_pct": _pct(seen.row.blasts)}


def _relapse_eln(seen: Seen) -> dict[str, Value]:
    return {
        "prior_response": seen.best_before,
        "bm_blasts_pct": _pct(seen.row.blasts),
        "n_pb_samples_with_blasts": None if seen.blood_blasts is None else int(seen.blood_blasts),
        "days_between_pb_samples": None,
        "extramedullary_new": seen.extramedullary,
    }


def _relapse_iwg(seen: Seen) -> dict[str, Value]:
    return {
        "scenario": "relapse",
        "prior_response": seen.best_before,
        "bm_blasts_pct": _pct(seen.row.blasts),
        "pb_blasts_reappeared": seen.blood_blasts,
        "extramedullary_new": seen.extramedullary,
    }


# Rule -> its cells.
CELLS: Final[Mapping[str, Callable[[Seen], Cells]]] = MappingProxyType(
    {
        "aml_eln2022_response": _eln2022,
        "aml_iwg2003_response": _iwg2003,
        "mds_iwg2006_response": _mds2006,
        "all_response_nccn": _nccn,
        "all_cibmtr_response": _cibmtr,
        "cytological_remission": _cytological,
        "all_marrow_class": _marrow_class,
        "aml_eln2022_relapse": _relapse_eln,
        "aml_iwg2003_relapse_failure": _relapse_iwg,
    }
)
