"""results.json: the contract that other programs read.

The document holds what `StudyResults` holds, without the pictures. Missing values are null. Its schema is
docs/results-json.md.
"""

import json
from dataclasses import asdict, replace
from typing import Any

from nktrial.model.origin import Finding
from nktrial.model.patient_results import ResponseResult, SafetyResult, TimesResult, TregResult
from nktrial.model.results import ChimerismView, ExpansionResult, QualityView, SeriesPoint, StudyResults, SubjectResults

__all__ = ["results_document", "results_text"]


def results_document(results: StudyResults) -> dict[str, Any]:
    """Return results.json as plain objects.

    Parameters
    ----------
    results : StudyResults
        A whole study.

    Returns
    -------
    dict
        As DESIGN's contract names it: study, run, subjects, cohort, quarantine.
    """
    statuses = [subject.expansion.status for subject in results.subjects]
    return {
        "schema": "nktrial-results/1",
        "study": {"id": results.study_id, "title": results.title, "rule": dict(results.rule)},
        "run": {"root": results.root, "version": results.version},
        "subjects": [_subject(subject) for subject in results.subjects],
        "cohort": {
            "subjects": len(statuses),
            "evaluable": statuses.count("evaluable"),
            "successes": sum(subject.expansion.success is True for subject in results.subjects),
            "proportions": [] if results.cohort is None else [asdict(item) for item in results.cohort.proportions],
            "monitoring": [] if results.cohort is None else [asdict(item) for item in results.cohort.monitoring],
        },
        "quarantine": [asdict(fault) for fault in results.quarantine],
        "findings": [_finding(finding) for finding in results.findings],
        "sources": [asdict(source) for source in results.sources],
    }


def results_text(results: StudyResults) -> str:
    """Return the text of results.json."""
    return json.dumps(results_document(results), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _subject(subject: SubjectResults) -> dict[str, Any]:
    return {
        "subject_id": subject.subject_id,
        "diagnosis": subject.diagnosis,
        "expansion": _expansion(subject.expansion),
        "series": [_point(point) for point in subject.series],
        "chimerism": [_chimerism(view) for view in subject.chimerism],
        "populations": [asdict(population) for population in subject.populations],
        "quality": [_quality(view) for view in subject.quality],
        "course": [asdict(item) for item in subject.course],
        "response": None if subject.response is None else _with_findings(subject.response),
        "safety": None if subject.safety is None else _with_findings(subject.safety),
        "tregs": None if subject.tregs is None else _with_findings(subject.tregs),
        "il2": None if subject.il2 is None else asdict(subject.il2),
        "times": None if subject.times is None else _with_findings(subject.times),
        "findings": [_finding(finding) for finding in subject.findings],
    }


def _expansion(expansion: ExpansionResult) -> dict[str, Any]:
    plain = asdict(expansion)
    factors = {name: plain.pop(name) for name in ("alc_per_ul", "nk_fraction", "donor_fraction")}
    return plain | {"factors": factors if expansion.status == "evaluable" else {}}


def _point(point: SeriesPoint) -> dict[str, Any]:
    return asdict(point)


def _chimerism(view: ChimerismView) -> dict[str, Any]:
    plain = asdict(view)
    del plain["trace"]
    return plain


def _quality(view: QualityView) -> dict[str, Any]:
    plain = asdict(replace(view, course=None))
    del plain["course"]
    return plain


def _with_findings(result: SafetyResult | ResponseResult | TregResult | TimesResult) -> dict[str, Any]:
    return asdict(replace(result, findings=())) | {"findings": [_finding(finding) for finding in result.findings]}


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "severity": finding.severity,
        "subject": finding.subject,
        "message": finding.message,
        "evidence": dict(finding.evidence),
    }
