"""A written lane reads back as itself."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nktrial.formats.abif import read_abif
from nktrial.formats.abif_write import write_abif
from nktrial.formats.window import Window
from nktrial.model.trace import Trace

TEXT = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40)
SCANS = st.integers(2, 6).flatmap(
    lambda n_dyes: arrays(
        np.int32, st.tuples(st.integers(100, 160), st.just(n_dyes)), elements=st.integers(-32768, 32767)
    )
)


@settings(max_examples=40, deadline=None)
@given(scans=SCANS, name=TEXT, standard=TEXT, saturated=st.sets(st.integers(0, 99)), data=st.data())
def test_round_trip(scans: np.ndarray, name: str, standard: str, saturated: set[int], data: st.DataObject) -> None:
    dyes = tuple(data.draw(st.lists(TEXT, min_size=scans.shape[1], max_size=scans.shape[1])))
    trace = Trace(scans, dyes, name, standard, np.array(sorted(saturated), dtype=np.int64), {"run_date": "2026-02-28"})
    found = read_abif(Window(write_abif(trace), "lane.fsa"))
    assert np.array_equal(found.scans, scans)
    assert found.saturated.tolist() == sorted(saturated)
    assert (found.dyes, found.sample_name, found.size_standard) == (dyes, name, standard.removesuffix(".szs"))
    assert found.facts == {"run_date": "2026-02-28"}
    assert found.findings == ()
