"""Connections to the study's SQLite database.

SQLite runs in WAL mode with synchronous FULL: a result that was acknowledged survives a crash and a power cut.
Where a file system cannot hold WAL's shared memory, SQLite keeps its rollback journal, which is as durable.

Where the folder cannot be written to, the database is opened for reading alone, as an immutable file: SQLite could not
make the shared memory beside it that it needs otherwise. A log that a crash has left there is not passed over: without
its rows the database is not whole, so that SQLite itself has to read it, or to refuse.
"""

import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, insert, inspect, select
from sqlalchemy.exc import SQLAlchemyError

from nktrial.core.errors import StoreError
from nktrial.formats.window import printable
from nktrial.store.tables import SCHEMA_VERSION, metadata, schema

__all__ = ["is_read_only", "open_database", "refusals"]

PRAGMAS: Final = (
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=10000",
    "PRAGMA trusted_schema=OFF",
)
WAL: Final = "PRAGMA journal_mode=WAL"
WAIT_S: Final = 10.0
PAUSE_S: Final = 0.02
READING_PRAGMAS: Final = ("PRAGMA query_only=ON", "PRAGMA busy_timeout=10000", "PRAGMA trusted_schema=OFF")


def open_database(path: Path, *, create: bool = True) -> Engine:
    """Open the database of a study, creating it where it is absent; for reading alone where nothing can be written.

    Parameters
    ----------
    path : Path
        ``.nktrial/study.db``.
    create : bool
        False: refuse a database that is not there.

    Raises
    ------
    StoreError
        NK-STO-01 absent; NK-STO-02 not a database, or locked; NK-STO-03 of another schema; NK-STO-07 absent, and the
        folder cannot be written to.
    """
    if not create and not path.is_file():
        raise StoreError(
            "NK-STO-01", "the study has no results database.", where=str(path), remedy="Run nktrial run first."
        )
    reading = is_read_only(path)
    if reading and not path.is_file():
        raise StoreError(
            "NK-STO-07",
            "the study folder cannot be written to, and it holds no results database to read.",
            where=str(path.parent),
            remedy="Make .nktrial writable, or run a copy of the study folder that you may write to.",
        )
    with refusals(str(path)):
        if not reading:
            path.parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(_address(path, reading=reading), isolation_level="SERIALIZABLE")
        event.listen(engine, "connect", _set_reading_pragmas if reading else _set_pragmas)
        _prepare(engine, path)
    return engine


def is_read_only(path: Path) -> bool:
    """Tell whether a database cannot be written: its file, its folder, or the folder that would have to hold that."""
    if path.exists() and not os.access(path, os.W_OK):
        return True
    folder = next((place for place in path.parents if place.exists()), path.parent)
    return folder.is_dir() and not os.access(folder, os.W_OK | os.X_OK)


@contextmanager
def refusals(where: str = "") -> Iterator[None]:
    """Turn what SQLite and the disk refuse into one StoreError (NK-STO-02)."""
    try:
        yield
    except (SQLAlchemyError, OSError) as error:
        reason = getattr(error, "orig", None) or error
        raise StoreError(
            "NK-STO-02",
            f"the results database cannot be used: {printable(str(reason))}.",
            where=where,
            remedy="See that the disk has space and .nktrial can be written to. If it is damaged, delete .nktrial: "
            "a run makes it again.",
        ) from error


def _address(path: Path, *, reading: bool) -> URL:
    """Return SQLAlchemy's address of a database, made of parts: ``?`` or ``%`` in a folder's name is no syntax."""
    if not reading:
        return URL.create("sqlite", database=str(path))
    log = path.with_name(f"{path.name}-wal")
    how = {"mode": "ro"} if log.exists() and log.stat().st_size else {"immutable": "1"}
    return URL.create(
        "sqlite", database=f"file:{quote(os.fsencode(os.path.realpath(path)))}", query=how | {"uri": "true"}
    )


def _prepare(engine: Engine, path: Path) -> None:
    """Make the tables where they are not all there, and compare the schema's version, which is written last.

    All are made in one transaction, begun as a writer before they are looked for: of several processes one makes them
    and the others wait and find them. A database from before that may lack some tables and the version, where its run
    was killed.
    """
    with engine.begin() as connection:
        version = _version(connection)
    if version is None:
        with engine.begin() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            version = _version(connection)
            if version is None:
                metadata.create_all(connection)
                connection.execute(insert(schema).values(version=SCHEMA_VERSION))
                version = SCHEMA_VERSION
    if version != SCHEMA_VERSION:
        engine.dispose()
        raise StoreError(
            "NK-STO-03",
            f"the results database has schema {version}, this nktrial knows {SCHEMA_VERSION}.",
            where=str(path),
            remedy="Use the nktrial that wrote it, or delete the .nktrial folder and run again.",
        )


def _version(connection: Connection) -> int | None:
    """Return the schema's version, None where it was not written yet."""
    if not inspect(connection).has_table("schema"):
        return None
    version: int | None = connection.execute(select(schema.c.version)).scalar_one_or_none()
    return version


def _set_pragmas(connection: Any, _record: Any) -> None:
    _execute(connection, PRAGMAS)
    _set_wal(connection)


def _set_wal(connection: Any) -> None:
    """Switch to WAL. SQLite itself does not wait where another process makes the same switch, to avoid a deadlock."""
    given_up = time.monotonic() + WAIT_S
    while True:
        try:
            _execute(connection, (WAL,))
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > given_up:
                raise
            time.sleep(PAUSE_S)
        else:
            return


def _set_reading_pragmas(connection: Any, _record: Any) -> None:
    _execute(connection, READING_PRAGMAS)


def _execute(connection: Any, pragmas: Sequence[str]) -> None:
    cursor = connection.cursor()
    for pragma in pragmas:
        cursor.execute(pragma)
    cursor.close()
