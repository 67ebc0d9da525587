"""The before-after figure of activated Treg, and the words beside it."""

from dataclasses import replace

import pytest

from nktrial.figures.catalog import planned_figures
from nktrial.figures.treg import has_treg, treg_spec
from nktrial.model.patient_results import Il2Result, TregAt, TregResult
from nktrial.model.results import StudyResults, SubjectResults
from nktrial.report.number import Numbers
from nktrial.report.treg import il2_line, treg_block


def at(sample_id: str, day: int, per_ul: float | None, record: str, *, below: bool = False) -> TregAt:
    low, high = (None, None) if per_ul is None else (0.8 * per_ul, 1.25 * per_ul)
    events = 30 if below else 300
    return TregAt(sample_id, day, events, 6_000, per_ul, low, high, 0.05, 0.04, 0.06, below, "", record)


def with_tregs(subject: SubjectResults, before: TregAt | None, after: TregAt | None) -> SubjectResults:
    record = subject.expansion.record
    series = tuple(one for one in (before, after) if one is not None)
    tregs = TregResult(
        "evaluable", "", series, before, after, 4.0, 3.0, 5.5, 1.0, 0.8, 1.3, None, "not determined", "no DNA.", (),
        record,
    )  # fmt: skip
    return replace(subject, tregs=tregs)


def layers(spec: dict[str, object], panel: int) -> list[list[dict[str, object]]]:
    return [layer["data"]["values"] for layer in spec["hconcat"][panel]["layer"]]  # type: ignore[index]


def test_both_samples_are_drawn_on_both_scales(study: StudyResults) -> None:
    subject = study.subjects[0]
    record = subject.expansion.record
    drawn = with_tregs(subject, at("a", -1, 4.0, record), at("b", 14, 16.0, record))
    spec = treg_spec(drawn)
    assert [(row["when"], row["shown"], row["low"], row["high"]) for row in layers(spec, 0)[0]] == [
        ("before, day −1", 4.0, 3.2, 5.0),
        ("after, day 14", 16.0, 12.8, 20.0),
    ]
    assert [row["shown"] for row in layers(spec, 1)[0]] == [5.0, 5.0]
    figures = planned_figures(replace(study, subjects=(drawn,)))
    (planned,) = [figure for figure in figures if figure.kind == "treg"]
    assert planned.draw(planned.name).startswith("<svg")


def test_a_missing_number_per_microlitre_is_not_drawn_as_zero(study: StudyResults) -> None:
    subject = study.subjects[0]
    record = subject.expansion.record
    spec = treg_spec(with_tregs(subject, at("a", -1, 4.0, record), at("b", 14, None, record, below=True)))
    assert [row["when"] for row in layers(spec, 0)[0]] == ["before, day −1"]
    assert [row["below"] for row in layers(spec, 1)[0]] == [False, True]


def test_nothing_is_planned_without_a_sample(study: StudyResults) -> None:
    assert not has_treg(study.subjects[0])
    assert not has_treg(with_tregs(study.subjects[0], None, None))


@pytest.mark.parametrize(
    ("below", "per_ul", "word"),
    [
        (False, 16.0, "no change shown: the interval holds 1"),
        (True, 16.0, "cannot be said: a sample has fewer than 50 activated events"),
    ],
)
def test_the_words_say_what_cannot_be_said(study: StudyResults, *, below: bool, per_ul: float, word: str) -> None:
    subject = study.subjects[0]
    record = subject.expansion.record
    numbers = Numbers(study.records, study.threshold_per_ul)
    block = treg_block(
        with_tregs(subject, at("a", -1, 4.0, record, below=below), at("b", 14, per_ul, record)), (), numbers
    )
    assert block is not None
    assert block.verdict == word
    assert [row.role for row in block.rows] == ["before", "after"]
    assert block.ratio is not None
    assert block.ratio.value.value == "4.0"


def test_il2_in_a_line(study: StudyResults) -> None:
    subject = study.subjects[0]
    numbers = Numbers(study.records, study.threshold_per_ul)
    assert il2_line(subject, numbers) is None
    absent = Il2Result("table_absent", "no table.", (-7, 28), (), subject.expansion.record)
    line = il2_line(replace(subject, il2=absent), numbers)
    assert line is not None
    assert (line.word, line.window) == ("not known", "day −7 to 28")
