"""Every published rule that a table can be assessed by, and the assessment of a table's rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from nktrial import criteria, endpoints
from nktrial.core.errors import MethodError
from nktrial.formats.rule_table import RuleRow
from nktrial.model.rule import Outcome, Rule

__all__ = ["RULES", "AssessedRow", "assessed"]

RULES: Final[MappingProxyType[str, Rule]] = MappingProxyType(dict(sorted((criteria.RULES | endpoints.RULES).items())))


@dataclass(frozen=True, slots=True)
class AssessedRow:
    """One row and what the rule says of it; ``at_fault``: a cell could not be read, or contradicts another."""

    row: RuleRow
    outcome: Outcome
    at_fault: bool


def assessed(rows: tuple[RuleRow, ...], rule: Rule) -> Iterator[AssessedRow]:
    """Assess each row; a row at fault has empty results and says why."""
    for row in rows:
        if row.values is None:
            yield AssessedRow(row, _nothing(rule, row.fault), at_fault=True)
            continue
        try:
            yield AssessedRow(row, rule.assess(row.values), at_fault=False)
        except MethodError as error:
            yield AssessedRow(row, _nothing(rule, str(error)), at_fault=True)


def _nothing(rule: Rule, why: str) -> Outcome:
    return Outcome({result.name: None for result in rule.results}, not_evaluable=why)
