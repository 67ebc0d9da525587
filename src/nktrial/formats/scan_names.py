r"""What a label says: study ids, a day, a role, a cell fraction. Patterns over file names and instrument keywords.

Definition
    An id counts where it stands in the label between characters that are no letter and no digit. A day is ``D14``,
    ``d+14``, ``Day_14``, ``D-1`` or ``Dm1`` (m for minus). Only ids that the study's tables hold are looked for:
    a label can confirm a binding, never make a new person. The one exception is a reference that follows the
    convention of ids, ``S01-D1_reference`` or ``S01-D1_donor`` with S01 a patient: it proposes the donor S01-D1, whom
    ``nktrial check`` then looks for in donors.csv. The D1 of a donor's id is no day.

Not decided here
    What a file is bound to (``scan``).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from nktrial.formats.rows import FRACTIONS

__all__ = ["LabelFacts", "implied_donors", "label_facts", "names_control", "names_ladder", "names_reference"]

DAY: Final = re.compile(r"(?<![A-Za-z0-9])d(?:ay)?[ _]?(m|-|\+)?(\d{1,3})(?![A-Za-z0-9])", re.IGNORECASE)
CONTROL: Final = re.compile(
    r"(?<![a-z])(fmo|unstained|comp|compensation|compbeads?|beads?|isotype|blank|ntc|neg(ative)?|pos(itive)?|control|"
    r"9947a?|2800m)(?![a-z])",
    re.IGNORECASE,
)
LADDER: Final = re.compile(r"ladder", re.IGNORECASE)
REFERENCE: Final = re.compile(r"(?<![a-z])(pre|ref|reference|baseline|germline|buccal)(?![a-z])", re.IGNORECASE)
NAMED_DONOR: Final = re.compile(r"(?<![a-z])(ref(erence)?|donor)(?![a-z])", re.IGNORECASE)
DONOR_NUMBER: Final = re.compile(r"-(D\d{1,2})(?![^\W_])", re.IGNORECASE)
MAX_LABEL: Final = 1000
SEPARATORS: Final = re.compile(r"[_\s]+")


@dataclass(frozen=True, slots=True)
class LabelFacts:
    """What one label says; ``source`` names the label, never its text, which may name a person."""

    source: str
    samples: frozenset[str]
    subjects: frozenset[str]
    donors: frozenset[str]
    days: frozenset[int]
    fractions: frozenset[str]

    @property
    def found(self) -> str:
        """Return the facts as words, empty where there are none."""
        ids = sorted({*self.samples, *self.subjects, *self.donors})
        return ", ".join([*ids, *(f"day {day}" for day in sorted(self.days)), *sorted(self.fractions)])


def label_facts(
    source: str, label: str, samples: Iterable[str], subjects: Iterable[str], donors: Iterable[str]
) -> LabelFacts:
    """Find what a label says.

    Parameters
    ----------
    source : str
        Name of the label: ``"file name"``, ``"TUBE NAME"``.
    label : str
        Its text.
    samples, subjects, donors : iterable of str
        The ids that the study's tables hold.
    """
    samples, donors = frozenset(samples), frozenset(donors)
    found_donors = _longest(_inside(label, donors))
    days = {
        int(found.group(2)) * (-1 if (found.group(1) or "+").casefold() in {"m", "-"} else 1)
        for found in DAY.finditer(_spaced(_without(label, found_donors - samples)))
    }
    return LabelFacts(
        source,
        _longest(_inside(label, samples)),
        _longest(_inside(label, subjects)),
        found_donors,
        frozenset(days),
        frozenset(_inside(label, FRACTIONS)),
    )


def implied_donors(label: str, subjects: Iterable[str]) -> frozenset[str]:
    """Return the donor of a label such as ``S01-D1_reference`` where S01 is a patient."""
    label = label[:MAX_LABEL]
    if not NAMED_DONOR.search(_spaced(label)):
        return frozenset()
    known = tuple(subjects)
    found = set()
    for number in DONOR_NUMBER.finditer(label):
        before = label[: number.start()].casefold()
        fitting = [subject for subject in known if _ends_with(before, subject.casefold())]
        if fitting:
            found.add(f"{max(fitting, key=len)}-{number.group(1).upper()}")
    return frozenset(found)


def _ends_with(text: str, word: str) -> bool:
    """Tell whether a text ends with a word that stands on its own."""
    return bool(word) and text.endswith(word) and not text[: -len(word)][-1:].isalnum()


def names_control(label: str) -> bool:
    """Tell whether a label names a control, beads or an unstained tube."""
    return bool(CONTROL.search(_spaced(label)))


def names_ladder(label: str) -> bool:
    """Tell whether a label names an allelic ladder."""
    return bool(LADDER.search(label))


def names_reference(label: str) -> bool:
    """Tell whether a label names a sample from before transplantation."""
    return bool(REFERENCE.search(_spaced(label)))


def _spaced(label: str) -> str:
    """Write underscores as spaces, so that they end a word."""
    return SEPARATORS.sub(" ", label)


def _without(label: str, ids: Iterable[str]) -> str:
    """Blank ids, so that D1 of a donor's id is not read as a day."""
    for word in ids:
        label = re.sub(rf"(?<![^\W_]){re.escape(word)}(?![^\W_])", " ", label, flags=re.IGNORECASE)
    return label


def _inside(label: str, words: Iterable[str]) -> frozenset[str]:
    """Return the words that stand in the label on their own."""
    folded = label.casefold()
    return frozenset(word for word in words if word and _stands_alone(word.casefold(), folded))


def _stands_alone(word: str, label: str) -> bool:
    """Tell whether a word stands in a label with neither letter nor digit beside it."""
    start = label.find(word)
    while start >= 0:
        before, after = label[:start][-1:], label[start + len(word) :][:1]
        if not before.isalnum() and not after.isalnum():
            return True
        start = label.find(word, start + 1)
    return False


def _longest(words: frozenset[str]) -> frozenset[str]:
    """Drop a word that is part of another found one: S01 of S01-D1 stays a subject only as such."""
    return frozenset(
        word for word in words if not any(word != other and word.casefold() in other.casefold() for other in words)
    )
