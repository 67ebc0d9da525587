"""The proposal for files.csv: what labels say, what is left empty, and why."""

from pathlib import Path

import numpy as np
import pytest

from nktrial.formats.abif_write import write_abif
from nktrial.formats.draft import Draft
from nktrial.formats.issues import IssueLog
from nktrial.formats.scan import ProposedFile, propose_files
from nktrial.formats.scan_names import implied_donors, label_facts, names_control
from nktrial.formats.study import gather_study
from nktrial.model.trace import Trace


@pytest.mark.parametrize(
    ("label", "day"),
    [
        ("S01_D14", 14),
        ("S01 d14 PB", 14),
        ("S01-day_7", 7),
        ("S01_D+28", 28),
        ("S01 Dm1", -1),
        ("S01_d-1_nk", -1),
        ("S01_D0", 0),
    ],
)
def test_days_of_labels(label: str, day: int) -> None:
    assert label_facts("file name", label, [], ["S01"], []).days == {day}


@pytest.mark.parametrize("label", ["S01_CD14", "S01_D1S80", "D14S1434", "ND050", "id14", "2026-03-14"])
def test_what_is_no_day(label: str) -> None:
    assert label_facts("file name", label, [], ["S01"], []).days == frozenset()


def test_ids_stand_alone() -> None:
    facts = label_facts("file name", "run/S01-D1_pre", ["S01-D14"], ["S01", "S1"], ["S01-D1"])
    assert not facts.samples
    assert facts.subjects == {"S01"}
    assert facts.donors == {"S01-D1"}
    assert label_facts("x", "S011_D14", [], ["S01"], []).subjects == frozenset()


@pytest.mark.parametrize(("label", "control"), [("FMO_CD25", True), ("S01_unstained", True), ("S01_component", False)])
def test_controls(label: str, control: bool) -> None:  # noqa: FBT001
    assert names_control(label) == control


def fcs(keywords: dict[str, str]) -> bytes:
    """Return the HEADER and TEXT of an FCS file, without data."""
    text = "|" + "".join(f"{key}|{value}|" for key, value in keywords.items())
    head = f"FCS3.1    {58:>8}{58 + len(text) - 1:>8}{0:>8}{0:>8}{0:>8}{0:>8}"
    return (head + text).encode()


def trace(sample: str, dyes: int, facts: dict[str, str]) -> bytes:
    scans = np.full((500, dyes), 5, dtype=np.int32)
    names = ("6-FAM", "VIC", "NED", "PET", "LIZ")[:dyes]
    return write_abif(Trace(scans, names, sample, "GS500 LIZ", np.zeros(0, dtype=np.int64), facts))


def proposed(folder: Path, files: dict[str, bytes]) -> dict[str, ProposedFile]:
    for path in (folder / "raw").iterdir():
        path.unlink()
    for name, data in files.items():
        (folder / "raw" / name).write_bytes(data)
    gathered = gather_study(folder, IssueLog())
    rows = propose_files(folder / "raw", folder, gathered.draft, gathered.plan)
    return {row.path.removeprefix("raw/"): row for row in rows}


def test_a_sample_that_all_labels_agree_on(small_study: Path) -> None:
    rows = proposed(
        small_study, {"S01_d14.fcs": fcs({"$FIL": "x.fcs", "TUBE NAME": "S01-D14", "$DATE": "01-MAR-2026"})}
    )
    row = rows["S01_d14.fcs"]
    assert (row.sample_id, row.kind, row.role, row.panel, row.doubts) == ("S01-D14", "fcs", "sample", "nk", [])
    assert row.evidence[:2] == ["file name: S01, day 14", "TUBE NAME: S01, S01-D14, day 14"]


def test_labels_that_disagree_are_a_doubt(small_study: Path) -> None:
    row = proposed(small_study, {"S01_d14.fcs": fcs({"SAMPLE ID": "S02 d13"})})["S01_d14.fcs"]
    assert row.sample_id == ""
    assert any("SAMPLE ID contradicts" in doubt for doubt in row.doubts)


def test_a_patient_alone_is_not_a_sample(small_study: Path) -> None:
    row = proposed(small_study, {"S01.fcs": fcs({"$FIL": "a"})})["S01.fcs"]
    assert row.sample_id == ""
    assert "no day" in row.doubts[0]


def test_text_of_labels_is_not_copied(small_study: Path) -> None:
    row = proposed(small_study, {"a.fcs": fcs({"TUBE NAME": "Anna Example", "SAMPLE ID": "born 1999"})})["a.fcs"]
    assert "Anna" not in ",".join(row.cells())
    assert "1999" not in ",".join(row.cells())
    assert row.doubts == ["no label names a sample of samples.csv"]


