"""Bad inputs, one table: a whole study is changed in one place; the issue must name code, row and column.

T01 to T34, P01 to P16 and A15 to A23 are the numbers of the bad-input plan; F01 to F54 and A01 to A14 stand in
tests/fuzz. Every case is run as a command in a process of its own with limits on memory and time: it must leave with
its exit code, show its code, and change nothing in the folder. Those of `nktrial check` are also read in this process,
where each field of the issue is compared. An expected code of "" means: no issue at all.

There is no P14 (import of archives): nktrial opens none, and one in place of a raw file is named as what it is.
"""

import hashlib
import io
import os
import subprocess
import zipfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pytest

from nktrial.formats.abif_write import write_abif
from nktrial.formats.kits import load_kit
from nktrial.formats.study import read_study
from nktrial.model.trace import Trace

Change: TypeAlias = Callable[[Path], None]
Contents: TypeAlias = dict[str, str]
RunLimited: TypeAlias = Callable[..., subprocess.CompletedProcess[str]]


def swap(name: str, old: str, new: str) -> Change:
    """Replace a text of one file, once."""

    def change(folder: Path) -> None:
        text = (folder / name).read_bytes().decode()
        assert old in text, f"{name} has no {old!r}"
        (folder / name).write_bytes(text.replace(old, new, 1).encode())

    return change


def put(name: str, data: bytes | str) -> Change:
    """Write one file anew."""

    def change(folder: Path) -> None:
        (folder / name).write_bytes(data.encode() if isinstance(data, str) else data)

    return change


def recode(name: str, encoding: str, also: tuple[str, str] = ("", "")) -> Change:
    """Write one file in another encoding."""

    def change(folder: Path) -> None:
        path = folder / name
        path.write_bytes(path.read_text().replace(*also, 1).encode(encoding))

    return change


def both(*changes: Change) -> Change:
    """Change several things."""

    def change(folder: Path) -> None:
        for one in changes:
            one(folder)

    return change


def workbook() -> bytes:
    """Return a small ZIP such as an .xlsx is."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", "<f>1+1</f>")
    return out.getvalue()


def link_out(folder: Path) -> None:
    """Put a link to a file outside the study in place of a raw file."""
    outside = folder.parent / "outside.fcs"
    outside.write_bytes(b"FCS3.1 elsewhere")
    (folder / "raw/a.fcs").unlink()
    (folder / "raw/a.fcs").symlink_to(outside)


def own_kit(content: bytes) -> Change:
    """Bring an own kit under the name of a shipped one."""

    def change(folder: Path) -> None:
        (folder / "kits").mkdir()
        (folder / "kits/powerplex16.toml").write_bytes(content)

    return change


def kit_outside(folder: Path) -> None:
    """Bring an own kit that is a link out of the folder."""
    (folder / "kits").mkdir()
    (folder / "kits/powerplex16.toml").symlink_to("/etc/passwd")


def loop_of_links(folder: Path) -> None:
    """Put a link to itself in place of a raw file."""
    (folder / "raw/a.fcs").unlink()
    (folder / "raw/a.fcs").symlink_to("a.fcs")


def copy_raw(folder: Path) -> None:
    """Put the content of one raw file into another."""
    (folder / "raw/b.fcs").write_bytes((folder / "raw/a.fcs").read_bytes())


def rename_listed(old: str, new: str, shown: str = "") -> Change:
    """Rename a raw file, and its row."""

    def change(folder: Path) -> None:
        (folder / old).rename(folder / new)
        swap("files.csv", old, shown or new)(folder)

    return change


def id_without_a_day(folder: Path) -> None:
    """Give the first sample an id that names no day."""
    for name in ("samples.csv", "files.csv", "counts.csv"):
        (folder / name).write_text((folder / name).read_text().replace("S01-D14", "S01-first"))


def lone_cr(folder: Path) -> None:
    """Write all tables with the line ends of the old Macintosh."""
    for path in folder.glob("*.csv"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r"))


CHECK = ("check", "@", "--json")
RUN = ("run", "@")


@dataclass(frozen=True)
class Case:
    """How the input is made, what must be said of it, and by which command; ``@x`` is x in the folder."""

    number: str
    change: Change
    code: str
    file: str = ""
    row: int | None = None
    column: str = ""
    severity: str = "error"
    command: tuple[str, ...] = CHECK
    exit: int | None = None

    @property
    def exit_code(self) -> int:
        """Return the exit code: 3 for an error; a warning alone is 0, unless a fault of a file is one for `check`."""
        if self.exit is not None:
            return self.exit
        return 3 if self.code and self.severity == "error" else 0


def sparse(name: str, size: int) -> Change:
    """Make one file a large one that holds nothing."""

    def change(folder: Path) -> None:
        os.truncate(folder / name, size)

    return change


def bomb() -> bytes:
    """Return a small archive of 100 MB of zeros."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", bytes(100_000_000))
    return out.getvalue()


# Times beside days: the first infusion on 2026-03-01 and a column of dates in samples.csv.
dated = (
    swap("infusions.csv", "cd3_cells_per_kg\n", "cd3_cells_per_kg,date\n"),
    swap("infusions.csv", ",94,4000\n", ",94,4000,2026-03-01\n"),
    swap("infusions.csv", ",92,5000\n", ",92,5000,\n"),
    swap("samples.csv", "status\n", "status,collected_at\n"),
    swap("samples.csv", "13,PB,ok\n", "13,PB,ok,\n"),
)
EVENTS_CSV = "adverse_events.csv"
EVENTS = "subject_id,term,grade,day_onset,day_resolved\n"
FOLLOWUP = "subject_id,day_last_contact,alive,day_death\n"


def dead_on_day_20(folder: Path) -> None:
    """Let the first patient die on day 20."""
    put("followup.csv", FOLLOWUP + "S01,20,no,20\n")(folder)


