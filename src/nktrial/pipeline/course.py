"""The clinical course of a patient as the tables say it: each item with the record of its row."""

from collections.abc import Iterable, Iterator
from typing import Final, TypeAlias

from nktrial.model.clinic import Assessment, FollowUp, Gvhd
from nktrial.model.patient_results import CourseItem, CourseLane
from nktrial.model.plan import Study
from nktrial.pipeline.ledger import Ledger
from nktrial.pipeline.rows import TableRow, row_step

__all__ = ["course_items"]

ASSESSED: Final[dict[str, CourseLane]] = {
    "BM": "marrow",
    "PB": "blood blasts",
    "EMD": "extramedullary disease",
    "MRD": "MRD",
    "MDD": "MDD",
}


def course_items(study: Study, subject_id: str, ledger: Ledger) -> tuple[CourseItem, ...]:
    """Return what happened to one patient, in order of day; every row becomes a record."""
    found = [(row, parts) for who, row, parts in _rows(study) if who == subject_id]
    records = ledger.take_all("", [row_step(study, row) for row, _ in found])
    items = [
        CourseItem(*part, record=record.id) for (_, parts), record in zip(found, records, strict=True) for part in parts
    ]
    return tuple(sorted(items, key=lambda item: (item.day, item.lane, item.label)))


Part: TypeAlias = tuple[CourseLane, str, int, int | None, bool, str, bool]


def _rows(study: Study) -> Iterator[tuple[str, TableRow, list[Part]]]:
    """Yield patient, row, and the items that it makes: lane, label, day, until, ongoing, level, found."""
    for transplant in study.transplants:
        label = " ".join(filter(None, (transplant.graft_source, f"of {transplant.donor_id}")))
        yield (
            transplant.subject_id,
            transplant,
            [("transplantation", label, transplant.day, None, False, transplant.conditioning, True)],
        )
    for infusion in study.infusions:
        dose = infusion.nk_cells_per_kg
        level = "" if dose is None else f"{dose / 1e6:g} million NK cells/kg"
        yield (
            infusion.subject_id,
            infusion,
            [("NK infusion", f"of {infusion.donor_id}", infusion.day, None, False, level, True)],
        )
    for drug in study.medications or ():
        first, last = drug.day_start, drug.day_stop
        parts: list[Part] = []
        if first is not None:
            parts.append(("drug", drug.name, first, last, last is None, drug.route, True))
        elif last is not None:
            parts.append(("drug", drug.name, last, None, False, "stopped; start not given", True))
        yield drug.subject_id, drug, parts
    for event in study.adverse_events or ():
        ends = event.day_resolved
        ongoing = ends is None and event.outcome != "fatal"
        yield (
            event.subject_id,
            event,
            [("adverse event", event.term, event.day_onset, ends, ongoing, f"grade {event.grade}", True)],
        )
    for gvhd in study.gvhd or ():
        yield gvhd.subject_id, gvhd, [_gvhd(gvhd)]
    for assessment in study.assessments or ():
        yield assessment.subject_id, assessment, [_assessment(assessment)]
    for patient in study.followup or ():
        yield patient.subject_id, patient, list(_followed(patient))


def _gvhd(row: Gvhd) -> Part:
    if row.type == "chronic":
        return (
            "chronic GVHD",
            "chronic GVHD",
            row.day,
            None,
            False,
            row.nih_severity,
            row.nih_severity not in {"", "none"},
        )
    stages = (
        ("skin", row.skin_stage),
        ("liver", row.liver_stage),
        ("upper gut", row.upper_gut_stage),
        ("lower gut", row.lower_gut_stage),
    )
    found = _joined(f"{organ} {stage}" for organ, stage in stages if stage)
    missing = _joined(organ for organ, stage in stages if stage is None)
    level = found or ("no stage" if not missing else "")
    if missing:
        level = f"{level}{', ' if level else ''}{missing} not assessed"
    return ("acute GVHD", "acute GVHD", row.day, None, False, level, bool(found))


def _assessment(row: Assessment) -> Part:
    lane = ASSESSED[row.kind]
    if row.kind in {"MRD", "MDD"}:
        value = "not given" if row.mrd_value is None else f"{row.mrd_value:g} {row.mrd_unit}".strip()
        return (lane, " ".join(filter(None, (lane, row.mrd_method))), row.day, None, False, value, True)
    if row.kind == "EMD":
        return (lane, lane, row.day, None, False, row.emd, row.emd == "yes")
    level = "blasts not given" if row.blasts is None else f"{100 * row.blasts:g} % blasts"
    return (lane, lane, row.day, None, False, level, True)


def _followed(row: FollowUp) -> Iterator[Part]:
    if row.day_relapse is not None:
        yield ("relapse", "relapse", row.day_relapse, None, False, "", True)
    if row.day_next_therapy is not None:
        yield ("next therapy", "next therapy", row.day_next_therapy, None, False, "", True)
    if row.day_death is not None:
        yield ("death", "death", row.day_death, None, False, row.death_cause, True)
    elif row.alive:
        yield (
            "last contact",
            "last contact, alive",
            row.day_last_contact,
            None,
            False,
            "lost" if row.lost == "yes" else "",
            True,
        )
    else:
        yield ("last contact", "last contact", row.day_last_contact, None, False, "died, day not given", True)


def _joined(words: Iterable[str]) -> str:
    return ", ".join(words)
