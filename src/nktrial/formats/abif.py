"""One lane of a genetic analyser from an ABIF file (.fsa).

Definition
    The fluorescence of the dyes stands in DATA1-4, DATA105 and DATA106, one int16 a scan. The size standard is the
    dye whose DyeB tag is ``S``, else DATA105, else DATA4; it becomes the last column, so that a 6-dye lane is
    DATA1, 2, 3, 4, 106, 105. Scans are taken as they stand: spectrally separated by the instrument, not baselined.
    The instrument software's own baselined arrays (DATA9-12, 205, 206) are offered by ``analysed=True``; they are
    cut and scaled by settings that the file does not tell, so they are taken unasked only where the raw dyes are
    missing, of unequal length or all zero, and a finding says so (NK-ABI-21).

Not decided here
    Baseline, peaks, size and alleles (``chimerism``). Names of persons, comments and operators are not read.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nktrial.core.errors import SourceError
from nktrial.formats.abif_directory import ENCIPHERED_TYPES, Directory, Tag, read_directory
from nktrial.formats.window import Window
from nktrial.model.origin import Finding
from nktrial.model.trace import Trace, VendorPeak

__all__ = ["FACT_TAGS", "LaneOutline", "list_tags", "outline_abif", "read_abif", "vendor_peaks"]

RAW_NUMBERS: Final = (1, 2, 3, 4, 105, 106)
ANALYSED_NUMBERS: Final = (9, 10, 11, 12, 205, 206)
FEWEST_DYES: Final = 2
FEWEST_SCANS: Final = 100
SHORT: Final = 4

# Run facts: name in the trace, tag in the file. No tag here holds a person's name.
FACT_TAGS: Final = (
    ("instrument", "MODL1"),
    ("polymer", "GTyp1"),
    ("run", "RunN1"),
    ("dye_set", "DySN1"),
    ("well", "TUBE1"),
)
NUMBER_FACT_TAGS: Final = (
    ("lane", "LANE1"),
    ("injection_volts", "InVt1"),
    ("injection_seconds", "InSc1"),
)
PEAK_RECORD: Final = np.dtype(
    [
        ("scan", ">i4"),
        ("height", ">i2"),
        ("begin", ">i4"),
        ("end", ">i4"),
        ("begin_height", ">i2"),
        ("end_height", ">i2"),
        ("area", ">i4"),
        ("volume", ">i4"),
        ("size_bp", ">f4"),
        ("edited", ">i2"),
        ("label", "S64"),
    ]
)


@dataclass(frozen=True, slots=True)
class LaneOutline:
    """What a lane says of itself before its scans are looked at."""

    dyes: int
    sample_name: str
    facts: dict[str, str]


def list_tags(window: Window) -> tuple[Tag, ...]:
    """List the tags of an ABIF file in file order: name, number, type, element size, count, byte range. No values.

    Raises
    ------
    SourceError
        As `nktrial.formats.abif_directory.read_directory`.
    """
    return read_directory(window).tags


def read_abif(window: Window, *, analysed: bool = False) -> Trace:
    """Read one lane.

    Parameters
    ----------
    window : Window
        The .fsa file.
    analysed : bool
        Take the software's baselined arrays in place of the raw ones.

    Returns
    -------
    Trace
        (n_scans, n_dyes) int32 with the size standard last.

    Raises
    ------
    SourceError
        NK-ABI-12 no dye channel; NK-ABI-13 impossible number of dyes; NK-ABI-14 the size standard's channel is missing;
        NK-ABI-15 enciphered .hid; NK-ABI-16 sequencing run; NK-ABI-17 channels differ in length or are too short;
        and those of `nktrial.formats.abif_directory.read_directory`.
    """
    directory = read_directory(window)
    _require_fragment_trace(directory)
    columns = _columns(directory)
    fallen = () if analysed else _instead_of_raw(directory, columns)
    analysed = analysed or bool(fallen)
    tags = _channels(directory, columns, analysed=analysed)
    scans = np.empty((tags[0].count, len(tags)), dtype=np.int32)
    for column, tag in enumerate(tags):
        scans[:, column] = np.frombuffer(directory.data(tag), dtype=">i2")
    facts, findings = _facts(directory)
    return Trace(
        scans=scans,
        dyes=tuple(directory.text(f"DyeN{column + 1}") or f"dye {column + 1}" for column in columns),
        sample_name=_sample_name(directory),
        size_standard=directory.text("StdF1").removesuffix(".szs"),
        saturated=_saturated(directory, scans.shape[0], cut=analysed),
        facts=facts,
        extents=tuple(tag.extent for tag in tags),
        findings=directory.findings + findings + fallen,
        vendor_peaks=_vendor_peaks(directory, columns, cut=analysed),
    )


def outline_abif(window: Window) -> LaneOutline:
    """Read a lane as far as it can be refused without a look at its scans.

    Raises
    ------
    SourceError
        As `read_abif`.
    """
    directory = read_directory(window)
    _require_fragment_trace(directory)
    columns = _columns(directory)
    _channels(directory, columns, analysed=bool(_instead_of_raw(directory, columns)))
    facts, _ = _facts(directory)
    return LaneOutline(len(columns), _sample_name(directory), facts)


def vendor_peaks(window: Window) -> tuple[VendorPeak, ...]:
    """Return the peaks that the instrument's software stored, by column of the trace; empty where it stored none.

    Raises
    ------
    SourceError
        As `read_abif`.
    """
    directory = read_directory(window)
    _require_fragment_trace(directory)
    columns = _columns(directory)
    return _vendor_peaks(directory, columns, cut=bool(_instead_of_raw(directory, columns)))


def _vendor_peaks(directory: Directory, columns: tuple[int, ...], *, cut: bool) -> tuple[VendorPeak, ...]:
    """Return the stored peaks by column; their scans count from the start of the raw trace, or of the cut one."""
    found: list[VendorPeak] = []
    for column, dye in enumerate(columns):
        tag = directory.find(f"PEAK{dye + 1}")
        if tag is None or (tag.stop - tag.start) % PEAK_RECORD.itemsize:
            continue
        offset = None if cut else directory.numbers(f"AOFF{dye + 1}")  # the software counts scans of its own, cut array
        first = int(offset[0]) if offset is not None and offset.size else 0
        rows = np.frombuffer(directory.data(tag), dtype=PEAK_RECORD)
        columns_of_rows = (rows["scan"].tolist(), rows["height"].tolist(), rows["size_bp"].tolist())
        found.extend(
            VendorPeak(column, scan + first, float(height), size)
            for scan, height, size in zip(*columns_of_rows, strict=True)
        )
    return tuple(found)


def _require_fragment_trace(directory: Directory) -> None:
    """Refuse enciphered files and sequencing runs."""
    name = directory.window.name
    first = directory.find("DATA1")
    if first is not None and first.element_type in ENCIPHERED_TYPES:
        raise SourceError(
            "NK-ABI-15",
            f"the traces are enciphered by the instrument (element type {first.element_type}, expected {SHORT}), "
            "as in the .hid files of a 3500.",
            where=f"{name}, byte {first.start:,} (DATA1)",
            remedy="Export the sample as .fsa, or as a peak table from GeneMapper, and give that file.",
        )
    keys = {tag.key for tag in directory.tags}
    if keys & {"PBAS1", "PBAS2", "FWO_1"} and not keys & {"DATA105", "StdF1"}:
        raise SourceError(
            "NK-ABI-16",
            "this is a sequencing run (called bases, no size standard), expected a fragment analysis.",
            where=f"{name} (PBAS, FWO_)",
            remedy="Give the .fsa file of the STR run.",
        )


def _columns(directory: Directory) -> tuple[int, ...]:
    """Return the dyes, from 0, in the order of the trace's columns: the size standard last."""
    present = [
        dye
        for dye, numbers in enumerate(zip(RAW_NUMBERS, ANALYSED_NUMBERS, strict=True))
        if any(directory.find(f"DATA{number}") is not None for number in numbers)
    ]
    if not present:
        raise SourceError(
            "NK-ABI-12",
            "the file has no dye channel, expected DATA1 to DATA4.",
            where=f"{directory.window.name} (directory)",
            remedy="Give the .fsa file of a fragment analysis.",
        )
    told = directory.numbers("Dye#1")
    count = int(told[0]) if told is not None and told.size else len(present)
    if not FEWEST_DYES <= count <= len(RAW_NUMBERS):
        raise SourceError(
            "NK-ABI-13",
            f"the lane has {count} dyes, expected {FEWEST_DYES} to {len(RAW_NUMBERS)}.",
            where=f"{directory.window.name} (Dye#1)",
            remedy="Give the .fsa file of a fragment analysis.",
        )
    standard = _standard_dye(directory, count)
    return (*(dye for dye in range(count) if dye != standard), standard)


