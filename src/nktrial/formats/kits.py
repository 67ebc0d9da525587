"""STR kits as data: loci, ladder, size standard, one TOML file a kit.

Definition
    A kit file names the dyes in channel order (the size standard's dye last), the size standards (the kit's own first)
    and the loci with their ladder alleles and nominal lengths. Loci of one dye do not overlap. The shipped kits lie in
    ``kit_data``; a study may bring its own in ``kits/``.

Not decided here
    How far a run departs from the nominal lengths (``chimerism.ladder``).
"""

from collections.abc import Mapping
from importlib.resources import files
from itertools import pairwise
from typing import Any, Final

from nktrial.core.errors import SourceError
from nktrial.formats.issues import CellError
from nktrial.formats.plan_text import parsed_toml
from nktrial.formats.window import Window, printable
from nktrial.model.kit import Kit, LadderAllele, Locus, SizeStandard

__all__ = ["kit_ids", "load_kit", "read_kit"]

MAX_BYTES: Final = 1_000_000
KIT_IDS: Final = (
    "identifiler",
    "identifiler_plus",
    "profiler_plus",
    "cofiler",
    "powerplex16",
    "esx17",
    "fusion",
    "fusion6c",
    "globalfiler",
    "ngm_select",
)
FEWEST_FRAGMENTS: Final = 5


def kit_ids() -> tuple[str, ...]:
    """Return the ids of the shipped kits."""
    return KIT_IDS


def load_kit(kit_id: str) -> Kit:
    """Return a shipped kit.

    Parameters
    ----------
    kit_id : str
        One of `kit_ids`.

    Raises
    ------
    SourceError
        NK-KIT-01 no such kit.
    """
    if kit_id not in KIT_IDS:
        raise SourceError(
            "NK-KIT-01",
            f"there is no kit {printable(kit_id)!r}; the kits are {', '.join(KIT_IDS)}.",
            where="kit",
            remedy="Name one of them, or bring your own kit as TOML.",
        )
    data = files("nktrial.formats").joinpath("kit_data", f"{kit_id}.toml").read_bytes()
    return read_kit(Window(data, f"{kit_id}.toml"))


def read_kit(window: Window) -> Kit:
    """Read a kit file.

    Parameters
    ----------
    window : Window
        TOML as in ``kit_data``.

    Returns
    -------
    Kit
        Loci in order of dye and length.

    Raises
    ------
    SourceError
        NK-KIT-02 no TOML; NK-KIT-03 a key is missing, unknown or of the wrong type; NK-KIT-04 values contradict.
    """
    if window.size > MAX_BYTES:
        raise _not_toml(window, f"the file has {window.size:,} bytes, expected at most {MAX_BYTES:,}.")
    try:
        table = parsed_toml(bytes(window.take(0, window.size, "kit")).decode("utf-8"))
    except UnicodeDecodeError as error:
        raise _not_toml(window, f"the file is no TOML: {printable(str(error))}.") from error
    except CellError as fault:
        raise _not_toml(window, printable(fault.message)) from fault
    reader = _Reader(window.name)
    reader.known(table, {"id", "name", "dyes", "source", "size_standards", "loci"}, "")
    dyes = reader.get(table, "dyes", list, "")
    kit = Kit(
        id=reader.get(table, "id", str, ""),
        name=reader.get(table, "name", str, ""),
        dyes=tuple(reader.only(dye, str, "dyes") for dye in dyes),
        size_standards=tuple(reader.standard(item) for item in reader.get(table, "size_standards", list, "")),
        loci=tuple(reader.locus(item) for item in reader.get(table, "loci", list, "")),
        source=reader.get(table, "source", str, ""),
    )
    _check(kit, window.name)
    return kit


