"""The house rules that no linter knows: sizes, names, codes, method pages, versions."""

import re
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

import nktrial
from nktrial.model.method import Method

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "nktrial"
MODULES = sorted(SOURCE.rglob("*.py"))
CODE = re.compile(r"NK-[A-Z]{3,4}-\d\d")
UNWELCOME = {"utils", "helpers", "common", "manager", "service", "base", "process", "handle"}


def codes_in(paths: list[Path]) -> set[str]:
    return {code for path in paths for code in CODE.findall(path.read_text())}


def test_no_file_has_become_a_hall() -> None:
    long = {
        str(path.relative_to(ROOT)): lines for path in MODULES if (lines := len(path.read_text().splitlines())) > 400
    }
    assert long == {}


def test_names_say_what_is_inside() -> None:
    parts = {part for path in MODULES for part in re.split(r"[_/.]", str(path.relative_to(SOURCE)))}
    assert parts & UNWELCOME == set()


def test_every_code_is_documented_and_provoked() -> None:
    in_source = codes_in(MODULES)
    in_docs = codes_in([ROOT / "docs" / "errors.md"])
    in_tests = codes_in(sorted((ROOT / "tests").rglob("*.py")))
    assert in_source - in_docs == set(), "codes without a row in docs/errors.md"
    assert in_docs - in_source == set(), "rows in docs/errors.md without a code"
    assert in_source - in_tests == set(), "codes that no test provokes"


def modules_with_methods() -> list[str]:
    return [
        ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts)
        for path in MODULES
        if re.search(r"^METHOD\w*: Final", path.read_text(), re.MULTILINE)
    ]


@pytest.mark.parametrize("module", modules_with_methods())
def test_every_method_has_a_source_and_a_page(module: str) -> None:
    methods = [value for value in vars(import_module(module)).values() if isinstance(value, Method)]
    assert methods
    for method in methods:
        assert method.source.strip()
        assert (ROOT / "docs" / "methods" / f"{method.name}.md").is_file(), method.name


def test_version_is_stated_once_and_logged() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert nktrial.__version__ == project
    assert f"## {project}" in (ROOT / "CHANGELOG.md").read_text()
    assert f"version: {project}" in (ROOT / "CITATION.cff").read_text()


def test_readme_shows_the_two_commands_on_its_first_screen() -> None:
    first_screen = (ROOT / "README.md").read_text().splitlines()[:40]
    assert "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/nktrial demo" in first_screen
    assert "python3 -m venv .venv && .venv/bin/pip install -e '.[test]' && .venv/bin/pytest" in first_screen


def test_nothing_stored_is_unpickled_or_evaluated() -> None:
    banned = re.compile(r"\b(pickle|joblib|eval|exec|yaml\.load|allow_pickle=True)\b\(?")
    hits = [str(path.relative_to(ROOT)) for path in MODULES if banned.search(path.read_text())]
    assert hits == []
