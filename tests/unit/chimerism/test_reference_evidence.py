"""What references teach, against the truth of simulated lanes: stutter that was put in, persons who are absent."""

from dataclasses import replace

import numpy as np
import pytest

from nktrial.chimerism.likelihood import TYPICAL_STUTTER
from nktrial.chimerism.mixture import fit_mixture
from nktrial.chimerism.reference_evidence import NO_EVIDENCE, reference_evidence
from nktrial.model.trace import Genotype, Peak, PeakProfile

LOCI = 15
FREQUENCIES = np.array([1, 2, 4, 6, 6, 5, 3, 2, 1]) / 30


def person(rng: np.random.Generator, name: str) -> Genotype:
    drawn = {
        f"D{k}S{100 + k}": sorted(int(x) for x in rng.choice(np.arange(10, 19), 2, p=FREQUENCIES)) for k in range(LOCI)
    }
    return Genotype(name, {marker: (str(a), str(b)) for marker, (a, b) in drawn.items()})


def lane(
    rng: np.random.Generator,
    shares: dict[str, float],
    persons: list[Genotype],
    *,
    stutter: float,
    threshold: float = 30.0,
) -> PeakProfile:
    """Draw a lane of 1 ng whose every locus has one back stutter, 2000 RFU a copy."""
    peaks = []
    for k in range(LOCI):
        marker = f"D{k}S{100 + k}"
        heights: dict[int, float] = {}
        level = 2000.0 * float(np.exp(rng.normal(0.0, 0.2)))
        for genotype in persons:
            for name in genotype.alleles[marker]:
                molecules = rng.poisson(150.0 * shares.get(genotype.person, 0.0))
                made = level * molecules / 150.0
                spilled = made * stutter * float(np.exp(rng.normal(0.0, 0.15)))
                heights[int(name)] = heights.get(int(name), 0.0) + made
                heights[int(name) - 1] = heights.get(int(name) - 1, 0.0) + spilled
        peaks += [
            Peak(marker, str(n), 120.0 + 4 * n, round(height), dye="B")
            for n, height in sorted(heights.items())
            if height >= threshold
        ]
    return PeakProfile("lane", tuple(peaks))


@pytest.mark.parametrize("stutter", [0.04, 0.07, 0.12])
def test_references_teach_the_stutter_that_was_put_in(stutter: float) -> None:
    rng = np.random.default_rng(3)
    persons = [person(rng, "R"), person(rng, "D")]
    references = {p.person: lane(rng, {p.person: 1.0}, persons, stutter=stutter) for p in persons}
    evidence = reference_evidence(references, persons)
    assert evidence.taught_by == ("R", "D")
    # Some 50 stutter peaks that vary by 15 %, molecules that vary by 8 %, and the pull of the typical level.
    assert evidence.stutter.back == pytest.approx(stutter, rel=0.12)
    assert evidence.stutter.back_sd < TYPICAL_STUTTER.back_sd / 2


def test_share_of_an_absent_person_in_a_reference_is_the_blank() -> None:
    rng = np.random.default_rng(4)
    persons = [person(rng, "R"), person(rng, "D")]
    pure = {p.person: lane(rng, {p.person: 1.0}, persons, stutter=0.07) for p in persons}
    evidence = reference_evidence(pure, persons)
    assert set(evidence.blanks) == {"R", "D"}
    assert evidence.blanks["D"]["R"] < 0.02
    sample = lane(rng, {"R": 0.7, "D": 0.3}, persons, stutter=0.07)
    taught, plain = fit_mixture(sample, persons, evidence=evidence), fit_mixture(sample, persons)
    assert plain.evidence is NO_EVIDENCE
    assert taught.share_of("D").value == pytest.approx(0.3, abs=0.03)
    assert taught.lod["D"] >= taught.model_lod["D"]


def test_impure_reference_raises_the_limit_of_detection() -> None:
    rng = np.random.default_rng(5)
    persons = [person(rng, "R"), person(rng, "D")]
    impure = {"R": lane(rng, {"R": 0.92, "D": 0.08}, persons, stutter=0.07)}
    evidence = reference_evidence(impure, persons)
    assert evidence.limit_of_blank("D") == pytest.approx(0.08, abs=0.025)
    assert evidence.limit_of_blank("R") is None
    fit = fit_mixture(lane(rng, {"R": 0.95, "D": 0.05}, persons, stutter=0.07), persons, evidence=evidence)
    assert fit.lod["D"] > 0.06 > fit.model_lod["D"]
    assert fit.lod["R"] == fit.model_lod["R"]
    assert fit.below_lod("D")
    assert [f.code for f in fit.findings if f.code == "NK-MIX-27"] == ["NK-MIX-27"]


def test_reference_without_stutter_peaks_teaches_none() -> None:
    rng = np.random.default_rng(6)
    persons = [person(rng, "R"), person(rng, "D")]
    whole = lane(rng, {"R": 1.0}, persons, stutter=0.07)
    own = persons[0].alleles
    cut = replace(whole, peaks=tuple(peak for peak in whole.peaks if peak.allele in own[peak.marker]))
    evidence = reference_evidence({"R": cut}, persons)
    assert evidence.stutter == TYPICAL_STUTTER
    assert "stutter" in evidence.unused["R"]
    fit = fit_mixture(lane(rng, {"R": 0.5, "D": 0.5}, persons, stutter=0.07), persons, evidence=evidence)
    assert "NK-MIX-28" in {finding.code for finding in fit.findings}
