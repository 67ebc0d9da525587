"""Mutated FCS files of every kind: only SourceError escapes, in bounded time and memory."""

import re
import time
import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest

from nktrial.core.errors import SourceError
from nktrial.formats.fcs import raw_sum, read_fcs
from nktrial.formats.fcs_write import write_fcs
from nktrial.formats.window import Window
from nktrial.model.events import Channel, Spillover

MUTANTS = 2000
SECONDS, BYTES_A_SECOND = 5.0, 20_000_000
MEMORY_BYTES, MEMORY_FACTOR = 64 * 1024**2, 4
MEASURED = 10  # every so manieth mutant's memory is measured, which takes time itself
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


def plain(version: str, channels: list[tuple[str, int]], events: int, data: bytes, rest: str) -> bytes:
    """Make a file of channels of so many bits (or characters, or ``*``) and a range."""
    text = "".join(
        f"$P{n}B/{bits}/$P{n}N/C{n}/$P{n}E/0,0/$P{n}R/{top}/" for n, (bits, top) in enumerate(channels, start=1)
    )
    text = f"/$MODE/L/$PAR/{len(channels)}/$TOT/{events}/{rest}/{text}$BEGINDATA/00500/$ENDDATA/{499 + len(data):05}/"
    offsets = "".join(f"{offset:8}" for offset in (58, 57 + len(text), 500, 499 + len(data), 0, 0))
    return f"{version}    {offsets}{text}".encode().ljust(500) + data


def packed_little() -> bytes:
    return plain("FCS2.0", [("10", 1024), ("12", 3000), ("7", 128)], 40, bytes(range(145)), "$DATATYPE/I/$BYTEORD/1,2")


def packed_big() -> bytes:
    return plain("FCS3.0", [("10", 1024), ("33", 2**33)], 40, bytes(range(215)), "$DATATYPE/I/$BYTEORD/4,3,2,1")


def mixed_order() -> bytes:
    channels = [("32", 2**32), ("32", 1000), ("16", 65536)]
    return plain("FCS3.0", channels, 20, bytes(range(200)), "$DATATYPE/I/$BYTEORD/3,4,1,2")


def fixed_text() -> bytes:
    data = b"".join(b"%4d%03d" % (n * 7, n) for n in range(40))
    return plain("FCS3.0", [("4", 10000), ("3", 1000)], 40, data, "$DATATYPE/A/$BYTEORD/1,2,3,4")


def free_text() -> bytes:
    data = b" ".join(b"%d,\t%d" % (n * 977, n) for n in range(40))
    return plain("FCS3.0", [("*", 10000), ("*", 1000)], 40, data, "$DATATYPE/A/$BYTEORD/1,2,3,4")


def types_by_channel() -> bytes:
    channels = (
        Channel(0, "A", "", 32, 1024.0),
        Channel(1, "B", "", 16, 1024.0, 1.0, 4.0, 1.0),
        Channel(2, "C", "", 64, 9.0),
    )
    values = np.arange(150).reshape(50, 3)
    return write_fcs(values, channels, version="FCS3.2", types="FID", keywords={"$CYT": "x"})


def two_data_sets() -> bytes:
    """Two data sets and a byte behind them."""
    first = plain("FCS3.0", [("16", 1024)], 20, bytes(40), "$DATATYPE/I/$BYTEORD/1,2,3,4/$NEXTDATA/00540")
    return first + plain("FCS3.0", [("8", 256)], 40, bytes(40), "$DATATYPE/I/$BYTEORD/1,2,3,4/$NEXTDATA/0") + b"\n"


SEEDS = (
    floats, integers, packed_little, packed_big, mixed_order, fixed_text, free_text, types_by_channel, two_data_sets,
)  # fmt: skip


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
MUTATIONS: tuple[Mutation, ...] = (flip_bytes, truncate, replace_number, insert_bytes)


def read_everything(content: bytes) -> int:
    """Read the first two data sets as a user of the file would; return the bytes of their values."""
    size = 0
    for number in (1, 2) if content.count(b"FCS3.0") > 1 else (1,):
        matrix = read_fcs(Window(content, "mutant.fcs"), data_set=number)
        raw_sum(matrix)
        size += np.asarray(matrix.values).nbytes
    return size


@pytest.mark.parametrize("mutation", MUTATIONS)
@pytest.mark.parametrize("seed", SEEDS)
def test_mutants_are_read_or_refused(
    seed: Callable[[], bytes], mutation: Mutation, rng: np.random.Generator, mutants: Callable[[int], int]
) -> None:
    original = seed()
    assert read_everything(original)
    read, codes = 0, set()
    for number in range(mutants(MUTANTS) // (len(SEEDS) * len(MUTATIONS)) + 1):
        content = bytes(mutation(bytearray(original), rng))
        if number % MEASURED == 0:
            tracemalloc.start()
        start = time.perf_counter()
        try:
            assert read_everything(content) <= 8 * len(content)
            read += 1
        except SourceError as error:
            codes.add(error.code[:6])
        assert time.perf_counter() - start < SECONDS + len(content) / BYTES_A_SECOND
        if number % MEASURED == 0:
            assert tracemalloc.get_traced_memory()[1] < MEMORY_BYTES + MEMORY_FACTOR * len(content)
            tracemalloc.stop()
    assert codes
    assert codes <= {"NK-FCS", "NK-WIN"}
    assert read > 0 or mutation is truncate
