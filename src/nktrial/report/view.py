"""StudyResults to the page's parts: formatting only."""

from dataclasses import dataclass

from nktrial.figures.catalog import PlannedFigure, planned_figures
from nktrial.model.results import FileFault, StudyResults
from nktrial.report.abstract import Paragraph, abstract_of
from nktrial.report.clinical import CohortRow, MonitoringRow, cohort_rows, monitoring_rows
from nktrial.report.number import SHORT, Numbers
from nktrial.report.patient import Patient, patient_of
from nktrial.report.placed_figures import names_of
from nktrial.report.trail import Trail, trail_of

__all__ = ["Page", "page_of"]


@dataclass(frozen=True, slots=True)
class Page:
    """The whole page.

    Parameters
    ----------
    quarantine : tuple of FileFault
        Files that could not be used: named before any number.
    threshold, window : str
        The rule's line and days, in words.
    beyond, exceed : str
        How a value must stand to the line, as a sign and as a verb.
    overview : tuple of str
        Name of the cohort's figure, if there is one.
    swimmer : tuple of str
        Name of the figure of each patient's follow-up, if any is known.
    """

    study_id: str
    title: str
    version: str
    root: str
    root_short: str
    quarantine: tuple[FileFault, ...]
    rule: tuple[tuple[str, str], ...]
    threshold: str
    beyond: str
    exceed: str
    window: str
    headline: tuple[tuple[str, str], ...]
    overview: tuple[str, ...]
    swimmer: tuple[str, ...]
    patients: tuple[Patient, ...]
    cohort: tuple[CohortRow, ...]
    monitoring: tuple[MonitoringRow, ...]
    abstract: tuple[Paragraph, ...]
    trail: Trail


def page_of(results: StudyResults) -> Page:
    """Return the parts of the report of one study.

    Parameters
    ----------
    results : StudyResults
        The study.

    Returns
    -------
    Page
        Text and numbers as the page shows them.

    Raises
    ------
    MethodError
        NK-REP-01 a number's record is not among the results.
    """
    plan = planned_figures(results)
    numbers = Numbers(results.records, results.threshold_per_ul)
    patients = tuple(
        patient_of(results, index, _figures_of(plan, index), numbers) for index in range(len(results.subjects))
    )
    first, last = results.window
    return Page(
        study_id=results.study_id,
        title=results.title,
        version=results.version,
        root=results.root,
        root_short=results.root[:SHORT],
        quarantine=results.quarantine,
        rule=results.rule,
        threshold=f"{results.threshold_per_ul:g}",
        beyond=f"{'≥' if results.comparison == '>=' else '>'}\u202f{results.threshold_per_ul:g}",
        exceed="reach" if results.comparison == ">=" else "exceed",
        window=f"days {first} to {last}",
        headline=_headline(patients),
        overview=names_of(plan, "overview"),
        swimmer=names_of(plan, "swimmer"),
        patients=patients,
        cohort=cohort_rows(results, numbers),
        monitoring=monitoring_rows(results, numbers),
        abstract=abstract_of(results, numbers),
        trail=trail_of(results),
    )


def _figures_of(plan: tuple[PlannedFigure, ...], index: int) -> tuple[PlannedFigure, ...]:
    return tuple(figure for figure in plan if figure.subject == index)


def _headline(patients: tuple[Patient, ...]) -> tuple[tuple[str, str], ...]:
    """Return who belongs to each verdict: ("Success", "S01, S04")."""
    named: dict[str, list[str]] = {"Success": [], "No success": [], "Not evaluable": []}
    for patient in patients:
        named[patient.verdict.word].append(patient.subject_id)
    return tuple((word, ", ".join(who)) for word, who in named.items() if who)
