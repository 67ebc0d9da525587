"""nktrial flow gate: gates drawn from the data by a template, written as Gating-ML."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from nktrial.cli.fcs_choice import FcsChoice, fcs_options
from nktrial.cli.flow_answer import exit_code
from nktrial.cli.flow_jobs import outcomes
from nktrial.cli.gate_answer import Answer, answer_json, answer_text
from nktrial.cli.new_files import check_targets, write_new_files
from nktrial.core.errors import MethodError
from nktrial.cytometry.strategy import gate_events
from nktrial.cytometry.templates.draw import draw_gates
from nktrial.formats.gate_overrides import Override, OverridesFile, read_overrides
from nktrial.formats.gatingml_write import write_gating_ml
from nktrial.formats.panel_file import read_panel
from nktrial.formats.template import load_template
from nktrial.formats.window import open_window, printable
from nktrial.model.events import EventMatrix
from nktrial.model.gate_report import DrawnGates
from nktrial.model.origin import Finding
from nktrial.model.template import ScaleKind, ScaleRule, Template

__all__ = ["gate"]


@click.command()
@click.argument("fcs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--template", required=True, help="A template file, or the name of one that comes with nktrial.")
@click.option("--out", type=click.Path(path_type=Path), help="Write the gates: a file, or with several FCS a folder.")
@click.option("--control", "controls", multiple=True, metavar="NAME=FILE", help="A control file; repeat.")
@click.option("--panel", type=click.Path(path_type=Path), help="Table channel,marker[,fluorochrome].")
@click.option("--overrides", type=click.Path(path_type=Path), help="Gates set by hand: TOML or Gating-ML.")
@click.option("--scale", type=click.Choice(["logicle", "asinh", "as_is"]), help="In place of the template's scale.")
@fcs_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def gate(
    fcs: tuple[Path, ...],
    template: str,
    out: Path | None,
    controls: tuple[str, ...],
    scale: ScaleKind | None,
    reading: FcsChoice,
    as_json: bool,
    **added: Path | None,
) -> int:
    """Draw a template's gates in FCS files, count their events, and write them as Gating-ML."""
    targets = {} if out is None else check_targets(out, fcs, ".xml")
    rules = load_template(template)
    if scale is not None:
        rules = replace(rules, scale=ScaleRule(scale))
    panel = added["panel"]
    named = {} if panel is None else read_panel(open_window(panel, name=str(panel)))
    by_hand = _overrides(added["overrides"], fcs)
    control_files = _controls(controls, reading)

    def drawn(path: Path, _threads: int) -> Answer:
        return _gate_file(path, reading.read(path), rules, (named, control_files, by_hand))

    answers, faults = outcomes(fcs, drawn)
    if out is not None:
        write_new_files({targets[item.path]: [write_gating_ml(item.drawn.strategy)] for item in answers})
    unused = _unused(by_hand, fcs)
    if as_json:
        click.echo(answer_json(rules, answers, faults, unused))
    else:
        answer_text(answers, faults, unused)
    return exit_code(len(answers), faults)


def _gate_file(
    path: Path,
    matrix: EventMatrix,
    template: Template,
    beside: tuple[dict[str, str], dict[str, EventMatrix], OverridesFile],
) -> Answer:
    """Draw and apply the gates of one file, with markers, controls and gates set by hand."""
    panel, controls, by_hand = beside
    mine: Sequence[Override] = (*by_hand.whole, *_of_file(by_hand, path))
    drawn = draw_gates(matrix, template, panel=panel, controls=controls, overrides=mine, where=printable(str(path)))
    if not drawn.strategy.gates:
        raise MethodError(
            "NK-TPL-35",
            f"none of the template's gates could be drawn: {_reasons(drawn)}.",
            where=printable(str(path)),
            remedy="Give the panel's markers with --panel, or a template for this panel.",
        )
    gated = gate_events(matrix, drawn.strategy)
    return Answer(path, drawn, gated, (*matrix.findings, *drawn.findings, *gated.findings))


def _reasons(drawn: DrawnGates) -> str:
    """Return why the first gates failed, each reason once."""
    said = dict.fromkeys(f"{report.path}: {report.reason.rstrip('.')}" for report in drawn.gates if report.reason)
    return "; ".join(list(said)[:3])


def _of_file(by_hand: OverridesFile, path: Path) -> tuple[Override, ...]:
    """Return the overrides that name a file by its name or by its path."""
    names = dict.fromkeys((path.name, str(path)))
    return tuple(item for name in names for item in by_hand.by_file.get(name, ()))


def _overrides(path: Path | None, fcs: tuple[Path, ...]) -> OverridesFile:
    """Read the overrides file; a Gating-ML file speaks of one file of events."""
    if path is None:
        return OverridesFile({})
    found = read_overrides(open_window(path, name=str(path)))
    if found.whole and len(fcs) > 1:
        raise click.UsageError(
            "--overrides names a Gating-ML file, which replaces the gates of one FCS file; give one at a time."
        )
    return found


def _unused(by_hand: OverridesFile, fcs: tuple[Path, ...]) -> tuple[Finding, ...]:
    """Report overrides of files that were not gated: a misspelt name would else pass unseen."""
    given = {name for path in fcs for name in (path.name, str(path))}
    names = [name for name in by_hand.by_file if name not in given]
    if not names:
        return ()
    listed = ", ".join(printable(name, 60) for name in names[:10])
    message = f"The overrides file also names {listed}, which is not among the files given; those overrides do nothing."
    return (Finding("NK-TPL-30", "warning", "overrides", message, {"files": names}),)


def _controls(given: tuple[str, ...], reading: FcsChoice) -> dict[str, EventMatrix]:
    """Read the control files."""
    found: dict[str, EventMatrix] = {}
    for text in given:
        name, equals, file = text.partition("=")
        if not equals or not name or not file or name in found:
            raise click.UsageError(f"--control takes NAME=FILE, each name once; found {printable(text, 60)!r}.")
        found[name] = reading.read(Path(file))
    return found
