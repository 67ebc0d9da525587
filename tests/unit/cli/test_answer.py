"""The terminal's wording of an answer and its cautions."""

from dataclasses import replace
from pathlib import Path

from nktrial.cli.answer import answer_words, caution_lines, probability_words
from nktrial.cli.run import summary
from nktrial.model.origin import Finding
from nktrial.model.results import ExpansionResult, FileFault, StudyResults, SubjectResults

REASON = "NK fraction of T1-D14 is missing: \x1b[2Jfile\nbroken"
EVALUABLE = ExpansionResult(
    status="evaluable", reason="", value_per_ul=100.3, ci95=(80.0, 1234.5), p_success=0.53, success=True,
    borderline=True, sample_id="T1-D14", day=14, origin="nk_donor", alc_per_ul=1e3, nk_fraction=0.2, donor_fraction=0.5,
    baseline=None, sensitivity=(), cautions=(), record="r",
)  # fmt: skip
MISSING = replace(
    EVALUABLE, status="not_evaluable", reason=REASON, value_per_ul=None, ci95=None, p_success=None, success=None
)
DOUBTS = (
    Finding("NK-EXP-20", "warning", "T1-D14", "Whole blood."),
    Finding("NK-EXP-24", "info", "T1-D14", "Another day."),
    Finding("NK-EXP-30", "warning", "T1-D14", "Sample \x1b]0;x\x07T1\rpassed over."),
    Finding("NK-EXP-20", "warning", "T1-D14", "Whole blood."),
)


def study(*expansions: ExpansionResult, comparison: str = ">") -> StudyResults:
    subjects = tuple(SubjectResults(f"T{n}", "ALL", (), one, (), (), (), ()) for n, one in enumerate(expansions, 1))
    results = StudyResults("S", "", (), (12, 16), 100.0, subjects, (), (), root="beef")
    return replace(results, comparison=comparison)  # type: ignore[arg-type]


def test_a_value_beside_the_line_is_not_rounded_onto_it() -> None:
    words = answer_words(EVALUABLE, study(comparison=">="))
    assert words == ("100.3 donor NK/uL on day 14 (95 % interval 80 to 1 234), P(>=100) = 0.53: success, borderline")


def test_a_probability_is_never_rounded_to_certainty() -> None:
    assert [probability_words(p) for p in (0.0, 0.004, 0.01, 0.5, 0.99, 0.997, 1.0)] == [
        "< 0.01",
        "< 0.01",
        "= 0.01",
        "= 0.50",
        "= 0.99",
        "> 0.99",
        "> 0.99",
    ]


def test_a_reason_moves_no_cursor() -> None:
    words = answer_words(MISSING, study())
    assert words == "not evaluable: NK fraction of T1-D14 is missing: ?[2Jfile?broken"
    counted = answer_words(replace(MISSING, success=False), study())
    assert counted.endswith("; counted as no success, as the protocol says")


def test_one_line_a_caution_without_remarks() -> None:
    assert caution_lines(replace(EVALUABLE, cautions=DOUBTS)) == [
        "    caution NK-EXP-20: Whole blood.",
        "    caution NK-EXP-30: Sample ?]0;x?T1?passed over.",
    ]


def test_the_summary_of_a_run_names_faults_answers_and_cautions() -> None:
    results = study(replace(EVALUABLE, cautions=DOUBTS[:1]), MISSING)
    results = replace(results, quarantine=(FileFault("raw/a\x1b.fcs", "T2", "T2-D14", "NK-FCS-07", "truncated."),))
    lines = summary(results, Path("out")).split("\n")
    assert [line[:28] for line in lines] == [
        "quarantined  raw/a?.fcs: tru",
        "T1   100.3 donor NK/uL on da",
        "    caution NK-EXP-20: Whole",
        "T2   not evaluable: NK fract",
        "root     beef",
        "report   out/report.html",
    ]
    assert lines[1].endswith("success, borderline; origin nk_donor")
