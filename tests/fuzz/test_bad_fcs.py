"""Bad FCS files, one table: each is refused with one clear error, or read with a finding that names the oddity.

The ids F01 .. F54 are the cases of the bad-input plan. Every case runs in this process; each of the plan also runs as
``nktrial inspect`` in a process with limits. Of the plan, F46 (few events), F49 (a marker that the panel does not
have) and F51 (date of acquisition) concern a study and are tested with it; F48 stands in test_large_fcs.
"""

import json
import os
import struct
import subprocess
import tracemalloc
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nktrial.cli import main
from nktrial.formats.fcs import raw_sum, read_fcs
from nktrial.formats.window import Window

ROWS = 100
RNG = np.random.default_rng(20261123)
FLOATS = RNG.normal(1000.0, 300.0, (ROWS, 2)).astype("<f4").tobytes()
SHORTS = RNG.integers(0, 1024, (ROWS, 2)).astype("<u2")
FLOAT_TEXT = {
    "$BYTEORD": "1,2,3,4", "$DATATYPE": "F", "$MODE": "L", "$NEXTDATA": "0", "$PAR": "2", "$TOT": str(ROWS),
    "$P1B": "32", "$P1E": "0,0", "$P1N": "FSC-A", "$P1R": "262144",
    "$P2B": "32", "$P2E": "0,0", "$P2N": "CD3-A", "$P2R": "262144",
}  # fmt: skip
INTEGER_TEXT = {**FLOAT_TEXT, "$DATATYPE": "I", "$P1B": "16", "$P2B": "16", "$P1R": "1024", "$P2R": "1024"}


def text_bytes(pairs: Mapping[str, str], delimiter: str = "/") -> bytes:
    doubled = delimiter * 2
    joined = delimiter.join(
        f"{k.replace(delimiter, doubled)}{delimiter}{v.replace(delimiter, doubled)}" for k, v in pairs.items()
    )
    return f"{delimiter}{joined}{delimiter}".encode()


def fcs(
    changes: Mapping[str, str | None] | None = None,
    *,
    base: Mapping[str, str] = FLOAT_TEXT,
    data: bytes = FLOATS,
    version: str = "FCS3.1",
    text: bytes | None = None,
    delimiter: str = "/",
    header: Mapping[int, str] | None = None,
    data_at: tuple[int, int] | None = None,
    stated: tuple[object, object] | None = None,
    gap: bytes = b"",
    tail: bytes = b"",
) -> bytes:
    """Make an FCS file; ``header`` replaces offsets by position, ``stated`` those of TEXT, ``data_at`` both."""
    pairs = {key: value for key, value in {**base, **(changes or {})}.items() if value is not None}
    begin, end, body = 0, 0, b""
    for _ in range(3):  # the offsets' own digits change the length of TEXT
        offsets = stated or data_at or (begin, end)
        body = text_bytes({"$BEGINDATA": f"{offsets[0]}", "$ENDDATA": f"{offsets[1]}", **pairs}, delimiter)
        body = body if text is None else text
        begin = 58 + len(body) + len(gap)
        end = begin + len(data) - 1
    fields = [58, 57 + len(body), *(data_at or (begin, end)), 0, 0]
    head = [f"{field:>8}" for field in fields]
    for position, value in (header or {}).items():
        head[position] = f"{value:>8}"
    return f"{version:<10}".encode() + "".join(head).encode("latin-1") + body + gap + data + tail


def two_sets() -> bytes:
    length = len(fcs({"$NEXTDATA": "00000"}))
    return fcs({"$NEXTDATA": f"{length:05}"}) + fcs()


def ending_at(shift: int) -> bytes:
    """Both HEADER and TEXT state the last byte of DATA too high or too low; a byte follows DATA."""
    begin = fcs().index(FLOATS)
    return fcs(data_at=(begin, begin + len(FLOATS) - 1 + shift), tail=b"\n")


def shifted_by_one() -> bytes:
    """DATA stated one byte too long because its first byte is stated one too low."""
    begin = fcs(gap=b"\x7f").index(FLOATS)
    return fcs(gap=b"\x7f", data_at=(begin - 1, begin + len(FLOATS) - 1))


