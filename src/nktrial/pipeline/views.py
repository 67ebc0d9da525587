"""Records to the parts of `StudyResults` that are drawn: gates, loci, traces."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from nktrial.model.clinic import FileEntry, Sample
from nktrial.model.origin import Record
from nktrial.model.results import ChimerismView, ContributorShare, GateView, LocusView, TraceView
from nktrial.model.shares import LocusShare
from nktrial.model.trace import Genotype

__all__ = ["SEVERAL", "allele_owners", "chimerism_view", "gate_views"]

SEVERAL: Final = "several of them"


def gate_views(
    sample: Sample, entry: FileEntry, densities: Record, populations: Mapping[str, Record]
) -> list[GateView]:
    """Return the pictures of one file's gates, each with the record of its count."""
    value: Any = densities.value
    if value is None:
        return []
    return [
        GateView(
            sample_id=sample.sample_id,
            file=entry.path,
            path=item["path"],
            parent_path=item["parent_path"],
            x_label=item["x_label"],
            y_label=item["y_label"],
            x_range=_pair(item["x_range"]),
            y_range=_pair(item["y_range"]),
            x_ticks=tuple((tick[0], tick[1]) for tick in item["x_ticks"]),
            y_ticks=tuple((tick[0], tick[1]) for tick in item["y_ticks"]),
            grid=item["grid"],
            grid_shape=(item["grid_shape"][0], item["grid_shape"][1]),
            outline=tuple(_pair(point) for point in item["outline"]),
            count=item["count"],
            parent_count=item["parent_count"],
            record=populations[item["path"]].id,
        )
        for item in value["pictures"]
    ]


def chimerism_view(
    sample: Sample,
    entry: FileEntry,
    profile: Record,
    mixture: Record,
    roles: Mapping[str, str],
    of_interest: str,
    persons: Sequence[Genotype] = (),
) -> ChimerismView | None:
    """Return one typed cell fraction for drawing, or None where it was not fitted; ``persons`` own the alleles."""
    fit: Any = mixture.value
    if fit is None:
        return None
    contributors = tuple(
        ContributorShare(person, roles.get(person, ""), share["value"], share["ci95"][0], share["ci95"][1])
        for person, share in fit["shares"].items()
    )
    loci = tuple(
        LocusView(
            marker=locus["marker"],
            informative=locus["informative"],
            alleles=tuple(locus["alleles"]),
            observed_rfu=tuple(locus["observed_rfu"]),
            expected_rfu=tuple(locus["expected_rfu"]),
            classical_share=locus["classical_share"],
            used=locus["used"],
            note=locus["note"],
            shares=tuple(
                LocusShare(one["person"], one["share"], one["low"], one["high"], one["state"], one["note"])
                for one in locus.get("shares", ())
            ),
        )
        for locus in fit["loci"]
    )
    return ChimerismView(
        sample_id=sample.sample_id,
        day=sample.day,
        fraction_typed=entry.fraction,
        file=entry.path,
        chosen=False,
        contributors=contributors,
        classical_share=fit["classical_share"],
        lod=fit["lod"].get(of_interest),
        loci_used=fit["loci_used"],
        loci=loci,
        trace=_trace_view(entry, profile, persons),
        findings=(*profile.findings, *mixture.findings),
        record=mixture.id,
    )


def allele_owners(persons: Sequence[Genotype]) -> Mapping[str, str]:
    """Return who has each allele, ``"marker allele"`` -> a person, two persons' names joined, or ``SEVERAL``.

    Of more than two persons every group would need a colour of its own: an allele that several have is said to be so.
    """
    found: dict[str, list[str]] = {}
    for person in persons:
        for marker, pair in person.alleles.items():
            for allele in dict.fromkeys(pair):
                found.setdefault(f"{marker} {allele}", []).append(person.person)
    many = len(persons) > 2
    words = {a: SEVERAL if many and len(names) > 1 else " and ".join(names) for a, names in found.items()}
    order = [person.person for person in persons]  # the picture takes its colours in this order, shared alleles last
    return dict(sorted(words.items(), key=lambda item: order.index(item[1]) if item[1] in order else len(order)))


def _trace_view(entry: FileEntry, profile: Record, persons: Sequence[Genotype]) -> TraceView | None:
    value: Any = profile.value
    if value is None or "picture" not in value:
        return None
    picture = value["picture"]
    return TraceView(
        file=entry.path,
        dyes=tuple(picture["dyes"]),
        size_bp=tuple(picture["size_bp"]),
        heights=tuple(picture["heights"]),
        peaks=tuple((peak[0], peak[1], peak[2], peak[3], peak[4]) for peak in picture["peaks"]),
        record=profile.id,
        marks=tuple((mark[0], mark[1], mark[2], mark[3]) for mark in picture["marks"]),
        owners=allele_owners(persons),
    )


def _pair(value: Any) -> tuple[float, float]:
    return (value[0], value[1])
