"""The page's end: methods, inputs, findings, and every record with its parents."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from nktrial.core.digest import Json
from nktrial.figures.wording import count_text
from nktrial.model.origin import Finding, Record, Source
from nktrial.model.results import StudyResults
from nktrial.report.number import SHORT

__all__ = [
    "Entry",
    "Input",
    "MethodRow",
    "Note",
    "NoteGroup",
    "Parent",
    "Trail",
    "grouped",
    "notes",
    "shortened",
    "trail_of",
]

LONGEST_TEXT: Final = 72
LONGEST_LIST: Final = 12
KEPT: Final = 4
UNFOLDED: Final = 4
LONGEST_ENTRY: Final = 480
SEVERITY_ORDER: Final = {"error": 0, "warning": 1, "info": 2}
SEVERITY_WORDS: Final = {"error": "missing", "warning": "caution", "info": "note"}


@dataclass(frozen=True, slots=True)
class Note:
    """A finding for the reader. ``word`` says its weight without colour; ``record`` may be empty."""

    code: str
    severity: str
    word: str
    subject: str
    message: str
    record: str = ""


@dataclass(frozen=True, slots=True)
class NoteGroup:
    """Findings of one code; ``folded``: so many that the page shows the first and folds the rest."""

    code: str
    notes: tuple[Note, ...]
    folded: bool


@dataclass(frozen=True, slots=True)
class MethodRow:
    """One method with its publication and how many records it made."""

    label: str
    source: str
    records: str


@dataclass(frozen=True, slots=True)
class Input:
    """One file that was read. ``anchor`` is empty where another file with the same bytes already has it."""

    name: str
    kind: str
    size: str
    sha256: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Parent:
    """A record's parent: ``href`` leads to its entry or to the file; empty where the page has neither."""

    href: str
    words: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One record of the appendix."""

    id: str
    kind: str
    method: str
    parameters: str
    value: str
    parents: tuple[Parent, ...]
    findings: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class Trail:
    """All that a reader needs to walk from a number to the bytes."""

    methods: tuple[MethodRow, ...]
    inputs: tuple[Input, ...]
    findings: tuple[NoteGroup, ...]
    entries: tuple[Entry, ...]


def trail_of(results: StudyResults) -> Trail:
    """Return the page's end.

    Parameters
    ----------
    results : StudyResults
        The study.

    Returns
    -------
    Trail
        Records in the order of a walk down from each patient's endpoint, then the others by kind and id.
    """
    records = _walk_order(results)
    return Trail(
        methods=_methods(records),
        inputs=_inputs(results.sources),
        findings=grouped(_all_findings(results, records)),
        entries=tuple(_entry(record, results) for record in records),
    )


def notes(findings: Iterable[Finding], record: str = "") -> tuple[Note, ...]:
    """Return findings for the reader: what is missing first, then cautions, then notes; none twice."""
    unique = {(item.code, item.subject, item.message): item for item in findings}.values()
    ordered = sorted(unique, key=lambda item: SEVERITY_ORDER[item.severity])
    return tuple(
        Note(item.code, item.severity, SEVERITY_WORDS[item.severity], item.subject, item.message, record)
        for item in ordered
    )


def grouped(found: Sequence[Note]) -> tuple[NoteGroup, ...]:
    """Return findings by weight and code, in the order in which each first stands."""
    groups: dict[tuple[str, str], list[Note]] = {}
    for note in found:
        groups.setdefault((note.severity, note.code), []).append(note)
    return tuple(NoteGroup(code, tuple(group), len(group) > UNFOLDED) for (_, code), group in groups.items())


def shortened(value: Json) -> Json:
    """Return a value with long texts and long lists cut, each cut saying how much was left out."""
    match value:
        case str() if len(value) > LONGEST_TEXT:
            return f"{value[: KEPT * 4]}… ({count_text(len(value))} characters)"
        case str() | bool() | int() | float() | None:
            return value
        case Mapping():
            return {str(key): shortened(item) for key, item in value.items()}
        case _ if len(value) > LONGEST_LIST:
            return [*(shortened(item) for item in value[:KEPT]), f"… ({count_text(len(value))} items)"]
        case _:
            return [shortened(item) for item in value]


def _walk_order(results: StudyResults) -> list[Record]:
    """Return every record once: depth first from each endpoint, then the rest."""
    order: dict[str, Record] = {}
    rest = sorted(results.records.values(), key=lambda record: (record.kind, record.id))
    for start in [*(subject.expansion.record for subject in results.subjects), *(record.id for record in rest)]:
        stack = [start]
        while stack:
            found = results.records.get(stack.pop())
            if found is not None and found.id not in order:
                order[found.id] = found
                stack.extend(reversed(found.parents))
    return list(order.values())


def _methods(records: Sequence[Record]) -> tuple[MethodRow, ...]:
    made: dict[tuple[str, str], int] = {}
    for record in records:
        key = (record.method.label, record.method.source)
        made[key] = made.get(key, 0) + 1
    return tuple(MethodRow(label, source, count_text(number)) for (label, source), number in sorted(made.items()))


def _inputs(sources: Sequence[Source]) -> tuple[Input, ...]:
    anchored: set[str] = set()
    rows = []
    for source in sorted(sources, key=lambda item: (item.name, item.sha256)):
        anchor = "" if source.sha256 in anchored else f"s-{source.sha256}"
        anchored.add(source.sha256)
        rows.append(Input(source.name, source.kind, count_text(source.size), source.sha256, anchor))
    return tuple(rows)


def _all_findings(results: StudyResults, records: Sequence[Record]) -> tuple[Note, ...]:
    """Return every finding of the study once, with its record where it has one."""
    noted: dict[tuple[str, str, str], Note] = {}
    for record in records:
        for note in notes(record.findings, record.id):
            noted.setdefault((note.code, note.subject, note.message), note)
    for note in notes(_findings_outside_records(results)):
        noted.setdefault((note.code, note.subject, note.message), note)
    return tuple(sorted(noted.values(), key=lambda note: (SEVERITY_ORDER[note.severity], note.code, note.subject)))


def _findings_outside_records(results: StudyResults) -> Iterator[Finding]:
    yield from results.findings
    for subject in results.subjects:
        yield from subject.findings
        yield from subject.expansion.cautions
        for view in subject.chimerism:
            yield from view.findings


def _entry(record: Record, results: StudyResults) -> Entry:
    names = {source.sha256: source.name for source in reversed(results.sources)}
    return Entry(
        id=record.id,
        kind=record.kind,
        method=record.method.label,
        parameters=_json(record.parameters) if record.parameters else "",
        value=_json(record.value),
        parents=tuple(_parent(identity, results.records, names) for identity in record.parents),
        findings=notes(record.findings),
    )


def _parent(identity: str, records: Mapping[str, Record], names: Mapping[str, str]) -> Parent:
    if identity in records:
        return Parent(f"#r-{identity}", f"{records[identity].kind} {identity[:SHORT]}")
    if identity in names:
        return Parent(f"#s-{identity}", names[identity])
    return Parent("", f"{identity} (not among the results)")


def _json(value: Json) -> str:
    """Return a value as text that fits an entry."""
    text = json.dumps(shortened(value), ensure_ascii=False, sort_keys=True)
    return text if len(text) <= LONGEST_ENTRY else f"{text[:LONGEST_ENTRY]}… ({count_text(len(text))} characters)"
