"""Mutated FCS files: only SourceError escapes, in bounded time."""

import re
import time
from collections.abc import Callable

import numpy as np
import pytest

from nktrial.core.errors import SourceError
from nktrial.formats.fcs import raw_sum, read_fcs
from nktrial.formats.fcs_write import write_fcs
from nktrial.formats.window import Window
from nktrial.model.events import Channel, Spillover

MUTANTS = 2000
SLOWEST_SECONDS = 1.0
NUMBERS = (
    b"0",
    b"-1",
    b"1",
    b"3",
    b"7",
    b"99999999",
    b"4294967296",
    b"18446744073709551617",
    b"1e999",
    b"nan",
    b"x",
    b"",
)


def floats() -> bytes:
    channels = tuple(Channel(index, f"CH{index}-A", "CD3", 32, 262144.0) for index in range(4))
    values = np.arange(400, dtype=np.float32).reshape(100, 4)
    return write_fcs(values, channels, spillover=Spillover(("CH1-A", "CH2-A"), np.array([[1.0, 0.1], [0.2, 1.0]])))


def integers() -> bytes:
    """Three widths, big-endian, FCS 3.0, with a doubled delimiter and a range that masks."""
    values = np.zeros(50, [("a", ">u2"), ("b", ">u4"), ("c", "u1")])
    values["a"], values["b"], values["c"] = np.arange(50) * 1000, 70000, 200
    text = (
        b"/$BYTEORD/4,3,2,1/$DATATYPE/I/$MODE/L/$NEXTDATA/0/$PAR/3/$TOT/50/$P1B/16/$P1E/4,1/$P1N/A/$P1R/1024"
        b"/$P2B/32/$P2E/0,0/$P2N/B/$P2R/131072/$P3B/8/$P3E/0,0/$P3N/C/$P3R/256/$CYT/a//b/$COMP/1,A,1"
        b"/$BEGINDATA/00000320/$ENDDATA/00000669/"
    )
    content = b"FCS3.0    " + b"".join(b"%8d" % n for n in (58, 57 + len(text), 320, 669, 0, 0)) + text
    return content.ljust(320) + values.tobytes()


def flip_bytes(content: bytearray, rng: np.random.Generator) -> bytearray:
    for _ in range(int(rng.integers(1, 6))):
        content[int(rng.integers(0, min(len(content), 900)))] = int(rng.integers(0, 256))
    return content


def truncate(content: bytearray, rng: np.random.Generator) -> bytearray:
    return content[: int(rng.integers(0, len(content)))]


def replace_number(content: bytearray, rng: np.random.Generator) -> bytearray:
    found = [match.span() for match in re.finditer(rb"\d+(?:\.\d+)?", bytes(content[10:900]))]
    start, stop = found[int(rng.integers(0, len(found)))]
    number = NUMBERS[int(rng.integers(0, len(NUMBERS)))]
    if rng.random() < 0.5:  # of the same length, so that all offsets still hold
        number = number.rjust(stop - start)[: stop - start]
    return content[: 10 + start] + number + content[10 + stop :]


def insert_bytes(content: bytearray, rng: np.random.Generator) -> bytearray:
    place = int(rng.integers(0, min(len(content), 900)))
    return content[:place] + bytes(content[place : place + int(rng.integers(1, 40))]) + content[place:]


Mutation = Callable[[bytearray, np.random.Generator], bytearray]


@pytest.mark.parametrize("mutation", [flip_bytes, truncate, replace_number, insert_bytes])
@pytest.mark.parametrize("seed", [floats, integers])
def test_mutants_are_read_or_refused(seed: Callable[[], bytes], mutation: Mutation, rng: np.random.Generator) -> None:
    original = seed()
    assert read_fcs(Window(original, "seed.fcs")).values.size
    read, codes = 0, set()
    for _ in range(MUTANTS // 4):
        content = bytes(mutation(bytearray(original), rng))
        start = time.perf_counter()
        try:
            matrix = read_fcs(Window(content, "mutant.fcs"))
            raw_sum(matrix)
            assert matrix.values.nbytes <= 8 * len(content)
            read += 1
        except SourceError as error:
            codes.add(error.code[:6])
        assert time.perf_counter() - start < SLOWEST_SECONDS
    assert codes
    assert codes <= {"NK-FCS", "NK-WIN"}
    assert read > 0 or mutation is truncate
