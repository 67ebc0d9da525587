"""Random streams: one independent generator a purpose, named by words.

Definition
    The stream of ``(seed, labels)`` is numpy's PCG64 seeded by the seed and the sha256 of the labels. A file that
    draws from its own stream does not change when another file is written before it, after it or not at all.

Not decided here
    What is drawn.
"""

import hashlib

import numpy as np

__all__ = ["lognormal_factor", "stream"]


def stream(seed: int, *labels: str) -> np.random.Generator:
    """Return the generator of one purpose.

    Parameters
    ----------
    seed : int
        Seed of the whole simulation, not negative.
    *labels : str
        What the stream is for, e.g. ``"INF-01", "day 14", "tube"``.

    Returns
    -------
    numpy.random.Generator
        The same for the same seed and labels, in whatever order streams are asked for.
    """
    words = hashlib.sha256("\x1f".join(labels).encode("utf-8")).digest()
    return np.random.default_rng(np.random.SeedSequence([seed, int.from_bytes(words[:16], "big")]))


def lognormal_factor(rng: np.random.Generator, cv: float) -> float:
    """Draw a factor with mean 1 and the given coefficient of variation, log-normally distributed."""
    variance = float(np.log1p(cv * cv))
    return float(np.exp(rng.normal(-variance / 2.0, np.sqrt(variance))))
