"""One cut of a template in one file.

Definition
    The rule's method looks at the display values of the parent's events, of another population's, or of a control
    file's under the same gates. Where it finds no cut the rule says what happens: nothing is put in its place
    (``refuse``), a cut right of the highest peak (``tail``, ``mad``), or a fixed value. What happened is in the flags.

Not decided here
    The methods themselves: see ``automatic``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nktrial.cytometry.automatic.boundary import margin_events
from nktrial.cytometry.automatic.cut import Cut
from nktrial.cytometry.automatic.mixture import mixture_cut
from nktrial.cytometry.automatic.quantile import quantile_cut
from nktrial.cytometry.automatic.tail import mad_cut, tail_cut
from nktrial.cytometry.automatic.valley import valley_cut
from nktrial.cytometry.templates.sample import Sample
from nktrial.cytometry.transforms import displayed, scale_of
from nktrial.model.gate_report import DrawnCut
from nktrial.model.gates import UNCOMPENSATED
from nktrial.model.template import CutMethod, CutRule, Fallback

__all__ = ["FEW_EVENTS", "LOW_QUALITY", "DrawnBounds", "draw_cut", "override_bounds"]

FloatArray: TypeAlias = NDArray[np.float64]

FEW_EVENTS: Final = 200  # [unverified] own choice: fewer events give a flag, not a refusal
LOW_QUALITY: Final = 0.3  # [unverified] own choice: a valley less than 30 % below the lower peak
NO_CONTROL: Final = "the control file was not given"


@dataclass(frozen=True, slots=True)
class DrawnBounds:
    """A cut with its flags; ``cut.low`` and ``cut.high`` are both None where there is none."""

    cut: DrawnCut
    flags: tuple[str, ...]

    @property
    def found(self) -> bool:
        """Tell whether there is a bound."""
        return self.cut.low is not None or self.cut.high is not None


def draw_cut(
    rule: CutRule,
    parent: str | None,
    sample: Sample,
    controls: Mapping[str, Sample],
    earlier: Mapping[str, Sequence[DrawnCut]],
) -> DrawnBounds:
    """Draw one cut.

    Parameters
    ----------
    rule : CutRule
        What to do.
    parent : str or None
        The population's parent.
    sample : Sample
        The file.
    controls : mapping
        Name -> control file, gated alike.
    earlier : mapping
        Population -> its cuts so far, for ``same``.
    """
    looked_at = rule.of if rule.of is not None and rule.method != "same" else parent
    source = sample if rule.control is None else controls.get(rule.control)
    if rule.method == "fixed":
        return _fixed_bounds(rule, sample)
    if rule.method == "same":
        return _same_bounds(rule, sample, earlier)
    found: tuple[Cut, ...]
    if source is None:
        events, found = 0, (Cut(None, 0.0, NO_CONTROL),)
    elif rule.method == "boundary":
        events, found = _boundary_cuts(rule, source, looked_at)
    else:
        values = source.shown(rule.marker, looked_at)
        events, found = values.size, (_called(rule.method, rule.parameters, values),)
    return _bounds(rule, parent, sample, found, events)


def _boundary_cuts(rule: CutRule, sample: Sample, population: str | None) -> tuple[int, tuple[Cut, Cut]]:
    """Return the cuts above the low margin and below the high one; without a margin nothing is cut off there."""
    raw, channel = sample.raw(rule.marker, population)
    if sample.dimensions[rule.marker].compensation != UNCOMPENSATED:
        none = Cut(None, 0.0, "a compensated channel has no limits of its own")
        return raw.size, (none, none)
    margins = margin_events(raw, top=channel.top)
    lowest = float(np.min(raw, initial=0.0)) if margins.low is None else float(np.nextafter(margins.low, np.inf))
    highest = channel.top if margins.high is None else margins.high
    low, high = sample.shown_raw(rule.marker, channel, np.array([lowest, highest]))
    evidence = {"at_low": float(margins.at_low.sum()), "at_high": float(margins.at_high.sum())}
    return raw.size, (Cut(float(low), 1.0, "", evidence), Cut(float(high), 1.0, "", evidence))


def _called(method: CutMethod, parameters: Mapping[str, Any], values: FloatArray) -> Cut:
    """Call a method that gives one cut."""
    options: dict[str, Any] = dict(parameters)
    match method:
        case "valley":
            if "within" in options:
                options["cut_range"] = options.pop("within")
            return valley_cut(values, **options)
        case "tail":
            return tail_cut(values, side=options.pop("tail", "right"), **options)
        case "mad":
            return mad_cut(values, side=options.pop("tail", "right"), **options)
        case "quantile":
            return quantile_cut(values, **options)
        case _:
            return mixture_cut(values, **options)


def _bounds(rule: CutRule, parent: str | None, sample: Sample, found: Sequence[Cut], events: int) -> DrawnBounds:
    """Put the cut on the side that is kept, or do what the rule says where there is none."""
    flags = ["few_events"] if events < FEW_EVENTS else []
    first, last = found[0], found[-1]
    problem = next((cut.problem for cut in found if cut.problem), "")
    low = first.value if rule.side in ("+", "between") else None
    high = last.value if rule.side in ("-", "between") else None
    cut = _drawn(rule, sample, rule.method, (low, high))
    cut = replace(
        cut,
        quality=min(item.quality for item in found),
        problem=problem,
        evidence={name: value for item in found for name, value in item.evidence.items()},
        events=events,
    )
    if cut.low is not None or cut.high is not None:
        if cut.quality is not None and cut.quality < LOW_QUALITY:
            flags.append("low_quality")
        return DrawnBounds(cut, tuple(flags))
    flags.append("no_cut")
    if rule.on_failure == "refuse":
        return DrawnBounds(cut, tuple(flags))
    if isinstance(rule.on_failure, Fallback):
        method = rule.on_failure.method
        again = _called(method, rule.on_failure.parameters, sample.shown(rule.marker, rule.of or parent))
        values = (again.value, None) if rule.side == "+" else (None, again.value)
        fallback = _drawn(rule, sample, method, values)
        fallback = replace(fallback, quality=again.quality, problem=problem, evidence=again.evidence, events=events)
        flags.append(f"fallback_{method}" if again.value is not None else "no_tail")
        if again.value is not None and again.quality < LOW_QUALITY:
            flags.append("low_quality")
        return DrawnBounds(fallback, tuple(flags))
    value = float(rule.on_failure)
    fallback = _drawn(rule, sample, "fixed", (value, None) if rule.side == "+" else (None, value))
    return DrawnBounds(replace(fallback, problem=problem, events=events), (*flags, "fallback_fixed"))


def _fixed_bounds(rule: CutRule, sample: Sample) -> DrawnBounds:
    """Return a value of the template itself."""
    given = [float(str(rule.parameters[name])) for name in ("value", "high") if name in rule.parameters]
    if rule.parameters.get("unit") == "scale":
        given = [float(value) for value in displayed(sample.transform(rule.marker), np.array(given))]
    low = given[0] if rule.side in ("+", "between") else None
    high = given[-1] if rule.side in ("-", "between") else None
    return DrawnBounds(_drawn(rule, sample, "fixed", (low, high)), ())


def _same_bounds(rule: CutRule, sample: Sample, earlier: Mapping[str, Sequence[DrawnCut]]) -> DrawnBounds:
    """Take another population's cut on the marker, on the side that this rule keeps."""
    source = next((cut for cut in earlier.get(str(rule.of), ()) if cut.marker == rule.marker), None)
    if source is None:
        problem = f"population {rule.of!r} has no cut on {rule.marker!r}"
        return DrawnBounds(replace(_drawn(rule, sample, "same", (None, None)), problem=problem), ("no_cut",))
    if rule.side == "between":
        bounds: tuple[float | None, float | None] = (source.low, source.high)
    else:
        value = source.low if source.low is not None else source.high
        bounds = (value, None) if rule.side == "+" else (None, value)
    drawn = replace(_drawn(rule, sample, "same", bounds), quality=source.quality, events=source.events)
    return DrawnBounds(drawn, ())


