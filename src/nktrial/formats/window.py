"""The bounded window: the only way from a file's bytes into a parser.

Definition
    A window is the whole file and nothing but the file. ``take`` compares every range with the real length before
    it returns anything, so a length that a file claims never sizes an allocation. ``open_source`` reads regular
    files only, once: what is parsed is what was hashed. ``open_window`` is the same without the hash, for a command
    that keeps no record of its files.

Not decided here
    Which kind of file it is (``sniff``), and where in a study folder a file may lie.
"""

import mmap
import os
import stat
from pathlib import Path
from typing import Final

from nktrial.core.errors import SourceError
from nktrial.model.origin import Source

__all__ = ["DEFAULT_MAX_BYTES", "Window", "open_mapped", "open_source", "open_window", "printable"]

DEFAULT_MAX_BYTES: Final = 16 * 1024**3
IN_MEMORY_BYTES: Final = 64 * 1024**2
HASH_BLOCK_BYTES: Final = 16 * 1024**2
KEPT_BYTES: Final = 128 * 1024**2
SHOWN_CHARACTERS: Final = 200


def printable(text: str, limit: int = SHOWN_CHARACTERS) -> str:
    r"""Make text of a file, or a file's name, safe for a terminal.

    Characters that do not print (control and ANSI escapes, right-to-left marks, lone surrogates) are written as
    ``\x1b`` escapes; what is longer than ``limit`` ends in ``...``.
    """
    shown = text if len(text) <= limit else text[: limit - 3] + "..."
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape", "backslashreplace").decode() for char in shown
    )


class Window:
    """A file's bytes, read only through ranges that lie inside it.

    Parameters
    ----------
    data : bytes-like
        The whole file.
    name : str
        Label for messages; made printable.
    """

    __slots__ = ("_data", "_map", "_start", "name")

    def __init__(self, data: bytes | bytearray | memoryview | mmap.mmap, name: str) -> None:
        self._data = memoryview(data).cast("B").toreadonly()
        self._map = data if isinstance(data, mmap.mmap) else None
        self._start = 0
        self.name = printable(name)

    @property
    def size(self) -> int:
        """Length of the file [bytes]."""
        return self._data.nbytes

    def take(self, start: int, length: int, what: str) -> memoryview:
        """Return ``length`` bytes from ``start``, without a copy.

        Raises
        ------
        SourceError
            NK-WIN-01 the range does not lie inside the file.
        """
        if start < 0 or length < 0 or start + length > self.size:
            raise SourceError(
                "NK-WIN-01",
                f"{length:,} bytes are claimed from byte {start:,}, but the file has {self.size:,}.",
                where=f"{self.name} ({what})",
                remedy="The file is truncated or its offsets are wrong; export it again.",
            )
        return self._data[start : start + length]

    @property
    def is_mapped(self) -> bool:
        """Whether the bytes stay in the file until they are read."""
        return self._map is not None

    def tail(self, start: int, name: str) -> "Window":
        """Return the bytes from ``start`` to the end as a window of its own; raises as ``take``."""
        part = Window(self.take(start, self.size - start, "data set"), name)
        part._map, part._start = self._map, self._start + start
        return part

    def require_whole(self) -> None:
        """Make sure that a mapped file is still as long as it was: to read beyond its end would end the process.

        Raises
        ------
        SourceError
            NK-WIN-06 it was shortened meanwhile.
        """
        if self._map is not None and self._map.size() < len(self._map):
            raise SourceError(
                "NK-WIN-06",
                f"the file changed while it was read: {len(self._map):,} bytes before, {self._map.size():,} after.",
                where=self.name,
                remedy="Wait until the instrument or the copy has finished, then try again.",
            )

    def forget(self, start: int, length: int) -> None:
        """Give back the memory of a range of a mapped file; where it is read again, it comes from the file again.

        Files up to 128 MiB stay: to map each page again for every pass takes longer than to read it.
        """
        if self._map is None or len(self._map) <= KEPT_BYTES or not hasattr(mmap, "MADV_DONTNEED"):
            return
        low = (self._start + start) // mmap.PAGESIZE * mmap.PAGESIZE
        high = min(self._start + start + length, len(self._map))
        if low < high:
            self._map.madvise(mmap.MADV_DONTNEED, low, high - low)


def open_source(path: Path, *, name: str, kind: str, max_bytes: int = DEFAULT_MAX_BYTES) -> tuple[Source, Window]:
    """Open a regular file once: read or map its bytes and hash those very bytes.

    Parameters
    ----------
    path : Path
        The file. A symbolic link is followed; where it may lead is for the caller to decide.
    name : str
        Label for messages and for the source: the path relative to the study folder.
    kind : str
        Kind of the source, see `nktrial.model.origin.Source`.
    max_bytes : int
        Largest file accepted [bytes].

    Returns
    -------
    (Source, Window)
        Identity and bytes. Files of 64 MiB or more are memory-mapped.

    Raises
    ------
    SourceError
        NK-WIN-02 no such file; NK-WIN-03 not a regular file; NK-WIN-04 no permission; NK-WIN-05 larger than
        ``max_bytes``; NK-WIN-06 the file changed while it was read; NK-WIN-07 the operating system refuses.
    """
    sha256, window = _opened(path, name, max_bytes, hashed=True)
    return Source(sha256=sha256, size=window.size, kind=kind, name=window.name), window


