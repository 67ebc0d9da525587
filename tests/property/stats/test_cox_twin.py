"""Cox regression and multi-state models against slow, obvious twins; what must not matter does not."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from nktrial.core.errors import MethodError
from nktrial.stats import cox, cumulative_incidence, kaplan_meier, multi_state, proportional_hazards
from nktrial.stats.cox import Ties

TIES: list[Ties] = ["efron", "breslow"]
PATIENTS = st.lists(
    st.tuples(st.integers(1, 8), st.integers(0, 1), st.integers(-3, 3), st.integers(0, 3), st.integers(0, 1)),
    min_size=8,
    max_size=40,
)  # length of stay, event, covariate, entry, stratum


def arrays(patients: list[tuple[int, ...]]) -> tuple[np.ndarray, ...]:
    stay, event, z, entry, stratum = (np.array(column) for column in zip(*patients, strict=True))
    return (entry + stay).astype(float), event, z.astype(float), entry.astype(float), stratum


def plain_loglik(
    beta: np.ndarray,
    time: np.ndarray,
    event: np.ndarray,
    z: np.ndarray,
    entry: np.ndarray,
    stratum: np.ndarray,
    ties: Ties,
) -> float:
    """Return the log partial likelihood, event by event from every risk set."""
    eta = z.reshape(time.size, -1) @ beta
    total = 0.0
    for layer in np.unique(stratum):
        for t in np.unique(time[(event == 1) & (stratum == layer)]):
            at_risk = (entry < t) & (time >= t) & (stratum == layer)
            dying = at_risk & (time == t) & (event == 1)
            d = int(dying.sum())
            for k in range(d):
                share = k / d if ties == "efron" else 0.0
                total -= float(np.log(np.exp(eta[at_risk]).sum() - share * np.exp(eta[dying]).sum()))
            total += float(eta[dying].sum())
    return total


@given(PATIENTS, st.sampled_from(TIES))
def test_the_estimate_is_the_top_of_the_plain_likelihood(patients: list[tuple[int, ...]], ties: Ties) -> None:
    time, event, z, entry, stratum = arrays(patients)
    try:
        found = cox(time, event, z, entry=entry, strata=stratum, ties=ties)
    except MethodError:
        return  # the next test
    plain = [plain_loglik(np.array([b]), time, event, z, entry, stratum, ties) for b in (found.coef[0], 0.0)]
    assert [found.loglik, found.loglik_null] == pytest.approx(plain, abs=1e-9)
    assert np.isfinite([found.se[0], found.p_value[0], found.wald.statistic, found.score.statistic]).all()
    step = 1e-3 * found.se[0]
    left, right = (
        plain_loglik(np.array([found.coef[0] + move]), time, event, z, entry, stratum, ties) for move in (-step, step)
    )
    assert left <= plain[0] + 1e-10
    assert right <= plain[0] + 1e-10
    assert found.se[0] == pytest.approx(((2 * plain[0] - left - right) / step**2) ** -0.5, rel=1e-2)


@given(PATIENTS)
def test_no_estimate_only_where_the_plain_likelihood_has_no_top(patients: list[tuple[int, ...]]) -> None:
    time, event, z, entry, stratum = arrays(patients)
    if not event.any():
        with pytest.raises(MethodError, match="NK-STA-11"):
            cox(time, event, z, entry=entry, strata=stratum)
        return
    far = [plain_loglik(np.array([b]), time, event, z, entry, stratum, "efron") for b in (-40.0, -20.0, 20.0, 40.0)]
    # It rises to one side without end, and has then stopped changing; or it is flat.
    endless = abs(far[0] - far[1]) < 1e-6 or abs(far[3] - far[2]) < 1e-6
    if endless:
        with pytest.raises(MethodError, match="NK-STA-12"):
            cox(time, event, z, entry=entry, strata=stratum)
    else:
        assert np.isfinite(cox(time, event, z, entry=entry, strata=stratum).coef).all()


@given(PATIENTS, st.sampled_from(TIES))
def test_order_units_and_origin_do_not_matter(patients: list[tuple[int, ...]], ties: Ties) -> None:
    time, event, z, entry, stratum = arrays(patients)
    try:
        first = cox(time, event, z, entry=entry, strata=stratum, ties=ties)
    except MethodError:
        return
    order = np.random.default_rng(7).permutation(time.size)
    second = cox(
        time[order] * 30.0, event[order], 5.0 * z[order] + 11.0, entry=entry[order] * 30.0, ties=ties,
        strata=np.where(stratum[order] == 0, "second", "first"),
    )  # fmt: skip
    assert 5.0 * second.coef == pytest.approx(first.coef, rel=1e-7, abs=1e-9)
    assert 5.0 * second.se == pytest.approx(first.se, rel=1e-7)
    assert second.score.statistic == pytest.approx(first.score.statistic, rel=1e-7, abs=1e-9)


@given(PATIENTS, st.sampled_from(["km", "rank", "identity", "log"]))
def test_proportional_hazards_are_tested_or_refused(patients: list[tuple[int, ...]], transform: Any) -> None:
    time, event, z, entry, stratum = arrays(patients)
    covariates = np.stack([z, z**2 + stratum], axis=1)
    try:
        found = proportional_hazards(time, event, covariates, entry=entry, transform=transform)
    except MethodError as error:
        note = str(error)
        assert "NK-STA-11" in note or "NK-STA-12" in note
        return
    for test in (*found.tests, found.overall):
        assert test.statistic >= 0.0
        assert 0.0 <= test.p_value <= 1.0
    order = np.random.default_rng(7).permutation(time.size)
    again = proportional_hazards(time[order], event[order], 3.0 * covariates[order] - 5.0, entry=entry[order],
                                 transform=transform)  # fmt: skip
    assert again.overall.statistic == pytest.approx(found.overall.statistic, rel=1e-4, abs=1e-7)


def mixed(function: Callable[[np.ndarray], float], at: np.ndarray, r: np.ndarray, s: np.ndarray) -> float:
    """Return the second derivative along two small steps."""
    corners = function(at + r + s) - function(at + r - s) - function(at - r + s) + function(at - r - s)
    return corners / float(4 * r.sum() * s.sum())


def changing_loglik(c: np.ndarray, time: np.ndarray, event: np.ndarray, z: np.ndarray, ties: Ties) -> float:
    """Return the log partial likelihood where the coefficients change linearly with time."""
    total, centre = 0.0, time[event == 1].mean()
    for t in np.unique(time[event == 1]):
        left = time >= t
        now = ((time == t) & (event == 1))[left].astype(int)
        nobody = np.zeros(now.size)
        beta = c[:2] + (t - centre) * c[2:]
        total += plain_loglik(beta, time[left], now, z[left], nobody, nobody, ties)
    return total


def test_proportional_hazards_by_a_covariate_that_changes_with_time() -> None:
    """Differentiate the likelihood of b + c g(t), risk set by risk set, numerically."""
    rng = np.random.default_rng(6)
    for ties in TIES:
        z = rng.normal(size=(80, 2))
        time, event = np.ceil(8 * rng.exponential(size=80) * np.exp(-0.4 * z[:, 0])), rng.integers(0, 2, 80)
        found = proportional_hazards(time, event, z, ties=ties, transform="identity")
        b = cox(time, event, z, ties=ties).coef

        loglik = partial(changing_loglik, time=time, event=event, z=z, ties=ties)
        at, h = np.concatenate([b, [0.0, 0.0]]), np.array([1e-3, 1e-3, 1e-4, 1e-4])
        steps = np.diag(h)
        u = np.array([(loglik(at + s) - loglik(at - s)) / (2 * s.sum()) for s in steps])
        information = -np.array([[mixed(loglik, at, r, s) for s in steps] for r in steps])
        u[:2] = 0.0
        assert found.overall.statistic == pytest.approx(u @ np.linalg.solve(information, u), rel=1e-3)
        kept = [0, 1, 2]
        expected = u[kept] @ np.linalg.solve(information[np.ix_(kept, kept)], u[kept])
        assert found.tests[0].statistic == pytest.approx(expected, rel=1e-3)


CURVES = st.lists(
    st.tuples(st.integers(1, 10), st.integers(0, 2), st.integers(0, 4)), min_size=1, max_size=30
)  # length of stay, code, entry


@given(CURVES)
def test_two_causes_are_a_multi_state_model(patients: list[tuple[int, int, int]]) -> None:
    stay, code, _ = (np.array(column) for column in zip(*patients, strict=True))
    time = stay.astype(float)
    found = multi_state(np.zeros(time.size), time, np.zeros(time.size), np.where(code == 0, -1, code), states=3)
    grid = np.arange(0.0, 12.0)
    probability, se = found.at(grid)
    assert probability[:, 0, 0] == pytest.approx(kaplan_meier(time, code).at(grid), abs=1e-12)
    for cause in (1, 2):
        curve = cumulative_incidence(time, code, cause=cause, variance="greenwood")
        assert probability[:, 0, cause] == pytest.approx(curve.at(grid), abs=1e-12)
        assert se[:, 0, cause] ** 2 == pytest.approx(curve.variance_at(grid), abs=1e-12)


@given(CURVES, st.integers(0, 6))
def test_two_states_with_late_entry_are_kaplan_meier(patients: list[tuple[int, int, int]], start: int) -> None:
    stay, code, entry = (np.array(column) for column in zip(*patients, strict=True))
    time, late = (entry + stay).astype(float), entry.astype(float)
    assume(start <= time.max())
    found = multi_state(late, time, np.zeros(time.size), np.where(code == 0, -1, 1), states=2, start=float(start))
    grid = np.arange(float(start), 15.0)
    kept = (code > 0) & (time <= start)
    curve = kaplan_meier(time, np.where(kept, 0, code), entry=late)
    probability, se = found.at(grid)
    assert probability[:, 0, 0] == pytest.approx(curve.at(grid), abs=1e-12)
    assert probability.sum(axis=2) == pytest.approx(np.ones((grid.size, 2)), abs=1e-12)
    assert np.isfinite(se).all()


def test_probabilities_of_nobody_censored_are_shares() -> None:
    """Follow everybody to the end: P(0, t) from state 0 is the share of patients in each state, se binomial."""
    rng = np.random.default_rng(9)
    rows, paths = [], []
    for _ in range(60):
        state, now, path = 0, 0.0, []
        while state < 3 and now < 20.0:
            then, nxt = now + float(rng.integers(1, 5)), int(rng.integers(state + 1, 4))
            rows.append((now, then, state, nxt))
            path.append((now, state))
            state, now = nxt, then
        paths.append([*path, (now, state)])
    entry, time, here, move = np.array(rows).T
    found = multi_state(entry, time, here, move, states=4)
    for t in (0.0, 1.0, 3.0, 5.0, 9.0):
        now_in = [max(place for place in path if place[0] <= t)[1] for path in paths]
        shares = np.bincount(now_in, minlength=4) / len(paths)
        probability, _ = found.at([t])
        assert probability[0, 0] == pytest.approx(shares, abs=1e-12)
