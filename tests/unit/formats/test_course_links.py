"""The clinical tables against each other: what is noted, where, and what is not."""

from pathlib import Path

import pytest

from nktrial.formats.grade_values import TERMS
from nktrial.formats.study import read_study
from nktrial.model.issue import Issue

ASSESSED = "subject_id,day,kind,blast_pct,investigator_response\n"
FOLLOWED = "subject_id,day_last_contact,alive,day_death,day_relapse,second_transplant\n"
EVENTS = "subject_id,term,grade,day_onset,day_resolved,day_of_grade,outcome\n"


def issues_of(folder: Path, **tables: str) -> tuple[Issue, ...]:
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text)
    return read_study(folder).issues


def told(folder: Path, **tables: str) -> list[tuple[str, str, int | None, str, str]]:
    return [(i.code, i.file, i.row, i.column, i.severity) for i in issues_of(folder, **tables)]


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        ("S01,28,PB,,CR\n", 2),
        ("S01,20,BM,2,\nS01,28,PB,,CRi\n", 3),
        ("S01,29,BM,2,\nS01,28,PB,,CR\n", 3),
        ("S02,28,BM,2,\nS01,28,PB,,CR MRD-\n", 3),
        ("S01,28,BM,2,CR\n", None),
        ("S01,21,BM,2,\nS01,28,PB,,CR\n", None),
        ("S01,28,PB,,NR\n", None),
        ("S01,28,PB,,\n", None),
    ],
)
def test_a_complete_response_needs_marrow(small_study: Path, rows: str, line: int | None) -> None:
    found = told(small_study, assessments=ASSESSED + rows)
    assert found == ([("NK-PLAN-60", "assessments.csv", line, "investigator_response", "warning")] if line else [])


@pytest.mark.parametrize(
    ("assessed", "noted"),
    [
        ("S01,60,BM,40,\n", False),
        ("S01,46,BM,5,\n", False),
        ("S01,45,BM,40,\n", True),
        ("S01,60,BM,1,\n", True),
        ("S01,60,BM,1,\nS01,63,PB,2,\n", False),
        ("S01,60,PB,,\n", False),
        ("S02,60,BM,40,\n", True),
    ],
)
def test_a_relapse_is_seen_by_an_assessment(small_study: Path, assessed: str, *, noted: bool) -> None:
    found = told(small_study, assessments=ASSESSED + assessed, followup=FOLLOWED + "S01,90,yes,,60,\nS02,90,yes,,,\n")
    assert found == ([("NK-PLAN-62", "followup.csv", 2, "day_relapse", "warning")] if noted else [])


def test_without_a_table_of_assessments_a_relapse_is_not_doubted(small_study: Path) -> None:
    assert told(small_study, followup=FOLLOWED + "S01,90,yes,,60,\n") == []


GVHD = "subject_id,day,type,skin_stage,nih_severity,nih_mouth\n"


@pytest.mark.parametrize(
    ("row", "noted"),
    [
        ("S01,28,acute,0,,\n", False),
        ("S01,28,acute,,,\n", True),
        ("S01,28,acute,,mild,\n", True),
        ("S01,120,chronic,2,,\n", True),
        ("S01,120,chronic,,,1\n", False),
        ("S01,120,chronic,,none,\n", False),
    ],
)
def test_a_row_of_gvhd_has_stages_of_its_type(small_study: Path, row: str, *, noted: bool) -> None:
    expected = [("NK-PLAN-63", "gvhd.csv", 2, "type", "warning")] if noted else []
    assert told(small_study, gvhd=GVHD + row) == expected


def test_stages_without_a_type_are_an_error(small_study: Path) -> None:
    assert told(small_study, gvhd=GVHD + "S01,28,,2,,\n") == [("NK-TAB-20", "gvhd.csv", 2, "type", "error")]


