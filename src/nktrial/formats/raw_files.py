"""The raw files that files.csv names: there, inside the folder, unchanged, named once.

Definition
    A path that stands twice stops the study. A file that is missing, unreadable or changed, or that lies outside the
    folder behind a link, is a fault of that file alone: it is quarantined when the study is run, and the rest stands.
    So is a panel's gates file that is not there. Such a fault is a warning here and an error for ``nktrial check``
    (``QUARANTINE_CODES``).

Not decided here
    Whether a file's content is valid: its reader says so when the study is run.
"""

import hashlib
import itertools
import stat
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

from nktrial.core.errors import SourceError
from nktrial.formats.issues import IssueLog
from nktrial.formats.paths import files_below, leaves_folder, odd_name
from nktrial.formats.window import open_mapped, open_source
from nktrial.model.clinic import FileEntry
from nktrial.model.issue import Issue

__all__ = ["QUARANTINE_CODES", "is_quarantined", "note_raw_file_problems", "note_unlisted", "stand_for_several"]

QUARANTINE_CODES: Final = frozenset(
    {"NK-PATH-03", "NK-PATH-07", "NK-PATH-08", "NK-PATH-09", "NK-PATH-10", "NK-PLAN-11"}
)
QUARANTINED: Final = "The file will be quarantined when the study is run."
LIKELY_COPY: Final = "One of the two is probably a copy by mistake."
WRONG_COPY: Final = (
    "They stand for different samples or persons, so that one is a wrong copy: replace it. "
    "Both will be quarantined when the study is run."
)
IGNORED_NAMES: Final = frozenset({"thumbs.db", "desktop.ini", "readme.txt", "readme.md", "source.md"})
MAX_WALKED: Final = 200_000
COMPARED_BLOCKS: Final = 32
BLOCK_BYTES: Final = 256 * 1024


def note_raw_file_problems(folder: Path, files: Sequence[FileEntry], log: IssueLog) -> None:
    """Note NK-PATH-03 and NK-PATH-06 to NK-PATH-12, NK-PATH-14 for the listed files."""
    _note_repeats(files, log)
    sizes: dict[int, list[FileEntry]] = defaultdict(list)
    for entry in files:
        problem = odd_name(entry.path)
        if problem:
            _note(log, "NK-PATH-06", entry, f"the name makes trouble elsewhere: {problem}.", "Rename it.", warn=True)
        if leaves_folder(folder, entry.path):
            message = "the path leads out of the study folder through a symbolic link."
            _note(log, "NK-PATH-03", entry, message, f"Copy the file into raw/. {QUARANTINED}", warn=True)
            continue
        size = _usable_size(folder, entry, log)
        if size is None:
            continue
        sizes[size].append(entry)
        if entry.sha256:
            digest = _digest(folder, entry, log)
            if digest and digest != entry.sha256:
                message = f"the file's SHA-256 is {digest[:12]}..., files.csv says {entry.sha256[:12]}...."
                _note(
                    log, "NK-PATH-10", entry, message, f"The file has changed; get it again. {QUARANTINED}", warn=True
                )
    _note_copies(folder, list(sizes.values()), log)


def note_unlisted(folder: Path, files: Sequence[FileEntry], log: IssueLog) -> None:
    """Note files in raw/ that files.csv does not name (NK-PATH-13)."""
    listed = {entry.path for entry in files}
    for found in itertools.islice(files_below(folder / "raw"), MAX_WALKED):
        path = found.relative_to(folder).as_posix()
        if path in listed or found.name.casefold() in IGNORED_NAMES:
            continue
        log.add(
            "NK-PATH-13",
            "files.csv",
            "a file in raw/ is not listed and is not read.",
            "Add a row for it, or move it out of raw/.",
            column="path",
            value=path,
            severity="warning",
        )


def _note(log: IssueLog, code: str, entry: FileEntry, message: str, hint: str, *, warn: bool = False) -> None:
    severity: Literal["error", "warning"] = "warning" if warn else "error"
    log.add(code, "files.csv", message, hint, row=entry.row.line, column="path", value=entry.path, severity=severity)


