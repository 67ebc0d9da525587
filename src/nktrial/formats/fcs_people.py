"""Keywords of an FCS file that can name a person.

Definition
    The operator and experimenter of the standard ($OP, $EXP), the specimen's source ($SRC), who changed the file
    ($LAST_MODIFIER), and vendors' keywords with words such as PATIENT, USER or BIRTH. Their presence is a finding;
    their values are never shown or written.

Not decided here
    Whether a value names someone: $FIL and comments can too, and are not shown either.
"""

import re
from collections.abc import Mapping
from typing import Final

from nktrial.formats.fcs_log import FcsLog

__all__ = ["PERSONAL", "note_personal_keywords"]

PERSONAL: Final = re.compile(
    r"\$(?:OP|EXP|SRC|LAST_MODIFIER)|.*(?:PATIENT|SURNAME|FIRST ?NAME|LAST ?NAME|BIRTH|\bDOB\b|\bMRN\b"
    r"|OPERATOR|USER ?NAME|PHYSICIAN|INVESTIGATOR|EXPERIMENTER).*"
)


def note_personal_keywords(keywords: Mapping[str, str], log: FcsLog) -> None:
    """Record the names of keywords that can name a person and are not empty."""
    present = sorted(key for key, value in keywords.items() if value and PERSONAL.fullmatch(key))
    if present:
        shown = ", ".join(log.shown(key) for key in present[:8])
        log.note(
            "NK-FCS-75",
            f"keywords that can name a person are filled in: {shown}; remove them before the file is shared.",
            evidence={"keywords": len(present)},
        )
