"""What the tests of the endpoints build patients from."""

from collections.abc import Callable, Mapping

import numpy as np
import pytest
from scipy.special import ndtri

from nktrial.endpoints import Missing, NkFraction, SampleFactors, TypedDna
from nktrial.model.plan import ExpansionRule
from nktrial.model.uncertainty import PROBABILITIES, Uncertain

BuildSample = Callable[..., SampleFactors]
BuildRule = Callable[..., ExpansionRule]
BuildDna = Callable[..., TypedDna]


def normal(mean: float, sd: float, low: float = 0.0, high: float = np.inf) -> Uncertain:
    """Return a normal distribution, clipped to where its quantity can be."""
    return Uncertain(mean, tuple(np.clip(mean + sd * ndtri(PROBABILITIES), low, high).tolist()))


@pytest.fixture
def rule() -> BuildRule:
    """Return a function that writes the protocol of the founding study, changed where a test says so."""

    def build(**changes: object) -> ExpansionRule:
        protocol: dict[str, object] = {
            "day": 14,
            "window": (-2, 2),
            "pick": "closest_then_earlier",
            "threshold_per_ul": 100.0,
            "comparison": ">",
            "lymphocytes": "Lymphocytes",
            "nk_cells": "Lymphocytes/NK",
            "chimerism": ("CD56", "lymphocytes", "WB"),
            "missing": "not_evaluable",
        }
        return ExpansionRule(**(protocol | changes))  # type: ignore[arg-type]

    return build


@pytest.fixture
def dna() -> BuildDna:
    """Return a function that types DNA: donor share with its sd, limit of detection, classical share."""

    def build(share: float, sd: float = 0.02, **more: object) -> TypedDna:
        return TypedDna(normal(share, sd, 0.0, 1.0), **more)  # type: ignore[arg-type]

    return build


@pytest.fixture
def sample(dna: BuildDna) -> BuildSample:
    """Return a function that draws blood: ALC 1000/uL, 400 of 2000 lymphocytes NK, donor share 0.8 in CD56 cells."""

    def build(
        sample_id: str = "D14",
        day: int = 14,
        *,
        alc: float | Missing = 1000.0,
        nk_events: int | Missing = 400,
        lymphocytes: int = 2000,
        typed: Mapping[str, TypedDna | Missing] | None = None,
        **more: object,
    ) -> SampleFactors:
        count = alc if isinstance(alc, Missing) else normal(alc, 0.05 * alc)
        nk: NkFraction | Missing
        if isinstance(nk_events, Missing):
            nk = nk_events
        else:
            share = nk_events / lymphocytes
            sd = (share * (1 - share) / lymphocytes) ** 0.5
            nk = NkFraction(normal(share, sd, 0.0, 1.0), nk_events, lymphocytes, "NK of lymphocytes")
        known = {"CD56": dna(0.8)} if typed is None else typed
        settings: dict[str, object] = {"specimen": "PB", "status": "ok"} | more
        return SampleFactors(sample_id=sample_id, day=day, alc=count, nk=nk, typed=known, **settings)  # type: ignore[arg-type]

    return build