def both_fit(data: bytes) -> bytes:
    """HEADER says that DATA begins after TEXT, TEXT says 46 bytes later; the file has room for both."""
    content, begin = b"", 0
    for _ in range(3):
        content = fcs(base=INTEGER_TEXT, data=data, stated=(begin + 46, begin + 445), tail=bytes(64))
        begin = len(content) - 64 - len(data)
    return content


def spill(text: str) -> bytes:
    return fcs({"$SPILLOVER": text})


def not_numbers(count: int) -> bytes:
    values = np.frombuffer(FLOATS, "<f4").copy()
    values[:count] = np.inf
    values[0] = np.nan
    return values.tobytes()


def two_beginnings() -> bytes:
    """HEADER begins one digit later than TEXT."""
    begin = fcs(FREE, data=b"12345" + FREE_ROWS).index(b"12345" + FREE_ROWS)
    return fcs(FREE, data=b"12345" + FREE_ROWS[FREE_ROWS.index(b",") :], header={2: str(begin + 1)})


INTEGERS: dict[str, Any] = {"base": INTEGER_TEXT, "data": SHORTS.tobytes()}
ONE_ROW: dict[str, Any] = {"base": INTEGER_TEXT, "data": bytes(4)}
WIDE_INTEGERS = {"$P2DATATYPE": "I", "$P2B": "64", "$P2R": "18446744073709551616"}
ZIP = b"PK\x03\x04" + bytes(60)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(60)
GOOD = fcs()
MIXED = np.zeros(ROWS, [("a", "<u2"), ("b", "<u4")])
MIXED["a"], MIXED["b"] = 7, 70000
FLOAT_AND_INT = np.zeros(ROWS, [("a", "<f4"), ("b", "<u2")])
FLOAT_AND_WIDE = np.zeros(ROWS, [("a", "<f4"), ("b", "<u8")])
MANY = {f"K{number}": "x" for number in range(300_000)}
STEPPED = np.array([[1, 5], [2, 4], [3, 6], [4, 6]], "<f4")


def packed(count: int = ROWS) -> bytes:
    """Write 10 and 12 bits a value, most significant first, as one long number."""
    bits = "".join(f"{a % 1024:010b}{b % 4096:012b}" for a, b in SHORTS[:count].tolist())
    return int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8), "big")


def pdp(values: bytes) -> bytes:
    """Swap the bytes of each half of little-endian words: first 2, then 1, then 4, then 3."""
    return np.frombuffer(values, np.uint8).reshape(-1, 2)[:, ::-1].tobytes()


TEXT = {"$DATATYPE": "A", "$P1B": "4", "$P2B": "5", "$P1R": "10000", "$P2R": "100000"}
FREE = {**TEXT, "$P1B": "*", "$P2B": "*"}
FIXED_ROWS = b"".join(b"%4d%-5d" % (a, b) for a, b in SHORTS.tolist())
FREE_ROWS = b"".join(b"%d,\t%d\r\n" % (a, b) for a, b in SHORTS.tolist())
PACKED = {"$BYTEORD": "4,3,2,1", "$DATATYPE": "I", "$P1B": "10", "$P2B": "12", "$P1R": "1024", "$P2R": "4096"}
HUGE_SPILL = "100000," + ",".join(["FSC-A"] * 1000)


@dataclass(frozen=True)
class Case:
    """A file, the code that must appear, and whether the file is refused."""

    id: str
    content: bytes | Callable[[], bytes]
    code: str = ""
    refused: bool = True
    tolerate: str = ""


def read(name: str, content: bytes | Callable[[], bytes], code: str = "", tolerate: str = "") -> Case:
    return Case(name, content, code, refused=False, tolerate=tolerate)


