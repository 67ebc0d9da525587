"""nktrial flow qc: the quality of FCS files, step by step."""

from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from nktrial.cli.fcs_choice import FcsChoice, fcs_options
from nktrial.cli.flow_answer import finding_rows, show_samples
from nktrial.cli.flow_jobs import outcomes
from nktrial.cli.new_files import check_new, write_new_files
from nktrial.cytometry.quality.control import QualityOptions, flow_quality
from nktrial.formats.window import printable
from nktrial.model.events import EventMatrix
from nktrial.model.quality import BinCourse, FlowQuality

__all__ = ["qc"]


@click.command()
@click.argument("fcs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--channels", help="Channels to look at, by name or marker, joined by commas; default: all signals.")
@click.option("--viability", default="", help="Channel of the viability dye; default: found by its marker.")
@click.option("--events-per-bin", type=click.IntRange(min=2), help="Events in a bin; default: 500 or more.")
@click.option(
    "--mask", type=click.Path(path_type=Path), help="Write a row an event: kept 0/1 and the step, to this CSV."
)
@fcs_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def qc(
    fcs: tuple[Path, ...],
    channels: str | None,
    viability: str,
    events_per_bin: int | None,
    mask: Path | None,
    reading: FcsChoice,
    as_json: bool,
) -> int:
    """Judge the events of FCS files: margins, flow rate, stability, doublets, dead cells. Nothing is removed."""
    names = tuple(name.strip() for name in (channels or "").split(",") if name.strip())
    options = QualityOptions(names, viability, events_per_bin)
    if mask is not None:
        if len(fcs) > 1:
            raise click.UsageError("--mask takes one FCS file at a time: one row is one event of that file.")
        check_new(mask)
    rows, faults = outcomes(fcs, lambda path, _: _row(path, reading.read(path), options, mask))
    return show_samples(rows, faults, _show, as_json=as_json)


def _row(path: Path, matrix: EventMatrix, options: QualityOptions, mask: Path | None) -> dict[str, Any]:
    """Judge one file, and write its mask where asked."""
    quality = flow_quality(matrix, options, subject=str(path))
    if mask is not None:
        write_new_files({mask: [_mask(quality)]})
    return {
        "file": str(path),
        "events": int(quality.kept.size),
        "kept": int(quality.kept.sum()),
        "removed_share": quality.removed_share,
        "steps": _steps(quality),
        "flags": list(quality.flags),
        "bad_ranges": [
            {
                "step": item.step,
                "start": item.start,
                "stop": item.stop,
                "start_s": item.start_s,
                "stop_s": item.stop_s,
            }
            for item in quality.bad_ranges
        ],
        "bins": _bins(quality.course, matrix),
        "findings": finding_rows((*matrix.findings, *quality.findings)),
    }


def _mask(quality: FlowQuality) -> bytes:
    """Return the mask as CSV: one row an event in file order, 1 where it is kept, else 0 and the step."""
    rows = ["1,", *(f"0,{step.name}" for step in quality.steps)]
    return ("kept,step\n" + "".join(f"{rows[step + 1]}\n" for step in quality.taken_by.tolist())).encode("ascii")


def _steps(quality: FlowQuality) -> list[dict[str, Any]]:
    """Return the steps as JSON; shares are of the file's events."""
    events = quality.kept.size
    return [
        {
            "step": step.name,
            "reached": step.reached,
            "removed": step.removed,
            "share": step.removed / events if events else None,
            "channels": [
                {"channel": name, "removed": count, "share": count / events} for name, count in step.channels.items()
            ],
            "details": dict(step.details),
            "skipped": step.skipped,
        }
        for step in quality.steps
    ]


def _bins(course: BinCourse, matrix: EventMatrix) -> dict[str, Any]:
    """Return the medians along the measurement as JSON."""
    markers = {channel.name: channel.marker for channel in matrix.channels}
    return {
        "start": [int(value) for value in course.starts],
        "stop": [int(value) for value in course.stops],
        "time_s": None if course.time_s is None else _numbers(course.time_s),
        "channels": [
            {"channel": name, "marker": markers.get(name, ""), "median": _numbers(values)}
            for name, values in course.medians.items()
        ],
    }


def _numbers(values: NDArray[np.float64]) -> list[float | None]:
    """Return numbers with seven significant digits; what is not finite is null."""
    return [float(f"{value:.7g}") if np.isfinite(value) else None for value in values]


def _percent(part: int, whole: int) -> str:
    """Return a share in percent that never says 100 or 0 where it is not."""
    if whole == 0:
        return "-"
    shown = f"{100 * part / whole:.1f}"
    if part < whole and shown == "100.0":
        return "above 99.9 %"
    return "below 0.1 %" if part and shown == "0.0" else f"{shown} %"


def _show(row: dict[str, Any]) -> None:
    """Print one file's steps as a table."""
    share = _percent(row["kept"], row["events"])
    click.echo(f"{printable(row['file'])}: {row['events']:,} events, {row['kept']:,} kept ({share})")
    for step in row["steps"]:
        name = step["step"].replace("_", " ")
        if step["skipped"]:
            click.echo(f"  {name:<18} {'not done':>10}           {printable(step['skipped'], 80)}")
            continue
        worst = sorted(step["channels"], key=lambda item: -item["removed"])[:3]
        named = ", ".join(f"{printable(item['channel'], 30)} {item['removed']:,}" for item in worst)
        percent = 100 * step["share"] if step["share"] is not None else 0.0
        click.echo(f"  {name:<18} {step['removed']:>10,}  {percent:6.2f} %  {named}".rstrip())
    if row["flags"]:
        click.echo(f"  flags: {', '.join(row['flags'])}")
