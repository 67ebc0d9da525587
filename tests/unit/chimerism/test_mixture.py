"""The joint fit: shares, refusals and cautions (bad inputs A22 to A27)."""

from collections.abc import Sequence

import numpy as np
import pytest

from nktrial.chimerism.mixture import MixtureFit, fit_mixture
from nktrial.chimerism.mixture_loci import detection_limit_rfu
from nktrial.chimerism.separability import require_separable
from nktrial.core.errors import MethodError
from nktrial.model.trace import Genotype, Peak, PeakProfile

Pairs = Sequence[tuple[str, str]]
MARKERS = ("D3S1358", "TH01", "D21S11", "D18S51", "D5S818", "D13S317", "D7S820", "FGA", "vWA", "D16S539")
# back stutter at the marker's alleles below: GlobalFiler on a 3500, regressions of simDNAmixtures, rounded
STUTTER = (0.07, 0.02, 0.065, 0.08, 0.06, 0.08, 0.02, 0.11, 0.06, 0.06)
RECIPIENT: Pairs = [("13", "16"), ("6", "9"), ("28", "28"), ("13", "19"), ("12", "13")] * 2
DONOR: Pairs = [("14", "18"), ("7", "9"), ("28", "30"), ("15", "17"), ("9", "9")] * 2
THIRD: Pairs = [("11", "16"), ("6", "6"), ("31", "33"), ("10", "21"), ("10", "15")] * 2


def person(name: str, pairs: Pairs) -> Genotype:
    return Genotype(name, dict(zip(MARKERS, pairs, strict=True)))


R, D, T = person("R", RECIPIENT), person("D", DONOR), person("T", THIRD)


def mixed(shares: dict[str, float], *, rfu: float = 1000.0, stutter: float = 1.0, seed: int = 3) -> PeakProfile:
    rng = np.random.default_rng(seed)
    peaks = []
    for marker, ratio, *pairs in zip(MARKERS, STUTTER, RECIPIENT, DONOR, THIRD, strict=True):
        heights: dict[float, float] = {}
        for name, pair in zip("RDT", pairs, strict=True):
            for allele in pair:
                heights[float(allele)] = heights.get(float(allele), 0.0) + rfu * shares.get(name, 0.0)
        heights = {a: h * float(np.exp(rng.normal(0, 0.06))) for a, h in heights.items()}
        for repeats, height in list(heights.items()):
            heights[repeats - 1] = heights.get(repeats - 1, 0.0) + stutter * ratio * height
        peaks += [
            Peak(marker, f"{repeats:g}", 150 + 4 * repeats, round(height), dye="B")
            for repeats, height in sorted(heights.items())
            if height >= 50
        ]
    return PeakProfile("S1", tuple(peaks))


def values(fit: MixtureFit) -> list[float]:
    return [share.share.value for share in fit.shares]


def codes(fit: MixtureFit) -> set[str]:
    return {finding.code for finding in fit.findings}


@pytest.mark.parametrize("truth", [(0.5, 0.5), (0.1, 0.9), (0.95, 0.05)])
def test_two_persons_shares_are_found_and_sum_to_one(truth: tuple[float, float]) -> None:
    fit = fit_mixture(mixed(dict(zip("RD", truth, strict=True))), [R, D])
    assert values(fit) == pytest.approx(list(truth), abs=0.03)
    assert sum(values(fit)) == pytest.approx(1.0, abs=1e-12)
    assert fit.loci_used == 10


def test_three_persons_shares_follow_the_order_of_the_genotypes() -> None:
    profile = mixed({"R": 0.05, "D": 0.65, "T": 0.3})
    forward, backward = fit_mixture(profile, [R, D, T]), fit_mixture(profile, [T, D, R])
    assert values(forward) == pytest.approx([0.05, 0.65, 0.3], abs=0.04)
    assert values(forward) == pytest.approx(values(backward)[::-1], abs=1e-3)
    assert forward.share_of("T").value == values(forward)[2]
    assert [locus.informative for locus in forward.loci][:2] == ["3 of 3", "1 of 3"]


def test_pure_donor_is_near_one_with_an_interval_that_touches_it_and_recipient_is_below_lod() -> None:
    fit = fit_mixture(mixed({"D": 1.0}), [R, D])
    low, high = fit.share_of("D").interval()
    assert high == 1.0
    assert 0.9 < low < 1.0
    assert fit.below_lod("R")
    assert 0.0 < fit.lob["R"] < fit.lod["R"] < 0.15
    assert "NK-MIX-26" in codes(fit)


