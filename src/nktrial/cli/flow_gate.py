"""nktrial flow gate: gates drawn from the data by a template, written as Gating-ML."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import click

from nktrial.cli.gate_answer import Answer, answer_json, answer_text
from nktrial.cli.new_files import check_targets, write_new_files
from nktrial.core.errors import NkTrialError
from nktrial.cytometry.strategy import gate_events
from nktrial.cytometry.templates.draw import draw_gates
from nktrial.formats.fcs import read_fcs
from nktrial.formats.gate_overrides import Override, OverridesFile, read_overrides
from nktrial.formats.gatingml_write import write_gating_ml
from nktrial.formats.panel_file import read_panel
from nktrial.formats.template import load_template
from nktrial.formats.window import open_source, printable
from nktrial.model.events import EventMatrix
from nktrial.model.origin import Finding
from nktrial.model.template import ScaleKind, ScaleRule, Template

__all__ = ["gate"]

QUARANTINED: Final = 4


@click.command()
@click.argument("fcs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--template", required=True, help="A template file, or the name of one that comes with nktrial.")
@click.option("--out", type=click.Path(path_type=Path), help="Write the gates: a file, or with several FCS a folder.")
@click.option("--control", "controls", multiple=True, metavar="NAME=FILE", help="A control file; repeat.")
@click.option("--panel", type=click.Path(path_type=Path), help="Table channel,marker[,fluorochrome].")
@click.option("--overrides", type=click.Path(path_type=Path), help="Gates set by hand: TOML or Gating-ML.")
@click.option("--scale", type=click.Choice(["logicle", "asinh", "as_is"]), help="In place of the template's scale.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def gate(
    fcs: tuple[Path, ...],
    template: str,
    out: Path | None,
    controls: tuple[str, ...],
    panel: Path | None,
    overrides: Path | None,
    scale: ScaleKind | None,
    as_json: bool,
) -> int:
    """Draw a template's gates in FCS files, count their events, and write them as Gating-ML."""
    targets = check_targets(out, fcs)
    rules = load_template(template)
    if scale is not None:
        rules = replace(rules, scale=ScaleRule(scale))
    named = {} if panel is None else read_panel(open_source(panel, name=str(panel), kind="panel")[1])
    by_hand = _overrides(overrides, fcs)
    control_files = _controls(controls)
    answers: list[Answer] = []
    faults: list[tuple[Path, NkTrialError]] = []
    for path in fcs:
        try:
            answers.append(_gate_file(path, rules, named, control_files, by_hand))
        except NkTrialError as error:
            if len(fcs) == 1:
                raise
            faults.append((path, error))
    if out is not None:
        write_new_files({targets[item.path]: write_gating_ml(item.drawn.strategy) for item in answers})
    unused = _unused(by_hand, fcs)
    if as_json:
        click.echo(answer_json(rules, answers, faults, unused))
    else:
        answer_text(answers, faults, unused)
    if not faults:
        return 0
    return QUARANTINED if answers else NkTrialError.exit_code


def _gate_file(
    path: Path,
    template: Template,
    panel: dict[str, str],
    controls: dict[str, EventMatrix],
    by_hand: OverridesFile,
) -> Answer:
    """Draw and apply the gates of one file."""
    matrix = read_fcs(open_source(path, name=str(path), kind="fcs")[1])
    mine: Sequence[Override] = (*by_hand.whole, *_of_file(by_hand, path))
    drawn = draw_gates(matrix, template, panel=panel, controls=controls, overrides=mine, where=printable(str(path)))
    gated = gate_events(matrix, drawn.strategy)
    return Answer(path, drawn, gated, (*matrix.findings, *drawn.findings, *gated.findings))


def _of_file(by_hand: OverridesFile, path: Path) -> tuple[Override, ...]:
    """Return the overrides that name a file by its name or by its path."""
    names = dict.fromkeys((path.name, str(path)))
    return tuple(item for name in names for item in by_hand.by_file.get(name, ()))


def _overrides(path: Path | None, fcs: tuple[Path, ...]) -> OverridesFile:
    """Read the overrides file; a Gating-ML file speaks of one file of events."""
    if path is None:
        return OverridesFile({})
    found = read_overrides(open_source(path, name=str(path), kind="overrides")[1])
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


def _controls(given: tuple[str, ...]) -> dict[str, EventMatrix]:
    """Read the control files."""
    found: dict[str, EventMatrix] = {}
    for text in given:
        name, equals, file = text.partition("=")
        if not equals or not name or not file or name in found:
            raise click.UsageError(f"--control takes NAME=FILE, each name once; found {printable(text, 60)!r}.")
        found[name] = read_fcs(open_source(Path(file), name=file, kind="fcs")[1])
    return found
