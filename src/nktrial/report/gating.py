"""The gating hierarchy of each sample: pictures, counts, and the quality of its files."""

from collections.abc import Sequence
from dataclasses import dataclass

from nktrial.figures.catalog import PlannedFigure
from nktrial.model.results import GateView, PopulationCount, SubjectResults
from nktrial.report.number import Number, Numbers
from nktrial.report.placed_figures import names_of
from nktrial.report.quality import QualityBlock, quality_blocks

__all__ = ["GateBlock", "GateRow", "gate_blocks"]


@dataclass(frozen=True, slots=True)
class GateRow:
    """One gate's counts."""

    file: str
    path: str
    depth: int
    leaf: str
    count: Number
    parent_count: Number
    percent: Number | None


@dataclass(frozen=True, slots=True)
class GateBlock:
    """The hierarchy of one sample: pictures, and the counts of every gate, drawn or not."""

    sample_id: str
    files: tuple[str, ...]
    figures: tuple[str, ...]
    rows: tuple[GateRow, ...]
    quality: tuple[QualityBlock, ...]
    chosen: bool


def gate_blocks(subject: SubjectResults, plan: Sequence[PlannedFigure], numbers: Numbers) -> tuple[GateBlock, ...]:
    """Return one block a sample; the endpoint's sample is marked and comes first."""
    blocks = []
    counted = subject.populations or subject.gates
    for sample_id in dict.fromkeys(item.sample_id for item in counted):
        gates = [item for item in counted if item.sample_id == sample_id]
        blocks.append(
            GateBlock(
                sample_id=sample_id,
                files=tuple(dict.fromkeys(gate.file for gate in gates)),
                figures=names_of(plan, "gates", sample_id),
                rows=tuple(_gate_row(gate, numbers) for gate in gates),
                quality=quality_blocks(subject, sample_id, plan, numbers),
                chosen=sample_id == subject.expansion.sample_id,
            )
        )
    return tuple(sorted(blocks, key=lambda block: not block.chosen))


def _gate_row(gate: GateView | PopulationCount, numbers: Numbers) -> GateRow:
    share = numbers.percent(gate.count / gate.parent_count, gate.record) if gate.parent_count else None
    return GateRow(
        file=gate.file,
        path=gate.path,
        depth=gate.path.count("/"),
        leaf=gate.path.rsplit("/", 1)[-1],
        count=numbers.count(gate.count, gate.record),
        parent_count=numbers.count(gate.parent_count, gate.record),
        percent=share,
    )
