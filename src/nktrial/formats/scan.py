"""A proposal for files.csv from the raw files themselves; what is not certain is left empty with the reason.

Definition
    Each file's kind is told by its first bytes. File name, FCS keywords ($FIL, TUBE NAME, SAMPLE ID) and the sample
    name of a trace are searched for the study's own ids and for days. A sample is proposed where all labels agree on
    exactly one; every other cell that files.csv needs stays empty, and ``doubt`` says why. A row with a doubt is
    refused by ``read_study``. Labels themselves are not copied, as they may name a person.

Not decided here
    Anything that a person must decide.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from nktrial.core.errors import SourceError
from nktrial.formats.draft import Draft
from nktrial.formats.kits import kit_ids, load_kit
from nktrial.formats.paths import files_below
from nktrial.formats.scan_names import (
    LabelFacts,
    implied_donors,
    label_facts,
    names_control,
    names_ladder,
    names_reference,
)
from nktrial.formats.sniff import HEAD_BYTES, looks_like, sniff
from nktrial.formats.window import Window, open_mapped, printable
from nktrial.model.plan import StudyPlan

__all__ = ["PROPOSAL_COLUMNS", "ProposedFile", "propose_files"]

PROPOSAL_COLUMNS: Final = (
    *("path", "sample_id", "person_id", "kind", "role", "panel", "kit", "fraction", "run"),
    *("evidence", "doubt"),
)
FCS_LABELS: Final = ("$FIL", "TUBE NAME", "SAMPLE ID")
TEMPLATE_SCHEMA: Final = b"nktrial-template/"
KINDS: Final = {"fcs": "fcs", "abif": "abif", "peaks": "peaks", "genotypes": "peaks", "ngs": "ngs"}
MAX_FILES: Final = 100_000


@dataclass(slots=True)
class ProposedFile:
    """One row of the proposal. ``evidence`` and ``doubts`` are sentences."""

    path: str
    sample_id: str = ""
    person_id: str = ""
    kind: str = ""
    role: str = ""
    panel: str = ""
    kit: str = ""
    fraction: str = ""
    run: str = ""
    evidence: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)

    def cells(self) -> tuple[str, ...]:
        """Return the row in the order of `PROPOSAL_COLUMNS`."""
        row = (self.path, self.sample_id, self.person_id, self.kind, self.role, self.panel, self.kit, self.fraction)
        return (*row, self.run, "; ".join(self.evidence), "; ".join(self.doubts))


@dataclass(frozen=True, slots=True)
class _Label:
    """A text that may tell what a file is: the file's name, or a keyword in it."""

    source: str
    text: str


def propose_files(raw: Path, folder: Path, draft: Draft, plan: StudyPlan | None) -> tuple[ProposedFile, ...]:
    """Propose one row a file.

    Parameters
    ----------
    raw : Path
        Folder of instrument files.
    folder : Path
        The study folder.
    draft : Draft
        The study's rows so far; may be empty.
    plan : StudyPlan or None
        The protocol so far.
    """
    rows = [_proposed(path, raw, folder, draft, plan) for path in _raw_files(raw)]
    _note_rivals(rows)
    return tuple(rows)


def _note_rivals(rows: Sequence[ProposedFile]) -> None:
    """Note files that would be bound to one sample in one way."""
    seen: dict[tuple[str, ...], ProposedFile] = {}
    for row in rows:
        if row.role != "sample" or not row.sample_id:
            continue
        first = seen.setdefault((row.sample_id, row.kind, row.panel, row.fraction), row)
        if first is not row:
            row.doubts.append(f"{first.path} is proposed for the same sample; one of the two may be a repeat")


def _raw_files(raw: Path) -> list[Path]:
    """Return the regular files below a folder, without hidden ones and without following links."""
    regular = (path for path in files_below(raw) if path.is_file() and not path.is_symlink())
    return list(itertools.islice(regular, MAX_FILES))


def _unbound(path: Path, head: bytes) -> str:
    """Say what to do with a file that is bound to no sample: gates belong to a panel."""
    template = path.suffix.lower() == ".toml" and TEMPLATE_SCHEMA in head
    found = "a gating template" if template else looks_like(head)
    if template or sniff(head) in {"gatingml", "wsp"}:
        return f"the content is {found}: move it to gating/, name it as gates of a panel in study.toml; delete the row"
    return f"the content is {found}, which files.csv cannot bind; delete the row"