def _standard_dye(directory: Directory, count: int) -> int:
    """Return the dye of the size standard: marked by DyeB, else the fifth (DATA105), else the last."""
    marked = [dye for dye in range(count) if directory.text(f"DyeB{dye + 1}") == "S"]
    return marked[0] if len(marked) == 1 else min(count, 5) - 1


def _channels(directory: Directory, columns: tuple[int, ...], *, analysed: bool) -> list[Tag]:
    """Return the tags of the dye channels, all there, all int16, all of one length."""
    numbers = ANALYSED_NUMBERS if analysed else RAW_NUMBERS
    tags: list[Tag] = []
    for dye in columns:
        key = f"DATA{numbers[dye]}"
        tag = directory.find(key)
        if tag is None or tag.element_type != SHORT:
            what = "the size standard's channel" if dye == columns[-1] else f"the channel of dye {dye + 1}"
            raise SourceError(
                "NK-ABI-14",
                f"{what} ({key}) is missing or does not hold 16-bit integers; the lane has {len(columns)} dyes.",
                where=f"{directory.window.name} ({key})",
                remedy="Export all dyes, the size standard's included.",
            )
        tags.append(tag)
    lengths = sorted({tag.count for tag in tags})
    if len(lengths) > 1 or lengths[0] < FEWEST_SCANS:
        raise SourceError(
            "NK-ABI-17",
            f"the dye channels have {' and '.join(f'{length:,}' for length in lengths)} scans, expected one length of "
            f"at least {FEWEST_SCANS}.",
            where=f"{directory.window.name} (DATA)",
            remedy="The file is damaged; export it again from the instrument's software.",
        )
    return tags


