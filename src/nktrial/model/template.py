"""Gating templates: populations by name, with the rule by which each gate is drawn from the data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

__all__ = [
    "CUT_METHODS",
    "OUTLINE_METHODS",
    "CutMethod",
    "CutRule",
    "Fallback",
    "IfMissing",
    "MarkerRule",
    "OnFailure",
    "OutlineMethod",
    "OutlineRule",
    "PopulationRule",
    "ScaleKind",
    "ScaleRule",
    "Side",
    "Template",
    "population_needs",
    "rule_order",
]

CutMethod: TypeAlias = Literal["valley", "tail", "mad", "quantile", "mixture", "boundary", "fixed", "same"]
OutlineMethod: TypeAlias = Literal["singlets", "ellipse", "backgate"]
Side: TypeAlias = Literal["+", "-", "between"]
IfMissing: TypeAlias = Literal["refuse", "skip", "omit"]
ScaleKind: TypeAlias = Literal["logicle", "asinh", "as_is"]

CUT_METHODS: Final[tuple[CutMethod, ...]] = (
    "valley", "tail", "mad", "quantile", "mixture", "boundary", "fixed", "same",
)  # fmt: skip
OUTLINE_METHODS: Final[tuple[OutlineMethod, ...]] = ("singlets", "ellipse", "backgate")


@dataclass(frozen=True, slots=True)
class ScaleRule:
    """The display scale on which a marker's gates are drawn.

    Parameters
    ----------
    kind : {"logicle", "asinh", "as_is"}
        ``as_is``: the values stand on a display scale already, or are to be taken linearly.
    decades : float
        M of the logicle.
    width : float or None
        W of the logicle; None: from the data.
    top : float or None
        T of the logicle; None: ``$PnR``.
    cofactor : float
        Of asinh(x / cofactor): 5 for mass cytometry.
    """

    kind: ScaleKind
    decades: float = 4.5
    width: float | None = None
    top: float | None = None
    cofactor: float = 5.0


@dataclass(frozen=True, slots=True)
class MarkerRule:
    """Where a marker is found.

    Parameters
    ----------
    name : str
        As populations name it.
    synonyms : tuple of str
        Further names in ``$PnS``, beside those that are built in.
    channels : tuple of str
        ``$PnN`` to take, the first that the file has, where no name matches.
    scale : ScaleRule or None
        None: the template's.
    """

    name: str
    synonyms: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    scale: ScaleRule | None = None


@dataclass(frozen=True, slots=True)
class Fallback:
    """The method that takes over where a rule's method finds no cut, on the same events.

    Parameters
    ----------
    method : {"tail", "mad"}
        A cut beside the highest peak.
    parameters : mapping
        Of that method.
    """

    method: Literal["tail", "mad"]
    parameters: Mapping[str, float | str | tuple[float, ...]] = field(default_factory=dict)


OnFailure: TypeAlias = float | Literal["refuse"] | Fallback


@dataclass(frozen=True, slots=True)
class CutRule:
    """One bound, or two, on one marker.

    Parameters
    ----------
    marker : str
        Name of the marker.
    side : {"+", "-", "between"}
        Which side of the cut belongs to the population.
    method : str
        How the cut is found; ``same``: the cut of another population.
    parameters : mapping
        Of the method.
    of : str or None
        Population whose events are looked at; None: the parent. For ``same``: the population whose cut it is.
    control : str or None
        Name of a control file whose events are looked at instead.
    on_failure : "refuse", Fallback or float
        What happens where the method finds no cut; a number is the cut on the display scale.
    optional : bool
        The cut is left out where the file has no such marker.
    """

    marker: str
    side: Side
    method: CutMethod
    parameters: Mapping[str, float | str | tuple[float, ...]] = field(default_factory=dict)
    of: str | None = None
    control: str | None = None
    on_failure: OnFailure = "refuse"
    optional: bool = False


@dataclass(frozen=True, slots=True)
class OutlineRule:
    """A region in the plane of two markers.

    Parameters
    ----------
    x, y : str
        Markers.
    method : str
        ``singlets``: a band about the line of height on area; ``ellipse``: one component of a mixture; ``backgate``:
        an ellipse about another population's events.
    parameters : mapping
        Of the method.
    of : str or None
        ``ellipse``: the component nearest to this population's median; ``backgate``: the population itself.
    """

    x: str
    y: str
    method: OutlineMethod
    parameters: Mapping[str, float | str | tuple[float, ...]] = field(default_factory=dict)
    of: str | None = None


@dataclass(frozen=True, slots=True)
class PopulationRule:
    """One population within a parent: by cuts, by an outline, or by other populations.

    Parameters
    ----------
    name : str
        Becomes the gate's id.
    parent : str or None
        None: all events.
    cuts : tuple of CutRule
        Together one rectangle.
    outline : OutlineRule or None
        In place of cuts.
    without, any_of : tuple of str
        In place of cuts: the parent's events that are in none, or in at least one, of these populations.
    if_missing : {"refuse", "skip", "omit"}
        The file lacks a marker: the file is refused, the step is passed over, or the population and its children are
        not evaluable.
    note : str
        Why it is drawn so.
    """

    name: str
    parent: str | None
    cuts: tuple[CutRule, ...] = ()
    outline: OutlineRule | None = None
    without: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    if_missing: IfMissing = "refuse"
    note: str = ""

    @property
    def markers(self) -> tuple[str, ...]:
        """Return the markers that the population needs, each once."""
        named = [cut.marker for cut in self.cuts]
        if self.outline is not None:
            named += [self.outline.x, self.outline.y]
        return tuple(dict.fromkeys(named))


@dataclass(frozen=True, slots=True)
class Template:
    """A panel's populations.

    Parameters
    ----------
    name, title : str
        Id and description.
    scale : ScaleRule
        Of fluorescence; scatter and time are taken as they are.
    compensate : bool
        Apply the file's own spillover matrix, where it has one.
    markers : mapping
        Name -> rule, for markers that need more than the built-in synonyms.
    populations : tuple of PopulationRule
        Each after its parent in ``rule_order``.
    """

    name: str
    title: str
    scale: ScaleRule
    compensate: bool
    markers: Mapping[str, MarkerRule]
    populations: tuple[PopulationRule, ...]


def population_needs(rule: PopulationRule) -> tuple[str, ...]:
    """Return the names of the populations that must be known before this one."""
    named = [rule.parent, *rule.without, *rule.any_of, *(cut.of for cut in rule.cuts)]
    if rule.outline is not None:
        named.append(rule.outline.of)
    return tuple(dict.fromkeys(name for name in named if name is not None))


def rule_order(rules: tuple[PopulationRule, ...]) -> tuple[tuple[PopulationRule, ...], tuple[str, ...]]:
    """Order populations so that each comes after those it needs.

    Returns
    -------
    ordered : tuple of PopulationRule
        In the template's order wherever the needs allow it.
    stuck : tuple of str
        Names that need one another in a circle.
    """
    ordered: list[PopulationRule] = []
    known: set[str] = set()
    waiting = list(rules)
    while waiting:
        ready = next((rule for rule in waiting if known.issuperset(population_needs(rule))), None)
        if ready is None:
            break
        ordered.append(ready)
        known.add(ready.name)
        waiting.remove(ready)
    return tuple(ordered), tuple(rule.name for rule in waiting)