MANY_ROWS = "sample_id,test,value,unit,qualifier\n" + "S01-D14,ALC,1.1,10^9/L,\n" * 100_001
MANY_FILES = "path,sample_id,kind,role\n" + "raw/a.fcs,S01-D14,fcs,sample\n" * 20_001
# fmt: off
CASES = [
    Case("T01 BOM", recode("samples.csv", "utf-8-sig"), ""),
    Case("T02 UTF-16", recode("samples.csv", "utf-16"), "NK-TAB-05", "samples.csv"),
    Case("T02 UTF-16 bare", recode("samples.csv", "utf-16-be"), "NK-TAB-05", "samples.csv"),
    Case("T02 CP1251", recode("samples.csv", "cp1251", ("ok", "гемолиз")), "NK-TAB-06", "samples.csv"),
    Case("T02 CP1252", recode("donors.csv", "cp1252", ("matched_sibling", "frère")), "NK-TAB-06", "donors.csv"),
    Case("T02 TOML", recode("study.toml", "utf-16"), "NK-TAB-05", "study.toml"),
    Case(
        "T03 semicolons",
        put("counts.csv", "sample_id;test;value;unit;qualifier\nS01-D14;ALC;1,5;10^9/L;\n"),
        "NK-TAB-08",
        "counts.csv",
    ),
    Case(
        "T03 tabs",
        put("counts.csv", "sample_id\ttest\tvalue\tunit\nS01-D14\tALC\t1.5\t10^9/L\n"),
        "NK-TAB-08",
        "counts.csv",
    ),
    Case("T03 decimal comma", swap("counts.csv", "1.10", '"1,10"'), "NK-TAB-22", "counts.csv", 2, "value"),
    Case("T03 bare comma", swap("counts.csv", "1.10", "1,10"), "NK-TAB-10", "counts.csv", 2),
    Case("T04 NUL", swap("samples.csv", "S02-D13", "S02\0-D13"), "NK-TAB-07", "samples.csv"),
    Case("T05 unclosed quote", swap("samples.csv", "S01-D14,S01,14,PB", '"S01-D14,S01,14,PB'),
         "NK-TAB-09", "samples.csv", 2),
    Case("T05 text after quote", swap("samples.csv", "S02-D13", '"S02"-D13'), "NK-TAB-09", "samples.csv", 3),
    Case("T06 ragged", swap("samples.csv", ",PB,ok\nS02", ",PB,ok,late\nS02"), "NK-TAB-10", "samples.csv", 2),
    Case("T06 short", swap("samples.csv", "13,PB,ok", "13,PB"), "NK-TAB-10", "samples.csv", 3),
    Case("T07 header twice", swap("samples.csv", "specimen", "day"), "NK-TAB-11", "samples.csv", 1, "day"),
    Case("T08 misspelt", swap("samples.csv", "specimen", "specimin"), "NK-TAB-12", "samples.csv", 1, "specimen"),
    Case("T08 optional", swap("counts.csv", "qualifier", "qualifer"), "NK-TAB-12", "counts.csv", 1, "qualifier"),
    Case("T08 case", swap("subjects.csv", "subject_id", "Subject ID"), "NK-TAB-12", "subjects.csv", 1, "subject_id"),
    Case("T08 no day", swap("samples.csv", "day", "visit"), "NK-TAB-12", "samples.csv", 1, "day"),
    Case(
        "T09 extra",
        both(swap("donors.csv", "hla_match\n", "hla_match,freezer\n"),
             swap("donors.csv", "10/10\nS02-D1", "10/10,7\nS02-D1"),
             swap("donors.csv", "10/10\nS02-D2", "10/10,7\nS02-D2"), swap("donors.csv", "5/10\n", "5/10,7\n")),
        "NK-TAB-13", "donors.csv", 1, "freezer", "warning",
    ),
    Case("T09 name", swap("donors.csv", "hla_match", "Patient Name"), "NK-TAB-14", "donors.csv", 1, "Patient Name"),
    Case("T09 birth", swap("donors.csv", "hla_match", "birthDate"), "NK-TAB-14", "donors.csv", 1, "birthDate"),
    Case("T09 initials", swap("donors.csv", "hla_match", "initials"), "NK-TAB-14", "donors.csv", 1, "initials"),
    Case("T09 nameless", swap("donors.csv", "hla_match", ""), "NK-TAB-18", "donors.csv", 1, "", "warning"),
    Case("T10 empty", put("samples.csv", ""), "NK-TAB-02", "samples.csv"),
    Case("T10 blank", put("samples.csv", "\ufeff\r\n\r\n"), "NK-TAB-02", "samples.csv"),
    Case("T10 absent", lambda folder: (folder / "samples.csv").unlink(), "NK-TAB-01", "samples.csv"),
    Case("T10 header", put("samples.csv", "sample_id,subject_id,day,specimen,status\n"), "NK-TAB-03", "samples.csv"),
    Case(
        "T10 optional",
        put("genotypes.csv", "person_id,marker,allele1,allele2\n"),
        "NK-TAB-03", "genotypes.csv", None, "", "warning",
    ),
    Case("T10 empty row", swap("samples.csv", "ok\nS02", "ok\n,,,,\nS02"),
         "NK-TAB-42", "samples.csv", 3, "", "warning"),
    Case("T11 files", put("files.csv", MANY_FILES), "NK-TAB-15", "files.csv"),
    Case("T11 rows", put("counts.csv", MANY_ROWS), "NK-TAB-15", "counts.csv"),
    Case("T12 cell", swap("samples.csv", "PB,ok", "PB," + "x" * 1_000_000), "NK-TAB-16", "samples.csv", 2),
    Case("T12 quoted", swap("samples.csv", "PB,ok", f'PB,"{"x" * 1_000_000}"'), "NK-TAB-16", "samples.csv", 2),
    Case("T12 40,000", swap("samples.csv", "PB,ok", "PB," + "x" * 40_000), "NK-TAB-16", "samples.csv", 2, "status"),
    Case("T13 key", swap("samples.csv", "S02-D13,S02", "S01-D14,S02"), "NK-TAB-33", "samples.csv", 3, "sample_id"),
    Case("T13 pair", swap("counts.csv", "LYMPH_PCT,36,%", "WBC,3,10^9/L"), "NK-TAB-33", "counts.csv", 4, "sample_id"),
    Case("T13 case", swap("samples.csv", "S02-D13,S02,13,PB,ok\n", "S02-D13,S02,13,PB,ok\ns02-d13,S02,20,PB,ok\n"),
         "NK-TAB-46", "samples.csv", 4, "sample_id", "warning"),
    Case("T14 sample", swap("samples.csv", "S01-D14,S01", "S01-D14,S07"), "NK-PLAN-20", "samples.csv", 2, "subject_id"),
    Case("T14 count", swap("counts.csv", "S01-D14,ALC", "S01-D15,ALC"), "NK-PLAN-20", "counts.csv", 2, "sample_id"),
    Case("T14 file", swap("files.csv", "a.fcs,S01-D14", "a.fcs,S01-D15"), "NK-PLAN-20", "files.csv", 2, "sample_id"),
    Case("T14 person", swap("files.csv", ",S01,peaks", ",S03,peaks"), "NK-PLAN-20", "files.csv", 4, "person_id"),
    Case("T14 donor", swap("infusions.csv", "S01-D1", "S01-D8"), "NK-PLAN-20", "infusions.csv", 2, "donor_id"),
    Case("T14 other's donor", swap("infusions.csv", "S02-D2", "S01-D1"), "NK-PLAN-21", "infusions.csv", 3, "donor_id"),
    Case("T14 hsct donor", swap("infusions.csv", "S02-D2", "S02-D1"), "NK-PLAN-22", "infusions.csv", 3, "donor_id"),
    Case("T14 nk donor", swap("transplants.csv", "S02-D1", "S02-D2"), "NK-PLAN-23", "transplants.csv", 3, "donor_id"),
    Case("T14 no nk donor", both(swap("donors.csv", "S02-D2,S02,nk,haploidentical_parent,5/10\n", ""),
                                 swap("infusions.csv", "S02-I1,S02,0,S02-D2,10000000,92,5000\n", "")),
         "NK-PLAN-24", "subjects.csv", 3, "subject_id"),
    Case("T14 role", swap("donors.csv", "hsct+nk", "hsct&nk"), "NK-TAB-27", "donors.csv", 2, "roles"),
    Case("T14 role order", swap("donors.csv", "hsct+nk", "nk + hsct"), ""),
    Case("T14 same id", both(swap("donors.csv", "S02-D2,S02", "S02,S02"), swap("infusions.csv", "S02-D2", "S02")),
         "NK-PLAN-27", "donors.csv", 4, "donor_id"),
    Case("T15 31 February", swap("transplants.csv", "subject_id,day", "subject_id,date"),
         "NK-TAB-30", "transplants.csv", 2, "date"),
    Case("T15 no such day", both(swap("transplants.csv", "subject_id,day", "subject_id,date"),
         swap("transplants.csv", "-40", "2026-02-31")),
         "NK-TAB-32", "transplants.csv", 2, "date"),
    Case("T15 ambiguous", both(swap("transplants.csv", "subject_id,day", "subject_id,date"),
         swap("transplants.csv", "-40", "02/03/2026")),
         "NK-TAB-30", "transplants.csv", 2, "date"),
    Case("T15 serial date", both(swap("transplants.csv", "subject_id,day", "subject_id,date"),
         swap("transplants.csv", "-40", "45345")),
         "NK-TAB-31", "transplants.csv", 2, "date"),
    Case("T15 serial day", swap("samples.csv", "S01,14", "S01,45345"), "NK-TAB-26", "samples.csv", 2, "day"),
    Case("T17 before birth", swap("samples.csv", "S01,14", "S01,-281"), "NK-PLAN-32", "samples.csv", 2, "day"),
    Case("T17 at birth", both(id_without_a_day, swap("samples.csv", "S01,14", "S01,-280")), ""),
    Case("T17 HSCT after", swap("transplants.csv", "-40", "40"), "NK-PLAN-41", "transplants.csv", 2, "day", "warning"),
    Case("T18 no unit", swap("counts.csv", "1.10,10^9/L", "1.10,"), "NK-TAB-34", "counts.csv", 2, "unit"),
    Case("T18 unknown unit", swap("counts.csv", "1.10,10^9/L", "1.10,10^9"), "NK-TAB-34", "counts.csv", 2, "unit"),
    Case("T18 percent unit", swap("counts.csv", "36,%", "36,10^9/L"), "NK-TAB-34", "counts.csv", 4, "unit"),
    Case("T18 micro sign", swap("counts.csv", "1.10,10^9/L", "1100,/\u00b5L"), ""),
    Case("T18 Greek mu", swap("counts.csv", "1.10,10^9/L", "1.1,K/\u03bcL"), ""),
    Case("T18 x10E3", swap("counts.csv", "1.10,10^9/L", "1.1,x10E3/uL"), ""),
    Case("T18 haemoglobin", swap("counts.csv", "ALC,1.10,10^9/L", "HGB,9.8,g"), "NK-TAB-34", "counts.csv", 2, "unit"),
    Case("T19 WBC 2900", swap("counts.csv", "WBC,2.5", "WBC,2900"), "NK-TAB-35", "counts.csv", 3, "value"),
    Case("T19 WBC 2.9/uL", swap("counts.csv", "WBC,2.5,10^9/L", "WBC,2.9,/uL"),
         "NK-TAB-43", "counts.csv", 3, "value", "warning"),
    Case("T19 HGB", swap("counts.csv", "ALC,1.10,10^9/L", "HGB,98,g/dL"), "NK-TAB-35", "counts.csv", 2, "value"),
    Case("T19 ALC over WBC", swap("counts.csv", "LYMPH_PCT,36,%", "ALC,2.7,10^9/L"),
         "NK-PLAN-38", "counts.csv", 4, "value", "warning"),
    Case("T19 negative", swap("counts.csv", "WBC,2.5", "WBC,-2.5"), "NK-TAB-26", "counts.csv", 3, "value"),
    Case("T19 test", swap("counts.csv", "ALC", "alc"), "NK-TAB-27", "counts.csv", 2, "test"),
    Case("T19 other test", swap("counts.csv", "ALC", "FERRITIN"), "NK-TAB-37", "counts.csv", 2, "test", "warning"),
    Case("T19 not done", swap("counts.csv", "ALC,1.10", "ALC,"), "NK-TAB-38", "counts.csv", 2, "value", "warning"),
    Case("T20 0.15 %", swap("counts.csv", "36,%", "0.15,%"), "NK-TAB-36", "counts.csv", 4, "value", "warning"),
    Case("T20 150 %", swap("counts.csv", "36,%", "150,%"), "NK-TAB-26", "counts.csv", 4, "value"),
    Case("T21 <0.01", swap("counts.csv", "1.10", "<0.01"), "NK-TAB-23", "counts.csv", 2, "value"),
    Case("T21 qualifier", swap("counts.csv", "1.10,10^9/L,", "0.01,10^9/L,<"), ""),
    Case("T21 <=", swap("counts.csv", "1.10,10^9/L,", "0.01,10^9/L,<="), "NK-TAB-27", "counts.csv", 2, "qualifier"),
    Case("T22 1e999", swap("counts.csv", "1.10", "1e999"), "NK-TAB-24", "counts.csv", 2, "value"),
    Case("T22 nan", swap("counts.csv", "1.10", "nan"), "NK-TAB-24", "counts.csv", 2, "value"),
    Case("T22 -inf", swap("counts.csv", "1.10", "-inf"), "NK-TAB-24", "counts.csv", 2, "value"),
    Case("T22 full width", swap("counts.csv", "1.10", "\uff11.10"), "NK-TAB-21", "counts.csv", 2, "value"),
    Case("T22 1 234", swap("counts.csv", "1.10", "1 234"), "NK-TAB-21", "counts.csv", 2, "value"),
    Case("T22 NA", swap("counts.csv", "1.10", "NA"), "NK-TAB-21", "counts.csv", 2, "value"),
    Case("T22 minus zero", both(id_without_a_day, swap("samples.csv", "S01,14", "S01,-0")), ""),
    Case("T22 14.0", swap("samples.csv", "S01,14", "S01,14.0"), "NK-TAB-25", "samples.csv", 2, "day"),
    Case("T22 underscore", swap("counts.csv", "1.10", "1_0"), "NK-TAB-21", "counts.csv", 2, "value"),
    Case("T22 nothing", swap("samples.csv", "14,PB", "14,"), "NK-TAB-20", "samples.csv", 2, "specimen"),
    Case("T23 space", swap("counts.csv", "S01-D14,ALC", "S01-D14 ,ALC"),
         "NK-TAB-17", "counts.csv", 2, "sample_id", "warning"),
    Case("T23 NBSP", swap("counts.csv", "S01-D14,ALC", "\u00a0S01-D14,ALC"),
         "NK-TAB-17", "counts.csv", 2, "sample_id", "warning"),
    Case("T23 zero width", swap("counts.csv", "S01-D14,ALC", "S01\u200b-D14,ALC"),
         "NK-TAB-17", "counts.csv", 2, "sample_id", "warning"),
    Case("T24 1-Mar", swap("infusions.csv", "S01-I1", "1-Mar"),
         "NK-TAB-29", "infusions.csv", 2, "infusion_id", "warning"),
    Case("T25 zeros", both(swap("samples.csv", "S01-D14,S01", "S01-D14,S1")),
         "NK-PLAN-20", "samples.csv", 2, "subject_id"),
    Case("T26 grade 6", put("adverse_events.csv", EVENTS + "S01,CRS,6,1,3\n"), "NK-TAB-26", EVENTS_CSV, 2, "grade"),
    Case("T26 grade 0", put("adverse_events.csv", EVENTS + "S01,CRS,0,1,3\n"), "NK-TAB-26", EVENTS_CSV, 2, "grade"),
    Case("T26 grade 2.5", put("adverse_events.csv", EVENTS + "S01,CRS,2.5,1,3\n"), "NK-TAB-25", EVENTS_CSV, 2, "grade"),
    Case("T26 no grade", put("adverse_events.csv", EVENTS + "S01,CRS,,1,3\n"), "NK-TAB-20", EVENTS_CSV, 2, "grade"),
    Case("T26 no onset", put("adverse_events.csv", EVENTS + "S01,CRS,2,,3\n"),
         "NK-PLAN-30", EVENTS_CSV, 2, "day_onset"),
    Case("T26 no column of onset", put("adverse_events.csv", "subject_id,term,grade\nS01,CRS,6\n"),
         "NK-TAB-12", EVENTS_CSV, 1, "day_onset"),
    Case("T26 resolved first", put("adverse_events.csv", EVENTS + "S01,CRS,2,3,1\n"),
         "NK-PLAN-47", EVENTS_CSV, 2, "day_resolved"),
    Case("T26 resolved at once", put("adverse_events.csv", EVENTS + "S01,CRS,2,3,3\nS02,CRS,5,3,\n"), ""),
    Case("T26 after death", both(put("adverse_events.csv", EVENTS + "S01,CRS,2,21,\n"), dead_on_day_20),
         "NK-PLAN-48", EVENTS_CSV, 2, "day_onset"),
    Case("T26 on the day of death", both(put("adverse_events.csv", EVENTS + "S01,CRS,5,20,20\n"), dead_on_day_20), ""),
    Case("T26 another's patient", put("adverse_events.csv", EVENTS + "S07,CRS,2,1,\n"),
         "NK-PLAN-20", EVENTS_CSV, 2, "subject_id"),
    Case("T26 a further column", put("adverse_events.csv", "severity_note," + EVENTS + "x,S01,CRS,2,1,\n"),
         "NK-TAB-13", EVENTS_CSV, 1, "severity_note", "warning"),
    Case("T26 a name", put("adverse_events.csv", "patient_name," + EVENTS + "x,S01,CRS,2,1,\n"),
         "NK-TAB-14", EVENTS_CSV, 1, "patient_name"),
    Case("T26 a date of day 0 unknown",
         put("adverse_events.csv", "subject_id,term,grade,onset\nS01,CRS,2,2026-03-02\n"),
         "NK-PLAN-31", EVENTS_CSV, 2, "onset"),
    Case("T26 a date among days", put("adverse_events.csv", EVENTS + "S01,CRS,2,2026-03-02,\n"),
         "NK-TAB-48", EVENTS_CSV, 2, "day_onset"),
    Case("T26 relatedness", put("adverse_events.csv", "relatedness," + EVENTS + "maybe,S01,CRS,2,1,\n"),
         "NK-TAB-27", EVENTS_CSV, 2, "relatedness"),
    Case("T26 stopped first", swap("medications.csv", "-6,-5", "-5,-6"),
         "NK-PLAN-47", "medications.csv", 2, "day_stop"),
    Case("T26 GVHD stage 5", put("gvhd.csv", "subject_id,day,type,skin_stage\nS01,28,acute,5\n"),
         "NK-TAB-26", "gvhd.csv", 2, "skin_stage"),
    Case("T26 upper gut stage 2", put("gvhd.csv", "subject_id,day,type,ugi_stage\nS01,28,acute,2\n"),
         "NK-TAB-26", "gvhd.csv", 2, "ugi_stage"),
    Case("T26 blasts 300 %", put("assessments.csv", "subject_id,day,kind,blast_pct\nS01,28,BM,300\n"),
         "NK-TAB-26", "assessments.csv", 2, "blast_pct"),
    Case("T26 kind", put("assessments.csv", "subject_id,day,kind\nS01,28,marrow\n"),
         "NK-TAB-27", "assessments.csv", 2, "kind"),
    Case("T26 twice", put("followup.csv", "subject_id,day_last_contact,alive\nS01,60,yes\nS01,90,yes\n"),
         "NK-TAB-33", "followup.csv", 3, "subject_id"),
    Case("T26 alive and dead", put("followup.csv", "subject_id,day_last_contact,alive,day_death\nS01,60,yes,60\n"),
         "NK-PLAN-49", "followup.csv", 2, "alive"),
    Case("T26 dead on no day", put("followup.csv", "subject_id,day_last_contact,alive\nS01,60,no\n"),
         "NK-PLAN-49", "followup.csv", 2, "alive", "warning"),
    Case("T17 after death", put("followup.csv", FOLLOWUP + "S01,13,no,13\n"), "NK-PLAN-48", "samples.csv", 2, "day"),
    Case("T15 grade on 31/02",
         put(EVENTS_CSV, "subject_id,term,grade,day_onset,grade_on\nS01,CRS,2,1,2026-02-31\n"),
         "NK-TAB-32", EVENTS_CSV, 2, "grade_on"),
    Case("T15 grade on a serial",
         put(EVENTS_CSV, "subject_id,term,grade,day_onset,day_of_grade\nS01,CRS,2,1,45345\n"),
         "NK-TAB-26", EVENTS_CSV, 2, "day_of_grade"),
    Case("T17 grade after death", both(dead_on_day_20,
         put(EVENTS_CSV, "subject_id,term,grade,day_onset,day_of_grade\nS01,CRS,2,1,21\n")),
         "NK-PLAN-48", EVENTS_CSV, 2, "day_of_grade"),
    Case("T18 ALT in mg/dL", swap("counts.csv", "ALC,1.10,10^9/L", "ALT,35,mg/dL"),
         "NK-TAB-34", "counts.csv", 2, "unit"),
    Case("T18 MRD", put("assessments.csv", "subject_id,day,kind,mrd_value\nS01,28,MRD,0.02\n"),
         "NK-PLAN-64", "assessments.csv", 2, "mrd_unit"),
    Case("T19 CREAT", swap("counts.csv", "ALC,1.10,10^9/L", "CREAT,200,mg/dL"), "NK-TAB-35", "counts.csv", 2, "value"),
    Case("T19 limits", put("counts.csv", "sample_id,test,value,unit,lln,uln\nS01-D14,ALT,35,U/L,45,5\n"),
         "NK-TAB-49", "counts.csv", 2, "lln"),
    Case("T20 cellularity", put("assessments.csv", "subject_id,day,kind,bm_cellularity_pct\nS01,28,BM,600\n"),
         "NK-TAB-26", "assessments.csv", 2, "bm_cellularity_pct"),
    Case("T21 MRD <0.01", put("assessments.csv", "subject_id,day,kind,mrd_value,mrd_unit\nS01,28,MRD,<0.01,%\n"),
         "NK-TAB-23", "assessments.csv", 2, "mrd_value"),
    Case("T22 half a cell", put("assessments.csv", "subject_id,day,kind,mrd_events\nS01,28,MRD,2.5\n"),
         "NK-TAB-25", "assessments.csv", 2, "mrd_events"),
    Case("T22 endless cells", put("assessments.csv", "subject_id,day,kind,mrd_denominator\nS01,28,MRD,1e999\n"),
         "NK-TAB-24", "assessments.csv", 2, "mrd_denominator"),
    Case("T26 NIH score 4", put("gvhd.csv", "subject_id,day,type,nih_skin\nS01,120,chronic,4\n"),
         "NK-TAB-26", "gvhd.csv", 2, "nih_skin"),
    Case("T26 confidence", put("gvhd.csv", "subject_id,day,type,skin_stage,confidence\nS01,28,acute,1,sure\n"),
         "NK-TAB-27", "gvhd.csv", 2, "confidence"),
    Case("T26 CNS4", put("assessments.csv", "subject_id,day,kind,cns\nS01,28,EMD,CNS4\n"),
         "NK-TAB-27", "assessments.csv", 2, "cns"),
    Case("T26 weight", swap("subjects.csv", "status_at_entry\nS01,F,240,ALL,refractory",
         "weight_kg_at_infusion\nS01,F,240,ALL,8400"), "NK-TAB-26", "subjects.csv", 2, "weight_kg_at_infusion"),
    Case("T27 dose 0", swap("infusions.csv", "12000000", "0"), "NK-TAB-44", "infusions.csv", 2, "nk_cells_per_kg"),
    Case("T27 dose -1", swap("infusions.csv", "12000000", "-1"), "NK-TAB-44", "infusions.csv", 2, "nk_cells_per_kg"),
    Case("T27 viability", swap("infusions.csv", ",94,", ",940,"), "NK-TAB-26", "infusions.csv", 2, "viability_pct"),
    Case("T27 first day", swap("infusions.csv", "S01,0", "S01,1"), "NK-PLAN-25", "infusions.csv", 2, "day"),
    Case("T30 workbook", put("samples.csv", workbook()), "NK-TAB-04", "samples.csv"),
    Case("T30 encrypted", put("samples.csv", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500),
         "NK-TAB-04", "samples.csv"),
    Case("T30 formula", swap("counts.csv", "1.10", "=B2*2"), "NK-TAB-19", "counts.csv", 2, "value"),
    Case("T30 #REF!", swap("counts.csv", "1.10", "#REF!"), "NK-TAB-19", "counts.csv", 2, "value"),
    Case("T31 REDCap", swap("donors.csv", "hla_match", "redcap_event_name"),
         "NK-TAB-13", "donors.csv", 1, "redcap_event_name", "warning"),
    Case("T33 homoglyph", swap("counts.csv", "S01-D14,ALC", "\u0405 01-D14,ALC".replace(" ", "")),
         "NK-TAB-28", "counts.csv", 2, "sample_id"),
    Case("T33 id", swap("samples.csv", "S01-D14", "S01/D14"), "NK-TAB-28", "samples.csv", 2, "sample_id"),
    Case("T34 lone CR", lone_cr, ""),
    Case("T35 other table", put("medication.csv", "a,b\n1,2\n"), "NK-TAB-41", "medication.csv", None, "", "warning"),
    Case("P01 ..", swap("files.csv", "raw/a.fcs", "../../etc/passwd"), "NK-PATH-02", "files.csv", 2, "path"),
    Case("P01 inner ..", swap("files.csv", "raw/a.fcs", "raw/x/../../../a.fcs"), "NK-PATH-02", "files.csv", 2, "path"),
    Case("P02 absolute", swap("files.csv", "raw/a.fcs", "/etc/passwd"), "NK-PATH-01", "files.csv", 2, "path"),
    Case("P02 drive", swap("files.csv", "raw/a.fcs", "C:\\raw\\a.fcs"), "NK-PATH-01", "files.csv", 2, "path"),
    Case("P02 UNC", swap("files.csv", "raw/a.fcs", "\\\\server\\a.fcs"), "NK-PATH-01", "files.csv", 2, "path"),
    Case("P03 link", link_out, "NK-PATH-03", "files.csv", 2, "path", "warning", exit=3),
    Case("P03 kit link", kit_outside, "NK-PATH-03", "kits/powerplex16.toml"),
    Case("P03 loop", loop_of_links, "NK-PATH-03", "files.csv", 2, "path", "warning", exit=3),
    Case("P06 kit broken", own_kit(b"id = 'x'"), "NK-KIT-03", "kits/powerplex16.toml", None, "", "warning", exit=3),
    Case("P06 kit endless", own_kit(b"a." * 400_000 + b"a = 1"),
         "NK-KIT-02", "kits/powerplex16.toml", None, "", "warning", exit=3),
    Case("P04 CON", rename_listed("raw/a.fcs", "raw/CON.fcs"), "NK-PATH-06", "files.csv", 2, "path", "warning"),
    Case("P04 dot", rename_listed("raw/a.fcs", "raw/a."), "NK-PATH-06", "files.csv", 2, "path", "warning"),
    Case("P04 stream", rename_listed("raw/a.fcs", "raw/a.fcs:x"), "NK-PATH-06", "files.csv", 2, "path", "warning"),
    Case("P05 backslash", swap("files.csv", "raw/a.fcs", "raw\\.\\a.fcs"), ""),
    Case("P06 missing", lambda folder: (folder / "raw/a.fcs").unlink(),
         "NK-PATH-07", "files.csv", 2, "path", "warning", exit=3),
    Case("P07 twice", swap("files.csv", "raw/b.fcs", "raw/x/../a.fcs"), "NK-PATH-11", "files.csv", 3, "path"),
    Case("P08 copy", copy_raw, "NK-PATH-12", "files.csv", 3, "path", "warning", exit=3),
    Case("P09 hash", swap("files.csv", "WB,,", "WB,," + "0" * 64),
         "NK-PATH-10", "files.csv", 5, "path", "warning", exit=3),
    Case("P09 no hash", swap("files.csv", "WB,,", "WB,,abc"), "NK-TAB-45", "files.csv", 5, "sha256"),
    Case("P10 unlisted", put("raw/extra.fcs", "FCS3.1 extra"), "NK-PATH-13", "files.csv", None, "path", "warning"),
    Case("P11 escape", rename_listed("raw/a.fcs", "raw/a\x1b[31m.fcs"),
         "NK-PATH-06", "files.csv", 2, "path", "warning"),
    Case("P11 newline", rename_listed("raw/a.fcs", "raw/a\nb.fcs", '"raw/a\nb.fcs"'.strip('"')),
         "NK-TAB-10", "files.csv", 2),
    Case("P12 long", swap("files.csv", "raw/a.fcs", "raw/" + "a/" * 2046 + ".fcs"),
         "NK-PATH-05", "files.csv", 2, "path"),
    Case("P12 long name", swap("files.csv", "raw/a.fcs", "raw/" + "a" * 300), "NK-PATH-05", "files.csv", 2, "path"),
    Case("P15 case", rename_listed("raw/t.fsa", "raw/A.fcs"), "NK-PATH-14", "files.csv", 6, "path", "warning"),
    Case("P16 URL", swap("files.csv", "raw/a.fcs", "s3://bucket/a.fcs"), "NK-PATH-04", "files.csv", 2, "path"),
    Case("T28 unknown key", swap("study.toml", "window =", "windwo ="),
         "NK-PLAN-04", "study.toml", 10, "endpoint.expansion.windwo"),
    Case("T28 wrong type", swap("study.toml", "day = 14", "day = '14'"),
         "NK-PLAN-06", "study.toml", 9, "endpoint.expansion.day"),
    Case("T28 window reversed", swap("study.toml", "[-2, 2]", "[2, -2]"),
         "NK-PLAN-08", "study.toml", 10, "endpoint.expansion.window"),
    Case("T28 threshold", swap("study.toml", "100.0", "-100.0"),
         "NK-PLAN-09", "study.toml", 12, "endpoint.expansion.threshold_per_ul"),
    Case("T28 newer schema", swap("study.toml", "nktrial/1", "nktrial/9"), "NK-PLAN-07", "study.toml", 1, "schema"),
    Case("T29 100 MB", sparse("study.toml", 100_000_000), "NK-WIN-05", "study.toml"),
    Case("T29 deep", put("study.toml", b"a = " + b"[" * 900_000), "NK-PLAN-03", "study.toml"),
    Case("T29 tables", put("study.toml", "[" + "a." * 9000 + "a]"), "NK-PLAN-03", "study.toml"),
    Case("T30 bomb", put("counts.csv", bomb()), "NK-TAB-04", "counts.csv"),
    Case("T32 checkbox", both(swap("samples.csv", "status\n", "status,race___1\n"),
                              swap("samples.csv", "14,PB,ok\n", "14,PB,ok,1\n"),
                              swap("samples.csv", "13,PB,ok\n", "13,PB,ok,0\n")),
         "NK-TAB-13", "samples.csv", 1, "race___1", "warning"),
    Case("T16 no offset", both(*dated, swap("samples.csv", "ok\nS02", "ok,2026-03-15T08:00\nS02")), ""),
    Case("P13 not readable", lambda folder: (folder / "raw/a.fcs").chmod(0),
         "NK-PATH-09", "files.csv", 2, "path", "warning", exit=3),
    Case("F panel", swap("files.csv", "sample,nk", "sample,nm"), "NK-PLAN-33", "files.csv", 2, "panel"),
    Case("F no panel", swap("files.csv", "sample,nk", "sample,"), "NK-PLAN-33", "files.csv", 2, "panel"),
    Case("F no kit", swap("files.csv", "powerplex16,CD56", ",CD56"), "NK-PLAN-34", "files.csv", 6, "kit"),
    Case("F kit", swap("files.csv", "powerplex16,CD56", "powerplex61,CD56"), "NK-PLAN-12", "files.csv", 6, "kit"),
    Case("F no sample", swap("files.csv", "a.fcs,S01-D14", "a.fcs,"), "NK-PLAN-35", "files.csv", 2, "sample_id"),
    Case("F no person", swap("files.csv", ",S01,peaks", ",,peaks"), "NK-PLAN-36", "files.csv", 4, "person_id"),
    Case("F other person", swap("files.csv", ",S01,peaks", ",S01-D1,peaks"), "NK-PLAN-43", "files.csv", 4, "person_id"),
    Case("F no fraction", swap("files.csv", "WB", ""), "NK-PLAN-37", "files.csv", 5, "fraction"),
    Case("F fraction", swap("files.csv", "WB", "wb"), "NK-PLAN-42", "files.csv", 5, "fraction"),
]
# fmt: on


