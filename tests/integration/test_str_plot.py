"""nktrial str plot: pictures of lanes, written whole or not at all."""

from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np
import pytest
from click.testing import CliRunner
from lxml import etree

from nktrial.cli.str_typing import str_typing
from nktrial.core.errors import SourceError
from nktrial.formats.abif_write import write_abif
from nktrial.formats.kits import load_kit
from nktrial.model.trace import Trace

KIT = load_kit("cofiler")
Spot = tuple[int, float, float]


def lane(spots: Sequence[Spot]) -> bytes:
    standard = [(3, size, 1_000.0) for size in (*KIT.size_standards[0].fragments_bp, 250.0)]
    axis = np.arange(10_500)
    signal = np.zeros((axis.size, 4))
    for dye, size, height in (*spots, *standard):
        signal[:, dye] += height * np.exp(-0.5 * ((axis - 20.0 * size) / 5.0) ** 2)
    none = np.zeros(0, dtype=np.int64)
    return write_abif(Trace(np.rint(signal).astype(np.int32), KIT.dyes, "S1", "", none, {"instrument": "3130"}))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rungs = {(locus.name, rung.name): (locus.dye, rung.size_bp) for locus in KIT.loci for rung in locus.ladder}
    (tmp_path / "ladder.fsa").write_bytes(lane([(*place, 800.0) for place in rungs.values()]))
    dye, size = rungs["D3S1358", "15"]
    spots = [(dye, size, 2_000.0), (dye, size - 4.0, 120.0), (*rungs["D3S1358", "17"], 900.0)]
    (tmp_path / "a.fsa").write_bytes(lane(spots))
    (tmp_path / "cut.fsa").write_bytes(lane(spots)[:-40])
    (tmp_path / "persons.csv").write_text("person,marker,allele1,allele2\nR,D3S1358,15,15\nD,D3S1358,17,17\n")
    return tmp_path


def plot(folder: Path, *arguments: str | Path) -> int:
    ladder = ["--kit", "cofiler", "--ladder", str(folder / "ladder.fsa")]
    done = CliRunner().invoke(str_typing, ["plot", *ladder, *map(str, arguments)], standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return int(done.return_value)


def test_a_picture_names_alleles_marks_and_owners(folder: Path) -> None:
    assert plot(folder, folder / "a.fsa", "--genotypes", folder / "persons.csv", "--out", folder / "a.svg") == 0
    words = [text.text for text in etree.parse(folder / "a.svg").getroot().iter("{*}text")]
    assert {"15", "17", "D3S1358", "stutter", "R", "D", "Fragment length, bp"} <= set(words)


def test_a_png_is_one(folder: Path) -> None:
    assert plot(folder, folder / "a.fsa", "--out", folder / "a.png") == 0
    assert (folder / "a.png").read_bytes().startswith(b"\x89PNG")


def test_several_lanes_go_into_a_folder_and_a_bad_one_is_set_apart(folder: Path) -> None:
    out = folder / "pictures"
    assert plot(folder, folder / "a.fsa", folder / "cut.fsa", "--out", out) == 4
    assert [path.name for path in out.iterdir()] == ["a-trace.svg"]
    with pytest.raises(SourceError):
        plot(folder, folder / "cut.fsa", "--out", folder / "cut.svg")
    assert not (folder / "cut.svg").exists()


@pytest.mark.parametrize("name", ["a.pdf", "persons.csv"])
def test_nothing_is_overwritten_and_only_pictures_are_written(folder: Path, name: str) -> None:
    before = (folder / "persons.csv").read_bytes()
    with pytest.raises(click.UsageError):
        plot(folder, folder / "a.fsa", "--out", folder / name)
    assert (folder / "persons.csv").read_bytes() == before
