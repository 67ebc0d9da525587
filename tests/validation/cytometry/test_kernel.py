"""The compiled kernel on real files: equal to FlowKit and to the exact code, event by event."""

import csv
import importlib.util
import warnings
from pathlib import Path
from types import ModuleType

import flowkit
import numpy as np
import pytest

from nktrial.cytometry import strategy as gating
from nktrial.cytometry.strategy import gate_events
from nktrial.formats.fcs import read_fcs
from nktrial.formats.gatingml import read_gating_ml
from nktrial.formats.window import open_window

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def workload() -> ModuleType:
    """Return the gating benchmark's sample and gates."""
    spec = importlib.util.spec_from_file_location("gating_workload", ROOT / "benchmarks" / "gating_workload.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("ways", [{}, {"kernel": False}, {"threads": 3, "block_events": 10_007}])
def test_a_leukaemic_marrow_equals_flowkit(
    data_dir: Path, tmp_path: Path, workload: ModuleType, ways: dict[str, bool | int]
) -> None:
    gates = tmp_path / "gates.xml"
    workload.write_strategy(gates)
    matrix = workload.marrow(data_dir)
    strategy = read_gating_ml(open_window(gates, name="gates"))
    gated = gate_events(matrix, strategy, membership=True, **ways)  # type: ignore[arg-type]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sample = flowkit.Sample(str(data_dir / "cytometry" / "ball-mrd-labelled" / "494.fcs"))
        theirs = flowkit.parse_gating_xml(str(gates)).gate_sample(sample)
    assert len(gated.populations) == 8
    for population in gated.populations:
        truth = theirs.get_gate_membership(population.gate)
        np.testing.assert_array_equal(gated.membership[population.path], truth, population.path)
        assert 1000 < population.count < gated.events


def test_the_compliance_set_does_not_depend_on_the_kernel(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gating, "WORTH_A_PLAN", 0)
    folder = data_dir / "cytometry" / "gatingml2-compliance"
    matrix = read_fcs(open_window(folder / "data1.fcs", name="data1.fcs"))
    rows = csv.DictReader((folder / "expected_counts.csv").read_text(encoding="utf-8").splitlines())
    files = sorted({folder / row["gatingml_file"] for row in rows})
    assert len(files) > 20
    for path in files:
        strategy = read_gating_ml(open_window(path, name=path.name))
        ways = [gate_events(matrix, strategy, membership=True, kernel=use) for use in (True, False)]
        assert ways[0].populations == ways[1].populations
        for name, flags in ways[0].membership.items():
            np.testing.assert_array_equal(flags, ways[1].membership[name], f"{path.name} {name}")


@pytest.mark.parametrize("name", ["INF071", "INF179", "ND050"])
def test_the_study_files_do_not_depend_on_the_kernel(data_dir: Path, name: str) -> None:
    folder = data_dir / "study-nk"
    fcs = next(folder.rglob(f"*{name}*.fcs"))
    gates = next((folder / "gating").glob("*.xml"))
    matrix, strategy = read_fcs(open_window(fcs, name=name)), read_gating_ml(open_window(gates, name="gates"))
    ways = [gate_events(matrix, strategy, membership=True, kernel=use) for use in (True, False)]
    assert ways[0].populations == ways[1].populations
    for path, flags in ways[0].membership.items():
        np.testing.assert_array_equal(flags, ways[1].membership[path], path)