LIMITED = [
    Case("F01 empty", b"", "NK-SNF-02"),
    Case("F02 ten bytes", b"FCS3.1    ", "NK-FCS-03"),
    Case("F03 header only", GOOD[:58], "NK-WIN-01"),
    Case("F04 zip", ZIP, "NK-SNF-01"),
    Case("F04 png", PNG, "NK-SNF-01"),
    Case("F05 truncated", GOOD[:-100], "NK-FCS-23"),
    read("F05 truncated, tolerated", GOOD[:-100], "NK-FCS-23", "NK-FCS-23"),
    Case("F06 tot huge", fcs({"$TOT": "99999999999"}), "NK-FCS-24"),
    Case("F07 tot negative", fcs({"$TOT": "-5"}), "NK-FCS-11"),
    Case("F08 tot letters", fcs({"$TOT": "abc"}), "NK-FCS-11"),
    read("F09 tot missing", fcs({"$TOT": None}), "NK-FCS-52"),
    Case("F10 tot too small", fcs({"$TOT": "90"}), "NK-FCS-24"),
    Case("F10 tot too large", fcs({"$TOT": "101"}), "NK-FCS-24"),
    Case("F11 par huge", fcs({"$PAR": "100000000"}), "NK-FCS-12"),
    Case("F12 par 0", fcs({"$PAR": "0"}), "NK-FCS-12"),
    Case("F13 par missing", fcs({"$PAR": None}), "NK-FCS-10"),
    Case("F14 enddata beyond", fcs(data_at=(500, 99_999_998)), "NK-FCS-23"),
    Case("F15 reversed", fcs(data_at=(900, 500)), "NK-FCS-21"),
    Case("F16 overlap", fcs(data_at=(100, 899)), "NK-FCS-22"),
    Case("F17 letters in header", fcs(header={2: "abc"}), "NK-FCS-04"),
    Case("F18 negative in header", fcs(header={2: "-5"}), "NK-FCS-04"),
    Case("F18 negative in text", fcs(stated=("-5", "900")), "NK-FCS-11"),
    read("F19 header 0", fcs(header={2: "0", 3: "0"})),
    read("F20 header 99999999", fcs(header={3: "99999999"}), "NK-FCS-50"),
    Case("F34 300,000 keywords", lambda: fcs(text=text_bytes(MANY)), "NK-FCS-07"),
    Case("F35 text of 99 MB", fcs(header={1: "99999999"}), "NK-FCS-05"),
    Case("F40 spill 100000", spill(HUGE_SPILL), "NK-FCS-27"),
]
OTHERS = [
    Case("F11 par 9999", fcs({"$PAR": "9999"}), "NK-FCS-10"),
    Case("F10 tot too small by far", fcs({"$TOT": "0"}), "NK-FCS-24"),
    read("F10 tolerated", fcs({"$TOT": "90"}), "NK-FCS-24", "NK-FCS-24"),
    read("F21 one too long", ending_at(+1), "NK-FCS-51"),
    read("F21 one too short", ending_at(-1), "NK-FCS-51"),
    read("F21 one too long in HEADER", fcs(header={3: str(len(GOOD))}), "NK-FCS-50"),
    Case("F21 first byte wrong", shifted_by_one, "NK-FCS-19"),
    read("F22 text begin wrong", fcs(stated=(500, 1250)), "NK-FCS-50"),
    read("F22 both fit, gap is data", lambda: both_fit(SHORTS.tobytes()), "NK-FCS-50"),
    Case("F22 both fit, gap is zeros", lambda: both_fit(bytes(400)), "NK-FCS-25"),
    read("F22 tolerated", lambda: both_fit(bytes(400)), "NK-FCS-25", "NK-FCS-25"),
    read("F23 second data set", two_sets, "NK-FCS-65"),
    Case("F23 negative", fcs({"$NEXTDATA": "-800"}), "NK-FCS-26"),
    Case("F23 beyond", fcs({"$NEXTDATA": "99999999"}), "NK-FCS-26"),
    Case("F23 no data set there", fcs({"$NEXTDATA": "100"}), "NK-FCS-26"),
    read("F23 tolerated", fcs({"$NEXTDATA": "100"}), "NK-FCS-26", "NK-FCS-26"),
    Case("F24 3 bits", fcs({"$P1B": "3"}, **INTEGERS), "NK-FCS-18"),
    read("F24 packed bits", fcs(PACKED, data=packed()), "NK-FCS-80"),
    read("F24 packed bits without tot", fcs({**PACKED, "$TOT": None}, data=packed()), "NK-FCS-80"),
    Case("F24 packed bits in a mixed order", fcs({**PACKED, "$BYTEORD": "2,1,4,3"}, data=packed()), "NK-FCS-18"),
    read("F24 packed, tolerated", fcs({"$P1B": "15", "$P2B": "15", "$TOT": "1"}, **ONE_ROW), "NK-FCS-18", "NK-FCS-18"),
    Case("F24 packed or not", fcs({"$P1B": "15", "$P2B": "15", "$TOT": "1"}, **ONE_ROW), "NK-FCS-18"),
    Case("F24 3 bits without tot", fcs({"$P1B": "3", "$TOT": None}, **INTEGERS), "NK-FCS-18"),
    Case("F24 0 bits", fcs({"$P1B": "0"}, **INTEGERS), "NK-FCS-16"),
    Case("F24 2^32 bits", fcs({"$P1B": "4294967296"}), "NK-FCS-16"),
    Case("F24 float of 16 bits", fcs({"$P1B": "16"}), "NK-FCS-16"),
    read("F24 10 bits in words", fcs({"$P1B": "10", "$P2B": "10"}, **INTEGERS), "NK-FCS-59"),
    read("F25 16 and 32 bits", fcs({"$P2B": "32", "$P2R": "131072"}, base=INTEGER_TEXT, data=MIXED.tobytes())),
    Case("F26 datatype Z", fcs({"$DATATYPE": "Z"}), "NK-FCS-14"),
    read("F27 fixed text", fcs(TEXT, data=FIXED_ROWS)),
    read("F27 free text", fcs(FREE, data=FREE_ROWS)),
    read("F27 free text without tot", fcs({**FREE, "$TOT": None}, data=FREE_ROWS), "NK-FCS-52"),
    Case("F27 fixed text that is none", fcs(TEXT, data=FIXED_ROWS.replace(b"1", b"x")), "NK-FCS-35"),
    Case("F27 fixed text, a field of blanks", fcs(TEXT, data=b"    " + FIXED_ROWS[4:]), "NK-FCS-35"),
    Case("F27 fixed text, two numbers in a field", fcs(TEXT, data=b"1  2" + FIXED_ROWS[4:]), "NK-FCS-35"),
    Case("F27 free text that is none", fcs(FREE, data=FREE_ROWS.replace(b"1", b"-")), "NK-FCS-35"),
    Case("F27 free text, one number less", fcs(FREE, data=FREE_ROWS[7:]), "NK-FCS-24"),
    read("F27 one less, tolerated", fcs(FREE, data=FREE_ROWS + b"7"), "NK-FCS-24", "NK-FCS-24"),
    Case("F27 free text, a number of 10,000 digits", fcs(FREE, data=FREE_ROWS + b"9" * 10_000), "NK-FCS-35"),
    Case("F27 some free, some fixed", fcs({**FREE, "$P2B": "5"}, data=FREE_ROWS), "NK-FCS-16"),
    Case("F27 65 characters", fcs({**TEXT, "$P1B": "65"}, data=FIXED_ROWS), "NK-FCS-16"),
    Case("F27 free text beyond the file", fcs(FREE, data=FREE_ROWS[:-300], data_at=(300, 2000)), "NK-FCS-23"),
    Case("F27 free text reversed", fcs(FREE, data=FREE_ROWS, data_at=(900, 300)), "NK-FCS-21"),
    Case("F27 free text over TEXT", fcs(FREE, data=FREE_ROWS, data_at=(100, 900)), "NK-FCS-22"),
    read("F27 free text, two places", fcs(FREE, data=FREE_ROWS, gap=b"  ", header={2: "244"}), "NK-FCS-50"),
    Case("F27 free text, two numbers to begin with", two_beginnings, "NK-FCS-25"),
    Case("F28 mode C", fcs({"$MODE": "C"}), "NK-FCS-13"),
    Case("F28 mode U", fcs({"$MODE": "U"}), "NK-FCS-13"),
    read("F28 mode missing", fcs({"$MODE": None}), "NK-FCS-68"),
    read("F29 big-endian", fcs({"$BYTEORD": "4,3,2,1"}, data=np.frombuffer(FLOATS, "<f4").astype(">f4").tobytes())),
    read("F29 2,1,4,3", fcs({"$BYTEORD": "2,1,4,3"}, data=pdp(FLOATS)), "NK-FCS-79"),
    Case("F29 an order of four bytes for doubles",
         fcs({"$BYTEORD": "2,1,4,3", "$DATATYPE": "D", "$P1B": "64", "$P2B": "64"}, data=FLOATS * 2), "NK-FCS-15"),
    Case("F29 nines", fcs({"$BYTEORD": "9,9,9,9"}), "NK-FCS-15"),
    Case("F29 missing", fcs({"$BYTEORD": None}), "NK-FCS-10"),
    read("F30 same", fcs({"$tot": "100"}), "NK-FCS-54"),
    Case("F30 different", fcs({"$tot": "7"}), "NK-FCS-09"),
    read("F30 different, not used", fcs({"$cyt": "a", "$CYT": "b"}), "NK-FCS-54"),
    read("F31 empty value", fcs({"$P1S": "", "$CYT": ""}), "NK-FCS-55"),
    read("F32 doubled", fcs({"$CYT": "a/b"})),
    Case("F32 not doubled", fcs(text=text_bytes({**FLOAT_TEXT, "$CYT": "a"})[:-1] + b"/b/"), "NK-FCS-08"),
    Case("F32 not doubled, twice", fcs(text=b"/$CYT/a/b" + text_bytes(FLOAT_TEXT)[:-1] + b"/X/a/b/"), "NK-FCS-08"),
    read("F33 letter", fcs(delimiter="q")),
    read("F33 space", fcs(delimiter=" ")),
    read("F33 form feed", fcs(delimiter="\x0c")),
    Case("F33 nul", fcs(delimiter="\0"), "NK-FCS-06"),
    Case("F33 not ascii", fcs(text=b"\xff" + text_bytes(FLOAT_TEXT)), "NK-FCS-06"),
    read("F36 one infinite event", fcs(data=not_numbers(2)), "NK-FCS-57"),
    Case("F36 many", fcs(data=not_numbers(50)), "NK-FCS-29"),
    Case("F37 range 0", fcs({"$P1R": "0"}, **INTEGERS), "NK-FCS-17"),
    Case("F37 range 1e400", fcs({"$P1R": "1e400"}), "NK-FCS-17"),
    read("F37 range 1000", fcs({"$P1R": "1000", "$P2R": "300"}, **INTEGERS), "NK-FCS-58"),
    read("F37 float without range", fcs({"$P1R": "0"}), "NK-FCS-69"),
    read("F38 4,0", fcs({"$P1E": "4,0"}, **INTEGERS), "NK-FCS-60"),
    Case("F38 nonsense", fcs({"$P1E": "4"}), "NK-FCS-31"),
    read("F38 missing", fcs({"$P1E": None}), "NK-FCS-70"),
    read("F38 logarithm of floats", fcs({"$P1E": "4,1", "$P1G": "2"}), "NK-FCS-71"),
    read("F38 logarithm and gain", fcs({"$P1E": "4,1", "$P1G": "2"}), "NK-FCS-74"),
    Case("gain below 0", fcs({"$P1G": "-1"}), "NK-FCS-32"),
    read("gain 0", fcs({"$P1G": "0"}), "NK-FCS-61"),
    Case("F39 too few numbers", spill("2,FSC-A,CD3-A,1,0,0"), "NK-FCS-27"),
    Case("F39 not a number", spill("2,FSC-A,CD3-A,1,0,0,x"), "NK-FCS-27"),
    Case("F39 a channel twice", spill("2,FSC-A,FSC-A,1,0,0,1"), "NK-FCS-27"),
    Case("F39 no size", spill(","), "NK-FCS-27"),
    read("F39 unknown channel", spill("2,FSC-A,XYZ,1,0,0,1"), "NK-FCS-76"),
    read("F39 channel numbers", spill("2,1,2,1,0,0,1"), "NK-FCS-77"),
    read("F39 tolerated", spill("2,FSC-A,CD3-A,1,0,0"), "NK-FCS-27", "NK-FCS-27"),
    read("F39 two matrices",
         fcs({"SPILL": "2,FSC-A,CD3-A,1,0,0,1", "$SPILLOVER": "2,FSC-A,CD3-A,1,.1,0,1"}), "NK-FCS-72"),
    read("F39 comp without names", fcs({"$COMP": "2,1,0,0,1"}), "NK-FCS-73"),
    Case("F41 singular", spill("2,FSC-A,CD3-A,1,1,1,1"), "NK-FCS-28"),
    Case("F41 nearly singular", spill("2,FSC-A,CD3-A,1,1,1,1.0000001"), "NK-FCS-28"),
    read("F42 compensated already", fcs({"$P2N": "Comp-CD3-A", "SPILL": "2,FSC-A,Comp-CD3-A,1,.1,0,1"}), "NK-FCS-64"),
    read("F43 utf-8", fcs({"$P1S": "CD3 µ β"})),
    read("F43 cp932", GOOD.replace(b"FSC-A", b"FSC\x83\x8c"), "NK-FCS-56"),
    read("F43 latin-1", GOOD.replace(b"FSC-A", b"FSC-\xb5"), "NK-FCS-56"),
    Case("F44 version", fcs(version="FCS9.9"), "NK-FCS-02"),
    read("F44 3.2, types by channel",
         fcs({"$P2DATATYPE": "I", "$P2B": "16"}, data=FLOAT_AND_INT.tobytes(), version="FCS3.2")),
    Case("F44 3.2, wide integers beside floats",
         fcs(WIDE_INTEGERS, data=FLOAT_AND_WIDE.tobytes(), version="FCS3.2"),
         "NK-FCS-30"),
    read("F45 no events", fcs({"$TOT": "0"}, data=b"", data_at=(0, 0)), "NK-FCS-53"),
    Case("no offsets", fcs(data_at=(0, 0)), "NK-FCS-20"),
    read("F47 time falls", fcs({"$P2N": "Time", "$TOT": "4"}, data=STEPPED.tobytes()), "NK-FCS-81"),
    read("F50 one marker twice", fcs({"$P1S": "CD3", "$P2S": "CD3"}), "NK-FCS-82"),
    read("F53 blank before a keyword", fcs({"$P1N": None, " $P1N": "FSC-A"}), "NK-FCS-78"),
    Case("padding before a keyword", fcs({"$P1N": None, " " * 40 + "$P1N": "FSC-A"}), "NK-FCS-33"),
    read("padding, tolerated", fcs({"$P1N": None, " " * 40 + "$P1N": "FSC-A"}), "NK-FCS-33", "NK-FCS-33"),
    read("no name", fcs({"$P1N": None}), "NK-FCS-62"),
    read("one name twice", fcs({"$P1N": "CD3-A"}), "NK-FCS-63"),
    read("supplement elsewhere", fcs({"$BEGINSTEXT": "70", "$ENDSTEXT": "90"}), "NK-FCS-66"),
    read("no last delimiter", fcs(text=text_bytes(FLOAT_TEXT)[:-1]), "NK-FCS-67"),
    read("persons", fcs({"$OP": "Jane Doe", "PATIENT ID": "12345"}), "NK-FCS-75"),
    Case("not FCS after all", b"FCS" + bytes(100), "NK-FCS-02"),
]  # fmt: skip


