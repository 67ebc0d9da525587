"""The walk from a record to the files under it: one recursive query."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Engine, select

from nktrial.core.errors import StoreError
from nktrial.model.origin import Record, Source
from nktrial.store.archive import record_of_row
from nktrial.store.connect import refusals
from nktrial.store.tables import parent, record, source

__all__ = ["Walk", "walk"]

SHORTEST_PREFIX: Final = 6
WHOLE_ID: Final = 64


@dataclass(frozen=True, slots=True)
class Walk:
    """A record, all records under it, and the sources that they end at.

    Parameters
    ----------
    root : str
        Id of the record that was asked for.
    records : mapping
        Id -> record, the root and everything under it.
    sources : mapping
        sha256 -> source.
    """

    root: str
    records: dict[str, Record]
    sources: dict[str, Source]


def walk(engine: Engine, prefix: str) -> Walk:
    """Find a record by the beginning of its id and everything that it rests on.

    Parameters
    ----------
    engine : Engine
        From `open_database`.
    prefix : str
        Six to 64 hexadecimal digits.

    Raises
    ------
    StoreError
        NK-STO-02 the database is damaged; NK-STO-04 the prefix is too short, too long or fits several records;
        NK-STO-05 it fits none.
    """
    prefix = prefix.strip().lower()
    if not SHORTEST_PREFIX <= len(prefix) <= WHOLE_ID or not set(prefix) <= set("0123456789abcdef"):
        raise StoreError(
            "NK-STO-04",
            f"{prefix[:80]!r} is not the beginning of a record id.",
            remedy=f"Give {SHORTEST_PREFIX} to {WHOLE_ID} digits of it, as the report shows them.",
        )
    with refusals(), engine.connect() as connection:
        fitting = list(connection.scalars(select(record.c.id).where(record.c.id.startswith(prefix)).limit(3)))
        if len(fitting) > 1:
            raise StoreError("NK-STO-04", f"{prefix} fits several records.", remedy="Give more digits.")
        if not fitting:
            raise StoreError(
                "NK-STO-05",
                f"no record of this study begins with {prefix}.",
                remedy="Take the id from the report or results.json of this study's last run.",
            )
        top = select(record.c.id.label("id")).where(record.c.id == fitting[0]).cte("under", recursive=True)
        under = top.union(select(parent.c.parent_id).where(parent.c.record_id == top.c.id))
        rows = connection.execute(select(record).join(under, under.c.id == record.c.id)).all()
        links = connection.execute(
            select(parent.c.record_id, parent.c.parent_id)
            .join(under, under.c.id == parent.c.record_id)
            .order_by(parent.c.record_id, parent.c.position)
        ).all()
        files = connection.execute(
            select(source).join(under, under.c.id == source.c.sha256).order_by(source.c.name)
        ).all()
    parents: dict[str, tuple[str, ...]] = {}
    for record_id, parent_id in links:
        parents[record_id] = (*parents.get(record_id, ()), parent_id)
    records = {row.id: record_of_row(row, parents.get(row.id, ())) for row in rows}
    sources = {row.sha256: Source(row.sha256, row.size, row.kind, row.name) for row in reversed(files)}
    return Walk(fitting[0], records, sources)
