"""Mutated ABIF files: only SourceError escapes, in bounded time."""

import time
from collections.abc import Callable

import numpy as np

from nktrial.core.errors import SourceError
from nktrial.formats.abif import list_tags, read_abif, vendor_peaks
from nktrial.formats.abif_write import write_abif
from nktrial.formats.window import Window
from nktrial.model.trace import Trace

SHARE = 3_000
SLOWEST_SECONDS = 0.1
EDGES = (0, 1, 2, 4, 28, 127, 128, 255, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)


def seed_file(rng: np.random.Generator) -> bytes:
    scans = rng.integers(0, 200, (120, 5)).astype(np.int32)
    facts = {"instrument": "3130", "run_date": "2026-11-23", "run_time": "10:00:00", "lane": "3"}
    return write_abif(Trace(scans, ("a", "b", "c", "d", "e"), "S", "LIZ", np.array([3]), facts))


def mutant(data: bytes, rng: np.random.Generator) -> bytes:
    changed = bytearray(data)
    directory = int.from_bytes(data[26:30], "big")
    for _ in range(int(rng.integers(1, 4))):
        kind = int(rng.integers(5))
        start = (
            int(rng.integers(min(directory, len(changed) - 8), len(changed) - 4))
            if kind < 3
            else int(rng.integers(0, 34))
        )
        if kind in (0, 3):
            changed[start] ^= 1 << int(rng.integers(8))
        elif kind in (1, 4):
            changed[start : start + 4] = int(rng.choice(np.array(EDGES, dtype=np.uint32))).to_bytes(4, "big")
        else:
            del changed[start : start + int(rng.integers(1, 60))]
    return bytes(changed)


def test_only_source_errors_escape(rng: np.random.Generator, mutants: Callable[[int], int]) -> None:
    made = mutants(SHARE)
    valid = seed_file(rng)
    outcomes = {"read": 0, "refused": 0}
    for _ in range(made):
        window = Window(mutant(valid, rng), "mutant.fsa")
        begin = time.perf_counter()
        try:
            read_abif(window)
            list_tags(window)
            vendor_peaks(window)
            outcomes["read"] += 1
        except SourceError:
            outcomes["refused"] += 1
        assert time.perf_counter() - begin < SLOWEST_SECONDS
    assert min(outcomes.values()) > made / 20, outcomes
