"""StudyResults to the page's parts."""

from dataclasses import replace

import pytest

from nktrial.core.digest import Json
from nktrial.model.origin import Finding
from nktrial.model.results import StudyResults
from nktrial.report.trail import grouped, notes, shortened
from nktrial.report.view import Page, page_of


@pytest.fixture(scope="module")
def page(study: StudyResults) -> Page:
    return page_of(study)


def test_the_headline_names_who_belongs_to_each_verdict(page: Page) -> None:
    assert page.headline == (("Success", "S01"), ("No success", "S02"), ("Not evaluable", "S03"))


def test_the_endpoint_is_rounded_for_the_eye_and_keeps_its_value(page: Page, study: StudyResults) -> None:
    value = page.patients[0].value
    assert value is not None
    assert (value.value.text, value.low.text, value.high.text) == ("157", "131", "186")
    assert float(value.value.value) == study.subjects[0].expansion.value_per_ul
    assert value.value.record == study.subjects[0].expansion.record


def test_the_product_shows_the_factors_of_the_endpoints_sample(page: Page, study: StudyResults) -> None:
    factors = page.patients[0].factors
    assert [factor.value.text for factor in factors] == ["1\u202f100", "14.3\u202f%", "100\u202f%"]
    chosen = next(point for point in study.subjects[0].series if point.chosen)
    assert chosen.alc is not None
    assert factors[0].value.record == chosen.alc.record


def test_a_patient_who_is_not_evaluable_has_a_reason_and_no_number(page: Page) -> None:
    patient = page.patients[2]
    assert patient.verdict.word == "Not evaluable"
    assert patient.reason.startswith("no blood sample")
    assert (patient.value, patient.p_success, patient.before) == (None, None, None)
    assert patient.factors == ()


def test_a_missing_value_that_counts_as_failure_says_so(study: StudyResults) -> None:
    expansion = replace(study.subjects[2].expansion, success=False)
    subjects = (*study.subjects[:2], replace(study.subjects[2], expansion=expansion))
    verdict = page_of(replace(study, subjects=subjects)).patients[2].verdict
    assert (verdict.word, verdict.aside) == ("Not evaluable", "counted as no success, as the protocol says")


def test_a_borderline_success_is_marked(study: StudyResults) -> None:
    expansion = replace(study.subjects[0].expansion, value_per_ul=100.4, p_success=0.52, borderline=True)
    patient = page_of(replace(study, subjects=(replace(study.subjects[0], expansion=expansion),))).patients[0]
    assert (patient.verdict.word, patient.verdict.borderline) == ("Success", True)
    assert patient.value is not None
    assert patient.value.value.text == "100.4"


def test_cautions_stand_apart_from_remarks(page: Page) -> None:
    first = page.patients[0]
    assert [note.code for note in first.doubts] == ["MADE-UP-1"]
    assert [note.code for note in first.remarks] == ["MADE-UP-2"]
    assert all(note.record == first.record for note in (*first.doubts, *first.remarks))


def test_what_entered_the_endpoint_comes_first(page: Page) -> None:
    first = page.patients[0]
    assert [(block.sample_id, block.chosen) for block in first.gates] == [("S01-D14", True), ("S01-D-1", False)]
    assert [(block.sample_id, block.decides) for block in first.chimerism] == [("S01-D14", True), ("S01-D7", False)]


def test_every_planned_figure_has_its_place(page: Page, study: StudyResults) -> None:
    first = page.patients[0]
    assert len(first.course_figures) == 2
    assert len(first.contributor_figures) == 2  # the share over days, and whose DNA by day
    assert [len(block.figures) for block in first.gates] == [1, 1]
    assert [len(block.traces) for block in first.chimerism] == [1, 0]
    assert study.subjects[0].subject_id in first.course_figures[0]


def test_values_below_the_limit_and_missing_values_are_told(page: Page) -> None:
    before, _, day_14, _ = page.patients[0].samples
    assert before.below_lod
    assert before.day == "−1"
    assert before.lod is not None
    assert not day_14.below_lod
    absent = page.patients[1].samples[1]
    assert (absent.product, absent.alc) == (None, None)
    assert absent.reason.startswith("no FCS file")


def test_a_gate_without_parent_events_has_no_percentage(study: StudyResults) -> None:
    empty = replace(study.subjects[0].gates[0], count=0, parent_count=0)
    patient = page_of(replace(study, subjects=(replace(study.subjects[0], gates=(empty,)),))).patients[0]
    assert patient.gates[0].rows[0].percent is None


def test_records_come_in_the_order_of_the_walk(page: Page, study: StudyResults) -> None:
    kinds = [entry.kind for entry in page.trail.entries]
    assert kinds[:4] == ["expansion", "donor_nk", "alc", "row"]
    assert len(page.trail.entries) == len(study.records)


def test_two_files_with_the_same_bytes_share_one_anchor(study: StudyResults) -> None:
    twin = replace(study.sources[0], name="zz/copy.csv")
    inputs = page_of(replace(study, sources=(*study.sources, twin))).trail.inputs
    assert [row.anchor for row in inputs if row.sha256 == twin.sha256] == [f"s-{twin.sha256}", ""]


def test_many_findings_of_one_code_are_folded_and_none_is_lost() -> None:
    found = notes(
        [Finding("A-1", "info", f"s{number}", "note") for number in range(9)] + [Finding("B-1", "info", "b", "x")]
    )
    many, one = grouped(found)
    assert (many.code, len(many.notes), many.folded) == ("A-1", 9, True)
    assert (one.code, len(one.notes), one.folded) == ("B-1", 1, False)


def test_a_value_that_would_fill_the_page_is_cut_and_the_cut_is_told(study: StudyResults) -> None:
    record = study.records[study.subjects[0].gates[0].record]
    long = replace(record, value={f"key {number:03}": "x" * 40 for number in range(100)})
    entries = page_of(replace(study, records={**study.records, record.id: long})).trail.entries
    (entry,) = (item for item in entries if item.id == record.id)
    assert len(entry.value) < 520
    assert entry.value.endswith("characters)")


def test_findings_are_told_once_what_is_missing_first() -> None:
    info, error = Finding("A-1", "info", "a", "note"), Finding("B-1", "error", "b", "missing")
    assert [note.code for note in notes([info, error, info])] == ["B-1", "A-1"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (list(range(400)), [0, 1, 2, 3, "… (400 items)"]),
        ({"grid": "A" * 5000}, {"grid": "A" * 16 + "… (5\u202f000 characters)"}),
        ([1.5, None, True, "short"], [1.5, None, True, "short"]),
    ],
)
def test_long_values_are_cut_and_the_cut_is_told(value: Json, shown: Json) -> None:
    assert shortened(value) == shown
