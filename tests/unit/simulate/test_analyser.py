"""The virtual PCR and capillary: heights follow the shares, stutter its ratio, sizes the standard."""

from types import MappingProxyType

import numpy as np
import pytest

from nktrial.formats.kits import load_kit
from nktrial.model.trace import Genotype, Trace
from nktrial.simulate.analyser import Amplification, Fragment, amplify, ladder_fragments, prepare
from nktrial.simulate.lane import NOISE_RFU, Run, draw_run, run_lane
from nktrial.simulate.streams import stream

KIT = load_kit("identifiler")
D8 = next(locus for locus in KIT.loci if locus.name == "D8S1179")
EVEN = Amplification(peak_cv=0.1, locus_cv=0.0, degradation_per_100_bp=0.0)


def person(name: str, allele1: str, allele2: str) -> Genotype:
    """Return somebody with these alleles at D8S1179 and two times the first rung elsewhere."""
    alleles = {locus.name: (locus.ladder[0].name, locus.ladder[0].name) for locus in KIT.loci}
    return Genotype(name, MappingProxyType(alleles | {"D8S1179": (allele1, allele2)}))


def heights(fragments: tuple[Fragment, ...]) -> dict[float, float]:
    """Return length -> height at D8S1179."""
    found: dict[float, float] = {}
    for fragment in fragments:
        if fragment.locus == "D8S1179":
            found[fragment.size_bp] = found.get(fragment.size_bp, 0.0) + fragment.height_rfu
    return found


def test_preparations_differ_by_the_named_spread_of_the_log_odds() -> None:
    rng = stream(9, "preparation")
    drawn = np.array([prepare(rng, {"A": 0.8, "B": 0.2})["A"] for _ in range(4_000)])
    log_odds = np.log(drawn / (1.0 - drawn))
    assert log_odds.mean() == pytest.approx(np.log(4.0), abs=0.01)
    assert log_odds.std() == pytest.approx(0.2, rel=0.05)


def test_pure_dna_stays_pure_and_absent_dna_absent() -> None:
    rng = stream(10, "preparation")
    assert prepare(rng, {"A": 1.0}) == {"A": 1.0}
    assert prepare(rng, {"A": 1.0, "B": 0.0}) == {"A": 1.0, "B": 0.0}


def test_mean_heights_are_the_shares_and_the_spread_of_one_copy_is_the_named_cv() -> None:
    people = {"A": person("A", "9", "11"), "B": person("B", "14", "14")}
    rng = stream(1, "pcr")
    bp = {rung.name: rung.size_bp for rung in D8.ladder}
    draws = [heights(amplify(rng, KIT, {"A": 0.75, "B": 0.25}, people, EVEN)) for _ in range(1_500)]
    nine, fourteen = (np.array([draw[bp[name]] for draw in draws]) for name in ("9", "14"))
    # One copy in 75 % of the DNA and two copies in 25 %: 0.75 and 0.5 of 1,800.
    assert nine.mean() == pytest.approx(1350.0, rel=0.02)
    assert fourteen.mean() == pytest.approx(900.0, rel=0.02)
    # Variance cv^2 A x mean: the coefficient of variation of half a copy is 0.1 x sqrt(2).
    assert fourteen.std() / fourteen.mean() == pytest.approx(0.1 * np.sqrt(2.0), rel=0.1)


def test_stutter_is_one_repeat_shorter_and_longer_in_the_kits_ratio() -> None:
    rng = stream(2, "pcr")
    bp = {rung.name: rung.size_bp for rung in D8.ladder}["12"]
    one = {"A": person("A", "12", "12")}
    draws = [heights(amplify(rng, KIT, {"A": 1.0}, one, EVEN)) for _ in range(600)]
    back = np.array([draw[bp - 4.0] / draw[bp] for draw in draws])
    forward = np.array([draw[bp + 4.0] / draw[bp] for draw in draws])
    assert back.mean() == pytest.approx(D8.back_stutter, rel=0.03)
    assert forward.mean() == pytest.approx(D8.forward_stutter, rel=0.05)


