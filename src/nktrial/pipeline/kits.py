"""The kits of a study: shipped ones by id, and the study's own from its kits/ folder."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from nktrial.core.digest import digest
from nktrial.formats.kits import load_kit, read_kit
from nktrial.formats.window import open_source
from nktrial.model.kit import Kit
from nktrial.model.plan import Study

__all__ = ["KitFile", "kit_files", "kit_of"]


@dataclass(frozen=True, slots=True)
class KitFile:
    """A kit by its id; ``path``, ``name`` and ``sha256`` of its file where the study brings it, else empty."""

    id: str
    path: str = ""
    name: str = ""
    sha256: str = ""

    @property
    def identity(self) -> str:
        """Return what decides the kit's content: the file's sha256, or the digest of the shipped kit."""
        return self.sha256 or digest(repr(kit_of(self)))


def kit_files(folder: Path, study: Study) -> dict[str, KitFile]:
    """Return every kit that files.csv names, by id."""
    found: dict[str, KitFile] = {}
    for kit_id in sorted({entry.kit for entry in study.files if entry.kit}):
        name = f"kits/{kit_id}.toml"
        own = study.sources.get(name)
        found[kit_id] = KitFile(kit_id, str(folder / name), name, own.sha256) if own else KitFile(kit_id)
    return found


@lru_cache(maxsize=16)
def kit_of(file: KitFile) -> Kit:
    """Read a kit.

    Raises
    ------
    SourceError
        NK-KIT-01 no such shipped kit; NK-KIT-02 and later: the study's own kit cannot be read.
    """
    if not file.path:
        return load_kit(file.id)
    _, window = open_source(Path(file.path), name=file.name, kind="kit")
    return read_kit(window)
