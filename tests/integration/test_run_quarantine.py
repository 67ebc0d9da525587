"""One bad file never stops the study: it is named first, and what rests on it is not evaluable for that reason."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from nktrial.cli.execute import run_folder
from nktrial.formats.study_check import check_study
from nktrial.model.results import StudyResults


@pytest.fixture
def study(demo_raw: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "study"
    shutil.copytree(demo_raw, folder)
    return folder


def listed(study: Path, kind: str, role: str) -> list[str]:
    """Return the paths of files.csv of one kind and role."""
    head, *rows = [line.split(",") for line in (study / "files.csv").read_text().splitlines()]
    at = {name: index for index, name in enumerate(head)}
    return [row[at["path"]] for row in rows if (row[at["kind"]], row[at["role"]]) == (kind, role)]


def gates_of(study: Path) -> Path:
    return study / "gating" / "nk_panel.gatingml.xml"


def moved_out(path: Path) -> None:
    """Put a link to a file outside the study in a file's place."""
    outside = path.parents[3] / f"outside-{path.name}"
    path.rename(outside)
    path.symlink_to(outside)


def link_of_a_lane(study: Path) -> str:
    path = next(name for name in listed(study, "fcs", "sample") if "D14" in name or "d14" in name.casefold())
    moved_out(study / path)
    return path


def check_errors(study: Path) -> set[str]:
    return {issue.code for issue in check_study(study) if issue.severity == "error"}


def reasons(results: StudyResults) -> list[str]:
    return [subject.expansion.reason for subject in results.subjects if subject.expansion.status == "not_evaluable"]


def test_a_link_out_of_the_study_is_quarantined(study: Path) -> None:
    path = listed(study, "fcs", "sample")[0]
    moved_out(study / path)
    results, _ = run_folder(study)
    assert [(fault.file, fault.code) for fault in results.quarantine] == [(path, "NK-PATH-03")]
    assert "NK-PATH-03" in check_errors(study)
    assert all(source.name != path for source in results.sources)


def gates_missing(gates: Path) -> None:
    gates.unlink()


def gates_linked(gates: Path) -> None:
    outside = gates.parents[2] / "outside.xml"
    gates.rename(outside)
    gates.symlink_to(outside)


def gates_broken(gates: Path) -> None:
    gates.write_bytes(gates.read_bytes()[:-200])


def gates_folder(gates: Path) -> None:
    gates.unlink()
    gates.mkdir()


@pytest.mark.parametrize(
    ("change", "code", "of_check"),
    [
        (gates_missing, "NK-WIN-02", "NK-PLAN-11"),
        (gates_linked, "NK-PATH-03", "NK-PATH-03"),
        (gates_broken, "NK-GML-01", "NK-GML-01"),
        (gates_folder, "NK-WIN-03", "NK-PLAN-11"),
    ],
)
def test_gates_that_cannot_be_used_are_quarantined(
    study: Path, change: Callable[[Path], None], code: str, of_check: str
) -> None:
    gates = gates_of(study)
    change(gates)
    results, place = run_folder(study)
    assert [(fault.file, fault.code) for fault in results.quarantine] == [(gates.relative_to(study).as_posix(), code)]
    assert len(reasons(results)) == 2
    assert all(gates.name in reason for reason in reasons(results))
    assert of_check in check_errors(study)
    assert gates.name in (place / "report.html").read_text()


def test_one_panel_of_two_loses_its_gates(study: Path) -> None:
    """The files of the other panel keep their values."""
    files = [path for path in listed(study, "fcs", "sample") if "treg" not in path]
    (study / "study.toml").write_text(
        (study / "study.toml").read_text() + '\n[panels.second]\ngates = "gating/second.xml"\n'
    )
    shutil.copy(gates_of(study), study / "gating" / "second.xml")
    first = run_folder(study)[0]
    (study / "gating" / "second.xml").unlink()
    text = (study / "files.csv").read_text()
    row = next(line for line in text.splitlines() if line.startswith(files[-1]))
    panel = next(cell for cell in row.split(",") if f"[panels.{cell}]" in (study / "study.toml").read_text())
    (study / "files.csv").write_text(text.replace(row, row.replace(f",{panel},", ",second,")))
    second = run_folder(study)[0]
    assert [fault.file for fault in second.quarantine] == ["gating/second.xml"]
    assert second.subjects[0].expansion.value_per_ul == first.subjects[0].expansion.value_per_ul
    assert second.subjects[0].expansion.value_per_ul is not None


def test_a_broken_ladder_is_named_itself(study: Path) -> None:
    """It opens, and it is no ladder: the lanes are not at fault."""
    ladder = listed(study, "abif", "ladder")[0]
    lane = listed(study, "abif", "sample")[0]
    (study / ladder).write_bytes((study / lane).read_bytes()[:-1] + b"\0\0")
    results, _ = run_folder(study)
    assert [fault.file for fault in results.quarantine] == [ladder]
    assert results.quarantine[0].code in {"NK-ALL-02", "NK-ALL-03"}
    assert all(ladder in reason for reason in reasons(results))
    assert reasons(results)


def test_a_truncated_ladder_is_named_itself(study: Path) -> None:
    ladder = listed(study, "abif", "ladder")[0]
    (study / ladder).write_bytes((study / ladder).read_bytes()[:20_000])
    results, _ = run_folder(study)
    assert [(fault.file, fault.code) for fault in results.quarantine] == [(ladder, "NK-WIN-01")]
    assert "NK-WIN-01" in check_errors(study)
