"""docs/kits.md: its example is a kit that reads, and its lists are those that are shipped."""

import re
from pathlib import Path

from nktrial.formats.kits import kit_ids, load_kit, read_kit
from nktrial.formats.window import Window

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "kits.md").read_text(encoding="utf-8")


def test_the_example_is_a_kit() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    kit = read_kit(Window(example.encode(), "two_loci.toml"))
    assert (kit.id, len(kit.dyes), [locus.name for locus in kit.loci]) == ("two_loci", 3, ["TH01", "AMEL"])


def test_every_kit_and_standard_is_listed() -> None:
    assert all(f"`{kit_id}`" in PAGE for kit_id in kit_ids())
    assert all(standard.name in PAGE for kit_id in kit_ids() for standard in load_kit(kit_id).size_standards)
