"""The contents of the raw files against what files.csv binds them to: kind, channels, dyes.

Definition
    A file's first bytes tell its kind. It is then read as far as its reader can refuse it without a pass over its
    data: HEADER, TEXT and the place of DATA of an FCS file, the directory of a trace, all of a peak table of up to
    4 MiB. An FCS file of a sample has every channel that the gates of its panel name, and is one sample of its panel's
    FlowJo workspace; a trace has as many dyes as its
    kit. What a run would quarantine for one of these is named here, before it is run. Controls are not read by a run.

Not decided here
    Whether the data make sense: methods say so when the study is run.
"""

from collections.abc import Collection, Mapping
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Final

from nktrial.core.errors import MethodError, SourceError
from nktrial.formats.draft import Draft
from nktrial.formats.flowjo_sample import workspace_sample
from nktrial.formats.issues import IssueLog, suggestion
from nktrial.formats.kits import kit_ids, load_kit, read_kit
from nktrial.formats.panel_gates import PanelGates
from nktrial.formats.paths import leaves_folder
from nktrial.formats.sniff import HEAD_BYTES, looks_like, sniff
from nktrial.formats.window import Window, open_mapped, open_source
from nktrial.model.clinic import FileEntry
from nktrial.model.gates import BooleanGate, GatingStrategy
from nktrial.model.workspace import Workspace

if TYPE_CHECKING:
    from nktrial.formats.fcs import FcsOutline

__all__ = ["note_contents", "wanted_channels"]

# What each kind of files.csv may look like; a genotype table may stand for a person's reference.
CONTENTS: Final = {"fcs": {"fcs"}, "abif": {"abif"}, "peaks": {"peaks", "genotypes"}, "ngs": {"ngs"}}
MAX_TABLE_BYTES: Final = 4 * 1024**2
QUARANTINED: Final = "It will be quarantined when the study is run."


def note_contents(folder: Path, draft: Draft, strategies: Mapping[str, PanelGates], log: IssueLog) -> None:
    """Note raw files that a run would not read to its end.

    They are of another kind (NK-PATH-15), without a gate's channel (NK-PATH-16), not one sample of their panel's
    workspace (NK-WSP-08, NK-WSP-09), with other dyes than their kit (NK-PATH-17), or their reader refuses them, which
    is noted under the reader's own code.

    Parameters
    ----------
    folder : Path
        The study folder.
    draft : Draft
        Its rows.
    strategies : mapping
        Panel id -> its gates.
    log : IssueLog
        Takes the problems.
    """
    wanted = {panel: wanted_channels(gates) for panel, gates in strategies.items() if isinstance(gates, GatingStrategy)}
    dyes: dict[str, int | None] = {}
    for entry in draft.files:
        window = _window(folder, entry)
        if window is None or not _note_kind(window, entry, log) or entry.role == "control":
            continue
        try:
            if entry.kind == "fcs" and entry.role == "sample":
                outline = _fcs_outline(window)
                names = frozenset(channel.name for channel in outline.channels)
                _note_channels(entry, names, wanted.get(entry.panel, {}), log)
                gates = strategies.get(entry.panel)
                if isinstance(gates, Workspace):
                    workspace_sample(gates, PurePath(entry.path).name, outline.keywords.get("$FIL", ""))
            elif entry.kind == "abif":
                found = _dyes_of_trace(window)
                if entry.kit not in dyes:
                    dyes[entry.kit] = _dyes_of_kit(folder, entry.kit)
                _note_dyes(entry, found, dyes[entry.kit], log)
            elif entry.kind == "peaks" and window.size <= MAX_TABLE_BYTES:
                _require_peaks(window)
        except (SourceError, MethodError) as error:
            _note_refusal(entry, error, log)


def _require_peaks(window: Window) -> None:
    """Read a peak table for what its reader refuses."""
    from nktrial.formats.peaks import read_peaks  # noqa: PLC0415 (numpy only where a table is read)

    read_peaks(window)


def _note_refusal(entry: FileEntry, error: SourceError | MethodError, log: IssueLog) -> None:
    """Note what the reader of a raw file or the search for its gates refuses, under the same code as a run would."""
    log.add(
        error.code,
        entry.row.table,
        f"{error.where or entry.path}: {error.problem}",
        f"{error.remedy} {QUARANTINED}".strip(),
        row=entry.row.line,
        column="path",
        value=entry.path,
    )


