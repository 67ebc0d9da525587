"""Invariants of markers in labels, and of gates under a change of the instrument's units."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nktrial.cytometry.strategy import gate_events
from nktrial.cytometry.templates.draw import draw_gates
from nktrial.cytometry.templates.markers import label_markers
from nktrial.cytometry.templates.synonyms import SYNONYMS
from nktrial.formats.gatingml import read_gating_ml
from nktrial.formats.gatingml_write import write_gating_ml
from nktrial.formats.template import load_template
from nktrial.formats.window import Window
from nktrial.model.events import Channel, EventMatrix

DYES = st.sampled_from(["FITC", "PE", "PE-Cy7", "BV421", "APC-R700", "Alexa Fluor 488", "Spark Blue 550"])
SEPARATORS = st.sampled_from([" ", "-", "_", " / ", ":"])
WORDS = st.sampled_from([(name, word) for name, words in SYNONYMS.items() for word in (name, *words)])


@given(WORDS, DYES, SEPARATORS, st.sampled_from(["dye", "marker"]), st.sampled_from([str.upper, str.lower, str]))
def test_a_name_with_a_dye_is_that_marker(
    word: tuple[str, str],
    dye: str,
    separator: str,
    first: str,
    spelling: Callable[[str], str],
) -> None:
    name, text = word
    label = separator.join((dye, text) if first == "dye" else (text, dye))
    assert label_markers(spelling(label)) == (name,)


@given(st.integers(1, 399), st.integers(0, 9), DYES)
def test_a_number_is_never_part_of_a_longer_one(number: int, digit: int, dye: str) -> None:
    (found,) = label_markers(f"CD{number}{digit} {dye}") or ("none",)
    assert found != f"CD{number}"


@given(st.lists(st.sampled_from(sorted(SYNONYMS)), min_size=2, max_size=3, unique=True), SEPARATORS)
def test_a_combined_label_names_every_marker(names: list[str], separator: str) -> None:
    if separator in (" ", "-", "_", ":"):
        separator = " / "
    assert set(label_markers(separator.join(names))) == set(names)


def tube(rng: np.random.Generator, shares: tuple[int, int, int]) -> EventMatrix:
    kind = np.repeat([0, 1, 2], shares)
    area = rng.normal(80_000.0, 5_000.0, kind.size)
    values = np.column_stack(
        [
            area,
            0.8 * area + rng.normal(0.0, 500.0, kind.size),
            rng.normal(30_000.0, 3_000.0, kind.size),
            np.where(kind == 0, 9_000.0, 0.0) + rng.normal(0.0, 150.0, kind.size),
            np.where(kind == 1, 8_000.0, 0.0) + rng.normal(0.0, 120.0, kind.size),
        ]
    )
    names = (("FSC-A", ""), ("FSC-H", ""), ("SSC-A", ""), ("A-A", "CD3"), ("B-A", "CD56"))
    channels = tuple(Channel(i, name, marker, 32, 262144.0) for i, (name, marker) in enumerate(names))
    return EventMatrix(values, channels, None, {}, "FCS3.1")


@settings(max_examples=10, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.tuples(st.integers(500, 3000), st.integers(300, 1500), st.integers(300, 1500)),
    st.sampled_from([0.25, 4.0, 16.0]),
)
def test_units_do_not_matter_and_gates_survive_writing(seed: int, shares: tuple[int, int, int], factor: float) -> None:
    """The same tube on an instrument whose numbers are all ``factor`` times as large has the same populations."""
    matrix = tube(np.random.default_rng(seed), shares)
    scaled = replace(
        matrix,
        values=np.asarray(matrix.values, dtype=np.float64) * factor,
        channels=tuple(replace(item, top=item.top * factor) for item in matrix.channels),
    )
    template = load_template("nk")
    one, other = draw_gates(matrix, template), draw_gates(scaled, template)
    counts = [gate_events(matrix, one.strategy).populations, gate_events(scaled, other.strategy).populations]
    assert [item.path for item in counts[0]] == [item.path for item in counts[1]]
    for a, b in zip(*counts, strict=True):
        assert a.count == pytest.approx(b.count, abs=2)
    read_back = read_gating_ml(Window(write_gating_ml(one.strategy), "gates.xml"))
    assert read_back == one.strategy
    assert gate_events(matrix, read_back).populations == counts[0]
