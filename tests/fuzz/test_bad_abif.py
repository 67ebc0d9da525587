"""Bad ABIF files through the command, each in a process with limits on memory and time."""

import json
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from nktrial.formats.abif_write import write_abif
from nktrial.model.trace import Trace

RunLimited = Callable[..., subprocess.CompletedProcess[str]]
FIELDS = ("name", "number", "kind", "width", "count", "size", "offset")
RECORD = ">4sIhhIII"


def good(n_dyes: int = 5, standard: str = "GS500LIZ") -> bytes:
    scans = np.random.default_rng(5).integers(0, 90, (2_000, n_dyes)).astype(np.int32)
    facts = {"instrument": "3130", "run": "Run 7", "run_date": "2026-11-23", "run_time": "14:05:09"}
    return write_abif(Trace(scans, tuple("abcdef")[:n_dyes], "S1-label", standard, np.zeros(0, dtype=np.int64), facts))


def patched(data: bytes, key: str, **changes: int | bytes) -> bytes:
    """Change fields of one directory entry."""
    count, _, offset = struct.unpack_from(">III", data, 18)
    for place in range(offset, offset + 28 * count, 28):
        fields = dict(zip(FIELDS, struct.unpack_from(RECORD, data, place), strict=True))
        if f"{fields['name'].decode()}{fields['number']}" == key:
            return data[:place] + struct.pack(RECORD, *(fields | changes).values()) + data[place + 24 :]
    raise KeyError(key)


def self_referential() -> bytes:
    """Return 356 bytes whose directory is its own first entry, with elements of size 0 and a count of 2^32 - 1."""
    record = struct.pack(">4sIhhIIII", b"tdir", 1, 1023, 0, 0xFFFFFFFF, 0, 6, 0)
    return (b"ABIF" + struct.pack(">H", 101) + record).ljust(356, b"\0")


REFUSED = {
    "A01 empty": (b"", "NK-SNF-02"),
    "A02 magic only": (b"ABIF", "NK-ABI-01"),
    "A03 truncated directory": (good()[:-30], "NK-WIN-01"),
    "A04 count 2^32-1": (good()[:18] + b"\xff" * 4 + good()[22:], "NK-ABI-04"),
    "A05 element size 0": (patched(good(), "DATA1", width=0), "NK-ABI-05"),
    "A05 element size 0, count 2^32-1": (patched(good(), "DATA1", width=0, count=0xFFFFFFFF, size=0), "NK-ABI-05"),
    "A06 directory of itself": (self_referential(), "NK-ABI-04"),
    "A06 directory beyond the end": (good()[:26] + b"\x7f\xff\xff\xff" + good()[30:], "NK-WIN-01"),
    "A07 data of 4 GB": (patched(good(), "DATA1", count=0x7FFFFFFF, size=0xFFFFFFFE), "NK-WIN-01"),
    "A09 sizes disagree": (patched(good(), "DATA1", count=1_999), "NK-ABI-06"),
    "A10 string longer than its field": (good().replace(b"\x08S1-label", b"\xffS1-label"), "NK-ABI-07"),
    "A12 tag twice, different": (patched(good(), "DATA2", number=1), "NK-ABI-11"),
    "A13 no dye channel": (good().replace(b"DATA", b"ATAD"), "NK-ABI-12"),
    "A14 no size-standard channel": (patched(good(), "DATA105", number=107), "NK-ABI-14"),
    "A19 sequencing run": (
        patched(patched(good(4, ""), "StdF1", name=b"FWO_"), "RunN1", name=b"PBAS"),
        "NK-ABI-16",
    ),
    "A28 byte-swapped": (b"ABIF\x65\x00" + good()[6:], "NK-ABI-02"),
}
TOLERATED = {
    "A08 unknown type": (patched(good(), "Scan1", kind=99), "NK-ABI-08"),
    "A11 date of year 0": (patched(good(), "RUND1", offset=0), "NK-ABI-18"),
    "A12 tag twice, the same": (patched(good(), "RUND2", number=1), "NK-ABI-10"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refuses_in_one_sentence(case: str, tmp_path: Path, run_limited: RunLimited) -> None:
    data, code = REFUSED[case]
    path = tmp_path / "bad.fsa"
    path.write_bytes(data)
    done = run_limited("inspect", path, memory_mb=1_000)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith(f"error: {code} ")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("case", TOLERATED)
def test_reads_on_with_a_finding(case: str, tmp_path: Path, run_limited: RunLimited) -> None:
    data, code = TOLERATED[case]
    path = tmp_path / "odd.fsa"
    path.write_bytes(data)
    done = run_limited("inspect", path, "--json", memory_mb=1_000)
    assert done.returncode == 0, done.stderr
    assert [finding["code"] for finding in json.loads(done.stdout)["findings"]] == [code]
