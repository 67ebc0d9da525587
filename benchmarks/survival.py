"""Time and memory of survival analysis: nktrial beside lifelines, scikit-survival and R, in one run on one machine.

Usage: python benchmarks/survival.py [REPEATS [PYTHON]]

Every measurement is a process of its own that simulates its patients (times in whole days, so that there are ties),
runs one function once to warm up on a tenth of them, then measures it: the best of REPEATS (3), and the process's peak
memory beyond that before the call. lifelines and scikit-survival are run by PYTHON, an interpreter that has them (this
one, by default), cmprsk and survival by Rscript; what cannot be imported is named and left out. Curves and
coefficients are compared before anything is printed.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

CURVES = (1_000, 10_000, 100_000, 1_000_000)
ROWS, COLUMNS = 100_000, 10
LIMIT_S = 60

PREAMBLE = """
import json, resource, sys, time
import numpy as np

def patients(n, p=2, seed=1):
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(n, p))
    z[:, 0] = rng.integers(0, 2, n)
    b = np.linspace(-0.3, 0.3, p)
    first, second = (rng.exponential(1500.0 * np.exp(-z @ b), n), rng.exponential(3000.0, n))
    censored = rng.uniform(0.0, 3650.0, n)
    times = np.ceil(np.minimum(np.minimum(first, second), censored))
    code = np.where(censored < np.minimum(first, second), 0, np.where(first < second, 1, 2))
    return times, code, z

def memory():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

