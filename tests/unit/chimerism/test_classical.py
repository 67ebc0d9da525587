"""Classical shares locus by locus."""

import pytest

from nktrial.chimerism.classical import ClassicalLocus, ClassicalShare, classical_share
from nktrial.chimerism.mixture_loci import usable_loci
from nktrial.model.trace import Genotype, Peak, PeakProfile

Pair = tuple[str, str]


def classical(heights: dict[str, dict[str, float]], persons: dict[str, dict[str, Pair]], who: str) -> ClassicalShare:
    peaks = tuple(Peak(m, a, float("nan"), h) for m, locus in heights.items() for a, h in locus.items())
    genotypes = [Genotype(person, alleles) for person, alleles in persons.items()]
    return classical_share(usable_loci(PeakProfile("s", peaks), genotypes, 50.0), list(persons), who)


def at(heights: dict[str, float], recipient: Pair, donor: Pair) -> ClassicalLocus:
    return classical({"M": heights}, {"R": {"M": recipient}, "D": {"M": donor}}, "D").loci[0]


@pytest.mark.parametrize(
    ("heights", "recipient", "donor", "expected"),
    [
        # both unique: (H_d / c_d) / (H_d / c_d + H_r / c_r)
        ({"10": 100, "12": 100, "15": 300, "17": 300}, ("10", "12"), ("15", "17"), 0.75),
        ({"10": 400, "15": 300, "17": 300}, ("10", "10"), ("15", "17"), 0.6),
        ({"10": 250, "14": 1000, "17": 750}, ("10", "14"), ("14", "17"), 0.75),
        # only the donor's: 2 / c_d x H_d / H_T
        ({"10": 700, "14": 300}, ("10", "10"), ("10", "14"), 0.6),
        # only the recipient's: 1 - 2 / c_r x H_r / H_T
        ({"10": 700, "14": 300}, ("10", "14"), ("10", "10"), 0.4),
    ],
)
def test_formula_of_each_class(heights: dict[str, float], recipient: Pair, donor: Pair, expected: float) -> None:
    found = at(heights, recipient, donor)
    assert found.share == pytest.approx(expected)
    assert found.used


def test_locus_that_tells_nothing_has_no_share() -> None:
    found = at({"10": 700, "14": 300}, ("10", "14"), ("10", "14"))
    assert (found.share, found.used, found.note) == (None, False, "not informative")


def test_a26_share_outside_0_to_1_is_clipped_shown_and_not_used() -> None:
    found = at({"10": 300, "14": 700}, ("10", "14"), ("10", "10"))  # 1 - 2 x 700 / 1000 = -0.4
    assert found.share == 0.0
    assert not found.used
    assert "-0.40" in found.note


def test_a22_low_allele_in_a_stutter_position_is_not_used() -> None:
    found = at({"13": 60, "14": 1000, "17": 900}, ("13", "13"), ("14", "17"))
    assert not found.used
    assert "allele 13 stands in a stutter position" in found.note


def test_mean_sd_and_cv_over_loci_and_one_outlying_locus_dropped() -> None:
    shares = [0.50, 0.51, 0.49, 0.50, 0.52, 0.48, 0.50, 0.51, 0.49, 0.95]
    heights = {f"M{i}": {"10": 1000 * (1 - x), "15": 1000 * x} for i, x in enumerate(shares)}
    persons: dict[str, dict[str, Pair]] = {
        "R": dict.fromkeys(heights, ("10", "10")),
        "D": dict.fromkeys(heights, ("15", "15")),
    }
    found = classical(heights, persons, "D")
    assert found.mean == pytest.approx(0.5)
    assert found.sd == pytest.approx((0.0012 / 8) ** 0.5)  # squares: 4 x 0.01^2 + 2 x 0.02^2
    assert [row.marker for row in found.loci if not row.used] == ["M9"]


def test_third_person_needs_an_allele_of_its_own() -> None:
    persons: dict[str, dict[str, Pair]] = {
        "R": {"M": ("10", "12"), "N": ("10", "12")},
        "D1": {"M": ("12", "14"), "N": ("12", "14")},
        "D2": {"M": ("14", "17"), "N": ("12", "14")},
    }
    heights = {"M": {"10": 100.0, "12": 300.0, "14": 400.0, "17": 200.0}, "N": {"10": 100.0, "12": 500.0, "14": 400.0}}
    found = classical(heights, persons, "D2")
    assert found.loci[0].share == pytest.approx(0.4)  # 2 / 1 x 200 / 1000
    assert found.loci[1].share is None
