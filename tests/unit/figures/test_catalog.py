"""The catalog: which figures a study has, and their names."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

import pytest

from nktrial.figures.catalog import planned_figures, study_figures
from nktrial.figures.gates import PANELS_A_SHEET
from nktrial.model.results import StudyResults

Make: TypeAlias = Callable[..., Any]


@pytest.fixture
def study(point: Make, subject: Make, gate: Make) -> StudyResults:
    first = replace(subject(point(14, 157.0, chosen=True), value=157.0, success=True), gates=(gate(),))
    return StudyResults("ST", "Title", (), (12, 16), 100.0, (first, subject(point(21, None), subject_id="S03")), (), ())


def test_a_study_has_the_figures_that_its_results_allow(study: StudyResults) -> None:
    kinds = [(figure.kind, figure.subject) for figure in planned_figures(study)]
    assert kinds == [("overview", -1), ("donor_nk", 0), ("factors", 0), ("gates", 0)]


def test_the_plan_and_the_drawings_have_the_same_names(study: StudyResults) -> None:
    drawn = study_figures(study)
    assert list(drawn) == [figure.name for figure in planned_figures(study)]
    assert all(svg.startswith("<svg ") and svg.endswith("</svg>") for svg in drawn.values())


def test_names_are_safe_and_never_shared(study: StudyResults, gate: Make) -> None:
    many = tuple(gate(f"P{number}/G", sample_id="a/../b") for number in range(PANELS_A_SHEET + 1))
    again = tuple(replace(item, sample_id="a?..?b") for item in many[:1])
    first = replace(study.subjects[0], subject_id="../<x>", gates=(*many, *again))
    names = [figure.name for figure in planned_figures(replace(study, subjects=(first, study.subjects[0])))]
    assert len({name.casefold() for name in names}) == len(names)
    assert all(
        not set(name) - set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") for name in names
    )
    assert not any(name.startswith(".") for name in names)


def test_a_study_without_patients_has_no_figure() -> None:
    assert planned_figures(StudyResults("ST", "Title", (), (12, 16), 100.0, (), (), ())) == ()
