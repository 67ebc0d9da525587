"""The log of one FCS reading: what was tolerated, and what is refused unless the caller tolerates it.

Definition
    A problem either raises a SourceError or, where its code is in ``tolerate``, becomes a finding of severity
    ``warning`` under the same code. Nothing is tolerated without a finding.
"""

from collections.abc import Mapping
from typing import Final

from nktrial.core.digest import Json
from nktrial.core.errors import SourceError
from nktrial.formats.window import printable
from nktrial.model.origin import Finding, Severity

__all__ = ["FcsLog"]

SHOWN_VALUE_CHARACTERS: Final = 40


class FcsLog:
    """Findings of one file and the codes that its caller tolerates.

    Parameters
    ----------
    name : str
        The file, as shown in messages.
    tolerate : frozenset of str
        Codes that become findings.
    """

    __slots__ = ("findings", "name", "tolerate")

    def __init__(self, name: str, tolerate: frozenset[str] = frozenset()) -> None:
        self.name = name
        self.tolerate = tolerate
        self.findings: list[Finding] = []

    def note(
        self, code: str, message: str, *, severity: Severity = "info", evidence: Mapping[str, Json] | None = None
    ) -> None:
        """Record something that does not stop the reading."""
        self.findings.append(Finding(code, severity, self.name, message, dict(evidence or {})))

    def refusal(self, code: str, problem: str, *, place: str, remedy: str) -> SourceError:
        """Return the error to raise."""
        return SourceError(code, problem, where=f"{self.name}, {place}", remedy=remedy)

    def refuse(self, code: str, problem: str, *, place: str, remedy: str) -> None:
        """Raise, or record a finding where the caller tolerates this code."""
        if code not in self.tolerate:
            raise self.refusal(code, problem, place=place, remedy=remedy)
        self.note(code, f"Tolerated on request: {problem}", severity="warning", evidence={"place": place})

    @staticmethod
    def shown(value: str) -> str:
        """Return a value of the file, short and safe, in quotes."""
        return f'"{printable(value, SHOWN_VALUE_CHARACTERS)}"'
