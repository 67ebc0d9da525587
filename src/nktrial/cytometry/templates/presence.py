"""What a template can do in a file, given the markers that the file has.

Definition
    A cut marked optional is left out where its marker is missing. A population that still lacks a marker is refused
    with the file, passed over (its children are drawn in its parent), or not evaluable with its children: its
    ``if_missing`` says which.

Not decided here
    Whether the gates can be drawn.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from nktrial.cytometry.templates.markers import Located, MarkerFinder
from nktrial.model.origin import Finding
from nktrial.model.template import PopulationRule, Template

__all__ = ["Presence", "take_stock"]


@dataclass(frozen=True, slots=True)
class Presence:
    """A template cut down to a file.

    Parameters
    ----------
    found : mapping
        Marker -> channel.
    rules : tuple of PopulationRule
        Without the cuts that were left out.
    skipped : mapping
        Population -> why it is passed over.
    omitted : mapping
        Population -> why it is not evaluable.
    flags : mapping
        Population -> flags.
    findings : tuple of Finding
        What was noticed.
    """

    found: Mapping[str, Located]
    rules: tuple[PopulationRule, ...]
    skipped: Mapping[str, str]
    omitted: Mapping[str, str]
    flags: Mapping[str, tuple[str, ...]]
    findings: tuple[Finding, ...]


def take_stock(template: Template, finder: MarkerFinder, where: str) -> Presence:
    """Find the template's markers in a file.

    Raises
    ------
    MethodError
        NK-TPL-20 a marker is missing that must be there; NK-TPL-21 two channels match it alike.
    """
    sought = dict.fromkeys(marker for rule in template.populations for marker in rule.markers)
    located = {marker: finder.find(marker) for marker in sought}
    found = {marker: place for marker, place in located.items() if place is not None}
    findings = [_combined(place, where) for place in found.values() if place.combined]
    flags: dict[str, tuple[str, ...]] = {}
    skipped: dict[str, str] = {}
    omitted: dict[str, str] = {}
    rules = []
    for rule in template.populations:
        kept = tuple(cut for cut in rule.cuts if cut.marker in found or not cut.optional)
        left_out = [cut.marker for cut in rule.cuts if cut not in kept]
        lacking = [marker for marker in replace(rule, cuts=kept).markers if marker not in found]
        if left_out and not kept:
            lacking = left_out
        marks = ["combined_marker"] if any(m in found and found[m].combined for m in rule.markers) else []
        if lacking:
            marks.append("marker_missing")
            reason = f"the file has no channel for {', '.join(lacking)}"
            if rule.if_missing == "refuse":
                raise finder.missing(lacking[0])
            (skipped if rule.if_missing == "skip" else omitted)[rule.name] = reason
            findings.append(_lacking(rule, reason, where))
        elif left_out:
            marks.append("cut_left_out")
            findings.append(_left_out(rule, left_out, where))
        flags[rule.name] = tuple(marks)
        rules.append(replace(rule, cuts=kept))
    return Presence(found, tuple(rules), skipped, omitted, flags, tuple(findings))


def _combined(place: Located, where: str) -> Finding:
    others = " and ".join(place.combined)
    return Finding(
        "NK-TPL-22",
        "warning",
        where,
        f"Channel {place.channel.name!r} ({place.channel.marker}) measures {place.marker} together with {others}: what "
        f"is positive there may be either.",
        {"channel": place.channel.name, "markers": [place.marker, *place.combined]},
    )


def _lacking(rule: PopulationRule, reason: str, where: str) -> Finding:
    """Report a step that is passed over or cannot be evaluated."""
    if rule.if_missing == "skip":
        message = f"Step {rule.name!r} was passed over: {reason}. Its children lie directly in its parent."
        return Finding("NK-TPL-23", "warning", where, message, {"population": rule.name})
    message = f"Population {rule.name!r} is not evaluable: {reason}."
    return Finding("NK-TPL-24", "warning", where, message, {"population": rule.name})


def _left_out(rule: PopulationRule, markers: list[str], where: str) -> Finding:
    return Finding(
        "NK-TPL-25",
        "warning",
        where,
        f"Population {rule.name!r} is drawn without {', '.join(markers)}, which the file does not measure.",
        {"population": rule.name, "markers": list(markers)},
    )
