"""The gates files of a study's panels: read once, and asked for the protocol's gate paths.

Definition
    A gate path of the protocol that a readable gates file does not have is an error: no file of that panel could be
    evaluated. A gates file that cannot be read at all is a warning, as a broken raw file is: what rests on it is not
    evaluable when the study is run, and ``nktrial check`` calls it an error.

Not decided here
    Whether the files of a panel have the channels that its gates name (``study_check``).
"""

from collections.abc import Collection, Container, Iterator, Mapping
from pathlib import Path
from typing import Final, TypeAlias

from nktrial.core.errors import SourceError
from nktrial.formats.issues import IssueLog, suggestion
from nktrial.formats.plan import PLAN_FILE
from nktrial.formats.sniff import HEAD_BYTES, sniff
from nktrial.formats.window import Window, open_source, printable
from nktrial.model.gate_tree import gate_paths
from nktrial.model.gates import GatingStrategy
from nktrial.model.plan import Panel, StudyPlan
from nktrial.model.template import Template
from nktrial.model.workspace import Workspace

__all__ = ["UNUSABLE", "PanelGates", "read_panel_gates", "template_paths"]

PanelGates: TypeAlias = GatingStrategy | Workspace

MOST_SHOWN: Final = 6
TEMPLATES: Final = frozenset({"text", "table"})  # as sniff calls what may be one
UNUSABLE: Final = "What rests on it will not be evaluable when the study is run."


def read_panel_gates(folder: Path, plan: StudyPlan, opened: Container[str], log: IssueLog) -> Mapping[str, PanelGates]:
    """Read each panel's gates and look for the protocol's gate paths.

    Parameters
    ----------
    folder : Path
        The study folder.
    plan : StudyPlan
        The protocol.
    opened : container of str
        The files that could be opened; others have their issue already.
    log : IssueLog
        Takes NK-PLAN-15, NK-PLAN-50, and as warnings what the readers refuse.

    Returns
    -------
    mapping
        Panel id -> its gates, of the Gating-ML files and the workspaces that could be read.
    """
    strategies: dict[str, PanelGates] = {}
    by_file: dict[str, tuple[str, PanelGates | None]] = {}
    for panel in plan.panels.values():
        if panel.gates not in opened:
            continue
        if panel.gates not in by_file:
            by_file[panel.gates] = _gates_of_file(folder, panel.gates, plan, log)
        kind, strategy = by_file[panel.gates]
        if strategy is not None:
            strategies[panel.id] = strategy
        _check_beside(folder, panel, kind, opened, log)
    return strategies


def _gates_of_file(folder: Path, file: str, plan: StudyPlan, log: IssueLog) -> tuple[str, PanelGates | None]:
    """Return a gates file's kind, and its gates unless it is a template; no kind where it cannot be read."""
    try:
        _, window = open_source(folder / file, name=file, kind="gatingml")
        kind = sniff(bytes(window.take(0, min(window.size, HEAD_BYTES), "head")))
        strategy, paths = _gates_and_paths(window, kind)
    except SourceError as error:
        _note_unreadable(file, error, log)
        return "", None
    for key, wanted in _wanted(plan, file):
        _note_absent_gate(paths, file, key, wanted, log)
    return kind, strategy


def _wanted(plan: StudyPlan, file: str) -> Iterator[tuple[str, str]]:
    """Yield the keys and gate paths that the protocol asks of a gates file, by the panels that use it."""
    users = {panel.id for panel in plan.panels.values() if panel.gates == file}
    if users & plan.nk_panels:
        yield "endpoint.expansion.lymphocytes", plan.expansion.lymphocytes
        yield "endpoint.expansion.nk_cells", plan.expansion.nk_cells
    if plan.treg is not None and plan.treg.panel in users:
        yield from ((f"endpoint.treg.{key}", path) for key, path in plan.treg.gates.items())


