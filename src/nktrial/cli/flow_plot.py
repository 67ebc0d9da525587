"""nktrial flow plot: gating hierarchies, overlays and time plots of FCS files."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from nktrial.core.errors import NkTrialError
from nktrial.cytometry.density import gate_densities
from nktrial.cytometry.overlay import overlay_views
from nktrial.cytometry.strategy import gate_events
from nktrial.cytometry.time_course import time_course
from nktrial.figures.gates import gate_panels, gate_sheet_svg
from nktrial.figures.overlay import overlay_svg
from nktrial.figures.render import svg_to_png
from nktrial.figures.time_plot import time_plot_svg
from nktrial.formats.fcs import read_fcs
from nktrial.formats.gatingml import read_gating_ml
from nktrial.formats.window import open_source, printable
from nktrial.model.events import EventMatrix
from nktrial.model.gates import BooleanGate, GatingStrategy
from nktrial.model.results import GateView
from nktrial.pipeline.encode import array_text

__all__ = ["plot"]

FORMATS: Final = (".svg", ".png")
QUARANTINED: Final = 4
COLUMNS: Final = 4


@click.command()
@click.argument("fcs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--gates", type=click.Path(path_type=Path), help="Gating-ML 2.0 file; needed without --time.")
@click.option("--overlay", type=click.Path(path_type=Path), help="A second FCS file or a control, drawn in grey below.")
@click.option("--time", "along_time", is_flag=True, help="Draw event rate and channel medians along time.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="File (.svg or .png), or a folder; default: here, named as the FCS."
)
def plot(fcs: tuple[Path, ...], gates: Path | None, overlay: Path | None, along_time: bool, out: Path | None) -> int:
    """Draw the gating hierarchy of FCS files, one picture a file."""
    if gates is None and not along_time:
        raise click.UsageError("--gates is needed to draw a gating hierarchy; give a Gating-ML file, or --time.")
    if overlay is not None and along_time:
        raise click.UsageError("--overlay and --time are two pictures; ask for one at a time.")
    kind = "time" if along_time else "gates" if overlay is None else "overlay"
    targets = _targets(out, fcs, kind)
    strategy = GatingStrategy(()) if gates is None else _read_gates(gates)
    below = None if overlay is None else (overlay.name, _read_events(overlay))
    faults = 0
    for path, target in zip(fcs, targets, strict=True):
        try:
            svg = _time(path, strategy) if along_time else _hierarchy(path, strategy, below)
        except NkTrialError as error:
            if len(fcs) == 1:
                raise
            click.echo(f"error: {error}", err=True)
            faults += 1
        else:
            _write_new(target, svg_to_png(svg) if target.suffix.lower() == ".png" else svg.encode("utf-8"))
            click.echo(printable(str(target)))
    if not faults:
        return 0
    return QUARANTINED if faults < len(fcs) else NkTrialError.exit_code


def _hierarchy(path: Path, strategy: GatingStrategy, below: tuple[str, EventMatrix] | None) -> str:
    """Draw the gates of one file, over another where there is one."""
    matrix = _read_events(path)
    gated = gate_events(matrix, strategy, membership=True)
    if below is not None:
        name, control = below
        results = (gated, gate_events(control, strategy, membership=True))
        views = overlay_views((path.name, name), (matrix, control), strategy, results)
        return overlay_svg(views, name="overlay", title=f"{path.name} over {name}")
    pictures = [
        GateView(
            sample_id="",
            file=path.name,
            path=item.path,
            parent_path=item.parent_path,
            x_label=item.x_label,
            y_label=item.y_label,
            x_range=item.x_range,
            y_range=item.y_range,
            x_ticks=item.x_ticks,
            y_ticks=item.y_ticks,
            grid=array_text(item.counts.astype("<u4")),
            grid_shape=(item.counts.shape[0], item.counts.shape[1]),
            outline=item.outline,
            count=item.count,
            parent_count=item.parent_count,
            record="",
        )
        for item in gate_densities(matrix, strategy, gated)
    ]
    return gate_sheet_svg(gate_panels(pictures), name="gates", title=f"{path.name}: gating hierarchy", columns=COLUMNS)


def _time(path: Path, strategy: GatingStrategy) -> str:
    """Draw one file along time: the channels that the gates read, or all where there are no gates."""
    read = {
        channel
        for gate in strategy.gates
        if not isinstance(gate, BooleanGate)
        for item in gate.dimensions
        for channel in _channels_of(item.channel, item.ratio, strategy)
    }
    return time_plot_svg(time_course(_read_events(path), path.name, channels=sorted(read)), name="time")


def _channels_of(channel: str, ratio: str | None, strategy: GatingStrategy) -> tuple[str, ...]:
    """Return the channels that a dimension reads."""
    found = strategy.ratios.get(ratio or "")
    return (channel,) if found is None else (found.numerator, found.denominator)


def _targets(out: Path | None, fcs: Sequence[Path], kind: str) -> list[Path]:
    """Return the file to write for each FCS file; none exists, and no two are the same."""
    folder = out is None or out.is_dir() or len(fcs) > 1
    if folder and out is not None and os.path.lexists(out) and not out.is_dir():
        raise click.UsageError("--out must be a folder where several FCS files are given.")
    place = Path() if out is None else out
    targets = [place / f"{path.stem}-{kind}.svg" for path in fcs] if folder else [place]
    if len(set(targets)) < len(targets):
        raise click.UsageError("two of the FCS files have the same name, so that their pictures would share one file.")
    for target in targets:
        if target.suffix.lower() not in FORMATS:
            raise click.UsageError(f"--out must end in .svg or .png, found {printable(target.name, 60)!r}.")
        if os.path.lexists(target):
            raise click.UsageError(f"{printable(str(target))} exists; nothing is overwritten: name a new file.")
    return targets


def _read_gates(path: Path) -> GatingStrategy:
    return read_gating_ml(open_source(path, name=str(path), kind="gatingml")[1])


def _read_events(path: Path) -> EventMatrix:
    return read_fcs(open_source(path, name=str(path), kind="fcs")[1])


def _write_new(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        waiting = path.with_name(f".nktrial-{os.getpid()}-{path.name}")
        try:
            with waiting.open("xb") as file:
                file.write(content)
            os.link(waiting, path)
        finally:
            waiting.unlink(missing_ok=True)
    except OSError as error:
        raise click.UsageError(f"cannot write {printable(str(path))}: {error.strerror}.") from error
