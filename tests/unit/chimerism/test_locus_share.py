"""Each locus by itself: shares, intervals, and what is said of loci that are not used."""

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from nktrial.chimerism.likelihood import Nuisance, log_likelihood
from nktrial.chimerism.locus_share import locus_intervals, with_locus_shares
from nktrial.chimerism.mixture import MixtureFit, fit_mixture
from nktrial.chimerism.mixture_loci import locus_data, usable_loci
from nktrial.model.shares import LocusShare
from nktrial.model.trace import Genotype, Peak, PeakProfile

Pairs = Sequence[tuple[str, str]]
MARKERS = ("D3S1358", "TH01", "D21S11", "D18S51", "D5S818", "D13S317", "D7S820", "FGA", "vWA", "D16S539")
# No allele of one stands beside one of the other, so that stutter plays no part.
RECIPIENT: Pairs = [("10", "14"), ("6", "9"), ("28", "32"), ("12", "20"), ("8", "12")] * 2
DONOR: Pairs = [("12", "17"), ("4", "11"), ("26", "30"), ("15", "17"), ("10", "10")] * 2
THIRD: Pairs = [("20", "22"), ("13", "15"), ("34", "36"), ("23", "25"), ("15", "17")] * 2


def person(name: str, pairs: Pairs) -> Genotype:
    return Genotype(name, dict(zip(MARKERS, pairs, strict=True)))


R, D, T = person("R", RECIPIENT), person("D", DONOR), person("T", THIRD)
EVERY = {"R": RECIPIENT, "D": DONOR, "T": THIRD}


def mixed(shares: Mapping[str, float], *, rfu: float = 1500.0, cv: float = 0.08, seed: int = 3) -> PeakProfile:
    rng = np.random.default_rng(seed)
    peaks = []
    for row, marker in enumerate(MARKERS):
        heights: dict[str, float] = {}
        for name, share in shares.items():
            for allele in EVERY[name][row]:
                heights[allele] = heights.get(allele, 0.0) + rfu * share
        peaks += [
            Peak(marker, allele, 100.0 + 4.0 * float(allele), round(height * float(np.exp(rng.normal(0.0, cv)))))
            for allele, height in heights.items()
            if height >= 50.0
        ]
    return PeakProfile("S1", tuple(peaks))


def of(fit: MixtureFit, person: str) -> dict[str, LocusShare]:
    return {locus.marker: item for locus in fit.loci for item in locus.shares if item.person == person}


def test_each_person_has_a_share_with_an_interval_at_each_informative_locus() -> None:
    profile = mixed({"R": 0.7, "D": 0.3})
    fit = with_locus_shares(fit_mixture(profile, [R, D]), profile, [R, D])
    donor, recipient = of(fit, "D"), of(fit, "R")
    assert list(donor) == list(MARKERS)
    assert {item.state for item in donor.values()} <= {"used", "not_in_mean"}
    for marker, item in donor.items():
        assert item.share is not None
        assert item.low is not None
        assert item.high is not None
        assert item.low < item.share < item.high
        assert recipient[marker].share == pytest.approx(1.0 - item.share)
        assert recipient[marker].low == pytest.approx(1.0 - item.high)
    held = [item.low <= 0.3 <= item.high for item in donor.values() if item.low is not None and item.high is not None]
    assert sum(held) >= 8


def test_intervals_hold_the_truth_of_many_simulated_loci() -> None:
    held = []
    for seed in range(12):
        truth = {"R": 0.5, "D": 0.3, "T": 0.2}
        profile = mixed(truth, seed=seed)
        fit = with_locus_shares(fit_mixture(profile, [R, D, T]), profile, [R, D, T])
        held += [
            item.low <= truth[item.person] <= item.high
            for locus in fit.loci
            for item in locus.shares
            if item.low is not None and item.high is not None
        ]
    assert len(held) > 300
    assert 0.93 <= np.mean(held) <= 1.0


def test_the_ends_are_those_of_a_plain_search_over_a_fine_grid() -> None:
    profile = mixed({"R": 0.9, "D": 0.1})
    loci = usable_loci(profile, [R, D], 50.0)
    data = locus_data(loci)
    model = Nuisance(*(np.array([x]) for x in (np.log(1500.0), 0.0, 0.04, 0.1, 0.07, 0.01, 0.3)))
    ends = locus_intervals(data, model, np.array([0.9, 0.1]))
    grid = np.linspace(0.0, 1.0, 1001)
    fits = np.concatenate([log_likelihood(data, np.array([[1.0 - x, x]]), model) for x in grid])
    for row in range(len(loci.used)):
        within = grid[2.0 * (fits[:, row].max() - fits[:, row]) <= 3.8415]
        assert ends[row, 1, 0] <= within[0] + 1e-9
        assert ends[row, 1, 1] >= within[-1] - 1e-9
        assert ends[row, 1] == pytest.approx([within[0], within[-1]], abs=0.033)  # two steps of the lattice


def test_alleles_below_the_limit_leave_room_above_zero() -> None:
    profile = mixed({"R": 0.98, "D": 0.02})  # 30 RFU an allele: none is seen where the donor has two of them
    fit = with_locus_shares(fit_mixture(profile, [R, D]), profile, [R, D])
    unseen = [item for item in of(fit, "D").values() if item.share == 0.0]
    assert len(unseen) >= 6
    for item in unseen:
        assert item.low == 0.0
        assert item.high is not None
        assert 0.015 < item.high < 0.15


def test_a_contradicting_locus_and_one_off_scale_are_said() -> None:
    profile = mixed({"R": 0.7, "D": 0.3})
    wrong = {("FGA", "26"): 2500.0, ("FGA", "30"): 2400.0, ("FGA", "28"): 60.0, ("FGA", "32"): 60.0}
    fga = {("FGA", a): h for a, h in (("15", 2500.0), ("17", 2400.0), ("12", 60.0), ("20", 60.0))} | wrong
    peaks = tuple(
        Peak(
            p.marker,
            p.allele,
            p.size_bp,
            fga.get((p.marker, p.allele), p.height_rfu),
            flags=("saturated",) * (p.marker == "TH01"),
        )
        for p in profile.peaks
    )
    changed = PeakProfile("S1", peaks)
    fit = with_locus_shares(fit_mixture(changed, [R, D]), changed, [R, D])
    found = of(fit, "D")
    assert found["FGA"].state == "outlying"
    assert found["FGA"].low is not None
    assert found["FGA"].low > 0.6
    assert (found["TH01"].state, found["TH01"].share, found["TH01"].low) == ("left_out", None, None)
    assert "off scale" in found["TH01"].note


def test_a_locus_without_an_allele_of_ones_own_tells_nothing() -> None:
    twin_at_th01 = Genotype("D", {**D.alleles, "TH01": R.alleles["TH01"]})
    profile = mixed({"R": 0.7, "D": 0.3})
    peaks = tuple(p for p in profile.peaks if p.marker != "TH01" or p.allele in R.alleles["TH01"])
    changed = PeakProfile("S1", peaks)
    fit = with_locus_shares(fit_mixture(changed, [R, twin_at_th01]), changed, [R, twin_at_th01])
    assert of(fit, "D")["TH01"] == LocusShare("D", None, None, None, "uninformative", "not informative")


def test_one_contributor_has_no_shares_to_show() -> None:
    profile = mixed({"R": 1.0})
    fit = fit_mixture(profile, [R])
    assert with_locus_shares(fit, profile, [R]) is fit
