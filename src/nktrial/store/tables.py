"""Tables of the study's database: sources, records, their parents, the steps that made them, runs.

Rows are never updated: a record is what it is. Values, parameters and findings are canonical JSON text.
"""

from typing import Final

from sqlalchemy import Column, ForeignKey, Index, Integer, MetaData, String, Table, Text

__all__ = ["SCHEMA_VERSION", "metadata", "parent", "record", "run", "schema", "source", "step"]

SCHEMA_VERSION: Final = 1

metadata: Final = MetaData()

schema: Final = Table("schema", metadata, Column("version", Integer, primary_key=True))

source: Final = Table(
    "source",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("size", Integer, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("name", Text, primary_key=True),
)

record: Final = Table(
    "record",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("kind", String(64), nullable=False),
    Column("method", String(128), nullable=False),
    Column("method_version", Integer, nullable=False),
    Column("method_source", Text, nullable=False),
    Column("parameters", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("findings", Text, nullable=False),
)

parent: Final = Table(
    "parent",
    metadata,
    Column("record_id", String(64), ForeignKey("record.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("parent_id", String(64), nullable=False),
)
Index("parent_by_parent", parent.c.parent_id)

step: Final = Table(
    "step",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("record_id", String(64), ForeignKey("record.id"), nullable=False),
)

run: Final = Table(
    "run",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("root", String(64), nullable=False),
    Column("document", Text, nullable=False),
)