def _proposed(path: Path, raw: Path, folder: Path, draft: Draft, plan: StudyPlan | None) -> ProposedFile:
    """Propose the row of one file."""
    if path.resolve().is_relative_to(folder.resolve()):
        row = ProposedFile(path.resolve().relative_to(folder.resolve()).as_posix())
    else:
        row = ProposedFile(f"raw/{path.relative_to(raw).as_posix()}")
        row.doubts.append("the file lies outside the study folder: copy it to this path")
    labels = [_Label("file name", path.relative_to(raw).with_suffix("").as_posix())]
    if not _is_text(row.path):
        row.path = printable(row.path)
        row.doubts.append("the file's name is not UTF-8, so that files.csv cannot hold it: rename the file")
    try:
        window = open_mapped(path, name=row.path)
        head = bytes(window.take(0, min(window.size, HEAD_BYTES), "head"))
        row.kind = KINDS.get(sniff(head), "")
        if row.kind == "fcs":
            labels += _fcs_labels(window, row)
        elif row.kind == "abif":
            labels += _trace_labels(window, row, plan)
        elif not row.kind:
            row.doubts.append(_unbound(path, head))
    except SourceError as error:
        row.doubts.append(f"the file cannot be read: {error.code} {error.problem}")
    facts = _label_facts(labels, draft)
    row.evidence[:0] = [f"{fact.source}: {fact.found}" for fact in facts if fact.found]
    if row.kind:
        _bind(row, labels, facts, draft)
        _add_panel_and_kit(row, plan)
    return row


def _label_facts(labels: Sequence[_Label], draft: Draft) -> list[LabelFacts]:
    """Find what all labels say."""
    samples = [sample.sample_id for sample in draft.samples]
    subjects = [subject.subject_id for subject in draft.subjects]
    donors = {donor.donor_id for donor in draft.donors}
    for label in labels:
        donors |= implied_donors(label.text, subjects)
    return [label_facts(label.source, label.text, samples, subjects, donors) for label in labels]


def _is_text(name: str) -> bool:
    """Tell whether a file's name is UTF-8; Python shows the bytes of another name as lone surrogates."""
    return not any("\ud800" <= char <= "\udfff" for char in name)


def _fcs_labels(window: Window, row: ProposedFile) -> list[_Label]:
    """Read the keywords of an FCS file that may name its sample."""
    from nktrial.formats.fcs_header import read_header  # noqa: PLC0415
    from nktrial.formats.fcs_log import FcsLog  # noqa: PLC0415
    from nktrial.formats.fcs_text import merge_text, split_text  # noqa: PLC0415

    log = FcsLog(row.path)
    header = read_header(window, log)
    text = bytes(window.take(header.text.begin, header.text.length, "TEXT"))
    keywords = merge_text(split_text(text, log, "TEXT"), log)
    if keywords.get("$DATE"):
        row.evidence.append(f"$DATE: {keywords['$DATE'][:20]}")
    return [_Label(name, Path(keywords[name].replace("\\", "/")).stem) for name in FCS_LABELS if keywords.get(name)]


def _trace_labels(window: Window, row: ProposedFile, plan: StudyPlan | None) -> list[_Label]:
    """Read the sample name, the run and the number of dyes of a trace."""
    from nktrial.formats.abif import outline_abif  # noqa: PLC0415

    trace = outline_abif(window)
    facts = trace.facts
    started = "T".join(part for part in (facts.get("run_date", ""), facts.get("run_time", "")) if part)
    row.run = facts.get("run", "") or started
    fitting = [kit for kit in kit_ids() if len(load_kit(kit).dyes) == trace.dyes]
    declared = [kit for kit in fitting if plan is not None and kit in plan.kits]
    row.evidence.append(f"{trace.dyes} dyes, as {', '.join(fitting) or 'no kit that nktrial knows'}")
    if len(declared) == 1:
        row.kit = declared[0]
    else:
        row.doubts.append(f"which kit? {', '.join(declared or fitting) or 'none has this number of dyes'}")
    return [_Label("sample name", trace.sample_name)] if trace.sample_name else []


