"""Plausibility of laboratory counts: units that are there, and magnitudes that a unit allows.

Definition
    A count without a known unit is an error, never a guess. A value that no blood can have in its unit is an error
    (a white count of 2900 with 10^9/L is 2.9 million cells per microlitre); a value that is rare and is what a
    mistaken unit looks like is a warning. The bounds are far outside the ranges of patients and are [unverified]:
    they are chosen to catch a factor of 1000, not to judge a patient.

Not decided here
    What the counts are used for.
"""

from collections.abc import Iterator, Sequence
from types import MappingProxyType
from typing import Final

from nktrial.core.errors import MethodError
from nktrial.core.units import is_percent, per_ul
from nktrial.formats.chemistry import CHEMISTRY, chemistry_faults
from nktrial.formats.issues import CellError, IssueLog, suggestion
from nktrial.model.clinic import Count

__all__ = ["LYMPHOCYTES_PER_UL", "TESTS", "call_doubts", "count_faults", "limit_faults", "note_contradictions"]

# Cells/uL: outside, unless zero, the unit deserves a second look; as blood.lymphocytes, which a test compares.
LYMPHOCYTES_PER_UL: Final = (10.0, 50_000.0)  # [unverified]
# Cells/uL: below the first, unless zero, and above the second, is not a count in this unit. [unverified]
CELL_BOUNDS: Final = MappingProxyType(
    {
        "WBC": (10.0, 1_000_000.0),
        "ALC": (LYMPHOCYTES_PER_UL[0], 1_000_000.0),
        "ANC": (1.0, 500_000.0),
        "AMC": (1.0, 500_000.0),
        "AEC": (0.0, 500_000.0),
        "BLASTS": (0.0, 1_000_000.0),
        "PLT": (500.0, 10_000_000.0),
        "CD4": (1.0, 500_000.0),
    }
)
PERCENT_TESTS: Final = ("LYMPH_PCT", "NEUT_PCT", "MONO_PCT", "BLAST_PCT")
# g/L: lowest and highest. [unverified]
HGB_BOUNDS: Final = (20.0, 300.0)
HGB_UNITS: Final = MappingProxyType({"g/dl": 10.0, "g/l": 1.0, "mmol/l": 16.114})
TESTS: Final = (*CELL_BOUNDS, *PERCENT_TESTS, "HGB", *CHEMISTRY)
ROUNDING: Final = 1.05


def count_faults(test: str, value: float, unit: str) -> Iterator[tuple[str, CellError]]:
    """Yield the column and what is wrong with one count.

    NK-TAB-26 negative or beyond 100 %; NK-TAB-34 unit missing or unknown; NK-TAB-35 impossible in this unit;
    NK-TAB-36 a percentage that looks like a fraction; NK-TAB-37 a test that nktrial does not know; NK-TAB-43 rarely
    so low, or so high.
    """
    if not unit:
        yield "unit", CellError("NK-TAB-34", "the unit is missing; a unit is never guessed.", "Write e.g. 10^9/L or %.")
        return
    if value < 0:
        yield "value", CellError("NK-TAB-26", f"{value:g} is negative.", "Correct the value.")
        return
    if test in PERCENT_TESTS:
        yield from _percent_faults(value, unit)
    elif test in CELL_BOUNDS:
        yield from _cell_faults(test, value, unit)
    elif test == "HGB":
        yield from _hgb_faults(value, unit)
    elif test in CHEMISTRY:
        yield from chemistry_faults(test, value, unit)
    else:
        yield "test", _unknown_test(test)


def limit_faults(test: str, lln: float | None, uln: float | None, unit: str) -> Iterator[tuple[str, CellError]]:
    """Yield the column and what is wrong with a laboratory's limits of normal, which have the value's unit.

    NK-TAB-49 the lower limit is not below the upper one; NK-TAB-26, NK-TAB-35, NK-TAB-36 and NK-TAB-43 as for a value.
    """
    if lln is not None and uln is not None and lln >= uln:
        message = f"the lower limit {lln:g} is not below the upper limit {uln:g}."
        yield "lln", CellError("NK-TAB-49", message, "Exchange the two, or correct one.")
    for column, limit in (("lln", lln), ("uln", uln)):
        faults = count_faults(test, limit, unit) if limit is not None and unit else ()
        yield from ((column, fault) for place, fault in faults if place == "value")


