"""One typed cell fraction: shares, loci, findings, trace."""

from collections.abc import Sequence
from dataclasses import dataclass

from nktrial.figures.catalog import PlannedFigure
from nktrial.figures.chimerism import ROLE_WORDS, dropped_person, dropped_words
from nktrial.figures.wording import day_text
from nktrial.model.results import ChimerismView, LocusView, SubjectResults
from nktrial.report.number import Measured, Number, Numbers
from nktrial.report.placed_figures import names_of
from nktrial.report.trail import NoteGroup, grouped, notes

__all__ = ["ChimerismBlock", "ContributorRow", "LocusRow", "chimerism_blocks"]


@dataclass(frozen=True, slots=True)
class ContributorRow:
    """One person's share."""

    person: str
    role: str
    share: Measured


@dataclass(frozen=True, slots=True)
class LocusRow:
    """One locus: alleles with seen and expected heights, the classical estimate, why it was left out.

    ``dropped``: the classical estimate is an end of the scale because alleles lie below the calling threshold.
    """

    marker: str
    informative: str
    peaks: tuple[tuple[str, Number, Number], ...]
    classical: Number | None
    used: bool
    note: str
    dropped: bool


@dataclass(frozen=True, slots=True)
class ChimerismBlock:
    """One typed cell fraction of one sample; ``dropped``: what the marks of drop-out mean."""

    day: str
    sample_id: str
    fraction: str
    file: str
    chosen: bool
    decides: bool
    contributors: tuple[ContributorRow, ...]
    classical: Number | None
    lod: Number | None
    loci_used: Number
    loci: tuple[LocusRow, ...]
    dropped: tuple[str, ...]
    figures: tuple[str, ...]
    traces: tuple[str, ...]
    trace_record: str
    findings: tuple[NoteGroup, ...]
    record: str


def chimerism_blocks(
    subject: SubjectResults, plan: Sequence[PlannedFigure], numbers: Numbers
) -> tuple[ChimerismBlock, ...]:
    """Return the patient's typed cell fractions, the one that entered the endpoint first."""
    blocks = [
        _block(view, names_of(plan, "chimerism", str(place)), names_of(plan, "trace", str(place)), subject, numbers)
        for place, view in enumerate(subject.chimerism)
    ]
    return tuple(sorted(blocks, key=lambda block: not block.decides))


def _block(
    view: ChimerismView, figures: tuple[str, ...], traces: tuple[str, ...], subject: SubjectResults, numbers: Numbers
) -> ChimerismBlock:
    record = numbers.known(view.record)
    classical, lod = view.classical_share, view.lod
    dropped = [dropped_person(view, locus) for locus in view.loci]
    return ChimerismBlock(
        day=day_text(view.day),
        sample_id=view.sample_id,
        fraction=view.fraction_typed,
        file=view.file,
        chosen=view.chosen,
        decides=view.chosen and view.sample_id == subject.expansion.sample_id,
        contributors=tuple(
            ContributorRow(
                share.person,
                ROLE_WORDS.get(share.role, share.role),
                numbers.measured_percent(share.share, share.low, share.high, record),
            )
            for share in view.contributors
        ),
        classical=None if classical is None else numbers.percent(classical, record),
        lod=None if lod is None else numbers.percent(lod, record),
        loci_used=numbers.count(view.loci_used, record),
        loci=tuple(_locus_row(view, locus, record, numbers) for locus in view.loci),
        dropped=tuple(dict.fromkeys(dropped_words(person) for person in dropped if person is not None)),
        figures=figures,
        traces=traces,
        trace_record="" if view.trace is None else numbers.known(view.trace.record),
        findings=grouped(notes(view.findings, record)),
        record=record,
    )


def _locus_row(view: ChimerismView, locus: LocusView, record: str, numbers: Numbers) -> LocusRow:
    heights = zip(locus.alleles, locus.observed_rfu, locus.expected_rfu, strict=True)
    share = locus.classical_share
    return LocusRow(
        marker=locus.marker,
        informative=locus.informative,
        peaks=tuple(
            (allele, numbers.height(seen, record), numbers.height(expected, record))
            for allele, seen, expected in heights
        ),
        classical=None if share is None else numbers.percent(share, record),
        used=locus.used,
        note=locus.note,
        dropped=dropped_person(view, locus) is not None,
    )