def written(case: Case, folder: Path) -> Path:
    path = folder / "case.fcs"
    path.write_bytes(case.content if isinstance(case.content, bytes) else case.content())
    return path


def arguments(case: Case, path: Path) -> list[str]:
    return ["inspect", str(path), "--json", *(["--tolerate", case.tolerate] if case.tolerate else [])]


def require(case: Case, code: int, out: str, err: str) -> None:
    assert "Traceback" not in err
    if case.refused:
        assert code == 3, out
        assert err.startswith(f"error: {case.code} "), err
        assert err.count("\n") == 1
        assert out == ""
        return
    assert code == 0, err
    found = json.loads(out)
    codes = [finding["code"] for finding in found["findings"]]
    assert case.code in codes if case.code else not codes


@pytest.mark.parametrize("case", [*LIMITED, *OTHERS], ids=lambda case: case.id)
def test_refused_or_read_with_a_finding(case: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(arguments(case, written(case, tmp_path)))
    printed = capsys.readouterr()
    assert isinstance(left.value.code, int)
    require(case, left.value.code, printed.out, printed.err)


PLANNED = [case for case in OTHERS if case.id[0] == "F"]


@pytest.mark.parametrize("case", [*LIMITED, *PLANNED], ids=lambda case: case.id)
def test_in_a_process_with_limits(
    case: Case, tmp_path: Path, run_limited: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    done = run_limited(*arguments(case, written(case, tmp_path)), memory_mb=1500, seconds=10.0)
    require(case, done.returncode, done.stdout, done.stderr)


def test_a_large_sparse_file_is_read_in_bounded_memory(
    tmp_path: Path, run_limited: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    rows = 26_000_000  # beyond byte 99,999,999
    content = fcs({"$TOT": str(rows)}, base=INTEGER_TEXT, data=b"", stated=("0000001024", f"{1023 + 4 * rows:010}"))
    path = tmp_path / "large.fcs"
    with path.open("wb") as file:
        file.write(content[:26] + b"       0" * 4 + content[58:])
        file.truncate(1024 + 4 * rows)
    done = run_limited("inspect", path, "--json", memory_mb=1500, seconds=20.0)
    found = json.loads(done.stdout)
    assert (found["events"], found["raw_sum"], found["findings"]) == (rows, 0.0, [])


@pytest.mark.parametrize("size", [10_000, 64 * 1024**2], ids=["read", "mapped"])
def test_a_file_that_changes_while_it_is_read_f52(
    size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file grows between the two looks at its size, before and after it is hashed."""
    path = tmp_path / "growing.fcs"
    with path.open("wb") as file:
        file.write(GOOD)
        file.truncate(size)
    original, looks = os.fstat, 0

    def fstat(descriptor: int) -> os.stat_result:
        nonlocal looks
        found = original(descriptor)
        if (found.st_dev, found.st_ino) == (path.stat().st_dev, path.stat().st_ino):
            looks += 1
            if looks == 1:
                with path.open("ab") as file:
                    file.write(b"more")
        return found

    monkeypatch.setattr(os, "fstat", fstat)
    with pytest.raises(SystemExit) as left:
        main(["inspect", str(path)])
    assert left.value.code == 3
    assert capsys.readouterr().err.startswith("error: NK-WIN-06 ")


def test_only_regular_files_f54(tmp_path: Path, run_limited: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    os.mkfifo(tmp_path / "pipe.fcs")
    for path in (tmp_path / "pipe.fcs", tmp_path, Path("/dev/zero")):
        done = run_limited("inspect", path, memory_mb=1500, seconds=10.0)
        assert done.returncode == 3
        assert done.stderr.startswith("error: NK-WIN-03 ")


def test_a_file_name_cannot_speak_to_the_terminal_p11(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a\x1b[31m\nred.fcs"
    path.write_bytes(GOOD)
    for options in ([], ["--json"]):
        with pytest.raises(SystemExit) as left:
            main(["inspect", str(path), *options])
        assert left.value.code == 0
        assert "\x1b" not in capsys.readouterr().out


def test_persons_are_not_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "named.fcs"
    path.write_bytes(fcs({"$OP": "Jane Doe", "PATIENT ID": "12345", "$FIL": "Doe.fcs", "$SRC": "Doe"}))
    for options in ([], ["--json"]):
        with pytest.raises(SystemExit):
            main(["inspect", str(path), *options])
        printed = capsys.readouterr().out
        assert "NK-FCS-75" in printed
        assert not any(name in printed for name in ("Doe", "12345"))


def test_what_cannot_be_tolerated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "good.fcs"
    path.write_bytes(GOOD)
    for code in ("NK-FCS-05", "nk-fcs-23", "x\x1b"):
        with pytest.raises(SystemExit) as left:
            main(["inspect", str(path), "--tolerate", code])
        assert left.value.code == 2
        assert "cannot be tolerated; these can: NK-FCS-09, " in capsys.readouterr().err


def test_many_channels_of_one_bit_take_little_memory() -> None:
    """3,000 channels: what is small in the file is not to become large in memory, beyond the promise."""
    events, channels = 8192, 3000
    text = "".join(f"/$P{n}B/1/$P{n}R/2" for n in range(1, channels + 1))
    text = f"/$BYTEORD/1,2,3,4/$DATATYPE/I/$MODE/L/$PAR/{channels}/$TOT/{events}{text}/"
    begin, size = 100_000, events * channels // 8
    head = f"FCS3.0    {58:8}{57 + len(text):8}{begin:8}{begin + size - 1:8}{0:8}{0:8}{text}"
    content = head.encode().ljust(begin) + b"\xff" * size
    tracemalloc.start()
    matrix = read_fcs(Window(content, "bits.fcs"))
    assert raw_sum(matrix) == float(events * channels)
    assert tracemalloc.get_traced_memory()[1] < 64 * 1024**2 + 4 * len(content)
    tracemalloc.stop()


def test_infinite_values_are_null_in_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "infinite.fcs"
    path.write_bytes(fcs(data=not_numbers(2)))
    with pytest.raises(SystemExit):
        main(["inspect", str(path), "--json"])
    assert json.loads(capsys.readouterr().out)["raw_sum"] is None


def test_the_tables_own_numbers_are_what_struct_reads() -> None:
    assert struct.unpack_from("<2f", GOOD, GOOD.index(FLOATS)) == tuple(np.frombuffer(FLOATS, "<f4")[:2])
