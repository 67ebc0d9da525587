"""A gating template drawn in one file: ordinary gates, and how each was found.

Definition
    Populations are drawn in the order of their needs, each on the events that the gates before it left. A population
    for which no cut is found, and that has no fallback, is not evaluable, nor are its children; the rest stands. The
    gates are Gating-ML gates: applied to the file they give the counts that are reported here.

Not decided here
    The methods (``automatic``), and what a marker means.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from nktrial.core.errors import MethodError
from nktrial.cytometry.templates.drawing import Drawing
from nktrial.cytometry.templates.markers import MarkerFinder
from nktrial.cytometry.templates.presence import take_stock
from nktrial.cytometry.templates.sample import Sample, all_columns
from nktrial.cytometry.templates.scales import Scales, choose_scales
from nktrial.model.events import EventMatrix
from nktrial.model.gate_report import CutOverride, DrawnGates, GateOverride
from nktrial.model.gates import GatingStrategy, Transform
from nktrial.model.method import Method
from nktrial.model.origin import Finding
from nktrial.model.template import Template, rule_order

__all__ = ["METHOD", "draw_gates"]

METHOD: Final = Method(
    name="cytometry.template_gates", version=1, source="Finak et al. 2014, OpenCyto, PLoS Comput Biol 10:e1003806"
)
Override = CutOverride | GateOverride


def draw_gates(
    matrix: EventMatrix,
    template: Template,
    *,
    panel: Mapping[str, str] | None = None,
    controls: Mapping[str, EventMatrix] | None = None,
    overrides: Sequence[Override] = (),
    where: str = "events",
) -> DrawnGates:
    """Draw the gates of a template in one file.

    Parameters
    ----------
    matrix : EventMatrix
        The file.
    template : Template
        What to draw.
    panel : mapping or None
        ``$PnN`` -> marker, where the file does not say or says it wrongly.
    controls : mapping or None
        Name -> control file (FMO, unstained) that the template's cuts may look at.
    overrides : sequence of CutOverride or GateOverride
        Gates of this file that were set by hand.
    where : str
        The file, for messages.

    Returns
    -------
    DrawnGates
        Gates, how each was found, findings NK-TPL-22 to NK-TPL-31.

    Raises
    ------
    MethodError
        NK-TPL-20 a marker is missing; NK-TPL-21 a marker is measured twice; NK-TPL-32 a panel file names a channel
        that the file lacks; NK-TPL-33 an override names what the template does not have; NK-TPL-34 a control that the
        template does not ask for.
    """
    named = panel or {}
    _check_panel(named, matrix, where)
    _check_overrides(overrides, template, where)
    _check_controls(controls or {}, template)
    finder = MarkerFinder(matrix.channels, template.markers, named, where)
    presence = take_stock(template, finder, where)
    columns = all_columns(matrix)
    scales = choose_scales(matrix, presence.found, template, columns)
    sample = Sample(matrix, columns, scales.dimensions, scales.transforms)
    gated_controls = {name: _control(control, scales) for name, control in (controls or {}).items()}
    drawing = Drawing(sample, gated_controls, presence, overrides, where)
    for rule in rule_order(presence.rules)[0]:
        drawing.draw(rule)
    strategy = GatingStrategy(tuple(drawing.gates), _used(drawing, scales))
    by_name = drawing.reports
    reports = tuple(by_name[rule.name] for rule in template.populations)
    findings = (*presence.findings, *_scale_findings(scales, where), *drawing.findings)
    return DrawnGates(strategy, reports, findings)


def _control(matrix: EventMatrix, scales: Scales) -> Sample:
    """Look at a control file on the scales of the sample."""
    return Sample(matrix, all_columns(matrix), scales.dimensions, scales.transforms)


def _used(drawing: Drawing, scales: Scales) -> dict[str, Transform]:
    """Return the transforms that the gates name."""
    named = {
        dimension.transform
        for gate in drawing.gates
        for dimension in getattr(gate, "dimensions", ())
        if dimension.transform is not None
    }
    everything = {**scales.transforms, **drawing.transforms}
    return {name: transform for name, transform in everything.items() if name in named}


def _scale_findings(scales: Scales, where: str) -> list[Finding]:
    """Report channels that look as if they stood on a display scale already."""
    if not scales.displayed_already:
        return []
    names = ", ".join(scales.displayed_already)
    message = (
        f"The values of {names} run from 0 to 1023 and look like display channels, yet the template puts them on a "
        "logicle scale: positions of gates will be wrong. Use scale kind as_is."
    )
    return [Finding("NK-TPL-29", "warning", where, message, {"channels": list(scales.displayed_already)})]


def _check_panel(panel: Mapping[str, str], matrix: EventMatrix, where: str) -> None:
    names = {channel.name for channel in matrix.channels}
    unknown = [name for name in panel if name not in names]
    if unknown:
        raise MethodError(
            "NK-TPL-32",
            f"the panel file names channel {unknown[0]!r}, which the file does not have; it has "
            f"{', '.join(sorted(names)[:20])}.",
            where=where,
            remedy="Write channels as the file's $PnN does.",
        )


def _check_overrides(overrides: Sequence[Override], template: Template, where: str) -> None:
    """Refuse an override of what the template does not draw."""
    rules = {rule.name: rule for rule in template.populations}
    for override in overrides:
        rule = rules.get(override.population)
        if rule is None:
            raise _no_such(f"population {override.population!r}", rules, where)
        if isinstance(override, GateOverride):
            continue
        markers = [cut.marker for cut in rule.cuts if cut.side != "between"]
        if not markers:
            problem = f"population {override.population!r} has no cut of one value; override it with a Gating-ML gate"
            raise _no_such(problem, [], where)
        if override.marker not in markers and (override.marker or len(markers) > 1):
            raise _no_such(f"a single cut {override.marker!r} of {override.population!r}", markers, where)


def _no_such(what: str, known: Mapping[str, object] | Sequence[str], where: str) -> MethodError:
    some = f"; there are {', '.join(map(repr, known))}" if known else ""
    return MethodError(
        "NK-TPL-33",
        f"an override is for {what}{some}.",
        where=where,
        remedy="Name a population and marker to override.",
    )


def _check_controls(controls: Mapping[str, EventMatrix], template: Template) -> None:
    asked = sorted({cut.control for rule in template.populations for cut in rule.cuts if cut.control is not None})
    unknown = [name for name in controls if name not in asked]
    if unknown:
        raise MethodError(
            "NK-TPL-34",
            f"template {template.name!r} asks for no control {unknown[0]!r}; it asks for {', '.join(asked) or 'none'}.",
            remedy="Name the control as the template does.",
        )
