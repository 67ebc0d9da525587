"""Peak tables: the exports of GeneMapper, GeneMarker and kin as they come, and long CSV.

Definition
    A long table has one peak a row: sample, marker, allele, height, and where there are, dye, size, area, data point.
    GeneMapper's combined column "Dye/Sample Peak" (``B,1``) gives the dye. A wide table has one marker a row with
    columns Allele 1 .., Height 1 .., and where there are, Size 1 .., Area 1 ... A peak without marker, without allele
    or off the ladder (OL) is kept as it stands: whether it is an allele is not the reader's to say. A wide table that
    OSIRIS writes has rows that end after their last allele.

Not decided here
    Thresholds, stutter, which allele is real (``chimerism.genotype``, ``chimerism.mixture``).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from nktrial.formats.decimal_comma import comma_finding, with_points, writes_decimal_commas
from nktrial.formats.export_table import WIDE, ExportTable, TableRow, number, read_table, refuse
from nktrial.formats.window import Window, printable
from nktrial.model.origin import Extent, Finding
from nktrial.model.trace import Peak, PeakProfile

__all__ = ["ALLELE_PATTERN", "allele_name", "first_of", "read_peaks"]

SAMPLE: Final = ("sample", "samplename", "samplefilename", "samplefile", "filename")
FILE: Final = ("samplefilename", "samplefile", "filename")
MARKER: Final = ("marker", "markername", "locus")
ALLELE: Final = ("allele", "allelecall", "allelename")
HEIGHT: Final = ("heightrfu", "height", "peakheight")
SIZE: Final = ("sizebp", "size", "peaksize")
AREA: Final = ("area", "peakarea", "arearfu")
DYE: Final = ("dyesamplepeak", "dye", "color", "colour")
SCAN: Final = ("datapoint", "scan")
OFF_SCALE: Final = ("os", "offscale", "saturated")
KNOWN: Final = frozenset(SAMPLE + FILE + MARKER + ALLELE + HEIGHT + SIZE + AREA + DYE + SCAN + OFF_SCALE)
ALLELE_PATTERN: Final = re.compile(r"[<>]?[A-Za-z0-9][A-Za-z0-9._-]{0,39}", re.ASCII)
TRUE: Final = frozenset({"1", "os", "true", "yes"})
MAX_EXTENTS: Final = 100
MAX_SAMPLES: Final = 10_000  # a hundred plates of 96
MAX_PEAKS: Final = 150_000


def read_peaks(window: Window) -> tuple[PeakProfile, ...]:
    """Read the peak profiles of a table, one a sample, in the order in which samples first occur.

    Parameters
    ----------
    window : Window
        The file.

    Returns
    -------
    tuple of PeakProfile
        Peaks in file order, heights [RFU], sizes [bp]; byte ranges of each sample's rows; what was tolerated.

    Raises
    ------
    SourceError
        NK-PKS-01 to NK-PKS-12 the table; NK-PKS-13 a needed column is missing; NK-PKS-14 a peak without height;
        NK-PKS-15 no peaks; NK-PKS-16 a name that is no allele; NK-PKS-17 a row without sample; NK-PKS-18 one sample
        name for two files; NK-PKS-19 more samples or peaks than any export has. The row is named.
    """
    table = read_table(window)
    wide = "allele1" in table.columns and "height1" in table.columns
    need = {"sample": SAMPLE, "marker": MARKER} if wide else {"marker": MARKER, "allele": ALLELE, "height": HEIGHT}
    for what, names in need.items():
        if first_of(table, names) is None:
            found = ", ".join(printable(heading, 30) for heading in table.headings[:12])
            refuse(
                "NK-PKS-13",
                f"no column for the {what}; found {found}.",
                name=window.name,
                line=1,
                remedy=f"Export the table with a column {what.capitalize()}.",
            )
    seen: dict[str, _Collected] = {}
    peaks = 0
    columns = [_peak_columns(table, suffix) for suffix in (_suffixes(table) if wide else [""])]
    commas = writes_decimal_commas(table, columns)
    for row, label in zip(table.rows, _sample_labels(table), strict=True):
        collected = seen.get(label)
        if collected is None:
            collected = seen[label] = _Collected()
        collected.rows.append(row)
        peaks += _collect(table, row, collected, columns, wide=wide, commas=commas)
        if len(seen) > MAX_SAMPLES or peaks > MAX_PEAKS:
            refuse(
                "NK-PKS-19",
                f"more than {MAX_SAMPLES:,} samples or {MAX_PEAKS:,} peaks.",
                name=window.name,
                line=row.line,
                remedy="Split the export.",
            )
    if not any(collected.peaks for collected in seen.values()):
        refuse("NK-PKS-15", "the table holds no peak.", name=window.name, remedy="Export the sample's peaks.")
    unknown = [heading for heading, key in zip(table.headings, _keys(table), strict=True) if not _is_known(key)]
    general = table.findings + _ignored(unknown, window.name) + ((comma_finding(window.name),) if commas else ())
    return tuple(_profile(label, collected, general) for label, collected in seen.items())


def first_of(table: ExportTable, names: Sequence[str]) -> str | None:
    """Return the first of the names that the table has as a column."""
    return next((name for name in names if name in table.columns), None)


def allele_name(text: str, *, name: str, line: int, field: str) -> str:
    """Return an allele's name; ``15.0`` is 15.

    Raises
    ------
    SourceError
        NK-PKS-16 not the form of an allele's name.
    """
    if ALLELE_PATTERN.fullmatch(text) is None:
        refuse(
            "NK-PKS-16",
            f"{printable(text, 40)!r} is not the name of an allele.",
            name=name,
            line=line,
            field=field,
            remedy="One allele a cell, with a decimal point: 9.3, OL, X.",
        )
    return text[:-2] if re.fullmatch(r"\d+\.0", text) else text


class _Collected:
    """The rows, peaks and counts of one sample while the table is read."""

    __slots__ = ("duplicates", "keys", "no_peak", "peaks", "rows", "zero")

    def __init__(self) -> None:
        self.rows: list[TableRow] = []
        self.peaks: list[Peak] = []
        self.keys: set[tuple[str, str, float, float, str]] = set()
        self.duplicates = 0
        self.zero = 0
        self.no_peak = 0

    def add(self, peak: Peak) -> None:
        """Keep a peak unless it has no height or stands in the table already, to the last digit."""
        if peak.height_rfu == 0.0:
            self.zero += 1
            return
        key = (peak.marker, peak.allele, peak.size_bp, peak.height_rfu, peak.dye)
        if peak.size_bp == peak.size_bp and key in self.keys:  # NaN: without a size two rows may be two peaks
            self.duplicates += 1
            return
        self.keys.add(key)
        self.peaks.append(peak)


def _sample_labels(table: ExportTable) -> list[str]:
    """Return each row's sample; a table without a sample column is one sample named after the file."""
    column = first_of(table, SAMPLE)
    if column is None:
        return [table.name] * len(table.rows)
    file_column = first_of(table, FILE) if column == "samplename" else None
    files: dict[str, tuple[str, int]] = {}
    labels = []
    for row in table.rows:
        label = table.cell(row, column)
        if not label:
            refuse(
                "NK-PKS-17", "the row names no sample.", name=table.name, line=row.line, remedy="Fill in the sample."
            )
        file = table.cell(row, file_column)
        known, line = files.setdefault(label, (file, row.line))
        if known != file:
            refuse(
                "NK-PKS-18",
                f"sample {printable(label, 60)!r} comes from file {printable(known, 60)!r} in row {line} and from "
                f"{printable(file, 60)!r} here.",
                name=table.name,
                line=row.line,
                remedy="Give each injection its own sample name.",
            )
        labels.append(label)
    return labels


