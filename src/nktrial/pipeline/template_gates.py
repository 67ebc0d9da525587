"""A template as a gates file: read with what a laboratory adds to it, drawn in each file of events.

Definition
    The channels' markers come from a panel file, gates set by hand from an overrides file; an override that names one
    file holds for that file, by its name or its path.

Not decided here
    How gates are drawn (`nktrial.cytometry.templates`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePath

from nktrial.cytometry.templates.draw import draw_gates
from nktrial.formats.gate_overrides import OverridesFile, read_overrides
from nktrial.formats.panel_file import read_panel
from nktrial.formats.template import read_template
from nktrial.formats.window import Window
from nktrial.model.events import EventMatrix
from nktrial.model.gates import GatingStrategy
from nktrial.model.template import Template
from nktrial.model.workspace import Unsupported

__all__ = ["DrawnByTemplate", "drawn_in", "read_drawn_by_template"]


@dataclass(frozen=True, slots=True)
class DrawnByTemplate:
    """A template with what a laboratory adds to it: the channels' markers, and gates set by hand."""

    template: Template
    markers: Mapping[str, str] = field(default_factory=dict)
    overrides: OverridesFile = field(default_factory=lambda: OverridesFile({}))


def read_drawn_by_template(template: Window, markers: Window | None, overrides: Window | None) -> DrawnByTemplate:
    """Read a template and the files that go with it.

    Raises
    ------
    SourceError
        Of each file's own reader.
    """
    return DrawnByTemplate(
        read_template(template),
        {} if markers is None else read_panel(markers),
        OverridesFile({}) if overrides is None else read_overrides(overrides),
    )


def drawn_in(
    gates: DrawnByTemplate, matrix: EventMatrix, file_name: str
) -> tuple[GatingStrategy, tuple[Unsupported, ...]]:
    """Return the gates that the template draws in a file, and the populations that it could not place.

    Raises
    ------
    MethodError
        NK-TPL-20 to NK-TPL-34 the template cannot be drawn in the file.
    """
    names = dict.fromkeys((PurePath(file_name).name, file_name))
    by_hand = [item for name in names for item in gates.overrides.by_file.get(name, ())]
    drawn = draw_gates(
        matrix, gates.template, panel=gates.markers, overrides=(*gates.overrides.whole, *by_hand), where=file_name
    )
    strategy = replace(drawn.strategy, findings=(*drawn.strategy.findings, *drawn.findings))
    missing = tuple(Unsupported(gate.population, gate.reason) for gate in drawn.gates if gate.status == "not_evaluable")
    return strategy, missing