MRD = "subject_id,day,kind,mrd_method,mrd_value,mrd_unit,mrd_lod,mrd_denominator,mrd_events\n"


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("S01,28,MRD,MFC,0.02,,,,\n", [("NK-PLAN-64", 2, "mrd_unit", "error")]),
        ("S01,28,MRD,MFC,,,0.01,,\n", [("NK-PLAN-64", 2, "mrd_unit", "error")]),
        ("S01,28,MRD,MFC,0.02,%,0.01,500000,100\n", []),
        ("S01,28,MRD,MFC,,,,500000,0\n", []),
        ("S01,28,MRD,MFC,,,,100,101\n", [("NK-PLAN-65", 2, "mrd_events", "error")]),
        ("S01,28,MRD,MFC,0.02,%,,,\nS01,28,MRD,PCR,0.03,%,,,\n", []),
        ("S01,28,MRD,MFC,0.02,%,,,\nS01,28,MRD,mfc,0.03,%,,,\n", [("NK-PLAN-66", 3, "day", "warning")]),
        ("S01,28,MRD,MFC,0.02,%,,,\nS01,28,MRD,MFC,0.02,%,,,\n", []),
        ("S01,28,MRD,MFC,0.02,%,,,\nS02,28,MRD,MFC,0.03,%,,,\n", []),
    ],
)
def test_residual_disease_has_a_unit_a_denominator_and_one_row(
    small_study: Path, rows: str, expected: list[tuple[str, int, str, str]]
) -> None:
    assert [(i.code, i.row, i.column, i.severity) for i in issues_of(small_study, assessments=MRD + rows)] == expected


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("S01,13,yes,,,\n", [("NK-PLAN-67", "day_last_contact")]),
        ("S01,14,yes,,,\n", []),
        ("S01,60,yes,,61,\n", [("NK-PLAN-67", "day_last_contact")]),
        ("S01,60,yes,,,yes\n", [("NK-PLAN-69", "second_transplant")]),
        ("S01,60,yes,,,no\n", []),
    ],
)
def test_follow_up_reaches_as_far_as_the_other_tables(
    small_study: Path, row: str, expected: list[tuple[str, str]]
) -> None:
    found = issues_of(small_study, followup=FOLLOWED + row)
    assert [(issue.code, issue.column) for issue in found] == expected
    assert all(issue.severity == "warning" and issue.row == 2 for issue in found)


def test_two_rows_of_transplants_are_a_second_transplantation(small_study: Path) -> None:
    path = small_study / "transplants.csv"
    path.write_text(path.read_text() + "S01,40,S01-D1,BM,RIC\n")
    assert told(small_study, followup=FOLLOWED + "S01,60,yes,,,yes\n") == []


DEAD = FOLLOWED + "S01,20,no,20,,\n"


@pytest.mark.parametrize(
    ("event", "followup", "column"),
    [
        ("S01,Sepsis,5,14,20,,fatal\n", DEAD, None),
        ("S01,Sepsis,5,14,19,,fatal\n", DEAD, None),
        ("S01,Sepsis,5,14,18,,fatal\n", DEAD, "day_resolved"),
        ("S01,Sepsis,5,14,,17,fatal\n", DEAD, "day_of_grade"),
        ("S01,Sepsis,5,14,,,fatal\n", DEAD, None),
        ("S01,Sepsis,4,14,20,,fatal\n", DEAD, "grade"),
        ("S01,Sepsis,5,14,20,,recovered\n", DEAD, "outcome"),
        ("S01,Sepsis,5,14,,,fatal\n", FOLLOWED + "S01,60,yes,,,\n", "outcome"),
        ("S02,Sepsis,5,14,,,fatal\n", DEAD, None),
    ],
)
def test_a_fatal_event_ends_with_the_life(small_study: Path, event: str, followup: str, column: str | None) -> None:
    found = told(small_study, adverse_events=EVENTS + event, followup=followup)
    assert found == ([("NK-PLAN-68", "adverse_events.csv", 2, column, "warning")] if column else [])