def _instead_of_raw(directory: Directory, columns: tuple[int, ...]) -> tuple[Finding, ...]:
    """Return the finding that says why the software's arrays are taken; empty where the raw dyes are to be read.

    Where neither will do, the raw dyes are to be read, so that the refusal is theirs.
    """
    try:
        raw = _channels(directory, columns, analysed=False)
        if any(any(directory.data(tag)) for tag in raw):
            return ()
        why = "the raw dyes are all zero"
    except SourceError as error:
        if error.code not in {"NK-ABI-14", "NK-ABI-17"}:
            raise
        why = "the raw dyes are missing" if error.code == "NK-ABI-14" else "the raw dyes differ in length or are short"
    try:
        _channels(directory, columns, analysed=True)
    except SourceError:
        return ()
    taken = ", ".join(f"DATA{ANALYSED_NUMBERS[dye]}" for dye in sorted(columns))
    message = (
        f"In place of the raw dyes the instrument software's own arrays ({taken}) were read, as {why}; they are "
        "baselined, cut and scaled by settings that the file does not tell."
    )
    return (Finding("NK-ABI-21", "warning", directory.window.name, message),)


def _sample_name(directory: Directory) -> str:
    """Return the lane's own label."""
    return directory.text("SpNm1") or directory.text("SMPL1")


def _saturated(directory: Directory, n_scans: int, *, cut: bool) -> NDArray[np.int64]:
    """Return the scans that the camera marked as saturated (Satd1, OfSc1), those inside the trace.

    The camera counts raw scans; a cut array begins at scan AOFF1.
    """
    marked = [values for key in ("Satd1", "OfSc1") if (values := directory.numbers(key)) is not None]
    offset = directory.numbers("AOFF1") if cut else None
    first = int(offset[0]) if offset is not None and offset.size else 0
    scans = np.unique(np.concatenate([np.zeros(0), *marked]).astype(np.int64)) - first
    return scans[(scans >= 0) & (scans < n_scans)]


def _facts(directory: Directory) -> tuple[dict[str, str], tuple[Finding, ...]]:
    """Return the run facts and what was odd about them."""
    facts = {name: text for name, key in FACT_TAGS if (text := directory.text(key))}
    for name, key in NUMBER_FACT_TAGS:
        values = directory.numbers(key)
        if values is not None and values.size:
            facts[name] = str(int(values[0]))
    date, findings = _date(directory)
    if date:
        facts["run_date"] = date
    tag = directory.find("RUNT1")
    if tag is not None and tag.element_type == 11 and tag.count >= 1:
        hour, minute, second, _ = bytes(directory.data(tag)[:4])
        facts["run_time"] = f"{hour:02d}:{minute:02d}:{second:02d}"
    return facts, findings


def _date(directory: Directory) -> tuple[str, tuple[Finding, ...]]:
    """Return the run's date as ISO 8601, empty with a finding where it is none."""
    tag = directory.find("RUND1")
    if tag is None or tag.element_type != 10 or tag.count < 1:
        return "", ()
    data = bytes(directory.data(tag)[:4])
    year, month, day = int.from_bytes(data[:2], "big", signed=True), data[2], data[3]
    if 1980 <= year <= 2100 and 1 <= month <= 12 and 1 <= day <= 31:
        return f"{year:04d}-{month:02d}-{day:02d}", ()
    message = f"The run's date is {year}-{month}-{day}, which is no date; it is left empty."
    return "", (Finding("NK-ABI-18", "warning", directory.window.name, message, {"year": year}),)