def _collect(
    table: ExportTable,
    row: TableRow,
    collected: _Collected,
    columns: Sequence[Mapping[str, str | None]],
    *,
    wide: bool,
    commas: bool,
) -> int:
    """Read the peak or peaks of one row, and return how many it shows."""
    shown = 0
    for names in columns:
        text: Mapping[str, str] = {what: table.cell(row, column) for what, column in names.items()}
        text = with_points(text) if commas else text
        if not text["height"]:
            if text["allele"] and (text["size"] or not wide):
                _no_height(table, row, text["allele"])
            continue
        shown += 1
        collected.add(_peak(table, row, text, names))
    collected.no_peak += not shown
    return shown


def _suffixes(table: ExportTable) -> list[str]:
    """Return the numbers of the wide table's allele columns."""
    return [
        match[2]
        for match in (WIDE.fullmatch(key) for key in table.columns)
        if match is not None and match[1] == "allele"
    ]


def _peak_columns(table: ExportTable, suffix: str) -> Mapping[str, str | None]:
    """Return the columns of the peak with the given number, or of the long table's peak."""
    if suffix:
        names = {what: f"{what}{suffix}" for what in ("allele", "height", "size", "area")}
        found = {what: name if name in table.columns else None for what, name in names.items()}
        return {**found, "scan": None, "dye": first_of(table, DYE), "marker": first_of(table, MARKER), "off": None}
    return {
        "allele": first_of(table, ALLELE),
        "height": first_of(table, HEIGHT),
        "size": first_of(table, SIZE),
        "area": first_of(table, AREA),
        "scan": first_of(table, SCAN),
        "dye": first_of(table, DYE),
        "marker": first_of(table, MARKER),
        "off": first_of(table, OFF_SCALE),
    }