def test_a_grade_is_not_reached_before_the_event_begins_or_after_death(small_study: Path) -> None:
    found = told(small_study, adverse_events=EVENTS + "S01,CRS,3,4,,3,\nS01,CRS,3,4,,21,\n", followup=DEAD)
    assert found == [
        ("NK-PLAN-47", "adverse_events.csv", 2, "day_of_grade", "error"),
        ("NK-PLAN-48", "adverse_events.csv", 3, "day_of_grade", "error"),
    ]


def graded(folder: Path, event: str, *counts: str) -> bool:
    """Tell whether the grade of S01's event is doubted, with counts of days 14, 21 and 28."""
    days = (14, 21, 28)[: len(counts)]
    samples = "".join(f"S01-D{day},S01,{day},PB,ok\n" for day in days)
    rows = "".join(f"S01-D{day},{count}\n" for day, count in zip(days, counts, strict=True))
    found = issues_of(
        folder,
        samples=f"sample_id,subject_id,day,specimen,status\n{samples}S02-D13,S02,13,PB,ok\n",
        counts=f"sample_id,test,value,unit,qualifier,lln,uln\n{rows}",
        adverse_events=EVENTS + event,
    )
    assert all(issue.code == "NK-PLAN-61" and issue.column == "grade" and issue.row == 2 for issue in found), found
    return bool(found)


# Limits: CTCAE v5.0, as in the cases of data/clinical/vignettes/ctcae_v5_lab.csv.
@pytest.mark.parametrize(
    ("event", "counts", "doubted"),
    [
        ("Neutrophil count decreased,4,14,,,", ("ANC,2.0,10^9/L,,,",), True),
        ("Neutrophil count decreased,4,14,,,", ("ANC,2000,cells/uL,,,",), True),
        ("Neutrophil count decreased,4,14,,,", ("ANC,0.5,10^9/L,,,",), False),  # grade 3: 0.5 is not below 0.5
        ("Neutrophil count decreased,4,14,,,", ("ANC,1.0,10^9/L,,,",), True),  # grade 2
        ("Neutrophil count decreased,4,14,,,", ("ANC,2.0,10^9/L,<,,",), False),
        ("Neutrophil count decreased,4,13,,,", ("ANC,2.0,10^9/L,,,",), False),  # no value of that day
        ("Neutrophil count decreased,4,14,,,", ("ANC,2.0,10^9/L,,,", "ANC,0.1,10^9/L,,,"), False),
        ("Neutrophil count decreased,4,14,20,,", ("ANC,2.0,10^9/L,,,", "ANC,0.1,10^9/L,,,"), True),
        ("Neutrophil count decreased,4,14,,14,", ("ANC,2.0,10^9/L,,,", "ANC,0.1,10^9/L,,,"), True),
        ("Neutrophil count decreased,4,14,,21,", ("ANC,2.0,10^9/L,,,", "ANC,0.1,10^9/L,,,"), False),
        ("Neutrophil count decreased,2,14,,,", ("ANC,1.2,10^9/L,,,", "ANC,0.4,10^9/L,,,"), True),  # too low
        ("Neutrophil count decreased,2,14,,,", ("ANC,1.2,10^9/L,,,", "ANC,0.6,10^9/L,,,"), False),
        ("Neutrophil count decreased,2,14,,,", ("ANC,1.9,10^9/L,,1.7,8",), True),  # normal: grade 0
        ("Neutrophil count decreased,2,14,,,", ("ANC,1.6,10^9/L,,1.7,8",), False),  # grade 1
        ("Platelet count decreased,3,14,,,", ("PLT,76,10^9/L,,,",), True),
        ("Platelet count decreased,3,14,,,", ("PLT,74,10^9/L,,,",), False),
        ("Anaemia,4,14,,,", ("HGB,7.9,g/dL,,,",), False),
        ("Anemia,4,14,,,", ("HGB,80,g/L,,,",), True),
        ("Alanine aminotransferase increased,4,14,,,", ("ALT,190,U/L,,5,40",), True),
        ("Alanine aminotransferase increased,4,14,,,", ("ALT,190,U/L,,,",), False),  # no upper limit
        ("Alanine aminotransferase increased,1,14,,,", ("ALT,900,U/L,,5,40",), False),  # the baseline may be abnormal
        ("Blood bilirubin increased,3,14,,,", ("BILI,1.7,mg/dL,,0.1,1.2",), True),
        ("Creatinine increased,4,14,,,", ("CREAT,0.3,mg/dL,,0.1,0.5",), False),
        ("Cytokine release syndrome,4,14,,,", ("ANC,2.0,10^9/L,,,",), False),
        ("Neutrophil count decreased,5,14,,,", ("ANC,2.0,10^9/L,,,",), False),
    ],
)
def test_a_grade_against_the_values(small_study: Path, event: str, counts: tuple[str, ...], *, doubted: bool) -> None:
    assert graded(small_study, f"S01,{event}\n", *counts) is doubted


