"""The study's own structured abstract, written from the results: every number is one of theirs, with its record.

Definition
    Introduction and Methodology say what the protocol and the tables say; Results gives each endpoint that the study
    asks for, with exact limits and with those who are left out; Conclusion repeats the primary endpoints with their
    limits and what stands against believing them. An endpoint that was not asked for is not mentioned; one that is not
    evaluable is said to be so. Nothing is called safe, effective or significant.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from nktrial.figures.wording import day_text
from nktrial.model.cohort import Proportion
from nktrial.model.results import StudyResults, SubjectResults
from nktrial.report.number import Number, Numbers

__all__ = ["Paragraph", "Sentence", "abstract_of"]

Parts: TypeAlias = tuple[str | Number, ...]
MOST_NAMED: Final = 6  # patients that are named one by one


@dataclass(frozen=True, slots=True)
class Sentence:
    """Text and numbers in their order, and the records that the numbers come from, each once."""

    parts: Parts
    records: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One part of the abstract: a heading and its sentences."""

    heading: str
    sentences: tuple[Sentence, ...]


def abstract_of(results: StudyResults, numbers: Numbers) -> tuple[Paragraph, ...]:
    """Return the abstract; none for a study without patients.

    Raises
    ------
    MethodError
        NK-REP-01 a number's record is not among the results.
    """
    if not results.subjects or results.cohort is None:
        return ()
    found = {item.name: item for item in results.cohort.proportions}
    parts = (
        ("Introduction", _introduction(results)),
        ("Methodology", _methodology(results, numbers)),
        ("Results", _results(results, found, numbers)),
        ("Conclusion", _conclusion(results, found, numbers)),
    )
    return tuple(Paragraph(heading, tuple(_sentence(one) for one in sentences)) for heading, sentences in parts)


def _sentence(parts: Parts) -> Sentence:
    records = dict.fromkeys(part.record for part in parts if isinstance(part, Number))
    return Sentence(parts, tuple(records))


def _introduction(results: StudyResults) -> Iterator[Parts]:
    yield (f"Did donor NK cells expand in the blood after they were infused ({_line(results)})?",)
    asked = [
        words
        for words, is_asked in (
            ("adverse events", any(subject.safety for subject in results.subjects)),
            ("response of the leukemia", any(subject.response for subject in results.subjects)),
            ("activated regulatory T cells", any(subject.tregs for subject in results.subjects)),
        )
        if is_asked
    ]
    if asked:
        yield (f"The study also asked for {_and(asked)}.",)


def _methodology(results: StudyResults, numbers: Numbers) -> Iterator[Parts]:
    subjects = results.subjects
    diagnoses = Counter(subject.diagnosis for subject in subjects)
    by_diagnosis = _and([f"{number} with {diagnosis}" for diagnosis, number in sorted(diagnoses.items())])
    yield (f"{_patients(len(subjects))} ({by_diagnosis}) are in the study's tables.",)
    yield ("; ".join(f"{label}: {words}" for label, words in results.rule[:3]) + ".",)
    if len(subjects) <= MOST_NAMED:
        for subject in subjects:
            yield from _infusions(subject, numbers)
    versions = sorted({subject.safety.grade_version for subject in subjects if subject.safety is not None})
    windows = sorted({subject.safety.window_days for subject in subjects if subject.safety is not None})
    if versions:
        days = _and([str(window) for window in windows])
        yield (f"Adverse events were graded by {_and(versions)} and counted up to {days} days after an infusion.",)
    criteria = sorted({subject.response.criteria for subject in subjects if subject.response is not None})
    if any(criteria):
        yield (f"Response was assessed by {_and([item for item in criteria if item])}.",)


def _infusions(subject: SubjectResults, numbers: Numbers) -> Iterator[Parts]:
    """Say each patient's infusions, each with the record of its row."""
    given = [item for item in subject.course if item.lane == "NK infusion"]
    parts: list[str | Number] = []
    for item in given:
        dose = f", {item.level}" if item.level else ", dose not given"
        text = f"day {day_text(item.day)} {item.label}{dose}"
        parts += [
            "; " if parts else f"{subject.subject_id} received NK cells on ",
            Number(text, text, numbers.known(item.record)),
        ]
    if parts:
        yield (*parts, ".")


def _results(results: StudyResults, found: dict[str, Proportion], numbers: Numbers) -> Iterator[Parts]:
    yield from _expansion(results, found, numbers)
    for name, words in (
        ("any_event", "had any treatment-emergent adverse event"),
        ("grade_3", "had a treatment-emergent event of grade 3 or higher"),
        ("serious", "had a serious treatment-emergent event"),
        ("dlt", "had a dose-limiting toxicity"),
        ("complete_remission", "reached a complete remission of any kind"),
        ("cytological_remission", "had a cytological remission of the marrow"),
        ("mrd_negative", "became negative for minimal residual disease"),
    ):
        if name in found:
            yield from _said(found[name], words, numbers)
    yield from _tregs(results.subjects, numbers)
    if "no_systemic_il2" in found:
        yield from _said(found["no_systemic_il2"], "received no systemic IL-2", numbers)


