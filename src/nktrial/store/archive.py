"""Records in the database: kept all or none, found again by step key."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from sqlalchemy import Connection, Engine, select
from sqlalchemy.dialects.sqlite import insert as insert_or_ignore

from nktrial.core.digest import canonical_bytes
from nktrial.core.errors import MethodError, StoreError
from nktrial.model.method import Method
from nktrial.model.origin import Finding, Record, Run, Source, record_identity
from nktrial.store.connect import refusals
from nktrial.store.tables import parent, record, run, source, step

__all__ = ["Database", "record_of_row"]

CHUNK: Final = 400


class Database:
    """The study's archive of records.

    Parameters
    ----------
    engine : Engine
        From `open_database`.
    read_only : bool
        The database is open for reading alone. What it holds is found; what would have to be added is refused
        (NK-STO-07). Only the note of the run itself is left out: run.json of the results holds the same.
    """

    def __init__(self, engine: Engine, *, read_only: bool = False) -> None:
        self._engine = engine
        self._read_only = read_only

    def find(self, keys: Sequence[str]) -> Mapping[str, Record]:
        """Return the records known for these step keys."""
        found: dict[str, Record] = {}
        with refusals(), self._engine.connect() as connection:
            for start in range(0, len(keys), CHUNK):
                part = list(keys[start : start + CHUNK])
                query = select(step.c.key, record).join_from(step, record).where(step.c.key.in_(part))
                rows = connection.execute(query).all()
                parents = _parents(connection, [row.id for row in rows])
                found.update({row.key: record_of_row(row, parents.get(row.id, ())) for row in rows})
        return found

    def add(self, records: Sequence[tuple[str, Record]]) -> None:
        """Keep all of these records, or none of them.

        Raises
        ------
        StoreError
            NK-STO-02 the disk refuses; NK-STO-07 the database is open for reading alone.
        """
        if not records:
            return
        self._require_writable(f"{len(records):,} new results")
        with refusals(), self._engine.begin() as connection:
            connection.execute(insert_or_ignore(record).on_conflict_do_nothing(), [_row(item) for _, item in records])
            links = [
                {"record_id": item.id, "position": position, "parent_id": parent_id}
                for _, item in records
                for position, parent_id in enumerate(item.parents)
            ]
            if links:
                connection.execute(insert_or_ignore(parent).on_conflict_do_nothing(), links)
            steps = [{"key": key, "record_id": item.id} for key, item in records]
            connection.execute(insert_or_ignore(step).on_conflict_do_nothing(), steps)

    def add_sources(self, sources: Sequence[Source]) -> None:
        """Keep the names and hashes of the files that were read, of those that are not known yet.

        Raises
        ------
        StoreError
            NK-STO-02 the disk refuses; NK-STO-07 the database is open for reading alone.
        """
        with refusals(), self._engine.connect() as connection:
            known = {(row.sha256, row.name) for row in connection.execute(select(source.c.sha256, source.c.name))}
        rows = [asdict(item) for item in sources if (item.sha256, item.name) not in known]
        if not rows:
            return
        self._require_writable(f"{len(rows):,} files' hashes")
        with refusals(), self._engine.begin() as connection:
            connection.execute(insert_or_ignore(source).on_conflict_do_nothing(), rows)

    def add_run(self, document: Run) -> None:
        """Keep what is known of one execution; nothing where the database is open for reading alone."""
        if self._read_only:
            return
        with refusals(), self._engine.begin() as connection:
            text = canonical_bytes(asdict(document)).decode()
            connection.execute(run.insert().values(root=document.root, document=text))

    def _require_writable(self, what: str) -> None:
        if self._read_only:
            raise StoreError(
                "NK-STO-07",
                f"the study folder cannot be written to, and {what} would have to be kept in it.",
                where=str(self._engine.url.database or "").removeprefix("file:").partition("?")[0],
                remedy="Make .nktrial writable, or run a copy of the study folder that you may write to.",
            )

    def close(self) -> None:
        """Release the database file."""
        self._engine.dispose()


def record_of_row(row: Any, parents: tuple[str, ...]) -> Record:
    """Make a record of its row, and make sure that it is the one that was written.

    Raises
    ------
    StoreError
        NK-STO-06 the row's content does not give its id.
    """
    method = Method(row.method, row.method_version, row.method_source)
    try:
        findings = tuple(Finding(**item) for item in json.loads(row.findings))
        item = Record(row.id, row.kind, method, json.loads(row.parameters), parents, json.loads(row.value), findings)
        if record_identity(item) == row.id:
            return item
    except (ValueError, TypeError, MethodError):
        pass
    raise StoreError(
        "NK-STO-06",
        f"record {row.id[:12]} of the results database does not agree with its own sha256: the database is damaged.",
        remedy="Delete the .nktrial folder and run again: it holds nothing that a run cannot make again.",
    )


def _row(item: Record) -> dict[str, Any]:
    findings = [asdict(finding) for finding in item.findings]
    return {
        "id": item.id,
        "kind": item.kind,
        "method": item.method.name,
        "method_version": item.method.version,
        "method_source": item.method.source,
        "parameters": canonical_bytes(item.parameters).decode(),
        "value": canonical_bytes(item.value).decode(),
        "findings": canonical_bytes(findings).decode(),
    }


def _parents(connection: Connection, ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    query = (
        select(parent.c.record_id, parent.c.parent_id)
        .where(parent.c.record_id.in_(list(ids)))
        .order_by(parent.c.record_id, parent.c.position)
    )
    links: dict[str, tuple[str, ...]] = {}
    for record_id, parent_id in connection.execute(query):
        links[record_id] = (*links.get(record_id, ()), parent_id)
    return links
