"""A whole simulated study folder: raw instrument files, tables, protocol, and the truth beside them.

Definition
    The folder is a study as ``nktrial run`` takes it. The same seed gives the same bytes.

Not decided here
    Who the patients are (``cohort``), what the instruments write (``instruments``), what is true (``truth``).
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from nktrial.core.errors import MethodError, PlanError
from nktrial.formats.gatingml_write import write_gating_ml
from nktrial.formats.kits import load_kit
from nktrial.model.kit import Kit
from nktrial.simulate.cohort import TARGETS_PER_UL, PlannedPatient, calibration_patient, demo_patients
from nktrial.simulate.instruments import raw_files
from nktrial.simulate.panel import nk_gates
from nktrial.simulate.tables import FILE_COLUMNS, clinical_tables, csv_text, plan_text
from nktrial.simulate.treg import treg_files
from nktrial.simulate.treg_panel import treg_gates
from nktrial.simulate.truth import MARK, study_truth

__all__ = ["DEMO_SEED", "KIT_ID", "write_calibration_study", "write_demo_study", "write_study"]

DEMO_SEED: Final = 20181
KIT_ID: Final = "identifiler"
EVENTS: Final = 12_000
GATES_PATH: Final = "gating/nk_panel.gatingml.xml"
TREG_GATES_PATH: Final = "gating/treg_panel.gatingml.xml"
TRUTH: Final = "truth.json"


def write_demo_study(folder: Path, *, seed: int = DEMO_SEED, patients: int = 2) -> None:
    """Write the demonstration study: two infants, or more.

    Parameters
    ----------
    folder : Path
        Empty, absent, or an earlier simulated study, whose raw files are replaced.
    seed : int
        Seed of the simulation, not negative.
    patients : int
        Number of patients, at least 1; after the first two they are random ones.

    Raises
    ------
    PlanError
        NK-SIM-01 the folder holds something else.
    MethodError
        NK-SIM-04 fewer than one patient or a negative seed.
    """
    _check(seed, patients)
    kit = load_kit(KIT_ID)
    title = "NK cells after transplantation in infants with acute leukemia: a simulated study"
    planned = demo_patients(seed, kit, patients=patients)
    write_study(folder, planned, kit=kit, seed=seed, study_id="NK-DEMO", title=title)


def write_calibration_study(
    folder: Path,
    *,
    seed: int,
    index: int,
    events: int = EVENTS,
    targets_per_ul: tuple[float, float] = TARGETS_PER_UL,
) -> None:
    """Write a study of one random patient with samples before the infusion and on day 14.

    Parameters
    ----------
    folder : Path
        Empty, absent, or an earlier simulated study.
    seed, index : int
        Seed of the simulation and number of the patient, from 1.
    events : int
        Events an FCS file.
    targets_per_ul : (float, float)
        Range of the true day-14 donor NK cells [cells/uL], log-uniform.

    Raises
    ------
    PlanError
        NK-SIM-01 the folder holds something else.
    MethodError
        NK-SIM-04 an index below 1 or a negative seed.
    """
    _check(seed, index)
    kit = load_kit(KIT_ID)
    planned = (calibration_patient(seed, kit, index, targets_per_ul=targets_per_ul),)
    title = f"Calibration: random patient {index}"
    write_study(folder, planned, kit=kit, seed=seed, study_id=f"NK-CAL-{index:03d}", title=title, events=events)


def write_study(
    folder: Path,
    planned: Sequence[PlannedPatient],
    *,
    kit: Kit,
    seed: int,
    study_id: str,
    title: str,
    events: int = EVENTS,
) -> None:
    """Simulate the instruments for planned patients and write the study folder.

    Raises
    ------
    PlanError
        NK-SIM-01 the folder holds something else than an earlier simulated study.
    """
    _clear(folder)
    treg = list(treg_files(planned, seed=seed))
    files = [*raw_files(planned, kit=kit, seed=seed, events=events), *treg]
    texts = dict(clinical_tables(seed, planned))
    texts["files.csv"] = csv_text(FILE_COLUMNS, [file.row for file in files])
    texts["study.toml"] = plan_text(
        study_id=study_id,
        title=title,
        kit_id=kit.id,
        kit_name=kit.name,
        treg=bool(treg),
        course=any(plan.course for plan in planned),
    )
    contents = {name: text.encode("utf-8") for name, text in texts.items()}
    contents[GATES_PATH] = write_gating_ml(nk_gates())
    if treg:
        contents[TREG_GATES_PATH] = write_gating_ml(treg_gates())
    contents |= {file.path: file.content for file in files}
    truth = study_truth(planned, kit=kit, seed=seed, events=events, paths=sorted(contents))
    # The truth is written first: it marks the folder as simulated, should writing be interrupted.
    contents = {TRUTH: (json.dumps(truth, indent=1) + "\n").encode("utf-8"), **contents}
    for path, content in contents.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def _check(seed: int, patients: int) -> None:
    """Raise NK-SIM-04 for a negative seed or fewer than one patient."""
    if seed < 0 or patients < 1:
        raise MethodError(
            "NK-SIM-04", f"seed {seed} and patient number {patients}, expected a seed from 0 and a number from 1."
        )


def _clear(folder: Path) -> None:
    """Remove the raw files of an earlier simulated study; raise NK-SIM-01 for any other content."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    for name in _earlier_files(folder):
        path = folder / name
        if path.is_file() and path.resolve().is_relative_to((folder / "raw").resolve()):
            path.unlink()


def _earlier_files(folder: Path) -> list[str]:
    """Return the files that an earlier simulation lists in its truth.json."""
    problem = PlanError(
        "NK-SIM-01",
        "the folder is not empty and no earlier simulated study.",
        where=str(folder),
        remedy="Name an empty folder, or one that does not exist yet.",
    )
    try:
        truth = json.loads((folder / TRUTH).read_bytes())
    except (OSError, ValueError) as error:
        raise problem from error
    if not isinstance(truth, dict) or truth.get("simulated_by") != MARK or not isinstance(truth.get("files"), list):
        raise problem
    return [name for name in truth["files"] if isinstance(name, str)]