def test_the_limits_are_those_of_the_published_cases(data_dir: Path, small_study: Path) -> None:
    """Report every published case as its own grade: nothing is doubted; and two grades off: it is."""
    import csv  # noqa: PLC0415

    with (data_dir / "clinical/vignettes/ctcae_v5_lab.csv").open(newline="") as text:
        cases = [row for row in csv.DictReader(text) if row["term"].casefold() in TERMS]
    assert len(cases) > 50
    checked = 0
    for case in cases:
        term = TERMS[case["term"].casefold()]
        grade = int(case["expected_grade"])
        unit = case["unit"].replace("1/uL", "/uL")
        count = f"{term.test},{case['value']},{unit},,{case['lln']},{case['uln']}"
        if grade and not graded(small_study, f"S01,{case['term']},{grade},14,,,\n", count):
            checked += 1
        elif grade:
            pytest.fail(f"{case['vignette_id']} is doubted")
        if grade <= 2 and not term.high and case["lln"]:
            assert graded(small_study, f"S01,{case['term']},{max(grade, 1) + 2},14,,,\n", count), case["vignette_id"]
    assert checked > 40


COUNTS = "sample_id,test,value,unit,qualifier,lln,uln\n"


@pytest.mark.parametrize(
    ("row", "code", "column", "severity"),
    [
        ("ALT,35,U/L,,5,45", "", "", ""),
        ("ALT,35,IU/L,,5,45", "", "", ""),
        ("ALT,35,,,5,45", "NK-TAB-34", "unit", "error"),
        ("ALT,35,mg/dL,,,", "NK-TAB-34", "unit", "error"),
        ("ALT,0.6,U/L,,,", "NK-TAB-43", "value", "warning"),
        ("ALT,-1,U/L,,,", "NK-TAB-26", "value", "error"),
        ("GGT,300000,U/L,,,", "NK-TAB-35", "value", "error"),
        ("BILI,0.8,mg/dL,,0.1,1.2", "", "", ""),
        ("BILI,14,umol/L,,2,21", "", "", ""),
        ("BILI,14,\u00b5mol/L,,2,21", "", "", ""),
        ("BILI,0.8,umol/L,,,", "NK-TAB-43", "value", "warning"),
        ("BILI,60,mg/dL,,,", "NK-TAB-43", "value", "warning"),
        ("CREAT,0.3,mg/dL,,,", "", "", ""),
        ("CREAT,0.3,umol/L,,,", "NK-TAB-43", "value", "warning"),
        ("CREAT,30,mg/dL,,,", "NK-TAB-43", "value", "warning"),
        ("CREAT,30,mmol/L,,,", "NK-TAB-34", "unit", "error"),
        ("CREAT,200,mg/dL,,,", "NK-TAB-35", "value", "error"),
        ("CD4,450,cells/uL,,200,2000", "", "", ""),
        ("CD4,0.45,cells/uL,,,", "NK-TAB-43", "value", "warning"),
        ("ANC,1.2,10^9/L,,1.5,8.5", "", "", ""),
        ("ANC,1.2,10^9/L,,8.5,1.5", "NK-TAB-49", "lln", "error"),
        ("ANC,1.2,10^9/L,,1500,8500", "NK-TAB-35", "lln", "error"),
        ("ANC,1.2,10^9/L,,x,", "NK-TAB-21", "lln", "error"),
        ('ANC,1.2,10^9/L,,"1,5",', "NK-TAB-22", "lln", "error"),
        ("ANC,1.2,10^9/L,,-1,", "NK-TAB-26", "lln", "error"),
    ],
)
def test_chemistry_and_limits(small_study: Path, row: str, code: str, column: str, severity: str) -> None:
    found = issues_of(small_study, counts=f"{COUNTS}S01-D14,ALC,1.1,10^9/L,,,\nS01-D14,{row}\n")
    shown = {(issue.code, issue.column, issue.severity) for issue in found if issue.row == 3}
    assert shown == ({(code, column, severity)} if code and code != "NK-TAB-35" else shown if code else set())
    if code == "NK-TAB-35":
        assert (code, column, severity) in shown
    assert all(issue.row == 3 for issue in found)