def override_bounds(bounds: DrawnBounds, value: float, unit: str, sample: Sample) -> DrawnBounds:
    """Put a value that was set by hand in place of what was found."""
    cut = bounds.cut
    if unit == "scale":
        value = float(displayed(sample.transform(cut.marker), np.array([value]))[0])
    low, high = (value, None) if cut.side == "+" else (None, value)
    intensity = _intensity(value, cut.marker, sample)
    drawn = replace(
        cut,
        method="override",
        low=low,
        high=high,
        scale_low=None if low is None else intensity,
        scale_high=None if high is None else intensity,
        quality=None,
    )
    return DrawnBounds(drawn, (*bounds.flags, "overridden"))


def _drawn(rule: CutRule, sample: Sample, method: str, bounds: tuple[float | None, float | None]) -> DrawnCut:
    """Name a cut's marker, channel and bounds."""
    low, high = bounds
    return DrawnCut(
        rule.marker,
        sample.dimensions[rule.marker].channel,
        rule.side,
        method,
        low,
        high,
        _intensity(low, rule.marker, sample),
        _intensity(high, rule.marker, sample),
        None,
    )


def _intensity(value: float | None, marker: str, sample: Sample) -> float | None:
    """Return the scale value of a display value."""
    if value is None:
        return None
    found = float(scale_of(sample.transform(marker), np.array([value]))[0])
    return found if np.isfinite(found) else None
