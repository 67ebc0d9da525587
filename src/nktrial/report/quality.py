"""Quality of a sample's FCS files: a line of shares, the steps, the course in time."""

from collections.abc import Sequence
from dataclasses import dataclass

from nktrial.figures.catalog import PlannedFigure
from nktrial.model.quality import QualityStep
from nktrial.model.results import QualityView, SubjectResults
from nktrial.report.number import Number, Numbers
from nktrial.report.placed_figures import names_of

__all__ = ["QualityBlock", "QualityRow", "quality_blocks"]

CHANNELS_NAMED = 3
RANGES_NAMED = 6


@dataclass(frozen=True, slots=True)
class QualityRow:
    """One step: the events that it doubts and their share of the file, or why it was not done."""

    name: str
    doubtful: Number | None
    share: Number | None
    aside: str


@dataclass(frozen=True, slots=True)
class QualityBlock:
    """One file. ``told`` are the steps that doubt events; without ``events``, ``reason`` says why it was not judged."""

    file: str
    events: Number | None
    doubtful: Number | None
    share: Number | None
    told: tuple[QualityRow, ...]
    rows: tuple[QualityRow, ...]
    in_order: bool
    figures: tuple[str, ...]
    reason: str
    record: str


def quality_blocks(
    subject: SubjectResults, sample_id: str, plan: Sequence[PlannedFigure], numbers: Numbers
) -> tuple[QualityBlock, ...]:
    """Return one block a file of the sample."""
    return tuple(
        _block(view, names_of(plan, "time", str(place)), numbers)
        for place, view in enumerate(subject.quality)
        if view.sample_id == sample_id
    )


def _block(view: QualityView, figures: tuple[str, ...], numbers: Numbers) -> QualityBlock:
    rows = tuple(_row(step, view, numbers) for step in view.steps)
    events = doubtful = share = None
    if view.events is not None and view.kept is not None:
        events, doubtful = (numbers.count(count, view.record) for count in (view.events, view.events - view.kept))
        share = numbers.percent(1.0 - view.kept / view.events, view.record) if view.events else None
    return QualityBlock(
        file=view.file,
        events=events,
        doubtful=doubtful,
        share=share,
        told=tuple(row for row, step in zip(rows, view.steps, strict=True) if step.removed),
        rows=rows,
        in_order=view.in_order,
        figures=figures,
        reason=view.reason,
        record=numbers.known(view.record),
    )


def _row(step: QualityStep, view: QualityView, numbers: Numbers) -> QualityRow:
    name = step.name.replace("_", " ")
    if step.skipped or not view.events:
        return QualityRow(name, None, None, f"not done: {step.skipped or 'no events'}")
    share = numbers.percent(step.removed / view.events, view.record)
    return QualityRow(name, numbers.count(step.removed, view.record), share, _aside(step, view))


def _aside(step: QualityStep, view: QualityView) -> str:
    """Name the channels that doubt most, and the stretches of time."""
    worst = sorted(step.channels.items(), key=lambda item: (-item[1], item[0]))[:CHANNELS_NAMED]
    parts = [", ".join(name for name, count in worst if count)]
    ranges = [item for item in view.bad_ranges if item.step == step.name]
    if ranges and not view.in_order:
        parts.append("judged in the order of the file")
    elif ranges and view.course is not None:
        spans = [
            f"{item.start_s:.4g} to {item.stop_s:.4g}" for item in ranges if None not in (item.start_s, item.stop_s)
        ]
        more = f" and {len(spans) - RANGES_NAMED} more" if len(spans) > RANGES_NAMED else ""
        parts.append(f"{', '.join(spans[:RANGES_NAMED])} {view.course.unit}{more}")
    return "; ".join(part for part in parts if part)
