"""STR steps: traces and peak tables to profiles, genotypes and contributor shares.

The functions run in any process: they take paths and the hashes that the files must have.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

from nktrial.chimerism.alleles import ARTEFACTS
from nktrial.chimerism.calls import METHOD as CALLS
from nktrial.chimerism.calls import TraceCalls, call_trace
from nktrial.chimerism.genotype import METHOD as GENOTYPE
from nktrial.chimerism.genotype import reference_genotype
from nktrial.chimerism.ladder import METHOD as LADDER
from nktrial.chimerism.ladder import LadderBins, align_ladder
from nktrial.chimerism.locus_share import with_locus_shares
from nktrial.chimerism.mixture import METHOD as MIXTURE
from nktrial.chimerism.mixture import MixtureFit, fit_mixture
from nktrial.chimerism.reference_evidence import reference_evidence
from nktrial.core.digest import Json
from nktrial.core.errors import SourceError
from nktrial.formats.abif import read_abif
from nktrial.formats.peaks import read_peaks
from nktrial.model.kit import Kit
from nktrial.model.method import Method
from nktrial.model.origin import Record
from nktrial.model.trace import Peak, PeakProfile
from nktrial.pipeline.encode import (
    array_text,
    extents_value,
    genotype_of,
    genotype_value,
    profile_of,
    profile_value,
    uncertain_value,
)
from nktrial.pipeline.flow import open_again
from nktrial.pipeline.intake import RawFile
from nktrial.pipeline.kits import KitFile, kit_of
from nktrial.pipeline.ledger import Measured, Step

__all__ = ["METHOD", "artefact_marks", "genotype_step", "ladder_step", "mixture_step", "profile_step"]

OF_ONE_PERSON: Final = frozenset({"NK-ALL-08"})
NO_ALLELE: Final = "NK-ALL-10"
METHOD: Final = Method("pipeline.peak_table", 1, "nktrial: peaks as the exported table states them")


def profile_step(file: RawFile, ladder: RawFile | None) -> Step:
    """Return the step that reads a sample's peaks from a table, or calls them from a trace."""
    entry, source = file.entry, file.source
    label = entry.sample_id or entry.person_id
    if entry.kind == "peaks":
        arguments = (str(file.path), source.name, source.sha256, label)
        return Step("str.profile", METHOD, {"label": label}, (source.sha256,), measure_table, arguments, source.name)
    parameters: dict[str, Json] = _kit_value(file.kit) | {"label": label, "role": entry.role}
    lane = (str(ladder.path), ladder.source.name, ladder.source.sha256) if ladder else None
    parents = (source.sha256, ladder.source.sha256) if ladder else (source.sha256,)
    call = (str(file.path), source.name, source.sha256, file.kit, lane, label, entry.role)
    return Step("str.profile", CALLS, parameters, parents, measure_trace, call, source.name)


def ladder_step(ladder: RawFile) -> Step:
    """Return the step that aligns a ladder by itself, so that a broken one is told from broken lanes."""
    arguments = (str(ladder.path), ladder.source.name, ladder.source.sha256, ladder.kit)
    parents = (ladder.source.sha256,)
    return Step("str.ladder", LADDER, _kit_value(ladder.kit), parents, measure_ladder, arguments, ladder.source.name)


def genotype_step(profile: Record, person: str, kit: KitFile | None, subject: str) -> Step:
    """Return the step that cleans a person's profile to two alleles a locus."""
    parameters: dict[str, Json] = _kit_value(kit) | {"person": person}
    arguments = (profile.value, person, kit)
    return Step("str.genotype", GENOTYPE, parameters, (profile.id,), measure_genotype, arguments, subject)


def mixture_step(
    profile: Record,
    genotypes: Sequence[Record],
    references: Mapping[str, Record],
    kit: KitFile | None,
    of_interest: str,
    subject: str,
) -> Step:
    """Return the step that fits the shares of known persons in a sample; their own reference profiles teach it."""
    parameters: dict[str, Json] = _kit_value(kit) | {"of_interest": of_interest}
    if references:
        parameters["references"] = {person: record.id for person, record in references.items()}
    parents = (profile.id, *(item.id for item in genotypes), *(item.id for item in references.values()))
    of_references = {person: record.value for person, record in references.items()}
    arguments = (profile.value, [item.value for item in genotypes], of_references, kit, of_interest)
    return Step("str.mixture", MIXTURE, parameters, parents, measure_mixture, arguments, subject)


def _kit_value(kit: KitFile | None) -> dict[str, Json]:
    """Write which kit a step rests on, by id and content."""
    return {"kit": kit.id, "kit_identity": kit.identity} if kit is not None else {"kit": None}


def measure_table(path: str, name: str, sha256: str, label: str) -> Measured:
    """Read the one profile that a peak table holds for a sample or person.

    Raises
    ------
    SourceError
        NK-RUN-04 the table holds several samples and none has the expected label.
    """
    _, window = open_again(path, name, sha256, "peaks")
    profiles = read_peaks(window)
    fitting = profiles if len(profiles) == 1 else tuple(item for item in profiles if item.sample == label)
    if len(fitting) != 1:
        found = ", ".join(item.sample for item in profiles[:8])
        raise SourceError(
            "NK-RUN-04",
            f"the table holds {len(profiles)} samples ({found}) and not one of them is {label!r}.",
            where=name,
            remedy="Export one sample a file, or name the sample in the table as in files.csv.",
        )
    return Measured(profile_value(replace(fitting[0], sample=label)), fitting[0].findings)