def test_single_person_has_the_whole_and_nothing_to_compare() -> None:
    fit = fit_mixture(mixed({"D": 1.0}), [D])
    assert fit.share_of("D").interval() == (1.0, 1.0)
    assert fit.classical is None
    assert dict(fit.lod) == {}


def test_same_input_gives_the_same_numbers() -> None:
    profile = mixed({"R": 0.2, "D": 0.8})
    assert fit_mixture(profile, [R, D]) == fit_mixture(profile, [R, D])


def test_locus_shows_seen_and_expected_heights_and_the_classical_share() -> None:
    fit = fit_mixture(mixed({"R": 0.25, "D": 0.75}, stutter=0.0), [R, D], of_interest="D")
    locus = fit.loci[0]
    assert locus.alleles == ("13", "14", "16", "18")
    assert locus.observed_rfu == pytest.approx((250, 750, 250, 750), rel=0.25)
    assert locus.expected_rfu == pytest.approx(locus.observed_rfu, rel=0.35)
    assert locus.classical_share == pytest.approx(0.75, abs=0.05)
    assert locus.used


@pytest.mark.parametrize(
    ("code", "genotypes"),
    [
        ("NK-MIX-01", [R, person("X", RECIPIENT)]),  # A24: twins, or one file twice
        ("NK-MIX-02", [R, person("X", [*RECIPIENT[:8], *DONOR[8:]])]),  # A23: two informative loci
        ("NK-MIX-04", [R, Genotype("X", {"SE33": ("20", "21")})]),
        ("NK-MIX-07", []),
        ("NK-MIX-07", [R, R]),
    ],
)
def test_contributors_that_cannot_be_told_apart_are_refused(code: str, genotypes: list[Genotype]) -> None:
    with pytest.raises(MethodError) as caught:
        fit_mixture(mixed({"R": 0.5, "D": 0.5}), genotypes)
    assert caught.value.code == code


def test_person_whose_copies_are_the_mean_of_two_others_is_refused() -> None:
    one, two = np.zeros((4, 3)), np.zeros((4, 3))
    one[:, 0], two[:, 2] = 2.0, 2.0
    with pytest.raises(MethodError) as caught:
        require_separable(np.array([one, two, (one + two) / 2]), ["R", "D", "C"], sample="S1")
    assert caught.value.code == "NK-MIX-03"


def test_sample_with_too_little_dna_is_refused() -> None:
    peaks = tuple(peak for peak in mixed({"D": 1.0}).peaks if peak.marker in MARKERS[:2])
    rest = tuple(Peak(marker, "OL", 100.0, 60.0) for marker in MARKERS[2:])
    with pytest.raises(MethodError) as caught:
        fit_mixture(PeakProfile("S1", peaks + rest), [R, D])
    assert caught.value.code == "NK-MIX-05"


def test_a25_sample_of_other_persons_is_refused() -> None:
    with pytest.raises(MethodError) as caught:
        fit_mixture(mixed({"T": 1.0}), [R, D])
    assert caught.value.code == "NK-MIX-06"


@pytest.mark.parametrize("share", [0.15, 0.3, 0.6])
def test_a25_an_undeclared_person_beside_the_declared_is_refused(share: float) -> None:
    # at every locus the third person has one or two alleles of their own
    with pytest.raises(MethodError) as caught:
        fit_mixture(mixed({"R": 0.2, "D": 0.8 - share, "T": share}), [R, D])
    assert caught.value.code == "NK-MIX-06"
    assert "none of R, D has" in caught.value.problem
    assert "D21S11 31/33" in caught.value.problem


@pytest.mark.parametrize("exchanged", ["R", "D"])
def test_a25_a_strangers_reference_in_place_of_a_contributors_is_refused(exchanged: str) -> None:
    genotypes = {"R": R, "D": D} | {exchanged: person(exchanged, THIRD)}
    with pytest.raises(MethodError) as caught:
        fit_mixture(mixed({"R": 0.4, "D": 0.6}), list(genotypes.values()))
    assert caught.value.code == "NK-MIX-06"


def with_foreign(heights: dict[str, float], *, flags: tuple[str, ...] = ()) -> PeakProfile:
    """Return a mixture of R and D with a far allele, 25, at some loci."""
    added = tuple(Peak(marker, "25", 250.0, height, dye="B", flags=flags) for marker, height in heights.items())
    return PeakProfile("S1", mixed({"R": 0.4, "D": 0.6}).peaks + added)


