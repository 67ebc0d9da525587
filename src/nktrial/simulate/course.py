"""The clinical course of a virtual patient: adverse events, marrow, GVHD, follow-up, and the truth about them.

Definition
    The demonstration's two infants follow the founding study: refractory ALL and AML, cytological remission on day 28
    without measurable residual disease, no serious event in the first; in the second a cytokine release syndrome, low
    platelets and a rise of ALT, and acute GVHD of the skin. A random patient's course is drawn. Events of platelets
    and ALT have the CTCAE v5.0 grade of the true value at its worst.

Not decided here
    Laboratory values (``laboratory``). The courses are stories to test with and estimate nothing.
"""

from dataclasses import dataclass
from typing import Final

from nktrial.core.digest import Json
from nktrial.simulate.laboratory import (
    LIMITS,
    NADIR_DAY,
    Toxicity,
    engraftment_day,
    laboratory_of,
)
from nktrial.simulate.patient import VirtualPatient
from nktrial.simulate.streams import stream

__all__ = ["EMERGENT_DAYS", "Course", "Event", "Marrow", "course_of", "course_truth"]

EMERGENT_DAYS: Final = 28
SCREENING_DAY: Final = -8
MARROW_DAYS: Final = (28, 56, 100)
CHRONIC_FROM_DAY: Final = 100
PLATELET_LIMITS: Final = (75.0, 50.0, 25.0)  # CTCAE v5.0, 10^9/L: grades 2, 3, 4 are below
ALT_LIMITS: Final = (3.0, 5.0, 20.0)  # CTCAE v5.0, multiples of the upper limit: grades 2, 3, 4 are above
BLASTS_IN_REMISSION_PCT: Final = 5.0


@dataclass(frozen=True, slots=True)
class Event:
    """One adverse event, as its columns are called."""

    term: str
    grade: int
    onset: int
    resolved: int
    of_grade: int
    serious: str
    relatedness: str
    pt: str
    soc: str

    @property
    def emergent(self) -> bool:
        """Tell whether it began in the window from the infusion on day 0."""
        return 0 <= self.onset <= EMERGENT_DAYS


@dataclass(frozen=True, slots=True)
class Marrow:
    """One marrow assessment: true share of blasts in percent, and residual disease of so many cells measured."""

    day: int
    blasts_pct: float
    mrd_events: int
    mrd_denominator: int


@dataclass(frozen=True, slots=True)
class Course:
    """What happens to one patient; days after the first NK infusion, None where it does not happen."""

    toxicity: Toxicity
    events: tuple[Event, ...]
    diagnosis_day: int
    marrow: tuple[Marrow, ...]
    skin_stages: tuple[tuple[int, int], ...]
    weight_kg: float
    last_contact_day: int
    relapse_day: int | None = None
    death_day: int | None = None


@dataclass(frozen=True, slots=True)
class _Story:
    """What a course is made from."""

    toxicity: Toxicity
    crs_grade: int
    blasts_pct: tuple[float, float]
    skin_stage: int
    late_infection: bool
    last_contact_day: int
    relapse_day: int | None = None
    death_day: int | None = None


STORIES: Final = {
    "INF-01": _Story(Toxicity(0.3, 0.2, 8.0), 0, (14.0, 1.0), 0, late_infection=False, last_contact_day=160),
    "INF-02": _Story(Toxicity(0.79, 2.4, 155.0), 2, (22.0, 2.5), 2, late_infection=True, last_contact_day=152),
}


