"""Flow cytometry steps: one FCS file to its populations, its NK fraction and its pictures.

The functions run in any process: they take paths and the hashes that the files must have.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, TypeAlias

from nktrial.core.digest import Json
from nktrial.core.errors import MethodError, SourceError
from nktrial.cytometry.density import METHOD as DENSITY
from nktrial.cytometry.density import gate_densities
from nktrial.cytometry.fraction import METHOD as FRACTION
from nktrial.cytometry.fraction import population_fraction
from nktrial.cytometry.lymphocyte_gate import parts_lymphocytes
from nktrial.cytometry.nk_gate import METHOD as NK_GATE
from nktrial.cytometry.nk_gate import GateState, MarkerCheck, check_nk_gate
from nktrial.cytometry.strategy import METHOD as GATING
from nktrial.cytometry.strategy import Gated, gate_events
from nktrial.formats.fcs import read_fcs
from nktrial.formats.window import Window, open_source
from nktrial.model.events import EventMatrix
from nktrial.model.method import Method
from nktrial.model.origin import Finding, Record, Severity, Source
from nktrial.model.plan import ExpansionRule
from nktrial.pipeline.encode import array_text, extents_value, uncertain_value
from nktrial.pipeline.gates import FileGates, gates_of, read_gates
from nktrial.pipeline.ledger import Measured, Step

__all__ = [
    "FlowFile",
    "PanelGates",
    "count_of",
    "fraction_step",
    "gated_again",
    "gating_steps",
    "open_again",
    "population_steps",
    "read_again",
]

GateFiles: TypeAlias = tuple[tuple[str, str, str], ...]  # key, place, sha256

NK_FRACTION: Final = "nk_fraction"
GATE_CODES: Final[Mapping[GateState, tuple[str, Severity]]] = {
    "contradicted": ("NK-RUN-30", "error"),
    "doubtful": ("NK-RUN-31", "warning"),
    "unchecked": ("NK-RUN-32", "warning"),
}


@dataclass(frozen=True, slots=True)
class PanelGates:
    """The gates of a panel: what decides them, and the files that they are made of.

    Parameters
    ----------
    method : Method
        Of gating.
    compat : str
        ``flowjo`` or empty, as the panel says.
    files : tuple of (str, Source, Path)
        Key in study.toml (``gates``, ``markers``, ``overrides``), identity, place; the gates first.
    """

    method: Method
    compat: str
    files: tuple[tuple[str, Source, Path], ...]


@dataclass(frozen=True, slots=True)
class FlowFile:
    """An FCS file of a sample with the gates of its panel.

    Parameters
    ----------
    sample_id : str
        The tube.
    fcs : Source
        Identity of the file.
    path : Path
        Where it lies.
    gates : PanelGates
        What is gated.
    """

    sample_id: str
    fcs: Source
    path: Path
    gates: PanelGates

    @property
    def parents(self) -> tuple[str, ...]:
        """Hashes of all files that decide the gates' events."""
        return self.fcs.sha256, *(source.sha256 for _, source, _ in self.gates.files)

    @property
    def arguments(self) -> tuple[Any, ...]:
        """Return what a step's function needs, in its order."""
        files = tuple((key, str(path), source.sha256) for key, source, path in self.gates.files)
        return str(self.path), self.fcs.name, self.fcs.sha256, files, self.gates.compat


def gating_steps(file: FlowFile, rule: ExpansionRule) -> tuple[Step, Step, Step]:
    """Return the steps that count a file's populations, draw its gates' densities and look at its NK gate."""
    parents, method = file.parents, file.gates.method
    how: dict[str, Json] = {"compat": file.gates.compat} if file.gates.compat else {}
    counts = Step("fcs.counts", method, how, parents, measure_counts, file.arguments, file.fcs.name)
    pictures = Step("fcs.densities", DENSITY, how, parents, measure_densities, file.arguments, file.fcs.name)
    parameters: dict[str, Json] = {"nk_cells": rule.nk_cells, "lymphocytes": rule.lymphocytes} | how
    arguments = (*file.arguments, rule.nk_cells, rule.lymphocytes)
    nk_gate = Step("fcs.nk_gate", NK_GATE, parameters, parents, measure_nk_gate, arguments, file.fcs.name)
    return counts, pictures, nk_gate


