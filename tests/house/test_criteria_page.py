"""docs/criteria.md names every rule as the code has it. To write the page anew, run this file with Python."""

from pathlib import Path

from nktrial.model.rule import Rule
from nktrial.pipeline.rules import RULES

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "criteria.md"
INTRODUCTION = """# Published rules

What `nktrial assess RULE TABLE.csv` can apply, row by row. `nktrial assess --list` prints the same; with a rule's name
it names that rule's columns. Each name below leads to the rule's page: its definition, a plain twin, what is not
evaluable, and how it was validated.

A threshold that was not read in a source is **unverified**; where it decides a row, the row's source says so. The
version is raised whenever the same row may get another result.

This page is written by `.venv/bin/python tests/house/test_criteria_page.py`; a test holds it to the code.

| rule | title | source | version | unverified |
|---|---|---|---|---|
"""


def cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")


def line(rule: Rule) -> str:
    link = f"[{rule.name}](methods/{rule.method.name}.md)"
    doubts = "; ".join(cell(doubt) for doubt in rule.unverified) or "none"
    return f"| {link} | {cell(rule.title)} | {cell(rule.method.source)} | {rule.method.version} | {doubts} |\n"


def page() -> str:
    return INTRODUCTION + "".join(line(RULES[name]) for name in sorted(RULES))


def test_the_page_names_every_rule_as_the_code_has_it() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), f"docs/criteria.md should read:\n{page()}"


def test_every_rule_leads_to_its_page() -> None:
    missing = [name for name, rule in RULES.items() if not (PAGE.parent / f"methods/{rule.method.name}.md").is_file()]
    assert missing == []


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