def course_of(seed: int, patient: VirtualPatient) -> Course:
    """Return the course of a patient: always the same for the same seed and patient."""
    rng = stream(seed, patient.subject_id, "course")
    weight_kg = round(3.5 + 0.018 * (patient.age_days_at_hsct - patient.transplant_day) + float(rng.normal(0, 0.3)), 1)
    denominators = [int(rng.integers(550, 900)) * 1000 for _ in range(len(MARROW_DAYS) + 2)]
    story = STORIES.get(patient.subject_id) or _drawn_story(seed, patient.subject_id)
    return Course(
        toxicity=story.toxicity,
        events=_events(patient, story),
        diagnosis_day=patient.transplant_day - min(120, patient.age_days_at_hsct // 2),
        marrow=_marrow(story, denominators),
        skin_stages=tuple(
            (day, stage) for day, stage in ((24, story.skin_stage), (60, 0)) if day < (story.death_day or day + 1)
        ),
        weight_kg=weight_kg,
        last_contact_day=story.last_contact_day,
        relapse_day=story.relapse_day,
        death_day=story.death_day,
    )


def course_truth(patient: VirtualPatient, course: Course, laboratory_days: tuple[int, ...]) -> dict[str, Json]:
    """Return the truth about a course, as truth.json holds it."""
    emergent = [event for event in course.events if event.emergent]
    responses = [
        marrow.day for marrow in course.marrow if marrow.day > 0 and marrow.blasts_pct < BLASTS_IN_REMISSION_PCT
    ]
    first = next((marrow for marrow in course.marrow if marrow.day in responses), None)
    skin = max((stage for _, stage in course.skin_stages), default=0)
    worst = {event.term: max(item.grade for item in emergent if item.term == event.term) for event in emergent}
    return {
        "responded": bool(responses),
        "first_remission_day": responses[0] if responses else None,
        "mrd_negative": first is not None and first.mrd_events == 0,
        "relapse_day": course.relapse_day,
        "death_day": course.death_day,
        "last_contact_day": course.last_contact_day,
        "emergent_window_days": EMERGENT_DAYS,
        "events": [
            {"term": event.term, "grade": event.grade, "day_onset": event.onset, "emergent": event.emergent}
            for event in course.events
        ],
        "worst_emergent_grade": max(worst.values(), default=None),
        "worst_emergent_grades": dict(worst),
        "acute_gvhd_skin_stage": skin,
        "neutrophil_engraftment_day": engraftment_day(patient, course.toxicity, laboratory_days, "ANC"),
        "platelet_engraftment_day": engraftment_day(patient, course.toxicity, laboratory_days, "PLT"),
        "laboratory_at_nadir": {
            "day": NADIR_DAY,
            **{
                test: round(float(getattr(laboratory_of(patient, course.toxicity, NADIR_DAY), test.lower())), 4)
                for test in LIMITS
            },
        },
    }


def _drawn_story(seed: int, subject_id: str) -> _Story:
    """Draw a random patient's story."""
    rng = stream(seed, subject_id, "story")
    remission = bool(rng.random() < 0.6)
    after = round(float(rng.uniform(0.5, 4.0) if remission else rng.uniform(8.0, 60.0)), 1)
    relapse = int(rng.integers(66, 95)) if remission and rng.random() < 0.35 else None
    death = int(rng.integers(105, 180)) if (relapse or not remission) and rng.random() < 0.5 else None
    toxicity = Toxicity(float(rng.uniform(0.1, 0.9)), float(rng.uniform(0.1, 2.5)), float(rng.uniform(0.0, 300.0)))
    last = death if death is not None else int(rng.integers(110, 200))
    before = round(float(rng.uniform(6.0, 60.0)), 1)
    crs, skin = int(rng.choice([0, 0, 1, 2, 3])), int(rng.integers(0, 4))
    return _Story(toxicity, crs, (before, after), skin, bool(rng.random() < 0.3), last, relapse, death)


def _events(patient: VirtualPatient, story: _Story) -> tuple[Event, ...]:
    """Return the adverse events in the order of onset."""
    before = patient.transplant_day
    events = [
        Event("Mucositis oral", 3, before + 7, before + 18, before + 9, "no", "unrelated", "Stomatitis",
              "Gastrointestinal disorders"),
        Event("Fever", 1, 0, 1, 0, "no", "possible", "Pyrexia",
              "General disorders and administration site conditions"),
    ]  # fmt: skip
    if story.crs_grade:
        serious = "yes" if story.crs_grade > 1 else "no"
        name = "Cytokine release syndrome"
        events.append(Event(name, story.crs_grade, 1, 4, 2, serious, "probable", name, "Immune system disorders"))
    nadir = laboratory_of(patient, story.toxicity, NADIR_DAY)
    for term, grade in (
        ("Platelet count decreased", 1 + sum(nadir.plt < limit for limit in PLATELET_LIMITS)),
        ("Alanine aminotransferase increased", 1 + sum(nadir.alt / LIMITS["ALT"][1] > limit for limit in ALT_LIMITS)),
    ):
        if grade > 1:
            events.append(Event(term, grade, 5, 30, NADIR_DAY, "no", "possible", term, "Investigations"))
    if story.late_infection:
        name = "Device related infection"
        events.append(Event(name, 3, 61, 75, 62, "yes", "unrelated", name, "Infections and infestations"))
    return tuple(events)


def _marrow(story: _Story, denominators: list[int]) -> tuple[Marrow, ...]:
    """Return the marrow assessments: at screening, on the planned days, and on the day of relapse."""
    before, after = story.blasts_pct
    remission = after < BLASTS_IN_REMISSION_PCT
    days = {SCREENING_DAY: before} | dict.fromkeys(MARROW_DAYS, after)
    if story.relapse_day is not None:
        days = {day: pct for day, pct in days.items() if day < story.relapse_day} | {story.relapse_day: 35.0}
    found = []
    for (day, pct), cells in zip(sorted(days.items()), denominators, strict=False):
        clean = remission and pct < BLASTS_IN_REMISSION_PCT
        found.append(Marrow(day, pct, 0 if clean else round(cells * pct / 100.0), cells))
    return tuple(found)
