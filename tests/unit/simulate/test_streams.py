"""Random streams: named, independent of the order of asking."""

import numpy as np

from nktrial.simulate.streams import lognormal_factor, stream


def test_a_stream_depends_on_its_words_alone() -> None:
    first = stream(5, "INF-01", "tube").random(4)
    stream(5, "INF-02", "tube").random(4)
    assert np.array_equal(first, stream(5, "INF-01", "tube").random(4))


def test_other_words_or_seeds_give_other_numbers() -> None:
    keys = [(5, ("a", "b")), (5, ("ab",)), (5, ("a",)), (6, ("a", "b")), (5, ("b", "a"))]
    assert len({float(stream(seed, *words).random()) for seed, words in keys}) == 5


def test_lognormal_factor_has_mean_one_and_the_named_cv() -> None:
    rng = stream(1, "factor")
    draws = np.array([lognormal_factor(rng, 0.05) for _ in range(20_000)])
    assert abs(draws.mean() - 1.0) < 0.0015
    assert abs(draws.std() - 0.05) < 0.001
