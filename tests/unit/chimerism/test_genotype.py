"""Reference genotypes out of peak profiles."""

import pytest

from nktrial.chimerism.genotype import reference_genotype
from nktrial.chimerism.marker import allele_length, is_autosomal, marker_key, step
from nktrial.core.errors import MethodError
from nktrial.model.kit import Kit, Locus
from nktrial.model.trace import Genotype, Peak, PeakProfile


def genotype(*peaks: tuple[str, str, float] | Peak, kit: Kit | None = None) -> Genotype:
    made = [p if isinstance(p, Peak) else Peak(p[0], p[1], float("nan"), p[2]) for p in peaks]
    return reference_genotype(PeakProfile("ref", tuple(made)), person="D1", kit=kit)


TH01 = (("TH01", "6", 1000.0), ("TH01", "9.3", 900.0))


def test_balanced_pair_is_a_heterozygote_sorted_by_length() -> None:
    assert genotype(("TH01", "9.3", 900.0), ("TH01", "6", 1000.0)).alleles["TH01"] == ("6", "9.3")


def test_stutter_forward_stutter_and_pull_up_are_removed_and_named() -> None:
    found = genotype(
        Peak("CSF1PO", "11", 337.0, 7000.0, dye="G"),
        Peak("CSF1PO", "10", 333.0, 600.0, dye="G"),
        Peak("CSF1PO", "12", 341.0, 200.0, dye="G"),
        Peak("CSF1PO", "8", 325.1, 945.0, dye="G"),
        Peak("D18S51", "19", 325.1, 7841.0, dye="B"),
    )
    assert found.alleles["CSF1PO"] == ("11", "11")
    (removed,) = [finding for finding in found.findings if finding.code == "NK-GEN-02"]
    assert "10 (600 RFU, back stutter of 11)" in removed.message
    assert "12 (200 RFU, forward stutter of 11)" in removed.message
    assert "8 (945 RFU, pull-up of 7841 RFU in dye B)" in removed.message


@pytest.mark.parametrize(
    ("reason", "peaks"),
    [
        ("unbalanced (0.45)", [("FGA", "20", 1000.0), ("FGA", "24", 450.0)]),
        ("three alleles", [("FGA", "20", 1000.0), ("FGA", "22", 900.0), ("FGA", "24", 800.0)]),
        ("is off the ladder", [("FGA", "OL", 5000.0), ("FGA", "24", 900.0)]),
        ("off-ladder peak has 0.76", [("FGA", "20", 1000.0), ("FGA", "OL", 760.0)]),
        ("a second may be lost", [("FGA", "20", 180.0)]),
        ("no allele above the threshold", [("FGA", "20", 40.0)]),
    ],
)
def test_ambiguous_locus_is_left_out_with_its_reason(reason: str, peaks: list[tuple[str, str, float]]) -> None:
    found = genotype(*TH01, *peaks)
    assert "FGA" not in found.alleles
    assert reason in found.left_out["FGA"]
    assert [finding.code for finding in found.findings] == ["NK-GEN-03"]


def test_off_scale_and_y_markers_and_loci_of_the_kit_without_peak_are_left_out() -> None:
    kit = Kit("k", "k", (), (), (Locus("vWA", 0, 100, 200, 4, (), 0.1, 0.01),), "test")
    off_scale = Peak("FGA", "20", 330.0, 9000.0, flags=("saturated",))
    found = genotype(*TH01, off_scale, ("DYS391", "10", 2000.0), kit=kit)
    assert set(found.left_out) == {"FGA", "DYS391", "vWA"}


def test_amelogenin_is_kept_as_a_check_of_sex() -> None:
    found = genotype(*TH01, ("AMEL", "X", 800.0), ("AMEL", "Y", 900.0))
    assert found.alleles["AMEL"] == ("X", "Y")


def test_reference_without_any_genotype_is_refused() -> None:
    with pytest.raises(MethodError) as caught:
        genotype(("AMEL", "X", 800.0), ("TH01", "6", 20.0))
    assert caught.value.code == "NK-GEN-01"
    assert "TH01: no allele above the threshold" in caught.value.problem


def test_spellings_of_markers_and_steps_of_alleles() -> None:
    assert marker_key("Penta E") == marker_key("PENTA_E")
    assert marker_key("AM") == marker_key("Amelogenin") == marker_key("AMEL")
    assert marker_key("VWA") == marker_key("vWA")
    assert [is_autosomal(m) for m in ("TH01", "AMEL", "DYS391", "QS1", "")] == [True, False, False, False, False]
    assert step("9.3", -1) == 8.3
    assert step("30.2", 1) == 31.2
    assert allele_length("OL") != allele_length("OL")  # NaN
    assert allele_length("14_13_1_0") != allele_length("14_13_1_0")
