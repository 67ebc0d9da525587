"""The log of input problems: everything that is wrong with a study folder, collected before it is shown.

Definition
    One problem is one ``Issue``. At most ``MAX_ALIKE`` issues of one code, file and column are listed, and at most
    ``MAX_OF_CODE`` of one code and file; the rest are counted in one closing issue (NK-TAB-40), so that a hostile
    table cannot fill the memory and nothing is lost without being said. Text found in a file is shown without control
    characters.

Not decided here
    What is wrong: the readers of tables, of study.toml and of paths decide.
"""

import difflib
from collections import Counter
from collections.abc import Iterable
from typing import Final, Literal

from nktrial.core.errors import NkTrialError
from nktrial.formats.window import printable
from nktrial.model.issue import Issue

__all__ = ["CellError", "IssueLog", "suggestion"]

MAX_ALIKE: Final = 200
MAX_OF_CODE: Final = 1000
SHOWN_CHARACTERS: Final = 80
CLOSENESS: Final = 0.7


class CellError(ValueError):
    """What is wrong with one cell or key: code, message, hint. The reader adds file, row and column."""

    def __init__(self, code: str, message: str, hint: str, *, severity: Literal["error", "warning"] = "error") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.severity: Literal["error", "warning"] = severity


class IssueLog:
    """Collects issues in the order of files, then of rows."""

    def __init__(self) -> None:
        self._issues: list[Issue] = []
        self._alike: Counter[tuple[str, str, str]] = Counter()
        self._of_code: Counter[tuple[str, str]] = Counter()
        self._unlisted: Counter[tuple[str, str]] = Counter()
        self._files: dict[str, int] = {}
        self.has_errors = False

    def add(
        self,
        code: str,
        file: str,
        message: str,
        hint: str,
        *,
        row: int | None = None,
        column: str = "",
        value: str = "",
        severity: Literal["error", "warning"] = "error",
    ) -> None:
        """Note one problem; ``value`` is the text as found."""
        self._files.setdefault(file, len(self._files))
        self.has_errors = self.has_errors or severity == "error"
        if self.is_full(code, file, column):
            self._unlisted[code, file] += 1
        else:
            self._alike[code, file, column] += 1
            self._of_code[code, file] += 1
            place = printable(file, SHOWN_CHARACTERS)
            shown = printable(value, SHOWN_CHARACTERS)
            self._issues.append(Issue(code, severity, place, row, printable(column), shown, message, hint))

    def is_full(self, code: str, file: str, column: str) -> bool:
        """Tell whether a further issue of this kind would only be counted."""
        return self._alike[code, file, column] >= MAX_ALIKE or self._of_code[code, file] >= MAX_OF_CODE

    def add_fault(self, fault: CellError, file: str, row: int | None, column: str, value: str) -> None:
        """Note what a cell's or key's check found."""
        self.add(
            fault.code, file, fault.message, fault.hint, row=row, column=column, value=value, severity=fault.severity
        )

    def add_error(self, error: NkTrialError, file: str) -> None:
        """Note an error of the family that reading a file raised."""
        self.add(error.code, file, error.problem, error.remedy)

    def sorted_issues(self) -> tuple[Issue, ...]:
        """Return all issues by file, in the order in which files were first met, then by row."""
        order = {printable(name, SHOWN_CHARACTERS): place for name, place in self._files.items()}
        listed = sorted(self._issues, key=lambda issue: (order.get(issue.file, 0), issue.row or 0))
        return (*listed, *self._closing_issues())

    def _closing_issues(self) -> Iterable[Issue]:
        """Say how many issues of a kind are not listed."""
        for (code, file), count in self._unlisted.items():
            yield Issue(
                "NK-TAB-40",
                "warning",
                printable(file, SHOWN_CHARACTERS),
                None,
                "",
                "",
                f"{count:,} more problems {code} are not listed.",
                "Repair the listed ones first; most often they have one cause.",
            )


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return the known word that was probably meant, or ``""``."""
    words = list(known)
    folded = {_folded(item): item for item in reversed(words)}
    close = difflib.get_close_matches(_folded(word), folded, n=1, cutoff=CLOSENESS)
    return folded[close[0]] if close else ""


def _folded(word: str) -> str:
    """Fold case, and what Excel and people put in place of an underscore."""
    return word[:100].casefold().replace(" ", "_").replace("-", "_")
