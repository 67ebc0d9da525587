"""MRD by flow against a plain twin in whole numbers; more disease never makes a better status."""

from hypothesis import given
from hypothesis import strategies as st

from nktrial.criteria.evidence import Evaluable
from nktrial.criteria.mrd_flow import flow_mrd, share_of_events_pct

WORSE = {
    "AML": ("NEGATIVE", "NEGATIVE_DETECTABLE_BELOW_THRESHOLD", "INADEQUATE_FOR_NEGATIVITY", "POSITIVE"),
    "ALL": ("MRD_CR", "MRD_INTERMEDIATE", "MRD_FAILURE"),
}


def status(disease: str, events: int, of: int) -> str:
    share = share_of_events_pct(events, of)
    found = flow_mrd(disease, share, denominator_events=of, sensitivity_pct=0.01)
    return found.level if isinstance(found, Evaluable) else "NE"


@given(st.sampled_from(["AML", "ALL"]), st.integers(1, 2_000_000), st.integers(0, 5_000))
def test_by_counting(disease: str, of: int, events: int) -> None:
    events = min(events, of)
    if disease == "ALL":
        negative = "MRD_CR" if of >= 30_000 else "NE"
        expected = "MRD_FAILURE" if events * 10_000 >= of else "MRD_INTERMEDIATE" if events else negative
    elif events * 1_000 >= of:
        expected = "POSITIVE"
    elif of <= 500_000:
        expected = "INADEQUATE_FOR_NEGATIVITY"
    else:
        expected = "NEGATIVE_DETECTABLE_BELOW_THRESHOLD" if events else "NEGATIVE"
    assert status(disease, events, of) == expected


@given(st.sampled_from(["AML", "ALL"]), st.integers(30_000, 2_000_000), st.integers(0, 5_000), st.integers(0, 5_000))
def test_more_disease_is_never_better(disease: str, of: int, events: int, more: int) -> None:
    order = WORSE[disease]
    assert order.index(status(disease, events, of)) <= order.index(status(disease, events + more, of))
