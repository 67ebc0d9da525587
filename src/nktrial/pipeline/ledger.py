"""The ledger: calls a pure function once for the same inputs and writes what it returned as a record.

Definition
    A step is a function with everything that decides its answer: kind, method, parameters, parents. Its key is the
    digest of those and of the code's fingerprint. A key that the archive knows is not computed again. A refusal (an
    error of the family) is an answer too: a record whose value is null, with the error as a finding.
"""

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Any, Final, Protocol

import numpy as np
import scipy

import nktrial
from nktrial.core.digest import Json, digest, sha256_hex
from nktrial.core.errors import NkTrialError
from nktrial.model.method import Method
from nktrial.model.origin import Finding, Record, new_record

__all__ = ["Archive", "Ledger", "Measured", "Memory", "Progress", "Silent", "Step", "code_fingerprint"]

MANY_STEPS: Final = 24


@dataclass(frozen=True, slots=True)
class Measured:
    """What a step's function returns: a JSON value and what was noticed."""

    value: Json
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One call to make, or to remember.

    Parameters
    ----------
    kind, method, parameters, parents
        As in `Record`: together with the code they decide the answer.
    function : callable
        A module-level function (it may run in another process) that returns `Measured`.
    arguments : tuple
        Its arguments; they must follow from the parameters and parents.
    subject : str
        What the step is about, for findings and progress.
    """

    kind: str
    method: Method
    parameters: Mapping[str, Json]
    parents: tuple[str, ...]
    function: Callable[..., Measured]
    arguments: tuple[Any, ...]
    subject: str

    @property
    def key(self) -> str:
        """Return the digest under which the answer is remembered."""
        return digest([self.kind, list(self.parents), self.method.label, self.parameters, code_fingerprint()])


class Archive(Protocol):
    """Keeps records by step key, and finds them again."""

    def find(self, keys: Sequence[str]) -> Mapping[str, Record]:
        """Return the records known for these keys."""

    def add(self, records: Sequence[tuple[str, Record]]) -> None:
        """Keep all of these or none."""


class Progress(Protocol):
    """Told what is being done."""

    def stage(self, name: str, total: int) -> None:
        """Learn that a stage of ``total`` steps begins."""

    def advance(self, subject: str) -> None:
        """Learn that one step is done."""


class Silent:
    """Progress that nobody watches."""

    def stage(self, name: str, total: int) -> None:
        """Say nothing."""

    def advance(self, subject: str) -> None:
        """Say nothing."""


@dataclass(slots=True)
class Memory:
    """An archive that lasts as long as the process."""

    records: dict[str, Record] = field(default_factory=dict)

    def find(self, keys: Sequence[str]) -> Mapping[str, Record]:
        """Return the records known for these keys."""
        return {key: self.records[key] for key in keys if key in self.records}

    def add(self, records: Sequence[tuple[str, Record]]) -> None:
        """Keep these records."""
        self.records.update(records)


@dataclass(slots=True)
class Ledger:
    """All records of one run.

    Parameters
    ----------
    archive : Archive
        Where records outlive the run.
    jobs : int
        Processes; 0 chooses by the amount of work.
    progress : Progress
        Told of every step.
    """

    archive: Archive = field(default_factory=Memory)
    jobs: int = 0
    progress: Progress = field(default_factory=Silent)
    records: dict[str, Record] = field(default_factory=dict)
    computed: int = 0

    def take(self, step: Step) -> Record:
        """Return the record of one step."""
        return self.take_all("", [step])[0]

    def take_all(self, stage: str, steps: Sequence[Step]) -> list[Record]:
        """Return the records of many steps, computing those that the archive does not know."""
        keys = [step.key for step in steps]
        known = dict(self.archive.find(keys))
        missing = {key: step for key, step in zip(keys, steps, strict=True) if key not in known}
        if stage:
            self.progress.stage(stage, len(missing))
        fresh: list[tuple[str, Record]] = []
        for (key, step), measured in zip(missing.items(), self._answers(list(missing.values())), strict=True):
            record = new_record(
                step.kind, step.method, step.parameters, step.parents, measured.value, measured.findings
            )
            fresh.append((key, record))
            if stage:
                self.progress.advance(step.subject)
        self.archive.add(fresh)
        self.computed += len(fresh)
        known.update(fresh)
        self.records.update({record.id: record for record in known.values()})
        return [known[key] for key in keys]

    def _answers(self, steps: Sequence[Step]) -> Iterable[Measured]:
        jobs = self.jobs or (2 if len(steps) >= MANY_STEPS else 1)
        if jobs == 1 or len(steps) < 2:
            return map(_answer, steps)
        return self._answers_of_pool(steps, jobs)

    def _answers_of_pool(self, steps: Sequence[Step], jobs: int) -> Iterable[Measured]:
        with ProcessPoolExecutor(max_workers=min(jobs, len(steps)), initializer=_end_with_parent) as pool:
            yield from pool.map(_answer, steps)


def _end_with_parent() -> None:
    """Let a worker end when the run that started it is gone; a killed run would leave workers waiting for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_exit_after, args=(parent,), daemon=True).start()


def _exit_after(parent: Any) -> None:
    parent.join()
    os._exit(1)


def _answer(step: Step) -> Measured:
    """Call a step's function; a refusal becomes a null value with the error as its finding."""
    try:
        return step.function(*step.arguments)
    except NkTrialError as error:
        message = " ".join(part for part in (error.problem, error.remedy) if part)
        where = error.where.removeprefix(step.subject).strip(" ,:")
        place = f"{where}: " if where else ""
        return Measured(None, (Finding(error.code, "error", step.subject, place + message),))


@lru_cache(maxsize=1)
def code_fingerprint() -> str:
    """Return a digest of nktrial's own files and the numerical libraries' versions.

    A method's version says that an answer changed on purpose; the fingerprint keeps an answer of other code from being
    taken for this code's.
    """
    root = resources.files(nktrial)
    parts = sorted(_files(root, ""))
    return digest([list(parts), np.__version__, scipy.__version__])


def _files(folder: Any, prefix: str) -> Iterable[str]:
    for item in folder.iterdir():
        name = f"{prefix}/{item.name}"
        if item.is_dir():
            yield from _files(item, name)
        elif item.name.endswith((".py", ".toml")):
            yield f"{name}:{sha256_hex(item.read_bytes())}"