COFILER = load_kit("cofiler")
SPOTS = {(locus.name, rung.name): (locus.dye, rung.size_bp) for locus in COFILER.loci for rung in locus.ladder}
Spot = tuple[int, float, float]


def rungs(*wanted: tuple[str, str], height: float = 1_000.0, by_bp: float = 0.0) -> list[Spot]:
    """Return peaks at alleles' lengths."""
    return [(SPOTS[name][0], SPOTS[name][1] + by_bp, height) for name in wanted]


STANDARD = (*COFILER.size_standards[0].fragments_bp, 250.0)


def lane(spots: Sequence[Spot], *, standard_bp: Sequence[float] = STANDARD, dyes: int = 4) -> bytes:
    """Draw a lane of 20 scans a base pair with the fragments of a size standard in the last dye."""
    standard = [(dyes - 1, size, 1_000.0) for size in standard_bp]
    axis = np.arange(10_500)
    signal = np.zeros((axis.size, dyes))
    for dye, size, height in (*spots, *standard):
        signal[:, dye] += height * np.exp(-0.5 * ((axis - 20.0 * size) / 5.0) ** 2)
    names = ("5-FAM", "JOE", "NED", "ROX", "LIZ")[:dyes]
    scans = np.rint(np.minimum(signal, 32_767)).astype(np.int32)
    return write_abif(Trace(scans, names, "S1", "", np.zeros(0, dtype=np.int64), {"instrument": "3130"}))