def test_amelogenin_does_not_stutter() -> None:
    alleles = {locus.name: (locus.ladder[0].name, locus.ladder[-1].name) for locus in KIT.loci}
    genotype = Genotype("A", MappingProxyType(alleles))
    fragments = amplify(stream(3, "pcr"), KIT, {"A": 1.0}, {"A": genotype}, EVEN)
    assert sum(fragment.locus == "AMEL" for fragment in fragments) == 2


def test_degraded_dna_loses_long_fragments() -> None:
    fading = Amplification(peak_cv=1e-4, locus_cv=0.0, degradation_per_100_bp=0.3)
    one = {"A": person("A", "8", "19")}
    found = heights(amplify(stream(4, "pcr"), KIT, {"A": 1.0}, one, fading))
    bp = {rung.name: rung.size_bp for rung in D8.ladder}
    assert found[bp["19"]] / found[bp["8"]] == pytest.approx(np.exp(-0.003 * (bp["19"] - bp["8"])), rel=0.01)


def test_a_persons_absence_leaves_no_peak() -> None:
    people = {"A": person("A", "9", "9"), "B": person("B", "14", "14")}
    found = heights(amplify(stream(5, "pcr"), KIT, {"A": 1.0, "B": 0.0}, people, EVEN))
    assert {rung.size_bp for rung in D8.ladder if rung.name == "14"}.isdisjoint(found)


def quiet_run() -> Run:
    return Run("R1", MappingProxyType({locus.name: 0.0 for locus in KIT.loci}), MappingProxyType({}))


def lane(fragments: tuple[Fragment, ...]) -> Trace:
    return run_lane(stream(6, "lane"), KIT, quiet_run(), fragments, sample_name="S")


def apex(trace: Trace, dye: int, low: int, high: int) -> int:
    return low + int(np.argmax(trace.scans[low:high, dye]))


def test_a_fragment_as_long_as_one_of_the_standard_runs_with_it() -> None:
    trace = lane((Fragment(0, "D8S1179", 300.0, 2000.0),))
    standard = [
        apex(trace, 4, low, low + 60) for low in range(1100, 5900, 60) if trace.scans[low : low + 60, 4].max() > 500
    ]
    sample = apex(trace, 0, 2000, 5000)
    assert min(abs(scan - sample) for scan in standard) <= 1


def test_pull_up_is_half_a_percent_in_the_neighbour_dye() -> None:
    with_peak, without = (lane((Fragment(0, "D8S1179", 320.0, rfu),)) for rfu in (6000.0, 0.0))
    difference = with_peak.scans.astype(int) - without.scans.astype(int)
    scan = int(np.argmax(difference[:, 0]))
    assert difference[scan, 0] == pytest.approx(6000.0, rel=0.02)
    assert difference[scan, 1] == pytest.approx(30.0, abs=1.0)
    assert abs(difference[scan, 2]) <= 1


def test_the_250_fragment_of_gs500_runs_four_base_pairs_short() -> None:
    trace = lane((Fragment(0, "D8S1179", 246.0, 2000.0),))
    scan = apex(trace, 0, 2000, 5000)
    assert trace.scans[scan - 2 : scan + 3, 4].max() > 500


def test_noise_is_four_rfu() -> None:
    trace = lane(())
    tail = trace.scans[5700:, 1].astype(float)
    assert np.diff(tail).std() / np.sqrt(2.0) == pytest.approx(NOISE_RFU, rel=0.2)


def test_a_ladder_has_every_rung_and_no_peak_reaches_saturation() -> None:
    fragments = ladder_fragments(stream(7, "ladder"), KIT)
    assert len(fragments) == sum(len(locus.ladder) for locus in KIT.loci)
    run = draw_run(stream(7, "run"), KIT, label="R1")
    trace = run_lane(stream(7, "lane"), KIT, run, fragments, sample_name="ladder")
    assert trace.scans.shape == (6000, 5)
    assert int(trace.scans.max()) < 8000
