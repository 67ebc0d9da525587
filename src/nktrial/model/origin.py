"""Where a number comes from: sources, byte ranges, findings, records, runs.

Definition
    A record's id is the sha256 of the canonical JSON of its kind, parent ids, method, parameters and value.
    A parent is another record's id or the sha256 of a file's bytes; every walk over parents ends at sources.
    Time and machine belong to the run, never to a record's id.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from nktrial.core.digest import Json, digest, read_back
from nktrial.model.method import Method

__all__ = ["Extent", "Finding", "Record", "Run", "Severity", "Source", "new_record", "record_identity"]

Severity: TypeAlias = Literal["info", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Extent:
    """A half-open byte range of a source and what stands there.

    Parameters
    ----------
    what : str
        E.g. ``"HEADER"``, ``"DATA"``, ``"row 3"``, ``"DATA1"``.
    start, stop : int
        Byte offsets, ``start <= stop``.
    """

    what: str
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Source:
    """A file's bytes. The name is a label; the identity is the sha256.

    Parameters
    ----------
    sha256 : str
        Of the very bytes that were read.
    size : int
        Length [bytes].
    kind : str
        ``fcs``, ``abif``, ``peaks``, ``gatingml``, ``table``, ``plan``, ``kit``.
    name : str
        Path relative to the study folder.
    """

    sha256: str
    size: int
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Something noticed and tolerated, which travels with the record into the report.

    Parameters
    ----------
    code : str
        Permanent code, ``NK-<AREA>-<NN>``.
    severity : {"info", "warning", "error"}
        ``error``: the value could not be had; ``warning``: it may be wrong; ``info``: worth knowing.
    subject : str
        What it is about: file, sample, locus.
    message : str
        One or two sentences for the reader of the report.
    evidence : mapping
        Numbers behind the message.
    """

    code: str
    severity: Severity
    subject: str
    message: str
    evidence: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Record:
    """One value with the way it was obtained.

    Parameters
    ----------
    id : str
        sha256, see the module's definition.
    kind : str
        What the value is: ``fcs.events``, ``nk_fraction``, ``donor_fraction``, ``expansion`` ...
    method : Method
        How it was computed.
    parameters : mapping
        All that was chosen.
    parents : tuple of str
        Ids of records and sha256 of sources, in the method's order.
    value : Json
        The value itself; a missing value is None plus a finding.
    findings : tuple of Finding
        What was noticed on the way.
    """

    id: str
    kind: str
    method: Method
    parameters: Mapping[str, Json]
    parents: tuple[str, ...]
    value: Json
    findings: tuple[Finding, ...] = ()


def new_record(
    kind: str,
    method: Method,
    parameters: Mapping[str, Json],
    parents: tuple[str, ...],
    value: Json,
    findings: tuple[Finding, ...] = (),
) -> Record:
    """Make a record and give it its id; its value is held as canonical JSON holds it, so it reads back the same."""
    identity = digest([kind, list(parents), method.label, parameters, value])
    noticed = tuple(replace(item, evidence=_object(item.evidence)) for item in findings)
    return Record(identity, kind, method, _object(parameters), parents, read_back(value), noticed)


def record_identity(record: Record) -> str:
    """Return the id that a record's content gives it."""
    return digest([record.kind, list(record.parents), record.method.label, record.parameters, record.value])


def _object(value: Mapping[str, Json]) -> Mapping[str, Json]:
    plain = read_back(value)
    return plain if isinstance(plain, Mapping) else {}


@dataclass(frozen=True, slots=True)
class Run:
    """One execution: the only place where time and machine are known.

    Parameters
    ----------
    root : str
        sha256 over the ids of all results of the study: equal roots mean equal results.
    plan_sha256 : str
        Digest of study.toml's bytes.
    version : str
        Version of nktrial.
    python, platform : str
        Interpreter and operating system.
    libraries : mapping
        Versions of the numerical libraries.
    started, finished : str
        UTC, ISO 8601.
    """

    root: str
    plan_sha256: str
    version: str
    python: str
    platform: str
    libraries: Mapping[str, str]
    started: str
    finished: str
