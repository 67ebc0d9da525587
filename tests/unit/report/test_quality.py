"""Quality on the page: the line, the steps, the stretches of time."""

from dataclasses import replace

import numpy as np

from nktrial.figures.catalog import planned_figures
from nktrial.model.pictures import TimeCourse
from nktrial.model.quality import BadRange, QualityStep
from nktrial.model.results import QualityView, StudyResults
from nktrial.report.number import Numbers
from nktrial.report.page import render_report
from nktrial.report.quality import QualityBlock, quality_blocks

STEPS = (
    QualityStep("margins", 400, 40, {"SSC-A": 30, "FSC-A": 12}),
    QualityStep("flow_rate", 360, 0, skipped="the time runs backwards"),
    QualityStep("signal_stability", 360, 60, {"PE-A": 60}),
)


def with_quality(study: StudyResults, **changes: object) -> StudyResults:
    course = TimeCourse("raw/a.fcs", np.array([0.0, 5.0, 10.0]), np.array([40.0, 40.0]), ("PE-A",), np.ones((2, 1)))
    record = study.subjects[0].expansion.record
    ranges = (BadRange("signal_stability", 100, 160, 2.5, 4.0),)
    view = QualityView("S01-D14", "raw/a.fcs", record, 400, 300, steps=STEPS, bad_ranges=ranges, course=course)
    subject = replace(study.subjects[0], quality=(replace(view, **changes),))  # type: ignore[arg-type]
    return replace(study, subjects=(subject, *study.subjects[1:]))


def block_of(study: StudyResults) -> QualityBlock:
    plan = planned_figures(study)
    (block,) = quality_blocks(study.subjects[0], "S01-D14", plan, Numbers(study.records, 100.0))
    assert quality_blocks(study.subjects[0], "S01-D-1", plan, Numbers(study.records, 100.0)) == ()
    return block


def test_shares_are_of_the_files_events(study: StudyResults) -> None:
    block = block_of(with_quality(study))
    assert block.doubtful is not None
    assert block.share is not None
    assert (block.doubtful.value, block.share.value) == ("100", "0.25")
    assert [(row.name, row.share.value if row.share else None) for row in block.rows] == [
        ("margins", "0.1"),
        ("flow rate", None),
        ("signal stability", "0.15"),
    ]
    assert [row.name for row in block.told] == ["margins", "signal stability"]
    assert [row.aside for row in block.rows] == [
        "SSC-A, FSC-A",
        "not done: the time runs backwards",
        "PE-A; 2.5 to 4 s",
    ]
    assert len(block.figures) == 1


def test_out_of_order_no_stretch_of_time_is_named(study: StudyResults) -> None:
    shown = with_quality(study, in_order=False)
    assert block_of(shown).rows[2].aside == "PE-A; judged in the order of the file"
    assert "do not stand in the order of acquisition" in render_report(shown)


def test_a_file_that_was_not_judged_says_why(study: StudyResults) -> None:
    shown = with_quality(study, events=None, kept=None, steps=(), bad_ranges=(), course=None, reason="<no channel>")
    assert block_of(shown).rows == ()
    page = render_report(shown)
    assert "was not judged: &lt;no channel&gt;" in page
    assert 'class="course"' not in page


def test_a_file_without_events_has_no_share(study: StudyResults) -> None:
    steps = (QualityStep("margins", 0, 0),)
    block = block_of(with_quality(study, events=0, kept=0, steps=steps, bad_ranges=(), course=None))
    assert (block.share, block.rows[0].aside) == (None, "not done: no events")