def test_the_new_columns_arrive_as_written(small_study: Path) -> None:
    found = issues_of(
        small_study,
        subjects="subject_id,diagnosis,weight_kg_at_infusion\nS01,ALL,7.4\nS02,AML,\n",
        counts=COUNTS + "S01-D14,ALT,35,U/L,,5,45\n",
        adverse_events="subject_id,term,grade,day_onset,treatment_interrupted,hospitalised,day_of_grade\n"
        "S01,CRS,2,1,no,yes,2\n",
        gvhd="subject_id,day,type,systemic_therapy,confidence,nih_skin,nih_lungs\nS01,120,chronic,yes,probable,2,0\n",
        assessments="subject_id,day,kind,bm_spicules,bm_cellularity_pct,bm_nucleated_cells,auer_rods,pb_blasts,emd_site,"
        "cns,hgb_g_dl,mrd_unit,mrd_denominator,mrd_events,mrd_sensitivity,trilineage\n"
        "S01,28,BM,yes,60,500,no,no,CNS,CNS2a,10.4,%,600000,3,0.01,yes\n",
        followup=FOLLOWED + "S01,160,yes,,,no\n",
    )
    assert found == ()
    study = read_study(small_study).study
    assert study is not None
    assert [subject.weight_kg_at_infusion for subject in study.subjects] == [7.4, None]
    assert (study.counts[0].lln, study.counts[0].uln) == (5.0, 45.0)
    assert study.adverse_events is not None
    assert study.gvhd is not None
    assert study.assessments is not None
    assert study.followup is not None
    event, stage, marrow = study.adverse_events[0], study.gvhd[0], study.assessments[0]
    assert (event.treatment_interrupted, event.hospitalised, event.day_of_grade) == ("no", "yes", 2)
    assert (stage.systemic_therapy, stage.confidence, stage.nih_skin, stage.nih_lungs) == ("yes", "probable", 2, 0)
    assert (stage.nih_mouth, stage.nih_eyes, stage.nih_gi, stage.nih_genital) == (None, None, None, None)
    assert (marrow.spicules, marrow.cellularity, marrow.nucleated_cells, marrow.auer_rods) == ("yes", 0.6, 500, "no")
    assert (marrow.blood_blasts, marrow.emd_site, marrow.cns, marrow.hgb_g_dl) == ("no", "CNS", "CNS2a", 10.4)
    assert (marrow.mrd_denominator, marrow.mrd_events, marrow.mrd_sensitivity) == (600_000, 3, 0.01)
    assert marrow.trilineage == "yes"
    assert study.followup[0].second_transplant == "no"
