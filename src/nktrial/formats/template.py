"""Gating templates: from the bytes of a TOML file to a template.

Definition
    Schema ``nktrial-template/1``; every key is in docs/gating-templates.md. Keys are known or refused, each method
    takes its own parameters only, and what a population names exists and does not lead back to itself.

Not decided here
    Whether a file of events has the markers.
"""

from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from nktrial.core.errors import SourceError
from nktrial.formats.issues import CellError, suggestion
from nktrial.formats.plan_text import parsed_toml
from nktrial.formats.table_text import table_text
from nktrial.formats.template_checks import template_fault
from nktrial.formats.template_place import line_of
from nktrial.formats.template_rows import (
    CUT_PARAMETERS,
    OUTLINE_PARAMETERS,
    CutRow,
    FallbackRow,
    MarkerRow,
    OutlineRow,
    PopulationRow,
    ScaleRow,
    TemplateFile,
)
from nktrial.formats.window import Window, open_source, printable
from nktrial.model.template import (
    CUT_METHODS,
    OUTLINE_METHODS,
    CutRule,
    Fallback,
    MarkerRule,
    OnFailure,
    OutlineRule,
    PopulationRule,
    ScaleRule,
    Template,
)

__all__ = ["SCHEMA", "load_template", "read_template", "shipped_template", "shipped_templates"]

SCHEMA: Final = "nktrial-template/1"
MAX_BYTES: Final = 1024**2
FOLDER: Final = "gating_templates"
SEE: Final = "See docs/gating-templates.md."


def shipped_templates() -> tuple[str, ...]:
    """Return the names of the templates that come with nktrial."""
    folder = files("nktrial.formats") / FOLDER
    return tuple(sorted(item.name.removesuffix(".toml") for item in folder.iterdir() if item.name.endswith(".toml")))


def shipped_template(name: str) -> str:
    """Return the text of a shipped template.

    Raises
    ------
    SourceError
        NK-TPL-12 there is none of that name.
    """
    if name in shipped_templates():
        return (files("nktrial.formats") / FOLDER / f"{name}.toml").read_text(encoding="utf-8")
    meant = suggestion(name, shipped_templates())
    raise SourceError(
        "NK-TPL-12",
        f"{printable(name, 80)!r} is neither a file nor a template that comes with nktrial.",
        remedy=f"Did you mean {meant}?" if meant else f"Shipped: {', '.join(shipped_templates())}.",
    )


def load_template(name: str) -> Template:
    """Return a shipped template by its name, or the template of a file.

    Raises
    ------
    SourceError
        NK-TPL-12 neither a shipped template nor a file; else as ``read_template`` and ``open_source``.
    """
    path = Path(name)
    if name in shipped_templates() or (not path.exists() and path.suffix != ".toml"):
        return read_template(Window(shipped_template(name).encode(), f"{name}.toml"))
    return read_template(open_source(path, name=name, kind="template", max_bytes=MAX_BYTES)[1])


def read_template(window: Window) -> Template:
    """Read a gating template.

    Raises
    ------
    SourceError
        NK-TPL-01 no TOML; NK-TPL-02 another schema; NK-TPL-03 an unknown key; NK-TPL-04 a missing key; NK-TPL-05 a
        wrong value; NK-TPL-06 an unknown method; NK-TPL-07 a parameter that the method does not take; NK-TPL-08 a
        population that does not exist; NK-TPL-09 a circle; NK-TPL-10 a name that stands twice; NK-TPL-11 a population
        of contradicting or missing rules.
    """
    try:
        text, _ = table_text(bytes(window.take(0, window.size, "template")))
        document = parsed_toml(text)
    except CellError as fault:
        raise SourceError("NK-TPL-01", fault.message, where=window.name, remedy="Give a template in TOML.") from fault
    place = _place(window.name, text)
    if document.get("schema") != SCHEMA:
        raise SourceError(
            "NK-TPL-02",
            f"schema is {printable(str(document.get('schema')), 60)!r}, expected {SCHEMA!r}.",
            where=place(("schema",)),
            remedy="Write the line, or install the nktrial that the template was written for.",
        )
    try:
        parsed = TemplateFile.model_validate(document)
        populations = tuple(_population(row, number) for number, row in enumerate(parsed.population))
    except ValidationError as error:
        raise _refusal(error, (), place) from error
    except _ParameterError as error:
        raise _refusal(error.cause, error.path, place, error.method) from error
    template = Template(
        parsed.name,
        parsed.title,
        _scale(parsed.scale),
        parsed.compensation == "file",
        {name: _marker(name, row) for name, row in parsed.markers.items()},
        populations,
    )
    fault_found = template_fault(template)
    if fault_found is not None:
        where, broken = fault_found
        raise SourceError(broken.code, broken.message, where=place(where), remedy=broken.hint)
    return template


class _ParameterError(Exception):
    """A method's parameters are wrong; ``path`` leads to the rule."""

    def __init__(self, path: tuple[str | int, ...], method: str, cause: ValidationError) -> None:
        super().__init__(path)
        self.path = path
        self.method = method
        self.cause = cause


Placer = Callable[[tuple[str | int, ...]], str]


def _place(name: str, text: str) -> Placer:
    """Return a function that names the line of a key."""

    def where(path: tuple[str | int, ...]) -> str:
        line = line_of(text, path)
        return name if line is None else f"{name}, line {line}"

    return where