def _note_repeats(files: Sequence[FileEntry], log: IssueLog) -> None:
    """Note a path that stands twice (NK-PATH-11), and paths that differ in case only (NK-PATH-14)."""
    first: dict[str, FileEntry] = {}
    for entry in files:
        earlier = first.setdefault(entry.path.casefold(), entry)
        if earlier is entry:
            continue
        if earlier.path == entry.path:
            message = f"the file is already bound on line {earlier.row.line} (sample {earlier.sample_id or 'none'})."
            _note(log, "NK-PATH-11", entry, message, "Bind each file once.")
        else:
            message = f"the path differs from line {earlier.row.line} in case only."
            _note(log, "NK-PATH-14", entry, message, "On Windows and macOS both are one file; rename one.", warn=True)


def _usable_size(folder: Path, entry: FileEntry, log: IssueLog) -> int | None:
    """Return the size of a regular, readable file, or None with an issue."""
    path = folder / entry.path
    try:
        facts = path.stat()
        regular = stat.S_ISREG(facts.st_mode)
        if regular:  # a pipe or a device is never opened
            path.open("rb").close()
    except FileNotFoundError:
        message = "there is no such file in the study folder."
        _note(log, "NK-PATH-07", entry, message, f"Copy it there, or correct the path. {QUARANTINED}", warn=True)
        return None
    except OSError as error:
        message = f"the file may not be read: {error.strerror}."
        _note(log, "NK-PATH-09", entry, message, f"Ask for permission to read it. {QUARANTINED}", warn=True)
        return None
    if not regular:
        message = "it is a folder, a pipe or a device, expected a regular file."
        _note(log, "NK-PATH-08", entry, message, f"Name the file itself. {QUARANTINED}", warn=True)
        return None
    return facts.st_size


def _digest(folder: Path, entry: FileEntry, log: IssueLog) -> str:
    """Return the SHA-256 of a file, or ``""`` with an issue."""
    try:
        source, _ = open_source(folder / entry.path, name=entry.path, kind=entry.kind)
    except SourceError as error:
        _note(log, "NK-PATH-09", entry, error.problem, f"{error.remedy} {QUARANTINED}", warn=True)
        return ""
    return source.sha256


def _mark_of_content(folder: Path, entry: FileEntry, log: IssueLog) -> str:
    """Return what tells a file's content from another's of the same size, or ``""`` with an issue."""
    try:
        window = open_mapped(folder / entry.path, name=entry.path)
        if window.size <= COMPARED_BLOCKS * BLOCK_BYTES:
            return hashlib.sha256(window.take(0, window.size, "content")).hexdigest()
        digest = hashlib.sha256()
        for number in range(COMPARED_BLOCKS):
            start = (window.size - BLOCK_BYTES) * number // (COMPARED_BLOCKS - 1)
            digest.update(window.take(start, BLOCK_BYTES, "content"))
    except SourceError as error:
        _note(log, "NK-PATH-09", entry, error.problem, f"{error.remedy} {QUARANTINED}", warn=True)
        return ""
    return digest.hexdigest()


def _note_copies(folder: Path, groups: Sequence[Sequence[FileEntry]], log: IssueLog) -> None:
    """Note files of one content under two names (NK-PATH-12); only files of one size are compared.

    Of a large file blocks are compared, evenly spread: two acquisitions differ in the first of them.
    """
    for group in groups:
        paths = {entry.path: entry for entry in group}
        if len(paths) < 2:
            continue
        same: dict[str, list[FileEntry]] = defaultdict(list)
        for entry in paths.values():
            same[_mark_of_content(folder, entry, log)].append(entry)
        same.pop("", None)
        for first, *copies in same.values():
            hint = WRONG_COPY if stand_for_several((first, *copies)) else LIKELY_COPY
            for entry in copies:
                message = f"the content is the same as that of {first.path} (line {first.row.line})."
                _note(log, "NK-PATH-12", entry, message, hint, warn=True)


def stand_for_several(entries: Sequence[FileEntry]) -> bool:
    """Tell whether files of one content are bound to different samples or persons, one of them as a sample."""
    owners = {(entry.sample_id, entry.person_id, entry.fraction) for entry in entries}
    return len(owners) > 1 and any(entry.role == "sample" for entry in entries)


def is_quarantined(issue: Issue) -> bool:
    """Tell whether an issue is a fault for which a raw file is quarantined when the study is run."""
    return issue.code in QUARANTINE_CODES or (issue.code == "NK-PATH-12" and issue.hint == WRONG_COPY)
