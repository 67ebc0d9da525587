"""Mistakes that people make, in a study with known truth: none may give a confident wrong number."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nktrial.cli.answer import answer_words
from nktrial.cli.execute import run_folder
from nktrial.core.errors import PlanError
from nktrial.model.results import SubjectResults


@pytest.fixture
def study(demo_raw: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "study"
    shutil.copytree(demo_raw, folder)
    return folder


def edit(path: Path, change: Callable[[str], str]) -> None:
    before = path.read_text()
    path.write_text(change(before))
    assert path.read_text() != before


def exchange(path: Path, one: str, other: str) -> None:
    edit(path, lambda text: text.replace(one, "\0").replace(other, one).replace("\0", other))


def patient(study: Path, number: int) -> SubjectResults:
    return run_folder(study)[0].subjects[number]


def cautions(subject: SubjectResults) -> set[str]:
    return {finding.code for finding in subject.expansion.cautions if finding.severity == "warning"}


def test_exchanged_donor_references_are_noticed(study: Path) -> None:
    exchange(study / "files.csv", "raw/str/INF-02-D1_reference.fsa", "raw/str/INF-02-D2_reference.fsa")
    hit = patient(study, 1)
    assert hit.expansion.status == "not_evaluable"
    assert "before the first NK infusion" in hit.expansion.reason


def test_a_strangers_reference_is_noticed(study: Path) -> None:
    shutil.copyfile(study / "raw/str/INF-01-D1_reference.fsa", study / "raw/str/INF-02-D1_reference.fsa")
    hit = patient(study, 1)
    assert hit.expansion.status == "not_evaluable"
    assert "does not fit the patient's references" in hit.expansion.reason


def test_a_copied_sample_stands_for_nobody(study: Path) -> None:
    shutil.copyfile(study / "raw/fcs/INF-01-day7.fcs", study / "raw/fcs/INF-01-day14.fcs")
    results, _ = run_folder(study)
    assert {fault.code for fault in results.quarantine} == {"NK-RUN-16"}
    assert results.subjects[0].expansion.status == "not_evaluable"
    assert results.subjects[1].expansion.status == "evaluable"


def test_the_recipients_sex_is_compared_with_amelogenin(study: Path) -> None:
    edit(study / "subjects.csv", lambda text: text.replace("INF-01,F", "INF-01,M"))
    assert "NK-RUN-17" in cautions(patient(study, 0))


def test_two_different_references_of_one_person_are_refused(study: Path) -> None:
    files = study / "files.csv"
    (row,) = [line for line in files.read_text().splitlines() if "INF-01-D1_reference" in line]
    shutil.copyfile(study / "raw/str/INF-02-D1_reference.fsa", study / "raw/str/later.fsa")
    edit(files, lambda text: text + row.replace("raw/str/INF-01-D1_reference.fsa", "raw/str/later.fsa") + "\n")
    hit = patient(study, 0)
    assert hit.expansion.status == "not_evaluable"
    assert "NK-RUN-18" in hit.expansion.reason


def test_a_second_infusion_before_the_sample_is_told(study: Path) -> None:
    table = study / "infusions.csv"
    (row,) = [line for line in table.read_text().splitlines() if line.startswith("INF-02")]
    cells = row.split(",")
    again = [f"{cells[0]}b", cells[1], "12", *cells[3:]]
    edit(table, lambda text: text + ",".join(again) + "\n")
    assert "NK-EXP-39" in cautions(patient(study, 1))


def test_what_check_warns_of_stands_beside_the_verdict(study: Path) -> None:
    counts = study / "counts.csv"
    edit(counts, lambda text: text.replace("INF-01-day14,ALC,1.093,", "INF-01-day14,ALC,109.3,"))
    hit = patient(study, 0)
    assert {"NK-TAB-43", "NK-BLD-08"} & cautions(hit)


@pytest.mark.parametrize("threshold", ["0", "1e308"])
def test_a_threshold_that_cannot_be_applied_is_refused_before_the_run(study: Path, threshold: str) -> None:
    edit(study / "study.toml", lambda text: text.replace("threshold_per_ul = 100.0", f"threshold_per_ul = {threshold}"))
    with pytest.raises(PlanError, match="NK-RUN-11"):
        run_folder(study)


def test_a_trace_without_a_ladder_says_so(study: Path) -> None:
    edit(study / "files.csv", lambda text: "".join(x for x in text.splitlines(keepends=True) if "ladder_R1" not in x))
    results, _ = run_folder(study)
    assert all("ladder" in fault.message for fault in results.quarantine)
    assert {fault.code for fault in results.quarantine} == {"NK-ALL-05"}


def test_a_t_gate_called_nk_gives_no_number(study: Path) -> None:
    edit(study / "study.toml", lambda text: text.replace("Singlets/Lymphocytes/Live/NK", "Singlets/Lymphocytes/Live/T"))
    for subject in run_folder(study)[0].subjects:
        assert subject.expansion.status == "not_evaluable"
        assert subject.expansion.value_per_ul is None
        assert "CD3+" in subject.expansion.reason
        assert "NK-RUN-30" in subject.expansion.reason
        assert all(point.nk_fraction is None and point.donor_nk is None for point in subject.series)
        assert "NK-RUN-30" in {finding.code for finding in subject.findings}


def test_an_nk_gate_without_cd3_is_doubted(study: Path) -> None:
    first = re.compile(r'(gating:id="NK".*?)<gating:dimension.*?</gating:dimension>', re.DOTALL)
    edit(next((study / "gating").glob("nk*.xml")), lambda text: first.sub(r"\1", text, count=1))
    assert {"NK-RUN-31"} <= cautions(patient(study, 0))


def test_a_marker_without_a_name_is_told(study: Path) -> None:
    for file in (study / "raw" / "fcs").glob("*[0-9].fcs"):
        file.write_bytes(file.read_bytes().replace(b"CD56", b"XX56"))
    hit = patient(study, 0)
    assert hit.expansion.status == "evaluable"
    assert "NK-RUN-32" in cautions(hit)


def test_a_lymphocyte_gate_that_holds_all_leukocytes_is_doubted(study: Path) -> None:
    path = study / "study.toml"
    edit(path, lambda text: text.replace('"Singlets/Lymphocytes/Live"', '"Singlets"'))
    hit = patient(study, 0)
    (told,) = {item.message for item in hit.expansion.cautions if item.code == "NK-RUN-34"}
    assert "'Singlets'" in told


def test_the_demos_own_lymphocyte_gate_is_not_doubted(demo: Any) -> None:
    assert not any(
        finding.code == "NK-RUN-34"
        for subject in demo.results.subjects
        for finding in (*subject.expansion.cautions, *subject.findings)
    )


def test_several_nk_donors_are_told_as_the_reason_itself(study: Path) -> None:
    edit(study / "donors.csv", lambda text: text.replace("INF-02-D1,INF-02,hsct,", "INF-02-D1,INF-02,hsct+nk,"))
    results, _ = run_folder(study)
    expansion = results.subjects[1].expansion
    assert expansion.status == "not_evaluable"
    assert expansion.reason.startswith("INF-02-D1, INF-02-D2 gave NK cells")
    assert "missing" not in expansion.reason
    assert answer_words(expansion, results) == f"not evaluable: {expansion.reason}"
