"""The real study with other inputs: shares called elsewhere, several references, tables of several samples."""

import shutil
from pathlib import Path

import pytest

from nktrial.cli.execute import run_folder
from nktrial.core.digest import sha256_hex
from nktrial.core.errors import SourceError
from nktrial.pipeline.flow import open_again
from nktrial.pipeline.strs import measure_table

SAMPLE_ROW = "raw/str/S02/sdata.txt,S02-D13,,peaks,sample,,powerplex16,WB\n"
REFERENCE_ROW = "raw/str/S02/rdata.txt,,S02,peaks,recipient_reference,,powerplex16,\n"
TWO_SAMPLES = "sample,marker,allele,size_bp,height_rfu\na,TH01,6,162.0,500\nb,TH01,7,166.0,400\n"


@pytest.fixture
def study(data_dir: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "study"
    shutil.copytree(data_dir / "study-nk", folder, copy_function=shutil.copyfile)
    return folder


def without_the_trace(study: Path, sd: str) -> None:
    files = study / "files.csv"
    files.write_text(files.read_text().replace(SAMPLE_ROW, ""))
    row = f"S02-D13,S02-D2,WB,30,{sd}\n"
    (study / "chimerism_calls.csv").write_text("sample_id,person_id,fraction,donor_pct,sd_pct\n" + row)


def test_a_share_called_elsewhere_enters_the_product(study: Path) -> None:
    without_the_trace(study, "4")
    results, _ = run_folder(study)
    expansion = results.subjects[1].expansion
    assert expansion.donor_fraction == 0.3
    assert expansion.value_per_ul == pytest.approx(900 * 424 / 4670 * 0.3, rel=1e-9)
    assert expansion.ci95 is not None
    # 30 % with SD 4 points alone spans 22.2 % to 37.8 %
    assert expansion.ci95[0] < 900 * 424 / 4670 * 0.24
    assert expansion.ci95[1] > 900 * 424 / 4670 * 0.36


def test_a_share_without_a_standard_deviation_is_not_used(study: Path) -> None:
    without_the_trace(study, "")
    results, _ = run_folder(study)
    assert results.subjects[1].expansion.status == "not_evaluable"
    assert "NK-RUN-13" in results.subjects[1].expansion.reason


def test_the_first_of_several_references_stands_and_is_named(study: Path) -> None:
    files = study / "files.csv"
    shutil.copyfile(study / "raw/str/S02/rdata.txt", study / "raw/str/S02/later.txt")
    files.write_text(files.read_text().replace(REFERENCE_ROW, REFERENCE_ROW + REFERENCE_ROW.replace("rdata", "later")))
    results, _ = run_folder(study)
    assert [(finding.code, finding.subject) for finding in results.findings] == [("NK-RUN-07", "raw/str/S02/later.txt")]
    assert results.subjects[1].expansion.status == "evaluable"


def test_a_table_of_several_samples_needs_the_label(tmp_path: Path) -> None:
    path = tmp_path / "peaks.csv"
    path.write_text(TWO_SAMPLES)
    sha256 = sha256_hex(path.read_bytes())
    measured = measure_table(str(path), "peaks.csv", sha256, "b")
    assert isinstance(measured.value, dict)
    assert [peak[1] for peak in measured.value["peaks"]] == ["7"]
    with pytest.raises(SourceError, match="NK-RUN-04"):
        measure_table(str(path), "peaks.csv", sha256, "c")


def test_a_file_that_changes_during_the_run_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.fcs"
    path.write_bytes(b"FCS3.1")
    with pytest.raises(SourceError, match="NK-RUN-03"):
        open_again(str(path), "a.fcs", "0" * 64, "fcs")
