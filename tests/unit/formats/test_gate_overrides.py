"""Gates set by hand."""

import pytest

from nktrial.core.errors import SourceError
from nktrial.formats.gate_overrides import OverridesFile, read_overrides
from nktrial.formats.gatingml_write import write_gating_ml
from nktrial.formats.window import Window
from nktrial.model.gate_report import CutOverride
from nktrial.model.gates import Dimension, GatingStrategy, RectangleGate

GOOD = """\
[override."d14.fcs"."CD25hi CD127-"]
value = 0.52
marker = "CD25"
reason = "dim reagent"
by = "AB"

[override."d14.fcs".T]
value = 1500
unit = "scale"
reason = "spill from BV605"
by = "AB"
"""


def read(data: str | bytes) -> OverridesFile:
    return read_overrides(Window(data.encode() if isinstance(data, str) else data, "hand"))


def test_overrides_by_file() -> None:
    found = read(GOOD)
    assert found.whole == ()
    assert found.by_file == {
        "d14.fcs": (
            CutOverride("CD25hi CD127-", 0.52, "display", "CD25", "dim reagent", "AB"),
            CutOverride("T", 1500.0, "scale", "", "spill from BV605", "AB"),
        )
    }


def test_a_gating_ml_file_gives_whole_gates() -> None:
    strategy = GatingStrategy((RectangleGate("T", None, (Dimension("X", "uncompensated", None, 2.0),)),))
    found = read(write_gating_ml(strategy))
    assert [(item.population, item.strategy) for item in found.whole] == [("T", strategy)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("override = [", "not TOML"),
        ("[gates.a.T]\nvalue = 1\n", "found .*gates"),
        ("[override]\na = 1\n", "not a table"),
        (GOOD.replace('by = "AB"\n', "", 1), "'by'"),
        (GOOD.replace('reason = "dim reagent"', 'reason = ""'), "'reason'"),
        (GOOD.replace("value = 0.52", "valu = 0.52"), "'value'|Did you mean value"),
        (GOOD.replace("value = 0.52", "value = nan"), "'value'"),
    ],
)
def test_what_is_no_overrides_file(text: str, words: str) -> None:
    with pytest.raises(SourceError, match=words) as caught:
        read(text)
    assert caught.value.code == "NK-TPL-14"
