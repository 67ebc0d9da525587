"""Loci whose classical share is an end of the scale by drop-out."""

from dataclasses import replace

import pytest

from nktrial.figures.chimerism import LEFT_OUT, USED, chimerism_spec, dropped_person
from nktrial.model.results import ChimerismView, ContributorShare, LocusView

THREE = (
    ContributorShare("S02", "recipient", 0.1, 0.07, 0.13),
    ContributorShare("S02-D1", "hsct", 0.87, 0.84, 0.9),
    ContributorShare("S02-D2", "nk", 0.03, 0.02, 0.05),
)
TWO = (THREE[0], ContributorShare("S02-D1", "hsct+nk", 0.9, 0.87, 0.93))


def locus(marker: str, share: float | None, heights: tuple[float, ...], fitted: tuple[float, ...]) -> LocusView:
    alleles = tuple(str(number) for number, _ in enumerate(heights, 5))
    return LocusView(marker, "3 of 3", alleles, heights, fitted, share, used=True, note="")


UNSEEN = locus("FGA", 0.0, (170.0, 0.0, 1043.0), (171.0, 43.5, 1043.0))
ABSENT = locus("TH01", 0.0, (170.0, 0.0, 1043.0), (171.0, 0.0, 1043.0))
SEEN = locus("vWA", 0.04, (170.0, 60.0, 0.0), (171.0, 43.5, 9.0))
WHOLE = locus("D18S51", 1.0, (600.0, 0.0, 705.0), (700.0, 28.8, 636.0))
OFF_SCALE = locus("D13S317", 1.0, (1425.0, 1237.0), (1208.0, 1257.0))


@pytest.fixture
def view() -> ChimerismView:
    loci = (UNSEEN, ABSENT, SEEN, replace(SEEN, marker="TPOX", used=False))
    return ChimerismView("S02-D13", 13, "WB", "a.txt", True, THREE, 0.02, 0.01, 4, loci, None, (), "c" * 64)  # noqa: FBT003


def test_a_share_of_zero_with_an_expected_allele_unseen_is_the_nk_donors_drop_out(view: ChimerismView) -> None:
    assert dropped_person(view, UNSEEN) == "S02-D2"
    assert [dropped_person(view, one) for one in (ABSENT, SEEN)] == [None, None]


def test_of_two_persons_a_share_of_one_is_the_others_drop_out(view: ChimerismView) -> None:
    two = replace(view, contributors=TWO)
    assert dropped_person(two, WHOLE) == "S02"
    assert dropped_person(two, UNSEEN) == "S02-D1"
    assert dropped_person(two, OFF_SCALE) is None
    assert dropped_person(view, WHOLE) is None  # of three persons it does not say whose alleles are missing


def test_the_figure_gives_drop_out_a_mark_and_a_line_of_its_own(view: ChimerismView) -> None:
    panel = chimerism_spec(view)["vconcat"][1]
    (dots,) = [layer for layer in panel["layer"] if layer["mark"]["type"] == "point"]
    words = "alleles of S02-D2 below the threshold here"
    kinds = {row["marker"]: row["kind"] for row in dots["data"]["values"]}
    assert kinds == {"FGA": words, "TH01": USED, "vWA": USED, "TPOX": LEFT_OUT}
    for channel in ("fill", "shape"):
        scale = dots["encoding"][channel]["scale"]
        assert scale["domain"] == [USED, LEFT_OUT, words]
    shapes = dict(zip(*(dots["encoding"]["shape"]["scale"][key] for key in ("domain", "range")), strict=True))
    assert shapes[words] != shapes[USED] == shapes[LEFT_OUT]
