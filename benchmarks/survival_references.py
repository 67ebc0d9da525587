"""Every key of the clinical reference sets against nktrial: the largest relative difference of each.

Usage: python benchmarks/survival_references.py DATA [ALL]

DATA holds clinical/*/reference.json, computed by R (survival 3.5-3, cmprsk 2.2-11, mstate 0.3.3). Prints the keys whose
largest difference is above 1e-8, with the place of it, then how many others there are; with ALL every key. A difference
is |found - expected| / |expected|; where 0 is expected, the absolute one. Keys that nktrial has no answer to are named.
"""

import csv
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nktrial.stats import (
    cox,
    cumulative_incidence,
    fine_gray,
    gray_test,
    kaplan_meier,
    log_rank,
    multi_state,
    proportional_hazards,
)

Row = dict[str, str]
Pair = tuple[str, float, float | None]
TIMES = {  # time and event of keys that begin so; the longest that fits is taken
    "survival_aml": {"": ("time", "status")},
    "survival_lung": {"": ("time", "status")},
    "survival_myeloid": {"": ("futime", "death"), "cif": ("cr_ft", "cr_fs"), "finegray": ("cr_ft", "cr_fs")},
    "bmtcrr": {"": ("ftime", "Status")},
    "ebmt3": {"": ("rfstime", "rfsstat"), "cif": ("prcrtime", "prcr"), "finegray": ("prcrtime", "prcr")},
    "kmsurv_bmt": {
        "": ("t2", "cr"), "km_os": ("t1", "d1"), "logrank_os": ("t1", "d1"), "cox_os": ("t1", "d1"),
        "km_dfs": ("t2", "d3"),
        "reverse_km": ("t1", "d1"), "cif_acute": ("ta", "agvhd"),
    },
    "ebmt4": {"": ("srv", "srv.s"), "km_relapse_free": ("rfs_time", "rfs")},
}  # fmt: skip
GROUPS = {
    "bmtcrr": {"D": "D", "phase": "Phase"}, "ebmt3": {"dissub": "dissub", "tcd": "tcd"}, "kmsurv_bmt": {"": "group"},
    "ebmt4": {"": None}, "survival_aml": {"": "x"}, "survival_lung": {"": "sex"}, "survival_myeloid": {"": "trt"},
}  # fmt: skip
CAUSES = {"relapse": 1, "trm": 2}
INTERVALS = {"loglog": "log-log"}
FACTORS = ("Sex", "D", "Phase", "Source", "group", "dissub", "age", "drmatch", "tcd", "x", "trt")


def column(rows: Sequence[Row], name: str) -> np.ndarray:
    """Return a column of numbers."""
    return np.array([float(row[name]) for row in rows])


def derived(name: str, rows: list[Row]) -> list[Row]:
    """Add the columns that R derived."""
    for row in rows:
        if name == "kmsurv_bmt":
            row["agvhd"] = "1" if row["da"] == "1" else str(2 * int(row["d3"]))
        if name == "ebmt4":
            first = min((float(row[each]), each) for each in ("rel", "srv"))
            row["rfs_time"], row["rfs"] = str(first[0]), str(max(int(row["rel.s"]), int(row["srv.s"])))
    return rows


def term(row: Row, name: str) -> float:
    """Return a term of R's model matrix."""
    for factor in FACTORS:
        if name.startswith(factor) and name != factor and factor in row:
            return float(row[factor] == name[len(factor) :])
    return float(row[name])


def fitting(table: dict[str, Any], key: str) -> Any:
    """Return the entry whose name the key begins with or holds, the longest first."""
    return next(table[name] for name in sorted(table, key=len, reverse=True) if name in key)


def group_of(name: str, key: str) -> str | None:
    """Return the column of groups that a key compares."""
    return None if key.endswith("_all") or "followup" in key else fitting({**GROUPS[name], "zz": None}, key)


def event_of(name: str, key: str, rows: list[Row]) -> tuple[np.ndarray, np.ndarray]:
    """Return time and event code."""
    time, event = fitting(TIMES[name], key)
    code = column(rows, event) - (1 if name == "survival_lung" else 0)
    return column(rows, time), 1 - code if key.startswith("reverse") else code


def part(rows: list[Row], group: str | None, label: str) -> list[Row]:
    """Return the patients of a group."""
    return (
        rows if group is None else [row for row in rows if row[group] == label.partition("=")[2] or row[group] == label]
    )


