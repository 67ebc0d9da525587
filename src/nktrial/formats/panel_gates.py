"""The gates files of a study's panels: read once, and asked for the protocol's gate paths.

Definition
    A gate path of the protocol that a readable gates file does not have is an error: no file of that panel could be
    evaluated. A gates file that cannot be read at all is a warning, as a broken raw file is: what rests on it is not
    evaluable when the study is run, and ``nktrial check`` calls it an error.

Not decided here
    Whether the files of a panel have the channels that its gates name (``study_check``).
"""

from collections.abc import Container, Mapping
from pathlib import Path
from typing import Final

from nktrial.core.errors import SourceError
from nktrial.formats.issues import IssueLog, suggestion
from nktrial.formats.plan import PLAN_FILE
from nktrial.formats.sniff import HEAD_BYTES, sniff
from nktrial.formats.window import open_source
from nktrial.model.gates import GatingStrategy
from nktrial.model.plan import StudyPlan

__all__ = ["UNUSABLE", "read_panel_gates"]

UNUSABLE: Final = "What rests on it will not be evaluable when the study is run."


def read_panel_gates(
    folder: Path, plan: StudyPlan, opened: Container[str], log: IssueLog
) -> Mapping[str, GatingStrategy]:
    """Read each panel's Gating-ML and look for the protocol's gate paths.

    Parameters
    ----------
    folder : Path
        The study folder.
    plan : StudyPlan
        The protocol.
    opened : container of str
        The files that could be opened; others have their issue already.
    log : IssueLog
        Takes NK-PLAN-15, and as warnings what the reader of Gating-ML refuses.

    Returns
    -------
    mapping
        Panel id -> its gates, of those that could be read.
    """
    strategies: dict[str, GatingStrategy] = {}
    by_file: dict[str, GatingStrategy | None] = {}
    for panel in plan.panels.values():
        if panel.gates not in opened:
            continue
        if panel.gates not in by_file:
            by_file[panel.gates] = _gates_of_file(folder, panel.gates, plan, log)
        strategy = by_file[panel.gates]
        if strategy is not None:
            strategies[panel.id] = strategy
    return strategies


def _gates_of_file(folder: Path, file: str, plan: StudyPlan, log: IssueLog) -> GatingStrategy | None:
    """Read one gates file, None with a warning where it cannot be read, None alone where it is of another kind."""
    from nktrial.formats.gatingml import read_gating_ml  # noqa: PLC0415  (lxml only where there are gates to read)

    try:
        _, window = open_source(folder / file, name=file, kind="gatingml")
        if sniff(bytes(window.take(0, min(window.size, HEAD_BYTES), "head"))) == "wsp":
            return None
        strategy = read_gating_ml(window)
    except SourceError as error:
        hint = f"{error.remedy} {UNUSABLE}".strip()
        log.add(error.code, file, error.problem, hint, severity="warning")
        return None
    _note_absent_gates(strategy, file, plan, log)
    return strategy


def _note_absent_gates(strategy: GatingStrategy, file: str, plan: StudyPlan, log: IssueLog) -> None:
    """Note gate paths of the protocol that the gates file does not have (NK-PLAN-15)."""
    parents = {gate.id: gate.parent for gate in strategy.gates}
    paths = {_path(gate, parents) for gate in parents}
    for key in ("lymphocytes", "nk_cells"):
        wanted = getattr(plan.expansion, key)
        if wanted in paths:
            continue
        meant = suggestion(wanted, paths)
        log.add(
            "NK-PLAN-15",
            PLAN_FILE,
            f"{file} has no gate {wanted!r}.",
            f"Did you mean {meant}?" if meant else "Write the path of gate ids from the root, joined by /.",
            column=f"endpoint.expansion.{key}",
            value=wanted,
        )


def _path(gate: str, parents: Mapping[str, str | None]) -> str:
    """Return the ids from the root to a gate; the reader guarantees that there is no cycle."""
    parts = [gate]
    while (parent := parents.get(parts[-1])) is not None:
        parts.append(parent)
    return "/".join(reversed(parts))