def call_doubts(donor_pct: float, sd_pct: float | None) -> Iterator[tuple[str, CellError]]:
    """Yield the column and what is doubtful in a share of chimerism_calls.csv.

    NK-TAB-36 a percentage that looks like a fraction; NK-TAB-47 no standard deviation.
    """
    if sd_pct is None:
        message = "the standard deviation is missing; without it the share cannot be used."
        hint = "Write the laboratory's standard deviation of this share in percent."
        yield "sd_pct", CellError("NK-TAB-47", message, hint, severity="warning")
    elif 0 < donor_pct < 1 and sd_pct < 1:
        message = f"{donor_pct:g} % with a standard deviation of {sd_pct:g} % looks like a fraction."
        hint = f"If {donor_pct * 100:g} % is meant, write it, and the standard deviation in percent too."
        yield "donor_pct", CellError("NK-TAB-36", message, hint, severity="warning")


def note_contradictions(counts: Sequence[Count], log: IssueLog) -> None:
    """Note samples with more lymphocytes or neutrophils than white cells (NK-PLAN-38)."""
    white = {row.sample_id: row for row in counts if row.test == "WBC" and row.qualifier != "<"}
    for row in counts:
        whole = white.get(row.sample_id)
        if row.test not in {"ALC", "ANC"} or row.qualifier == "<" or whole is None:
            continue
        part, total = per_ul(row.value, row.unit), per_ul(whole.value, whole.unit)
        if part > total * ROUNDING:
            log.add(
                "NK-PLAN-38",
                row.row.table,
                f"{row.test} is {part:g} cells/uL, more than the {total:g} white cells/uL of line {whole.row.line}.",
                "Compare both with the laboratory's report.",
                row=row.row.line,
                column="value",
                value=f"{row.value:g}",
                severity="warning",
            )


def _percent_faults(value: float, unit: str) -> Iterator[tuple[str, CellError]]:
    if not is_percent(unit):
        yield "unit", CellError("NK-TAB-34", f"{unit!r} is not the unit of a percentage.", "Write %.")
    elif value > 100:
        yield "value", CellError("NK-TAB-26", f"{value:g} % is more than 100 %.", "Correct the value.")
    elif 0 < value < 1:
        message = f"{value:g} % is less than one percent; it looks like a fraction."
        yield "value", CellError("NK-TAB-36", message, f"If {value * 100:g} % is meant, write it.", severity="warning")


def _cell_faults(test: str, value: float, unit: str) -> Iterator[tuple[str, CellError]]:
    try:
        cells = per_ul(value, unit)
    except MethodError as error:
        yield "unit", CellError("NK-TAB-34", error.problem, error.remedy)
        return
    low, high = CELL_BOUNDS[test]
    if cells > high:
        yield (
            "value",
            CellError(
                "NK-TAB-35",
                f"{test} {value:g} {unit} is {cells:,.0f} cells/uL; no blood holds so many.",
                "Correct the unit or the value.",
            ),
        )
    elif 0 < cells < low:
        yield "value", _rare(test, value, unit, cells, "10^9/L")
    elif test == "ALC" and cells > LYMPHOCYTES_PER_UL[1]:
        yield "value", _rare(test, value, unit, cells, "cells/uL")


def _rare(test: str, value: float, unit: str, cells: float, other: str) -> CellError:
    message = f"{test} {value:g} {unit} is {cells:,.10g} cells/uL, which is rare."
    hint = f"Check the value and the unit; {other} may be meant."
    return CellError("NK-TAB-43", message, hint, severity="warning")


def _hgb_faults(value: float, unit: str) -> Iterator[tuple[str, CellError]]:
    factor = HGB_UNITS.get(unit.replace(" ", "").casefold())
    if factor is None:
        yield "unit", CellError("NK-TAB-34", f"{unit!r} is not a unit of haemoglobin.", "Write g/L or g/dL.")
    elif value * factor > HGB_BOUNDS[1]:
        message = f"HGB {value:g} {unit} is {value * factor:g} g/L; no blood holds so much."
        yield "value", CellError("NK-TAB-35", message, "Correct the unit or the value.")
    elif value * factor < HGB_BOUNDS[0]:
        message = f"HGB {value:g} {unit} is {value * factor:g} g/L, which is rare."
        yield "value", CellError("NK-TAB-43", message, "Check the unit.", severity="warning")


def _unknown_test(test: str) -> CellError:
    meant = suggestion(test, TESTS)
    if meant:
        return CellError("NK-TAB-27", f"{test!r} is not a test that nktrial knows.", f"Did you mean {meant}?")
    return CellError(
        "NK-TAB-37", f"{test!r} is not known and not used.", f"Known: {', '.join(TESTS)}.", severity="warning"
    )