def _bind(row: ProposedFile, labels: Sequence[_Label], facts: Sequence[LabelFacts], draft: Draft) -> None:
    """Propose role, sample, person and cell fraction."""
    if row.kind == "abif" and any(names_ladder(label.text) for label in labels):
        row.role = "ladder"
        return
    if any(names_control(label.text) for label in labels):
        row.role = "control"
        row.evidence.append("a label names a control")
        return
    donors = {donor for fact in facts for donor in fact.donors}
    tube = any(fact.samples or fact.days for fact in facts)
    reference = row.kind != "fcs" and any(names_reference(label.text) for label in labels)
    if reference and not tube and not donors:
        _bind_recipient(row, facts)
        return
    samples = _samples(row, facts, draft)
    if len(samples) == 1:
        row.sample_id, row.role = samples[0], "sample"
        if row.kind != "fcs":
            _add_fraction(row, facts)
    elif row.kind != "fcs" and len(donors) == 1:
        _bind_donor(row, donors.pop(), draft)
    elif reference:
        _bind_recipient(row, facts)
    else:
        _leave_open(row, samples)


def _leave_open(row: ProposedFile, samples: Sequence[str]) -> None:
    """Say why no sample is proposed."""
    row.role = "sample" if row.kind == "fcs" else ""
    if samples:
        row.doubts.append(f"which sample? {', '.join(samples[:10])} fit")
    elif not row.doubts:
        row.doubts.append("no label names a sample of samples.csv")
    if not row.role:
        row.doubts.append("which role? sample, recipient_reference, donor_reference, ladder or control")


def _bind_donor(row: ProposedFile, donor: str, draft: Draft) -> None:
    """Propose the donor of a reference."""
    row.person_id, row.role = donor, "donor_reference"
    if donor not in {known.donor_id for known in draft.donors}:
        row.evidence.append("a donor by the form of the id; not in donors.csv yet")


def _bind_recipient(row: ProposedFile, facts: Sequence[LabelFacts]) -> None:
    """Propose the patient of a reference."""
    subjects = sorted({subject for fact in facts for subject in fact.subjects})
    row.role = "recipient_reference"
    if len(subjects) == 1:
        row.person_id = subjects[0]
    else:
        row.doubts.append(f"which patient? {', '.join(subjects) or 'no label names one'}")


def _samples(row: ProposedFile, facts: Sequence[LabelFacts], draft: Draft) -> list[str]:
    """Return the samples that agree with every label; note labels that contradict each other."""
    named = {sample for fact in facts for sample in fact.samples}
    possible = [sample for sample in draft.samples if not named or sample.sample_id in named]
    told = {"sample_id"} if named else set()
    for fact in facts:
        for what, values in (("subject_id", fact.subjects), ("day", fact.days)):
            if not values or (what == "subject_id" and fact.donors):
                continue
            fitting = [sample for sample in possible if getattr(sample, what) in values]
            if possible and not fitting:
                row.doubts.append(f"the {fact.source} contradicts the other labels or samples.csv ({fact.found})")
            told.add(what)
            possible = fitting
    certain = "sample_id" in told or told == {"subject_id", "day"}
    if not certain and possible and "subject_id" in told:
        shown = ", ".join(sample.sample_id for sample in possible[:10])
        row.doubts.append(f"which sample? the labels name the patient and no day; there is {shown}")
    return [sample.sample_id for sample in possible] if certain else []


def _add_fraction(row: ProposedFile, facts: Sequence[LabelFacts]) -> None:
    """Propose the cell fraction where one label names exactly one."""
    fractions = sorted({fraction for fact in facts for fraction in fact.fractions})
    if len(fractions) == 1:
        row.fraction = fractions[0]
    else:
        row.doubts.append(f"which cells' DNA was typed? {', '.join(fractions) or 'no label says'}")


def _add_panel_and_kit(row: ProposedFile, plan: StudyPlan | None) -> None:
    """Propose the only panel or kit of study.toml."""
    panels = list(plan.panels) if plan is not None else []
    if row.kind == "fcs" and row.role == "sample":
        if len(panels) == 1:
            row.panel = panels[0]
            row.evidence.append("the only panel of study.toml")
        else:
            row.doubts.append(f"which panel? {', '.join(panels) or 'study.toml names none'}")
    if row.kind == "peaks" and plan is not None and len(plan.kits) == 1:
        row.kit = next(iter(plan.kits))
        row.evidence.append("the only kit of study.toml")
