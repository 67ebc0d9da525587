"""Rows of the study's tables as records, so that a number can be walked back to a line of a file."""

from dataclasses import fields
from typing import Any, Final, TypeAlias

from nktrial.core.digest import Json
from nktrial.model.clinic import (
    AdverseEvent,
    Assessment,
    ChimerismCall,
    Count,
    Donor,
    FollowUp,
    Gvhd,
    Infusion,
    Medication,
    Row,
    Sample,
    Subject,
    Transplant,
)
from nktrial.model.method import Method
from nktrial.model.plan import Study
from nktrial.pipeline.ledger import Measured, Step

__all__ = ["METHOD", "TableRow", "row_step"]

TableRow: TypeAlias = (
    AdverseEvent
    | Assessment
    | ChimerismCall
    | Count
    | Donor
    | FollowUp
    | Gvhd
    | Infusion
    | Medication
    | Sample
    | Subject
    | Transplant
)

METHOD: Final = Method("pipeline.table_row", 1, "nktrial: one line of a study table as it was read")


def row_step(study: Study, row: TableRow) -> Step:
    """Return the step that records one row with its line and its bytes."""
    parameters: dict[str, Json] = {"table": row.row.table, "line": row.row.line}
    parents = (study.sources[row.row.table].sha256,)
    where = f"{row.row.table}, line {row.row.line}"
    return Step("table.row", METHOD, parameters, parents, measure_row, (row,), where)


def measure_row(row: Any) -> Measured:
    """Return a row's cells, line and byte range."""
    cells: dict[str, Json] = {
        field.name: _plain(getattr(row, field.name)) for field in fields(row) if field.name != "row"
    }
    place: Row = row.row
    extent = place.extent
    extents: list[Json] = [{"what": f"line {place.line}", "start": extent.start, "stop": extent.stop}]
    return Measured({"table": place.table, "line": place.line, "cells": cells, "extents": extents})


def _plain(value: Any) -> Json:
    if isinstance(value, frozenset):
        return sorted(value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)
