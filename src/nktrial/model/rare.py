"""Rare cells: detection by events, measurable residual disease, absolute counts."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from nktrial.model.origin import Finding
from nktrial.model.uncertainty import Uncertain

__all__ = ["AbsoluteCount", "ActivatedTreg", "Detection", "Mrd", "MrdCall", "MrdMeasured", "MrdNotEvaluable"]

Detection: TypeAlias = Literal["not_detected", "detected_below_loq", "quantifiable"]
MrdCall: TypeAlias = Literal["positive", "negative", "not_evaluable"]


@dataclass(frozen=True, slots=True)
class MrdMeasured:
    """Measurable residual disease of one sample.

    Parameters
    ----------
    rule : str
        Name of the rule.
    cells, denominator : int
        Clustered events of the disease, and events of all nucleated (or CD45+) cells.
    fraction : float
        cells / denominator.
    ci95 : (float, float)
        Exact limits (Clopper-Pearson).
    lod, loq : float
        Limits of detection and of quantification, as fractions.
    status : Detection
        By the rule's numbers of events.
    call : MrdCall or None
        Positive or negative, where the rule has a threshold for it.
    call_reason : str
        Why there is no call; empty where there is one or the rule has none.
    findings : tuple of Finding
        What was noticed.
    """

    rule: str
    cells: int
    denominator: int
    fraction: float
    ci95: tuple[float, float]
    lod: float
    loq: float
    status: Detection
    call: MrdCall | None = None
    call_reason: str = ""
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class MrdNotEvaluable:
    """No disease was detected, and the sample is too small to say that there is none.

    Parameters
    ----------
    rule : str
        Name of the rule.
    cells, denominator : int
        As counted.
    upper : float or None
        Upper exact limit of the fraction; None without any event.
    reason : str
        What is missing.
    """

    rule: str
    cells: int
    denominator: int
    upper: float | None
    reason: str


Mrd: TypeAlias = MrdMeasured | MrdNotEvaluable


@dataclass(frozen=True, slots=True)
class AbsoluteCount:
    """Cells per microlitre of the specimen.

    Parameters
    ----------
    method : {"dual_platform", "beads"}
        How.
    cells : int
        Events of the cells.
    denominator : str
        What they were set against: the gate of the lymphocytes, or of the beads.
    denominator_events : int
        Its events.
    per_ul : Uncertain
        Point value and distribution [cells/uL].
    per_event_ul : float
        Cells per microlitre that one event stands for.
    lod_per_ul, loq_per_ul : float
        What 20 and 50 events stand for [cells/uL].
    status : Detection
        By the number of events.
    """

    method: Literal["dual_platform", "beads"]
    cells: int
    denominator: str
    denominator_events: int
    per_ul: Uncertain
    per_event_ul: float
    lod_per_ul: float
    loq_per_ul: float
    status: Detection


@dataclass(frozen=True, slots=True)
class ActivatedTreg:
    """Activated regulatory T cells: Ki-67+ CD127- FoxP3+ CD25hi CD4+.

    Parameters
    ----------
    count : AbsoluteCount
        Cells per microlitre, with limits and status.
    cd4_events : int
        Events of the CD4+ T cells.
    share_of_cd4 : Uncertain
        Fraction of CD4+ T cells, 0 to 1.
    lod_share, loq_share : float
        What 20 and 50 events are of the CD4+ T cells, 0 to 1.
    """

    count: AbsoluteCount
    cd4_events: int
    share_of_cd4: Uncertain
    lod_share: float
    loq_share: float