class _Reader:
    """Takes typed values out of a parsed kit file and says where one is wrong."""

    def __init__(self, name: str) -> None:
        self.name = name

    def fail(self, place: str, problem: str) -> SourceError:
        """Return the error of a key."""
        remedy = "Compare the file with a shipped kit."
        return SourceError("NK-KIT-03", problem, where=f"{self.name} ({place or 'top'})", remedy=remedy)

    def only(self, value: Any, kind: type, place: str) -> Any:
        """Return a value of the given type; an integer stands for a float."""
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            return float(value)
        if not isinstance(value, kind) or isinstance(value, bool):
            raise self.fail(place, f"found {printable(repr(value), 40)}, expected {kind.__name__}.")
        return value

    def known(self, table: Any, keys: set[str], place: str) -> None:
        """Refuse unknown keys."""
        if not isinstance(table, Mapping):
            raise self.fail(place, f"found {printable(repr(table), 40)}, expected a table.")
        extra = sorted(set(table) - keys)
        if extra:
            raise self.fail(place, f"the key {printable(extra[0])!r} is not one of {', '.join(sorted(keys))}.")

    def get(self, table: Mapping[str, Any], key: str, kind: type, place: str) -> Any:
        """Return the value of a required key."""
        if key not in table:
            raise self.fail(place, f"the key {key!r} is missing.")
        return self.only(table[key], kind, f"{place} {key}".strip())

    def lengths(self, values: list[Any], place: str) -> tuple[float, ...]:
        """Return a list of lengths [bp]."""
        return tuple(self.only(value, float, place) for value in values)

    def standard(self, table: Any) -> SizeStandard:
        """Return one size standard."""
        place = "size_standards"
        self.known(table, {"name", "fragments_bp", "ignored_bp"}, place)
        return SizeStandard(
            name=self.get(table, "name", str, place),
            fragments_bp=self.lengths(self.get(table, "fragments_bp", list, place), f"{place} fragments_bp"),
            ignored_bp=self.lengths(table.get("ignored_bp", []), f"{place} ignored_bp"),
        )

    def locus(self, table: Any) -> Locus:
        """Return one locus."""
        keys = {"name", "dye", "range_bp", "repeat_bp", "back_stutter", "forward_stutter", "ladder"}
        self.known(table, keys, "loci")
        name = self.get(table, "name", str, "loci")
        place = f"loci {printable(name, 20)}"
        low_high = self.lengths(self.get(table, "range_bp", list, place), f"{place} range_bp")
        rungs = self.get(table, "ladder", list, place)
        if len(low_high) != 2 or any(not isinstance(rung, list) or len(rung) != 2 for rung in rungs):
            raise self.fail(place, "range_bp and each rung of the ladder need two values.")
        return Locus(
            name=name,
            dye=self.get(table, "dye", int, place),
            min_bp=low_high[0],
            max_bp=low_high[1],
            repeat_bp=self.get(table, "repeat_bp", int, place),
            ladder=tuple(LadderAllele(self.only(a, str, place), self.only(s, float, place)) for a, s in rungs),
            back_stutter=self.get(table, "back_stutter", float, place),
            forward_stutter=self.get(table, "forward_stutter", float, place),
        )


def _not_toml(window: Window, problem: str) -> SourceError:
    """Return the error of a file that is no kit file at all."""
    return SourceError("NK-KIT-02", problem, where=window.name, remedy="Give a kit file in TOML, with short lines.")


def _check(kit: Kit, name: str) -> None:
    """Refuse a kit that contradicts itself."""
    problems = [
        *_dye_problems(kit),
        *_standard_problems(kit),
        *(p for locus in kit.loci for p in _locus_problems(locus)),
    ]
    problems += _order_problems(kit)
    if problems:
        more = f" ({len(problems) - 1} more)" if len(problems) > 1 else ""
        raise SourceError("NK-KIT-04", problems[0] + more, where=name, remedy="Correct the kit file.")


def _dye_problems(kit: Kit) -> list[str]:
    """Return what is wrong with the dyes."""
    if not 2 <= len(kit.dyes) <= 6:
        return [f"the kit has {len(kit.dyes)} dyes, expected 2 to 6."]
    last = len(kit.dyes) - 2
    return [
        f"{locus.name} lies in dye {locus.dye}, expected 0 to {last}: the last dye is the size standard's."
        for locus in kit.loci
        if not 0 <= locus.dye <= last
    ]


def _standard_problems(kit: Kit) -> list[str]:
    """Return what is wrong with the size standards."""
    if not kit.size_standards or not kit.loci:
        return ["the kit has no size standard or no locus."]
    return [
        f"size standard {standard.name} needs at least {FEWEST_FRAGMENTS} increasing lengths."
        for standard in kit.size_standards
        if len(standard.fragments_bp) < FEWEST_FRAGMENTS or not _increasing(standard.fragments_bp)
    ]


def _locus_problems(locus: Locus) -> list[str]:
    """Return what is wrong with one locus."""
    sizes = [rung.size_bp for rung in locus.ladder]
    names = {rung.name for rung in locus.ladder}
    problems = []
    if not sizes or not _increasing(sizes) or len(names) != len(sizes):
        problems.append(f"the ladder of {locus.name} needs differently named alleles of increasing length.")
    elif not locus.min_bp <= sizes[0] <= sizes[-1] <= locus.max_bp:
        problems.append(f"the ladder of {locus.name} leaves its range {locus.min_bp:g} to {locus.max_bp:g} bp.")
    if not 0 <= locus.repeat_bp <= 8 or not (0 <= locus.back_stutter < 1 and 0 <= locus.forward_stutter < 1):
        problems.append(f"{locus.name} has an impossible repeat length or stutter.")
    return problems


def _order_problems(kit: Kit) -> list[str]:
    """Return what is wrong with the loci's order."""
    if len({locus.name for locus in kit.loci}) != len(kit.loci):
        return ["a locus is listed twice."]
    return [
        f"{a.name} and {b.name} overlap or are out of order; order loci by dye and length."
        for a, b in pairwise(kit.loci)
        if (b.dye, b.min_bp) < (a.dye, a.max_bp)
    ]


def _increasing(values: list[float] | tuple[float, ...]) -> bool:
    """Tell whether the values are finite, positive and strictly increase."""
    return all(0 < a < b < float("inf") for a, b in pairwise(values)) and values[0] > 0
