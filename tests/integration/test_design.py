"""nktrial design: tables, JSON, figures and usage; and a study with a rule for stopping."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from nktrial.cli.design import design
from nktrial.cli.execute import run_folder
from nktrial.cli.run import summary
from nktrial.export.document import results_document
from nktrial.report.page import render_report

RunLimited = Callable[..., Any]
BOIN = ("boin", "--target", "0.3", "--cohorts", "6")
MONITOR = (
    "monitor", "--direction", "toxicity", "--limit", "0.3", "--probability", "0.95", "--prior", "1", "1", "--patients",
    "10",
)  # fmt: skip


def invoke(*words: str) -> Result:
    done = CliRunner().invoke(design, words, standalone_mode=False)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def told(*words: str) -> Any:
    return json.loads(invoke(*words, "--json").output)


def test_simons_published_designs() -> None:
    # Simon 1989, Table 1: p0 0.1, p1 0.3, alpha 0.05, beta 0.2: optimal 1/10 and 5/29, minimax 1/15 and 5/25
    found = told("simon", "--p0", "0.1", "--p1", "0.3")
    assert [found["optimal"][key] for key in ("r1", "n1", "r", "n")] == [1, 10, 5, 29]
    assert [found["minimax"][key] for key in ("r1", "n1", "r", "n")] == [1, 15, 5, 25]
    text = invoke("simon", "--p0", "0.1", "--p1", "0.3").output.splitlines()
    assert text[1].split()[:5] == ["optimal", "1", "10", "5", "29"]
    assert "Simon 1989" in text[-1]


def test_a_single_stage_keeps_both_errors() -> None:
    found = told("single-stage", "--p0", "0.1", "--p1", "0.3")
    assert found["type_1"] <= 0.05
    assert found["power"] >= 0.8
    assert str(found["n"]) in invoke("single-stage", "--p0", "0.1", "--p1", "0.3").output


def test_a_boundary_and_what_it_does() -> None:
    found = told(*MONITOR)
    # By hand: P(beta(3, 1) > 0.3) = 1 - 0.3^3 = 0.973; one of one gives 0.91
    assert [row["stop"] for row in found["boundaries"][:2]] == [None, 2]
    assert found["counted"] == "exact"
    (sure,) = told(*MONITOR, "--rates", "1")["chances"]
    assert (sure["stop"], sure["expected_n"]) == (1.0, 2.0)
    assert "stop with (or more)" in invoke(*MONITOR).output


def test_boins_table_and_seeded_trials() -> None:
    found = told(*BOIN)
    assert found["chances"] is None
    assert [row["deescalate"] for row in found["boundaries"][:6]] == [1, 1, 2, 2, 2, 3]  # the published table
    seeded = (*BOIN, "--rates", "0.1,0.3,0.5", "--trials", "500", "--seed", "4")
    assert told(*seeded) == told(*seeded)
    assert told(*seeded)["chances"]["counted"] == "simulated"
    assert "simulated, 500 trials, seed 4" in invoke(*seeded).output


def test_three_plus_three_is_counted() -> None:
    found = told("three-plus-three", "--rates", "0,1")
    assert found["chances"]["chosen"] == [1.0, 0.0]
    assert found["chances"]["counted"] == "exact"
    assert "counted exactly" in invoke("three-plus-three", "--rates", "0,1").output


@pytest.mark.parametrize(
    "words",
    [
        ("simon", "--p0", "0.1", "--p1", "0.3"),
        ("single-stage", "--p0", "0.1", "--p1", "0.3"),
        MONITOR,
        (*BOIN, "--rates", "0.1,0.3", "--trials", "100"),
        ("three-plus-three", "--rates", "0.1,0.3", "--confirm"),
    ],
)
def test_figures_are_written_and_never_over_another(tmp_path: Path, words: tuple[str, ...]) -> None:
    out = tmp_path / "design.svg"
    invoke(*words, "--out", str(out))
    assert out.read_text().startswith("<svg")
    done = CliRunner().invoke(design, [*words, "--out", str(out)])
    assert done.exit_code == 2
    assert "exists" in done.output


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("simon", "--p0", "0.4", "--p1", "0.3"), 3, "NK-DSN-01"),
        (("simon", "--p0", "0.3", "--p1", "0.32"), 3, "NK-DSN-03"),
        ((*MONITOR[:-1], "501"), 3, "NK-DSN-05"),
        (("boin", "--target", "0.9"), 3, "NK-DSN-06"),
        ((*BOIN, "--rates", "0.1,0.2", "--start", "3"), 3, "NK-DSN-07"),
        ((*BOIN, "--rates", "0.1;0.2"), 2, "with commas"),
        (("three-plus-three", "--rates", "nan"), 2, "from 0 to 1"),
        (("simon", "--p0", "0.1", "--p1", "0.3", "--out", "a.pdf"), 2, ".svg or .png"),
    ],
)
def test_what_is_refused(run_limited: RunLimited, words: tuple[str, ...], code: int, said: str) -> None:
    done = run_limited("design", *words)
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr


RULES = """
[[design.monitoring]]
endpoint = "expansion"
prior = [1, 1]
limit = 0.3
probability = 0.9
patients = 20
"""


def test_a_running_study_shows_where_it_stands(small_study: Path, tmp_path: Path) -> None:
    plan = small_study / "study.toml"
    failure = plan.read_text().replace('missing = "not_evaluable"', 'missing = "failure"')
    plan.write_text(failure + RULES.replace("0.9\n", "0.6\n"))
    results = run_folder(small_study, out=tmp_path / "out", jobs=1)[0]
    (found,) = results_document(results)["cohort"]["monitoring"]
    # No patient of the small study has a usable lane: 0 of 2 by the protocol's rule. P(beta(1, 3) < 0.3) = 1 - 0.7^3.
    assert (found["x"], found["n"], found["status"]) == (0, 2, "stop")
    assert found["probability_wrong"] == pytest.approx(1 - 0.7**3)
    assert "NK-DSN-08" in [finding["code"] for finding in results_document(results)["findings"]]
    said = "The boundary is crossed: expansion in 0 of 2 patients"
    assert said in summary(results, tmp_path)
    assert said in render_report(results)
    assert found["record"] in results.records
