"""Survival and competing risks against R (survival 3.5-3, cmprsk 2.2-11, mstate 0.3.3) on the reference sets.

Tolerances: relative 1e-8 for estimates and tests; for coefficients 1e-5 of the value or of its standard error, as
cmprsk stops its own iteration where we go on (a coefficient near 0 then differs in its third digit).
"""

import csv
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nktrial.stats import cumulative_incidence, fine_gray, gray_test, kaplan_meier, log_rank
from nktrial.stats.kaplan_meier import Interval

Row = dict[str, str]
INTERVALS: dict[str, Interval] = {
    "plain": "plain", "log": "log", "log-log": "log-log", "loglog": "log-log", "logit": "logit", "arcsin": "arcsin"
}  # fmt: skip


@cache
def table(folder: Path, name: str) -> tuple[Row, ...]:
    with (folder / "clinical" / name / "data.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


@cache
def reference(folder: Path, name: str) -> Any:
    return json.loads((folder / "clinical" / name / "reference.json").read_text(encoding="utf-8"))


def numbers(rows: Iterator[Row] | tuple[Row, ...] | list[Row], column: str) -> np.ndarray:
    return np.array([float(row[column]) for row in rows])


def given(rows: tuple[Row, ...], column: str, value: str | None = None) -> list[Row]:
    return [row for row in rows if row[column] not in {"", "NA"} and (value is None or row[column] == value)]


CURVES = [
    ("kmsurv_bmt", "km_os_by_group", "t1", "d1", "group"),
    ("kmsurv_bmt", "km_dfs_by_group", "t2", "d3", "group"),
    ("bmtcrr", "km_efs_by_D", "ftime", "Status", "D"),
    ("ebmt3", "km_rfs_all", "rfstime", "rfsstat", ""),
    ("ebmt3", "km_rfs_dissub", "rfstime", "rfsstat", "dissub"),
    ("survival_aml", "km", "time", "status", "x"),
    ("survival_lung", "km", "time", "status", "sex"),
    ("survival_myeloid", "km_os", "futime", "death", "trt"),
]


@pytest.mark.parametrize(("name", "key", "time", "event", "group"), CURVES)
def test_kaplan_meier_with_its_limits(name: str, key: str, time: str, event: str, group: str, data_dir: Path) -> None:
    body = reference(data_dir, name)[key]
    for expected in body.values() if "at" not in body else [body]:
        interval = INTERVALS[expected["conf_type"]]
        for row in expected["at"]:
            chosen = list(table(data_dir, name)) if not group else given(
                table(data_dir, name), group, row["strata"].partition("=")[2]
            )  # fmt: skip
            died = numbers(chosen, event) - (1 if name == "survival_lung" else 0)
            found = kaplan_meier(numbers(chosen, time), died, interval=interval)
            place = int(np.searchsorted(found.time, row["time"], side="right")) - 1
            assert found.at([row["time"]])[0] == pytest.approx(row["surv"], rel=1e-8)
            if place < 0 or row["surv"] == 0:
                continue
            assert np.sqrt(found.variance[place]) == pytest.approx(row["std_err"], rel=1e-8, abs=1e-12)
            for have, want in ((found.low[place], row["lower"]), (found.high[place], row["upper"])):
                assert np.isnan(have) if want is None else have == pytest.approx(want, rel=1e-8, abs=1e-12)


@pytest.mark.parametrize("conf_type", ["plain", "log", "loglog", "logit", "arcsin"])
def test_median_with_limits_of_each_kind(conf_type: str, data_dir: Path) -> None:
    body = reference(data_dir, "kmsurv_bmt")["km_dfs_by_group"][conf_type]
    for row in body["summary"]:
        chosen = given(table(data_dir, "kmsurv_bmt"), "group", row["strata"].partition("=")[2])
        found = kaplan_meier(numbers(chosen, "t2"), numbers(chosen, "d3"), interval=INTERVALS[conf_type]).quantile()
        assert (found.time, found.low, found.high) == (row["median"], row["median_lower"], row["median_upper"])


@pytest.mark.parametrize(
    ("name", "key", "time", "event", "group"),
    [("kmsurv_bmt", "rmst_dfs", "t2", "d3", "group"), ("survival_aml", "rmst", "time", "status", "x")],
)
def test_restricted_mean(name: str, key: str, time: str, event: str, group: str, data_dir: Path) -> None:
    for row in reference(data_dir, name)[key]:
        chosen = given(table(data_dir, name), group, row["strata"].partition("=")[2])
        found = kaplan_meier(numbers(chosen, time), numbers(chosen, event)).restricted_mean(row["tau"])
        assert found.mean == pytest.approx(row["rmst"], rel=1e-8)
        assert found.se == pytest.approx(row["se"], rel=1e-8)


@pytest.mark.parametrize(
    ("name", "key", "time", "event", "group"),
    [
        ("kmsurv_bmt", "logrank_dfs_group", "t2", "d3", "group"),
        ("kmsurv_bmt", "logrank_os_group", "t1", "d1", "group"),
        ("ebmt3", "logrank_dissub", "rfstime", "rfsstat", "dissub"),
        ("ebmt3", "logrank_tcd", "rfstime", "rfsstat", "tcd"),
        ("survival_aml", "logrank", "time", "status", "x"),
        ("survival_lung", "logrank", "time", "status", "sex"),
        ("survival_myeloid", "logrank_os", "futime", "death", "trt"),
        ("bmtcrr", "logrank_efs_D", "ftime", "Status", "D"),
    ],
)
def test_log_rank_and_peto(name: str, key: str, time: str, event: str, group: str, data_dir: Path) -> None:
    rows = given(table(data_dir, name), group)
    died = numbers(rows, event) - (1 if name == "survival_lung" else 0)
    for row in reference(data_dir, name)[key].values():
        found = log_rank(numbers(rows, time), died, [one[group] for one in rows], rho=row["rho"])
        assert found.df == row["df"]
        assert found.statistic == pytest.approx(row["chisq"], rel=1e-8)
        assert found.p_value == pytest.approx(row["p"], rel=1e-7)
        places = [[str(one) for one in found.groups].index(label.partition("=")[2]) for label in row["groups"]]
        assert found.observed[places] == pytest.approx(np.array(row["observed"]), rel=1e-8)
        assert found.expected[places] == pytest.approx(np.array(row["expected"]), rel=1e-8)


INCIDENCES = [
    ("bmtcrr", "cif_by_D", "ftime", "Status", "D"),
    ("bmtcrr", "cif_by_phase", "ftime", "Status", "Phase"),
    ("kmsurv_bmt", "cif_by_group", "t2", "cr", "group"),
    ("ebmt3", "cif_platelet_by_tcd", "prcrtime", "prcr", "tcd"),
    ("survival_myeloid", "cif_cr", "cr_ft", "cr_fs", "trt"),
]


@pytest.mark.parametrize(("name", "key", "time", "event", "group"), INCIDENCES)
def test_cumulative_incidence_with_aalens_variance_and_gray(
    name: str, key: str, time: str, event: str, group: str, data_dir: Path
) -> None:
    rows, body = given(table(data_dir, name), group), reference(data_dir, name)[key]
    compared = 0
    for row in body["at"]:
        chosen = [one for one in rows if one[group] == row["group"]]
        if row["cif"] is None:
            continue
        found = cumulative_incidence(numbers(chosen, time), numbers(chosen, event), cause=int(row["cause"]))
        assert found.at([row["time"]])[0] == pytest.approx(row["cif"], rel=1e-8, abs=1e-14)
        assert found.variance_at([row["time"]])[0] == pytest.approx(row["var_aalen"], rel=1e-8, abs=1e-16)
        compared += 1
    assert compared > 5
    for row in body["gray_test"]:
        test = gray_test(
            numbers(rows, time), numbers(rows, event), [one[group] for one in rows], cause=int(row["cause"])
        )
        assert test.df == row["df"]
        assert test.statistic == pytest.approx(row["stat"], rel=1e-8)
        assert test.p_value == pytest.approx(row["p"], rel=1e-7)


def test_gray_with_strata_and_with_a_weight(data_dir: Path) -> None:
    rows, body = table(data_dir, "bmtcrr"), reference(data_dir, "bmtcrr")
    time, event, group = numbers(rows, "ftime"), numbers(rows, "Status"), [row["D"] for row in rows]
    for cause in (1, 2):
        stratified = gray_test(time, event, group, cause=cause, strata=[row["Phase"] for row in rows])
        assert stratified.statistic == pytest.approx(body["gray_D_stratified_by_Phase"][cause - 1]["stat"], rel=1e-8)
        weighted = gray_test(time, event, group, cause=cause, rho=1.0)
        assert weighted.statistic == pytest.approx(body["gray_D_rho1"][cause - 1]["stat"], rel=1e-8)


@pytest.mark.parametrize(("name", "time", "event"), [("bmtcrr", "ftime", "Status"), ("kmsurv_bmt", "t2", "cr")])
def test_greenwoods_variance(name: str, time: str, event: str, data_dir: Path) -> None:
    rows = table(data_dir, name)
    for row in reference(data_dir, name)["aj_greenwood_all"]:
        found = cumulative_incidence(
            numbers(rows, time), numbers(rows, event), cause=int(row["cause"]), variance="greenwood"
        )
        se = np.sqrt(found.variance_at([row["time"]])[0])
        assert se == pytest.approx(row["se_greenwood"], rel=1e-8, abs=1e-14)


@pytest.mark.parametrize(
    ("name", "key", "time", "event", "group", "second"),
    [("bmtcrr", "aj_survfit_by_D", "ftime", "Status", "D", "trm"),
     ("kmsurv_bmt", "aj_survfit_by_group", "t2", "cr", "group", "nrm")],
)  # fmt: skip
def test_the_infinitesimal_jackknife(
    name: str, key: str, time: str, event: str, group: str, second: str, data_dir: Path
) -> None:
    for row in reference(data_dir, name)[key]:
        if row["state"] == "event_free":
            continue
        chosen = given(table(data_dir, name), group, row["group"].partition("=")[2])
        found = cumulative_incidence(
            numbers(chosen, time),
            numbers(chosen, event),
            cause=2 if row["state"] == second else 1,
            variance="infinitesimal_jackknife",
        )
        se = np.sqrt(found.variance_at([row["time"]])[0])
        assert se == pytest.approx(row["se_infjack"], rel=1e-8, abs=1e-14)


TERMS: dict[str, dict[str, Any]] = {
    "bmtcrr": {
        "SexM": lambda row: row["Sex"] == "M",
        "DAML": lambda row: row["D"] == "AML",
        "PhaseCR1": lambda row: row["Phase"] == "CR1",
        "PhaseCR2": lambda row: row["Phase"] == "CR2",
        "PhaseCR3": lambda row: row["Phase"] == "CR3",
        "SourcePB": lambda row: row["Source"] == "PB",
        "Age": lambda row: row["Age"],
    },
    "kmsurv_bmt": {
        "groupAML_low": lambda row: row["group"] == "AML_low",
        "groupAML_high": lambda row: row["group"] == "AML_high",
        **{f"z{place}": (lambda row, place=place: row[f"z{place}"]) for place in range(1, 11)},
    },
    "ebmt3": {
        "dissubALL": lambda row: row["dissub"] == "ALL",
        "dissubCML": lambda row: row["dissub"] == "CML",
        "age20-40": lambda row: row["age"] == "20-40",
        "age>40": lambda row: row["age"] == ">40",
        "drmatchGender mismatch": lambda row: row["drmatch"] == "Gender mismatch",
        "tcdTCD": lambda row: row["tcd"] == "TCD",
    },
    "survival_myeloid": {"trtB": lambda row: row["trt"] == "B"},
}


@pytest.mark.parametrize(
    ("name", "key", "time", "event"),
    [
        ("bmtcrr", "finegray_relapse", "ftime", "Status"),
        ("bmtcrr", "finegray_trm", "ftime", "Status"),
        ("bmtcrr", "finegray_relapse_D_only", "ftime", "Status"),
        ("kmsurv_bmt", "finegray_relapse", "t2", "cr"),
        ("kmsurv_bmt", "finegray_nrm", "t2", "cr"),
        ("ebmt3", "finegray_platelet", "prcrtime", "prcr"),
        ("survival_myeloid", "finegray_cr", "cr_ft", "cr_fs"),
    ],
)
def test_fine_gray(name: str, key: str, time: str, event: str, data_dir: Path) -> None:
    rows, body = table(data_dir, name), reference(data_dir, name)[key]
    columns = [[float(TERMS[name][row["term"]](one)) for one in rows] for row in body["coef"]]
    found = fine_gray(numbers(rows, time), numbers(rows, event), np.array(columns).T, cause=body["cause"])
    want, se = (np.array([row[what] for row in body["coef"]]) for what in ("coef", "se"))
    assert np.all(np.abs(found.coef - want) <= np.maximum(1e-5 * np.abs(want), 1e-5 * se))
    assert found.se == pytest.approx(se, rel=1e-5)
    assert found.loglik == pytest.approx(body["loglik"], rel=1e-9)
    assert found.loglik_null == pytest.approx(body["loglik_null"], rel=1e-9)