def curves(name: str, key: str, body: Any, rows: list[Row]) -> Iterator[Pair]:
    """Compare Kaplan-Meier curves with their limits and quantiles."""
    group = group_of(name, key)
    for kind in body.values() if "at" not in body else [body]:
        interval = INTERVALS.get(kind["conf_type"], kind["conf_type"])
        for row in [*kind["at"], *kind["summary"]]:
            time, code = event_of(name, key, part(rows, group, row["strata"]))
            found = kaplan_meier(time, code, interval=interval)
            where = f"{interval}, {row['strata']}"
            if "median" in row:
                quantile = found.quantile()
                for what, value in (("median", quantile.time), ("median_lower", quantile.low)):
                    yield f"{what}, {where}", np.nan if value is None else value, row.get(what)
                continue
            place = int(np.searchsorted(found.time, row["time"], side="right")) - 1
            yield f"S({row['time']}), {where}", float(found.at([row["time"]])[0]), row["surv"]
            if place >= 0 and row["surv"] > 0:
                yield f"se({row['time']}), {where}", float(np.sqrt(found.variance[place])), row["std_err"]
                yield f"lower({row['time']}), {where}", float(found.low[place]), row["lower"]
                yield f"upper({row['time']}), {where}", float(found.high[place]), row["upper"]


def incidences(name: str, key: str, body: Any, rows: list[Row]) -> Iterator[Pair]:
    """Compare cumulative incidences, their three variances, and Gray's test."""
    group = group_of(name, key)
    for row in body["at"] if isinstance(body, dict) else body:
        if row.get("state") == "event_free" or row.get("cif", row.get("prob")) is None:
            continue
        chosen = part(rows, group, row.get("group", ""))
        cause = int(row["cause"]) if "cause" in row else 2 if row["state"] in {"trm", "nrm"} else 1
        time, code = event_of(name, key, chosen)
        kind = "aalen" if "var_aalen" in row else "greenwood" if "se_greenwood" in row else "infinitesimal_jackknife"
        found = cumulative_incidence(time, code, cause=cause, variance=kind)  # type: ignore[arg-type]
        where = f"cause {cause}, {row.get('group', 'all')}, {row['time']}"
        yield f"F, {where}", float(found.at([row["time"]])[0]), row.get("cif", row.get("prob"))
        variance = float(found.variance_at([row["time"]])[0])
        yield (
            f"variance, {where}",
            variance if kind == "aalen" else variance**0.5,
            next(row[what] for what in ("var_aalen", "se_greenwood", "se_infjack") if what in row),
        )
    for row in (body["gray_test"] or []) if isinstance(body, dict) else []:
        time, code = event_of(name, key, rows)
        test = gray_test(time, code, [one[str(group)] for one in rows], cause=int(row["cause"]))
        yield f"Gray, cause {row['cause']}", test.statistic, row["stat"]
        yield f"p, cause {row['cause']}", test.p_value, row["p"]


def regressions(name: str, key: str, body: Any, rows: list[Row]) -> Iterator[Pair]:
    """Compare coefficients, standard errors, likelihoods and tests."""
    names = [row["term"] for row in body["coef"]]
    used = [row for row in rows if all(row.get(each) not in {"", "NA"} for each in names)]
    time, code = event_of(name, key, used)
    z = np.array([[term(row, each) for each in names] for row in used])
    if key.startswith("finegray"):
        gray = fine_gray(time, code, z, cause=body["cause"])
        coef, se, p, likelihoods = gray.coef, gray.se, gray.p_value, (gray.loglik, gray.loglik_null)
    else:
        model = cox(time, code, z, cause=CAUSES[key[4:]] if key.startswith("csh") else None, ties=body["ties"])
        coef, se, p, likelihoods = model.coef, model.se, model.p_value, (model.loglik, model.loglik_null)
        for test, what in ((model.score, "score_test"), (model.likelihood_ratio, "lrt")):
            yield what, test.statistic, body[what]["test"]
            yield f"p of {what}", test.p_value, body[what]["pvalue"]
        yield "p of wald", model.wald.p_value, body["wald"]["pvalue"]
        yield "wald, rounded as R does", round(model.wald.statistic, 2), body["wald"]["test"]
    for place, row in enumerate(body["coef"]):
        yield f"coef {row['term']}", float(coef[place]), row["coef"]
        yield f"se {row['term']}", float(se[place]), row["se"]
        yield f"p {row['term']}", float(p[place]), row["p"]
    yield "loglik", likelihoods[0], body["loglik"]
    yield "loglik_null", likelihoods[1], body["loglik_null"]


