"""The error family: every failure that a user can meet.

::

    NkTrialError                code, problem, where, remedy; exit code 3
    ├── SourceError             a file is not what it claims
    ├── PlanError               the study folder contradicts itself
    ├── MethodError             the numbers cannot answer this
    └── StoreError              the database refuses

A code is permanent: ``NK-<AREA>-<NN>``. The page docs/errors.md lists them all and a test provokes each.
Any other exception that reaches the command line is a bug (exit code 1).
"""

from typing import ClassVar

__all__ = ["MethodError", "NkTrialError", "PlanError", "SourceError", "StoreError"]


class NkTrialError(Exception):
    """A failure with a code, its place, and what to do about it.

    Parameters
    ----------
    code : str
        Permanent code, ``NK-<AREA>-<NN>``.
    problem : str
        One sentence: what was found against what was expected.
    where : str
        The place: file, byte or row, and field; or patient, day, locus. Study ids only, never a name.
    remedy : str
        One sentence: what the user can do.
    """

    exit_code: ClassVar[int] = 3

    def __init__(self, code: str, problem: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(code, problem, where, remedy)
        self.code = code
        self.problem = problem
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        place = f" {self.where}:" if self.where else ""
        remedy = f" {self.remedy}" if self.remedy else ""
        return f"{self.code}{place} {self.problem}{remedy}"


class SourceError(NkTrialError):
    """A file is not what it claims to be."""


class PlanError(NkTrialError):
    """The study folder contradicts itself."""


class MethodError(NkTrialError):
    """The numbers cannot answer the question."""


class StoreError(NkTrialError):
    """The database refuses."""
