"""The abstract says what the results say: numbers with their records, who is left out, and nothing beyond."""

import re
from collections.abc import Sequence
from dataclasses import replace

import pytest

from nktrial.model.cohort import CohortResults, LeftOut, Proportion
from nktrial.model.results import StudyResults
from nktrial.report.abstract import Paragraph, abstract_of
from nktrial.report.number import Number, Numbers

DAYS = re.compile(r"\bdays? [−-]?\d+( to [−-]?\d+)?\b|day [−-]?\d+ \([^)]*\)|95 % (interval|limits)|/µL|> 100")


def text_of(paragraphs: Sequence[Paragraph], heading: str) -> str:
    (found,) = [paragraph for paragraph in paragraphs if paragraph.heading == heading]
    parts = [part for sentence in found.sentences for part in (*sentence.parts, " ")]
    return "".join(part.text if isinstance(part, Number) else part for part in parts).replace("\u202f", " ")


@pytest.fixture
def with_cohort(study: StudyResults) -> StudyResults:
    record = study.subjects[0].expansion.record
    expansion = Proportion(
        "expansion", "expanded", 1, 2, 0.0126, 0.9874, ("S01",), (LeftOut("S03", "no sample in the window."),), record
    )
    grade_3 = Proportion("grade_3", "grade 3", 0, 2, 0.0, 0.8418861, (), (), record)
    nobody = Proportion("mrd_negative", "negative", 0, 0, None, None, (), (LeftOut("S01", "not measured"),), record)
    return replace(study, cohort=CohortResults(3, 3, (expansion, grade_3, nobody)))


def abstract(results: StudyResults) -> tuple[Paragraph, ...]:
    return abstract_of(results, Numbers(results.records, results.threshold_per_ul))


def test_it_has_the_journals_four_parts(with_cohort: StudyResults) -> None:
    headings = [paragraph.heading for paragraph in abstract(with_cohort)]
    assert headings == ["Introduction", "Methodology", "Results", "Conclusion"]


def test_proportions_stand_with_limits_and_with_who_is_left_out(with_cohort: StudyResults) -> None:
    said = text_of(abstract(with_cohort), "Results")
    assert "1 of 2 patients met the definition of expansion (exact 95 % limits 1.3 % to 98.7 %)." in said
    assert "Left out: S03 (no sample in the window)." in said
    assert (
        "0 of 2 patients had a treatment-emergent event of grade 3 or higher (exact 95 % limits 0 % to 84.2 %)." in said
    )
    assert "How many became negative for minimal residual disease cannot be said: not measured." in said


def test_the_conclusion_does_not_call_anything_safe(with_cohort: StudyResults) -> None:
    said = text_of(abstract(with_cohort), "Conclusion")
    assert "Treatment-emergent events of grade 3 or higher occurred in 0 of 2 patients" in said
    assert "which allows a true share of up to 84.2 %." in said
    assert not re.search(r"\b(safe|effective|significant|well tolerated)\b", said)


def test_every_number_of_the_results_has_a_record(with_cohort: StudyResults) -> None:
    for paragraph in abstract(with_cohort)[2:]:
        for sentence in paragraph.sentences:
            for part in sentence.parts:
                if isinstance(part, Number):
                    assert part.record in with_cohort.records
                    assert part.record in sentence.records
                else:
                    bare = re.sub(r"S\d+|INF-\d+", "", DAYS.sub("", part))
                    assert not re.search(r"\d", bare.replace("grade 3", "")), part


def test_what_was_not_asked_for_is_not_mentioned(with_cohort: StudyResults) -> None:
    said = " ".join(text_of(abstract(with_cohort), part) for part in ("Introduction", "Methodology", "Results"))
    assert "Treg" not in said
    assert "Adverse events were graded" not in said


def test_a_study_without_patients_has_no_abstract(with_cohort: StudyResults) -> None:
    assert abstract(replace(with_cohort, subjects=())) == ()