def _fcs_outline(window: Window) -> "FcsOutline":
    """Return what an FCS file that can be read says of itself."""
    from nktrial.formats.fcs import outline_fcs  # noqa: PLC0415

    return outline_fcs(window)


def _dyes_of_trace(window: Window) -> int:
    """Return the number of dyes of a trace that can be read."""
    from nktrial.formats.abif import outline_abif  # noqa: PLC0415

    return outline_abif(window).dyes


def wanted_channels(strategy: GatingStrategy) -> Mapping[str, str]:
    """Return the channels that a file must have for these gates, each with what asks for it.

    A name that a matrix of the strategy defines is a dye, and the matrix's detectors are asked for instead.
    """
    wanted: dict[str, str] = {}
    for gate in strategy.gates:
        for dimension in () if isinstance(gate, BooleanGate) else gate.dimensions:
            matrix = strategy.matrices.get(dimension.compensation)
            made = () if matrix is None else (*matrix.fluorochromes, *matrix.detectors)
            ratio = strategy.ratios.get(dimension.ratio or "")
            names = (dimension.channel,) if ratio is None else (ratio.numerator, ratio.denominator)
            for name in names:
                if name and name not in made:
                    wanted.setdefault(name, f"gate {gate.id!r}")
            for name in () if matrix is None else matrix.detectors:
                wanted.setdefault(name, f"compensation {dimension.compensation!r}")
    return wanted


def _window(folder: Path, entry: FileEntry) -> Window | None:
    """Map a raw file, None where it is not in the folder or may not be read, which is noted elsewhere."""
    if leaves_folder(folder, entry.path):
        return None
    try:
        return open_mapped(folder / entry.path, name=entry.path)
    except SourceError:  # noted by the reading as NK-PATH-07 to NK-PATH-09
        return None


def _note_kind(window: Window, entry: FileEntry, log: IssueLog) -> bool:
    """Compare a raw file's first bytes with its kind (NK-PATH-15); tell whether they agree."""
    head = bytes(window.take(0, min(window.size, HEAD_BYTES), "head"))
    if sniff(head) in CONTENTS[entry.kind]:
        return True
    log.add(
        "NK-PATH-15",
        entry.row.table,
        f"files.csv says {entry.kind}, the content is {looks_like(head)}.",
        f"Correct the kind, or get the file again. {QUARANTINED}",
        row=entry.row.line,
        column="kind",
        value=entry.path,
    )
    return False


def _note_channels(entry: FileEntry, names: Collection[str], wanted: Mapping[str, str], log: IssueLog) -> None:
    """Look for the channels of the panel's gates (NK-PATH-16)."""
    missing = [name for name in wanted if name not in names]
    if not missing:
        return
    meant = suggestion(missing[0], names)
    more = f", and {len(missing) - 1} more" if len(missing) > 1 else ""
    log.add(
        "NK-PATH-16",
        entry.row.table,
        f"{entry.path} has no channel {missing[0]!r}, which {wanted[missing[0]]} of panel {entry.panel} needs{more}.",
        f"{f'Did the gates mean {meant}? ' if meant else ''}Name the right panel, or correct the gates. {QUARANTINED}",
        row=entry.row.line,
        column="panel",
        value=entry.panel,
        severity="warning",
    )


def _dyes_of_kit(folder: Path, kit: str) -> int | None:
    """Return how many dyes a kit has, None where it is not known (which files.csv is told elsewhere)."""
    own = folder / "kits" / f"{kit}.toml"
    try:
        if own.is_file():
            return len(read_kit(open_source(own, name=f"kits/{kit}.toml", kind="kit")[1]).dyes)
        return len(load_kit(kit).dyes) if kit in kit_ids() else None
    except SourceError:
        return None


def _note_dyes(entry: FileEntry, found: int, expected: int | None, log: IssueLog) -> None:
    """Compare the dyes of a trace with those of its kit (NK-PATH-17)."""
    if expected is None or found == expected:
        return
    log.add(
        "NK-PATH-17",
        entry.row.table,
        f"{entry.path} has {found} dyes, the kit {entry.kit} has {expected}.",
        f"Write the kit that the sample was typed with. {QUARANTINED}",
        row=entry.row.line,
        column="kit",
        value=entry.kit,
        severity="warning",
    )
