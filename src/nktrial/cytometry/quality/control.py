"""Quality control of one file: all steps in their order, and what they take out.

Definition
    Values that are not finite, margins, order of time, flow rate, signal stability, doublets, dead cells. Each step
    sees the events that those before have left; its removals are counted among them. Above 70 % removed in total the
    file is flagged.

Not decided here
    What becomes of the events: this says which are doubtful and why; a result leaves them out only where its own
    parameters say so.
"""

from dataclasses import dataclass, field
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nktrial.cytometry.quality.channels import Scales, judged_channels
from nktrial.cytometry.quality.event_steps import StepOutcome, dead_step, doublet_step, finite_step, margin_step
from nktrial.cytometry.quality.stability import Limits
from nktrial.cytometry.quality.time_order import TimeOrder
from nktrial.cytometry.quality.time_steps import (
    bad_ranges,
    event_times,
    order_step,
    rate_step,
    stability_step,
    unjudged_stability,
)
from nktrial.model.events import EventMatrix
from nktrial.model.method import Method
from nktrial.model.origin import Finding
from nktrial.model.quality import BadRange, FlowQuality, QualityStep

__all__ = ["METHOD", "QualityOptions", "flow_quality"]

METHOD: Final = Method(
    name="cytometry.quality_control",
    version=1,
    source="Emmaneel et al. 2022, PeacoQC, Cytometry A 101:325; Monaco et al. 2016, flowAI, Bioinformatics 32:2473",
)
BoolArray: TypeAlias = NDArray[np.bool_]

FEW_EVENTS: Final = 500  # PeacoQC warns below it
MOST_REMOVED: Final = 0.70  # PeacoQC warns above it
SHUFFLED: Final = 0.01  # [unverified] own choice: joining files or setting a clock back gives far fewer steps back


@dataclass(frozen=True, slots=True)
class QualityOptions:
    """What a user may choose.

    Parameters
    ----------
    channels : tuple of str
        Names or markers of the channels to look at; empty for all scatter and fluorescence.
    viability : str
        Name or marker of the viability dye; empty to find it by its marker.
    events_per_bin : int or None
        None for the rule of ``overlapping_bins``.
    limits : Limits
        Of signal stability.
    judge_shuffled : bool
        Judge signal stability and drift in the order of the file also where the time runs backwards at more than 1 %
        of the events: such files were shuffled, and a stretch of them is no stretch of time.
    """

    channels: tuple[str, ...] = ()
    viability: str = ""
    events_per_bin: int | None = None
    limits: Limits = field(default_factory=Limits)
    judge_shuffled: bool = True


class _Sieve:
    """The events that are left, and what has been found so far."""

    def __init__(self, events: int) -> None:
        self.taken_by = np.full(events, -1, dtype=np.int8)
        self.steps: list[QualityStep] = []
        self.flags: list[str] = []
        self.findings: list[Finding] = []

    @property
    def left(self) -> BoolArray:
        """Events that no step has taken out."""
        return self.taken_by < 0

    def take(self, outcome: StepOutcome) -> None:
        """Note what a step found and take its events out."""
        self.taken_by[outcome.taken & self.left] = len(self.steps)
        self.steps.append(outcome.step)
        self.flags.extend(outcome.flags)
        self.findings.extend(outcome.findings)


def flow_quality(matrix: EventMatrix, options: QualityOptions | None = None, *, subject: str = "") -> FlowQuality:
    """Judge the events of one file.

    Parameters
    ----------
    matrix : EventMatrix
        Raw values of n events in the order of the file.
    options : QualityOptions or None
        None for the defaults.
    subject : str
        What findings are about; empty for the file's $FIL.

    Returns
    -------
    FlowQuality
        The mask, the steps, bad stretches of time, medians of the bins, flags and findings.

    Raises
    ------
    MethodError
        NK-QCF-01 no channel to look at; NK-QCF-02 no channel of that name; NK-QCF-13 an option is out of range; else
        as ``compensation`` and ``time_step``.
    """
    options = options or QualityOptions()
    subject = subject or matrix.keywords.get("$FIL", "events")
    channels = judged_channels(matrix.channels, options.channels)
    sieve = _Sieve(matrix.values.shape[0])
    scales = Scales(matrix)
    times = event_times(matrix)
    sieve.findings.extend(_first_findings(matrix, scales, subject))
    sieve.take(finite_step(matrix, channels, sieve.left, subject))
    sieve.take(margin_step(matrix, channels, sieve.left, subject))
    outcome, order = order_step(times, sieve.left, subject)
    sieve.take(outcome)
    outcome = rate_step(matrix, times, order, sieve.left, subject)
    ranges: tuple[BadRange, ...] = bad_ranges("flow_rate", outcome.taken, sieve.left, times)
    sieve.take(outcome)
    if options.judge_shuffled or order is None or not _is_shuffled(order, sieve.left.size):
        outcome, course = stability_step(
            scales, channels, times, sieve.left, (options.limits, options.events_per_bin), subject
        )
    else:
        outcome, course = unjudged_stability(sieve.left)
    ranges += bad_ranges("signal_stability", outcome.taken, sieve.left, times)
    sieve.take(outcome)
    sieve.take(doublet_step(matrix, scales, sieve.left, subject))
    sieve.take(dead_step(matrix, scales, sieve.left, options.viability, subject))
    _last_findings(sieve, subject)
    flags = tuple(dict.fromkeys(sieve.flags))
    return FlowQuality(sieve.taken_by, tuple(sieve.steps), ranges, course, flags, tuple(sieve.findings))


def _is_shuffled(order: TimeOrder, events: int) -> bool:
    """Tell whether the time runs backwards too often for files that were joined or a clock that was set back."""
    return order.broken and order.steps_back > SHUFFLED * events


def _first_findings(matrix: EventMatrix, scales: Scales, subject: str) -> tuple[Finding, ...]:
    """Report what is noticed before the first step."""
    findings = []
    events = matrix.values.shape[0]
    if not events:
        findings.append(Finding("NK-QCF-16", "error", subject, "The file has no events: there is nothing to judge."))
    if scales.displayed:
        findings.append(
            Finding(
                "NK-QCF-14",
                "info",
                subject,
                "The fluorescence already lies on a display scale; it is neither compensated nor transformed again.",
            )
        )
    return tuple(findings)


def _last_findings(sieve: _Sieve, subject: str) -> None:
    """Flag a file that has few events, or of which little is left."""
    events, kept = sieve.left.size, int(sieve.left.sum())
    if 0 < events < FEW_EVENTS:
        sieve.flags.append("few_events")
        sieve.findings.append(
            Finding(
                "NK-QCF-03",
                "warning",
                subject,
                f"The file has {events} events, fewer than {FEW_EVENTS}: anomalies in time can hardly be seen.",
                {"events": events},
            )
        )
    if events and 1.0 - kept / events > MOST_REMOVED:
        sieve.flags.append("removed_above_70_percent")
        sieve.findings.append(
            Finding(
                "NK-QCF-04",
                "warning",
                subject,
                f"Quality control finds {events - kept} of {events} events doubtful, more than 70 %.",
                {"events": events, "kept": kept},
            )
        )