def _population(row: PopulationRow, number: int) -> PopulationRule:
    """Make one population's rule."""
    here: tuple[str | int, ...] = ("population", number)
    cuts = tuple(_cut(cut, (*here, "cuts", position)) for position, cut in enumerate(row.cuts))
    outline = None if row.outline is None else _outline(row.outline, (*here, "outline"))
    return PopulationRule(
        row.name, row.parent, cuts, outline, tuple(row.without), tuple(row.any_of), row.if_missing, row.note
    )


def _cut(row: CutRow, path: tuple[str | int, ...]) -> CutRule:
    parameters = _parameters(row, CUT_PARAMETERS[row.method], row.method, path)
    failure = _on_failure(row, (*path, "on_failure"))
    return CutRule(row.marker, row.side, row.method, parameters, row.of, row.control, failure, row.optional)


def _on_failure(row: CutRow, path: tuple[str | int, ...]) -> OnFailure:
    """Make the rule for a cut that is not found."""
    match row.on_failure:
        case "refuse":
            return "refuse"
        case "tail":
            return Fallback("tail")
        case FallbackRow() as other:
            return Fallback(other.method, _parameters(other, CUT_PARAMETERS[other.method], other.method, path))
        case value:
            return float(value)


def _outline(row: OutlineRow, path: tuple[str | int, ...]) -> OutlineRule:
    parameters = _parameters(row, OUTLINE_PARAMETERS[row.method], row.method, path)
    return OutlineRule(row.markers[0], row.markers[1], row.method, parameters, row.of)


def _parameters(
    row: CutRow | OutlineRow | FallbackRow, model: type[BaseModel], method: str, path: tuple[str | int, ...]
) -> Mapping[str, Any]:
    """Check the parameters of a method; lists become tuples."""
    try:
        parsed = model.model_validate(row.model_extra or {})
    except ValidationError as error:
        raise _ParameterError(path, method, error) from error
    given = {name: value for name, value in parsed.model_dump().items() if value is not None}
    return {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}


def _scale(row: ScaleRow) -> ScaleRule:
    width, top = row.width, row.top
    return ScaleRule(
        row.kind,
        float(row.decades),
        None if width is None else float(width),
        None if top is None else float(top),
        float(row.cofactor),
    )


def _marker(name: str, row: MarkerRow) -> MarkerRule:
    scale = None if row.scale is None else _scale(row.scale)
    return MarkerRule(name, tuple(row.synonyms), tuple(row.channels), scale)


def _refusal(error: ValidationError, path: tuple[str | int, ...], place: Placer, method: str = "") -> SourceError:
    """Turn the first finding of pydantic into an error, and say how many more there are."""
    found = error.errors(include_url=False)
    problem = found[0]
    whole = (*path, *(part for part in problem["loc"] if part not in _UNION_PARTS))
    code, message, remedy = _message(problem, whole, method)
    more = f" ({len(found) - 1} more problems)" if len(found) > 1 else ""
    return SourceError(code, message + more, where=place(whole), remedy=remedy)


_UNION_PARTS: Final = frozenset(
    {"float", "int", "[key]", "constrained-str", "list[constrained-int]", "constrained-int"}
)


def _message(problem: Any, path: tuple[str | int, ...], method: str) -> tuple[str, str, str]:
    """Return code, message and remedy of one finding."""
    key = str(path[-1])
    shown = printable(str(problem.get("input", "")), 60)
    if problem["type"] == "extra_forbidden":
        known = _known(path, method)
        meant = suggestion(key, known)
        remedy = f"Did you mean {meant}?" if meant else f"Known here: {', '.join(known)}."
        if method:
            return "NK-TPL-07", f"method {method!r} does not take {printable(key, 60)!r}.", remedy
        return "NK-TPL-03", f"the key {printable(key, 60)!r} is not known.", remedy
    if problem["type"] == "missing":
        return "NK-TPL-04", f"the key {key!r} is missing.", f"Add it. {SEE}"
    if key == "method":
        known = CUT_METHODS if "cuts" in path else OUTLINE_METHODS
        meant = suggestion(shown, known)
        remedy = f"Did you mean {meant}?" if meant else f"Known here: {', '.join(known)}."
        return "NK-TPL-06", f"there is no method {shown!r}.", remedy
    if path[0] == "population" and key == "name":
        remedy = (
            "Write letters, digits, _ . or -, beginning with a letter: the name becomes the gate's id in Gating-ML."
        )
        return "NK-TPL-05", f"{shown!r} cannot be a population's name.", remedy
    message = f"{problem['msg'][:1].lower()}{problem['msg'][1:]}"
    return ("NK-TPL-07" if method else "NK-TPL-05"), f"{key!r} is {shown!r}: {message}.", SEE


def _known(path: tuple[str | int, ...], method: str) -> tuple[str, ...]:
    """Return the keys that may stand where an unknown one stands."""
    if method:
        rule: type[BaseModel] = CutRow if "cuts" in path else OutlineRow
        tables = (*CUT_PARAMETERS.items(), *OUTLINE_PARAMETERS.items())
        parameters = next(model for name, model in tables if name == method)
        return (*parameters.model_fields, *rule.model_fields)
    return tuple(_names(path[:-1]))


def _names(path: tuple[str | int, ...]) -> Iterator[str]:
    """Yield the keys of the table at a path."""
    model: type[BaseModel] = TemplateFile
    if path[:1] == ("population",):
        model = PopulationRow
    elif path[:1] == ("scale",) or path[2:3] == ("scale",):
        model = ScaleRow
    elif path[:1] == ("markers",):
        model = MarkerRow
    for name, field in model.model_fields.items():
        yield field.alias or name
