import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from nktrial.cli.str_call import call
from nktrial.core.errors import MethodError, SourceError
from nktrial.formats.abif_write import write_abif
from nktrial.formats.kits import load_kit
from nktrial.model.trace import Trace

KIT = load_kit("cofiler")


def lane(spots: list[tuple[int, float]]) -> bytes:
    """Draw a COfiler lane, 20 scans a base pair."""
    n_scans = 10_500
    axis = np.arange(n_scans)
    signal = np.zeros((n_scans, 4))
    fragments = [(3, size) for size in (*KIT.size_standards[0].fragments_bp, 250.0)]
    for dye, size in (*spots, *fragments):
        signal[:, dye] += 1_000.0 * np.exp(-0.5 * ((axis - 20.0 * size) / 5.0) ** 2)
    scans = np.rint(signal).astype(np.int32)
    return write_abif(Trace(scans, KIT.dyes, "S1", "", np.zeros(0, dtype=np.int64), {"instrument": "3100"}))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rungs = {(locus.name, rung.name): (locus.dye, rung.size_bp) for locus in KIT.loci for rung in locus.ladder}
    (tmp_path / "ladder.fsa").write_bytes(lane(list(rungs.values())))
    (tmp_path / "a.fsa").write_bytes(lane([rungs["D3S1358", "15"], rungs["D3S1358", "17"], rungs["TH01", "7"]]))
    (tmp_path / "cut.fsa").write_bytes(lane([])[:-40])
    return tmp_path


def run(*arguments: str | Path, code: int = 0) -> str:
    done = CliRunner().invoke(call, [str(item) for item in arguments], standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    assert done.return_value == code
    return done.stdout


def test_json_has_the_contracts_keys(folder: Path) -> None:
    text = run(folder / "a.fsa", "--kit", "cofiler", "--ladder", folder / "ladder.fsa", "--json")
    (sample,) = json.loads(text)["samples"]
    assert (sample["file"], sample["kit"]) == ("a.fsa", "cofiler")
    assert sample["size_standard"]["name"] == "GS500 ROX"
    assert sample["size_standard"]["found"] == 13
    alleles = {locus["marker"]: locus["alleles"] for locus in sample["loci"] if locus["alleles"]}
    assert alleles == {"D3S1358": ["15", "17"], "TH01": ["7"]}
    (peak,) = next(locus["peaks"] for locus in sample["loci"] if locus["marker"] == "TH01")
    assert peak["allele"] == "7"
    assert peak["size_bp"] == pytest.approx(177.0, abs=0.05)
    assert peak["flags"] == []


def test_text_names_every_locus(folder: Path) -> None:
    text = run(folder / "a.fsa", "--kit", "cofiler", "--ladder", folder / "ladder.fsa")
    assert all(locus.name in text for locus in KIT.loci)


def test_one_refused_file_is_an_error(folder: Path) -> None:
    with pytest.raises(SourceError) as caught:
        run(folder / "cut.fsa", "--kit", "cofiler")
    assert caught.value.exit_code == 3


def test_one_of_several_is_set_apart(folder: Path) -> None:
    text = run(
        folder / "a.fsa", folder / "cut.fsa", "--kit", "cofiler", "--ladder", folder / "ladder.fsa", "--json", code=4
    )
    found = json.loads(text)
    assert [sample["file"] for sample in found["samples"]] == ["a.fsa"]
    assert [fault["code"] for fault in found["quarantine"]] == ["NK-WIN-01"]


@pytest.fixture
def shifted(folder: Path) -> Path:
    """Return a lane whose peaks stand 2 bp beside every bin."""
    spots = [(locus.dye, locus.ladder[k].size_bp + 2.0) for locus in KIT.loci if locus.repeat_bp for k in (1, 3)]
    (folder / "shifted.fsa").write_bytes(lane(spots))
    return folder / "shifted.fsa"


@pytest.mark.parametrize(("with_ladder", "code"), [(False, "NK-ALL-05"), (True, "NK-ALL-11")])
def test_a_lane_without_named_alleles_exits_3_and_says_why(shifted: Path, *, with_ladder: bool, code: str) -> None:
    ladder = ("--ladder", shifted.parent / "ladder.fsa") if with_ladder else ()
    (sample,) = json.loads(run(shifted, "--kit", "cofiler", *ladder, "--json", code=3))["samples"]
    assert not any(locus["alleles"] for locus in sample["loci"])
    assert [f["severity"] for f in sample["findings"] if f["code"] == code] == ["error"]
    assert f"error: {code}" in run(shifted, "--kit", "cofiler", *ladder, code=3)


def test_one_lane_without_named_alleles_among_several_exits_4(shifted: Path) -> None:
    good, ladder = shifted.parent / "a.fsa", shifted.parent / "ladder.fsa"
    text = run(good, shifted, "--kit", "cofiler", "--ladder", ladder, "--json", code=4)
    assert [sample["file"] for sample in json.loads(text)["samples"]] == ["a.fsa", "shifted.fsa"]


def test_the_wrong_kit_is_refused(folder: Path) -> None:
    with pytest.raises(MethodError) as caught:
        run(folder / "a.fsa", "--kit", "identifiler")
    assert caught.value.code == "NK-ALL-01"


def test_a_kit_of_ones_own(folder: Path) -> None:
    with pytest.raises(SourceError) as caught:
        run(folder / "a.fsa", "--kit", folder / "none.toml")
    assert caught.value.code == "NK-WIN-02"
