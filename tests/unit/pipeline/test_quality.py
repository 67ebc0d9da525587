"""Quality of one file in a study: what is found, what reaches the answer, and that shuffled events frighten nobody."""

from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pytest
from numpy.typing import NDArray

from nktrial.core.digest import sha256_hex
from nktrial.formats.fcs_write import write_fcs
from nktrial.model.clinic import FileEntry, Row, Sample
from nktrial.model.events import Channel
from nktrial.model.method import Method
from nktrial.model.origin import Extent, Record, Source
from nktrial.model.results import QualityView
from nktrial.pipeline.flow import FlowFile, PanelGates
from nktrial.pipeline.ledger import Ledger
from nktrial.pipeline.quality import quality_cautions, quality_step, quality_view

Values: TypeAlias = NDArray[np.float64]

EVENTS = 20_000
TOP = 262144.0
NAMES = ("FSC-A", "FSC-H", "B515-A", "Time")
CHANNELS = tuple(Channel(index, name, "CD3" if name == "B515-A" else "", 32, TOP) for index, name in enumerate(NAMES))
ROW = Row("files.csv", 2, Extent("row", 0, 10))


@pytest.fixture
def events(rng: np.random.Generator) -> Values:
    """Return a clean run of 400 events a second."""
    area = rng.normal(8e4, 8e3, EVENTS)
    signal = np.where(rng.random(EVENTS) < 0.5, rng.lognormal(9.5, 0.3, EVENTS), rng.normal(0.0, 150.0, EVENTS))
    time = np.cumsum(rng.exponential(1 / 400.0, EVENTS)) * 100.0
    return np.column_stack([area, area * 0.85 * rng.normal(1.0, 0.02, EVENTS), signal, time])


def judged(folder: Path, values: Values, columns: int = 4) -> Record:
    """Write events as a file and judge it, as a study does."""
    data = write_fcs(values[:, :columns], CHANNELS[:columns], keywords={"$TIMESTEP": "0.01"})
    path = folder / "a.fcs"
    path.write_bytes(data)
    source = Source(sha256_hex(data), len(data), "fcs", "raw/a.fcs")
    return Ledger(jobs=1).take(quality_step(FlowFile("S", source, path, PanelGates(Method("m", 1, "s"), "", ()))))


def view_of(record: Record) -> QualityView:
    sample = Sample("S", "P", 14, "PB", "ok", ROW)
    return quality_view(sample, FileEntry("raw/a.fcs", "S", "", "fcs", "sample", "nk", "", "", "", "", ROW), record)


def removed(record: Record) -> dict[str, int]:
    value: Any = record.value
    return {step["name"]: step["removed"] for step in value["steps"]}


def test_a_clean_run_tells_nothing_to_the_answer(tmp_path: Path, events: Values) -> None:
    record = judged(tmp_path, events)
    assert quality_cautions(record) == ()
    assert [parent == sha256_hex((tmp_path / "a.fcs").read_bytes()) for parent in record.parents] == [True]
    view = view_of(record)
    assert (view.events, view.in_order) == (EVENTS, True)
    assert view.kept == EVENTS - sum(removed(record).values())
    assert view.course is not None
    assert float((view.course.rate * np.diff(view.course.edges)).sum()) == pytest.approx(EVENTS)
    assert view.course.labels == ("FSC-A", "CD3 (B515-A)")


def test_a_clog_is_found_shaded_and_noted(tmp_path: Path, events: Values) -> None:
    events[8_000:13_000, 2] *= 3.0  # a quarter of the run, 20 to 32.5 s
    record = judged(tmp_path, events)
    (note,) = quality_cautions(record)
    assert (note.code, note.severity, note.subject) == ("NK-RUN-42", "info", "raw/a.fcs")
    assert "signal stability" in note.message
    view = view_of(record)
    assert view.course is not None
    shaded = [bad for bad in view.course.bad if bad.start < 26.0 < bad.stop]
    assert [bad.reason for bad in shaded] == ["signal stability"]
    assert shaded[0].start == pytest.approx(20.0, abs=3.0)
    assert shaded[0].stop == pytest.approx(32.5, abs=3.0)
    assert view.events == EVENTS


def test_a_short_clog_is_shaded_and_not_noted(tmp_path: Path, events: Values) -> None:
    events[8_000:9_500, 2] *= 3.0
    record = judged(tmp_path, events)
    assert quality_cautions(record) == ()
    course = view_of(record).course
    assert course is not None
    assert any(bad.start < 21.9 < bad.stop for bad in course.bad)


def test_most_events_doubtful_is_a_caution(tmp_path: Path, events: Values) -> None:
    events[: EVENTS * 3 // 4, 2] = TOP - 1.0
    (caution,) = [item for item in quality_cautions(judged(tmp_path, events)) if item.severity == "warning"]
    assert caution.code == "NK-QCF-04"


def test_few_events_are_a_note(tmp_path: Path, events: Values) -> None:
    (note,) = quality_cautions(judged(tmp_path, events[:400]))
    assert (note.code, note.severity) == ("NK-QCF-03", "info")


def test_shuffled_events_are_not_judged_along_time(tmp_path: Path, events: Values, rng: np.random.Generator) -> None:
    record = judged(tmp_path, events[rng.permutation(EVENTS)])
    assert quality_cautions(record) == ()
    assert not {finding.severity for finding in record.findings} - {"info"}
    assert "NK-QCF-05" not in {finding.code for finding in record.findings}  # NK-FCS-81 of the counts says it
    assert removed(record)["signal_stability"] == removed(record)["flow_rate"] == 0
    view = view_of(record)
    assert not view.in_order
    assert view.course is not None
    assert view.course.bad == ()
    assert view.course.edges[-1] == pytest.approx(events[:, 3].max() * 0.01, rel=1e-5)


def test_without_a_time_there_is_no_course(tmp_path: Path, events: Values) -> None:
    view = view_of(judged(tmp_path, events, columns=3))
    assert view.course is None
    assert view.steps


def test_a_file_that_cannot_be_judged_says_why(tmp_path: Path, events: Values) -> None:
    path = tmp_path / "t.fcs"
    path.write_bytes(write_fcs(events[:, 3:], [replace(CHANNELS[3], index=0)]))
    source = Source(sha256_hex(path.read_bytes()), path.stat().st_size, "fcs", "raw/t.fcs")
    gates = PanelGates(Method("m", 1, "s"), "", ())
    record = Ledger(jobs=1).take(quality_step(FlowFile("S", source, path, gates)))
    assert record.value is None
    assert [finding.code for finding in record.findings] == ["NK-QCF-01"]
    assert quality_cautions(record) == ()
    view = view_of(record)
    assert (view.events, view.steps, view.reason) == (None, (), record.findings[0].message)
