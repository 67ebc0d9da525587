import numpy as np
import pytest

from nktrial.chimerism.alleles import allele_name, locus_alleles, stutter_flags
from nktrial.chimerism.ladder import LocusBins
from nktrial.model.kit import LadderAllele, Locus
from nktrial.model.trace import Peak

TH01 = Locus(
    "TH01", 1, 150.0, 210.0, 4,
    tuple(LadderAllele(n, s) for n, s in (("8", 180.0), ("9", 184.0), ("9.3", 187.0), ("10", 188.0), ("11", 192.0))),
    0.02, 0.005,
)  # fmt: skip
D22 = Locus("D22S1045", 1, 70.0, 130.0, 3, (LadderAllele("15", 100.0), LadderAllele("16", 103.0)), 0.09, 0.035)
AMEL = Locus("AMEL", 3, 100.0, 120.0, 0, (LadderAllele("X", 107.0), LadderAllele("Y", 113.0)), 0.0, 0.0)


def bins_of(locus: Locus) -> LocusBins:
    sizes = np.array([rung.size_bp for rung in locus.ladder])
    return LocusBins(locus, sizes, locus.min_bp, locus.max_bp)


def peak(allele: str, height: float, *flags: str, size: float = 100.0) -> Peak:
    return Peak("D3S1358", allele, size, height, flags=flags)


@pytest.mark.parametrize(
    ("locus", "size", "name", "in_bin"),
    [
        (TH01, 184.4, "9", True),
        (TH01, 187.2, "9.3", True),
        (TH01, 187.6, "10", True),  # 0.4 bp from 10, 0.6 from 9.3
        (TH01, 186.1, "9.2", False),
        (TH01, 196.1, "12", False),  # one repeat above the last rung
        (TH01, 176.0, "7", False),
        (TH01, 177.9, "7.2", False),
        (TH01, 181.5, "OL", False),  # between two base pairs
        (D22, 104.1, "16.1", False),
        (D22, 106.0, "17", False),
        (AMEL, 113.3, "Y", True),
        (AMEL, 110.0, "OL", False),
    ],
)
def test_names(locus: Locus, size: float, name: str, in_bin: bool) -> None:  # noqa: FBT001
    assert allele_name(size, bins_of(locus)) == (name, in_bin)


def test_a_length_far_below_the_ladder_has_no_name() -> None:
    short = Locus("D22S1045", 1, 40.0, 130.0, 3, (LadderAllele("7", 100.0),), 0.09, 0.035)
    assert allele_name(82.0, bins_of(short)) == ("1", False)  # six repeats below 7
    assert allele_name(79.0, bins_of(short)) == ("OL", False)  # no repeat would be left


def test_stutter_is_what_its_neighbours_explain() -> None:
    # Limits: back 2 x 0.02 + 0.02 = 0.06, forward 3 x 0.005 + 0.01 = 0.025 of 1,000 RFU; a second allele is none.
    sizes = np.array([180.0, 184.0, 188.0, 192.0])
    none = np.zeros(4, dtype=bool)
    assert stutter_flags(sizes, np.array([0.0, 59.0, 1_000.0, 24.0]), none, bins_of(TH01)).tolist() == [
        True, True, False, True,
    ]  # fmt: skip
    assert stutter_flags(sizes, np.array([25.0, 62.0, 1_000.0, 26.0]), none, bins_of(TH01)).tolist() == [
        False, False, False, False,
    ]  # fmt: skip


def test_a_saturated_parent_explains_twice_as_much() -> None:
    sizes, heights = np.array([184.0, 188.0]), np.array([100.0, 1_000.0])
    assert not stutter_flags(sizes, heights, np.array([False, False]), bins_of(TH01))[0]
    assert stutter_flags(sizes, heights, np.array([False, True]), bins_of(TH01))[0]


def test_amelogenin_does_not_stutter() -> None:
    assert not stutter_flags(
        np.array([107.0, 113.0]), np.array([5.0, 1_000.0]), np.zeros(2, dtype=bool), bins_of(AMEL)
    ).any()


def test_alleles_leave_out_artefacts_and_low_peaks() -> None:
    peaks = [
        peak("14", 60.0, "stutter", size=96.0),
        peak("15", 1_000.0, size=100.0),
        peak("16", 250.0, size=104.0),
        peak("17", 800.0, size=108.0),
        peak("18", 900.0, "pull-up", size=112.0),
        peak("19", 5_000.0, "blob", size=116.0),
    ]
    names, balance = locus_alleles(peaks)
    assert names == ("15", "17")
    assert balance == pytest.approx(0.8)


def test_a_locus_without_real_peaks_has_no_alleles() -> None:
    names, balance = locus_alleles([peak("14", 40.0, "below-threshold")])
    assert names == ()
    assert np.isnan(balance)
