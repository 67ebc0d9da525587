from collections.abc import Callable
from importlib.resources import files

import pytest

from nktrial.core.errors import SourceError
from nktrial.formats.kits import kit_ids, load_kit, read_kit
from nktrial.formats.window import Window

TEXT = files("nktrial.formats").joinpath("kit_data", "identifiler.toml").read_text(encoding="utf-8")


def read(text: str) -> None:
    read_kit(Window(text.encode(), "my.toml"))


def test_all_promised_kits_are_there() -> None:
    assert set(kit_ids()) == {
        "identifiler", "identifiler_plus", "profiler_plus", "cofiler", "powerplex16", "esx17", "fusion", "fusion6c",
        "globalfiler", "ngm_select",
    }  # fmt: skip


@pytest.mark.parametrize("kit_id", kit_ids())
def test_every_kit_holds_together(kit_id: str) -> None:
    kit = load_kit(kit_id)
    assert kit.id == kit_id
    assert "OSIRIS" in kit.source
    assert all(0.0 <= locus.back_stutter < 0.15 for locus in kit.loci)
    for locus in kit.loci:
        if locus.repeat_bp:
            first, last = locus.ladder[0], locus.ladder[-1]
            assert last.size_bp - first.size_bp == pytest.approx(
                (repeats(last.name, locus.repeat_bp) - repeats(first.name, locus.repeat_bp)) * locus.repeat_bp, rel=0.08
            )


def repeats(name: str, repeat_bp: int) -> float:
    whole, _, part = name.partition(".")
    return int(whole) + int(part or 0) / repeat_bp


# Numbers of loci as the makers state them: Identifiler 15 STRs and amelogenin, PowerPlex 16 likewise, Profiler Plus 9,
# COfiler 6, ESX 17 16, Fusion 22 + DYS391, Fusion 6C 26, GlobalFiler 21 + Y indel + DYS391, NGM SElect 16.
@pytest.mark.parametrize(
    ("kit_id", "loci", "dyes"),
    [
        ("identifiler", 16, 5), ("identifiler_plus", 16, 5), ("profiler_plus", 10, 4), ("cofiler", 7, 4),
        ("powerplex16", 16, 4), ("esx17", 17, 5), ("fusion", 24, 5), ("fusion6c", 27, 6), ("globalfiler", 24, 6),
        ("ngm_select", 17, 5),
    ],
)  # fmt: skip
def test_kits_have_the_makers_number_of_loci(kit_id: str, loci: int, dyes: int) -> None:
    kit = load_kit(kit_id)
    assert (len(kit.loci), len(kit.dyes)) == (loci, dyes)


def test_an_unknown_kit_is_named_with_the_known_ones() -> None:
    with pytest.raises(SourceError) as caught:
        load_kit("identifier")
    assert caught.value.code == "NK-KIT-01"
    assert "identifiler" in caught.value.problem


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (lambda text: text + "\n=", "NK-KIT-02"),
        (lambda text: text.replace("name =", "nane =", 1), "NK-KIT-03"),
        (lambda text: text.replace('id = "identifiler"', "id = 7"), "NK-KIT-03"),
        (lambda text: text.replace('id = "identifiler"', ""), "NK-KIT-03"),
        (lambda text: text.replace("repeat_bp = 4", "repeat_bp = true", 1), "NK-KIT-03"),
        (lambda text: text.replace('["8", ', '["8", "x", ', 1), "NK-KIT-03"),
        (lambda text: text.replace("dye = 3", "dye = 4", 1), "NK-KIT-04"),
        (lambda text: text.replace('["9", ', '["8", ', 1), "NK-KIT-04"),
        (lambda text: text.replace("fragments_bp = [75.0, 100.0", "fragments_bp = [100.0, 75.0"), "NK-KIT-04"),
        (lambda text: text.replace("back_stutter = 0.067", "back_stutter = 6.7"), "NK-KIT-04"),
        (lambda text: text.replace('name = "D8S1179"', 'name = "FGA"'), "NK-KIT-04"),
        (lambda text: text.replace("range_bp = [116.0,", "range_bp = [130.0,"), "NK-KIT-04"),
    ],
)
def test_refuses_a_damaged_kit(damage: Callable[[str], str], code: str) -> None:
    damaged = damage(TEXT)
    assert damaged != TEXT
    with pytest.raises(SourceError) as caught:
        read(damaged)
    assert caught.value.code == code


def test_refuses_a_huge_kit_before_parsing() -> None:
    with pytest.raises(SourceError) as caught:
        read("#" * 1_000_001)
    assert caught.value.code == "NK-KIT-02"