def measure_trace(
    path: str, name: str, sha256: str, kit_file: KitFile, ladder: tuple[str, str, str] | None, label: str, role: str
) -> Measured:
    """Call a trace's peaks with its kit and the ladder of its run; a mixture's third alleles are nothing to note."""
    kit = kit_of(kit_file)
    _, window = open_again(path, name, sha256, "abif")
    trace = read_abif(window)
    calls = call_trace(trace, kit, ladder=_ladder_bins(*ladder, kit_file) if ladder else None)
    standard = calls.size_standard
    value: dict[str, Json] = profile_value(replace(calls.profile, sample=label)) | {
        "size_standard": {"name": standard.name, "rms_bp": standard.rms_bp, "found": standard.found},
        "extents": extents_value(trace.extents),
        "picture": _picture_value(calls, kit),
    }
    findings = tuple(item for item in calls.findings if role != "sample" or item.code not in OF_ONE_PERSON)
    unusable = [item for item in findings if item.severity == "error" or item.code == NO_ALLELE]
    if unusable:
        return Measured(None, (replace(unusable[0], severity="error"), *(f for f in findings if f is not unusable[0])))
    return Measured(value, findings)


def measure_ladder(path: str, name: str, sha256: str, kit: KitFile) -> Measured:
    """Align a ladder with its kit; its bins enter the lanes' own steps."""
    return Measured({"kit": _ladder_bins(path, name, sha256, kit).kit_id})


def artefact_marks(peaks: Sequence[Peak], kit: Kit) -> tuple[tuple[int, float, float, str], ...]:
    """Return the peaks of loci that are artefacts: dye, length, height, and the first thing that they are."""
    return tuple(
        (kit.dyes.index(peak.dye), peak.size_bp, peak.height_rfu, kind)
        for peak in peaks
        if peak.marker and "below-threshold" not in peak.flags
        for kind in [flag for flag in peak.flags if flag in ARTEFACTS][:1]
    )


def _picture_value(calls: TraceCalls, kit: Kit) -> dict[str, Json]:
    """Write the lane for drawing: heights of each dye, and the called peaks that are no artefacts."""
    peaks: list[Json] = [
        [kit.dyes.index(peak.dye), peak.size_bp, peak.height_rfu, peak.marker, peak.allele]
        for peak in calls.profile.peaks
        if peak.marker and peak.allele and not ARTEFACTS & set(peak.flags)
    ]
    marks: list[Json] = [list(mark) for mark in artefact_marks(calls.profile.peaks, kit)]
    lane = calls.electropherogram
    return {
        "dyes": list(kit.dyes[:-1]),
        "size_bp": [float(size) for size in lane.size_bp],
        "heights": [array_text(row.astype("<i2")) for row in lane.heights],
        "peaks": peaks,
        "marks": marks,
    }


def measure_genotype(profile: Any, person: str, kit: KitFile | None) -> Measured:
    """Clean a reference profile to two alleles a locus."""
    genotype = reference_genotype(profile_of(profile), person=person, kit=kit_of(kit) if kit else None)
    return Measured(genotype_value(genotype), genotype.findings)


def measure_mixture(
    profile: Any, genotypes: Sequence[Any], references: Mapping[str, Any], kit: KitFile | None, of_interest: str
) -> Measured:
    """Fit the shares of known persons in a sample's peaks."""
    peaks: PeakProfile = profile_of(profile)
    persons = [genotype_of(item) for item in genotypes]
    known_kit = kit_of(kit) if kit else None
    own = {person: profile_of(value) for person, value in references.items()}
    evidence = reference_evidence(own, persons, known_kit)
    fit = fit_mixture(peaks, persons, kit=known_kit, of_interest=of_interest, evidence=evidence)
    fit = with_locus_shares(fit, peaks, persons, kit=known_kit)
    return Measured(_fit_value(fit), fit.findings)


def _fit_value(fit: MixtureFit) -> dict[str, Json]:
    shares: Mapping[str, Json] = {share.person: uncertain_value(share.share) for share in fit.shares}
    return {
        "shares": dict(shares),
        "lod": dict(fit.lod),
        "lod_model": dict(fit.model_lod),
        "blanks": {person: dict(shares) for person, shares in fit.evidence.blanks.items()},
        "loci_used": fit.loci_used,
        "loci": [
            {
                "marker": locus.marker,
                "informative": locus.informative,
                "alleles": list(locus.alleles),
                "observed_rfu": list(locus.observed_rfu),
                "expected_rfu": list(locus.expected_rfu),
                "classical_share": locus.classical_share,
                "used": locus.used,
                "note": locus.note,
                "shares": [
                    {
                        "person": item.person,
                        "share": item.share,
                        "low": item.low,
                        "high": item.high,
                        "state": item.state,
                        "note": item.note,
                    }
                    for item in locus.shares
                ],
            }
            for locus in fit.loci
        ],
        "classical_share": fit.classical.mean if fit.classical is not None else None,
        "nuisance": dict(fit.parameters),
        "limit_rfu": fit.limit_rfu,
    }


@lru_cache(maxsize=4)
def _ladder_bins(path: str, name: str, sha256: str, kit: KitFile) -> LadderBins:
    _, window = open_again(path, name, sha256, "abif")
    return align_ladder(read_abif(window), kit_of(kit))