def lanes(sample: bytes, ladder: bytes = b"") -> Change:
    """Write a lane, and the ladder of its run."""
    whole = lane([(dye, size, 800.0) for dye, size in SPOTS.values()])
    return both(put("raw/lane.fsa", sample), put("raw/ladder.fsa", ladder or whole))


def sequencing() -> bytes:
    """Return a lane whose tags are those of a sequencing run: called bases, dye order, no size standard."""
    return lane([]).replace(b"StdF", b"FWO_").replace(b"RunN", b"PBAS")


def shares(recipient: tuple[str, str], donor: tuple[str, str]) -> Change:
    """Write a peak table, genotypes and contributors of ten loci, all with the same alleles."""
    markers = ("D3S1358", "TH01", "D21S11", "D18S51", "D5S818", "D13S317", "D7S820", "D16S539", "vWA", "FGA")
    peaks, genotypes = ["sample,marker,allele,size_bp,height_rfu"], ["person,marker,allele1,allele2"]
    for place, marker in enumerate(markers):
        genotypes += [f"R,{marker},{','.join(recipient)}", f"D,{marker},{','.join(donor)}"]
        heights = dict.fromkeys(recipient, 420 + 10 * place) | dict.fromkeys(donor, 2000)
        peaks += [f"S1,{marker},{allele},{150 + 4 * int(allele)},{height}" for allele, height in heights.items()]
    return both(
        put("peaks.csv", "\n".join(peaks) + "\n"),
        put("genotypes_of_lane.csv", "\n".join(genotypes) + "\n"),
        put("contributors.csv", "sample,contributors\nS1,R;D\n"),
    )


