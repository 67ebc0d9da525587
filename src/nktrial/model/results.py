"""Results of a study: what views receive, and nothing else.

Fractions run from 0 to 1; percent appears in views only. Every value carries the id of its record.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from nktrial.model.cohort import CohortResults
from nktrial.model.origin import Finding, Record, Source
from nktrial.model.patient_results import CourseItem, Il2Result, ResponseResult, SafetyResult, TimesResult, TregResult
from nktrial.model.pictures import TimeCourse
from nktrial.model.quality import BadRange, QualityStep
from nktrial.model.shares import LocusShare

__all__ = [
    "Baseline",
    "ChimerismView",
    "ContributorShare",
    "DonorNk",
    "ExpansionResult",
    "FactorValue",
    "FileFault",
    "GateView",
    "LocusView",
    "Origin",
    "PopulationCount",
    "QualityView",
    "Sensitivity",
    "SeriesPoint",
    "StudyResults",
    "SubjectResults",
    "TraceView",
]

Origin: TypeAlias = Literal["nk_donor", "nk_or_hsct_donor"]


@dataclass(frozen=True, slots=True)
class FactorValue:
    """One factor of the product at one day: value, 95 % interval, how it was had, and its record."""

    value: float
    low: float
    high: float
    basis: str
    record: str


@dataclass(frozen=True, slots=True)
class DonorNk:
    """Donor NK cells per microlitre in one sample, with P(> threshold) and the LOD state."""

    value_per_ul: float
    low: float
    high: float
    p_success: float
    below_lod: bool
    lod_per_ul: float | None
    record: str


@dataclass(frozen=True, slots=True)
class SeriesPoint:
    """One sample of a patient. A factor that could not be had is None and ``reason`` says why."""

    sample_id: str
    day: int
    specimen: str
    alc: FactorValue | None
    nk_fraction: FactorValue | None
    donor_fraction: FactorValue | None
    donor_nk: DonorNk | None
    reason: str
    in_window: bool
    chosen: bool


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """The endpoint with one choice made otherwise; ``value_per_ul`` is None where that choice has no answer."""

    choice: str
    value_per_ul: float | None
    success: bool | None
    note: str


@dataclass(frozen=True, slots=True)
class Baseline:
    """Donor NK/uL before the infusion, and the change from it to the endpoint's sample."""

    sample_id: str
    day: int
    value_per_ul: float
    low: float
    high: float
    change_per_ul: float
    record: str
    change_low: float | None = None
    change_high: float | None = None


@dataclass(frozen=True, slots=True)
class ExpansionResult:
    """The primary endpoint of one patient. Numbers are None where the status is ``not_evaluable``."""

    status: Literal["evaluable", "not_evaluable"]
    reason: str
    value_per_ul: float | None
    ci95: tuple[float, float] | None
    p_success: float | None
    success: bool | None
    borderline: bool | None
    sample_id: str | None
    day: int | None
    origin: Origin | None
    alc_per_ul: float | None
    nk_fraction: float | None
    donor_fraction: float | None
    baseline: Baseline | None
    sensitivity: tuple[Sensitivity, ...]
    cautions: tuple[Finding, ...]
    record: str


@dataclass(frozen=True, slots=True)
class GateView:
    """One gate over the density of its parent's events, for drawing.

    Parameters
    ----------
    sample_id, file : str
        Where the events come from.
    path, parent_path : str
        The population and its parent (empty: all events).
    x_label, y_label : str
        ``"CD56 (BV605-A)"``; y is empty for a histogram gate drawn against another channel.
    x_range, y_range : (float, float)
        Axis limits on the display scale.
    x_ticks, y_ticks : tuple of (float, str)
        Position on the display scale and label in scale units.
    grid : str
        Base64 of the zlib-compressed little-endian uint32 counts, row 0 lowest y, shape ``grid_shape``.
    grid_shape : (int, int)
        Rows (y), columns (x).
    outline : tuple of (float, float)
        The gate's vertices on the display scale, clipped to the axes; empty for a boolean gate.
    count, parent_count : int
        Events inside and events of the parent.
    record : str
        Of the count.
    """

    sample_id: str
    file: str
    path: str
    parent_path: str
    x_label: str
    y_label: str
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    x_ticks: tuple[tuple[float, str], ...]
    y_ticks: tuple[tuple[float, str], ...]
    grid: str
    grid_shape: tuple[int, int]
    outline: tuple[tuple[float, float], ...]
    count: int
    parent_count: int
    record: str


@dataclass(frozen=True, slots=True)
class PopulationCount:
    """One gate's count in one file, drawn or not."""

    sample_id: str
    file: str
    path: str
    count: int
    parent_count: int
    record: str