def _expansion(results: StudyResults, found: dict[str, Proportion], numbers: Numbers) -> Iterator[Parts]:
    yield from _said(found["expansion"], "met the definition of expansion", numbers)
    if len(results.subjects) > MOST_NAMED:
        return
    for subject in results.subjects:
        value = subject.expansion
        if value.value_per_ul is None or value.ci95 is None or value.day is None:
            continue
        low, high = (numbers.per_ul(limit, value.record) for limit in value.ci95)
        before = value.baseline
        earlier: Parts = () if before is None else (
            f", {'borderline; ' if value.borderline else ''}before the infusion ",
            numbers.per_ul(before.value_per_ul, before.record),
            "/µL.",
        )  # fmt: skip
        yield (
            f"{subject.subject_id}: ",
            numbers.per_ul(value.value_per_ul, value.record),
            f" donor NK cells/µL on day {day_text(value.day)} (95 % interval ",
            low,
            " to ",
            high,
            ")",
            *(earlier or (", borderline." if value.borderline else ".",)),
        )


def _tregs(subjects: Sequence[SubjectResults], numbers: Numbers) -> Iterator[Parts]:
    """Say how activated Treg changed in each patient, where few are."""
    asked = [(subject.subject_id, subject.tregs) for subject in subjects if subject.tregs is not None]
    if len(asked) > MOST_NAMED:
        return
    for who, tregs in asked:
        if tregs.status != "evaluable":
            yield (f"Activated Treg of {who} are not evaluable: {tregs.reason.rstrip('.')}.",)
            continue
        before, after = tregs.before, tregs.after
        if before is None or after is None or before.per_ul is None or after.per_ul is None:
            continue
        sentence: list[str | Number] = [
            f"Activated Treg of {who} were ",
            numbers.per_ul(before.per_ul, before.record),
            f"/µL on day {day_text(before.day)} and ",
            numbers.per_ul(after.per_ul, after.record),
            f"/µL on day {day_text(after.day)}",
        ]
        if tregs.ratio is not None and tregs.ratio_low is not None and tregs.ratio_high is not None:
            ratio, low, high = (
                numbers.ratio(number, tregs.record) for number in (tregs.ratio, tregs.ratio_low, tregs.ratio_high)
            )
            sentence += [", ", ratio, "-fold (95 % interval ", low, " to ", high, ")"]
        if tregs.of_cd4_ratio is not None:
            sentence += [", as a share of CD4+ cells ", numbers.ratio(tregs.of_cd4_ratio, tregs.record), "-fold"]
        origin = "not determined" if tregs.origin == "not determined" else f"the {tregs.origin}"
        yield (*sentence, f"; origin: {origin}.")


def _conclusion(results: StudyResults, found: dict[str, Proportion], numbers: Numbers) -> Iterator[Parts]:
    expansion = found["expansion"]
    if expansion.n == 0:
        yield ("Whether donor NK cells expanded cannot be said of any patient.",)
    else:
        yield (
            "The protocol's definition of expansion was met in ",
            *_of(expansion, numbers),
            "; a true share of ",
            *_limits(expansion, numbers),
            " is compatible with that.",
        )
    event = found.get("grade_3")
    if event is not None and event.n:
        yield (
            "Treatment-emergent events of grade 3 or higher occurred in ",
            *_of(event, numbers),
            ", which allows a true share of up to ",
            numbers.percent(event.high or 0.0, event.record),
            ".",
        )
    mixed = [subject.subject_id for subject in results.subjects if subject.expansion.origin == "nk_or_hsct_donor"]
    if mixed and len(mixed) <= MOST_NAMED:
        yield (
            f"In {_and(mixed)} one person gave graft and NK cells: the cells counted may have grown from the graft.",
        )
    elif mixed:
        yield (f"In {len(mixed)} patients one person gave graft and NK cells, which cannot be told apart.",)
    close = [subject.subject_id for subject in results.subjects if subject.expansion.borderline]
    if close and len(close) <= MOST_NAMED:
        yield (f"The decision is borderline in {_and(close)}.",)


def _said(proportion: Proportion, words: str, numbers: Numbers) -> Iterator[Parts]:
    """Say a proportion with its limits, and whom it leaves out."""
    if proportion.n == 0:
        reasons = _and(sorted({item.reason.rstrip(".") for item in proportion.left_out})[:3])
        yield (f"How many {words} cannot be said: {reasons}.",)
        return
    yield (*_of(proportion, numbers), f" {words} (exact 95 % limits ", *_limits(proportion, numbers), ").")
    out = proportion.left_out
    if out and len(out) <= MOST_NAMED:
        yield (f"Left out: {_and([f'{item.subject_id} ({item.reason.rstrip(chr(46))})' for item in out])}.",)
    elif out:
        yield (f"Left out: {len(out)} patients, in whom it could not be said.",)


def _of(proportion: Proportion, numbers: Numbers) -> Parts:
    """Write ``1 of 2 patients``, both numbers with their record."""
    count = numbers.count(proportion.x, proportion.record)
    return (count, " of ", numbers.count(proportion.n, proportion.record), f" {_noun(proportion.n)}")


def _limits(proportion: Proportion, numbers: Numbers) -> Parts:
    low, high = (numbers.percent(limit or 0.0, proportion.record) for limit in (proportion.low, proportion.high))
    return (low, " to ", high)


def _line(results: StudyResults) -> str:
    first, last = results.window
    sign = "≥" if results.comparison == ">=" else ">"
    return f"{sign} {results.threshold_per_ul:g} donor NK cells/µL, days {first} to {last}"


def _patients(number: int) -> str:
    return f"{number} {_noun(number)}"


def _noun(number: int) -> str:
    return "patient" if number == 1 else "patients"


def _and(words: Sequence[str]) -> str:
    """Join words: ``a, b and c``."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""
