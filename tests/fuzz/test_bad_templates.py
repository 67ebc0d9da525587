"""Mutated templates and overrides files: only SourceError escapes."""

from collections.abc import Callable
from importlib.resources import files

import numpy as np
import pytest

from nktrial.core.errors import SourceError
from nktrial.formats.gate_overrides import read_overrides
from nktrial.formats.template import read_template, shipped_templates
from nktrial.formats.window import Window

SHARE = 150
OVERRIDES = b'[override."d14.fcs"."T"]\nvalue = 0.5\nunit = "scale"\nmarker = "CD3"\nreason = "r"\nby = "AB"\n'
PIECES = (
    b"[",
    b"]",
    b"{",
    b"}",
    b'"',
    b"=",
    b"\n",
    b"nan",
    b"1e999",
    b"-1",
    b"true",
    b"\x00",
    b"\xff",
    b"'''",
    b"a.b.c",
)


def mutated(data: bytes, rng: np.random.Generator) -> bytes:
    text = bytearray(data)
    for _ in range(int(rng.integers(1, 6))):
        place = int(rng.integers(0, len(text)))
        match int(rng.integers(0, 3)):
            case 0:
                text[place : place + int(rng.integers(1, 40))] = b""
            case 1:
                text[place:place] = PIECES[int(rng.integers(0, len(PIECES)))]
            case _:
                text[place] = int(rng.integers(0, 256))
        if not text:
            break
    return bytes(text)


@pytest.mark.parametrize("name", shipped_templates())
def test_a_mutated_template_is_read_or_refused(
    name: str, rng: np.random.Generator, mutants: Callable[[int], int]
) -> None:
    data = (files("nktrial.formats") / "gating_templates" / f"{name}.toml").read_bytes()
    made = mutants(SHARE)
    assert _refused(data, read_template, rng, made) > made / 3


def test_a_mutated_overrides_file_is_read_or_refused(rng: np.random.Generator, mutants: Callable[[int], int]) -> None:
    made = mutants(SHARE)
    assert _refused(OVERRIDES, read_overrides, rng, made) > made / 3


def _refused(data: bytes, read: Callable[[Window], object], rng: np.random.Generator, made: int) -> int:
    refused = 0
    for _ in range(made):
        try:
            read(Window(mutated(data, rng), "t.toml"))
        except SourceError:
            refused += 1
    return refused
