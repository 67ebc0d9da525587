"""Every table among the real chimerism data: read as peaks or as genotypes, or refused as what it is."""

from pathlib import Path

import pytest

from nktrial.core.errors import SourceError
from nktrial.formats.genotypes import read_genotypes
from nktrial.formats.peaks import read_peaks
from nktrial.formats.window import Window

FOLDERS = (
    "dnamixtures-MC", "euroformix-examples", "provedit-identifilerplus-mixtures", "rchimerism-genemapper",
    "strvalidator-dilution-control", "strvalidator-esx17-mixture",
)  # fmt: skip
NEITHER = {"LICENSE.txt", "samples.csv", "markers.csv"}


def readers(path: Path) -> set[str]:
    window = Window(path.read_bytes(), path.name)
    able = set()
    for name, read in (("peaks", read_peaks), ("genotypes", read_genotypes)):
        try:
            read(window)
        except SourceError:
            continue
        able.add(name)
    return able


def test_every_table_is_read(data_dir: Path) -> None:
    paths = [
        path
        for folder in FOLDERS
        for path in sorted((data_dir / "chimerism" / folder).rglob("*"))
        if path.suffix in {".csv", ".txt"}
    ]
    assert len(paths) >= 30
    unread = {path.name for path in paths if not readers(path)}
    assert unread == NEITHER
    for path in paths:
        if path.name not in NEITHER:
            is_reference = "ref" in path.stem.casefold() or path.stem == "genotypes"
            assert ("genotypes" if is_reference else "peaks") in readers(path), path.name


@pytest.mark.parametrize(
    ("separator", "comma", "encoding", "end"),
    [("\t", ".", "utf-8", "\r\n"), ("\t", ",", "cp1252", "\r"), (";", ",", "utf-8-sig", "\n")],
)
def test_a_real_export_gives_the_same_peaks_however_it_was_saved(
    data_dir: Path, separator: str, comma: str, encoding: str, end: str
) -> None:
    path = data_dir / "chimerism" / "rchimerism-genemapper" / "single_donor" / "sdata.txt"
    plain = path.read_bytes().decode("ascii")
    rows = [line.split("\t") for line in plain.splitlines()]
    saved = [[cell.replace(".", comma) for cell in row] for row in rows]
    label = "Pr\xf6be" if encoding == "cp1252" else "xxxx"
    text = end.join(separator.join(row) for row in saved).replace("xxxx", label) + end
    (before,) = read_peaks(Window(path.read_bytes(), "as it is"))
    (after,) = read_peaks(Window(text.encode(encoding), "saved anew"))
    assert after.peaks == before.peaks
    assert len(after.peaks) > 40
    assert after.sample == label