CALL = ("str", "call", "@raw/lane.fsa", "--kit", "cofiler", "--ladder", "@raw/ladder.fsa", "--json")
MIXTURE = (
    *("str", "mixture", "@peaks.csv", "--genotypes", "@genotypes_of_lane.csv"),
    *("--contributors", "@contributors.csv", "--json"),
)
PERSON = (("D3S1358", "15"), ("D3S1358", "17"), ("TH01", "7"), ("TH01", "9"))
A_CASES = [
    Case("A15 no standard", lanes(lane(rungs(*PERSON), standard_bp=STANDARD[:2])), "NK-SIZ-02", command=CALL),
    Case("A15 poor standard", lanes(lane(rungs(*PERSON), standard_bp=range(60, 500, 31))), "NK-SIZ-03", command=CALL),
    Case("A15 few rungs", lanes(lane(rungs(*PERSON)), lane(rungs(*PERSON))), "NK-ALL-02", command=CALL),
    Case("A15 no ladder", lanes(lane(rungs(*PERSON)), sequencing()), "NK-ABI-16", command=CALL),
    Case("A16 off scale", lanes(lane(rungs(*PERSON, height=9_000.0))), "NK-ALL-07", severity="warning", command=CALL),
    Case("A17 pull-up", lanes(lane([*rungs(*PERSON, height=5_000.0), (1, SPOTS["D3S1358", "15"][1], 300.0)])),
         "NK-ALL-09", severity="warning", command=CALL),
    Case("A18 flat", lanes(lane([], standard_bp=())), "NK-SIZ-04", command=CALL),
    Case("A19 sequencing", lanes(sequencing()), "NK-ABI-16", command=CALL),
    Case("A19 archive", lanes(b"PK\x03\x04" + bytes(60)), "NK-ABI-01", command=CALL),
    Case("A20 wrong kit", lanes(lane(rungs(*PERSON), dyes=5)), "NK-ALL-01", command=CALL),
    Case("A20 no such kit", lanes(lane([])), "NK-KIT-01", command=(*CALL[:4], "cofyler", *CALL[5:])),
    Case("A21 outside bins", lanes(lane([*rungs(*PERSON), *rungs(("CSF1PO", "11"), by_bp=2.0)])),
         "NK-ALL-06", severity="warning", command=CALL),
    Case("A22 in stutter", shares(("13", "13"), ("14", "14")), "NK-MIX-25", severity="warning", command=MIXTURE),
    Case("A23 twins", shares(("13", "14"), ("13", "14")), "NK-MIX-01", command=MIXTURE),
]  # fmt: skip
RUN_CASES = [
    Case(f"{case.number} run", case.change, case.code, command=RUN)
    for case in CASES
    if case.number in {"T05 unclosed quote", "T18 no unit", "T26 after death", "T28 newer schema", "P01 ..", "P12 long"}
] + [
    Case(f"{case.number} run", case.change, code, command=RUN, exit=4)
    for case, code in ((case, code) for case in CASES for number, code in (
        ("P03 link", "outside the study folder"), ("P06 missing", "no such file"),
        ("P09 hash", "its sha256 is")) if case.number == number)
]  # fmt: skip
ALL = [*CASES, *A_CASES, *RUN_CASES]


