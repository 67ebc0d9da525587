"""What became of a template in one file: the gates, and how each was found."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from nktrial.model.gates import GatingStrategy
from nktrial.model.origin import Finding

__all__ = ["CutOverride", "DrawnCut", "DrawnGate", "DrawnGates", "GateOverride", "GateStatus"]

GateStatus: TypeAlias = Literal["drawn", "skipped", "not_evaluable"]


@dataclass(frozen=True, slots=True)
class DrawnCut:
    """One cut as it was found.

    Parameters
    ----------
    marker, channel, side : str
        What is cut and which side is kept.
    method : str
        What gave the value: the rule's method, ``tail``, ``mad`` or ``fixed`` where that failed, ``override``.
    low, high : float or None
        Bounds on the display scale, low <= x < high.
    scale_low, scale_high : float or None
        The same in scale values (intensity).
    quality : float or None
        0 (a guess) to 1 (well separated); None for a value that was not found from data.
    problem : str
        Why the rule's method gave none, empty where it did.
    evidence : mapping
        Numbers behind it.
    events : int
        Events looked at.
    """

    marker: str
    channel: str
    side: str
    method: str
    low: float | None
    high: float | None
    scale_low: float | None
    scale_high: float | None
    quality: float | None
    problem: str = ""
    evidence: Mapping[str, float] = field(default_factory=dict)
    events: int = 0


@dataclass(frozen=True, slots=True)
class DrawnGate:
    """One population of the template in one file.

    Parameters
    ----------
    population : str
        Its name, the gate's id.
    path : str
        Names from the root; empty where there is no gate.
    status : {"drawn", "skipped", "not_evaluable"}
        Whether there is a gate.
    method : str
        The rule's methods, joined by ``+``.
    quality : float or None
        The lowest of its cuts or its outline's.
    flags : tuple of str
        ``no_cut``, ``fallback_tail``, ``fallback_mad``, ``fallback_fixed``, ``few_events``, ``low_quality``,
        ``combined_marker``, ``cut_left_out``, ``no_tail``, ``overridden``, ``parent_not_evaluable``,
        ``marker_missing``.
    reason : str
        Why there is no gate, in words.
    cuts : tuple of DrawnCut
        Its cuts; empty for an outline.
    evidence : mapping
        Numbers behind an outline.
    """

    population: str
    path: str
    status: GateStatus
    method: str
    quality: float | None
    flags: tuple[str, ...] = ()
    reason: str = ""
    cuts: tuple[DrawnCut, ...] = ()
    evidence: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DrawnGates:
    """A template drawn in one file.

    Parameters
    ----------
    strategy : GatingStrategy
        Ordinary gates: what was drawn and nothing else.
    gates : tuple of DrawnGate
        Every population of the template, in its order.
    findings : tuple of Finding
        What was noticed.
    """

    strategy: GatingStrategy
    gates: tuple[DrawnGate, ...]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class CutOverride:
    """A cut set by hand for one population of one file.

    Parameters
    ----------
    population : str
        Whose cut.
    value : float
        The cut.
    unit : {"display", "scale"}
        Whether ``value`` stands on the gate's display scale or is an intensity.
    marker : str
        Which of several cuts; empty where there is one.
    reason, by : str
        Why, and who says so (a study role or initials).
    """

    population: str
    value: float
    unit: Literal["display", "scale"]
    marker: str
    reason: str
    by: str


@dataclass(frozen=True, slots=True)
class GateOverride:
    """A whole gate set by hand for one population of one file.

    Parameters
    ----------
    population : str
        Id of the gate in ``strategy``.
    strategy : GatingStrategy
        Where the gate and its transforms stand.
    reason, by : str
        Why, and who says so.
    """

    population: str
    strategy: GatingStrategy
    reason: str
    by: str
