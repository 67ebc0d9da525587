"""Connections to the study's SQLite database.

SQLite runs in WAL mode with synchronous FULL: a result that was acknowledged survives a crash and a power cut.
Where a file system cannot hold WAL's shared memory, SQLite keeps its rollback journal, which is as durable.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, create_engine, event, insert, inspect, select
from sqlalchemy.exc import SQLAlchemyError

from nktrial.core.errors import StoreError
from nktrial.store.tables import SCHEMA_VERSION, metadata, schema

__all__ = ["open_database", "refusals"]

PRAGMAS: Final = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=10000",
    "PRAGMA trusted_schema=OFF",
)


def open_database(path: Path, *, create: bool = True) -> Engine:
    """Open the database of a study, creating it where it is absent.

    Parameters
    ----------
    path : Path
        ``.nktrial/study.db``.
    create : bool
        False: refuse a database that is not there.

    Raises
    ------
    StoreError
        NK-STO-01 absent; NK-STO-02 not a database, locked or not writable; NK-STO-03 of another schema.
    """
    if not create and not path.is_file():
        raise StoreError(
            "NK-STO-01", "the study has no results database.", where=str(path), remedy="Run nktrial run first."
        )
    with refusals(str(path)):
        path.parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(f"sqlite:///{path}", isolation_level="SERIALIZABLE")
        event.listen(engine, "connect", _set_pragmas)
        _prepare(engine, path)
    return engine


@contextmanager
def refusals(where: str = "") -> Iterator[None]:
    """Turn what SQLite and the disk refuse into one StoreError (NK-STO-02)."""
    try:
        yield
    except (SQLAlchemyError, OSError) as error:
        reason = getattr(error, "orig", None) or error
        raise StoreError(
            "NK-STO-02",
            f"the results database cannot be used: {reason}.",
            where=where,
            remedy="See that the disk has space and .nktrial can be written to. If it is damaged, delete .nktrial: "
            "a run makes it again.",
        ) from error


def _prepare(engine: Engine, path: Path) -> None:
    with engine.begin() as connection:
        if not inspect(connection).has_table("schema"):
            metadata.create_all(connection)
            connection.execute(insert(schema).values(version=SCHEMA_VERSION))
        version = connection.execute(select(schema.c.version)).scalar_one()
    if version != SCHEMA_VERSION:
        engine.dispose()
        raise StoreError(
            "NK-STO-03",
            f"the results database has schema {version}, this nktrial knows {SCHEMA_VERSION}.",
            where=str(path),
            remedy="Use the nktrial that wrote it, or delete the .nktrial folder and run again.",
        )


def _set_pragmas(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(pragma)
    cursor.close()
