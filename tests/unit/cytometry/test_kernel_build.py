"""The build hook: a kernel where there is a compiler, a warning and nothing else where there is none."""

import shutil
import subprocess
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Initialize = Callable[[str, Path], tuple[dict[str, Any], list[str]]]
HEADERS = Path(sysconfig.get_paths()["include"]) / "Python.h"
COMPILER = shutil.which("cc")
can_compile = pytest.mark.skipif(
    COMPILER is None or not HEADERS.is_file(), reason="there is no C compiler or no Python.h"
)


def kernels(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*.so")]


@can_compile
def test_a_wheel_holds_the_kernel(initialize: Initialize, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CC", raising=False)
    data, warnings = initialize("standard", project)
    assert warnings == []
    assert list(data["force_include"].values()) == ["nktrial/cytometry/_kernel.abi3.so"]
    assert data["pure_python"] is False
    assert data["tag"].startswith("cp311-abi3-")
    assert kernels(project) == []


@can_compile
def test_an_editable_install_has_the_kernel_beside_its_source(
    initialize: Initialize, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CC", raising=False)
    assert initialize("editable", project) == ({"force_include": {}}, [])
    assert kernels(project / "src" / "nktrial" / "cytometry") == ["_kernel.abi3.so"]


@pytest.mark.parametrize("compiler", ["false", "/nonexistent/cc"])
@pytest.mark.parametrize("version", ["standard", "editable"])
def test_without_a_compiler_the_package_is_pure_python(
    compiler: str, version: str, initialize: Initialize, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CC", compiler)
    stale = project / "src" / "nktrial" / "cytometry" / "_kernel.abi3.so"
    stale.write_bytes(b"compiled from an older source")
    data, warnings = initialize(version, project)
    assert data == {"force_include": {}}
    assert "kernel not compiled" in warnings[0]
    assert stale.exists() == (version == "standard")


@can_compile
def test_the_source_gives_no_warning(project: Path) -> None:
    source = project / "src" / "nktrial" / "cytometry" / "_kernel.c"
    flags = ["-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-fsyntax-only"]
    done = subprocess.run(
        [str(COMPILER), *flags, f"-I{HEADERS.parent}", str(source)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
