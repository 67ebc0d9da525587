"""The database keeps records all or none, finds them by step key, and walks from a record to its files."""

import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nktrial.core.errors import StoreError
from nktrial.model.method import Method
from nktrial.model.origin import Finding, Record, Source, new_record
from nktrial.store.archive import Database
from nktrial.store.connect import open_database
from nktrial.store.walk import walk

METHOD = Method("test.method", 1, "a textbook")
FILE = Source("f" * 64, 10, "table", "counts.csv")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".nktrial" / "study.db"


def chain(length: int) -> list[Record]:
    """Return records each of which rests on the one before, the first on the file."""
    records: list[Record] = []
    for number in range(length):
        parent = records[-1].id if records else FILE.sha256
        records.append(new_record("link", METHOD, {"n": number}, (parent,), {"x": number / 3}))
    return records


def test_a_record_comes_back_as_it_was(path: Path) -> None:
    finding = Finding("NK-TST-01", "warning", "locus D3S1358", "µ and \x1b", {"n": [1, None]})
    record = new_record("value", METHOD, {"a": [1, 2.5]}, ("b" * 64, "a" * 64), {"x": 1 / 3}, (finding,))
    database = Database(open_database(path))
    database.add([("key", record)])
    database.close()
    again = Database(open_database(path, create=False))
    assert again.find(["key", "other"]) == {"key": record}
    again.close()


def test_the_same_record_may_come_twice(path: Path) -> None:
    database = Database(open_database(path))
    (record,) = chain(1)
    database.add([("one", record)])
    database.add([("one", record), ("two", record)])
    assert set(database.find(["one", "two"])) == {"one", "two"}
    database.close()


def test_the_walk_ends_at_the_file(path: Path) -> None:
    records = chain(5)
    engine = open_database(path)
    database = Database(engine)
    database.add([(str(number), record) for number, record in enumerate(records)])
    database.add_sources([FILE])
    found = walk(engine, records[3].id[:8])
    assert found.root == records[3].id
    assert set(found.records) == {record.id for record in records[:4]}
    assert found.sources == {FILE.sha256: FILE}
    database.close()


@pytest.mark.parametrize(("prefix", "code"), [("abc", "NK-STO-04"), ("ghijkl", "NK-STO-04"), ("0" * 64, "NK-STO-05")])
def test_a_wrong_id_is_refused(path: Path, prefix: str, code: str) -> None:
    engine = open_database(path)
    with pytest.raises(StoreError, match=code):
        walk(engine, prefix)
    engine.dispose()


def test_an_absent_database_is_refused_when_it_must_exist(path: Path) -> None:
    with pytest.raises(StoreError, match="NK-STO-01"):
        open_database(path, create=False)


def test_a_damaged_database_is_refused(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"this is not a database, it only stands where one should be" * 10)
    with pytest.raises(StoreError, match="NK-STO-02"):
        open_database(path)


def test_a_database_of_another_schema_is_refused(path: Path) -> None:
    open_database(path).dispose()
    connection = sqlite3.connect(path)
    connection.execute("UPDATE schema SET version = 99")
    connection.commit()
    connection.close()
    with pytest.raises(StoreError, match="NK-STO-03"):
        open_database(path)


def test_the_database_is_durable(path: Path) -> None:
    engine = open_database(path)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
    engine.dispose()


def test_a_changed_value_is_noticed(path: Path) -> None:
    record = new_record("value", METHOD, {}, (FILE.sha256,), {"x": 369.5})
    database = Database(open_database(path))
    database.add([("key", record)])
    database.close()
    connection = sqlite3.connect(path)
    connection.execute("""UPDATE record SET value = '{"x":769.5}'""")
    connection.commit()
    connection.close()
    engine = open_database(path)
    with pytest.raises(StoreError, match="NK-STO-06"):
        Database(engine).find(["key"])
    with pytest.raises(StoreError, match="NK-STO-06"):
        walk(engine, record.id[:8])
    engine.dispose()


def test_a_fresh_record_is_the_one_that_is_read_back(path: Path) -> None:
    finding = Finding("NK-TST-01", "info", "s", "m", {"z": 1 / 3, "a": 2})
    record = new_record("value", METHOD, {"z": 1 / 3, "a": 1}, (), {"z": {"y": 1, "b": 2 / 3}}, (finding,))
    database = Database(open_database(path))
    database.add([("key", record)])
    (again,) = database.find(["key"]).values()
    assert repr(again) == repr(record)
    database.close()


@pytest.mark.parametrize("kept", [0, 1, 2])
def test_a_database_whose_making_was_killed_is_made_whole(path: Path, kept: int) -> None:
    open_database(path).dispose()
    with sqlite3.connect(path) as whole:
        names = [name for (name,) in whole.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        assert "schema" in names
        others = [name for name in names if name != "schema"]
        for name in others[kept:]:
            whole.execute(f"DROP TABLE {name}")
        whole.execute("DELETE FROM schema")
    whole.close()
    (record,) = chain(1)
    database = Database(open_database(path))
    database.add([("key", record)])
    assert database.find(["key"]) == {"key": record}
    database.close()


OPENS = """
import sys, time
from pathlib import Path
from nktrial.store.connect import open_database
time.sleep(max(0.0, float(sys.argv[2]) - time.time()))
for number in range(10):
    open_database(Path(sys.argv[1]) / str(number) / "study.db").dispose()
"""


def test_processes_that_make_one_database_at_once_all_get_it(tmp_path: Path) -> None:
    start = str(time.time() + 2.0)
    command = [sys.executable, "-c", OPENS, str(tmp_path), start]
    opening = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    assert [process.communicate(timeout=60.0)[1] for process in opening] == [""] * 4
    for number in range(10):
        with sqlite3.connect(tmp_path / str(number) / "study.db") as made:
            assert made.execute("SELECT version FROM schema").fetchall() == [(1,)]
        made.close()