def _note_unreadable(file: str, error: SourceError, log: IssueLog) -> None:
    """Note what a reader refuses, as a warning: it stops nothing but what rests on the file."""
    log.add(error.code, file, error.problem, f"{error.remedy} {UNUSABLE}".strip(), severity="warning")


def _check_beside(folder: Path, panel: Panel, kind: str, opened: Container[str], log: IssueLog) -> None:
    """Check what a panel states beside its gates: whether it goes with their kind, and can be read (NK-PLAN-50)."""
    if kind and panel.compat and kind != "wsp":
        log.add(
            "NK-PLAN-50",
            PLAN_FILE,
            f"compat is for a FlowJo workspace, which {panel.gates} is not.",
            "Remove compat, or name a workspace.",
            column=f"panels.{panel.id}.compat",
            value=panel.compat,
        )
    for key, file in panel.files.items():
        if key == "gates" or not kind:
            continue
        if kind not in TEMPLATES:
            log.add(
                "NK-PLAN-50",
                panel.gates,
                f"{key} is for a template, which this file is not.",
                f"Remove {key} of panels.{panel.id}, or name a template. {UNUSABLE}",
                severity="warning",
            )
        elif file in opened:
            try:
                _read_beside(open_source(folder / file, name=file, kind=key)[1], key)
            except SourceError as error:
                _note_unreadable(file, error, log)


def _read_beside(window: Window, key: str) -> None:
    """Read a template's panel file or its gates set by hand."""
    if key == "markers":
        from nktrial.formats.panel_file import read_panel  # noqa: PLC0415  (each kind loads its own reader)

        read_panel(window)
    else:
        from nktrial.formats.gate_overrides import read_overrides  # noqa: PLC0415

        read_overrides(window)


def _gates_and_paths(window: Window, kind: str) -> tuple[PanelGates | None, frozenset[str]]:
    """Read gates of any kind; the paths are those of any sample of a workspace, of a template those it can draw."""
    if kind == "wsp":
        from nktrial.formats.flowjo import read_flowjo  # noqa: PLC0415  (each kind loads its own reader)

        workspace = read_flowjo(window)
        return workspace, frozenset(one.path for sample in workspace.samples for one in sample.populations)
    if kind in TEMPLATES:
        from nktrial.formats.template import read_template  # noqa: PLC0415

        return None, template_paths(read_template(window))
    from nktrial.formats.gatingml import read_gating_ml  # noqa: PLC0415

    strategy = read_gating_ml(window)
    return strategy, frozenset(gate_paths(strategy.gates).values())


def template_paths(template: Template) -> frozenset[str]:
    """Return the paths of a template's populations; a parent that may be passed over is there and not there."""
    rules = {rule.name: rule for rule in template.populations}

    def above(name: str | None) -> frozenset[str]:
        if name is None or name not in rules:
            return frozenset({""})
        rule = rules[name]
        found = frozenset(f"{path}{name}/" for path in above(rule.parent))
        return found | above(rule.parent) if rule.if_missing == "skip" else found

    return frozenset(path + rule.name for rule in template.populations for path in above(rule.parent))


def _some(paths: Collection[str]) -> str:
    """Return a few of the paths, those nearest to the root first."""
    shown = sorted(paths, key=lambda path: (path.count("/"), path))[:MOST_SHOWN]
    more = f" and {len(paths) - MOST_SHOWN} more" if len(paths) > MOST_SHOWN else ""
    return f" It has {', '.join(repr(printable(path, 80)) for path in shown)}{more}." if shown else ""


def _note_absent_gate(paths: Collection[str], file: str, key: str, wanted: str, log: IssueLog) -> None:
    """Note a gate path of the protocol that the gates file does not have (NK-PLAN-15)."""
    if wanted in paths:
        return
    meant = suggestion(wanted, paths)
    log.add(
        "NK-PLAN-15",
        PLAN_FILE,
        f"{file} has no gate {wanted!r}.",
        f"Did you mean {meant}?"
        if meant
        else f"Write the path of gates from the root, joined by a slash.{_some(paths)}",
        column=key,
        value=wanted,
    )
