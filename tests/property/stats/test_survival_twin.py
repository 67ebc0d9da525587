"""Survival and competing risks against slow, obvious twins; order and unit of time do not matter."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from nktrial.core.errors import MethodError
from nktrial.stats import cumulative_incidence, fine_gray, gray_test, kaplan_meier, log_rank

PATIENTS = st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, 2), st.integers(0, 1)), min_size=2, max_size=40
)  # time, code, group


def arrays(patients: list[tuple[int, int, int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    time, code, group = (np.array(column) for column in zip(*patients, strict=True))
    return time.astype(float), code, group


def plain_curves(patients: list[tuple[int, int, int]], cause: int) -> dict[int, tuple[Fraction, Fraction]]:
    """Return S and F after each time, patient by patient in exact fractions."""
    s, f, curves = Fraction(1), Fraction(0), {}
    for time in sorted({patient[0] for patient in patients}):
        at_risk = sum(patient[0] >= time for patient in patients)
        events = [patient[1] for patient in patients if patient[0] == time and patient[1] > 0]
        f += s * Fraction(events.count(cause), at_risk)
        s *= 1 - Fraction(len(events), at_risk)
        curves[time] = (s, f)
    return curves


@given(PATIENTS, st.sampled_from([1, 2]))
def test_survival_and_incidence_in_fractions(patients: list[tuple[int, int, int]], cause: int) -> None:
    time, code, _ = arrays(patients)
    curves = plain_curves(patients, cause)
    times = sorted(curves)
    assert kaplan_meier(time, code).at(times) == pytest.approx([float(curves[t][0]) for t in times], abs=1e-12)
    found = cumulative_incidence(time, code, cause=cause)
    assert found.at(times) == pytest.approx([float(curves[t][1]) for t in times], abs=1e-12)
    assert found.at([-0.5])[0] == 0.0


@given(PATIENTS)
def test_the_causes_and_survival_add_up_to_one(patients: list[tuple[int, int, int]]) -> None:
    time, code, _ = arrays(patients)
    total = kaplan_meier(time, code).estimate
    for cause in (1, 2):
        total = total + cumulative_incidence(time, code, cause=cause).estimate
    assert total == pytest.approx(np.ones(total.size), abs=1e-12)


@given(PATIENTS, st.sampled_from(["aalen", "greenwood", "infinitesimal_jackknife"]))
def test_order_and_unit_of_time_do_not_matter(patients: list[tuple[int, int, int]], variance: str) -> None:
    time, code, _ = arrays(patients)
    order = np.random.default_rng(7).permutation(time.size)
    first = cumulative_incidence(time, code, variance=variance)  # type: ignore[arg-type]
    second = cumulative_incidence(time[order] * 30.4375, code[order], variance=variance)  # type: ignore[arg-type]
    assert second.estimate == pytest.approx(first.estimate, abs=1e-12)
    assert second.variance == pytest.approx(first.variance, abs=1e-12)


def plain_jackknife(time: np.ndarray, code: np.ndarray, at: float) -> float:
    """Return the variance by weighting each patient a little differently, one at a time."""

    def incidence(weight: np.ndarray) -> float:
        s, f = 1.0, 0.0
        for t in np.unique(time[time <= at]):
            n = weight[time >= t].sum()
            here = time == t
            f += s * weight[here & (code == 1)].sum() / n
            s *= 1.0 - weight[here & (code > 0)].sum() / n
        return f

    step = 1e-5
    total = 0.0
    for patient in range(time.size):
        up, down = np.ones(time.size), np.ones(time.size)
        up[patient] += step
        down[patient] -= step
        total += ((incidence(up) - incidence(down)) / (2 * step)) ** 2
    return total


@given(PATIENTS, st.integers(0, 12))
def test_the_jackknife_by_differences(patients: list[tuple[int, int, int]], at: int) -> None:
    time, code, _ = arrays(patients)
    found = cumulative_incidence(time, code, variance="infinitesimal_jackknife")
    assert found.variance_at([at])[0] == pytest.approx(plain_jackknife(time, code, at), rel=1e-5, abs=1e-9)


def plain_log_rank(time: np.ndarray, died: np.ndarray, group: np.ndarray) -> float | None:
    observed = expected = variance = 0.0
    for t in np.unique(time[died]):
        n, d = int((time >= t).sum()), int((died & (time == t)).sum())
        n1 = int(((time >= t) & (group == 0)).sum())
        observed += int((died & (time == t) & (group == 0)).sum())
        expected += d * n1 / n
        variance += d * (n1 / n) * (1 - n1 / n) * (n - d) / (n - 1) if n > 1 else 0.0
    return (observed - expected) ** 2 / variance if variance > 1e-9 else None


@given(PATIENTS)
def test_log_rank_of_two_groups_by_hand(patients: list[tuple[int, int, int]]) -> None:
    time, code, group = arrays(patients)
    assume(0 < group.sum() < group.size)
    expected = plain_log_rank(time, code > 0, group)
    if expected is None:
        with pytest.raises(MethodError, match="NK-STA-11"):
            log_rank(time, code, group)
    else:
        assert log_rank(time, code, group).statistic == pytest.approx(expected, rel=1e-8, abs=1e-10)


@given(PATIENTS, st.sampled_from([1, 2]))
def test_the_names_of_groups_do_not_matter_to_gray(patients: list[tuple[int, int, int]], cause: int) -> None:
    time, code, group = arrays(patients)
    assume(0 < group.sum() < group.size)
    assume(len(set(time[code == cause])) > 1)
    try:
        found = gray_test(time, code, group, cause=cause)
    except MethodError:
        with pytest.raises(MethodError, match="NK-STA-11"):
            gray_test(time, code, np.where(group == 0, "b", "a"), cause=cause)
        return
    other = gray_test(time, code, np.where(group == 0, "b", "a"), cause=cause)
    assert other.statistic == pytest.approx(found.statistic, rel=1e-7, abs=1e-9)
    assert 0.0 <= found.p_value <= 1.0


def plain_fine_gray(time: np.ndarray, code: np.ndarray, z: np.ndarray) -> float:
    """Maximise the weighted partial likelihood of one covariate by looking at every risk set."""
    censored = code == 0
    g = {}
    for t in np.unique(time):
        before = [u for u in np.unique(time[censored]) if u < t]
        g[t] = (
            float(np.prod([1 - (censored & (time == u)).sum() / (time >= u).sum() for u in before])) if before else 1.0
        )

    def score(beta: float) -> float:
        total = 0.0
        for t in np.unique(time[code == 1]):
            weight = np.where(time >= t, 1.0, np.where(code == 2, [g[t] / g[u] for u in time], 0.0)) * np.exp(beta * z)
            mean = (weight * z).sum() / weight.sum()
            total += (z[(code == 1) & (time == t)] - mean).sum()
        return total

    low, high = -20.0, 20.0
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if score(middle) > 0 else (low, middle)
    return (low + high) / 2


def test_fine_gray_by_every_risk_set() -> None:
    rng = np.random.default_rng(11)
    for _ in range(5):
        z = rng.integers(0, 3, 60).astype(float)
        time = np.ceil(rng.exponential(6.0, 60) * np.exp(-0.3 * z))
        code = rng.integers(0, 3, 60)
        assert fine_gray(time, code, z).coef[0] == pytest.approx(plain_fine_gray(time, code, z), abs=1e-7)
