"""nktrial str plot: electropherograms of ABIF lanes, one panel a dye."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from nktrial.chimerism.alleles import ARTEFACTS, BIN_BP
from nktrial.chimerism.calls import call_trace
from nktrial.chimerism.ladder import LadderBins, align_ladder
from nktrial.cli.new_files import write_new_files
from nktrial.cli.str_call import kit_by_name, lane_of
from nktrial.core.errors import NkTrialError
from nktrial.figures.electropherogram import electropherogram_spec
from nktrial.figures.render import render_svg, svg_to_png
from nktrial.formats.genotypes import read_genotypes
from nktrial.formats.window import open_source, printable
from nktrial.model.kit import Kit
from nktrial.model.results import TraceView
from nktrial.model.trace import Genotype
from nktrial.pipeline.encode import array_text
from nktrial.pipeline.strs import artefact_marks
from nktrial.pipeline.views import allele_owners

__all__ = ["plot"]

FORMATS: Final = (".svg", ".png")
QUARANTINED: Final = 4


@click.command()
@click.argument("traces", nargs=-1, required=True, metavar="ABIF...", type=click.Path(path_type=Path))
@click.option("--kit", "kit_id", required=True, help="Kit id, e.g. identifiler; or a kit file (.toml).")
@click.option("--ladder", type=click.Path(path_type=Path), help="Ladder lane of the same run.")
@click.option(
    "--genotypes", type=click.Path(path_type=Path), help="Table person,marker,allele1,allele2: colours the alleles."
)
@click.option("--analysed", is_flag=True, help="Take the software's separated, baselined arrays, not the raw ones.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="File (.svg or .png), or a folder; default: here, named as the ABIF."
)
def plot(
    traces: tuple[Path, ...],
    kit_id: str,
    ladder: Path | None,
    genotypes: Path | None,
    analysed: bool,
    out: Path | None,
) -> int:
    """Draw the electropherograms of ABIF lanes, one picture a file."""
    targets = _targets(out, traces)
    kit: Kit = kit_by_name(kit_id)
    bins = None if ladder is None else align_ladder(lane_of(ladder, analysed=analysed), kit)
    persons = () if genotypes is None else read_genotypes(open_source(genotypes, name=str(genotypes), kind="table")[1])
    faults = 0
    for path, target in zip(traces, targets, strict=True):
        try:
            view = _view(path, kit, bins, persons, analysed=analysed)
        except NkTrialError as error:
            if len(traces) == 1:
                raise
            click.echo(f"error: {path.name}: {error}", err=True)
            faults += 1
            continue
        svg = render_svg(electropherogram_spec(view), name="trace")
        picture = svg_to_png(svg) if target.suffix.lower() == ".png" else svg.encode("utf-8")
        write_new_files({target: [picture]})
        click.echo(printable(str(target)))
    if not faults:
        return 0
    return QUARANTINED if faults < len(traces) else NkTrialError.exit_code


def _view(path: Path, kit: Kit, bins: LadderBins | None, persons: Sequence[Genotype], *, analysed: bool) -> TraceView:
    """Call a lane and return what is drawn of it."""
    calls = call_trace(lane_of(path, analysed=analysed), kit, ladder=bins)
    lane = calls.electropherogram
    rungs = () if bins is None else [(item.locus.dye, float(size)) for item in bins.loci for size in item.size_bp]
    return TraceView(
        file=path.name,
        dyes=kit.dyes[:-1],
        size_bp=tuple(float(size) for size in lane.size_bp),
        heights=tuple(array_text(row.astype("<i2")) for row in lane.heights),
        peaks=tuple(
            (kit.dyes.index(peak.dye), peak.size_bp, peak.height_rfu, peak.marker, peak.allele)
            for peak in calls.profile.peaks
            if peak.marker and peak.allele and not ARTEFACTS & set(peak.flags)
        ),
        record="",
        marks=artefact_marks(calls.profile.peaks, kit),
        bins=tuple((dye, size - BIN_BP, size + BIN_BP) for dye, size in rungs),
        owners=allele_owners(persons),
    )


def _targets(out: Path | None, traces: Sequence[Path]) -> list[Path]:
    """Return the picture to write for each lane; none exists, and no two are the same."""
    folder = out is None or out.is_dir() or len(traces) > 1
    place = Path() if out is None else out
    if folder and os.path.lexists(place) and not place.is_dir():
        raise click.UsageError("--out must be a folder where several lanes are given.")
    targets = [place / f"{path.stem}-trace.svg" for path in traces] if folder else [place]
    if len(set(targets)) < len(targets):
        raise click.UsageError("two of the lanes have the same name, so that their pictures would share one file.")
    for target in targets:
        if target.suffix.lower() not in FORMATS:
            raise click.UsageError(f"--out must end in .svg or .png, found {printable(target.name, 60)!r}.")
        if os.path.lexists(target):
            raise click.UsageError(f"{printable(str(target))} exists; nothing is overwritten: name a new file.")
    return targets