def fraction_step(counts: Record, nk_cells: str, lymphocytes: str) -> Step:
    """Return the step that makes a fraction with its distribution of two populations' counts."""
    parameters: dict[str, Json] = {"numerator": nk_cells, "denominator": lymphocytes}
    arguments = (counts.value, nk_cells, lymphocytes)
    subject = f"{nk_cells} of {lymphocytes}"
    return Step(NK_FRACTION, FRACTION, parameters, (counts.id,), measure_fraction, arguments, subject)


def population_steps(counts: Record) -> dict[str, Step]:
    """Return the steps that give each population's count a record of its own, by gate path."""
    value: Any = counts.value
    steps: dict[str, Step] = {}
    for item in value["populations"]:
        parameters: dict[str, Json] = {"path": item["path"]}
        steps[item["path"]] = Step(
            "population", GATING, parameters, (counts.id,), measure_population, (item,), str(item["path"])
        )
    return steps


def measure_population(item: Any) -> Measured:
    """Return one population's count."""
    return Measured({"path": item["path"], "count": item["count"], "parent_count": item["parent_count"]})


def measure_counts(path: str, name: str, sha256: str, files: GateFiles, compat: str) -> Measured:
    """Count the events of every gate."""
    matrix, found, gated = gated_again(path, name, sha256, files, compat)
    populations: list[Json] = [
        {"path": item.path, "gate": item.gate, "count": item.count, "parent_count": item.parent_count}
        for item in gated.populations
    ]
    value: dict[str, Json] = {
        "events": int(matrix.values.shape[0]),
        "populations": populations,
        "extents": extents_value(matrix.extents),
    }
    if found.unsupported:
        value["not_counted"] = [{"path": one.path, "reason": one.reason} for one in found.unsupported]
    return Measured(value, (*matrix.findings, *gated.findings))


def measure_densities(path: str, name: str, sha256: str, files: GateFiles, compat: str) -> Measured:
    """Draw the density of every gate's parent events on the gate's axes."""
    matrix, found, gated = gated_again(path, name, sha256, files, compat)
    pictures: list[Json] = [
        {
            "path": view.path,
            "parent_path": view.parent_path,
            "x_label": view.x_label,
            "y_label": view.y_label,
            "x_range": list(view.x_range),
            "y_range": list(view.y_range),
            "x_ticks": [list(tick) for tick in view.x_ticks],
            "y_ticks": [list(tick) for tick in view.y_ticks],
            "grid": array_text(view.counts.astype("<u4")),
            "grid_shape": list(view.counts.shape),
            "outline": [list(point) for point in view.outline],
            "count": view.count,
            "parent_count": view.parent_count,
        }
        for view in gate_densities(matrix, found.strategy, gated)
    ]
    return Measured({"pictures": pictures})


def measure_nk_gate(
    path: str, name: str, sha256: str, files: GateFiles, compat: str, nk_cells: str, lymphocytes: str
) -> Measured:
    """Look whether the protocol's NK gate holds CD56+ CD3- cells (NK-RUN-30 no, -31 in doubt, -32 not known).

    Nothing that parts lymphocytes from other leukocytes on the way to the lymphocyte gate is NK-RUN-34.
    """
    matrix, found, gated = gated_again(path, name, sha256, files, compat)
    check = check_nk_gate(matrix, found.strategy, gated, nk_cells=nk_cells, lymphocytes=lymphocytes)
    value: dict[str, Json] = {"state": check.state, "cd56": _marker_value(check.cd56), "cd3": _marker_value(check.cd3)}
    messages = {
        "contradicted": f"the gate {nk_cells!r} does not hold CD56+ CD3- cells: {check.reason}. Its count is not used.",
        "doubtful": f"The gate {nk_cells!r} may not hold CD56+ CD3- cells alone: {check.reason}.",
        "unchecked": f"It was not checked that the gate {nk_cells!r} holds CD56+ CD3- cells: {check.reason}.",
    }
    noted: tuple[Finding, ...] = ()
    if not parts_lymphocytes(matrix, found.strategy, gated.population(lymphocytes).gate):
        noted = (_undivided(name, lymphocytes),)
    if check.state == "confirmed":
        return Measured(value, noted)
    code, severity = GATE_CODES[check.state]
    finding = Finding(code, severity, name, messages[check.state], value)
    return Measured(None if severity == "error" else value, (finding, *noted))


