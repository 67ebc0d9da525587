"""The contents of the raw files against what files.csv binds them to: kind, channels, dyes.

Definition
    A file's first bytes tell its kind. An FCS file of a sample has every channel that the gates of its panel name; a
    trace has as many dyes as its kit. What a run would quarantine for one of these is named here, before it is run.

Not decided here
    Whether a raw file is sound to its last byte: its reader says so when the study is run. A file whose TEXT or
    directory cannot be read is left to it too.
"""

import mmap
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from nktrial.core.errors import SourceError
from nktrial.formats.draft import Draft
from nktrial.formats.issues import IssueLog, suggestion
from nktrial.formats.kits import kit_ids, load_kit, read_kit
from nktrial.formats.paths import leaves_folder
from nktrial.formats.sniff import HEAD_BYTES, looks_like, sniff
from nktrial.formats.window import Window, open_source
from nktrial.model.clinic import FileEntry
from nktrial.model.gates import BooleanGate, GatingStrategy

__all__ = ["note_contents", "wanted_channels"]

# What each kind of files.csv may look like; a genotype table may stand for a person's reference.
CONTENTS: Final = {"fcs": {"fcs"}, "abif": {"abif"}, "peaks": {"peaks", "genotypes"}, "ngs": {"ngs"}}
QUARANTINED: Final = "It will be quarantined when the study is run."


def note_contents(folder: Path, draft: Draft, strategies: Mapping[str, GatingStrategy], log: IssueLog) -> None:
    """Note raw files of another kind (NK-PATH-15), without a gate's channel (NK-PATH-16), with other dyes (NK-PATH-17).

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
    wanted = {panel: wanted_channels(strategy) for panel, strategy in strategies.items()}
    dyes: dict[str, int | None] = {}
    for entry in draft.files:
        if leaves_folder(folder, entry.path) or not (folder / entry.path).is_file():
            continue
        if not _note_kind(folder, entry, log):
            continue
        if entry.kind == "fcs" and entry.role == "sample" and entry.panel in wanted:
            _note_channels(folder, entry, wanted[entry.panel], log)
        elif entry.kind == "abif" and entry.kit and entry.role != "control":
            if entry.kit not in dyes:
                dyes[entry.kit] = _dyes_of_kit(folder, entry.kit)
            _note_dyes(folder, entry, dyes[entry.kit], log)


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


def _note_kind(folder: Path, entry: FileEntry, log: IssueLog) -> bool:
    """Compare a raw file's first bytes with its kind (NK-PATH-15); tell whether they agree."""
    try:
        with (folder / entry.path).open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError:  # noted by the reading as NK-PATH-09
        return False
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


def _note_channels(folder: Path, entry: FileEntry, wanted: Mapping[str, str], log: IssueLog) -> None:
    """Look for the channels of the panel's gates (NK-PATH-16)."""
    names = _channel_names(folder / entry.path, entry.path)
    if names is None:
        return
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


def _channel_names(path: Path, name: str) -> frozenset[str] | None:
    """Return ``$PnN`` of an FCS file, None where its TEXT does not tell them all."""
    from nktrial.formats.fcs_header import read_header  # noqa: PLC0415
    from nktrial.formats.fcs_keywords import Keywords  # noqa: PLC0415
    from nktrial.formats.fcs_log import FcsLog  # noqa: PLC0415
    from nktrial.formats.fcs_text import merge_text, split_text  # noqa: PLC0415

    log = FcsLog(name)
    try:
        with path.open("rb") as file:
            window = Window(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), name)
        header = read_header(window, log)
        text = bytes(window.take(header.text.begin, header.text.length, "TEXT"))
        keywords = Keywords(merge_text(split_text(text, log, "TEXT"), log), log)
        count = keywords.integer("$PAR") or 0
    except (SourceError, OSError, ValueError):  # its reader says why when the study is run
        return None
    numbers = range(1, min(count, len(keywords.values)) + 1)
    names = [keywords.text(f"$P{number}N") for number in numbers]
    return frozenset(names) if names and all(names) else None


def _dyes_of_kit(folder: Path, kit: str) -> int | None:
    """Return how many dyes a kit has, None where it is not known (which files.csv is told elsewhere)."""
    own = folder / "kits" / f"{kit}.toml"
    try:
        if own.is_file():
            return len(read_kit(open_source(own, name=f"kits/{kit}.toml", kind="kit")[1]).dyes)
        return len(load_kit(kit).dyes) if kit in kit_ids() else None
    except SourceError:
        return None


def _note_dyes(folder: Path, entry: FileEntry, expected: int | None, log: IssueLog) -> None:
    """Compare the dyes of a trace with those of its kit (NK-PATH-17)."""
    from nktrial.formats.abif import read_abif  # noqa: PLC0415

    try:
        _, window = open_source(folder / entry.path, name=entry.path, kind="abif")
        found = len(read_abif(window).dyes)
    except SourceError:  # its reader says why when the study is run
        return
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
