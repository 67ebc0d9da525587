"""In-silico dilutions of a labelled marrow: linear, and the exact limits hold the expected share."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
SEEDS = 200


@pytest.fixture(scope="module")
def dilution() -> ModuleType:
    spec = importlib.util.spec_from_file_location("mrd_dilution", ROOT / "benchmarks" / "mrd_dilution.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    vars(module)["SEEDS"] = SEEDS
    return module


@pytest.fixture(scope="module")
def sample(dilution: ModuleType, data_dir: Path) -> Any:
    return dilution.read_sample(data_dir / "cytometry" / "ball-mrd-labelled", 0.05)


def test_the_labels(sample: Any) -> None:
    # SOURCE.md of the set: intact 77,546, of these blast 34,174
    assert (sample.blasts, sample.others) == (34_174, 77_546 - 34_174)


def test_linear_over_five_decades(dilution: ModuleType, sample: Any) -> None:
    found = dilution.rows(sample, "resampling")
    slope, r2 = dilution.line(found)
    assert slope == pytest.approx(1.0, abs=0.02)
    assert r2 > 0.999
    # 95 % limits; 200 samples a level, 2,000 in all: three standard errors below 95 % are 93.5 %
    assert sum(row.held for row in found) > 0.935 * SEEDS * len(found)
    assert found[-1].expected == 1e-5
    assert found[-1].mean == pytest.approx(1e-5, rel=0.05)


def test_what_the_file_itself_can_show(dilution: ModuleType, sample: Any) -> None:
    found = {row.expected: row for row in dilution.rows(sample, "dropping")}
    assert found[0.001].status == "quantifiable"  # about 43 blasts of 43,372
    assert found[1e-4].status == "not_detected"  # about 4
    assert found[1e-5].cells <= 3


def test_a_box_is_linear_as_far_as_its_background_lets_it(dilution: ModuleType, sample: Any) -> None:
    found = dilution.rows(sample, "gate")
    ratios = [row.mean / row.expected for row in found]
    assert ratios == pytest.approx([sample.sensitivity] * len(ratios), rel=0.1)
    assert sample.background < 2e-4
