"""Mutated FlowJo workspaces: only SourceError escapes, quickly; what is read can be turned into gates."""

from collections.abc import Callable

import numpy as np

from nktrial.core.errors import SourceError
from nktrial.cytometry.flowjo_strategy import sample_gates
from nktrial.formats.flowjo import read_flowjo
from nktrial.formats.flowjo_write import write_flowjo
from nktrial.formats.window import Window
from nktrial.model.events import Channel
from nktrial.model.gates import Biex, Logicle, OffsetLog, Range, SpectrumMatrix
from nktrial.model.workspace import DrawnAxis, DrawnBoolean, DrawnGate, DrawnPopulation, WorkspaceSample

SHARE = 800
AXES = (DrawnAxis("X"), DrawnAxis("Comp-Y"))
SAMPLE = WorkspaceSample(
    "1",
    "a.fcs",
    "a.fcs",
    "a.fcs",
    10,
    {
        "X": Biex(262144.0, -100.0, 4.4, 0.0),
        "Y": Logicle(1e5, 0.5, 4.5, 0.0),
        "T": Range(0.0, 9.0),
        "L": OffsetLog(1.0, 4.0),
    },
    SpectrumMatrix(("Comp-X", "Comp-Y"), ("X", "Y"), ((1.0, 0.25), (0.0, 1.0))),
    (
        DrawnPopulation(
            "R", None, "R", DrawnGate("rectangle", (DrawnAxis("X", -1.5, 1e5), DrawnAxis("L", 1.0, 9.0))), 9
        ),
        DrawnPopulation("R/P", "R", "P", DrawnGate("polygon", AXES, ((1.0, 2.0), (3.0, 1.0), (5.0, 6.0)), bins=256), 5),
        DrawnPopulation(
            "E",
            None,
            "E",
            DrawnGate("ellipse", AXES, foci=((1.0, 2.0), (3.0, 4.0)), edge=((1.0, 1.0),) * 4, distance=12.5),
            3,
        ),
        DrawnPopulation("B", None, "B", DrawnBoolean("or", ("R", "R/P", "E")), 4),
    ),
)
CHANNELS = tuple(Channel(index, name, "", 32, 262144.0) for index, name in enumerate("XYTL"))
TOKENS = (
    b'"NaN"', b'"1e999"', b'"-1"', b'""', b"<x/>", b"&amp;", b"]]>", b"<!--", b"\x00", b"\xff\xfe", b"gating:",
    b"<Sample>", b"<Subpopulations>", b'"0"', b'"1e308"', b'"-1e308"',
)  # fmt: skip


def mutant(data: bytes, rng: np.random.Generator) -> bytes:
    changed = bytearray(data)
    for _ in range(int(rng.integers(1, 4))):
        at = int(rng.integers(0, len(changed)))
        match int(rng.integers(0, 5)):
            case 0:
                changed[at] = int(rng.integers(0, 256))
            case 1:
                del changed[at : at + int(rng.integers(1, 40))]
            case 2:
                changed[at:at] = TOKENS[int(rng.integers(0, len(TOKENS)))]
            case 3:
                digits = [place for place, byte in enumerate(changed) if 48 <= byte <= 57]
                changed[digits[int(rng.integers(0, len(digits)))]] = int(rng.choice(list(b"0123456789.-e")))
            case _:
                other = int(rng.integers(0, len(changed)))
                changed[at:at] = changed[other : other + int(rng.integers(1, 200))]
    return bytes(changed)


def test_only_source_errors_escape(rng: np.random.Generator, mutants: Callable[[int], int]) -> None:
    made = mutants(SHARE)
    data = write_flowjo([SAMPLE])
    codes, read = set(), 0
    with np.errstate(all="ignore"):
        for _ in range(made):
            try:
                workspace = read_flowjo(Window(mutant(data, rng), "mutant.wsp"))
            except SourceError as error:
                codes.add(error.code)
                continue
            read += 1
            for sample in workspace.samples:
                for as_flowjo in (False, True):
                    sample_gates(sample, CHANNELS, version=workspace.version, as_flowjo=as_flowjo)
    assert all(code.startswith("NK-WSP-") for code in codes)
    assert read > made / 10
    assert len(codes) > 3
