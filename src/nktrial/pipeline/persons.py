"""Who is who: the persons of a patient, their reference genotypes, the ladder of a lane.

A person's genotype comes from a reference profile; where there is none, from genotypes.csv. Of several references the
first in files.csv that can be used is taken, and a finding says so.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from nktrial.core.digest import Json
from nktrial.endpoints.factors import Missing
from nktrial.endpoints.origin import NkOrigin, derive_origin
from nktrial.model.clinic import GenotypeRow
from nktrial.model.method import Method
from nktrial.model.origin import Finding, Record
from nktrial.model.plan import Study
from nktrial.model.trace import Genotype
from nktrial.pipeline.encode import genotype_of, genotype_value
from nktrial.pipeline.intake import RawFile
from nktrial.pipeline.ledger import Ledger, Measured, Step
from nktrial.pipeline.strs import genotype_step

__all__ = [
    "donors_of",
    "genotype_records",
    "ladder_for",
    "nk_donor_of",
    "origin_of",
    "reference_profiles",
    "roles_of",
    "sex_contradiction",
    "unusable_ladder",
]

METHOD: Final = Method("pipeline.typed_genotype", 1, "nktrial: a genotype as genotypes.csv states it")


def donors_of(study: Study, subject_id: str) -> list[str]:
    """Return the donor ids of a patient, each once, in the order of donors.csv."""
    return list(dict.fromkeys(donor.donor_id for donor in study.donors if donor.subject_id == subject_id))


def roles_of(study: Study, subject_id: str) -> dict[str, str]:
    """Return what each person is to a patient: recipient, hsct, nk or hsct+nk."""
    roles: dict[str, frozenset[str]] = {}
    for donor in study.donors:
        if donor.subject_id == subject_id:
            roles[donor.donor_id] = roles.get(donor.donor_id, frozenset()) | donor.roles
    return {subject_id: "recipient"} | {donor: "+".join(sorted(held)) for donor, held in roles.items()}


def origin_of(study: Study, subject_id: str) -> NkOrigin | Missing:
    """Return whose NK cells can be counted in a patient."""
    donors = [donor for donor in study.donors if donor.subject_id == subject_id]
    return derive_origin(donors, [row for row in study.infusions if row.subject_id == subject_id])


def nk_donor_of(study: Study, subject_id: str) -> str | Missing:
    """Return the one NK donor of a patient; several are refused (NK-RUN-06), as their sum has no interval yet."""
    origin = origin_of(study, subject_id)
    if isinstance(origin, Missing):
        return origin
    if len(origin.nk_donors) > 1:
        names = ", ".join(origin.nk_donors)
        return Missing(
            f"{names} gave NK cells; the sum of several NK donors' shares is not supported yet.", "NK-RUN-06"
        )
    return origin.nk_donors[0]


def ladder_for(lane: RawFile, study: Study, files: Mapping[str, RawFile]) -> RawFile | Missing | None:
    """Return the ladder of a trace's run: the same kit and ``run``; without a ``run``, the kit's only ladder.

    Parameters
    ----------
    lane : RawFile
        A trace of a sample or a person.
    study : Study
        Says which ladders there should be.
    files : mapping
        Path -> file, of those that can be used.

    Returns
    -------
    RawFile | Missing | None
        None where files.csv names no ladder for it. ``Missing``: NK-RUN-14 the ladder cannot be used, since calls
        without it could be other calls; NK-RUN-15 several ladders could be meant.
    """
    if lane.entry.kind != "abif":
        return None
    same_kit = [entry for entry in study.files if entry.role == "ladder" and entry.kit == lane.entry.kit]
    fitting = [entry for entry in same_kit if entry.run == lane.entry.run] or ([] if lane.entry.run else same_kit)
    if not fitting:
        return None
    if len(fitting) > 1:
        names = ", ".join(entry.path for entry in fitting)
        return Missing(f"several ladders could be meant ({names}); name the run in files.csv.", "NK-RUN-15")
    usable = files.get(fitting[0].path)
    return usable if usable is not None else unusable_ladder(fitting[0].path)


def unusable_ladder(path: str) -> Missing:
    """Return why a lane has no calls: its ladder, which is a fault of its own."""
    return Missing(f"its ladder {path} cannot be used.", "NK-RUN-14")


def genotype_records(
    study: Study,
    typed: Sequence[RawFile],
    profiles: Mapping[str, Record | Missing],
    ledger: Ledger,
    findings: list[Finding],
) -> dict[str, Record | Missing]:
    """Return each person's genotype record, or why there is none."""
    references = [raw for raw in typed if raw.entry.role in {"recipient_reference", "donor_reference"}]
    usable: list[tuple[RawFile, Record]] = []
    lost: dict[str, Missing] = {}
    for raw in references:
        profile = profiles[raw.entry.path]
        if isinstance(profile, Missing):
            lost.setdefault(raw.entry.person_id, Missing(f"{raw.entry.path}: {profile.reason}", profile.code))
        else:
            usable.append((raw, profile))
    steps = [genotype_step(profile, raw.entry.person_id, raw.kit, raw.entry.path) for raw, profile in usable]
    found: dict[str, Record | Missing] = {}
    for (raw, _), record in zip(usable, ledger.take_all("genotypes", steps), strict=True):
        person = raw.entry.person_id
        first = found.get(person)
        if isinstance(first, Record) and record.value is not None and _differ(first, record):
            reason = f"two references of {person} differ (the later is {raw.entry.path}); one is not {person}'s."
            found[person] = Missing(reason, "NK-RUN-18")
        elif isinstance(first, Record):
            message = f"{person} has several references; the first that can be used stands for the genotype."
            findings.append(Finding("NK-RUN-07", "info", raw.entry.path, message))
        elif isinstance(first, Missing) and first.code == "NK-RUN-18":
            continue
        elif record.value is None:
            error = next(item for item in record.findings if item.severity == "error")
            found[person] = Missing(f"{raw.entry.path}: {error.message}", error.code)
        else:
            found[person] = record
    stated = _stated(study, ledger)
    return lost | stated | found


