"""The header line of a table: strict names, did-you-mean, and columns that must not be there.

Definition
    A column is known by its exact name. A known column that is absent is an error that names the column which was
    probably meant. A column that is not known is left out with a warning; one that may hold a name, a birth date,
    a record number or a way to reach a person is an error, as a study folder holds study ids only.

Not decided here
    The cells.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from nktrial.formats.issues import IssueLog, suggestion

__all__ = ["Columns", "header_columns", "identifies_a_person"]

# HIPAA Safe Harbor identifiers, 45 CFR 164.514(b)(2), as words of column names.
# fmt: off
IDENTIFYING: Final = frozenset({
    "surname", "forename", "firstname", "lastname", "fullname", "patientname", "middlename",
    "maidenname", "initials", "dob", "birthdate", "birthday", "dateofbirth", "mrn", "email", "mail",
    "phone", "telephone", "mobile", "fax", "address", "street", "city", "postcode", "postal", "zip", "zipcode",
    "ssn", "nhs", "passport", "insurance", "snils", "vorname", "nachname", "geburtsdatum", "geburtstag",
    "prenom", "nom", "naissance", "apellido", "nombre", "nacimiento", "фио", "фамилия", "имя", "отчество",
    "рождения", "телефон", "адрес",
})
# A word that identifies a person together with one of the others (or, "name", alone).
PAIRED: Final = MappingProxyType(
    {
        "name": frozenset({
            "patient", "subject", "donor", "recipient", "person", "first", "last", "full", "family", "given", "middle",
            "maiden", "child", "mother", "father", "parent", "sibling", "contact", "physician", "doctor",
        }),
        "birth": frozenset({"date", "day", "of"}),
    }
)
# fmt: on
PHRASES: Final = ("recordnumber", "medicalrecord", "patientname", "hospitalnumber", "socialsecurity", "casenumber")
WORD: Final = re.compile(r"[^\W\d_]+")
CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Columns:
    """Number of cells that each row must have, and the known columns by their index."""

    count: int
    by_index: dict[int, str]


def header_columns(
    cells: Sequence[str], file: str, line: int, required: Sequence[str], optional: Sequence[str], log: IssueLog
) -> Columns | None:
    """Match a header with the known columns.

    Returns
    -------
    Columns or None
        None where a required column is absent or a column stands twice: the rows could not be judged.
    """
    names = [" ".join(cell.replace("\u00a0", " ").strip("\ufeff\u200b ").split()) for cell in cells]
    usable = _unique(names, file, line, log)
    known = (*required, *optional)
    by_index = {index: name for index, name in enumerate(names) if name in known}
    unknown = [name for name in names if name and name not in known]
    absent = [name for name in known if name not in names]
    meant = _misspelt(unknown, absent)
    for name in absent:
        if name in required or name in meant:
            usable = usable and name not in required
            _note_absent(name, meant.get(name, ""), file, line, log)
    for name in unknown:
        if name not in meant.values():
            _note_unknown(name, file, line, known, log)
    for index, name in enumerate(names, start=1):
        if not name:
            _note_nameless(index, file, line, log)
    return Columns(len(cells), by_index) if usable else None


def identifies_a_person(name: str) -> bool:
    """Tell whether a column's name sounds like a person's name, birth date, record number, address."""
    words = {word.casefold() for word in WORD.findall(CAMEL.sub(" ", name))}
    joined = "".join(WORD.findall(name)).casefold()
    if joined in PAIRED or any(words & others for word, others in PAIRED.items() if word in words):
        return True
    return bool(words & IDENTIFYING) or joined in IDENTIFYING or any(phrase in joined for phrase in PHRASES)


def _unique(names: list[str], file: str, line: int, log: IssueLog) -> bool:
    """Note columns that stand twice (NK-TAB-11)."""
    twice = [name for name, count in Counter(names).items() if name and count > 1]
    for name in twice:
        places = " and ".join(str(index) for index, other in enumerate(names, start=1) if other == name)
        log.add(
            "NK-TAB-11",
            file,
            f"the column stands more than once, as number {places}.",
            "Keep one of them.",
            row=line,
            column=name,
        )
    return not twice


def _misspelt(unknown: list[str], absent: list[str]) -> dict[str, str]:
    """Pair absent columns with the unknown ones that were probably meant."""
    pairs: dict[str, str] = {}
    for name in unknown[:200]:
        meant = suggestion(name, [column for column in absent if column not in pairs])
        if meant and not identifies_a_person(name):
            pairs[meant] = name
    return pairs


def _note_absent(name: str, found: str, file: str, line: int, log: IssueLog) -> None:
    """Note a known column that is not there (NK-TAB-12)."""
    hint = f"Did you mean it by {found!r}? Rename that column to {name}." if found else f"Add the column {name}."
    log.add("NK-TAB-12", file, f"the column {name} is missing.", hint, row=line, column=name, value=found)


def _note_unknown(name: str, file: str, line: int, known: Sequence[str], log: IssueLog) -> None:
    """Note a column that is not known: NK-TAB-14 where it may identify a person, else NK-TAB-13."""
    if identifies_a_person(name):
        log.add(
            "NK-TAB-14",
            file,
            "the column may identify a person; a study folder holds study ids only.",
            "Remove the column from the file, and check who has received it.",
            row=line,
            column=name,
        )
        return
    redcap = " It is a REDCap column: export the raw data and rename the fields." if name.startswith("redcap_") else ""
    log.add(
        "NK-TAB-13",
        file,
        "the column is not known and is not read.",
        f"Known columns: {', '.join(known)}.{redcap}",
        row=line,
        column=name,
        severity="warning",
    )


def _note_nameless(index: int, file: str, line: int, log: IssueLog) -> None:
    """Note a column without a name (NK-TAB-18)."""
    log.add(
        "NK-TAB-18",
        file,
        f"column {index} has no name and is not read.",
        "Name it, or delete the empty column.",
        row=line,
        severity="warning",
    )
