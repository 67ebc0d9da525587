"""All figures of a study, each with its name: planned first, drawn once.

Definition
    A name is made of letters, digits, ``-``, ``_`` and ``.``; it is the file's stem under results/figures and the
    prefix of the ids inside the SVG. Two figures never share a name, whatever the study's own ids are.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal, TypeAlias

from nktrial.figures.chimerism import chimerism_spec, contributors_spec
from nktrial.figures.chimerism_course import chimerism_course_spec, has_course
from nktrial.figures.donor_nk import donor_nk_spec
from nktrial.figures.electropherogram import electropherogram_spec
from nktrial.figures.factors import factors_spec
from nktrial.figures.gates import PANELS_A_SHEET, GatePanel, gate_panels, gate_sheet_svg
from nktrial.figures.overview import overview_spec
from nktrial.figures.render import render_svg
from nktrial.figures.swimmer import has_swimmer, swimmer_spec
from nktrial.figures.theme import Spec
from nktrial.figures.time_plot import time_plot_svg
from nktrial.figures.timeline import has_timeline, timeline_spec
from nktrial.figures.treg import has_treg, treg_spec
from nktrial.model.pictures import TimeCourse
from nktrial.model.results import ChimerismView, StudyResults, SubjectResults, TraceView

__all__ = ["FigureKind", "PlannedFigure", "planned_figures", "study_figures"]

FigureKind: TypeAlias = Literal[
    "overview",
    "swimmer",
    "timeline",
    "donor_nk",
    "factors",
    "contributors",
    "gates",
    "chimerism",
    "trace",
    "time",
    "treg",
]
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class PlannedFigure:
    """One figure that a study has.

    Parameters
    ----------
    name : str
        Unique; a safe file name and id.
    kind : FigureKind
        What it shows.
    subject : int
        Index of the patient in the results; -1 for the cohort.
    item : str
        The sample of a gate sheet, or the index of the chimerism or quality view; else empty.
    draw : callable
        Takes the name and returns the SVG.
    """

    name: str
    kind: FigureKind
    subject: int
    item: str
    draw: Callable[[str], str]


def study_figures(results: StudyResults) -> Mapping[str, str]:
    """Draw every figure of a study.

    Parameters
    ----------
    results : StudyResults
        The study.

    Returns
    -------
    mapping
        Name -> SVG, in the order of the report.

    Raises
    ------
    MethodError
        NK-FIG-01, NK-FIG-02: the results hold what cannot be drawn.
    """
    return {figure.name: figure.draw(figure.name) for figure in planned_figures(results)}


def planned_figures(results: StudyResults) -> tuple[PlannedFigure, ...]:
    """Return the figures that a study has, with their names, without drawing them.

    Parameters
    ----------
    results : StudyResults
        The study.

    Returns
    -------
    tuple of PlannedFigure
        In the order of the report.
    """
    planned: list[PlannedFigure] = []
    if results.subjects:
        planned.append(PlannedFigure("overview", "overview", -1, "", partial(_drawn, partial(overview_spec, results))))
    if has_swimmer(results):
        planned.append(PlannedFigure("swimmer", "swimmer", -1, "", partial(_drawn, partial(swimmer_spec, results))))
    for index, subject in enumerate(results.subjects):
        planned += _of_subject(results, index, subject)
    return _named_apart(planned)


def _of_subject(results: StudyResults, index: int, subject: SubjectResults) -> Iterator[PlannedFigure]:
    """Yield the figures of one patient."""
    who = subject.subject_id
    if has_timeline(subject):
        timeline = partial(timeline_spec, subject, threshold_per_ul=results.threshold_per_ul)
        yield PlannedFigure(f"{who}-timeline", "timeline", index, "", partial(_drawn, timeline))
    if any(point.donor_nk is not None for point in subject.series):
        course = partial(donor_nk_spec, subject, window=results.window, threshold_per_ul=results.threshold_per_ul)
        yield PlannedFigure(f"{who}-donor-nk", "donor_nk", index, "", partial(_drawn, course))
    if any(point.alc or point.nk_fraction or point.donor_fraction for point in subject.series):
        factors = partial(factors_spec, subject, window=results.window)
        yield PlannedFigure(f"{who}-factors", "factors", index, "", partial(_drawn, factors))
    if has_course(subject):
        over_days = partial(chimerism_course_spec, subject, window=results.window)
        yield PlannedFigure(f"{who}-chimerism-course", "contributors", index, "", partial(_drawn, over_days))
    if len(subject.chimerism) > 1:
        shares = partial(contributors_spec, subject)
        yield PlannedFigure(f"{who}-contributors", "contributors", index, "", partial(_drawn, shares))
    if has_treg(subject):
        yield PlannedFigure(f"{who}-treg", "treg", index, "", partial(_drawn, partial(treg_spec, subject)))
    yield from _gate_sheets(index, subject)
    for place, quality in enumerate(subject.quality):
        if quality.course is not None:
            course_in_time = partial(_time_plot, quality.course)
            yield PlannedFigure(f"{who}-{quality.sample_id}-time", "time", index, str(place), course_in_time)
    for place, view in enumerate(subject.chimerism):
        yield from _of_chimerism(f"{who}-{view.sample_id}-{view.fraction_typed}", index, place, view)


def _gate_sheets(index: int, subject: SubjectResults) -> Iterator[PlannedFigure]:
    """Yield the gate sheets of one patient, sample by sample."""
    for sample_id in dict.fromkeys(gate.sample_id for gate in subject.gates):
        panels = gate_panels([gate for gate in subject.gates if gate.sample_id == sample_id])
        for start in range(0, len(panels), PANELS_A_SHEET):
            title = f"{sample_id}: gating hierarchy"
            sheet = partial(_gate_sheet, panels[start : start + PANELS_A_SHEET], title)
            yield PlannedFigure(f"{subject.subject_id}-{sample_id}-gates", "gates", index, sample_id, sheet)


def _of_chimerism(stem: str, index: int, place: int, view: ChimerismView) -> Iterator[PlannedFigure]:
    """Yield a cell fraction's shares and, where there is one, its trace."""
    if view.contributors:
        shares = partial(chimerism_spec, view)
        yield PlannedFigure(f"{stem}-chimerism", "chimerism", index, str(place), partial(_drawn, shares))
    trace: TraceView | None = view.trace
    if trace is not None and trace.dyes and trace.size_bp:
        lane = partial(electropherogram_spec, trace)
        yield PlannedFigure(f"{stem}-trace", "trace", index, str(place), partial(_drawn, lane))


def _drawn(specification: Callable[[], Spec], name: str) -> str:
    return render_svg(specification(), name=name)


def _gate_sheet(panels: tuple[GatePanel, ...], title: str, name: str) -> str:
    return gate_sheet_svg(panels, name=name, title=title)


def _time_plot(course: TimeCourse, name: str) -> str:
    return time_plot_svg(course, name=name)


def _named_apart(planned: list[PlannedFigure]) -> tuple[PlannedFigure, ...]:
    """Make names safe and unique, in order: the second of two equal names gets ``-2``."""
    taken: set[str] = set()
    named = []
    for figure in planned:
        stem = _UNSAFE.sub("_", figure.name).lstrip(".-")
        name, number = stem, 1
        while name.casefold() in taken:
            number += 1
            name = f"{stem}-{number}"
        taken.add(name.casefold())
        named.append(replace(figure, name=name))
    return tuple(named)