def reference_profiles(
    typed: Sequence[RawFile],
    profiles: Mapping[str, Record | Missing],
    genotypes: Mapping[str, Record | Missing],
    kit: str,
) -> dict[str, Record]:
    """Return person -> the profile that the person's genotype rests on, of those typed with a kit."""
    found: dict[str, Record] = {}
    for raw in typed:
        profile, genotype = profiles[raw.entry.path], genotypes.get(raw.entry.person_id)
        if raw.entry.kit != kit or not isinstance(profile, Record) or not isinstance(genotype, Record):
            continue
        if raw.entry.role in {"recipient_reference", "donor_reference"} and profile.id in genotype.parents:
            found.setdefault(raw.entry.person_id, profile)
    return found


def _differ(one: Record, other: Record) -> bool:
    """Tell whether two genotypes of one person differ at a locus that both have."""
    a, b = genotype_of(one.value).alleles, genotype_of(other.value).alleles
    return any(sorted(a[marker]) != sorted(b[marker]) for marker in a.keys() & b.keys())


def sex_contradiction(record: Record | Missing | None, sex: str, subject_id: str) -> Finding | None:
    """Return the finding that a recipient's amelogenin contradicts the sex of subjects.csv (NK-RUN-17), or None."""
    if not isinstance(record, Record) or sex not in {"F", "M"}:
        return None
    pairs = [pair for marker, pair in genotype_of(record.value).alleles.items() if marker.upper().startswith("AMEL")]
    if not pairs or ("Y" in pairs[0]) == (sex == "M"):
        return None
    message = (
        f"subjects.csv says sex {sex}, but amelogenin of the recipient's reference is {'/'.join(pairs[0])}: "
        "the reference may be another person's, and then every donor share of the patient is wrong."
    )
    return Finding("NK-RUN-17", "warning", subject_id, message)


def _stated(study: Study, ledger: Ledger) -> dict[str, Record | Missing]:
    """Return the genotypes that genotypes.csv states."""
    rows: dict[str, list[GenotypeRow]] = {}
    for row in study.genotypes:
        rows.setdefault(row.person_id, []).append(row)
    records: dict[str, Record | Missing] = {}
    for person, own in rows.items():
        parameters: dict[str, Json] = {"person": person, "lines": [row.row.line for row in own]}
        parents = (study.sources[own[0].row.table].sha256,)
        step = Step("str.genotype", METHOD, parameters, parents, measure_stated, (person, tuple(own)), person)
        records[person] = ledger.take(step)
    return records


def measure_stated(person: str, rows: Sequence[GenotypeRow]) -> Measured:
    """Return a genotype as its rows state it."""
    genotype = Genotype(person, {row.marker: (row.allele1, row.allele2) for row in rows})
    extents: list[Json] = [
        {"what": f"line {row.row.line}", "start": row.row.extent.start, "stop": row.row.extent.stop} for row in rows
    ]
    return Measured(genotype_value(genotype) | {"extents": extents})
