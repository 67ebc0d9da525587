"""Safety, response and times on the page: what stands there, what is said to be missing, and where it comes from."""

import re
from dataclasses import replace
from html import unescape

import pytest

from nktrial.model.cohort import CohortResults, LeftOut, Proportion
from nktrial.model.patient_results import (
    EventTime,
    Exposure,
    LabGrade,
    MrdAt,
    ResponseAt,
    ResponseResult,
    SafetyEvent,
    SafetyResult,
    TimesResult,
    WorstGrade,
)
from nktrial.model.results import StudyResults
from nktrial.report.page import render_report

YES, NO = True, False


def text(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html))).replace("\u202f", " ")


def clinical(record: str) -> tuple[SafetyResult, ResponseResult, TimesResult]:
    event = SafetyEvent(
        "Febrile neutropenia", "", "Blood disorders", 3, 5, None, "yes", "unlikely", YES, "I1", 5, "no", "", "yes",
        ("acute GVHD assessed on day 7",), record,
    )  # fmt: skip
    lab = LabGrade("D14", 14, "Anemia", 7.9, "g/dL", 3, "", None, "not_reported", record)
    fine = LabGrade("D14", 14, "Platelet count decreased", 200.0, "10^9/L", 0, "", None, "agrees", record)
    safety = SafetyResult(
        "evaluable", "", 28, "CTCAE v5.0", (Exposure("I1", 0, "D1", 12e6, 0.9, 4000.0, record),), (event,),
        (WorstGrade("term", "Febrile neutropenia", 3, 1),), (lab, fine), NO, "no clause holds", "as the protocol says",
        (), record,
    )  # fmt: skip
    at = ResponseAt(28, "CRi", "platelets below 100", "", "", "M1", "yes", 0.03, "CR", YES, record)
    mrd = MrdAt(28, "MRD", "flow", 0.02, "%", 0.01, "MRD_FAILURE", "", "", record)
    response = ResponseResult(
        "evaluable", "", "aml_eln2022", "Dohner 2022", (at,), "CRi", 28, "not_required", "", 28, 92, "relapse", (mrd,),
        (), record,
    )  # fmt: skip
    overall = EventTime("OS", "first NK infusion", 0, 150, 1, "death (relapse)", 0, "", record)
    gvhd = EventTime("cGVHD", "transplantation", -35, None, None, "", 35, "the study has no table of GVHD", record)
    return safety, response, TimesResult("evaluable", "", (overall, gvhd), ())


@pytest.fixture(scope="module")
def page(study: StudyResults) -> str:
    record = study.subjects[0].expansion.record
    safety, response, times = clinical(record)
    first = replace(study.subjects[0], safety=safety, response=response, times=times)
    second = replace(
        study.subjects[1], safety=replace(safety, status="not_evaluable", reason="the study has no table of events")
    )
    none = Proportion("any_event", "any event", 0, 2, 0.0, 0.8418861, (), (LeftOut("S03", "no table"),), record)
    expansion = Proportion("expansion", "expansion", 1, 2, 0.0126, 0.9874, ("S01",), (), record)
    cohort = CohortResults(3, 3, (expansion, none))
    return text(render_report(replace(study, subjects=(first, second, *study.subjects[2:]), cohort=cohort)))


@pytest.mark.parametrize(
    "said",
    [
        "any event",
        "0 of 2",
        "0 % to 84.2 %",
        "S03: no table",
        "12 million NK cells/kg, viability 90 %, 4 000 CD3+ cells/kg",
        "5 days after I1",
        "no (reported as yes)",
        "acute GVHD assessed on day 7",
        "2 laboratory values were graded by CTCAE v5.0",
        "1 laboratory values whose own grade is not what was reported",
        "Not evaluable: the study has no table of events",
        "By aml_eln2022: Dohner 2022.",
        "CRi, day 28; no second assessment is asked for",
        "92 days, ended by relapse",
        "mrd failure",
        "death (relapse)",
        "under observation from day 35 of it",
        "the study has no table of GVHD",
    ],
)
def test_the_page_says(page: str, said: str) -> None:
    assert said in page


def test_an_investigators_other_word_is_marked(page: str) -> None:
    assert "CR differs" in page


def test_values_that_agree_are_counted_and_not_listed(page: str) -> None:
    assert "Platelet count decreased" not in page
