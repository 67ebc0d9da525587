"""The simulated study folder: byte-stable, readable by other programs, with the truth beside it."""

import csv
import hashlib
import json
import time
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nktrial.core.errors import MethodError, PlanError
from nktrial.formats.gatingml_write import write_gating_ml
from nktrial.simulate.panel import SPILLOVER, nk_gates
from nktrial.simulate.study import write_calibration_study, write_demo_study


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "study"
    write_demo_study(folder)
    return folder


def digests(folder: Path) -> Mapping[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as text:
        return list(csv.DictReader(text))


def truth_of(folder: Path) -> dict[str, Any]:
    truth: dict[str, Any] = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    return truth


def test_the_same_seed_writes_the_same_bytes(demo: Path, tmp_path: Path) -> None:
    write_demo_study(tmp_path / "again")
    assert digests(tmp_path / "again") == digests(demo)


def test_another_seed_writes_other_bytes(tmp_path: Path) -> None:
    write_calibration_study(tmp_path / "a", seed=1, index=1, events=200)
    write_calibration_study(tmp_path / "b", seed=2, index=1, events=200)
    raw = [{name: d for name, d in digests(tmp_path / n).items() if name.startswith("raw/")} for n in "ab"]
    assert raw[0].keys() == raw[1].keys()
    assert not set(raw[0].values()) & set(raw[1].values())


def test_a_further_patient_leaves_the_other_raw_files_alone(demo: Path, tmp_path: Path) -> None:
    write_demo_study(tmp_path / "three", patients=3)
    more, fewer = digests(tmp_path / "three"), digests(demo)
    raw = [name for name in fewer if name.startswith(("raw/", "gating/"))]
    assert len(raw) > 20
    assert all(more[name] == fewer[name] for name in raw)
    assert len(rows(tmp_path / "three" / "subjects.csv")) == 3


def test_writing_takes_less_than_four_seconds_of_processor_time(tmp_path: Path) -> None:
    start = time.process_time()
    write_demo_study(tmp_path / "timed")
    assert time.process_time() - start < 4.0


def test_the_study_is_the_founding_one(demo: Path) -> None:
    subjects, donors = rows(demo / "subjects.csv"), rows(demo / "donors.csv")
    assert [(s["subject_id"], s["diagnosis"], s["status_at_entry"]) for s in subjects] == [
        ("INF-01", "ALL", "refractory"),
        ("INF-02", "AML", "refractory"),
    ]
    assert all(int(s["age_days_at_hsct"]) < 365 for s in subjects)
    assert [(d["donor_id"], d["roles"]) for d in donors] == [
        ("INF-01-D1", "hsct+nk"),
        ("INF-02-D1", "hsct"),
        ("INF-02-D2", "nk"),
    ]
    assert not any("IL-2" in m["name"] or "leukin" in m["name"] for m in rows(demo / "medications.csv"))


def test_every_file_listed_exists_and_every_raw_file_is_listed(demo: Path) -> None:
    listed = {row["path"] for row in rows(demo / "files.csv")}
    present = {str(path.relative_to(demo)) for path in (demo / "raw").rglob("*") if path.is_file()}
    assert listed == present
    assert truth_of(demo)["files"] == sorted({*digests(demo)} - {"truth.json"})


def test_one_patient_succeeds_clearly_and_the_other_does_not(demo: Path) -> None:
    first, second = truth_of(demo)["subjects"]
    assert first["expansion"]["value_per_ul"] > 250
    assert first["expansion"]["success"] is True
    assert first["origin"] == "nk_or_hsct_donor"
    assert 60 < second["expansion"]["value_per_ul"] < 100
    assert second["expansion"]["success"] is False
    assert second["origin"] == "nk_donor"


def test_truth_multiplies_out(demo: Path) -> None:
    for subject, donor in zip(truth_of(demo)["subjects"], ("INF-01-D1", "INF-02-D2"), strict=True):
        for sample in subject["samples"]:
            product = sample["alc_per_ul"] * sample["nk_fraction"] * sample["shares"]["CD56"][donor]
            assert sample["donor_nk_per_ul"] == pytest.approx(product, rel=1e-6)
            assert sample["formula_per_ul"]["CD56"] == pytest.approx(product, rel=1e-6)


def test_whole_blood_typed_once_gives_another_answer(demo: Path) -> None:
    typed = [row for row in rows(demo / "files.csv") if row["fraction"] == "WB"]
    assert [row["sample_id"] for row in typed] == ["INF-02-day13"]
    formula = truth_of(demo)["subjects"][1]["expansion"]["formula_per_ul"]
    assert formula["WB"] < 0.2 * formula["CD56"]


def counts_of(folder: Path) -> dict[str, dict[str, float]]:
    counts: dict[str, dict[str, float]] = {}
    for row in rows(folder / "counts.csv"):
        counts.setdefault(row["sample_id"], {})[row["test"]] = float(row["value"])
    return counts


def test_counts_lie_near_the_truth_and_come_both_ways(demo: Path) -> None:
    counts = counts_of(demo)
    of_lymphocytes = {tuple(sorted(set(count) & {"ALC", "LYMPH_PCT"})) for count in counts.values()}
    assert of_lymphocytes == {("ALC",), ("LYMPH_PCT",)}
    assert all("WBC" in count for count in counts.values())
    for subject in truth_of(demo)["subjects"]:
        for sample in subject["samples"]:
            count = counts[sample["sample_id"]]
            alc = count["ALC"] if "ALC" in count else count["WBC"] * count["LYMPH_PCT"] / 100.0
            # Four standard deviations of a coefficient of variation of 5 %.
            assert alc * 1000.0 == pytest.approx(sample["alc_per_ul"], rel=0.2)


def test_flowio_reads_the_fcs(demo: Path) -> None:
    flowio = import_module("flowio")
    data = flowio.FlowData(str(demo / "raw" / "fcs" / "INF-01-day14.fcs"))
    assert data.version == "3.1"
    assert data.event_count == 12_000
    assert data.pnn_labels == ["FSC-A", "FSC-H", "SSC-A", *SPILLOVER.channels, "Time"]
    assert data.pns_labels[3:9] == ["CD3", "CD16", "CD45", "CD56", "Viability", "CD19"]
    spill = data.text["spillover"].split(",")
    assert spill[:7] == ["6", *SPILLOVER.channels]
    assert np.array([float(x) for x in spill[7:]]) == pytest.approx(SPILLOVER.matrix.ravel())


def test_biopython_reads_the_lanes(demo: Path) -> None:
    seq_io = import_module("Bio.SeqIO")
    for name in ("INF-02-day13_CD56", "INF-02-D2_reference", "ladder_R1"):
        raw = seq_io.read(demo / "raw" / "str" / f"{name}.fsa", "abi").annotations["abif_raw"]
        assert raw["SpNm1"].decode() == name
        assert [raw[f"DyeN{dye}"].decode() for dye in range(1, 6)] == ["6-FAM", "VIC", "NED", "PET", "LIZ"]
        assert {len(raw[tag]) for tag in ("DATA1", "DATA2", "DATA3", "DATA4", "DATA105")} == {6000}
        assert 1000 < max(raw["DATA1"]) < 8000


def test_flowkit_finds_the_true_nk_fraction_with_the_studys_gates(demo: Path) -> None:
    flowkit = import_module("flowkit")
    strategy = flowkit.parse_gating_xml(str(demo / "gating" / "nk_panel.gatingml.xml"))
    sample = flowkit.Sample(str(demo / "raw" / "fcs" / "INF-01-day14.fcs"))
    result = strategy.gate_sample(sample)
    fraction = result.get_gate_count("NK") / result.get_gate_count("Live")
    true = truth_of(demo)["subjects"][0]["samples"][2]["nk_fraction"]
    # A coefficient of variation of 5 % between tubes and of 2 % from counting: four standard deviations.
    assert fraction == pytest.approx(true, rel=0.22)


def test_gates_are_the_panels(demo: Path) -> None:
    assert (demo / "gating" / "nk_panel.gatingml.xml").read_bytes() == write_gating_ml(nk_gates())
    assert [gate.id for gate in nk_gates().gates[:4]] == ["Singlets", "Lymphocytes", "Live", "NK"]


def test_a_foreign_folder_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(PlanError, match="NK-SIM-01"):
        write_demo_study(tmp_path)
    (tmp_path / "truth.json").write_text('{"simulated_by": "another", "files": ["notes.txt"]}', encoding="utf-8")
    with pytest.raises(PlanError, match="NK-SIM-01"):
        write_demo_study(tmp_path)
    assert (tmp_path / "notes.txt").read_text(encoding="utf-8") == "mine"


def test_an_earlier_demo_is_replaced_and_nothing_outside_raw_is_removed(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    write_calibration_study(folder, seed=1, index=1, events=200)
    truth = truth_of(folder)
    (tmp_path / "outside.txt").write_text("mine", encoding="utf-8")
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    truth["files"] += ["../outside.txt", "raw/../notes.txt"]
    (folder / "truth.json").write_text(json.dumps(truth), encoding="utf-8")
    write_calibration_study(folder, seed=1, index=2, events=200)
    assert (tmp_path / "outside.txt").exists()
    assert (folder / "notes.txt").exists()
    assert {path.name[:7] for path in (folder / "raw" / "fcs").iterdir()} == {"SIM-002"}


@pytest.mark.parametrize(("seed", "patients"), [(-1, 2), (1, 0)])
def test_an_impossible_demo_is_refused(tmp_path: Path, seed: int, patients: int) -> None:
    with pytest.raises(MethodError, match="NK-SIM-04"):
        write_demo_study(tmp_path / "study", seed=seed, patients=patients)
