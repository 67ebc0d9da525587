"""Flow quality step: which events of one FCS file are doubtful, and its course in time.

Definition
    `flow_quality` with its defaults, but events that were shuffled are not judged along time. Nothing is taken out of
    any count: what is found is told beside the counts. Of its findings, three reach the patient's answer where the
    file is that of the endpoint's sample: more than 70 % of the events doubtful (caution), anomalies in time in more
    than 20 % (note), fewer than 500 events (note).

Not decided here
    Which events are doubtful.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from nktrial.core.digest import Json
from nktrial.core.errors import MethodError
from nktrial.cytometry.quality.channels import judged_channels
from nktrial.cytometry.quality.control import METHOD as QUALITY
from nktrial.cytometry.quality.control import QualityOptions, flow_quality
from nktrial.cytometry.time_course import time_course
from nktrial.model.clinic import FileEntry, Sample
from nktrial.model.events import EventMatrix
from nktrial.model.origin import Finding, Record
from nktrial.model.pictures import BadTime, TimeCourse
from nktrial.model.quality import BadRange, FlowQuality, QualityStep
from nktrial.model.results import QualityView
from nktrial.pipeline.encode import array_of, array_text
from nktrial.pipeline.flow import FlowFile, read_again
from nktrial.pipeline.ledger import Measured, Step

__all__ = ["quality_cautions", "quality_step", "quality_view"]

MOST_IN_TIME: Final = 0.20  # [unverified] own choice
TIME_STEPS: Final = ("flow_rate", "signal_stability")
BACKWARDS: Final = "NK-QCF-05"
FEW_EVENTS: Final = "NK-QCF-03"
ORDER_OF_FILE: Final = "NK-FCS-81"
ANSWER_CODES: Final = frozenset({FEW_EVENTS, "NK-QCF-04", "NK-RUN-42"})
OPTIONS: Final = QualityOptions(judge_shuffled=False)
STRETCHES: Final = 80  # of time in a picture: the report holds one a file
DRAWN_POINTS: Final = 400  # stretches of time that lie closer than this part of the measurement are shaded as one


def quality_step(file: FlowFile) -> Step:
    """Return the step that judges the quality of a file; it rests on the file alone, not on its gates."""
    parameters: dict[str, Json] = {"most_in_time": MOST_IN_TIME, "judge_shuffled": OPTIONS.judge_shuffled}
    arguments = (str(file.path), file.fcs.name, file.fcs.sha256)
    return Step("fcs.quality", QUALITY, parameters, (file.fcs.sha256,), measure_quality, arguments, file.fcs.name)


def measure_quality(path: str, name: str, sha256: str) -> Measured:
    """Judge the events of a file and follow its channels along time."""
    matrix = read_again(path, name, sha256)
    quality = flow_quality(matrix, OPTIONS, subject=name)
    in_order = "time_backwards" not in quality.flags
    value: dict[str, Json] = {
        "events": int(quality.kept.size),
        "kept": int(quality.kept.sum()),
        "in_order": in_order,
        "flags": list(quality.flags),
        "steps": [_step_value(step) for step in quality.steps],
        "bad_ranges": [[item.step, item.start, item.stop, item.start_s, item.stop_s] for item in quality.bad_ranges],
        "course": _course_value(matrix, name),
    }
    told = {finding.code for finding in matrix.findings}
    return Measured(value, (*_findings(quality, told), *_time_finding(quality, name, in_order=in_order)))


def quality_cautions(record: Record | None) -> tuple[Finding, ...]:
    """Return what of a file's quality the reader of the answer must be told."""
    if record is None or record.value is None:
        return ()
    return tuple(finding for finding in record.findings if finding.code in ANSWER_CODES)


