"""What nktrial flow gate prints: counts as flow count gives them, and how each gate was found."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from nktrial.cli.flow_answer import fault_rows, finding_rows, show_faults, show_findings
from nktrial.cli.flow_jobs import Fault
from nktrial.cytometry.strategy import Gated
from nktrial.cytometry.templates.draw import METHOD
from nktrial.formats.window import printable
from nktrial.model.gate_report import DrawnCut, DrawnGate, DrawnGates
from nktrial.model.gates import Population
from nktrial.model.origin import Finding
from nktrial.model.template import Template

__all__ = ["Answer", "answer_json", "answer_text"]


@dataclass(frozen=True, slots=True)
class Answer:
    """One file: its gates, their counts, what was noticed."""

    path: Path
    drawn: DrawnGates
    gated: Gated
    findings: tuple[Finding, ...]


def answer_json(
    template: Template,
    answers: Sequence[Answer],
    faults: Sequence[Fault],
    notes: Sequence[Finding],
) -> str:
    """Return the answer as JSON."""
    body = {
        "template": template.name,
        "method": METHOD.label,
        "samples": [_sample(answer) for answer in answers],
        "faults": fault_rows(faults),
        "findings": finding_rows(notes),
    }
    return json.dumps(body, indent=1, allow_nan=False)


def _sample(answer: Answer) -> dict[str, Any]:
    """Return one file: populations that have a gate, then every population of the template with its gate's story."""
    counts = {item.gate: item for item in answer.gated.populations}
    return {
        "file": str(answer.path),
        "events": answer.gated.events,
        "excluded": answer.gated.excluded,
        "populations": [
            {"path": item.path, "count": item.count, "parent_count": item.parent_count}
            for item in answer.gated.populations
        ],
        "gates": [_gate(gate, counts.get(gate.population)) for gate in answer.drawn.gates],
        "findings": finding_rows(answer.findings),
    }


def _gate(gate: DrawnGate, counted: Population | None) -> dict[str, Any]:
    values = [bound for cut in gate.cuts for bound in (cut.low, cut.high) if bound is not None]
    return {
        "population": gate.population,
        "path": gate.path or None,
        "status": gate.status,
        "reason": gate.reason or None,
        "method": gate.method,
        "quality": gate.quality,
        "flags": list(gate.flags),
        "value": values[0] if len(values) == 1 else None,
        "count": None if counted is None else counted.count,
        "parent_count": None if counted is None else counted.parent_count,
        "cuts": [_cut(cut) for cut in gate.cuts],
        "evidence": _finite(gate.evidence),
    }


def _cut(cut: DrawnCut) -> dict[str, Any]:
    return {
        "marker": cut.marker,
        "channel": cut.channel,
        "side": cut.side,
        "method": cut.method,
        "low": cut.low,
        "high": cut.high,
        "scale_low": cut.scale_low,
        "scale_high": cut.scale_high,
        "quality": cut.quality,
        "problem": cut.problem or None,
        "events": cut.events,
        "evidence": _finite(cut.evidence),
    }


def _finite(evidence: Any) -> dict[str, float | None]:
    """Return numbers as JSON knows them: what is not finite is null."""
    return {name: float(value) if abs(value) < float("inf") else None for name, value in evidence.items()}


def answer_text(answers: Sequence[Answer], faults: Sequence[Fault], notes: Sequence[Finding]) -> None:
    """Print the answer for a reader; findings and faults go to standard error."""
    for answer in answers:
        click.echo(f"{printable(str(answer.path))}: {answer.gated.events:,} events")
        counts = {item.gate: item for item in answer.gated.populations}
        for gate in answer.drawn.gates:
            click.echo(_line(gate, counts.get(gate.population)))
        show_findings(finding_rows(answer.findings))
    show_findings(finding_rows(notes))
    show_faults(faults)


def _line(gate: DrawnGate, counted: Population | None) -> str:
    """Return one population's line."""
    if counted is None:
        name = gate.population
        state = "passed over" if gate.status == "skipped" else "not evaluable"
        return f"  {name:<48} {state}: {printable(gate.reason, 200)}"
    share = f"{100 * counted.count / counted.parent_count:6.2f} % of parent" if counted.parent_count else " " * 18
    quality = "" if gate.quality is None else f"  quality {gate.quality:.2f}"
    flags = f"  [{', '.join(gate.flags)}]" if gate.flags else ""
    return f"  {counted.path:<48} {counted.count:>9,}  {share}  {gate.method}{quality}{flags}"