def test_foreign_alleles_at_one_locus_are_nothing_at_two_a_warning_at_a_quarter_a_refusal() -> None:
    found = [codes(fit_mixture(with_foreign(dict.fromkeys(MARKERS[:n], 200.0)), [R, D])) for n in (1, 2, 3)]
    assert ["NK-MIX-20" in item for item in found] == [False, True, True]
    with pytest.raises(MethodError, match="NK-MIX-06"):
        fit_mixture(with_foreign(dict.fromkeys(MARKERS[:4], 200.0)), [R, D])


def test_tall_foreign_alleles_at_three_loci_are_a_refusal() -> None:
    # 2,000 RFU a locus of the declared: 2,000 more at 3 of 10 loci is 0.3 x 0.5 = 15 % in the mean
    with pytest.raises(MethodError, match="NK-MIX-06"):
        fit_mixture(with_foreign(dict.fromkeys(MARKERS[:3], 2000.0)), [R, D])


@pytest.mark.parametrize("flag", ["pull-up", "spike", "blob", "below-threshold", "off-ladder", "stutter", "misfit"])
def test_peaks_with_an_artefact_flag_are_not_foreign(flag: str) -> None:
    fit = fit_mixture(with_foreign(dict.fromkeys(MARKERS, 200.0), flags=(flag,)), [R, D])
    assert "NK-MIX-20" not in codes(fit)


@pytest.mark.parametrize(
    ("allele", "size_bp", "dye", "share"),
    [
        ("19", 224.0, "B", 0.15),  # back stutter of 20
        ("21", 232.0, "B", 0.05),  # forward stutter
        ("18", 220.0, "B", 0.03),  # double back stutter
        ("19.2", 226.0, "B", 0.07),  # half a repeat before
        ("19.3", 227.0, "B", 0.30),  # without the added A: 1 bp before
        ("14", 200.0, "B", 0.04),  # below a twentieth of the tallest
        ("25", 250.4, "B", 0.10),  # pull-up of the green peak at 250 bp
    ],
)
def test_peaks_that_a_taller_one_explains_are_not_foreign(allele: str, size_bp: float, dye: str, share: float) -> None:
    pairs: Pairs = [("20", "20")] * 10
    green = Peak("CSF1PO", "10", 250.0, 2000.0, dye="G")
    peaks = [Peak(marker, "20", 228.0, 2000.0, dye="B") for marker in MARKERS]
    small = [Peak(marker, allele, size_bp, 2000.0 * share, dye=dye) for marker in MARKERS]
    fit = fit_mixture(PeakProfile("S1", (*peaks, *small, green)), [person("D", pairs)])
    assert "NK-MIX-20" not in codes(fit)
    far = [Peak(marker, "12", 196.0, 2000.0 * 0.1, dye="B") for marker in MARKERS]
    with pytest.raises(MethodError, match="NK-MIX-06"):
        fit_mixture(PeakProfile("S1", (*peaks, *small, *far, green)), [person("D", pairs)])


def test_person_of_interest_must_be_declared() -> None:
    with pytest.raises(MethodError, match="NK-MIX-08"):
        fit_mixture(mixed({"D": 1.0}), [R, D], of_interest="T")
    with pytest.raises(MethodError, match="NK-MIX-08"):
        fit_mixture(mixed({"D": 1.0}), [R, D]).share_of("T")


def changed(profile: PeakProfile, marker: str, heights: dict[str, float]) -> PeakProfile:
    kept = tuple(peak for peak in profile.peaks if peak.marker != marker)
    return PeakProfile("S1", kept + tuple(Peak(marker, a, 150 + 4 * float(a), h, dye="B") for a, h in heights.items()))


def test_locus_that_contradicts_all_others_is_left_out_and_named() -> None:
    good = mixed({"R": 0.1, "D": 0.9})
    bad = changed(good, "D18S51", {"13": 1000.0, "19": 1000.0})
    fit = fit_mixture(bad, [R, D])
    (finding,) = [finding for finding in fit.findings if finding.code == "NK-MIX-21"]
    assert "D18S51" in finding.message
    assert fit.loci_used == 9
    assert values(fit) == pytest.approx([0.1, 0.9], abs=0.04)
    assert [locus.marker for locus in fit.loci if not locus.used] == ["D18S51"]


def test_a27_loci_that_disagree_and_a_classical_mean_far_off_are_warnings() -> None:
    profile = mixed({"R": 0.3, "D": 0.7}, rfu=300.0)
    for marker, share in (("TH01", 0.5), ("vWA", 0.5), ("D7S820", 0.45), ("D13S317", 0.45)):
        pairs = dict(zip(MARKERS, zip(RECIPIENT, DONOR, strict=True), strict=True))[marker]
        heights: dict[str, float] = {}
        for pair, part in zip(pairs, (share, 1 - share), strict=True):
            for allele in pair:
                heights[allele] = heights.get(allele, 0.0) + 300.0 * part
        profile = changed(profile, marker, heights)
    fit = fit_mixture(profile, [R, D])
    assert "NK-MIX-23" in codes(fit)


