"""Steps of quality control that judge each event by itself: finite values, margins, doublets, dead cells.

Definition
    Finite: a value that is not a finite number in a channel that is looked at. Margins: see ``margins``. Doublets:
    FSC-H below the lower side of the band of single cells about the line of FSC-H against FSC-A. Dead cells: a
    viability dye's display value at or above the valley between its two highest peaks; without a valley none.

Not decided here
    The order of the steps.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nktrial.cytometry.automatic.singlet import singlet_outline
from nktrial.cytometry.automatic.valley import valley_cut
from nktrial.cytometry.quality.channels import Scales, find_channel, viability_channel
from nktrial.cytometry.quality.margins import channel_margins
from nktrial.model.events import Channel, EventMatrix
from nktrial.model.origin import Finding
from nktrial.model.quality import QualityStep

__all__ = ["StepOutcome", "dead_step", "doublet_step", "finite_step", "margin_step"]

FloatArray: TypeAlias = NDArray[np.float64]
BoolArray: TypeAlias = NDArray[np.bool_]

MANY_MARGINS: Final = 0.10  # PeacoQC warns above it
NO_PAIR: Final = "no FSC-A with FSC-H"
NO_VIABILITY: Final = "no channel is known as a viability dye"


@dataclass(frozen=True, slots=True, eq=False)
class StepOutcome:
    """What a step found: the events that it takes out (of those that reached it), the step, flags, findings."""

    taken: BoolArray
    step: QualityStep
    flags: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


def finite_step(matrix: EventMatrix, channels: Sequence[Channel], reached: BoolArray, subject: str) -> StepOutcome:
    """Take out events with a value that is not finite."""
    whole = matrix.values.dtype.kind in "iu"
    taken, counts = _by_channel(channels, reached, lambda channel: _not_finite(matrix, channel, whole=whole))
    findings: tuple[Finding, ...] = ()
    if taken.any():
        findings = (
            Finding(
                "NK-QCF-15",
                "warning",
                subject,
                f"{int(taken.sum())} of {taken.size} events have a value that is not a finite number.",
                {"events": int(taken.sum()), "channels": counts},
            ),
        )
    return StepOutcome(taken, QualityStep("finite", int(reached.sum()), int(taken.sum()), counts), (), findings)


def margin_step(matrix: EventMatrix, channels: Sequence[Channel], reached: BoolArray, subject: str) -> StepOutcome:
    """Take out events at the ends of a channel's range."""
    lower = upper = 0
    counts: dict[str, int] = {}
    background: dict[str, int] = {}
    taken = np.zeros(reached.size, dtype=np.bool_)
    for channel in channels:
        margins = channel_margins(matrix.values[:, channel.index], channel)
        own = (margins.lower | margins.upper) & reached
        lower, upper = lower + int((margins.lower & reached).sum()), upper + int((margins.upper & reached).sum())
        taken |= own
        if own.any():
            counts[channel.name] = int(own.sum())
        if margins.background:
            background[channel.name] = margins.background
    findings = []
    many = taken.sum() > MANY_MARGINS * max(reached.sum(), 1)
    if many or background:
        findings.append(_margin_finding(taken, counts, background, subject))
    step = QualityStep(
        "margins",
        int(reached.sum()),
        int(taken.sum()),
        counts,
        {"lower": float(lower), "upper": float(upper), "background": float(sum(background.values()))},
    )
    return StepOutcome(taken, step, ("many_margins",) if many else (), tuple(findings))


def doublet_step(matrix: EventMatrix, scales: Scales, reached: BoolArray, subject: str) -> StepOutcome:
    """Take out events with too little height for their area."""
    names = {channel.name.upper(): channel for channel in matrix.channels}
    area, height = names.get("FSC-A"), names.get("FSC-H")
    if area is None or height is None:
        return _skipped("doublets", reached, NO_PAIR, subject, "NK-QCF-12")
    x, y = scales.scale_values(area), scales.scale_values(height)
    outline = singlet_outline(x[reached], y[reached])
    if outline.problem:
        return _skipped("doublets", reached, outline.problem, subject, "NK-QCF-12")
    left, right = outline.vertices[0], outline.vertices[3]
    slope = (right[1] - left[1]) / (right[0] - left[0])
    taken = reached & (y < left[1] + slope * (x - left[0]))
    details = {"slope": outline.evidence["slope"], "quality": outline.quality}
    count = int(taken.sum())
    return StepOutcome(taken, QualityStep("doublets", int(reached.sum()), count, {height.name: count}, details))


def dead_step(matrix: EventMatrix, scales: Scales, reached: BoolArray, viability: str, subject: str) -> StepOutcome:
    """Take out events that took up a viability dye."""
    channel = find_channel(matrix.channels, viability) if viability else viability_channel(matrix.channels)
    if channel is None:
        return _skipped("dead_cells", reached, NO_VIABILITY, subject, "NK-QCF-11")
    shown = scales.display_values(channel)
    cut = valley_cut(shown[reached])
    if cut.value is None:
        return _skipped("dead_cells", reached, f"{cut.problem} in {channel.name}", subject, "NK-QCF-11")
    taken = reached & (shown >= cut.value)
    details = {"cut": cut.value, "quality": cut.quality}
    count = int(taken.sum())
    return StepOutcome(taken, QualityStep("dead_cells", int(reached.sum()), count, {channel.name: count}, details))


def _by_channel(
    channels: Sequence[Channel], reached: BoolArray, bad: Callable[[Channel], BoolArray]
) -> tuple[BoolArray, dict[str, int]]:
    """Return the events that any channel takes out, and how many each does."""
    taken = np.zeros(reached.size, dtype=np.bool_)
    counts: dict[str, int] = {}
    for channel in channels:
        own = bad(channel) & reached
        taken |= own
        if own.any():
            counts[channel.name] = int(own.sum())
    return taken, counts


def _not_finite(matrix: EventMatrix, channel: Channel, *, whole: bool) -> BoolArray:
    """Return the events without a finite value in a channel."""
    if whole:
        return np.zeros(matrix.values.shape[0], dtype=np.bool_)
    return np.asarray(~np.isfinite(matrix.values[:, channel.index].astype(np.float64)))


def _margin_finding(taken: BoolArray, counts: dict[str, int], background: dict[str, int], subject: str) -> Finding:
    """Report margins that are too many to be margins."""
    parts = []
    if counts:
        worst = max(counts, key=lambda name: counts[name])
        parts.append(
            f"{int(taken.sum())} of {taken.size} events lie at an end of a channel's range, most in {worst} "
            f"({counts[worst]}); where they are many, check $PnR."
        )
    if background:
        name = max(background, key=lambda item: background[item])
        parts.append(
            f"{len(background)} channels have more than 10 % of the events at one lowest value ({name}: "
            f"{background[name]}); taken as background and left in."
        )
    return Finding("NK-QCF-09", "warning", subject, " ".join(parts), {"channels": counts, "background": background})


def _skipped(name: str, reached: BoolArray, reason: str, subject: str, code: str) -> StepOutcome:
    """Return a step that could not be done, with the finding that says so."""
    step = QualityStep(name, int(reached.sum()), 0, {}, {}, reason)
    finding = Finding(code, "info", subject, f"{name.replace('_', ' ')} were not looked for: {reason}.")
    return StepOutcome(np.zeros(reached.size, dtype=np.bool_), step, (), (finding,))
