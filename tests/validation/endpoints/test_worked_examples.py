"""The endpoint against worked values: the study folder, the decision table, the example of the methods page."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from scipy.special import betaincinv, ndtri

from nktrial.endpoints import Evaluable, NkFraction, NkOrigin, SampleFactors, TypedDna, derive_expansion
from nktrial.endpoints.normal_nk import normal_nk_per_ul
from nktrial.model.plan import ExpansionRule
from nktrial.model.uncertainty import PROBABILITIES, Uncertain, certain

DRAWS = 1_000_000
THIRD = NkOrigin("nk_donor", ("D2",), ("D1",))


def protocol(comparison: str = ">") -> ExpansionRule:
    return ExpansionRule(
        day=14,
        window=(-2, 2),
        pick="closest_then_earlier",
        threshold_per_ul=100.0,
        comparison=">=" if comparison == ">=" else ">",
        lymphocytes="Lymphocytes",
        nk_cells="Lymphocytes/NK",
        chimerism=("CD56", "lymphocytes", "WB"),
        missing="not_evaluable",
    )


def blood(alc: Uncertain, nk: NkFraction, donor: Uncertain, day: int = 14) -> SampleFactors:
    return SampleFactors(f"D{day}", day, "PB", "ok", alc, nk, {"WB": TypedDna(donor)})


def derived(sample: SampleFactors, comparison: str = ">") -> Evaluable:
    found = derive_expansion([sample], protocol(comparison), THIRD)
    assert isinstance(found, Evaluable)
    return found


def normal(mean: float, sd: float, top: float = np.inf) -> Uncertain:
    return Uncertain(mean, tuple(np.clip(mean + sd * ndtri(PROBABILITIES), 0.0, top).tolist()))


def beta(mean: float, sd: float) -> tuple[Uncertain, float, float]:
    size = mean * (1 - mean) / sd**2 - 1
    a, b = mean * size, (1 - mean) * size
    return Uncertain(mean, tuple(betaincinv(a, b, PROBABILITIES).tolist())), a, b


# ALC 900/uL (CV 7 %), NK 0.20 (sd 0.01), donor 0.70: worked out elsewhere by random draws as 126 +- 14 with P 0.98, and
# with the wider donor share as 126 +- 29 with P 0.82.
@pytest.mark.parametrize(("donor_sd", "sd", "probability"), [(0.05, 14.0, 0.98), (0.15, 29.0, 0.82)])
def test_the_example_of_the_methods_page(donor_sd: float, sd: float, probability: float) -> None:
    sample = blood(normal(900, 63), NkFraction(normal(0.2, 0.01, 1.0), 400, 2000), normal(0.7, donor_sd, 1.0))
    found = derived(sample).value
    assert found.per_ul.value == pytest.approx(126.0)
    assert np.std(found.per_ul.quantiles) == pytest.approx(sd, abs=1.0)
    assert found.p_success == pytest.approx(probability, abs=0.01)


@pytest.mark.parametrize("donor_sd", [0.05, 0.15])
def test_the_lattice_equals_a_million_random_draws(donor_sd: float, rng: np.random.Generator) -> None:
    donor, a, b = beta(0.7, donor_sd)
    sigma = np.sqrt(np.log1p(0.07**2))
    alc = Uncertain(900.0, tuple((900 * np.exp(sigma * ndtri(PROBABILITIES))).tolist()))
    nk, c, d = beta(0.2, 0.01)
    found = derived(blood(alc, NkFraction(nk, 400, 2000), donor)).value
    draws = 900 * np.exp(sigma * rng.standard_normal(DRAWS)) * rng.beta(c, d, DRAWS) * rng.beta(a, b, DRAWS)
    low, high = np.quantile(draws, [0.025, 0.975])
    assert found.p_success == pytest.approx(float(np.mean(draws > 100)), abs=0.002)
    assert found.ci95[0] == pytest.approx(low, rel=0.005)
    assert found.ci95[1] == pytest.approx(high, rel=0.005)


def test_the_real_study(data_dir: Path) -> None:
    expected = json.loads((data_dir / "study-nk" / "expected.json").read_text())
    counts = {"S01": expected["counts"]["raw/fcs/INF071.fcs"], "S02": expected["counts"]["raw/fcs/ND050.fcs"]}
    for subject, want in expected["subjects"].items():
        lymphocytes, nk = (counts[subject][f"Singlets/Lymphocytes/Live{tail}"] for tail in ("", "/NK"))
        fraction = NkFraction(certain(nk / lymphocytes), nk, lymphocytes)
        found = derived(blood(certain(want["alc_per_ul"]), fraction, certain(want["donor_fraction"]), want["day"]))
        assert found.value.nk.fraction.value == pytest.approx(want["nk_fraction"], abs=1e-12)
        assert found.value.per_ul.value == pytest.approx(want["value_per_ul"], rel=1e-12)
        assert (found.value.success, found.value.day) == (want["success"], want["day"])


def test_the_decision_table(data_dir: Path) -> None:
    units = {"/uL": 1.0, "10^9/L": 1000.0}
    checked = 0
    with (data_dir / "clinical" / "vignettes" / "nk_expansion.csv").open(newline="") as stream:
        for row in csv.DictReader(stream):
            if not row["nk_pct_of_lymphocytes"] or not row["donor_chimerism_pct"]:
                assert row["expected_success_gt100"] == "NE"
                continue
            alc = certain(float(row["alc_value"]) * units[row["alc_unit"]])
            nk = NkFraction(certain(float(row["nk_pct_of_lymphocytes"]) / 100), 100, 1000)
            sample = blood(alc, nk, certain(float(row["donor_chimerism_pct"]) / 100), int(row["day"]))
            for comparison, column in ((">", "expected_success_gt100"), (">=", "expected_success_ge100")):
                value = derived(sample, comparison).value
                assert value.per_ul.value == pytest.approx(float(row["expected_donor_nk_per_ul"]), rel=1e-9)
                assert value.success == (row[column] == "Y"), row["vignette_id"]
                assert value.p_success == float(value.success)
            checked += 1
    assert checked >= 18


def test_normal_nk_cells_of_every_age_band(data_dir: Path) -> None:
    days = {"months": 30.4375, "years": 365.25}
    checked = 0
    with (data_dir / "clinical" / "pediatric_lymphocyte_ranges" / "ranges.csv").open(newline="") as stream:
        for row in csv.DictReader(stream):
            if not row["subset"].startswith("NK"):
                continue
            first, last = (int(age) for age in row["age"].split("-"))
            expected = (float(row["low_cells_per_ul"]), float(row["high_cells_per_ul"]))
            for age in (first + 0.01, last + 0.99):
                assert normal_nk_per_ul(int(age * days[row["age_unit"]]) + (age < last)) == expected, row
            checked += 1
    assert checked == 7
