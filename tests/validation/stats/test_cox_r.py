"""Cox regression, its test of proportional hazards and multi-state probabilities against R.

The keys of the reference sets were computed by survival 3.5-3 and mstate 0.3.3. The models with strata and with late
entry were computed by the same survival on ebmt3 (``coxph(Surv(rfstime, rfsstat) ~ age + drmatch + tcd +
strata(dissub))``; ``Surv(prtime, rfstime, rfsstat)`` of those whose platelets recovered before), the coefficients to
the end (``eps = 1e-13``), and stand here as literals.
"""

import csv
import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nktrial.stats import cox, fine_gray, log_rank, multi_state, proportional_hazards
from nktrial.stats.cox import Ties
from nktrial.stats.proportional_hazards import Transform

Row = dict[str, str]


@cache
def table(folder: Path, name: str) -> tuple[Row, ...]:
    with (folder / "clinical" / name / "data.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


@cache
def reference(folder: Path, name: str) -> Any:
    return json.loads((folder / "clinical" / name / "reference.json").read_text(encoding="utf-8"))


LEVELS = {
    "Sex": ("M",), "D": ("AML",), "Phase": ("CR1", "CR2", "CR3"), "Source": ("PB",), "group": ("AML_low", "AML_high"),
    "dissub": ("ALL", "CML"), "age": ("20-40", ">40"), "drmatch": ("Gender mismatch",), "tcd": ("TCD",),
    "x": ("Nonmaintained",), "trt": ("B",),
}  # fmt: skip


def value_of(row: Row, term: str) -> float:
    """Return a term of R's model matrix: a number, or a factor's name with its level."""
    for name, levels in LEVELS.items():
        for level in levels:
            if term == name + level:
                return float(row[name] == level)
    return float(row[term])


def numbers(rows: tuple[Row, ...] | list[Row], column: str) -> np.ndarray:
    return np.array([float(row[column]) for row in rows])


MODELS = [
    ("survival_aml", "cox_efron", "time", "status", None),
    ("survival_aml", "cox_breslow", "time", "status", None),
    ("survival_lung", "cox", "time", "status", 2),
    ("survival_myeloid", "cox_os", "futime", "death", None),
    ("kmsurv_bmt", "cox_dfs_efron", "t2", "d3", None),
    ("kmsurv_bmt", "cox_dfs_breslow", "t2", "d3", None),
    ("ebmt3", "cox_rfs", "rfstime", "rfsstat", None),
    ("ebmt3", "cox_rfs_breslow", "rfstime", "rfsstat", None),
    ("bmtcrr", "csh_relapse", "ftime", "Status", 1),
    ("bmtcrr", "csh_trm", "ftime", "Status", 2),
]


@pytest.mark.parametrize(("name", "key", "time", "event", "cause"), MODELS)
def test_cox(name: str, key: str, time: str, event: str, cause: int | None, data_dir: Path) -> None:
    body = reference(data_dir, name)[key]
    terms = [row["term"] for row in body["coef"]]
    rows = [row for row in table(data_dir, name) if all(row.get(term) not in {"", "NA"} for term in terms)]
    z = np.array([[value_of(row, term) for term in terms] for row in rows])
    found = cox(numbers(rows, time), numbers(rows, event), z, cause=cause, ties=body["ties"])
    want = {what: np.array([row[what] for row in body["coef"]]) for what in body["coef"][0] if what[0] not in "_t"}
    assert (found.n, found.events) == (body["n"], body["events"])
    # R stops where the likelihood grows by less than 1e-9 of itself: a coefficient near 0 is known to its error only.
    assert np.all(np.abs(found.coef - want["coef"]) <= np.maximum(2e-7 * np.abs(want["coef"]), 2e-7 * want["se"]))
    assert found.se == pytest.approx(want["se"], rel=1e-7)
    assert found.p_value == pytest.approx(want["p"], rel=1e-5)
    ratio, low, high = found.hazard_ratios()
    for have, what in ((ratio, "hr"), (low, "hr_lower"), (high, "hr_upper")):
        assert have == pytest.approx(want[what], rel=1e-6)
    assert found.loglik == pytest.approx(body["loglik"], rel=1e-12)
    assert found.loglik_null == pytest.approx(body["loglik_null"], rel=1e-12)
    assert found.wald.statistic == pytest.approx(body["wald"]["test"], abs=0.00501)  # R rounds it to two digits
    for test, expected in ((found.score, body["score_test"]), (found.likelihood_ratio, body["lrt"])):
        assert test.statistic == pytest.approx(expected["test"], rel=1e-8)
    for test, expected in (
        (found.wald, body["wald"]), (found.score, body["score_test"]), (found.likelihood_ratio, body["lrt"])
    ):  # fmt: skip
        assert test.df == expected["df"]
        assert test.p_value == pytest.approx(expected["pvalue"], rel=1e-6)


# Where the reference sets differ from us by more than 1e-8, R stopped early. The same R told to go on:
# coxph(eps = 1e-13), crr(gtol = 1e-12).
TO_THE_END = [
    ("ebmt3", "cox_rfs", "rfstime", "rfsstat",
     [0.210875195109756, 0.149585984886128, 0.176688969449888, 0.553679290148886, 0.035219792299901,
      0.189448996338736]),
    ("ebmt3", "cox_rfs_breslow", "rfstime", "rfsstat",
     [0.2108042933907082, 0.1496331379592412, 0.1766142754119950, 0.5534447596944220, 0.0352424800684413,
      0.1893945125748540]),
    ("ebmt3", "finegray_platelet", "prcrtime", "prcr",
     [-0.0623698743480884, -0.2746247754653422, -0.1893717453026056, -0.1295533205528450, 0.0576750694581758,
      0.4278836559130759]),
    ("bmtcrr", "finegray_relapse_D_only", "ftime", "Status", [-0.453226741308822]),
    ("kmsurv_bmt", "finegray_relapse", "t2", "cr",
     [-1.4762559835661251, -0.4307318291799287, 0.0140175810767975, 1.2862624763250921]),
    ("kmsurv_bmt", "finegray_nrm", "t2", "cr",
     [-0.179609886821019277, -0.187709465735947184, 0.013608563518457149, -0.000298938864154134]),
    ("survival_myeloid", "finegray_cr", "cr_ft", "cr_fs", [0.218495615028949]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "key", "time", "event", "coef"), TO_THE_END)
def test_coefficients_where_r_goes_on(
    name: str, key: str, time: str, event: str, coef: list[float], data_dir: Path
) -> None:
    rows, body = table(data_dir, name), reference(data_dir, name)[key]
    z = np.array([[value_of(row, each["term"]) for each in body["coef"]] for row in rows])
    found = (
        fine_gray(numbers(rows, time), numbers(rows, event), z, cause=body["cause"]).coef
        if "cause" in body
        else cox(numbers(rows, time), numbers(rows, event), z, ties=body["ties"]).coef
    )
    assert found == pytest.approx(np.array(coef), rel=1e-8)


@pytest.mark.parametrize(
    ("name", "key", "model", "time", "event", "cause", "terms"),
    [
        ("kmsurv_bmt", "cox_zph_dfs", "cox_dfs_efron", "t2", "d3", None, [[0, 1], [2], [3], [4], [5]]),
        ("survival_lung", "zph", "cox", "time", "status", 2, None),
    ],
)
def test_proportional_hazards(
    name: str, key: str, model: str, time: str, event: str, cause: int | None, terms: Any, data_dir: Path
) -> None:
    body = reference(data_dir, name)
    columns = [row["term"] for row in body[model]["coef"]]
    rows = [row for row in table(data_dir, name) if all(row.get(term) not in {"", "NA"} for term in columns)]
    z = np.array([[value_of(row, term) for term in columns] for row in rows])
    found = proportional_hazards(numbers(rows, time), numbers(rows, event), z, cause=cause, terms=terms)
    *each, overall = body[key]
    for test, expected in zip((*found.tests, found.overall), (*each, overall), strict=True):
        assert test.df == expected["df"]
        assert test.statistic == pytest.approx(expected["chisq"], rel=1e-8)
        assert test.p_value == pytest.approx(expected["p"], rel=1e-8)


def ebmt3(folder: Path, *, recovered: bool) -> dict[str, Any]:
    rows = list(table(folder, "ebmt3"))
    if recovered:
        rows = [row for row in rows if row["prstat"] == "1" and float(row["rfstime"]) > float(row["prtime"])]
    terms = ("age20-40", "age>40", "drmatchGender mismatch", "tcdTCD")
    return {
        "time": numbers(rows, "rfstime"),
        "event": numbers(rows, "rfsstat"),
        "covariates": np.array([[value_of(row, term) for term in terms] for row in rows]),
        "entry": numbers(rows, "prtime"),
        "strata": np.array([row["dissub"] for row in rows]),
    }


# ties, late entry, strata; coef, se, logliks, score, Wald, tests of proportional hazards with the overall one last.
STRATA_AND_ENTRY: list[tuple[Ties, int, int, list[float], list[float], list[float], list[float]]] = [
    ("efron", 0, 1,
     [0.1650714276855081, 0.5463353024887626, 0.0380677267132387, 0.2092127299439462],
     [0.1071125209738294, 0.1122001269671760, 0.0792536999027255, 0.0953672769585127],
     [-5278.21006147724, -5256.80646693852, 44.4549553353258, 43.8524411160972],
     [1.6378732546935817, 0.0506043276388517, 3.1010539931927772, 15.4587848666091592, 26.1059371499465591]),
    ("efron", 1, 0,
     [0.0922566650815052, 0.6389132750016898, 0.1893970070517749, 0.1827719349923726],
     [0.150601245166461, 0.150433734807363, 0.114191245552500, 0.125918554812207],
     [-2554.55044943278, -2536.68180600781, 37.947421604506, 36.9956831948429],
     [0.2545784629681434, 0.0367319029554153, 0.2382331587619065, 11.6778425758690592, 12.9426627363703339]),
    ("efron", 1, 1,
     [0.0535665380806246, 0.5751123571665249, 0.1800262880777426, 0.2324865023919954],
     [0.153474469577059, 0.160120230768246, 0.114619413763759, 0.126787001620016],
     [-2150.87958496170, -2135.37292998087, 32.6054028465663, 32.0383756229506],
     [0.0560199849186494, 0.6173554727043264, 0.2258067661448445, 15.2257916098158521, 20.4716354101916025]),
    ("breslow", 0, 1,
     [0.1649637457027777, 0.5461527452447965, 0.0381300548557995, 0.2091368035869154],
     [0.1071125093128632, 0.1121989189086080, 0.0792535833742727, 0.0953664841525680],
     [-5278.55210295989, -5257.16018301429, 44.4304813324105, 43.8286560544279],
     [1.636397194307172, 0.050452991717622, 3.098433885376454, 15.445949676861675, 26.081281624606206]),
    ("breslow", 1, 0,
     [0.0922256262813447, 0.6386456909994807, 0.1892801155577860, 0.1827653413030526],
     [0.150601414891070, 0.150433002108695, 0.114190980212553, 0.125917957811007],
     [-2554.68488253617, -2536.83032130658, 37.9161755024355, 36.9659909684442],
     [0.2550324915802724, 0.0371333099751368, 0.2378359286148458, 11.6712571820388877, 12.9341985806107633]),
    ("breslow", 1, 1,
     [0.0535900425262927, 0.5749240449315710, 0.1799949257251727, 0.2323060114031541],
     [0.153474322237808, 0.160114110804748, 0.114617306505330, 0.126784057695153],
     [-2151.01470659300, -2135.52019090996, 32.5788159877409, 32.0126606651124],
     [0.0562478003009401, 0.6158024511882073, 0.2258529818605610, 15.2133530998325011, 20.4524826110708631]),
]  # fmt: skip


@pytest.mark.parametrize(("ties", "late", "strata", "coef", "se", "rest", "zph"), STRATA_AND_ENTRY)
def test_strata_and_late_entry(
    ties: Ties, late: int, strata: int, coef: list[float], se: list[float], rest: list[float], zph: list[float],
    data_dir: Path,
) -> None:  # fmt: skip
    given = ebmt3(data_dir, recovered=bool(late))
    if not late:
        given["entry"] = None
    if not strata:
        given["strata"] = None
    found = cox(**given, ties=ties)
    assert found.coef == pytest.approx(np.array(coef), rel=1e-8)
    assert found.se == pytest.approx(np.array(se), rel=1e-8)
    assert [found.loglik_null, found.loglik] == pytest.approx(rest[:2], rel=1e-12)
    assert [found.score.statistic, found.wald.statistic] == pytest.approx(rest[2:], rel=1e-8)
    test = proportional_hazards(**given, ties=ties)
    assert [each.statistic for each in (*test.tests, test.overall)] == pytest.approx(zph, rel=1e-8)


@pytest.mark.parametrize(
    ("transform", "expected"),
    [
        ("km", [1.863773414070283, 0.925666367084374, 3.407502959399144, 11.225585203003570, 16.979745081124264]),
        ("rank", [2.44454745272670, 1.21486772030076, 1.58953486654014, 5.97045018303396, 10.63795559728604]),
        ("identity", [2.513392851232602, 1.426061218482342, 0.257394284781773, 2.367610415837865, 5.581172916550335]),
        ("log", [2.00686657424770, 1.32241663604376, 2.53490374336576, 8.71439158513102, 13.54931272577694]),
    ],
)
def test_each_function_of_time(transform: Transform, expected: list[float], data_dir: Path) -> None:
    # cox.zph(coxph(Surv(rfstime, rfsstat) ~ age + drmatch + tcd), transform, terms = FALSE)
    given = ebmt3(data_dir, recovered=False)
    test = proportional_hazards(given["time"], given["event"], given["covariates"], transform=transform)
    assert [each.statistic for each in (*test.tests, test.overall)] == pytest.approx(expected, rel=1e-8)


# rho; statistic, p; observed and expected of both groups in each stratum.
STRATIFIED = [
    (0.0, 9.23916749848705798, 0.00236892629596454,
     [[143.0, 241.0, 322.0], [21.0, 44.0, 70.0]],
     [[143.4806245002088, 243.8756780719673, 347.8085359679831],
      [20.5193754997913, 41.1243219280327, 44.1914640320168]]),
    (1.0, 5.562418901230193, 0.018350042982116,
     [[115.8764105850929, 200.9007741048270, 252.3337498108017],
      [17.0432441620871, 35.2908692371445, 50.9873202953729]],
     [[116.5994587713977, 202.2112958877278, 268.6761211319965],
      [16.3201959757823, 33.9803474542438, 34.6449489741781]]),
]  # fmt: skip


@pytest.mark.parametrize(("rho", "statistic", "p_value", "observed", "expected"), STRATIFIED)
def test_log_rank_with_strata(
    rho: float, statistic: float, p_value: float, observed: Any, expected: Any, data_dir: Path
) -> None:
    # survdiff(Surv(rfstime, rfsstat) ~ tcd + strata(dissub), rho)
    given = ebmt3(data_dir, recovered=False)
    found = log_rank(given["time"], given["event"], given["covariates"][:, 3], rho=rho, strata=given["strata"])
    assert found.statistic == pytest.approx(statistic, rel=1e-12)
    assert found.p_value == pytest.approx(p_value, rel=1e-10)
    assert found.observed == pytest.approx(np.sum(observed, axis=1), rel=1e-12)
    assert found.expected == pytest.approx(np.sum(expected, axis=1), rel=1e-12)


def test_log_rank_of_four_groups_with_strata(data_dir: Path) -> None:
    # survdiff(Surv(ftime, Status > 0) ~ Phase + strata(D), bmtcrr)
    rows = table(data_dir, "bmtcrr")
    found = log_rank(
        numbers(rows, "ftime"), numbers(rows, "Status"), [row["Phase"] for row in rows],
        strata=[row["D"] for row in rows],
    )  # fmt: skip
    assert found.statistic == pytest.approx(26.3721934705642, rel=1e-10)


COLUMNS = ("", "rec", "ae", "recae", "rel", "srv")
FOLLOWS = {0: (1, 2, 4, 5), 1: (3, 4, 5), 2: (3, 4, 5), 3: (4, 5)}


@cache
def stays(folder: Path) -> np.ndarray:
    """Return the stays of ebmt4: entry, time, state, move."""
    rows = []
    for row in table(folder, "ebmt4"):
        state, entry = 0, 0.0
        while state in FOLLOWS:
            moves = [(float(row[COLUMNS[k]]), k) for k in FOLLOWS[state] if row[COLUMNS[k] + ".s"] == "1"]
            time, move = min(moves) if moves else (float(row["srv"]), -1)
            rows.append((entry, time, state, move))
            state, entry = move, time
    return np.array(rows)


@pytest.mark.parametrize(
    ("key", "start", "state"),
    [
        ("state_prob_from_Tx_at0", 0.0, 0),
        ("state_prob_from_Tx_at_day100", 100.0, 0),
        ("state_prob_from_Rec_at_day100", 100.0, 1),
    ],
)
def test_state_probabilities(key: str, start: float, state: int, data_dir: Path) -> None:
    entry, time, here, move = stays(data_dir).T
    found = multi_state(entry, time, here, move, states=6, start=start)
    for row in reference(data_dir, "ebmt4")[key]:
        probability, se = found.at([row["at"]])
        want = np.array([row[f"pstate{place}"] for place in range(1, 7)])
        assert probability[0, state] == pytest.approx(want, rel=1e-10, abs=1e-15)
        assert se[0, state] == pytest.approx([row[f"se{place}"] for place in range(1, 7)], rel=1e-10, abs=1e-15)


def test_numbers_of_moves(data_dir: Path) -> None:
    entry, time, here, move = stays(data_dir).T
    found = multi_state(entry, time, here, move, states=6)
    names = ("Tx", "Rec", "AE", "RecAE", "Rel", "Death")
    for place, row in enumerate(reference(data_dir, "ebmt4")["transitions"]):
        assert found.moves[place].tolist() == [row[name] for name in names]
        if place in FOLLOWS:
            assert found.censored[place] == row["no event"]
            assert found.moves[place].sum() + found.censored[place] == row["total entering"]