@dataclass(frozen=True, slots=True)
class QualityView:
    """Quality of one FCS file; nothing of it is taken out of a count.

    Parameters
    ----------
    sample_id, file : str
        Where the events come from.
    record : str
        Of the quality.
    events, kept : int or None
        Events, and those that no step doubts; None where the quality was not judged.
    in_order : bool
        The events stand in the order of acquisition, so that stretches of them are stretches of time.
    steps : tuple of QualityStep
        In their order.
    flags : tuple of str
        As in `FlowQuality`.
    bad_ranges : tuple of BadRange
        Of the steps that act on stretches of time.
    course : TimeCourse or None
        For drawing, with the bad stretches; None without a time that passes.
    reason : str
        Why the quality was not judged; empty where it was.
    """

    sample_id: str
    file: str
    record: str
    events: int | None = None
    kept: int | None = None
    in_order: bool = True
    steps: tuple[QualityStep, ...] = ()
    flags: tuple[str, ...] = ()
    bad_ranges: tuple[BadRange, ...] = ()
    course: TimeCourse | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ContributorShare:
    """One person's share of the DNA. ``role`` is recipient, hsct, nk or hsct+nk."""

    person: str
    role: str
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class LocusView:
    """One locus: heights seen and expected, the classical estimate of the NK donor's share, and of every person's."""

    marker: str
    informative: str
    alleles: tuple[str, ...]
    observed_rfu: tuple[float, ...]
    expected_rfu: tuple[float, ...]
    classical_share: float | None
    used: bool
    note: str
    shares: tuple[LocusShare, ...] = ()


@dataclass(frozen=True, slots=True)
class TraceView:
    """An electropherogram for drawing.

    Parameters
    ----------
    file : str
        Path of the trace.
    dyes : tuple of str
        One panel a dye, without the size standard.
    size_bp : tuple of float
        Length of each column of ``heights`` [bp].
    heights : tuple of str
        A dye each: base64 of zlib-compressed little-endian int16 RFU, same length as ``size_bp``.
    peaks : tuple of (dye index, size_bp, height_rfu, marker, allele)
        Called peaks.
    record : str
        Of the calls.
    marks : tuple of (dye index, size_bp, height_rfu, kind)
        Peaks that are not called, with what they are: ``stutter``, ``pull-up``, ``spike``, ``blob``.
    bins : tuple of (dye index, low_bp, high_bp)
        Where the run's ladder has its alleles.
    owners : mapping
        ``"marker allele"`` -> the persons who have it, in words; empty where no genotypes are known.
    """

    file: str
    dyes: tuple[str, ...]
    size_bp: tuple[float, ...]
    heights: tuple[str, ...]
    peaks: tuple[tuple[int, float, float, str, str], ...]
    record: str
    marks: tuple[tuple[int, float, float, str], ...] = ()
    bins: tuple[tuple[int, float, float], ...] = ()
    owners: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChimerismView:
    """One typed cell fraction of one sample; ``chosen``: it entered the product."""

    sample_id: str
    day: int
    fraction_typed: str
    file: str
    chosen: bool
    contributors: tuple[ContributorShare, ...]
    classical_share: float | None
    lod: float | None
    loci_used: int
    loci: tuple[LocusView, ...]
    trace: TraceView | None
    findings: tuple[Finding, ...]
    record: str


@dataclass(frozen=True, slots=True)
class FileFault:
    """A file that could not be used and is quarantined: named first in the report."""

    file: str
    subject_id: str
    sample_id: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class SubjectResults:
    """Everything about one patient. ``facts`` are label-value pairs from the tables, for the page's head.

    An endpoint that study.toml does not ask for is None.
    """

    subject_id: str
    diagnosis: str
    facts: tuple[tuple[str, str], ...]
    expansion: ExpansionResult
    series: tuple[SeriesPoint, ...]
    gates: tuple[GateView, ...]
    chimerism: tuple[ChimerismView, ...]
    findings: tuple[Finding, ...]
    populations: tuple[PopulationCount, ...] = ()
    quality: tuple[QualityView, ...] = ()
    course: tuple[CourseItem, ...] = ()
    safety: SafetyResult | None = None
    response: ResponseResult | None = None
    tregs: TregResult | None = None
    il2: Il2Result | None = None
    times: TimesResult | None = None


@dataclass(frozen=True, slots=True)
class StudyResults:
    """A whole study, ready to be shown.

    Parameters
    ----------
    rule : tuple of (str, str)
        The endpoint's rule in words, label and text.
    window : (int, int)
        First and last day that count, e.g. (12, 16).
    threshold_per_ul : float
        The line of success.
    comparison : {">", ">="}
        Whether a value on the line is a success.
    records : mapping
        Id -> record, all that the results rest on.
    sources : tuple of Source
        Every file read, with its hash.
    root : str
        sha256 over the results' record ids.
    cohort : CohortResults or None
        What the patients say together; None where nobody asked.
    """

    study_id: str
    title: str
    rule: tuple[tuple[str, str], ...]
    window: tuple[int, int]
    threshold_per_ul: float
    subjects: tuple[SubjectResults, ...]
    quarantine: tuple[FileFault, ...]
    findings: tuple[Finding, ...]
    records: Mapping[str, Record] = field(default_factory=dict)
    sources: tuple[Source, ...] = ()
    root: str = ""
    version: str = ""
    comparison: Literal[">", ">="] = ">"
    cohort: CohortResults | None = None
