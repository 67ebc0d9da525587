"""The real study: values of its expected.json (counts of FlowKit), and one truncated file."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from nktrial.cli.execute import run_folder
from nktrial.cli.run import run
from nktrial.pipeline.run import InvalidStudyError

Study = tuple[Path, dict[str, Any], dict[str, Any]]


@pytest.fixture(scope="module")
def ran(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder = tmp_path_factory.mktemp("real") / "study-nk"
    shutil.copytree(data_dir / "study-nk", folder, copy_function=shutil.copyfile)
    run_folder(folder)
    expected = json.loads((folder / "expected.json").read_text())
    return folder, json.loads((folder / "results" / "results.json").read_text()), expected


def test_every_count_equals_flowkits(ran: Study) -> None:
    _, document, expected = ran
    found: dict[str, dict[str, int]] = {}
    for subject in document["subjects"]:
        for one in subject["populations"]:
            found.setdefault(one["file"], {})[one["path"]] = one["count"]
    assert found == expected["counts"]


def test_factors_success_and_origin(ran: Study) -> None:
    _, document, expected = ran
    for subject in document["subjects"]:
        want, have = expected["subjects"][subject["subject_id"]], subject["expansion"]
        factors = have["factors"]
        assert factors["alc_per_ul"] == pytest.approx(want["alc_per_ul"], abs=1e-9)
        assert factors["nk_fraction"] == pytest.approx(want["nk_fraction"], abs=1e-11)
        assert factors["donor_fraction"] == pytest.approx(want["donor_fraction"], abs=want["donor_fraction_tolerance"])
        product = factors["alc_per_ul"] * factors["nk_fraction"] * factors["donor_fraction"]
        assert have["value_per_ul"] == pytest.approx(product, rel=1e-9)
        for key in ("success", "origin", "sample_id", "day"):
            assert have[key] == want[key]
        assert have["ci95"][0] < have["value_per_ul"] < have["ci95"][1]


def test_nothing_is_said_of_exchanged_files_or_of_the_lymphocyte_gate(ran: Study) -> None:
    text = json.dumps(ran[1])
    assert '"code": "' in text
    assert "NK-RUN-34" not in text
    assert "NK-RUN-35" not in text


def test_a_truncated_file_is_contained(ran: Study, tmp_path: Path) -> None:
    folder, before, _ = ran
    study = tmp_path / "study"
    shutil.copytree(folder, study, ignore=shutil.ignore_patterns("results", ".nktrial"))
    victim = study / "raw" / "fcs" / "ND050.fcs"
    victim.write_bytes(victim.read_bytes()[:700_000])
    done = CliRunner().invoke(run, [str(study)], standalone_mode=False)
    assert done.return_value == 4
    after = json.loads((study / "results" / "results.json").read_text())
    assert [fault["file"] for fault in after["quarantine"]] == ["raw/fcs/ND050.fcs"]
    healthy, hit = after["subjects"]
    assert healthy["expansion"] == before["subjects"][0]["expansion"]
    assert hit["expansion"]["status"] == "not_evaluable"
    assert "ND050.fcs" in hit["expansion"]["reason"]
    report = (study / "results" / "report.html").read_text()
    assert report.index("<main>") < report.index("ND050.fcs") < report.index('id="result"')


def changed(study: Path, table: str, change: Callable[[str], str]) -> None:
    path = study / table
    path.write_text(change(path.read_text()))


@pytest.mark.parametrize(
    ("table", "old", "new", "code"),
    [
        ("files.csv", "raw/str/S02/d2data.txt,,S02-D2,peaks,donor_reference,,powerplex16,\n", "", "NK-RUN-05"),
        ("files.csv", "raw/fcs/ND050.fcs,S02-D13,,fcs,sample,nk,,\n", "", "NK-RUN-08"),
        (
            "files.csv",
            "raw/fcs/ND050.fcs,S02-D13,,fcs,sample,nk,,\n",
            "raw/fcs/ND050.fcs,S02-D13,,fcs,sample,nk,,\nraw/fcs/twin.fcs,S02-D13,,fcs,sample,nk,,\n",
            "NK-RUN-09",
        ),
        (
            "files.csv",
            "raw/str/S02/sdata.txt,S02-D13,,peaks,sample,,powerplex16,WB\n",
            (
                "raw/str/S02/sdata.txt,S02-D13,,peaks,sample,,powerplex16,WB\n"
                "raw/str/S02/again.txt,S02-D13,,peaks,sample,,powerplex16,WB\n"
            ),
            "NK-RUN-10",
        ),
        ("donors.csv", "S02-D1,S02,hsct,", "S02-D1,S02,hsct+nk,", "NK-RUN-06"),
    ],
)
def test_what_is_missing_is_not_evaluable_with_its_reason(
    ran: Study, tmp_path: Path, table: str, old: str, new: str, code: str
) -> None:
    study = tmp_path / "study"
    shutil.copytree(ran[0], study, ignore=shutil.ignore_patterns("results", ".nktrial"))
    shutil.copyfile(study / "raw/fcs/ND050.fcs", study / "raw/fcs/twin.fcs")
    shutil.copyfile(study / "raw/str/S02/sdata.txt", study / "raw/str/S02/again.txt")
    assert old in (study / table).read_text()
    changed(study, table, lambda text: text.replace(old, new))
    results, _ = run_folder(study)
    hit = results.subjects[1].expansion
    assert hit.status == "not_evaluable"
    seen = hit.reason + " ".join(finding.code for finding in results.subjects[1].findings)
    reasons = [point.reason for point in results.subjects[1].series]
    assert code in seen + " ".join(reasons), (hit.reason, reasons)


def test_a_gate_path_that_the_gates_do_not_have_stops_the_run(ran: Study, tmp_path: Path) -> None:
    study = tmp_path / "study"
    shutil.copytree(ran[0], study, ignore=shutil.ignore_patterns("results", ".nktrial"))
    changed(study, "study.toml", lambda text: text.replace('Live/NK"', 'Live/NKX"'))
    with pytest.raises(InvalidStudyError) as caught:
        run_folder(study)
    assert [issue.code for issue in caught.value.reading.issues] == ["NK-PLAN-15"]
    assert not (study / "results").exists()
