"""Reads at markers with two alleles, as an amplicon pipeline counts them.

Definition
    One sample a file, one marker a row: its name (``#SNPID``, marker ...), reads with the reference allele
    (``REF_HITS``), reads with the alternative one (``ALT_HITS``); where there are, reads in all (``TOT_HITS``), with
    another base (``UNK_HITS``), with mates that disagree (``CONFL_HITS``). A marker without a count is kept with depth
    0 and named.

Not decided here
    Genotypes (``chimerism.ngs_genotype``), and how many reads are enough.
"""

import re
from typing import Final

from nktrial.formats.export_table import ExportTable, TableRow, folded, read_table, refuse
from nktrial.formats.peaks import first_of
from nktrial.formats.window import Window, printable
from nktrial.model.marker_counts import MarkerCounts, MarkerReads
from nktrial.model.origin import Extent, Finding

__all__ = ["read_marker_counts"]

MARKER: Final = ("snpid", "marker", "markername", "locus", "snp", "rsid", "id")
REF: Final = ("refhits", "refreads", "refcount", "refcounts", "ref")
ALT: Final = ("althits", "altreads", "altcount", "altcounts", "alt")
TOTAL: Final = ("tothits", "totalreads", "total", "depth")
OTHER: Final = ("unkhits", "conflhits")
KNOWN: Final = frozenset(MARKER + REF + ALT + TOTAL + OTHER)
WHOLE: Final = re.compile(r"\d{1,12}(\.0*)?", re.ASCII)
NUMBER: Final = re.compile(r"-?\d+(\.\d*)?", re.ASCII)
MAX_READS: Final = 100_000_000
MAX_MARKERS: Final = 5_000
ODD_READS: Final = 0.05  # [unverified]


def read_marker_counts(window: Window, *, sample: str) -> MarkerCounts:
    """Read the reads of one sample.

    Parameters
    ----------
    window : Window
        The file.
    sample : str
        Sample or person that it stands for.

    Raises
    ------
    SourceError
        NK-PKS-01 to NK-PKS-10 the table; NK-NGS-01 a needed column is missing; NK-NGS-02 a row without marker;
        NK-NGS-03 a count that is no whole number; NK-NGS-04 a count below 0 or beyond 100 million; NK-NGS-05 a marker
        twice; NK-NGS-06 more reads with the two alleles than in all; NK-NGS-07 no marker with reads; NK-NGS-08 too
        many markers. The row is named.
    """
    table = read_table(window)
    for what, names in (("marker", MARKER), ("reads with the reference allele", REF), ("alternative reads", ALT)):
        if first_of(table, names) is None:
            found = ", ".join(printable(heading, 30) for heading in table.headings[:12])
            refuse(
                "NK-NGS-01",
                f"no column for the {what}; found {found}.",
                name=window.name,
                line=1,
                remedy="Name the columns SNPID, REF_HITS and ALT_HITS.",
            )
    if len(table.rows) > MAX_MARKERS:
        refuse(
            "NK-NGS-08",
            f"{len(table.rows):,} markers, expected at most {MAX_MARKERS:,}.",
            name=window.name,
            remedy="Give the panel's markers of one sample.",
        )
    reads: dict[str, MarkerReads] = {}
    odd: list[str] = []
    for row in table.rows:
        marker = table.cell(row, first_of(table, MARKER))
        _check_name(marker, reads, window.name, row.line)
        reads[marker] = _reads(table, row)
        if _other_reads(table, row) > ODD_READS * max(reads[marker].depth, 1):
            odd.append(marker)
    if not any(item.depth for item in reads.values()):
        refuse("NK-NGS-07", "no marker has reads.", name=window.name, remedy="Export the sample's counts again.")
    extents = (Extent("rows", table.rows[0].start, table.rows[-1].stop),)
    return MarkerCounts(sample, reads, extents, (*table.findings, *_noticed(table, reads, odd)))


def _check_name(marker: str, reads: dict[str, MarkerReads], name: str, line: int) -> None:
    """Refuse a row without marker (NK-NGS-02) and a marker that stands twice (NK-NGS-05)."""
    if not marker:
        refuse("NK-NGS-02", "the row lacks its marker.", name=name, line=line, remedy="Fill it in.")
    if marker in reads:
        refuse(
            "NK-NGS-05",
            f"the marker {printable(marker, 40)!r} stands twice.",
            name=name,
            line=line,
            remedy="One sample a file and one row a marker; add up or remove the copy.",
        )


def _reads(table: ExportTable, row: TableRow) -> MarkerReads:
    """Return a row's reads; 0 where a cell is empty."""
    ref, alt, total = (_count(table, row, first_of(table, names)) for names in (REF, ALT, TOTAL))
    if total is not None and (ref or 0) + (alt or 0) > total:
        refuse(
            "NK-NGS-06",
            f"{ref:,} + {alt:,} reads with the two alleles, but {total:,} in all.",
            name=table.name,
            line=row.line,
            remedy="Look for shifted columns.",
        )
    return MarkerReads(0, 0) if ref is None or alt is None else MarkerReads(ref, alt)


def _other_reads(table: ExportTable, row: TableRow) -> int:
    """Return the reads that show neither allele."""
    return sum(_count(table, row, name) or 0 for name in OTHER if name in table.columns)


def _count(table: ExportTable, row: TableRow, column: str | None) -> int | None:
    """Return a count, None for an empty cell or a column that is not there."""
    text = table.cell(row, column)
    if column is None or not text:
        return None
    if WHOLE.fullmatch(text) is None and (NUMBER.fullmatch(text) is None or not text.startswith("-")):
        refuse(
            "NK-NGS-03",
            f"{printable(text, 40)!r} is not a whole number of reads.",
            name=table.name,
            line=row.line,
            field=column,
            remedy="Give counts as they were counted: no fractions, no percentages, no decimal commas.",
        )
    if text.startswith("-") or float(text) > MAX_READS:
        refuse(
            "NK-NGS-04",
            f"{printable(text, 40)} reads, expected 0 to {MAX_READS:,}.",
            name=table.name,
            line=row.line,
            field=column,
            remedy="Correct the cell or export the counts again.",
        )
    return int(float(text))


def _noticed(table: ExportTable, reads: dict[str, MarkerReads], odd: list[str]) -> list[Finding]:
    """Return what was tolerated."""
    empty = [marker for marker, item in reads.items() if item.depth == 0]
    found: list[Finding] = []
    if empty:
        message = f"Markers without reads: {_some(empty)}."
        found.append(Finding("NK-NGS-20", "warning", table.name, message, {"count": len(empty)}))
    if odd:
        message = f"More than {ODD_READS:.0%} of the reads show another base or mates that disagree: {_some(odd)}."
        found.append(Finding("NK-NGS-21", "warning", table.name, message, {"count": len(odd)}))
    keys = [folded(heading) for heading in table.headings]
    unread = [printable(text, 30) for text, key in zip(table.headings, keys, strict=True) if key and key not in KNOWN]
    if unread:
        found.append(Finding("NK-NGS-22", "info", table.name, f"Columns that were not read: {_some(unread)}."))
    return found


def _some(names: list[str]) -> str:
    """Return up to eight names."""
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    return ", ".join(printable(name, 30) for name in names[:8]) + more