def _undivided(name: str, lymphocytes: str) -> Finding:
    """Return the caution about a gate of lymphocytes that may hold all leukocytes."""
    return Finding(
        "NK-RUN-34",
        "warning",
        name,
        f"Nothing in the gate {lymphocytes!r} parts lymphocytes from other leukocytes: neither side scatter nor CD45 "
        "is bounded.",
    )


def _marker_value(marker: MarkerCheck) -> dict[str, Json]:
    return {"channel": marker.channel, "side": marker.side, "positive": marker.positive}


def measure_fraction(counts: Any, nk_cells: str, lymphocytes: str) -> Measured:
    """Return the fraction of one population in another, both counted in the same file."""
    inside, outside = count_of(counts, nk_cells), count_of(counts, lymphocytes)
    fraction = population_fraction(inside, outside)
    value: dict[str, Json] = {"count": inside, "parent_count": outside} | uncertain_value(fraction)
    return Measured(value)


def count_of(counts: Any, path: str) -> int:
    """Return a population's count by its gate path.

    Raises
    ------
    MethodError
        NK-RUN-02 the gates file has no such population; NK-RUN-41 it has, but it cannot be counted in this file.
    """
    known = {item["path"]: item["count"] for item in counts["populations"]}
    if path not in known:
        why = {item["path"]: item["reason"] for item in counts.get("not_counted", ())}
        reason = why.get(path) or why.get(path.rpartition("/")[2])
        if reason is not None:
            raise MethodError(
                "NK-RUN-41", f"population {path!r} is not counted in this file: {reason}.", remedy="See its gates."
            )
        raise MethodError(
            "NK-RUN-02",
            f"the gates have no population {path!r}; they have {', '.join(known)}.",
            where="study.toml [endpoint.expansion]",
            remedy="Name a gate path of the panel's gates file.",
        )
    return int(known[path])


def open_again(path: str, name: str, sha256: str, kind: str) -> tuple[Source, Window]:
    """Open a file that was hashed before, and make sure that it is still the same.

    Raises
    ------
    SourceError
        NK-RUN-03 it has changed since.
    """
    source, window = open_source(Path(path), name=name, kind=kind)
    if source.sha256 != sha256:
        raise SourceError(
            "NK-RUN-03", "the file changed during the run.", where=name, remedy="Run again when nobody writes to it."
        )
    return source, window


@lru_cache(maxsize=1)
def read_again(path: str, name: str, sha256: str) -> EventMatrix:
    """Read a file's events; the steps of one file follow each other and share them."""
    return read_fcs(open_again(path, name, sha256, "fcs")[1])


@lru_cache(maxsize=1)
def gated_again(
    path: str, name: str, sha256: str, files: GateFiles, compat: str
) -> tuple[EventMatrix, FileGates, Gated]:
    """Read and gate a file; the steps of one file follow each other and share this."""
    windows = {key: open_again(place, Path(place).name, known, "gatingml")[1] for key, place, known in files}
    gates = read_gates(windows["gates"], markers=windows.get("markers"), overrides=windows.get("overrides"))
    matrix = read_again(path, name, sha256)
    found = gates_of(gates, matrix, name, as_flowjo=compat == "flowjo")
    return matrix, found, gate_events(matrix, found.strategy, membership=True)
