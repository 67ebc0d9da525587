"""nktrial assess RULE TABLE.csv: a published rule over a table, row by row."""

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click

from nktrial.cli.check import spreadsheet_safe
from nktrial.cli.new_files import check_new, write_new_files
from nktrial.core.errors import NkTrialError
from nktrial.criteria.criteria_sets import refuse_iwg_2006
from nktrial.formats.issues import suggestion
from nktrial.formats.rule_table import ADDED, RuleTable, read_rule_table
from nktrial.formats.table import MAX_TABLE_BYTES
from nktrial.formats.window import open_source, printable
from nktrial.model.issue import Issue
from nktrial.model.rule import Rule
from nktrial.pipeline.rules import RULES, AssessedRow, assessed

__all__ = ["assess"]

SOME_FAILED: Final = 4
SHOWN: Final = 20


@click.command()
@click.argument("name", metavar="RULE", required=False, default="")
@click.argument("table", metavar="TABLE.csv", required=False, type=click.Path(path_type=Path))
@click.option("--list", "as_list", is_flag=True, help="Name every rule with its source; with RULE: its columns too.")
@click.option("--out", type=click.Path(path_type=Path), help="Write the CSV to this new file instead of printing it.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def assess(name: str, table: Path | None, as_list: bool, out: Path | None, as_json: bool) -> int:
    """Apply the published RULE to each row of TABLE.csv.

    The output holds the table's columns, the rule's results, the clause that decided, why a row is not evaluable, and
    the source, which says where a threshold is unverified. Exit code 4: some rows have cells that cannot be read.
    """
    refuse_iwg_2006(name)  # before all else: no rule of that name exists
    if as_list:
        click.echo(_listing(_rule(name) if name else None, as_json=as_json))
        return 0
    if not name or table is None:
        raise click.UsageError("give RULE and TABLE.csv, or --list.")
    rule = _rule(name)
    if out is not None:
        check_new(out)
    window = open_source(table, name=str(table), kind="table", max_bytes=MAX_TABLE_BYTES)[1]
    read = read_rule_table(bytes(window.take(0, window.size, "the table")), window.name, rule)
    _tell(read.issues)
    if not read.usable:
        return NkTrialError.exit_code
    rows = list(assessed(read.rows, rule))
    body = _json(rows, rule) if as_json else _csv(read, rows, rule)
    if out is None:
        click.echo(body, nl=False)
    else:
        write_new_files({out: [body.encode()]})
    failed = [found for found in rows if found.at_fault]
    for found in failed[:SHOWN]:
        click.echo(f"{window.name}, line {found.row.line}: {found.outcome.not_evaluable}", err=True)
    if len(failed) == len(rows):
        return NkTrialError.exit_code
    return SOME_FAILED if failed else 0


def _rule(name: str) -> Rule:
    """Return a rule by its name, or say which was probably meant."""
    if name in RULES:
        return RULES[name]
    meant = suggestion(name, RULES)
    hint = f" Did you mean {meant}?" if meant else ""
    raise click.UsageError(f"there is no rule {printable(name)!r}.{hint} nktrial assess --list names all.")


def _tell(issues: Sequence[Issue]) -> None:
    """Print the problems of the table on standard error."""
    for issue in issues[:SHOWN]:
        place = ", ".join((issue.file, *([f"line {issue.row}"] if issue.row else []), *filter(None, [issue.column])))
        found = f" Found: {issue.value}." if issue.value else ""
        click.echo(f"{issue.severity}: {issue.code} {place}: {issue.message} {issue.hint}{found}", err=True)
    if len(issues) > SHOWN:
        click.echo(f"and {len(issues) - SHOWN:,} more problems.", err=True)


def _source(found: AssessedRow, rule: Rule) -> str:
    """Return the source of a result, with what is unverified in it."""
    doubt = f"; source: unverified ({found.outcome.unverified})" if found.outcome.unverified else ""
    return f"{rule.method.label}, {rule.method.source}{doubt}"


def _csv(read: RuleTable, rows: Sequence[AssessedRow], rule: Rule) -> str:
    """Return the table with the results beside it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    results = [result.name for result in rule.results]
    writer.writerow([*read.columns, *results, *ADDED])
    for found in rows:
        given = [found.row.cells.get(column, "") for column in read.columns]
        values = [_shown(found.outcome.values.get(name)) for name in results]
        said = [found.outcome.clause, found.outcome.not_evaluable, _source(found, rule)]
        writer.writerow([*given, *values, *(spreadsheet_safe(text) for text in said)])
    return out.getvalue()


def _json(rows: Sequence[AssessedRow], rule: Rule) -> str:
    """Return the results as JSON."""
    body = [
        {
            "line": found.row.line,
            "given": dict(found.row.cells),
            "results": dict(found.outcome.values),
            "clause": found.outcome.clause,
            "not_evaluable": found.outcome.not_evaluable,
            "unverified": found.outcome.unverified,
        }
        for found in rows
    ]
    return json.dumps({**_about(rule), "rows": body}, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _shown(value: float | str | None) -> str:
    """Return a result as text: shortest exact decimal, empty where there is none."""
    if value is None:
        return ""
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def _about(rule: Rule) -> dict[str, Any]:
    """Return what a rule is, as JSON."""
    return {
        "rule": rule.name,
        "title": rule.title,
        "method": rule.method.label,
        "source": rule.method.source,
        "unverified": list(rule.unverified),
    }


def _listing(rule: Rule | None, *, as_json: bool) -> str:
    """Return all rules, or the columns of one."""
    if as_json:
        chosen = RULES.values() if rule is None else (rule,)
        return json.dumps({"rules": [_about(one) | _columns(one) for one in chosen]}, indent=1, ensure_ascii=False)
    if rule is None:
        return "\n".join(
            f"{one.name:32} {one.title}\n{'':32} {one.method.source}"
            + "".join(f"\n{'':32} [unverified] {doubt}" for doubt in one.unverified)
            for one in RULES.values()
        )
    lines = [f"{rule.name}: {rule.title}", f"source: {rule.method.source}"]
    lines += [f"[unverified] {doubt}" for doubt in rule.unverified]
    for heading, columns in (("columns", rule.columns), ("results", rule.results)):
        lines.append(f"{heading}:")
        for column in columns:
            words = f" ({', '.join(column.choices)})" if column.choices else ""
            may = "" if column.needed else " May be absent."
            lines.append(f"  {column.name:36} {column.meaning}{words}.{may}")
    return "\n".join(lines)


def _columns(rule: Rule) -> dict[str, Any]:
    """Return the columns of a rule as JSON."""
    return {
        key: [
            {"name": column.name, "kind": column.kind, "meaning": column.meaning, "choices": list(column.choices)}
            for column in columns
        ]
        for key, columns in (("columns", rule.columns), ("results", rule.results))
    }
