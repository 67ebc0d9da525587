"""The gating hierarchy of each sample: pictures and counts."""

from collections.abc import Sequence
from dataclasses import dataclass

from nktrial.figures.catalog import PlannedFigure
from nktrial.model.results import GateView, SubjectResults
from nktrial.report.number import Number, Numbers
from nktrial.report.placed_figures import names_of

__all__ = ["GateBlock", "GateRow", "gate_blocks"]


@dataclass(frozen=True, slots=True)
class GateRow:
    """One gate's counts."""

    path: str
    depth: int
    leaf: str
    count: Number
    parent_count: Number
    percent: Number | None


@dataclass(frozen=True, slots=True)
class GateBlock:
    """The hierarchy of one sample: pictures and counts."""

    sample_id: str
    files: tuple[str, ...]
    figures: tuple[str, ...]
    rows: tuple[GateRow, ...]
    chosen: bool


def gate_blocks(subject: SubjectResults, plan: Sequence[PlannedFigure], numbers: Numbers) -> tuple[GateBlock, ...]:
    """Return one block a sample; the endpoint's sample is marked and comes first."""
    blocks = []
    for sample_id in dict.fromkeys(gate.sample_id for gate in subject.gates):
        gates = [gate for gate in subject.gates if gate.sample_id == sample_id]
        blocks.append(
            GateBlock(
                sample_id=sample_id,
                files=tuple(dict.fromkeys(gate.file for gate in gates)),
                figures=names_of(plan, "gates", sample_id),
                rows=tuple(_gate_row(gate, numbers) for gate in gates),
                chosen=sample_id == subject.expansion.sample_id,
            )
        )
    return tuple(sorted(blocks, key=lambda block: not block.chosen))


def _gate_row(gate: GateView, numbers: Numbers) -> GateRow:
    share = numbers.percent(gate.count / gate.parent_count, gate.record) if gate.parent_count else None
    return GateRow(
        path=gate.path,
        depth=gate.path.count("/"),
        leaf=gate.path.rsplit("/", 1)[-1],
        count=numbers.count(gate.count, gate.record),
        parent_count=numbers.count(gate.parent_count, gate.record),
        percent=share,
    )