def measured(function, n, p, repeats):
    function(*patients(max(n // 10, 500), p))
    data = patients(n, p)
    before, best, value = memory(), float("inf"), None
    for _ in range(repeats):
        start = time.perf_counter()
        value = function(*data)
        best = min(best, time.perf_counter() - start)
    print(json.dumps({"seconds": best, "mb": memory() - before, "value": [float(each) for each in value]}))
"""

OURS = {
    "Kaplan-Meier, Greenwood, log-log limits": "from nktrial.stats import kaplan_meier as f\n"
    "run = lambda t, c, z: [f(t, c).at([730.0])[0]]",
    "Aalen-Johansen, Aalen's variance": "from nktrial.stats import cumulative_incidence as f\n"
    "def run(t, c, z):\n    x = f(t, c)\n    return [x.at([730.0])[0], x.variance_at([730.0])[0]]",
    "Aalen-Johansen, Greenwood": "from nktrial.stats import cumulative_incidence as f\n"
    "def run(t, c, z):\n    x = f(t, c, variance='greenwood')\n"
    "    return [x.at([730.0])[0], x.variance_at([730.0])[0]]",
    "Gray's test, two groups": "from nktrial.stats import gray_test as f\n"
    "run = lambda t, c, z: [f(t, c, z[:, 0]).statistic]",
    "log-rank, two groups": "from nktrial.stats import log_rank as f\n"
    "run = lambda t, c, z: [f(t, c > 0, z[:, 0]).statistic]",
    "Fine-Gray": "from nktrial.stats import fine_gray as f\nrun = lambda t, c, z: f(t, c, z).coef",
    "Cox, Efron": "from nktrial.stats import cox as f\nrun = lambda t, c, z: f(t, c, z, cause=1).coef",
    "test of proportional hazards": "from nktrial.stats import proportional_hazards as f\n"
    "run = lambda t, c, z: [f(t, c, z, cause=1).overall.statistic]",
}
LIFELINES = {
    "Kaplan-Meier, Greenwood, log-log limits": "from lifelines import KaplanMeierFitter as K\n"
    "run = lambda t, c, z: [K().fit(t, c > 0).predict(730.0)]",
    "Aalen-Johansen, Aalen's variance": "import warnings; warnings.simplefilter('ignore')\n"
    "from lifelines import AalenJohansenFitter as A\n"
    "run = lambda t, c, z: [A(seed=1).fit(t, c, event_of_interest=1).predict(730.0)]",
    "log-rank, two groups": "from lifelines.statistics import logrank_test as f\ndef run(t, c, z):\n"
    "    a = z[:, 0] == 0\n    return [f(t[a], t[~a], c[a] > 0, c[~a] > 0).test_statistic]",
    "Cox, Efron": "import pandas as pd\nfrom lifelines import CoxPHFitter as C\ndef run(t, c, z):\n"
    "    d = pd.DataFrame(z).rename(columns=str).assign(T=t, E=c == 1)\n    return C().fit(d, 'T', 'E').params_",
}
SKSURV = {
    "Kaplan-Meier, Greenwood, log-log limits": "from sksurv.nonparametric import kaplan_meier_estimator as f\n"
    "def run(t, c, z):\n    x, s, _ = f(c > 0, t, conf_type='log-log')\n"
    "    return [s[np.searchsorted(x, 730.0, side='right') - 1]]",
    "Aalen-Johansen, Aalen's variance": "from sksurv.nonparametric import cumulative_incidence_competing_risks as f\n"
    "def run(t, c, z):\n    x, s, _ = f(c, t, conf_type='log-log', var_type='Aalen')\n"
    "    return [s[1][np.searchsorted(x, 730.0, side='right') - 1]]",
    "Cox, Efron": "from sksurv.linear_model import CoxPHSurvivalAnalysis as C\ndef run(t, c, z):\n"
    "    y = np.array(list(zip(c == 1, t)), dtype=[('e', bool), ('t', float)])\n"
    "    return C(ties='efron').fit(z, y).coef_",
}
R_CODE = {
    "Kaplan-Meier, Greenwood, log-log limits": "summary(survfit(Surv(t, c > 0) ~ 1, conf.type = 'log-log'), 730)$surv",
    "Aalen-Johansen, Aalen's variance": "{x <- timepoints(cuminc(t, c), 730); c(x$est[1], x$var[1])}",
    "Gray's test, two groups": "cuminc(t, c, z[, 1])$Tests[1, 1]",
    "log-rank, two groups": "survdiff(Surv(t, c > 0) ~ z[, 1])$chisq",
    "Fine-Gray": "crr(t, c, z)$coef",
    "Cox, Efron": "coef(coxph(Surv(t, c == 1) ~ z))",
    "test of proportional hazards": "cox.zph(coxph(Surv(t, c == 1) ~ z), terms = FALSE)$table['GLOBAL', 1]",
}
REGRESSIONS = ("Fine-Gray", "Cox, Efron", "test of proportional hazards")


def run(command: list[str]) -> dict[str, Any] | str:
    """Return what a process measured, or why it did not."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    except subprocess.TimeoutExpired:
        return f"above {LIMIT_S} s"
    if done.returncode:
        return (done.stderr.strip().splitlines() or ["failed"])[-1][:60]
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def in_python(python: str, code: str, n: int, p: int, repeats: int) -> dict[str, Any] | str:
    """Measure Python code that defines ``run(times, code, z)``."""
    return run([python, "-c", f"{PREAMBLE}\n{code}\nmeasured(run, {n}, {p}, {repeats})"])


def in_r(expression: str, n: int, p: int, repeats: int) -> dict[str, Any] | str:
    """Measure an expression of R on the same patients, read from a file that is not measured."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "patients"
        write = f"t, c, z = patients({n}, {p})\nnp.column_stack([t, c, z]).T.tofile({str(path)!r})"
        subprocess.run([sys.executable, "-c", f"{PREAMBLE}\n{write}"], check=True)
        script = (
            "suppressMessages({library(survival); library(cmprsk)});"
            f"d <- matrix(readBin('{path}', 'double', {n} * {p + 2}), {n}); t <- d[, 1]; c <- d[, 2];"
            f"z <- d[, -(1:2)]; invisible(gc(reset = TRUE)); m <- sum(gc()[, 6]); best <- Inf;"
            f"for (i in 1:{repeats}) {{s <- system.time(v <- {expression})[3]; best <- min(best, s)}};"
            'cat(sprintf(\'{"seconds": %.4f, "mb": %.1f, "value": [%s]}\', best, sum(gc()[, 6]) - m,'
            "paste(sprintf('%.15g', v), collapse = ', ')))"
        )
        return run(["Rscript", "-e", script])


def shown(found: dict[str, Any] | str, ours: dict[str, Any] | None) -> str:
    """Return seconds, memory and the largest relative difference from ours."""
    if isinstance(found, str):
        return found
    text = f"{found['seconds']:.3f} s, {found['mb']:.0f} MB"
    if ours is None:
        return text
    pairs = list(zip(found["value"], ours["value"], strict=False))
    return f"{text}, {max(abs(a - b) / max(abs(b), 1e-12) for a, b in pairs):.0e}"


def main() -> None:
    """Print one line a function and size."""
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    python = sys.argv[2] if len(sys.argv) > 2 else sys.executable
    print("| function | patients | nktrial | R | lifelines | scikit-survival |\n|---|---|---|---|---|---|")
    for name, code in OURS.items():
        regression = name in REGRESSIONS
        for n in (ROWS // 10, ROWS) if regression else CURVES:
            p = COLUMNS if regression else 2
            ours = in_python(sys.executable, code, n, p, repeats)
            if isinstance(ours, str):
                sys.exit(f"{name}: {ours}")
            once = 1 if n > CURVES[1] else repeats
            others = [in_r(R_CODE[name], n, p, once) if name in R_CODE else "-"]
            others += [in_python(python, of[name], n, p, once) if of.get(name) else "-" for of in (LIFELINES, SKSURV)]
            size = f"{n:,} x {p}" if regression else f"{n:,}"
            cells = [shown(ours, None), *(shown(each, ours) for each in others)]
            print(f"| {name} | {size} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
