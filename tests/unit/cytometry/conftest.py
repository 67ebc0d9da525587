"""The build hook, and the kernel that it compiles, for the tests of both."""

import importlib.util
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from nktrial.cytometry import certain

ROOT = Path(__file__).resolve().parents[3]
Initialize = Callable[[str, Path], tuple[dict[str, Any], list[str]]]


def module_of(name: str, path: Path) -> ModuleType:
    """Load a module from its file."""
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def initialize() -> Initialize:
    """Return a function that runs the build hook on a project folder and returns build data and warnings.

    hatchling is there only while a package is built, so its base class is replaced by an empty one.
    """
    interface = ModuleType("hatchling.builders.hooks.plugin.interface")
    interface.BuildHookInterface = object  # type: ignore[attr-defined]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, interface.__name__, interface)
        hook_module = module_of("hatch_build", ROOT / "hatch_build.py")

    def run(version: str, root: Path) -> tuple[dict[str, Any], list[str]]:
        hook, warnings = hook_module.KernelBuild(), list[str]()
        hook.root, hook.app = str(root), SimpleNamespace(display_warning=warnings.append)
        data: dict[str, Any] = {"force_include": {}}
        hook.initialize(version, data)
        assert all(Path(kernel).is_file() for kernel in data["force_include"])
        hook.finalize(version, data, "the wheel")
        return data, warnings

    return run


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a folder with the kernel's source where a project has it."""
    folder = tmp_path / "src" / "nktrial" / "cytometry"
    folder.mkdir(parents=True)
    shutil.copy(ROOT / "src" / "nktrial" / "cytometry" / "_kernel.c", folder)
    return tmp_path


@pytest.fixture
def kernel(initialize: Initialize, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make sure that the kernel is used, compiled here where the installation did not; else skip."""
    if certain.KERNEL is not None:
        return
    found = next(iter(tmp_path_factory.getbasetemp().glob("kernel*/**/_kernel.abi3.so")), None)
    if found is None:
        root = tmp_path_factory.mktemp("kernel")
        folder = root / "src" / "nktrial" / "cytometry"
        folder.mkdir(parents=True)
        shutil.copy(ROOT / "src" / "nktrial" / "cytometry" / "_kernel.c", folder)
        _, warnings = initialize("editable", root)
        if warnings:
            pytest.skip("there is no C compiler: the gating kernel cannot be compiled")
        found = folder / "_kernel.abi3.so"
    monkeypatch.setattr(certain, "KERNEL", module_of("_kernel", found).classify)