def others(name: str, key: str, body: Any, rows: list[Row], reference: Any) -> Iterator[Pair]:
    """Compare log-rank tests, Gray's with strata, restricted means, proportional hazards."""
    if key.startswith("logrank"):
        time, code = event_of(name, key, rows)
        event = code == 1 if "csh_relapse" in key else code > 0
        for row in body.values():
            test = log_rank(time, event, [one[str(group_of(name, key))] for one in rows], rho=row["rho"])
            yield f"chi-squared, rho {row['rho']}", test.statistic, row["chisq"]
            yield f"p, rho {row['rho']}", test.p_value, row["p"]
    elif key.startswith("gray_D"):
        time, code = event_of(name, key, rows)
        for cause, row in enumerate(body, 1):
            strata, rho = ([one["Phase"] for one in rows], 0.0) if "strat" in key else (None, 1.0)
            found = gray_test(time, code, [one["D"] for one in rows], cause=cause, strata=strata, rho=rho)
            yield f"cause {cause}", found.statistic, row["stat"]
    elif key.startswith("rmst"):
        for row in body:
            time, code = event_of(name, "km_dfs", part(rows, group_of(name, key), row["strata"]))
            mean = kaplan_meier(time, code).restricted_mean(row["tau"])
            yield f"mean, {row['strata']}", mean.mean, row["rmst"]
            yield f"se, {row['strata']}", mean.se, row["se"]
    else:
        model = reference["cox" if key == "zph" else "cox_dfs_efron"]
        names = [row["term"] for row in model["coef"]]
        used = [row for row in rows if all(row.get(each) not in {"", "NA"} for each in names)]
        z = np.array([[term(row, each) for each in names] for row in used])
        terms = None if key == "zph" else [[0, 1], [2], [3], [4], [5]]
        tested = proportional_hazards(*event_of(name, key, used), z, terms=terms)
        for each, row in zip((*tested.tests, tested.overall), body, strict=True):
            yield f"chi-squared {row['term']}", each.statistic, row["chisq"]


def states(key: str, body: Any, rows: list[Row]) -> Iterator[Pair]:
    """Compare the multi-state probabilities of ebmt4."""
    names, follows = ("", "rec", "ae", "recae", "rel", "srv"), {0: (1, 2, 4, 5), 1: (3, 4, 5), 2: (3, 4, 5), 3: (4, 5)}
    stays = []
    for row in rows:
        state, entry = 0, 0.0
        while state in follows:
            moves = [(float(row[names[to]]), to) for to in follows[state] if row[f"{names[to]}.s"] == "1"]
            time, move = min(moves) if moves else (float(row["srv"]), -1)
            stays.append((entry, time, state, move))
            state, entry = move, time
    found = multi_state(*np.array(stays).T, states=6, start=100.0 if "day100" in key else 0.0)
    for place, row in enumerate(body):
        if key == "transitions":
            for to, name in enumerate(("Tx", "Rec", "AE", "RecAE", "Rel", "Death")):
                yield f"{row['_row']} to {name}", float(found.moves[place, to]), row[name]
            continue
        p, se = found.at([row["at"]])
        for state in range(6):
            yield f"p{state + 1}({row['at']})", float(p[0, int("Rec" in key), state]), row[f"pstate{state + 1}"]
            yield f"se{state + 1}({row['at']})", float(se[0, int("Rec" in key), state]), row[f"se{state + 1}"]


def compared(name: str, key: str, reference: Any, rows: list[Row]) -> Iterator[Pair] | None:
    """Return the comparisons of a key, None where nktrial has no answer to it."""
    body = reference[key]
    if key.startswith(("state", "transitions")):
        return states(key, body, rows)
    if key == "cox_exact":
        return None
    if key.startswith(("km", "reverse_km")):
        return curves(name, key, body, rows)
    if key.startswith(("cif", "aj")):
        return incidences(name, key, body, rows)
    if isinstance(body, dict) and "coef" in body:
        return regressions(name, key, body, rows)
    return others(name, key, body, rows, reference)


def difference(found: float, expected: float | None) -> float:
    """Return the relative difference; infinite where one of them is not estimable and the other is."""
    if expected is None or np.isnan(found):
        return 0.0 if expected is None and np.isnan(found) else float("inf")
    return abs(found - expected) / (abs(expected) or 1.0)


def main() -> None:
    """Print the table."""
    folder, quiet, number = Path(sys.argv[1]) / "clinical", 0, 0
    print("| set | key | numbers | largest difference | where |\n|---|---|---|---|---|")
    for path in sorted(folder.glob("*/reference.json")):
        reference, name = json.loads(path.read_text(encoding="utf-8")), path.parent.name
        if name not in TIMES:
            continue
        with path.with_name("data.csv").open(encoding="utf-8", newline="") as file:
            rows = derived(name, list(csv.DictReader(file)))
        for key in reference:
            if key in {"software", "notes"}:
                continue
            pairs = compared(name, key, reference, rows)
            if pairs is None:
                print(f"| {name} | {key} | 0 | - | not offered |")
                continue
            found = [(difference(value, expected), where, value, expected) for where, value, expected in pairs]
            worst, where, value, expected = max(found, key=lambda each: each[0])
            number += len(found)
            if worst <= 1e-8 and len(sys.argv) < 3:
                quiet += 1
                continue
            print(f"| {name} | {key} | {len(found)} | {worst:.1e} | {where}: {value:.10g}, R {expected} |")
    print(f"\n{quiet} more keys have no difference above 1e-8; {number} numbers in all.")


if __name__ == "__main__":
    main()
