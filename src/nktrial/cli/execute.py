"""Run a study folder and write its results: what the commands run and demo share."""

import os
import platform
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

import nktrial
from nktrial.cli.progress import LiveProgress
from nktrial.core.errors import PlanError
from nktrial.export.document import results_text
from nktrial.export.folder import is_current, write_folder
from nktrial.export.tables import result_tables
from nktrial.model.origin import Run
from nktrial.model.results import StudyResults
from nktrial.pipeline.ledger import Ledger, code_fingerprint
from nktrial.pipeline.run import consistent_study, run_study
from nktrial.store.archive import Database
from nktrial.store.connect import is_read_only, open_database
from nktrial.store.lock import only_run

__all__ = ["run_folder"]

LIBRARIES: Final = ("numpy", "scipy", "vl-convert-python", "sqlalchemy", "pydantic", "lxml")
PLAN: Final = "study.toml"


def run_folder(folder: Path, *, out: Path | None = None, jobs: int = 0) -> tuple[StudyResults, Path]:
    """Run a study and write its results, unless they stand there already.

    Parameters
    ----------
    folder : Path
        The study folder.
    out : Path or None
        The results folder; None: ``results`` in the study folder.
    jobs : int
        Processes; 0 chooses by the amount of work.

    Returns
    -------
    (StudyResults, Path)
        The results, and the folder that holds them.

    Raises
    ------
    PlanError
        NK-RUN-11 the study's tables have errors; NK-RUN-12 the results folder would lie in raw/.
    StoreError
        NK-STO-08 another run is at work in the folder; or the database or the results folder refuses.
    """
    study = consistent_study(folder)
    place = out or folder / "results"
    real = Path(os.path.realpath(place))  # resolve() has no answer for a loop of links
    if Path(os.path.realpath(folder / "raw")) in (real, *real.parents):
        raise PlanError("NK-RUN-12", "raw/ is never written to.", where=str(place), remedy="Name another folder.")
    started = datetime.now(UTC)
    archive = folder / ".nktrial" / "study.db"
    with only_run(archive):
        database = Database(open_database(archive), read_only=is_read_only(archive))
        try:
            with LiveProgress() as progress:
                results = run_study(folder, study, Ledger(archive=database, jobs=jobs, progress=progress))
                database.add_sources(results.sources)
                if not is_current(place, results.root, code_fingerprint()):
                    progress.stage("drawing the report", 0)
                    files = _output_files(results)
                    facts = _run_facts(results, study.sources[PLAN].sha256, started)
                    database.add_run(facts)
                    write_folder(place, files, asdict(facts) | {"fingerprint": code_fingerprint()})
        finally:
            database.close()
    return results, place


def _output_files(results: StudyResults) -> dict[str, str]:
    """Return the text of every file of the results folder."""
    from nktrial.figures.catalog import study_figures  # noqa: PLC0415 - drawing is slow to load and often not needed
    from nktrial.report.page import render_report  # noqa: PLC0415

    figures = study_figures(results)
    files = {"results.json": results_text(results), "report.html": render_report(results, figures=figures)}
    files |= {f"tables/{name}": text for name, text in result_tables(results).items()}
    return files | {f"figures/{name}.svg": svg for name, svg in figures.items()}


def _run_facts(results: StudyResults, plan_sha256: str, started: datetime) -> Run:
    return Run(
        root=results.root,
        plan_sha256=plan_sha256,
        version=nktrial.__version__,
        python=sys.version.split()[0],
        platform=platform.platform(),
        libraries={name: version(name) for name in LIBRARIES},
        started=started.isoformat(timespec="seconds"),
        finished=datetime.now(UTC).isoformat(timespec="seconds"),
    )