def test_traces(small_study: Path) -> None:
    facts = {"run": "run7"}
    rows = proposed(
        small_study,
        {
            "a.fsa": trace("Ladder", 4, facts),
            "b.fsa": trace("S01-D14_CD56", 4, facts),
            "c.fsa": trace("S01-D1", 4, facts),
            "d.fsa": trace("S01 pre", 4, facts),
            "e.fsa": trace("9947A", 4, facts),
            "f.fsa": trace("S02 d13", 5, facts),
        },
    )
    assert (rows["a.fsa"].role, rows["a.fsa"].kit, rows["a.fsa"].doubts) == ("ladder", "powerplex16", [])
    assert (rows["b.fsa"].sample_id, rows["b.fsa"].fraction, rows["b.fsa"].doubts) == ("S01-D14", "CD56", [])
    assert (rows["c.fsa"].person_id, rows["c.fsa"].role) == ("S01-D1", "donor_reference")
    assert (rows["d.fsa"].person_id, rows["d.fsa"].role) == ("S01", "recipient_reference")
    assert rows["e.fsa"].role == "control"
    assert rows["f.fsa"].sample_id == "S02-D13"
    assert rows["f.fsa"].kit == ""
    assert any("which kit? identifiler" in doubt for doubt in rows["f.fsa"].doubts)
    assert any("which cells' DNA" in doubt for doubt in rows["f.fsa"].doubts)


def test_references_named_by_convention(small_study: Path) -> None:
    rows = proposed(
        small_study,
        {
            "S01-D1_reference.fsa": trace("S01-D1_reference", 4, {}),
            "S01_reference.fsa": trace("S01 reference", 4, {}),
            "S02-D7_reference.fsa": trace("", 4, {}),
            "S09-D1_reference.fsa": trace("", 4, {}),
        },
    )
    found = {name: (row.person_id, row.role, row.doubts) for name, row in rows.items()}
    assert found["S01-D1_reference.fsa"] == ("S01-D1", "donor_reference", [])
    assert found["S01_reference.fsa"] == ("S01", "recipient_reference", [])
    assert found["S02-D7_reference.fsa"] == ("S02-D7", "donor_reference", [])
    assert "not in donors.csv" in rows["S02-D7_reference.fsa"].evidence[-1]
    assert found["S09-D1_reference.fsa"][0] == ""
    assert found["S09-D1_reference.fsa"][2]


def test_a_donors_number_is_no_day_and_a_samples_day_stays_one() -> None:
    assert label_facts("file name", "S01-D1_x", ["S01-D14"], ["S01"], ["S01-D1"]).days == frozenset()
    assert label_facts("file name", "S01-D1_x", ["S01-D1"], ["S01"], ["S01-D1"]).days == {1}
    assert label_facts("file name", "S01-D1_D14", [], ["S01"], ["S01-D1"]).days == {14}
    assert implied_donors("run1/S01-d2_ref", ["S01"]) == {"S01-D2"}
    assert implied_donors("S01-D14_CD56", ["S01"]) == frozenset()
    assert implied_donors("str/INF-01-D1_reference", ["01", "INF-01", "INF-0"]) == {"INF-01-D1"}
    assert implied_donors("inf-01-d2 donor", ["INF-01"]) == {"INF-01-D2"}
    assert implied_donors("XINF-01-D1_reference", ["INF-01"]) == frozenset()


def test_other_files_and_broken_ones_are_listed_with_the_reason(small_study: Path) -> None:
    rows = proposed(small_study, {"a.png": b"\x89PNG\r\n\x1a\n", "b.fcs": b"FCS3.1", "c.fsa": b"ABIF" + b"\xff" * 200})
    assert "PNG" in rows["a.png"].doubts[0]
    assert "NK-FCS-03" in rows["b.fcs"].doubts[0]
    assert "cannot be read" in rows["c.fsa"].doubts[0]
    assert rows["b.fcs"].sample_id == ""


def test_gates_among_the_raw_files_belong_into_gating(small_study: Path) -> None:
    files = {
        "a.wsp": b"<Workspace version='20'></Workspace>",
        "b.toml": b'schema = "nktrial-template/1"\nname = "nk"\n',
        "c.toml": b'title = "something else"\n',
    }
    rows = proposed(small_study, files)
    assert ["move it to gating/" in rows[name].doubts[0] for name in files] == [True, True, False]
    assert "gating template" in rows["b.toml"].doubts[0]


def test_files_of_one_sample_are_rivals(small_study: Path) -> None:
    text = fcs({"$FIL": "x"})
    rows = proposed(small_study, {"S01-D14 a.fcs": text, "S01-D14 b.fcs": text + b" "})
    assert rows["S01-D14 a.fcs"].doubts == []
    assert "same sample" in rows["S01-D14 b.fcs"].doubts[0]


def test_without_a_study_everything_is_left_open(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/S01_D14.fcs").write_bytes(fcs({"$FIL": "S01_D14.fcs"}))
    row = propose_files(tmp_path / "in", tmp_path / "study", Draft(), None)[0]
    assert (row.path, row.kind, row.sample_id, row.panel) == ("raw/S01_D14.fcs", "fcs", "", "")
    assert "copy it to this path" in row.doubts[0]
    assert row.doubts[-1] == "which panel? study.toml names none"


def test_real_files(data_dir: Path, small_study: Path) -> None:
    gathered = gather_study(small_study, IssueLog())
    rows = propose_files(data_dir / "chimerism/osiris-otherkits-fsa", small_study, gathered.draft, gathered.plan)
    found = {Path(row.path).stem: (row.kind, row.role, row.kit) for row in rows if row.path.endswith(".fsa")}
    assert found["PP16_ladder"] == ("abif", "ladder", "powerplex16")
    assert found["PP16_positive_control"] == ("abif", "control", "powerplex16")
    assert found["COfiler_MIX05case2_victim"][1] == ""