class Processes:
    """Runs the table's commands two at a time: a case is begun when the one before it is asked for."""

    def __init__(
        self, root: Path, run_limited: RunLimited, make: Callable[[Path], Path], unprivileged: Sequence[str]
    ) -> None:
        self._unprivileged = unprivileged
        self.pool = ThreadPoolExecutor(2)
        self._root = root
        self._run = run_limited
        self._make = make
        self._begun: dict[str, Future[tuple[subprocess.CompletedProcess[str], Contents, Contents]]] = {}

    def outcome(self, case: Case) -> tuple[subprocess.CompletedProcess[str], Contents, Contents]:
        """Return how the command ended, and the folder before and after it."""
        place = ALL.index(case)
        for one in ALL[place : place + 3]:
            if one.number not in self._begun:
                self._begun[one.number] = self.pool.submit(self._of, one)
        return self._begun[case.number].result()

    def _of(self, case: Case) -> tuple[subprocess.CompletedProcess[str], Contents, Contents]:
        folder = self._make(self._root / str(ALL.index(case)) / "study")
        case.change(folder)
        before = contents(folder)
        words = [str(folder / word[1:]) if word.startswith("@") else word for word in case.command]
        drawing = 100_000 if case.exit == 4 else 0  # the engine that draws reserves addresses that it never uses
        through = self._unprivileged if case.number.startswith("P13") else ()
        done = self._run(*words, memory_mb=drawing or 1500, seconds=60.0, through=through)
        return done, before, contents(folder)


