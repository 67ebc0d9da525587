"""Sequencer steps: marker allele counts to contributor shares, in the form in which STR gives them.

The functions run in any process: they take paths and the hashes that the files must have.
"""

from collections.abc import Sequence
from typing import Any, Final

from nktrial.chimerism.ngs import METHOD as COUNTS
from nktrial.chimerism.ngs import NgsFit, fit_marker_counts
from nktrial.core.digest import Json
from nktrial.formats.ngs_counts import read_marker_counts
from nktrial.model.marker_counts import MarkerCounts, MarkerReads
from nktrial.model.method import Method
from nktrial.model.origin import Record
from nktrial.pipeline.encode import extents_value, uncertain_value
from nktrial.pipeline.flow import open_again
from nktrial.pipeline.intake import RawFile
from nktrial.pipeline.ledger import Measured, Step

__all__ = ["METHOD", "counts_step", "reads_step"]

METHOD: Final = Method("pipeline.marker_counts", 1, "nktrial: reads as the exported table states them")


def counts_step(file: RawFile) -> Step:
    """Return the step that reads the counts of a sample or person."""
    label = file.entry.sample_id or file.entry.person_id
    source = file.source
    arguments = (str(file.path), source.name, source.sha256, label)
    return Step("ngs.counts", METHOD, {"label": label}, (source.sha256,), measure_counts, arguments, source.name)


def reads_step(counts: Record, references: Sequence[Record], of_interest: str, subject: str) -> Step:
    """Return the step that fits the shares of the references' persons in a sample."""
    parents = (counts.id, *(item.id for item in references))
    arguments = (counts.value, [item.value for item in references], of_interest)
    return Step("ngs.mixture", COUNTS, {"of_interest": of_interest}, parents, measure_reads, arguments, subject)


def measure_counts(path: str, name: str, sha256: str, label: str) -> Measured:
    """Read the counts of one file."""
    _, window = open_again(path, name, sha256, "ngs")
    counts = read_marker_counts(window, sample=label)
    reads: list[Json] = [[marker, item.ref, item.alt] for marker, item in counts.reads.items()]
    value: dict[str, Json] = {"sample": label, "reads": reads, "extents": extents_value(counts.extents)}
    return Measured(value, counts.findings)


def measure_reads(counts: Any, references: Sequence[Any], of_interest: str) -> Measured:
    """Fit the shares of known persons in a sample's reads."""
    fit = fit_marker_counts(_counts_of(counts), [_counts_of(item) for item in references], of_interest=of_interest)
    return Measured(_fit_value(fit), fit.findings)


def _counts_of(value: Any) -> MarkerCounts:
    return MarkerCounts(value["sample"], {marker: MarkerReads(ref, alt) for marker, ref, alt in value["reads"]})


def _fit_value(fit: NgsFit) -> dict[str, Json]:
    """Write a fit; ``loci`` is empty, since reads are no heights to draw: they stand under ``markers``."""
    persons = fit.measurement.persons
    return {
        "technique": fit.measurement.technique,
        "shares": {item.person: uncertain_value(item.share) for item in persons},
        "lob": {item.person: item.lob for item in persons if item.lob is not None},
        "lod": {item.person: item.lod for item in persons if item.lod is not None},
        "loci_used": fit.markers_used,
        "loci": [],
        "classical_share": fit.plain.mean if fit.plain is not None else None,
        "nuisance": dict(fit.parameters),
        "markers": [
            {
                "marker": view.marker,
                "informative": view.informative,
                "copies": list(view.copies),
                "alt": view.alt,
                "depth": view.depth,
                "expected": view.expected,
                "bias": view.bias,
                "own_share": view.own_share,
                "rank": view.rank,
                "used": view.used,
                "note": view.note,
            }
            for view in fit.markers
        ],
    }
