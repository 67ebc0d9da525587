"""The state while a template is drawn: gates so far, what was said of each, what is not evaluable.

Definition
    See ``draw``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from nktrial.core.digest import Json
from nktrial.core.errors import MethodError
from nktrial.cytometry.templates.by_hand import gate_bounds, placed_gate, same_gate
from nktrial.cytometry.templates.cuts import DrawnBounds, draw_cut, override_bounds
from nktrial.cytometry.templates.outlines import draw_outline
from nktrial.cytometry.templates.presence import Presence
from nktrial.cytometry.templates.sample import Sample
from nktrial.model.gate_report import CutOverride, DrawnCut, DrawnGate, GateOverride
from nktrial.model.gates import (
    BooleanGate,
    Dimension,
    Gate,
    Operand,
    RectangleGate,
    Transform,
)
from nktrial.model.origin import Finding, Severity
from nktrial.model.template import OutlineRule, PopulationRule

__all__ = ["Drawing"]


class Drawing:
    """Draws one population after another.

    Parameters
    ----------
    sample : Sample
        The file.
    controls : mapping
        Name -> control file.
    presence : Presence
        What the file allows.
    overrides : sequence of CutOverride or GateOverride
        Set by hand.
    where : str
        The file, for messages.
    """

    def __init__(
        self,
        sample: Sample,
        controls: Mapping[str, Sample],
        presence: Presence,
        overrides: Sequence[CutOverride | GateOverride],
        where: str,
    ) -> None:
        self.gates: list[Gate] = []
        self.transforms: dict[str, Transform] = {}
        self.reports: dict[str, DrawnGate] = {}
        self.findings: list[Finding] = []
        self._sample = sample
        self._controls = controls
        self._presence = presence
        self._overrides = [item for item in overrides if isinstance(item, CutOverride)]
        self._whole = [item for item in overrides if isinstance(item, GateOverride)]
        self._where = where
        self._stands_for: dict[str | None, str | None] = {None: None}
        self._cuts: dict[str, tuple[DrawnCut, ...]] = {}

    def draw(self, rule: PopulationRule) -> None:
        """Draw one population, or say why it is not drawn; a gate that was set by hand goes before it."""
        if rule.name in self._presence.skipped:
            self._pass_over(rule)
            return
        missing = self._not_there(rule)
        if missing:
            self._report(rule, "not_evaluable", reason=missing, flags=("parent_not_evaluable",))
            return
        by_hand = next((item for item in self._whole if item.population == rule.name), None)
        if rule.name in self._presence.omitted and by_hand is None:
            self._report(rule, "not_evaluable", reason=self._presence.omitted[rule.name])
            return
        noticed = len(self.findings)
        if rule.name not in self._presence.omitted:
            self._draw_by_rule(rule)
        if by_hand is not None:
            self._take(rule, by_hand, noticed)

    def _draw_by_rule(self, rule: PopulationRule) -> None:
        if rule.outline is not None:
            self._draw_outline(rule, rule.outline)
        elif rule.cuts:
            self._draw_cuts(rule)
        else:
            self._draw_combination(rule)

    def _not_there(self, rule: PopulationRule) -> str:
        """Say which population that the rule needs is not evaluable."""
        named = [rule.parent, *rule.without, *rule.any_of, *(cut.of for cut in rule.cuts)]
        named += [rule.outline.of] if rule.outline is not None else []
        for name in named:
            if name not in self._stands_for:
                return f"population {name!r} is not evaluable"
        return ""

    def _draw_cuts(self, rule: PopulationRule) -> None:
        """Draw all cuts of a population as one rectangle."""
        parent = self._stands_for[rule.parent]
        drawn: list[DrawnBounds] = []
        for cut in rule.cuts:
            of = cut.of if cut.method == "same" else self._stands_for[cut.of]
            bounds = draw_cut(replace(cut, of=of), parent, self._sample, self._controls, self._cuts)
            drawn.append(self._overridden(rule, bounds))
        cuts = tuple(item.cut for item in drawn)
        flags = tuple(flag for item in drawn for flag in item.flags)
        lost = next((item.cut for item in drawn if not item.found), None)
        if lost is not None:
            reason = f"no cut on {lost.marker} ({lost.method}): {lost.problem}"
            self._report(rule, "not_evaluable", reason=reason, flags=flags, cuts=cuts)
            return
        self._cuts[rule.name] = cuts
        gate = RectangleGate(rule.name, parent, self._box(cuts))
        qualities = [cut.quality for cut in cuts if cut.quality is not None]
        self._add(rule, gate, min(qualities, default=None), flags, cuts)

    def _box(self, cuts: Sequence[DrawnCut]) -> tuple[Dimension, ...]:
        """Join the cuts of each marker in one dimension."""
        bounds: dict[str, tuple[float | None, float | None]] = {}
        for cut in cuts:
            low, high = bounds.get(cut.marker, (None, None))
            bounds[cut.marker] = (cut.low if low is None else low, cut.high if high is None else high)
        dimensions = self._sample.dimensions
        return tuple(replace(dimensions[marker], low=low, high=high) for marker, (low, high) in bounds.items())

    def _draw_outline(self, rule: PopulationRule, outline: OutlineRule) -> None:
        parent, of = self._stands_for[rule.parent], self._stands_for[outline.of]
        gate, quality, problem, evidence = draw_outline(rule.name, outline, parent, of, self._sample)
        if gate is None:
            reason = f"no outline ({outline.method}): {problem}"
            self._report(rule, "not_evaluable", reason=reason, flags=("no_cut",))
            return
        self._add(rule, gate, quality, (), (), evidence)

    def _draw_combination(self, rule: PopulationRule) -> None:
        """Join or exclude other populations."""
        parent = self._stands_for[rule.parent]
        names = rule.without or rule.any_of
        passed_over = [name for name in names if name in self._presence.skipped]
        if passed_over:
            self._report(rule, "not_evaluable", reason=f"population {passed_over[0]!r} was passed over")
            return
        operands = tuple(Operand(name, complement=bool(rule.without)) for name in names)
        operator: Literal["and", "or", "not"] = "and" if rule.without else "or"
        if len(operands) == 1:
            operands = (Operand(operands[0].gate), operands[0]) if rule.any_of else (Operand(operands[0].gate),)
            operator = "or" if rule.any_of else "not"
        self._add(rule, BooleanGate(rule.name, parent, operator, operands), None)

    def _take(self, rule: PopulationRule, override: GateOverride, noticed: int) -> None:
        """Put a gate that was drawn by hand in place of the rule's, unless it is the same."""
        drawn = self.gates[-1] if self.gates and self.gates[-1].id == rule.name else None
        gate = next(gate for gate in override.strategy.gates if gate.id == override.population)
        parent = self._stands_for[rule.parent]
        if isinstance(gate, BooleanGate):
            if drawn is not None and replace(gate, parent=parent) == drawn:
                return
            raise MethodError(
                "NK-TPL-33",
                f"the override of {rule.name!r} is a boolean gate; expected a rectangle, polygon or ellipsoid.",
                where=self._where,
                remedy="Draw the gate itself.",
            )
        placed, transforms = placed_gate(gate, override.strategy.transforms, parent, rule.name)
        if drawn is not None and same_gate(placed, transforms, drawn, self._sample.transforms):
            return
        old = None
        if drawn is not None:
            old = gate_bounds(self.gates.pop())
        del self.findings[noticed:]
        self.transforms |= transforms
        for sample in (self._sample, *self._controls.values()):
            sample.add(placed, transforms)
        message = f"Gate {rule.name!r} was set by hand: {override.reason} ({override.by})."
        evidence: dict[str, Json] = {
            "population": rule.name, "old": old, "new": gate_bounds(placed),
            "reason": override.reason, "by": override.by,
        }  # fmt: skip
        self.findings.append(Finding("NK-TPL-31", "warning", self._where, message, evidence))
        self._keep(rule, placed, None, ("overridden",))

    def _overridden(self, rule: PopulationRule, bounds: DrawnBounds) -> DrawnBounds:
        """Put a value that was set by hand in place of a cut, and record both."""
        for override in self._overrides:
            if override.population != rule.name:
                continue
            if (override.marker or bounds.cut.marker) != bounds.cut.marker or bounds.cut.side == "between":
                continue
            changed = override_bounds(bounds, override.value, override.unit, self._sample)
            old = bounds.cut.low if bounds.cut.side == "+" else bounds.cut.high
            new = changed.cut.low if changed.cut.side == "+" else changed.cut.high
            was = "no cut" if old is None else f"{old:.6g}"
            message = (
                f"The cut on {bounds.cut.marker} of {rule.name!r} was set by hand to {new:.6g} (display scale; found: "
                f"{was}): {override.reason} ({override.by})."
            )
            evidence: dict[str, Json] = {
                "population": rule.name, "marker": bounds.cut.marker, "old": old, "new": new,
                "reason": override.reason, "by": override.by,
            }  # fmt: skip
            self.findings.append(Finding("NK-TPL-31", "warning", self._where, message, evidence))
            return changed
        return bounds

    def _pass_over(self, rule: PopulationRule) -> None:
        """Let a step's parent stand for it; where the parent is not evaluable the children are not either."""
        if rule.parent in self._stands_for:
            self._stands_for[rule.name] = self._stands_for[rule.parent]
        self._report(rule, "skipped", reason=self._presence.skipped[rule.name])

    def _add(
        self,
        rule: PopulationRule,
        gate: Gate,
        quality: float | None,
        flags: tuple[str, ...] = (),
        cuts: tuple[DrawnCut, ...] = (),
        evidence: Mapping[str, float] | None = None,
    ) -> None:
        for sample in (self._sample, *self._controls.values()):
            sample.add(gate)
        self._note_flags(rule, flags, cuts)
        self._keep(rule, gate, quality, flags, cuts, evidence)

    def _keep(
        self,
        rule: PopulationRule,
        gate: Gate,
        quality: float | None,
        flags: tuple[str, ...] = (),
        cuts: tuple[DrawnCut, ...] = (),
        evidence: Mapping[str, float] | None = None,
    ) -> None:
        self.gates.append(gate)
        self._stands_for[rule.name] = rule.name
        above = "" if gate.parent is None else self.reports[gate.parent].path + "/"
        marks = (*self._presence.flags[rule.name], *dict.fromkeys(flags))
        self.reports[rule.name] = DrawnGate(
            rule.name, above + rule.name, "drawn", _method_of(rule), quality, marks, "", cuts, evidence or {}
        )

    def _note_flags(self, rule: PopulationRule, flags: tuple[str, ...], cuts: tuple[DrawnCut, ...]) -> None:
        """Turn what should be looked at into findings."""
        for cut in cuts:
            if cut.problem and cut.method in ("tail", "mad", "fixed"):
                message = (
                    f"Population {rule.name!r}: no cut on {cut.marker} was found ({cut.problem}); the template's "
                    f"fallback, {cut.method}, was taken. Look at the gate."
                )
                evidence = {"population": rule.name, "marker": cut.marker, "method": cut.method}
                self.findings.append(Finding("NK-TPL-27", "warning", self._where, message, evidence))
        if "few_events" in flags or "low_quality" in flags:
            why = "few events to draw it on" if "few_events" in flags else "hardly separated"
            message = f"Gate {rule.name!r}: {why}. Look at it."
            self.findings.append(Finding("NK-TPL-28", "info", self._where, message, {"population": rule.name}))

    def _report(
        self,
        rule: PopulationRule,
        status: Literal["skipped", "not_evaluable"],
        *,
        reason: str,
        flags: tuple[str, ...] = (),
        cuts: tuple[DrawnCut, ...] = (),
    ) -> None:
        """Record a population without a gate."""
        marks = (*self._presence.flags[rule.name], *dict.fromkeys(flags))
        self.reports[rule.name] = DrawnGate(rule.name, "", status, _method_of(rule), None, marks, reason, cuts)
        if status == "not_evaluable" and rule.name not in self._presence.omitted:
            message = f"Population {rule.name!r} is not evaluable: {reason}."
            severity: Severity = "info" if "parent_not_evaluable" in flags else "error"
            self.findings.append(Finding("NK-TPL-26", severity, self._where, message, {"population": rule.name}))


def _method_of(rule: PopulationRule) -> str:
    """Name a rule's methods."""
    if rule.outline is not None:
        return rule.outline.method
    if rule.cuts:
        return "+".join(dict.fromkeys(cut.method for cut in rule.cuts))
    return "without" if rule.without else "any_of"
