"""The fit of marker allele counts: known mixtures without noise, refusals, findings, limits."""

from collections.abc import Mapping

import numpy as np
import pytest

from nktrial.chimerism.ngs import NgsFit, fit_marker_counts
from nktrial.core.errors import MethodError
from nktrial.model.marker_counts import MarkerCounts, MarkerReads
from nktrial.model.shares import PersonShare
from nktrial.model.uncertainty import certain

DEPTH = 10_000
A = "000022221111000022220012"
B = "222200000000111111111012"
C = "012012012012012012012012"


def counts(name: str, genotypes: Mapping[str, float], *, depth: int = DEPTH, misread: float = 1e-4) -> MarkerCounts:
    """Return the expected reads of a mixture, rounded: ``genotypes`` is copies -> share."""
    length = len(next(iter(genotypes)))
    reads = {}
    for m in range(length):
        dna = sum(share * int(copies[m]) / 2 for copies, share in genotypes.items())
        alt = round(depth * (misread + (1 - 2 * misread) * dna))
        reads[f"M{m + 1}"] = MarkerReads(depth - alt, alt)
    return MarkerCounts(name, reads)


def fit(shares: Mapping[str, float], persons: Mapping[str, str]) -> NgsFit:
    references = [counts(name, {copies: 1.0}, depth=500) for name, copies in persons.items()]
    return fit_marker_counts(counts("S", shares), references)


def codes(found: NgsFit) -> set[str]:
    return {finding.code for finding in found.findings}


@pytest.mark.parametrize("share", [0.0, 0.001, 0.01, 0.1, 0.5, 0.9, 0.999, 1.0])
def test_two_persons(share: float) -> None:
    found = fit({A: share, B: 1 - share}, {"A": A, "B": B})
    item = found.measurement.of("A")
    assert item.share.value == pytest.approx(share, abs=2e-4)
    low, high = item.share.interval()
    assert low <= share <= high
    assert sum(person.share.value for person in found.measurement.persons) == pytest.approx(1.0)
    assert found.markers_used == 24
    assert found.measurement.technique == "ngs"


@pytest.mark.parametrize("shares", [(0.2, 0.3, 0.5), (0.01, 0.0, 0.99), (0.0, 0.0, 1.0), (0.05, 0.9, 0.05)])
def test_three_persons(shares: tuple[float, float, float]) -> None:
    found = fit(dict(zip((A, B, C), shares, strict=True)), {"A": A, "B": B, "C": C})
    for person, share in zip("ABC", shares, strict=True):
        assert found.measurement.of(person).share.value == pytest.approx(share, abs=1e-3)


def test_five_persons_and_one(rng: np.random.Generator) -> None:
    genotypes = ["".join(map(str, rng.integers(0, 3, 60))) for _ in range(5)]
    shares = [0.4, 0.3, 0.15, 0.1, 0.05]
    found = fit(dict(zip(genotypes, shares, strict=True)), {f"P{k}": copies for k, copies in enumerate(genotypes)})
    assert [person.share.value for person in found.measurement.persons] == pytest.approx(shares, abs=2e-3)
    alone = fit({A: 1.0}, {"A": A})
    assert alone.measurement.of("A").share == certain(1.0)
    assert alone.plain is None


def test_bias_is_taken_out() -> None:
    """A bias of 1.3 on the odds of every marker would move the share of A from 0.1000 to 0.10 x 1.3 or / 1.3."""

    def biased(table: MarkerCounts) -> MarkerCounts:
        reads = {}
        for marker, item in table.reads.items():
            alt = round(item.depth * 1.3 * item.alt / (item.ref + 1.3 * item.alt))
            reads[marker] = MarkerReads(item.depth - alt, alt)
        return MarkerCounts(table.sample, reads)

    a, b = "0" * 8 + "1" * 12, "1" * 8 + "0" * 6 + "2" * 6
    references = [biased(counts(name, {copies: 1.0})) for name, copies in (("A", a), ("B", b))]
    found = fit_marker_counts(biased(counts("S", {a: 0.1, b: 0.9})), references)
    assert found.measurement.of("A").share.value == pytest.approx(0.1, abs=1e-3)
    assert [view.bias for view in found.markers] == pytest.approx([1.3] * 20, rel=0.02)


def test_markers_are_ranked_and_state_their_own_share() -> None:
    found = fit({A: 0.1, B: 0.9}, {"A": A, "B": B})
    best = min(found.markers, key=lambda view: view.rank or 99)
    assert best.informative == "opposite homozygotes"
    own = [view.own_share for view in found.markers if view.own_share is not None]
    assert own == pytest.approx([0.1] * len(own), abs=2e-3)
    same = [view for view, a, b in zip(found.markers, A, B, strict=True) if a == b]
    assert {(view.informative, view.rank, view.own_share) for view in same} == {("none", None, None)}
    assert found.plain is not None
    assert found.plain.mean == pytest.approx(0.1, abs=1e-3)
    assert found.plain.markers == len(own)


