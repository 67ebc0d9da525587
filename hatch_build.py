"""Build hook: compiles the gating kernel where there is a C compiler, and leaves it out where there is none.

The kernel must round like numpy, so contraction to fused multiply-add is off and no flags are taken
from the environment. ``CC`` chooses the compiler; ``CC=false`` builds without the kernel.
"""

import os
import shlex
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any, Final

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

KERNEL: Final = "cytometry/_kernel"
SUFFIX: Final = ".abi3.so"
FLAGS: Final = ("-std=c11", "-O3", "-ffp-contract=off", "-fPIC")
TAG: Final = "cp311-abi3"  # the stable ABI of the oldest Python that nktrial supports
SECONDS: Final = 120.0


class KernelBuild(BuildHookInterface):  # type: ignore[type-arg]
    """Adds the kernel to a wheel, or puts it beside its source for an editable install."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and say so where that fails; nothing else depends on it."""
        if os.name != "posix" or sys.implementation.name != "cpython":
            return
        package = Path(self.root) / "src" / "nktrial"
        if version == "editable":
            self._compiled(package, package / (KERNEL + SUFFIX))
            return
        self._folder = tempfile.TemporaryDirectory()
        kernel = Path(self._folder.name) / ("kernel" + SUFFIX)
        if self._compiled(package, kernel):
            platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
            build_data["force_include"][str(kernel)] = f"nktrial/{KERNEL}{SUFFIX}"
            build_data["pure_python"] = False
            build_data["tag"] = f"{TAG}-{platform}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what was built for the wheel."""
        del version, build_data, artifact_path
        if hasattr(self, "_folder"):
            self._folder.cleanup()

    def _compiled(self, package: Path, kernel: Path) -> bool:
        compiler = shlex.split(os.environ.get("CC") or "cc")
        shared = ("-bundle", "-undefined", "dynamic_lookup") if sys.platform == "darwin" else ("-shared",)
        include = f"-I{sysconfig.get_paths()['include']}"
        source = str(package / (KERNEL + ".c"))
        kernel.unlink(missing_ok=True)
        try:
            subprocess.run(
                [*compiler, *FLAGS, *shared, include, source, "-o", str(kernel)],
                check=True,
                capture_output=True,
                timeout=SECONDS,
            )
        except (OSError, subprocess.SubprocessError) as error:
            self.app.display_warning(f"nktrial: gating kernel not compiled ({error}); numpy does its work.")
            return False
        return True
