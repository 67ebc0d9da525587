"""Mutated Gating-ML: only SourceError escapes, quickly."""

import re
from collections.abc import Callable

import numpy as np

from nktrial.core.errors import SourceError
from nktrial.formats.gatingml import read_gating_ml
from nktrial.formats.gatingml_write import write_gating_ml
from nktrial.formats.window import Window
from nktrial.model.gates import (
    BooleanGate,
    Bounded,
    Dimension,
    EllipsoidGate,
    GatingStrategy,
    Log,
    Logicle,
    Operand,
    PolygonGate,
    Ratio,
    RectangleGate,
    SpectrumMatrix,
)

SHARE = 800
STRATEGY = GatingStrategy(
    (
        RectangleGate("A", None, (Dimension("X", "m", "t", 0.1, 0.9),)),
        PolygonGate("P", "A", (Dimension("X", "FCS"), Dimension("Y", "FCS")), np.array([[0.0, 0], [1, 0], [0, 1]])),
        EllipsoidGate("E", None, (Dimension("X", "m"), Dimension("Y", "m")), (1.0, 2.0), ((2.0, 0.0), (0.0, 1.0)), 1.0),
        BooleanGate("B", "P", "and", (Operand("A"), Operand("E", complement=True))),
    ),
    {"t": Logicle(262144, 0.5, 4.5, 0), "b": Bounded(Log(1024, 4), 0.0, 1.0)},
    {
        "m": SpectrumMatrix(("X", "Y"), ("X", "Y"), ((1.0, 0.1), (0.0, 1.0))),
        "i": SpectrumMatrix(("X", "Y"), ("X", "Y", "Z"), ((1.0, 0.0), (0.0, 1.0), (0.1, 0.2)), inverted=True),
    },
    {"r": Ratio("X", "Y", 1.0, 0.0, 0.0, None, 9.0)},
)
TOKENS = (
    b'"NaN"', b'"1e999"', b'"-1"', b'""', b"<x/>", b"&amp;", b"]]>", b"<!--", b"\x00", b"\xff\xfe", b'"A"', b"gating:",
)  # fmt: skip


QUOTED = re.compile(rb'"[^"]*"')


def mutant(data: bytes, rng: np.random.Generator) -> bytes:
    changed = bytearray(data)
    if rng.random() < 0.5:  # still XML: one value takes the place of another
        values = [found.span() for found in QUOTED.finditer(data)]
        (start, stop), (first, last) = (values[int(rng.integers(0, len(values)))] for _ in range(2))
        changed[start:stop] = data[first:last] if rng.random() < 0.7 else TOKENS[int(rng.integers(0, 4))]
        return bytes(changed)
    for _ in range(int(rng.integers(1, 4))):
        at = int(rng.integers(0, len(changed)))
        kind = rng.integers(0, 4)
        if kind == 0:
            changed[at] = int(rng.integers(0, 256))
        elif kind == 1:
            del changed[at : at + int(rng.integers(1, 40))]
        elif kind == 2:
            changed[at:at] = TOKENS[int(rng.integers(0, len(TOKENS)))]
        else:
            other = int(rng.integers(0, len(changed)))
            changed[at:at] = changed[other : other + int(rng.integers(1, 200))]
        if not changed:
            break
    return bytes(changed)


def test_only_source_errors_escape(rng: np.random.Generator, mutants: Callable[[int], int]) -> None:
    data = write_gating_ml(STRATEGY)
    codes = []
    made = mutants(SHARE)
    for _ in range(made):
        try:
            read_gating_ml(Window(mutant(data, rng), "mutant.xml"))
        except SourceError as error:
            codes.append(error.code)
    assert all(code.startswith("NK-GML-") for code in codes)
    assert len(codes) > made / 2
    assert len(set(codes)) > 12  # the mutants reach far beyond the XML parser
