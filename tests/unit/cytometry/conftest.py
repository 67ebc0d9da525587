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


def copy_source(root: Path) -> Path:
    """Copy the kernel's source to where a project has it, and return that folder."""
    folder = root / "src" / "nktrial" / "cytometry"
    folder.mkdir(parents=True)
    for name in ("_kernel.c", "_kernel_events.h"):
        shutil.copy(ROOT / "src" / "nktrial" / "cytometry" / name, folder)
    return folder


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
    copy_source(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def classify(initialize: Initialize, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., int]:
    """Return the kernel's function, compiled here where the installation did not; else skip."""
    if certain.KERNEL is not None:
        return certain.KERNEL
    root = tmp_path_factory.mktemp("kernel")
    folder = copy_source(root)
    _, warnings = initialize("editable", root)
    if warnings:
        pytest.skip("there is no C compiler: the gating kernel cannot be compiled")
    found: Callable[..., int] = module_of("_kernel", folder / "_kernel.abi3.so").classify
    return found


@pytest.fixture
def kernel(classify: Callable[..., int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Make sure that the kernel is used."""
    monkeypatch.setattr(certain, "KERNEL", classify)