def test_classical_mean_beside_a_fit_that_differs_is_a_warning() -> None:
    # every telling allele of the recipient holds stutter of the donor's taller neighbour: the formula is misled
    markers = ("D3S1358", "D16S539", "D5S818", "D13S317", "D7S820", "CSF1PO", "vWA", "D18S51", "D19S433", "D10S1248")
    recipient = Genotype("R", dict.fromkeys(markers, ("16", "16")))
    donor = Genotype("D", dict.fromkeys(markers, ("17", "17")))
    peaks = tuple(
        Peak(marker, allele, 150 + 4 * float(allele), height, dye="B")
        for index, marker in enumerate(markers)
        for allele, height in (("16", 300.0 + 10 * index), ("17", 2000.0), ("15", 45.0))
    )
    fit = fit_mixture(PeakProfile("S1", peaks), [recipient, donor])
    assert "NK-MIX-22" in codes(fit)
    assert "NK-MIX-25" in codes(fit)  # A22: telling alleles only in stutter positions
    assert fit.classical is not None
    assert fit.classical.mean == pytest.approx(0.853, abs=0.01)  # 2000 / (2000 + 345)
    assert values(fit)[1] > 0.89


def test_export_with_hidden_stutter_is_noticed_and_full_export_is_not() -> None:
    profile = mixed({"R": 0.2, "D": 0.8}, rfu=6000.0)
    alleles = {m: {a for pairs in (RECIPIENT, DONOR) for a in pairs[i]} for i, m in enumerate(MARKERS)}
    filtered = PeakProfile("S1", tuple(peak for peak in profile.peaks if peak.allele in alleles[peak.marker]))
    assert "NK-MIX-24" not in codes(fit_mixture(profile, [R, D]))
    assert "NK-MIX-24" in codes(fit_mixture(filtered, [R, D]))


def test_off_scale_locus_and_locus_without_genotype_are_left_out_with_the_reason() -> None:
    profile = mixed({"R": 0.4, "D": 0.6})
    flagged = tuple(
        Peak(p.marker, p.allele, p.size_bp, p.height_rfu, dye="B", flags=("saturated",) if p.marker == "FGA" else ())
        for p in profile.peaks
    )
    lacking = Genotype("D", {marker: pair for marker, pair in D.alleles.items() if marker != "vWA"})
    fit = fit_mixture(PeakProfile("S1", flagged), [R, lacking])
    notes = {locus.marker: locus.note for locus in fit.loci if not locus.used}
    assert set(notes) == {"FGA", "vWA"}
    assert "off scale" in notes["FGA"]
    assert notes["vWA"] == "no genotype of D"


def test_a_locus_whose_allele_stands_under_pull_up_is_left_out() -> None:
    profile = mixed({"R": 0.4, "D": 0.6})
    first = next(p for p in profile.peaks if p.marker == "FGA" and p.allele in D.alleles["FGA"])
    flagged = tuple(
        Peak(p.marker, p.allele, p.size_bp, p.height_rfu, dye="B", flags=("pull-up",) if p is first else ())
        for p in profile.peaks
    )
    fit = fit_mixture(PeakProfile("S1", flagged), [R, D])
    notes = {locus.marker: locus.note for locus in fit.loci if not locus.used}
    assert list(notes) == ["FGA"]
    assert "pull-up" in notes["FGA"]


def test_limit_of_detection_comes_from_the_noise_or_from_the_lowest_label() -> None:
    noise = tuple(Peak("TH01", "OL", 150.0, float(h)) for h in (2, 3, 4, 4, 5, 5, 5, 6, 6, 7) * 2)
    tall = (Peak("TH01", "6", 160.0, 900.0), Peak("TH01", "7", 164.0, 107.0))
    assert detection_limit_rfu(PeakProfile("S", noise + tall)) == 20.0  # 5 + 6 x 1.4826 is below the floor of 20
    assert detection_limit_rfu(PeakProfile("S", tall)) == 107.0
    assert detection_limit_rfu(PeakProfile("S", tall[:1])) == 200.0
    assert detection_limit_rfu(PeakProfile("S", (*tall, Peak("TH01", "8", 168.0, 12.0)))) == 50.0
