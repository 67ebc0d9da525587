"""The raw files of a simulated study: every tube acquired, every DNA typed, one ladder.

Definition
    Every file draws from streams named after the seed, the sample or person, and the instrument, so that a file's bytes
    depend on no other file. Files and the labels inside them carry study ids only. All lanes belong to one run.

Not decided here
    How the instruments behave (``cytometer``, ``analyser``, ``lane``).
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Final

from nktrial.formats.abif_write import write_abif
from nktrial.formats.fcs_write import write_fcs
from nktrial.model.kit import Kit
from nktrial.simulate.analyser import Amplification, Fragment, amplify, ladder_fragments, prepare
from nktrial.simulate.cohort import PlannedPatient, Visit
from nktrial.simulate.cytometer import acquire, stain
from nktrial.simulate.lane import Run, draw_run, run_lane
from nktrial.simulate.raw_file import RawFile
from nktrial.simulate.streams import stream
from nktrial.simulate.tables import sample_id

__all__ = ["raw_files"]

RUN_LABEL: Final = "R1"
TREG_DNA: Final = "Treg"
RUN_FACTS: Final[Mapping[str, str]] = {
    "instrument": "3130",
    "polymer": "POP-4",
    "run": RUN_LABEL,
    "dye_set": "G5",
    "run_date": "2018-04-25",
    "run_time": "09:00:00",
}


def raw_files(planned: Sequence[PlannedPatient], *, kit: Kit, seed: int, events: int) -> Iterator[RawFile]:
    """Yield the raw files of a study: FCS, then references, samples and the ladder of one run."""
    run = draw_run(stream(seed, "run", RUN_LABEL), kit, label=RUN_LABEL)
    for plan in planned:
        for visit in plan.visits:
            yield fcs_file(plan, visit, seed=seed, events=events)
    for plan in planned:
        yield from reference_files(plan, kit, run, seed=seed)
        for visit in plan.visits:
            for typed in visit.typed:
                yield typed_file(plan, visit, typed, kit, run, seed=seed)
            if visit.treg_dna:
                yield typed_file(plan, visit, TREG_DNA, kit, run, seed=seed)
    rungs = ladder_fragments(stream(seed, "ladder", RUN_LABEL), kit)
    path = f"raw/str/ladder_{RUN_LABEL}.fsa"
    yield lane_file((path, "", "", "abif", "ladder", "", kit.id, "", RUN_LABEL), rungs, kit, run, seed=seed)


def fcs_file(plan: PlannedPatient, visit: Visit, *, seed: int, events: int) -> RawFile:
    """Stain and acquire one tube."""
    sample = sample_id(plan.patient.subject_id, visit.day)
    tube = stain(stream(seed, sample, "tube"), plan.patient.blood(visit.day))
    matrix = acquire(stream(seed, sample, "cytometer"), tube, events=events)
    keywords = {**matrix.keywords, "$CYT": "nktrial virtual cytometer", "$SMNO": sample}
    content = write_fcs(matrix.values, matrix.channels, spillover=matrix.spillover, keywords=keywords)
    return RawFile((f"raw/fcs/{sample}.fcs", sample, "", "fcs", "sample", "nk", "", "", ""), content)


def reference_files(plan: PlannedPatient, kit: Kit, run: Run, *, seed: int) -> Iterator[RawFile]:
    """Type the pure DNA of the recipient and of each donor."""
    for person, genotype in plan.genotypes.items():
        role = "recipient_reference" if person == plan.patient.subject_id else "donor_reference"
        fragments = amplify(stream(seed, person, "pcr"), kit, {person: 1.0}, {person: genotype}, Amplification())
        row = (f"raw/str/{person}_reference.fsa", "", person, "abif", role, "", kit.id, "", run.label)
        yield lane_file(row, fragments, kit, run, seed=seed)


def typed_file(plan: PlannedPatient, visit: Visit, typed: str, kit: Kit, run: Run, *, seed: int) -> RawFile:
    """Type one cell fraction of a sample."""
    sample = sample_id(plan.patient.subject_id, visit.day)
    if typed == TREG_DNA:  # all Treg are the recipient's
        cells: Mapping[str, float] = {plan.patient.subject_id: 1.0}
    else:
        cells = plan.patient.blood(visit.day).shares(typed)
    shares = prepare(stream(seed, sample, typed, "preparation"), cells)
    fragments = amplify(stream(seed, sample, typed, "pcr"), kit, shares, plan.genotypes, Amplification())
    row = (f"raw/str/{sample}_{typed}.fsa", sample, "", "abif", "sample", "", kit.id, typed, run.label)
    return lane_file(row, fragments, kit, run, seed=seed)


def lane_file(row: tuple[str, ...], fragments: Sequence[Fragment], kit: Kit, run: Run, *, seed: int) -> RawFile:
    """Run one lane; the file's name is the label inside it."""
    label = PurePosixPath(row[0]).stem
    trace = run_lane(stream(seed, label, "lane"), kit, run, fragments, sample_name=label, facts=RUN_FACTS)
    return RawFile(row, write_abif(trace))
