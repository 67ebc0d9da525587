"""nktrial flow plot: gating hierarchies, overlays and time plots of FCS files."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias

import click

from nktrial.cli.fcs_choice import FcsChoice, fcs_options
from nktrial.cli.flow_answer import exit_code, finding_rows, show_faults, show_findings
from nktrial.cli.flow_jobs import outcomes
from nktrial.cli.new_files import check_targets, write_new_files
from nktrial.cytometry.density import gate_densities
from nktrial.cytometry.overlay import overlay_views
from nktrial.cytometry.strategy import gate_events
from nktrial.figures.gates import gate_panels, gate_sheet_svg
from nktrial.figures.marginals import marginal_views
from nktrial.figures.overlay import overlay_svg
from nktrial.figures.render import svg_to_png
from nktrial.formats.window import open_window, printable
from nktrial.model.events import EventMatrix
from nktrial.model.gates import BooleanGate, GatingStrategy
from nktrial.model.origin import Finding
from nktrial.model.pictures import BadTime
from nktrial.model.results import GateView
from nktrial.pipeline.encode import array_text
from nktrial.pipeline.gates import GatesFile, gates_of, read_gates

__all__ = ["plot"]

FORMATS: Final = (".svg", ".png")
COLUMNS: Final = 4

Picture: TypeAlias = tuple[str, tuple[Finding, ...]]


@click.command()
@click.argument("fcs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--gates", type=click.Path(path_type=Path), help="Gating-ML 2.0 file or FlowJo workspace; needed without --time."
)
@click.option("--overlay", type=click.Path(path_type=Path), help="A second FCS file or a control, drawn in grey below.")
@click.option("--histograms", is_flag=True, help="With --overlay: each channel on its own, as histograms.")
@click.option("--time", "along_time", is_flag=True, help="Draw event rate and channel medians along time.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="File (.svg or .png), or a folder; default: here, named as the FCS."
)
@fcs_options
def plot(
    fcs: tuple[Path, ...],
    gates: Path | None,
    overlay: Path | None,
    histograms: bool,
    along_time: bool,
    out: Path | None,
    reading: FcsChoice,
) -> int:
    """Draw the gating hierarchy of FCS files, one picture a file."""
    kind = _kind(gates, overlay, histograms=histograms, along_time=along_time)
    targets = _targets(out, fcs, kind)
    known = GatingStrategy(()) if gates is None else read_gates(open_window(gates, name=str(gates)))
    draw: Callable[[Path, EventMatrix], Picture]
    if overlay is not None:
        below = (overlay.name, reading.read(overlay))
        draw = partial(_overlay, known=known, below=below, histograms=histograms)
    else:
        draw = partial(_time if along_time else _hierarchy, known=known)

    def drawn(path: Path, _threads: int) -> Path:
        matrix, target = reading.read(path), targets[path]
        svg, findings = draw(path, matrix)
        write_new_files({target: [svg_to_png(svg) if target.suffix.lower() == ".png" else svg.encode("utf-8")]})
        click.echo(printable(str(target)))
        show_findings(finding_rows((*matrix.findings, *findings)))
        return target

    pictures, faults = outcomes(fcs, drawn)
    show_faults(faults)
    return exit_code(len(pictures), faults)


def _kind(gates: Path | None, overlay: Path | None, *, histograms: bool, along_time: bool) -> str:
    """Return what is to be drawn, as files are named for it; refuse what cannot be asked for together."""
    if gates is None and not along_time:
        raise click.UsageError("--gates is needed to draw a gating hierarchy; give a gates file, or --time.")
    if overlay is not None and along_time:
        raise click.UsageError("--overlay and --time are two pictures; ask for one at a time.")
    if histograms and overlay is None:
        raise click.UsageError("--histograms compares two samples; give the second with --overlay.")
    if along_time:
        return "time"
    return "gates" if overlay is None else "histograms" if histograms else "overlay"


def _overlay(
    path: Path, matrix: EventMatrix, known: GatesFile, below: tuple[str, EventMatrix], *, histograms: bool
) -> Picture:
    """Draw one file over another, both under the first one's gates."""
    name, control = below
    strategy = gates_of(known, matrix, path.name, as_flowjo=False).strategy
    results = (
        gate_events(matrix, strategy, membership=True),
        gate_events(control, strategy, membership=True),
    )
    views = overlay_views((path.name, name), (matrix, control), strategy, results)
    shown = marginal_views(views) if histograms else views
    return overlay_svg(shown, name="overlay", title=f"{path.name} over {name}"), results[0].findings


def _hierarchy(path: Path, matrix: EventMatrix, known: GatesFile) -> Picture:
    """Draw the gates of one file."""
    strategy = gates_of(known, matrix, path.name, as_flowjo=False).strategy
    gated = gate_events(matrix, strategy, membership=True)
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
    title = f"{path.name}: gating hierarchy"
    return gate_sheet_svg(gate_panels(pictures), name="gates", title=title, columns=COLUMNS), gated.findings


def _time(path: Path, matrix: EventMatrix, known: GatesFile) -> Picture:
    """Draw one file along time: the channels that the gates read, or all where there are no gates.

    Shaded is what quality control finds bad in all signals, whichever are drawn.
    """
    from nktrial.cytometry.quality.control import flow_quality  # noqa: PLC0415 (scipy takes 0.4 s)
    from nktrial.cytometry.time_course import time_course  # noqa: PLC0415
    from nktrial.figures.time_plot import time_plot_svg  # noqa: PLC0415

    strategy = gates_of(known, matrix, path.name, as_flowjo=False).strategy
    read = {
        channel
        for gate in strategy.gates
        if not isinstance(gate, BooleanGate)
        for item in gate.dimensions
        for channel in _channels_of(item.channel, item.ratio, strategy)
    }
    quality = flow_quality(matrix, subject=str(path))
    bad = [
        BadTime(item.start_s, item.stop_s, item.step.replace("_", " "))
        for item in quality.bad_ranges
        if item.start_s is not None and item.stop_s is not None
    ]
    course = time_course(matrix, path.name, channels=sorted(read), bad=bad)
    return time_plot_svg(course, name="time"), quality.findings


def _channels_of(channel: str, ratio: str | None, strategy: GatingStrategy) -> tuple[str, ...]:
    """Return the channels that a dimension reads."""
    found = strategy.ratios.get(ratio or "")
    return (channel,) if found is None else (found.numerator, found.denominator)


def _targets(out: Path | None, fcs: Sequence[Path], kind: str) -> dict[Path, Path]:
    """Return the file to write for each FCS file; its ending says which format."""
    targets = check_targets(Path() if out is None else out, fcs, f"-{kind}.svg")
    for target in targets.values():
        if target.suffix.lower() not in FORMATS:
            raise click.UsageError(f"--out must end in .svg or .png, found {printable(target.name, 60)!r}.")
    return targets
