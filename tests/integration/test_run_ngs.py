"""The real study with marker allele counts in place of one patient's STR tables."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from nktrial.cli.execute import run_folder

MARKERS = 40
PERSONS = {"rdata.txt": "S02", "d1data.txt": "S02-D1", "d2data.txt": "S02-D2"}
SHARES = np.array([0.1, 0.6, 0.3])  # of S02, S02-D1, S02-D2


def counts(path: Path, dna: np.ndarray, depth: int) -> None:
    rows = ["#SNPID\tTOT_HITS\tREF_HITS\tALT_HITS"]
    alt = np.round(depth * (1e-4 + 0.9998 * dna)).astype(int)
    rows += [f"M{m}\t{depth}\t{depth - k}\t{k}" for m, k in enumerate(alt)]
    path.write_text("\n".join(rows) + "\n")


@pytest.fixture
def study(data_dir: Path, tmp_path: Path, rng: np.random.Generator) -> Path:
    folder = tmp_path / "study"
    shutil.copytree(data_dir / "study-nk", folder, copy_function=shutil.copyfile)
    files = folder / "files.csv"
    lines = [
        line.replace(",peaks,", ",ngs,").replace(",powerplex16,", ",,") if "raw/str/S02" in line else line
        for line in files.read_text().splitlines()
    ]
    files.write_text("\n".join(lines) + "\n")
    copies = rng.integers(0, 3, (3, MARKERS))
    for name, row in zip(PERSONS, copies, strict=True):
        counts(folder / "raw/str/S02" / name, row / 2, 600)
    counts(folder / "raw/str/S02/sdata.txt", SHARES @ copies / 2, 20_000)
    return folder


def test_reads_enter_the_product_as_peaks_do(study: Path) -> None:
    results, _ = run_folder(study)
    patient = results.subjects[1]
    expansion = patient.expansion
    assert expansion.status == "evaluable", expansion.reason
    assert expansion.donor_fraction == pytest.approx(0.3, abs=2e-3)
    assert expansion.value_per_ul == pytest.approx(900 * 424 / 4670 * 0.3, rel=0.01)
    (view,) = patient.chimerism
    assert [item.share for item in view.contributors] == pytest.approx(list(SHARES), abs=2e-3)
    assert view.loci_used == MARKERS
    assert view.lod is not None
    assert view.lod < 0.01
    (point,) = [point for point in patient.series if point.donor_fraction is not None]
    assert point.donor_fraction is not None
    assert point.donor_fraction.basis == "NGS on WB"
    assert results.subjects[0].expansion.status == "evaluable"  # the other patient keeps his peaks


def test_a_reference_of_another_kind_does_not_serve(study: Path) -> None:
    files = study / "files.csv"
    kept = [line for line in files.read_text().splitlines() if "d2data" not in line]
    files.write_text("\n".join(kept) + "\n")
    (study / "raw/str/S02/d2data.txt").unlink()
    results, _ = run_folder(study)
    expansion = results.subjects[1].expansion
    assert expansion.status == "not_evaluable"
    assert "S02-D2 has no reference of kind ngs" in expansion.reason


def test_a_broken_table_is_quarantined_and_a_second_reference_named(study: Path) -> None:
    files = study / "files.csv"
    shutil.copyfile(study / "raw/str/S02/rdata.txt", study / "raw/str/S02/later.txt")
    files.write_text(files.read_text() + "raw/str/S02/later.txt,,S02,ngs,recipient_reference,,,\n")
    sample = study / "raw/str/S02/sdata.txt"
    sample.write_text(sample.read_text() + "M0\t10\t5\t5\n")
    results, _ = run_folder(study)
    assert [(fault.file, fault.code) for fault in results.quarantine] == [("raw/str/S02/sdata.txt", "NK-NGS-05")]
    assert ("NK-RUN-07", "raw/str/S02/later.txt") in [(f.code, f.subject) for f in results.findings]
    assert results.subjects[1].expansion.status == "not_evaluable"
