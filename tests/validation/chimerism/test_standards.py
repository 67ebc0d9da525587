"""Every size standard of every kit, on simulated lanes: the kit's own, or another of its where that ran."""

from dataclasses import replace

import numpy as np
import pytest

from nktrial.chimerism.lane import sized_lane
from nktrial.formats.kits import kit_ids, load_kit
from nktrial.simulate.analyser import Fragment
from nktrial.simulate.lane import draw_run, run_lane

RUN = [(kit_id, place) for kit_id in kit_ids() for place in range(len(load_kit(kit_id).size_standards))]


@pytest.mark.parametrize(("kit_id", "place"), RUN)
@pytest.mark.parametrize("tag", ["", "GS500LIZ", "own"])
def test_the_standard_that_ran_is_found(kit_id: str, place: int, tag: str, rng: np.random.Generator) -> None:
    kit = load_kit(kit_id)
    ran = kit.size_standards[place]
    as_run = replace(kit, size_standards=(ran,))
    spots = [Fragment(locus.dye, locus.name, rung.size_bp, 900.0) for locus in kit.loci for rung in locus.ladder[2:4]]
    trace = run_lane(rng, as_run, draw_run(rng, as_run, label="run"), spots, sample_name="S")
    lane = sized_lane(replace(trace, size_standard=ran.name if tag == "own" else tag), kit)
    truth = np.array(ran.fragments_bp)
    assert lane.standard.found >= truth.size - 3
    # Whatever name is chosen (the CC5 and WEN ladders are the same fragments), no length is wrong.
    if lane.standard.name != ran.name:
        assert {lane.standard.name, ran.name} == {"CC5 ILS 500", "WEN ILS 500"}
    for dye, sizes in enumerate(lane.sizes):
        peaks = lane.peaks[dye].height_rfu > 500.0
        known = [spot.size_bp for spot in spots if spot.dye == dye and spot.size_bp < lane.standard.size_bp[-1] - 3]
        found = sizes[peaks & np.isfinite(sizes)]
        for size in known:
            assert np.min(np.abs(found - size)) < 1.5
