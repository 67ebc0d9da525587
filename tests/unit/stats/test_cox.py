"""Cox regression, its test and multi-state models: small cases by hand, and bad input named."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from nktrial.core.errors import MethodError
from nktrial.stats import cox, log_rank, multi_state, proportional_hazards

T, E = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1, 0, 2, 1, 1, 0]
Z = [[0.5], [1.0], [0.0], [2.0], [0.7], [0.1]]
STAYS: tuple[Any, ...] = ([0.0, 0.0, 2.0], [2.0, 3.0, 5.0], [0, 0, 1], [1, -1, -1])


def moved(
    *, entry: Any = STAYS[0], time: Any = STAYS[1], state: Any = STAYS[2], move: Any = STAYS[3], **more: Any
) -> Any:
    return multi_state(entry, time, state, move, **{"states": 3, **more})


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: cox([], [], np.empty((0, 1))), "NK-STA-03"),
        (lambda: cox([np.nan, *T[1:]], E, Z), "NK-STA-04"),
        (lambda: cox([-1.0, *T[1:]], E, Z), "NK-STA-04"),
        (lambda: cox(T, E[:3], Z), "NK-STA-05"),
        (lambda: cox(T, [1, 0, 0.5, 1, 1, 0], Z), "NK-STA-06"),
        (lambda: cox(T, E, Z, entry=[0.0, 0.0, 0.0, 4.0, 0.0, 0.0]), "NK-STA-07"),
        (lambda: cox(T, E, Z, entry=[0.0, 0.0, np.nan, 0.0, 0.0, 0.0]), "NK-STA-07"),
        (lambda: cox(T, E, Z, strata=["a", "", "b", "b", "a", "a"]), "NK-STA-10"),
        (lambda: cox(T, E, Z, strata=["a"]), "NK-STA-05"),
        (lambda: cox(T, [0] * 6, Z), "NK-STA-11"),
        (lambda: cox(T, E, Z, cause=3), "NK-STA-11"),
        (lambda: cox(T, E, Z, cause=0), "NK-STA-02"),
        (lambda: cox(T, E, Z, ties="exact"), "NK-STA-02"),  # type: ignore[arg-type]
        (lambda: cox(T, E, Z[:3]), "NK-STA-13"),
        (lambda: cox(T, E, [[np.inf], *Z[1:]]), "NK-STA-13"),
        (lambda: cox(T, E, [[1e300], [-1e300], *Z[2:]]), "NK-STA-13"),
        (lambda: cox(T, E, [[0.1]] * 6), "NK-STA-12"),
        (lambda: cox([4.0], [1], [[1.0]]), "NK-STA-12"),
        (lambda: cox([4.0] * 6, [1] * 6, Z, strata=list("abcdef")), "NK-STA-12"),
        (lambda: cox(T, E, Z).hazard_ratios(1.0), "NK-STA-02"),
        (lambda: proportional_hazards(T, E, Z, transform="cube"), "NK-STA-02"),  # type: ignore[arg-type]
        (lambda: proportional_hazards(T, E, Z, terms=[[1]]), "NK-STA-02"),
        (lambda: proportional_hazards(T, E, Z, terms=[[]]), "NK-STA-02"),
        (lambda: proportional_hazards(T, E, Z, terms=[[0, 0]]), "NK-STA-02"),
        (lambda: proportional_hazards([0.0, *T[1:]], E, Z, transform="log"), "NK-STA-02"),
        (lambda: proportional_hazards([4.0] * 6, E, Z), "NK-STA-11"),
        (lambda: proportional_hazards(T, [0] * 6, Z), "NK-STA-11"),
        (lambda: moved(states=1), "NK-STA-02"),
        (lambda: moved(start=6.0), "NK-STA-02"),
        (lambda: moved(start=-1.0), "NK-STA-02"),
        (lambda: moved(start=np.nan), "NK-STA-02"),
        (lambda: moved(time=[]), "NK-STA-03"),
        (lambda: moved(time=[2.0, -3.0, 5.0]), "NK-STA-04"),
        (lambda: moved(entry=[0.0]), "NK-STA-05"),
        (lambda: moved(state=[0, 0]), "NK-STA-05"),
        (lambda: moved(state=[0, 0, 3]), "NK-STA-06"),
        (lambda: moved(move=[1, -2, -1]), "NK-STA-06"),
        (lambda: moved(move=[0, -1, -1]), "NK-STA-06"),
        (lambda: moved(move=[1, np.nan, -1]), "NK-STA-06"),
        (lambda: moved(entry=[0.0, 3.0, 2.0]), "NK-STA-07"),
        (lambda: moved(entry=None), "NK-STA-07"),
        (lambda: moved(start=2.0).at([1.0]), "NK-STA-04"),
    ],
)
def test_bad_input_is_named(call: Callable[[], Any], code: str) -> None:
    with pytest.raises(MethodError, match=code):
        call()


def test_two_patients_by_hand() -> None:
    # Two terms: b - log(1 + 2 exp(b)) of the first event among {1, 0, 0}, then -log(1 + 1) of two alike.
    found = cox([1.0, 2.0, 3.0, 4.0], [1, 1, 1, 0], [1.0, 0.0, 1.0, 0.0])
    x = np.exp(found.coef[0])
    # Score: 2 - [2x/(2x+2) + x/(x+2) + x/(x+1)] = 0, that is 2 = 2x/(x+1) + x/(x+2).
    assert 2 * x / (x + 1) + x / (x + 2) == pytest.approx(2.0, abs=1e-12)
    assert found.loglik == pytest.approx(np.log(x / (2 * x + 2)) + np.log(1 / (x + 2)) + np.log(x / (x + 1)))
    assert found.loglik_null == pytest.approx(-np.log(24.0))


@pytest.mark.parametrize(("ties", "null"), [("efron", -np.log(3.0 * 2.0)), ("breslow", -2.0 * np.log(3.0))])
def test_ties_at_zero(ties: Any, null: float) -> None:
    # Two of three have the event at once: Efron's second denominator is 3 - 2/2, Breslow's 3.
    assert cox([1.0, 1.0, 2.0], [1, 1, 0], [1.0, 0.0, 0.5], ties=ties).loglik_null == pytest.approx(null)


def test_score_test_of_two_groups_without_ties_is_the_log_rank_test() -> None:
    rng = np.random.default_rng(5)
    time, event, group = rng.exponential(size=60), rng.integers(0, 2, 60), rng.integers(0, 2, 60)
    expected = log_rank(time, event, group).statistic
    assert cox(time, event, group).score.statistic == pytest.approx(expected, rel=1e-10)


def test_a_covariate_that_separates_has_no_estimate() -> None:
    with pytest.raises(MethodError, match="grows without end"):
        cox(np.arange(1.0, 21.0), [1] * 10 + [0] * 10, [1.0] * 10 + [0.0] * 10)


def test_two_covariates_that_separate_together_have_no_estimate() -> None:
    # Neither alone orders the events; their sum does.
    rng = np.random.default_rng(2)
    total, other = np.arange(40.0, 0.0, -1.0), rng.normal(scale=20.0, size=40)
    z = np.stack([total - other, other], axis=1)
    with pytest.raises(MethodError, match="grows without end"):
        cox(np.arange(1.0, 41.0), np.ones(40, dtype=int), z)


def test_separation_in_a_large_cohort_has_no_estimate() -> None:
    rng = np.random.default_rng(4)
    z = np.stack([rng.integers(0, 2, 20_000), rng.normal(size=20_000)], axis=1)
    event = np.where(z[:, 0] == 1, 0, rng.integers(0, 2, 20_000))
    with pytest.raises(MethodError, match="grows without end"):
        cox(rng.exponential(size=20_000), event, z)


def test_a_covariate_of_many_powers_of_ten_has_an_estimate() -> None:
    rng = np.random.default_rng(8)
    z = np.exp(rng.normal(scale=2.5, size=400))
    found = cox(rng.exponential(size=400) / (1.0 + 0.0 * z), rng.integers(0, 2, 400), z)
    assert np.isfinite(found.coef).all()
    assert found.se[0] > 0


def test_covariates_that_cannot_be_told_apart_have_no_estimate() -> None:
    rng = np.random.default_rng(3)
    z = rng.normal(size=50)
    with pytest.raises(MethodError, match="cannot be told apart"):
        cox(rng.exponential(size=50), rng.integers(0, 2, 50), np.stack([z, 2.0 * z + 1.0], axis=1))


def test_a_covariate_that_is_its_stratum_has_no_estimate() -> None:
    rng = np.random.default_rng(3)
    stratum = np.repeat([0, 1, 2], 20)
    with pytest.raises(MethodError, match="covariate 1 is the same"):
        cox(
            rng.exponential(size=60), rng.integers(0, 2, 60), np.stack([rng.normal(size=60), 0.1 * stratum], axis=1),
            strata=stratum,
        )  # fmt: skip


def test_a_covariate_that_varies_only_in_patients_never_at_risk_has_no_estimate() -> None:
    # The first is censored before any event.
    with pytest.raises(MethodError, match="NK-STA-12"):
        cox([0.5, 1.0, 2.0, 3.0], [0, 1, 1, 0], [1.0, 0.0, 0.0, 0.0])


def test_all_events_at_one_time_have_an_estimate() -> None:
    found = cox([3.0] * 6, E, Z)
    assert np.isfinite(found.coef[0])
    assert found.events == 4


def test_late_entry_at_the_time_of_an_event_is_not_at_risk() -> None:
    # The last enters at 1, when the first has the event: a risk set of two, -log 2, then of three.
    found = cox([1.0, 2.0, 3.0, 4.0], [1, 1, 0, 0], [1.0, 0.2, 0.3, 0.0], entry=[0.0, 0.0, 1.0, 1.0])
    assert found.loglik_null == pytest.approx(-np.log(2.0) - np.log(3.0))


def test_a_move_by_hand() -> None:
    # At 2 one of two in state 0 moves on to 1; in 1, one stay, censored at 5.
    found = moved()
    probability, se = found.at([1.0, 2.0, 9.0])
    assert probability[0].tolist() == np.eye(3).tolist()
    assert probability[1, 0].tolist() == [0.5, 0.5, 0.0]
    assert se[1, 0].tolist() == pytest.approx([np.sqrt(0.125), np.sqrt(0.125), 0.0])
    assert probability[2, 0].tolist() == [0.5, 0.5, 0.0]
    assert found.moves.tolist() == [[0, 1, 0], [0, 0, 0], [0, 0, 0]]
    assert found.censored.tolist() == [1, 1, 0]
    assert found.n_risk.tolist() == [[2, 0, 0]]


def test_without_a_move_everybody_stays() -> None:
    found = moved(move=[-1, -1, -1])
    assert found.time.size == 0
    assert found.at([4.0])[0][0].tolist() == np.eye(3).tolist()
    assert found.at([4.0])[1].max() == 0.0


def test_one_stay() -> None:
    found = multi_state([0.0], [2.0], [0], [1], states=2)
    assert found.at([1.9, 2.0])[0][:, 0].tolist() == [[1.0, 0.0], [0.0, 1.0]]


def test_separation_beside_a_risk_set_of_one_by_late_entry_has_no_estimate() -> None:
    # At 1 the first is at risk alone and says nothing; at 2 the lowest covariate has the event: no finite top.
    # Far out, the sum at 1 is a difference of sums that are e^25 times as large.
    with pytest.raises(MethodError, match="grows without end"):
        cox([1.0, 2.0, 2.0], [1, 0, 1], [-1.0, -2.0, -3.0], entry=[0.0, 1.0, 1.0])
