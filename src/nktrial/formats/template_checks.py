"""What must hold between the populations of a gating template.

Definition
    Names are unique; parents and other named populations exist and form no circle; a population has exactly one kind
    of rule; ``between`` is for methods that give two bounds; ``same`` names a population with a cut on that marker.

Not decided here
    The keys and their types (``template_rows``).
"""

from collections.abc import Iterator
from typing import Final, TypeAlias

from nktrial.formats.issues import CellError, suggestion
from nktrial.model.template import CutRule, PopulationRule, Template, population_needs, rule_order

__all__ = ["template_fault"]

Fault: TypeAlias = tuple[tuple[str | int, ...], CellError]

TWO_BOUNDS: Final = ("boundary", "fixed", "same")


def template_fault(template: Template) -> Fault | None:
    """Return the first thing that is wrong, and where: NK-TPL-08 to NK-TPL-11."""
    return next(_faults(template), None)


def _faults(template: Template) -> Iterator[Fault]:
    names = [rule.name for rule in template.populations]
    for number, rule in enumerate(template.populations):
        here: tuple[str | int, ...] = ("population", number)
        if names.index(rule.name) < number:
            problem = f"there are two populations {rule.name!r}."
            yield (*here, "name"), CellError("NK-TPL-10", problem, "Give each population its own name.")
        for needed in population_needs(rule):
            if needed not in names:
                meant = suggestion(needed, names)
                hint = f"Did you mean {meant}?" if meant else f"There are {', '.join(names)}."
                key = "parent" if needed == rule.parent else "of"
                problem = f"population {rule.name!r} names {needed!r}, which the template does not have."
                yield (*here, key), CellError("NK-TPL-08", problem, hint)
        yield from (((*here, key), fault) for key, fault in _kind_faults(rule))
        for position, cut in enumerate(rule.cuts):
            fault = _cut_fault(cut, template)
            if fault is not None:
                yield (*here, "cuts", position), fault
    stuck = rule_order(template.populations)[1]
    if stuck:
        problem = f"populations {', '.join(map(repr, stuck[:5]))} need one another in a circle."
        yield ("population", names.index(stuck[0])), CellError("NK-TPL-09", problem, "Break the circle.")


def _kind_faults(rule: PopulationRule) -> Iterator[tuple[str, CellError]]:
    """Refuse a population that is drawn in no way, or in two."""
    kinds = [
        name
        for name, given in (
            ("cuts", rule.cuts),
            ("outline", rule.outline),
            ("without", rule.without),
            ("any_of", rule.any_of),
        )
        if given
    ]
    if len(kinds) != 1:
        found = " and ".join(kinds) or "none of them"
        yield (
            (kinds[-1] if kinds else "name"),
            CellError(
                "NK-TPL-11",
                f"population {rule.name!r} needs one of cuts, outline, without, any_of; found {found}.",
                "Make two populations of it, one the parent of the other.",
            ),
        )
    if rule.outline is not None and rule.outline.method == "backgate" and rule.outline.of is None:
        yield "outline", CellError("NK-TPL-11", "backgate needs the population of whose events it is drawn.", "Add of.")
    sides = [(cut.marker, cut.side) for cut in rule.cuts]
    if len(set(sides)) < len(sides):
        yield "cuts", CellError("NK-TPL-11", "two cuts bound one marker on the same side.", "Leave one out.")


def _cut_fault(cut: CutRule, template: Template) -> CellError | None:
    """Check one cut's rule."""
    if cut.side == "between" and cut.method not in TWO_BOUNDS:
        return CellError(
            "NK-TPL-11",
            f"method {cut.method!r} gives one bound, and side is 'between'.",
            "Write two cuts on the marker, one '+' and one '-'.",
        )
    if cut.side == "between" and cut.on_failure != "refuse":
        return CellError("NK-TPL-11", "a cut on two sides has no fallback.", "Write two cuts, one '+' and one '-'.")
    if cut.method == "fixed" and (cut.side == "between") != ("high" in cut.parameters):
        return CellError(
            "NK-TPL-11", "a fixed 'between' needs value and high, another side value alone.", "Correct it."
        )
    if cut.method == "same":
        source = next((rule for rule in template.populations if rule.name == cut.of), None)
        if source is None or cut.marker not in [other.marker for other in source.cuts]:
            return CellError(
                "NK-TPL-11",
                f"method 'same' needs in `of` a population that has a cut on {cut.marker!r}.",
                "Name such a population.",
            )
    if cut.method == "quantile" and cut.control is None and cut.of is None:
        return CellError(
            "NK-TPL-11", "a quantile needs the events of a control, or of a population.", "Add control or of."
        )
    return None
