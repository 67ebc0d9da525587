"""Invariants of the joint fit and of distributions of shares."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from nktrial.chimerism.mixture import fit_mixture
from nktrial.chimerism.mixture_interval import with_preparation
from nktrial.model.trace import Genotype, Peak, PeakProfile
from nktrial.model.uncertainty import PROBABILITIES, Uncertain

MARKERS = tuple(f"D{index}S1" for index in range(1, 9))
FIRST = Genotype("A", {m: (str(10 + i % 3), str(14 + i % 2)) for i, m in enumerate(MARKERS)})
SECOND = Genotype("B", {m: (str(12 + i % 2), str(17 + i % 3)) for i, m in enumerate(MARKERS)})


def profile(share: float, rfu: float, order: list[int]) -> PeakProfile:
    peaks = []
    for marker in MARKERS:
        heights: dict[str, float] = {}
        for genotype, part in ((FIRST, share), (SECOND, 1 - share)):
            for allele in genotype.alleles[marker]:
                heights[allele] = heights.get(allele, 0.0) + rfu * part
        peaks += [Peak(marker, a, 100 + 4 * float(a), h, dye="B") for a, h in heights.items() if h >= 50]
    return PeakProfile("s", tuple(peaks[i] for i in sorted(range(len(peaks)), key=lambda i: order[i % len(order)])))


@given(
    share=st.floats(0.0, 1.0),
    rfu=st.floats(500.0, 5000.0),
    order=st.permutations(list(range(7))),
)
@settings(max_examples=25, deadline=None)
def test_shares_close_to_one_lie_in_their_interval_and_do_not_depend_on_the_order(
    share: float, rfu: float, order: list[int]
) -> None:
    fit = fit_mixture(profile(share, rfu, order), [FIRST, SECOND])
    values = [item.share.value for item in fit.shares]
    assert abs(sum(values) - 1.0) < 1e-12
    for item in fit.shares:
        low, high = item.share.interval()
        assert 0.0 <= low <= item.share.value <= high <= 1.0
    assert abs(values[0] - share) < 0.06
    again = fit_mixture(profile(share, rfu, list(range(7))), [SECOND, FIRST])
    assert abs(again.shares[1].share.value - values[0]) < 5e-3


@given(st.lists(st.floats(0.0, 1.0), min_size=2, max_size=20), st.floats(0.0, 0.5))
@settings(max_examples=60, deadline=None)
def test_preparation_keeps_order_range_and_certain_ends(knots: list[float], sd: float) -> None:
    quantiles = np.interp(PROBABILITIES, np.linspace(0, 1, len(knots)), sorted(knots))
    widened = np.asarray(with_preparation(Uncertain(0.5, tuple(quantiles.tolist())), sd).quantiles)
    assert (np.diff(widened) >= 0).all()
    assert widened[0] >= 0.0
    assert widened[-1] <= 1.0
    for end in (0.0, 1.0):
        certain = Uncertain(end, (end,) * PROBABILITIES.size)
        assert with_preparation(certain, sd).interval() == (end, end)
