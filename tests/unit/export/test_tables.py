"""Cautions in tables/expansion.csv."""

import csv
import io
from dataclasses import replace

from nktrial.export.tables import result_tables
from nktrial.model.origin import Finding
from nktrial.model.quality import QualityStep
from nktrial.model.results import ExpansionResult, QualityView, Sensitivity, StudyResults, SubjectResults

NO = False

QUIET = ExpansionResult(
    status="evaluable", reason="", value_per_ul=120.0, ci95=(80.0, 150.0), p_success=0.9, success=True, borderline=True,
    sample_id="S", day=14, origin="nk_donor", alc_per_ul=1e3, nk_fraction=0.2, donor_fraction=0.6, baseline=None,
    sensitivity=(), cautions=(), record="r",
)  # fmt: skip
DOUBTED = replace(
    QUIET,
    cautions=(
        Finding("NK-EXP-20", "warning", "S", '=Whole blood, "as published".'),
        Finding("NK-EXP-24", "info", "S", "Another day."),
        Finding("NK-RUN-31", "warning", "S", "The gate."),
        Finding("NK-RUN-31", "warning", "S", "The gate of the other file."),
    ),
)


def rows(name: str, *expansions: ExpansionResult) -> list[dict[str, str]]:
    subjects = tuple(SubjectResults(f"T{n}", "ALL", (), one, (), (), (), ()) for n, one in enumerate(expansions, 1))
    tables = result_tables(StudyResults("S", "", (), (12, 16), 100.0, subjects, (), ()))
    return list(csv.DictReader(io.StringIO(tables[name])))


def test_cautions_stand_beside_the_value() -> None:
    quiet, doubted = rows("expansion.csv", QUIET, DOUBTED)
    assert (quiet["cautions"], quiet["caution_text"]) == ("", "")
    assert doubted["cautions"] == "NK-EXP-20;NK-RUN-31"
    assert doubted["caution_text"] == '\'=Whole blood, "as published". | The gate. | The gate of the other file.'


def test_the_dictionary_names_every_column_of_every_table() -> None:
    named = {(row["table"], row["column"]) for row in rows("data_dictionary.csv", QUIET)}
    columns = set(rows("expansion.csv", QUIET)[0])
    assert {("expansion.csv", column) for column in columns} <= named
    row = Sensitivity("chimerism of WB", 60.0, NO, "")
    other = set(rows("sensitivity.csv", replace(QUIET, sensitivity=(row,)))[0])
    assert {("sensitivity.csv", column) for column in other} <= named
    assert {"cautions", "caution_text"} <= columns


def test_quality_has_a_row_a_step_and_one_for_a_file_that_was_not_judged() -> None:
    steps = (QualityStep("margins", 200, 50), QualityStep("flow_rate", 150, 0, skipped="no time channel"))
    judged = QualityView("S", "a.fcs", "r", events=200, kept=150, steps=steps)
    refused = QualityView("S", "b.fcs", "q", reason="no channel")
    subject = SubjectResults("T1", "ALL", (), QUIET, (), (), (), (), quality=(judged, refused))
    text = result_tables(StudyResults("S", "", (), (12, 16), 100.0, (subject,), (), ()))["quality.csv"]
    found = [
        tuple(row[key] for key in ("file", "step", "reached", "doubtful", "share", "not_done"))
        for row in csv.DictReader(io.StringIO(text))
    ]
    assert found == [
        ("a.fcs", "margins", "200", "50", "0.25", ""),
        ("a.fcs", "flow_rate", "150", "", "", "no time channel"),
        ("b.fcs", "", "", "", "", "no channel"),
    ]


def test_other_choices_stand_in_a_table_of_their_own_as_would_have_been() -> None:
    row = Sensitivity("chimerism of WB", 60.0, NO, "the formula as published")
    none = Sensitivity("chimerism of CD56", None, None, "not typed")
    missing = replace(
        QUIET,
        status="not_evaluable",
        reason="below LOD",
        value_per_ul=None,
        ci95=None,
        success=None,
        sensitivity=(row,),
    )
    answered, unanswered, refused = rows("sensitivity.csv", replace(QUIET, sensitivity=(row, none)), missing)
    assert answered == {
        "subject_id": "T1", "protocol_status": "evaluable", "choice": "chimerism of WB",
        "would_have_been_per_ul": "60.0", "would_have_been_success": "false", "note": "the formula as published",
        "record": "r",
    }  # fmt: skip
    assert (unanswered["would_have_been_per_ul"], unanswered["would_have_been_success"]) == ("", "")
    assert (refused["subject_id"], refused["protocol_status"]) == ("T2", "not_evaluable")
    (endpoint,) = rows("expansion.csv", missing)
    assert (endpoint["value_per_ul"], endpoint["success"]) == ("", "")