def test_persons_that_cannot_be_told_apart_are_refused() -> None:
    with pytest.raises(MethodError, match="NK-MIX-01"):
        fit({A: 1.0}, {"A": A, "twin": A})
    with pytest.raises(MethodError, match="NK-MIX-02"):
        fit({A: 1.0}, {"A": A, "B": "2" + A[1:]})
    mean = "".join(str((int(a) + int(b)) // 2) for a, b in zip("0022" * 6, "2200" * 6, strict=True))
    with pytest.raises(MethodError, match="NK-MIX-03"):
        fit({A: 1.0}, {"A": "0022" * 6, "B": "2200" * 6, "C": mean})


def test_no_person_or_one_twice_is_refused() -> None:
    for references in ([], [counts("A", {A: 1.0}), counts("A", {B: 1.0})]):
        with pytest.raises(MethodError, match="NK-NGS-10"):
            fit_marker_counts(counts("S", {A: 1.0}), references)


def test_another_panel_is_refused() -> None:
    other = MarkerCounts("A", {f"X{m}": MarkerReads(500, 0) for m in range(24)})
    with pytest.raises(MethodError, match="NK-NGS-11"):
        fit_marker_counts(counts("S", {A: 1.0}), [other])


def test_another_persons_sample_is_refused() -> None:
    with pytest.raises(MethodError, match="NK-NGS-12"):
        fit({C: 1.0}, {"A": A, "B": B})


def test_an_undeclared_tenth_is_noticed() -> None:
    found = fit({A: 0.3, B: 0.6, C: 0.1}, {"A": A, "B": B})
    assert "NK-NGS-27" in codes(found)


def test_a_person_of_interest_must_be_declared() -> None:
    references = [counts("A", {A: 1.0}), counts("B", {B: 1.0})]
    with pytest.raises(MethodError, match="NK-NGS-28"):
        fit_marker_counts(counts("S", {A: 1.0}), references, of_interest="Z")


def test_one_contradicting_marker_is_left_out() -> None:
    sample = counts("S", {A: 0.1, B: 0.9})
    lost = MarkerCounts("S", {**sample.reads, "M1": MarkerReads(7000, 3000)})  # B lost one of its alleles
    references = [counts("A", {A: 1.0}, depth=500), counts("B", {B: 1.0}, depth=500)]
    found = fit_marker_counts(lost, references)
    assert "NK-NGS-26" in codes(found)
    (out,) = [view for view in found.markers if not view.used]
    assert out.marker == "M1"
    assert "contradicts" in out.note
    assert found.measurement.of("A").share.value == pytest.approx(0.1, abs=1e-3)


def test_missing_and_ambiguous_markers_are_left_out_and_said_so() -> None:
    sample = dict(counts("S", {A: 0.1, B: 0.9}).reads)
    sample["M2"] = MarkerReads(0, 0)
    del sample["M3"]
    first = counts("A", {A: 1.0}, depth=500)
    mixed = MarkerCounts("A", {**first.reads, "M1": MarkerReads(450, 50)})
    found = fit_marker_counts(MarkerCounts("S", sample), [mixed, counts("B", {B: 1.0}, depth=500)])
    assert {"NK-NGS-23", "NK-NGS-25"} <= codes(found)
    assert {view.marker: view.note for view in found.markers if not view.used} == {
        "M1": "no certain genotype of A",
        "M2": "no reads in the sample",
    }
    message = next(finding.message for finding in found.findings if finding.code == "NK-NGS-25")
    assert all(marker in message for marker in ("M1", "M2", "M3"))
    assert found.markers_used == 21


def test_a_reference_that_holds_another_raises_the_limits() -> None:
    pure = fit({A: 0.02, B: 0.98}, {"A": A, "B": B}).measurement.of("A")
    references = [counts("A", {A: 1.0}, depth=5000), counts("B", {A: 0.01, B: 0.99}, depth=5000)]
    found = fit_marker_counts(counts("S", {A: 0.009, B: 0.991}), references)
    assert "NK-NGS-24" in codes(found)
    raised = found.measurement.of("A")
    assert raised.lob == pytest.approx(0.01, abs=1e-3)
    assert pure.lob is not None
    assert pure.lod is not None
    assert pure.lob < pure.lod < 0.002
    assert raised.below_lod
    assert "NK-NGS-29" in codes(found)


def test_a_share_of_nothing_lies_below_its_limit() -> None:
    found = fit({A: 0.0, B: 1.0}, {"A": A, "B": B})
    assert found.measurement.of("A").below_lod
    assert not found.measurement.of("B").below_lod
    assert not PersonShare("A", certain(0.0)).below_lod  # no limit is known
