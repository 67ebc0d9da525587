from collections.abc import Callable

import numpy as np
import pytest

from nktrial.chimerism.ladder import align_ladder, nominal_bins
from nktrial.core.errors import MethodError
from nktrial.model.kit import Kit
from nktrial.model.trace import Trace

MakeLane = Callable[..., Trace]


def test_finds_the_offset_of_every_locus(ladder_lane: Trace, kit: Kit) -> None:
    bins = align_ladder(ladder_lane, kit)
    assert bins.aligned
    for place, locus in enumerate(bins.loci):
        nominal = np.array([rung.size_bp for rung in kit.loci[place].ladder])
        assert locus.size_bp == pytest.approx(nominal + 3.0 * np.sin(place), abs=0.15), locus.locus.name


def test_passes_over_stutter_and_dirt(kit: Kit, make_lane: MakeLane) -> None:
    spots = [(locus.dye, rung.size_bp, 800.0) for locus in kit.loci for rung in locus.ladder]
    dirt = [(locus.dye, locus.ladder[0].size_bp - 4.0, 70.0) for locus in kit.loci if locus.repeat_bp == 4]
    bins = align_ladder(make_lane([*spots, *dirt]), kit)
    for locus in bins.loci:
        nominal = np.array([rung.size_bp for rung in locus.locus.ladder])
        assert locus.size_bp == pytest.approx(nominal, abs=0.15), locus.locus.name


def test_refuses_a_sample_as_ladder(make_lane: MakeLane, kit: Kit) -> None:
    with pytest.raises(MethodError) as caught:
        align_ladder(make_lane([(0, 150.0, 900.0), (0, 154.0, 900.0)]), kit)
    assert caught.value.code == "NK-ALL-02"


def test_refuses_another_kits_ladder(make_lane: MakeLane, kit: Kit) -> None:
    spots = [(dye, size, 800.0) for dye in range(4) for size in np.arange(100.0, 400.0, 3.0)]
    with pytest.raises(MethodError) as caught:
        align_ladder(make_lane(spots), kit)
    assert caught.value.code == "NK-ALL-03"


def test_nominal_bins_are_the_kits_lengths(kit: Kit) -> None:
    bins = nominal_bins(kit)
    assert not bins.aligned
    assert [float(locus.size_bp[0]) for locus in bins.loci] == [locus.ladder[0].size_bp for locus in kit.loci]