def _peak(table: ExportTable, row: TableRow, text: Mapping[str, str], names: Mapping[str, str | None]) -> Peak:
    """Make one peak of a row's cells."""

    def value(what: str, low: float, high: float) -> float:
        return number(text[what], name=table.name, line=row.line, field=names[what] or what, low=low, high=high)

    allele = text["allele"]
    return Peak(
        marker=text["marker"],
        allele=allele_name(allele, name=table.name, line=row.line, field=names["allele"] or "allele") if allele else "",
        size_bp=value("size", 1.0, 10_000.0) if text["size"] else float("nan"),
        height_rfu=value("height", 0.0, 1e7),
        area=value("area", 0.0, 1e9) if text["area"] else float("nan"),
        dye=text["dye"].split(",")[0].strip(),
        scan=int(value("scan", 0.0, 1e7)) if text["scan"] else -1,
        flags=("saturated",) if text["off"].casefold() in TRUE else (),
    )


def _no_height(table: ExportTable, row: TableRow, allele: str) -> None:
    """Refuse a called allele whose height is missing."""
    refuse(
        "NK-PKS-14",
        f"allele {printable(allele, 40)} has no height.",
        name=table.name,
        line=row.line,
        field="height",
        remedy="Export the heights; a called allele without height cannot be weighed.",
    )


def _keys(table: ExportTable) -> list[str]:
    """Return the folded name of each heading, in the order of the headings."""
    by_index = {index: key for key, index in table.columns.items()}
    return [by_index.get(index, "") for index in range(len(table.headings))]


def _is_known(key: str) -> bool:
    """Tell whether a column is read, or needs no mention."""
    return not key or key in KNOWN or WIDE.fullmatch(key) is not None


def _ignored(unknown: Sequence[str], name: str) -> tuple[Finding, ...]:
    """Say which columns were not read."""
    if not unknown:
        return ()
    listed = ", ".join(printable(heading, 30) for heading in unknown[:12])
    return (Finding("NK-PKS-33", "info", name, f"Columns that were not read: {listed}.", {"count": len(unknown)}),)


def _profile(label: str, collected: _Collected, general: tuple[Finding, ...]) -> PeakProfile:
    """Make the profile of one sample."""
    counts = (
        ("NK-PKS-34", "warning", "rows stand in the table twice and were read once.", collected.duplicates),
        ("NK-PKS-35", "info", "peaks have height 0 and were left out.", collected.zero),
        ("NK-PKS-36", "info", "rows hold no peak.", collected.no_peak),
    )
    own = tuple(
        Finding(code, "warning" if severity == "warning" else "info", label, f"{count:,} {what}", {"count": count})
        for code, severity, what, count in counts
        if count
    )
    return PeakProfile(label, tuple(collected.peaks), _extents(collected.rows), general + own)


def _extents(rows: Sequence[TableRow]) -> tuple[Extent, ...]:
    """Join neighbouring rows into byte ranges; many scattered rows become one range that holds them all."""
    blocks: list[list[TableRow]] = []
    for row in rows:
        if blocks and blocks[-1][-1].line + 1 == row.line:
            blocks[-1].append(row)
        else:
            blocks.append([row])
    if len(blocks) > MAX_EXTENTS:
        blocks = [list(rows)]
    return tuple(Extent(f"rows {b[0].line}-{b[-1].line}", b[0].start, b[-1].stop) for b in blocks)
