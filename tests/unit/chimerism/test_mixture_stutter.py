"""Stutter of an allele against the published tables, and where it falls."""

import csv
from pathlib import Path

import numpy as np
import pytest

from nktrial.chimerism.marker import marker_key
from nktrial.chimerism.mixture_stutter import BACK_STUTTER, FORWARD_STUTTER, stutter_doses
from nktrial.model.kit import Locus


def back(key: str, length: float, *pairs: tuple[str, str]) -> list[float]:
    return [float(x) for x in stutter_doses(key, length, pairs, None)[0] * BACK_STUTTER]


def test_back_stutter_grows_with_the_allele_as_published() -> None:
    # GlobalFiler on a 3500, D3S1358: -0.05363 + 0.00802 x
    assert back("d3s1358", 14.0, ("15", "17"), ("15", "15")) == pytest.approx([0.06667, 0.13334])
    assert back("d3s1358", 16.0, ("15", "17"), ("15", "15")) == pytest.approx([0.08271, 0.0])


def test_an_interrupted_allele_of_th01_stutters_as_its_longest_stretch() -> None:
    # the exceptions of the same table: 0.01375 for 6 and for 9.3, 0.03103 for 9
    assert back("th01", 8.3, ("9.3", "7")) == pytest.approx([0.01375], abs=2e-4)
    assert back("th01", 5.0, ("6", "10")) == pytest.approx([0.01375], abs=2e-4)
    assert back("th01", 8.0, ("9", "6")) == pytest.approx([0.03103], abs=2e-4)


def test_stutter_two_repeats_and_two_bases_before_an_allele() -> None:
    assert back("d21s11", 28.0, ("30", "33")) == pytest.approx([0.0122])
    assert back("se33", 19.2, ("20", "25")) == pytest.approx([0.03])
    assert back("d18s51", 19.2, ("20", "25")) == [0.0]


def test_forward_stutter_and_the_kits_value_for_a_locus_without_a_table() -> None:
    _, forward = stutter_doses("d22s1045", 16.0, (("15", "11"),), None)
    assert forward * FORWARD_STUTTER == pytest.approx([0.0353], abs=1e-4)  # -0.05893 + 0.00628 x 15
    known = Locus("Penta E", 0, 370.0, 480.0, 5, (), 0.02, 0.005)
    both = stutter_doses("pentae", 9.0, (("10", "8"),), known)
    assert both[0] * BACK_STUTTER == pytest.approx([0.02])
    assert both[1] * FORWARD_STUTTER == pytest.approx([0.005])
    assert stutter_doses("pentae", 9.0, (("10", "12"),), None)[0] == pytest.approx([1.0])
    nowhere = stutter_doses("d3s1358", float("nan"), ((">20", "12"),), None)
    assert not np.any(nowhere)


def test_table_agrees_with_the_published_one(data_dir: Path) -> None:
    folder = data_dir / "chimerism" / "kit-panels"
    tables = [
        {
            row["Locus"]: (float(row["Intercept"]), float(row["Slope"]))
            for row in csv.DictReader((folder / name).read_text().splitlines())
        }
        for name in ("GlobalFiler_Stutter_3500.txt", "GlobalFiler_Forward_Stutter_3500.txt")
    ]
    for marker, (a, b) in tables[0].items():
        if marker in {"Yindel", "DYS391", "TH01"}:
            continue
        allele = {"D21S11": 30, "FGA": 22, "SE33": 20, "D2S1338": 20}.get(marker, 14)
        found = stutter_doses(marker_key(marker), allele - 1.0, ((str(allele), "3"),), None)[0]
        assert found * BACK_STUTTER == pytest.approx([a + b * allele], abs=1e-9), marker
        if marker != "D22S1045":
            ahead = stutter_doses(marker_key(marker), allele + 1.0, ((str(allele), "3"),), None)[1]
            assert ahead * FORWARD_STUTTER == pytest.approx([tables[1][marker][0]], abs=1e-9), marker