def quality_view(sample: Sample, entry: FileEntry, record: Record) -> QualityView:
    """Return one file's quality for the views; without steps and with the reason where it was not judged."""
    value: Any = record.value
    if value is None:
        reason = next(finding.message for finding in record.findings if finding.severity == "error")
        return QualityView(sample.sample_id, entry.path, record.id, reason=reason)
    ranges = tuple(BadRange(*item) for item in value["bad_ranges"])
    course: Any = value["course"]
    return QualityView(
        sample_id=sample.sample_id,
        file=entry.path,
        record=record.id,
        events=value["events"],
        kept=value["kept"],
        in_order=value["in_order"],
        steps=tuple(QualityStep(**item) for item in value["steps"]),
        flags=tuple(value["flags"]),
        bad_ranges=ranges,
        course=None if course is None else _course(course, entry.path, ranges if value["in_order"] else ()),
    )


def _findings(quality: FlowQuality, told: set[str]) -> tuple[Finding, ...]:
    """Return what was noticed; what the reading of the file has told already, and what is no fault, is toned down."""
    kept = [item for item in quality.findings if not (item.code == BACKWARDS and ORDER_OF_FILE in told)]
    return tuple(replace(item, severity="info") if item.code in (BACKWARDS, FEW_EVENTS) else item for item in kept)


def _time_finding(quality: FlowQuality, name: str, *, in_order: bool) -> tuple[Finding, ...]:
    """Tell of anomalies in time (NK-RUN-42), where the events stand in the order of acquisition."""
    events = quality.kept.size
    taken = {step.name: step.removed for step in quality.steps if step.name in TIME_STEPS and step.removed}
    if not in_order or not events or sum(taken.values()) <= MOST_IN_TIME * events:
        return ()
    parts = " and ".join(f"{step.replace('_', ' ')} ({count / events:.0%})" for step, count in taken.items())
    message = (
        f"More than {MOST_IN_TIME:.0%} of the events were measured while something was wrong in time: {parts}. They "
        "are counted; see the course of the acquisition."
    )
    return (Finding("NK-RUN-42", "info", name, message, {"events": events} | taken),)


def _step_value(step: QualityStep) -> dict[str, Json]:
    return {
        "name": step.name,
        "reached": step.reached,
        "removed": step.removed,
        "channels": dict(step.channels),
        "details": dict(step.details),
        "skipped": step.skipped,
    }


def _course_value(matrix: EventMatrix, name: str) -> dict[str, Json] | None:
    """Follow the channels that were judged; None where the file has no time that passes."""
    channels = tuple(channel.name for channel in judged_channels(matrix.channels))
    try:
        course = time_course(matrix, name, channels=channels, most=STRETCHES)
    except MethodError:
        return None
    return {
        "edges": array_text(course.edges.astype("<f8")),
        "rate": array_text(course.rate.astype("<f8")),
        "medians": array_text(course.medians.astype("<f4")),
        "labels": list(course.labels),
        "unit": course.unit,
    }


def _course(value: Any, file: str, ranges: Sequence[BadRange]) -> TimeCourse:
    edges, rate = (array_of(value[key], "<f8", (-1,)) for key in ("edges", "rate"))
    labels = tuple(value["labels"])
    medians = array_of(value["medians"], "<f4", (rate.size, len(labels)))
    near = float(edges[-1] - edges[0]) / DRAWN_POINTS
    return TimeCourse(file, edges, rate, labels, medians.astype(np.float64), _shaded(ranges, near), value["unit"])


def _shaded(ranges: Sequence[BadRange], near: float) -> tuple[BadTime, ...]:
    """Return the bad stretches of time; of one step, those that could not be told apart in the picture as one."""
    shaded: list[BadTime] = []
    for item in ranges:
        if item.start_s is None or item.stop_s is None:
            continue
        reason = item.step.replace("_", " ")
        last = shaded[-1] if shaded else None
        if last is not None and last.reason == reason and item.start_s - last.stop <= near:
            shaded[-1] = BadTime(last.start, max(last.stop, item.stop_s), reason)
        else:
            shaded.append(BadTime(item.start_s, item.stop_s, reason))
    return tuple(shaded)