def contents(folder: Path) -> Contents:
    """Return the digest of every file, or where a link leads; what `run` adds is no change of the study."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            found[name] = str(path.readlink())
        elif path.is_file() and path.stat().st_size < 50_000_000 and os.access(path, os.R_OK):
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
        else:
            found[name] = f"{path.stat().st_mode} {path.stat().st_size if path.is_file() else ''}"
    return found


@pytest.fixture(scope="module")
def processes(
    tmp_path_factory: pytest.TempPathFactory,
    run_limited: RunLimited,
    make_small_study: Callable[[Path], Path],
    unprivileged: tuple[str, ...],
) -> Iterator[Processes]:
    """Return what runs the table."""
    running = Processes(tmp_path_factory.mktemp("bad"), run_limited, make_small_study, unprivileged)
    yield running
    running.pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("case", ALL, ids=[case.number for case in ALL])
def test_the_command_says_it_and_changes_nothing(
    processes: Processes, unprivileged: tuple[str, ...], case: Case
) -> None:
    if case.number.startswith("P13") and os.geteuid() == 0 and not unprivileged:
        pytest.skip("root may read any file, and setpriv is not installed")
    done, before, after = processes.outcome(case)
    assert done.returncode == case.exit_code, done.stdout + done.stderr
    assert case.code in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert case.code or done.stdout == "[]\n"
    if case.exit == 4:
        assert done.stdout.startswith("quarantined ")
        after = {name: mark for name, mark in after.items() if not name.startswith((".nktrial", "results"))}
    assert after == before


def test_numbers_are_unique() -> None:
    assert len({case.number for case in ALL}) == len(ALL)


# Root may read any file, so that P13 is provoked in a process of its own only.
HERE = [case for case in CASES if not case.number.startswith("P13")]


@pytest.mark.parametrize("case", HERE, ids=[case.number for case in HERE])
def test_one_bad_input_is_one_named_issue(small_study: Path, case: Case) -> None:
    case.change(small_study)
    before = {path: path.read_bytes() for path in small_study.rglob("*") if path.is_file() and not path.is_symlink()}
    reading = read_study(small_study)
    found = [issue for issue in reading.issues if issue.code == case.code]
    if not case.code:
        assert reading.issues == ()
        assert reading.study is not None
        return
    assert found, reading.issues
    issue = found[0]
    assert (issue.file, issue.row, issue.column, issue.severity) == (case.file, case.row, case.column, case.severity)
    assert issue.message
    assert issue.hint
    assert issue.value.isprintable()
    errors = [other for other in reading.issues if other.severity == "error"]
    assert (reading.study is None) == bool(errors)
    if case.severity == "warning":
        assert not errors, errors
    after = {path: path.read_bytes() for path in small_study.rglob("*") if path.is_file() and not path.is_symlink()}
    assert after == before


@pytest.mark.parametrize("case", CASES, ids=[case.number for case in CASES])
def test_one_bad_input_does_not_raise_a_storm(small_study: Path, case: Case) -> None:
    case.change(small_study)
    assert len(read_study(small_study).issues) <= 4


def test_did_you_mean(small_study: Path) -> None:
    swap("samples.csv", "specimen", "specimin")(small_study)
    assert "'specimin'" in read_study(small_study).issues[0].hint
    swap("samples.csv", "specimin", "specimen")(small_study)
    swap("samples.csv", "S01-D14,S01", "S01-D14,S1")(small_study)
    assert read_study(small_study).issues[0].hint.startswith("Did you mean S01?")


def test_a_key_that_stands_twice_names_both_lines(small_study: Path) -> None:
    swap("samples.csv", "S02-D13,S02", "S01-D14,S02")(small_study)
    issue = next(issue for issue in read_study(small_study).issues if issue.code == "NK-TAB-33")
    assert issue.row == 3
    assert "line 2" in issue.message


def test_many_alike_are_counted(small_study: Path) -> None:
    rows = "".join(f"S01-X{number},ALC,x,10^9/L,\n" for number in range(300))
    (small_study / "counts.csv").write_text("sample_id,test,value,unit,qualifier\n" + rows)
    issues = read_study(small_study).issues
    assert sum(issue.code == "NK-TAB-21" for issue in issues) == 200
    assert [issue.message for issue in issues if issue.code == "NK-TAB-40"] == [
        "100 more problems NK-TAB-21 are not listed."
    ]


def test_all_problems_of_all_tables_at_once(small_study: Path) -> None:
    swap("samples.csv", "S01,14", "S01,x")(small_study)
    swap("counts.csv", "10^9/L", "")(small_study)
    swap("study.toml", "day = 14", "day = 'x'")(small_study)
    swap("subjects.csv", "M,310", "male,old")(small_study)
    found = {(issue.file, issue.column) for issue in read_study(small_study).issues}
    assert found == {
        ("samples.csv", "day"),
        ("counts.csv", "unit"),
        ("study.toml", "endpoint.expansion.day"),
        ("subjects.csv", "sex"),
        ("subjects.csv", "age_days_at_hsct"),
    }
