"""The check of the NK gate on real instrument files: NK gates that a person drew, and T-cell gates in their place."""

from pathlib import Path

import pytest

from nktrial.cytometry.nk_gate import check_nk_gate
from nktrial.cytometry.strategy import Gated, gate_events
from nktrial.formats.fcs import read_fcs
from nktrial.formats.gatingml import read_gating_ml
from nktrial.formats.window import open_source
from nktrial.model.events import EventMatrix
from nktrial.model.gates import GatingStrategy

LIVE = "Singlets/Lymphocytes/Live"


def gated_file(data_dir: Path, name: str) -> tuple[EventMatrix, GatingStrategy, Gated]:
    folder = data_dir / "study-nk"
    matrix = read_fcs(open_source(folder / "raw/fcs" / name, name=name, kind="fcs")[1])
    gates = folder / "gating/nk_panel.gatingml.xml"
    strategy = read_gating_ml(open_source(gates, name="gates", kind="gatingml")[1])
    return matrix, strategy, gate_events(matrix, strategy, membership=True)


@pytest.mark.parametrize("name", ["INF071.fcs", "INF179.fcs", "ND050.fcs"])
def test_nk_gates_are_confirmed_and_t_gates_contradicted(data_dir: Path, name: str) -> None:
    matrix, strategy, gated = gated_file(data_dir, name)
    states = {
        gate: check_nk_gate(matrix, strategy, gated, nk_cells=f"{LIVE}/{gate}", lymphocytes=LIVE).state
        for gate in ("NK", "NK/NK_CD16pos", "T", "T/CD4", "T/CD4/CD25hi_CD127lo")
    }
    assert states == {
        "NK": "confirmed",
        "NK/NK_CD16pos": "confirmed",
        "T": "contradicted",
        "T/CD4": "contradicted",
        "T/CD4/CD25hi_CD127lo": "contradicted",
    }