def open_window(path: Path, *, name: str, max_bytes: int = DEFAULT_MAX_BYTES) -> Window:
    """Open a regular file once, without hashing it; parameters and errors as in ``open_source``."""
    return _opened(path, name, max_bytes, hashed=False)[1]


def open_mapped(path: Path, *, name: str, max_bytes: int = DEFAULT_MAX_BYTES) -> Window:
    """Map a regular file without reading it: for a look at its headers, never for a number.

    Only the pages that are looked at are read from the disk. Parameters and errors as in ``open_source``.
    """
    return _opened(path, name, max_bytes, hashed=False, in_memory=0)[1]


def _opened(path: Path, name: str, max_bytes: int, *, hashed: bool, in_memory: int | None = None) -> tuple[str, Window]:
    """Read or map a file; where the operating system refuses, say why."""
    label = printable(name)
    try:
        _require_regular(path.stat().st_mode, label)
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        try:
            limit = IN_MEMORY_BYTES if in_memory is None else in_memory
            sha256, data = _read_once(descriptor, label, max_bytes, hashed=hashed, in_memory=limit)
        finally:
            os.close(descriptor)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise SourceError(
            "NK-WIN-02", "there is no such file.", where=label, remedy="Check the path and its spelling."
        ) from error
    except PermissionError as error:
        raise SourceError(
            "NK-WIN-04", "the file may not be read.", where=label, remedy="Ask for permission to read it."
        ) from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise SourceError(
            "NK-WIN-07",
            f"the operating system refuses the file: {printable(reason)}.",
            where=label,
            remedy="Copy the file to a local folder under a short name.",
        ) from error
    return sha256, Window(data, name)


def _require_regular(mode: int, label: str) -> None:
    """Refuse directories, FIFOs, devices and sockets."""
    if stat.S_ISREG(mode):
        return
    kinds = {
        stat.S_IFDIR: "a directory",
        stat.S_IFIFO: "a named pipe",
        stat.S_IFCHR: "a device",
        stat.S_IFBLK: "a device",
        stat.S_IFSOCK: "a socket",
    }
    raise SourceError(
        "NK-WIN-03",
        f"expected a regular file, found {kinds.get(stat.S_IFMT(mode), 'something else')}.",
        where=label,
        remedy="Give the path of a file.",
    )


def _read_once(
    descriptor: int, label: str, max_bytes: int, *, hashed: bool, in_memory: int
) -> tuple[str, bytes | mmap.mmap]:
    """Read or map an open file, hash it where asked, and make sure that it did not change meanwhile."""
    before = os.fstat(descriptor)
    _require_regular(before.st_mode, label)
    if before.st_size > max_bytes:
        raise SourceError(
            "NK-WIN-05",
            f"the file has {before.st_size:,} bytes, expected at most {max_bytes:,} for a file of this kind.",
            where=label,
            remedy="Check that it is the file that you mean.",
        )
    data: bytes | mmap.mmap
    if before.st_size < in_memory or not before.st_size:
        with os.fdopen(os.dup(descriptor), "rb") as file:
            data = file.read(before.st_size + 1)
    else:
        data = mmap.mmap(descriptor, before.st_size, access=mmap.ACCESS_READ)
    sha256 = _sha256(data) if hashed else ""
    after = os.fstat(descriptor)
    if (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns) or len(data) != before.st_size:
        raise SourceError(
            "NK-WIN-06",
            f"the file changed while it was read: {before.st_size:,} bytes before, {after.st_size:,} after.",
            where=label,
            remedy="Wait until the instrument or the copy has finished, then try again.",
        )
    return sha256, data


def _sha256(data: bytes | mmap.mmap) -> str:
    """Hash bytes; of a mapped file by blocks, giving each block's pages back, so that memory stays bounded."""
    import hashlib  # noqa: PLC0415 (loads OpenSSL, which a command that hashes nothing does not need: 4 ms)

    if isinstance(data, bytes):
        return hashlib.sha256(data).hexdigest()
    digest = hashlib.sha256()
    with memoryview(data) as view:
        for start in range(0, len(data), HASH_BLOCK_BYTES):
            digest.update(view[start : start + HASH_BLOCK_BYTES])
            if hasattr(mmap, "MADV_DONTNEED"):
                data.madvise(mmap.MADV_DONTNEED, start, min(HASH_BLOCK_BYTES, len(data) - start))
    return digest.hexdigest()
