"""Templates drawn in a tube whose cells are known."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from nktrial.core.errors import MethodError
from nktrial.cytometry.strategy import gate_events
from nktrial.cytometry.templates.draw import draw_gates
from nktrial.formats.template import load_template
from nktrial.model.events import Channel, EventMatrix
from nktrial.model.gate_report import CutOverride, DrawnGate, DrawnGates, GateOverride
from nktrial.model.gates import BooleanGate, Dimension, GatingStrategy, Logicle, Operand, RectangleGate
from nktrial.model.template import CutRule, Fallback, OutlineRule, PopulationRule, ScaleRule, Template

LOGICLE = ScaleRule("logicle")
Tube = Callable[..., tuple[EventMatrix, NDArray[np.intp]]]
CD3 = PopulationRule("T", None, (CutRule("CD3", "+", "valley", {"adjust": 1.5}),))
CD3_NEGATIVE = PopulationRule("not T", None, (CutRule("CD3", "-", "same", of="T"),))


def template(*rules: PopulationRule) -> Template:
    return Template("t", "", LOGICLE, compensate=True, markers={}, populations=rules)


def gate(drawn: DrawnGates, name: str) -> DrawnGate:
    return next(item for item in drawn.gates if item.population == name)


def codes(drawn: DrawnGates) -> set[str]:
    return {finding.code for finding in drawn.findings}


def f_measure(matrix: EventMatrix, drawn: DrawnGates, path: str, true: NDArray[np.bool_]) -> float:
    found = gate_events(matrix, drawn.strategy, membership=True).membership[path]
    return float(2 * (found & true).sum() / (found.sum() + true.sum()))


def test_the_nk_template_finds_the_cells(tube: Tube) -> None:
    matrix, kind = tube()
    drawn = draw_gates(matrix, load_template("nk"))
    live = "Singlets/Lymphocytes/Live"
    assert f_measure(matrix, drawn, f"{live}/T", kind == 0) > 0.97
    assert f_measure(matrix, drawn, f"{live}/NK", kind == 1) > 0.95
    assert f_measure(matrix, drawn, live, kind < 3) > 0.97
    assert gate(drawn, "CD16pos").status == "not_evaluable"
    assert "marker_missing" in gate(drawn, "CD16pos").flags
    assert "NK-TPL-24" in codes(drawn)


def test_no_valley_is_refused_with_its_children_and_the_rest_stands(tube: Tube) -> None:
    matrix, _ = tube(t=0, nk=0)
    child = PopulationRule("child", "T", (CutRule("CD56", "+", "tail"),))
    other = PopulationRule("dead", None, (CutRule("Viability", "+", "valley"),))
    drawn = draw_gates(matrix, template(CD3, child, other))
    assert [item.status for item in drawn.gates] == ["not_evaluable", "not_evaluable", "drawn"]
    assert "no valley" in gate(drawn, "T").reason
    assert gate(drawn, "T").flags == ("no_cut",)
    assert gate(drawn, "child").flags == ("parent_not_evaluable",)
    assert [item.id for item in drawn.strategy.gates] == ["dead"]
    assert "NK-TPL-26" in codes(drawn)


@pytest.mark.parametrize(
    ("fallback", "method", "flag"),
    [
        (Fallback("tail"), "tail", "fallback_tail"),
        (Fallback("mad", {"k": 3.0}), "mad", "fallback_mad"),
        (0.6, "fixed", "fallback_fixed"),
    ],
)
def test_a_fallback_is_taken_and_said_so(tube: Tube, fallback: Fallback | float, method: str, flag: str) -> None:
    matrix, _ = tube(t=0, nk=0)
    rule = replace(CD3, cuts=(CutRule("CD3", "+", "valley", on_failure=fallback),))
    drawn = draw_gates(matrix, template(rule))
    report = gate(drawn, "T")
    assert report.status == "drawn"
    assert report.flags[:2] == ("no_cut", flag)
    assert (report.cuts[0].method, report.cuts[0].problem) == (method, "no valley")
    assert "NK-TPL-27" in codes(drawn)
    if fallback == 0.6:
        assert report.cuts[0].low == 0.6
        assert report.quality is None


def test_few_events_are_flagged(tube: Tube) -> None:
    matrix, _ = tube(t=60, nk=30, b=60, dead=0)
    drawn = draw_gates(matrix, template(CD3))
    assert "few_events" in gate(drawn, "T").flags
    assert "NK-TPL-28" in codes(drawn)


def test_same_takes_the_other_side_of_a_cut(tube: Tube) -> None:
    matrix, kind = tube()
    drawn = draw_gates(matrix, template(CD3, CD3_NEGATIVE))
    assert gate(drawn, "T").cuts[0].low == gate(drawn, "not T").cuts[0].high
    counts = [item.count for item in gate_events(matrix, drawn.strategy).populations]
    assert sum(counts) == kind.size


def test_populations_joined_and_excluded(tube: Tube) -> None:
    matrix, _ = tube()
    nk = PopulationRule("NK", None, (CutRule("CD56", "+", "valley"),))
    rules = (
        CD3,
        nk,
        PopulationRule("neither", None, without=("T", "NK")),
        PopulationRule("either", None, any_of=("T", "NK")),
        PopulationRule("not NK", "T", without=("NK",)),
        PopulationRule("NKT", "T", any_of=("NK",)),
    )
    drawn = draw_gates(matrix, template(*rules))
    counts = {item.gate: item.count for item in gate_events(matrix, drawn.strategy).populations}
    assert counts["neither"] + counts["either"] == matrix.values.shape[0]
    assert counts["not NK"] + counts["NKT"] == counts["T"]


def test_steps_without_a_marker(tube: Tube) -> None:
    matrix, _ = tube()
    missing = CutRule("CD19", "+", "valley")
    passed = PopulationRule("step", None, (missing,), if_missing="skip")
    child = replace(CD3, parent="step")
    optional = PopulationRule("partly", None, (replace(missing, optional=True), *CD3.cuts))
    drawn = draw_gates(matrix, template(passed, child, optional))
    assert gate(drawn, "step").status == "skipped"
    assert gate(drawn, "T").path == "T"
    assert gate(drawn, "partly").flags == ("cut_left_out",)
    assert {"NK-TPL-23", "NK-TPL-25"} <= codes(drawn)
    with pytest.raises(MethodError) as caught:
        draw_gates(matrix, template(replace(passed, if_missing="refuse")))
    assert caught.value.code == "NK-TPL-20"


def test_a_population_without_one_that_was_passed_over(tube: Tube) -> None:
    matrix, _ = tube()
    passed = PopulationRule("step", None, (CutRule("CD19", "+", "valley"),), if_missing="skip")
    drawn = draw_gates(matrix, template(passed, PopulationRule("rest", None, without=("step",))))
    assert gate(drawn, "rest").status == "not_evaluable"


def test_a_combined_channel_is_reported(tube: Tube) -> None:
    matrix, _ = tube()
    renamed = tuple(replace(item, marker="CD3-IgD") if item.marker == "CD3" else item for item in matrix.channels)
    drawn = draw_gates(replace(matrix, channels=renamed), template(CD3))
    assert "NK-TPL-22" in codes(drawn)
    assert gate(drawn, "T").flags == ("combined_marker",)


def test_a_control_decides_and_is_gated_alike(tube: Tube) -> None:
    matrix, _ = tube()
    control, _ = tube(nk=0)
    rule = PopulationRule("NK", "not T", (CutRule("CD56", "+", "quantile", {"q": 0.99}, control="FMO"),))
    rules = template(CD3, CD3_NEGATIVE, rule)
    drawn = draw_gates(matrix, rules, controls={"FMO": control})
    gated = gate_events(control, drawn.strategy)
    inside = gated.population("NK")
    assert inside.count / inside.parent_count == pytest.approx(0.01, abs=0.002)
    without = draw_gates(matrix, rules)
    assert gate(without, "NK").status == "not_evaluable"
    assert "control" in gate(without, "NK").reason
    with pytest.raises(MethodError) as caught:
        draw_gates(matrix, rules, controls={"unstained": control})
    assert caught.value.code == "NK-TPL-34"


def test_a_panel_file_names_channels_and_must_fit(tube: Tube) -> None:
    matrix, _ = tube()
    nameless = replace(matrix, channels=tuple(replace(item, marker="") for item in matrix.channels))
    drawn = draw_gates(nameless, template(CD3), panel={"A-A": "CD3"})
    assert gate(drawn, "T").cuts[0].channel == "A-A"
    with pytest.raises(MethodError) as caught:
        draw_gates(nameless, template(CD3), panel={"Z-A": "CD3"})
    assert caught.value.code == "NK-TPL-32"


def test_margins_and_fixed_values(tube: Tube) -> None:
    matrix, _ = tube()
    values = np.array(matrix.values, dtype=np.float64)
    values[:50, 0] = 262144.0
    rules = (
        PopulationRule("on scale", None, (CutRule("FSC-A", "between", "boundary"),)),
        PopulationRule("fixed", "on scale", (CutRule("CD3", "+", "fixed", {"value": 1000.0, "unit": "scale"}),)),
        PopulationRule("range", None, (CutRule("FSC-A", "between", "fixed", {"value": 10.0, "high": 70_000.0}),)),
    )
    drawn = draw_gates(replace(matrix, values=values), template(*rules))
    counts = {item.gate: item.count for item in gate_events(replace(matrix, values=values), drawn.strategy).populations}
    assert counts["on scale"] == values.shape[0] - 50
    assert gate(drawn, "fixed").cuts[0].scale_low == pytest.approx(1000.0)
    assert counts["range"] == int(((values[:, 0] >= 10.0) & (values[:, 0] < 70_000.0)).sum())


def test_a_component_of_a_mixture(tube: Tube) -> None:
    matrix, kind = tube(b=500, dead=0)
    outline = OutlineRule("CD3", "CD56", "ellipse", {"components": 3, "level": 0.99}, of="seed")
    seed = PopulationRule("seed", None, (CutRule("CD56", "+", "valley"),))
    drawn = draw_gates(matrix, template(seed, PopulationRule("NK", None, outline=outline)))
    assert f_measure(matrix, drawn, "NK", kind == 1) > 0.95
    aimed = replace(outline, of=None, parameters={"components": 3, "target": (0.8, 0.2)})
    assert (
        f_measure(matrix, draw_gates(matrix, template(PopulationRule("T", None, outline=aimed))), "T", kind == 0) > 0.9
    )


def test_a_cut_set_by_hand_is_recorded_with_old_and_new_value(tube: Tube) -> None:
    matrix, _ = tube()
    old = gate(draw_gates(matrix, template(CD3)), "T").cuts[0].low
    by_hand = CutOverride("T", 0.55, "display", "", "dim reagent", "AB")
    drawn = draw_gates(matrix, template(CD3, CD3_NEGATIVE), overrides=(by_hand,))
    report = gate(drawn, "T")
    assert (report.cuts[0].low, report.cuts[0].method, report.flags) == (0.55, "override", ("overridden",))
    assert gate(drawn, "not T").cuts[0].high == 0.55
    (finding,) = (item for item in drawn.findings if item.code == "NK-TPL-31")
    assert finding.evidence["old"] == old
    assert (finding.evidence["new"], finding.evidence["reason"], finding.evidence["by"]) == (0.55, "dim reagent", "AB")
    intensity = draw_gates(matrix, template(CD3), overrides=(replace(by_hand, value=2000.0, unit="scale"),))
    assert gate(intensity, "T").cuts[0].scale_low == pytest.approx(2000.0)


def test_a_cut_set_by_hand_replaces_one_that_was_not_found(tube: Tube) -> None:
    matrix, _ = tube(t=0, nk=0)
    drawn = draw_gates(matrix, template(CD3), overrides=(CutOverride("T", 0.5, "display", "CD3", "seen", "AB"),))
    assert gate(drawn, "T").status == "drawn"
    assert "NK-TPL-26" not in codes(drawn)


def test_a_gate_set_by_hand_replaces_the_drawn_one(tube: Tube) -> None:
    matrix, _ = tube(t=0, nk=0)
    dimension = Dimension("A-A", "uncompensated", "mine", 0.4)
    hand = GatingStrategy((RectangleGate("T", "elsewhere", (dimension,)),), {"mine": Logicle(262144.0, 0.7, 4.5, 0.0)})
    drawn = draw_gates(matrix, template(CD3), overrides=(GateOverride("T", hand, "seen", "AB"),))
    assert gate(drawn, "T").flags == ("overridden",)
    assert codes(drawn) == {"NK-TPL-31"}
    (placed,) = drawn.strategy.gates
    assert placed.parent is None
    assert drawn.strategy.transforms["T.mine"] == hand.transforms["mine"]
    assert gate_events(matrix, drawn.strategy).populations[0].parent_count == matrix.values.shape[0]


def test_an_unchanged_gate_is_no_override(tube: Tube) -> None:
    matrix, _ = tube()
    rules = template(CD3, PopulationRule("rest", None, without=("T",)))
    drawn = draw_gates(matrix, rules)
    again = draw_gates(matrix, rules, overrides=[GateOverride(name, drawn.strategy, "", "") for name in ("T", "rest")])
    assert again.strategy == drawn.strategy
    assert codes(again) == set()


@pytest.mark.parametrize(
    "override",
    [
        CutOverride("NK", 0.5, "display", "", "r", "b"),
        CutOverride("T", 0.5, "display", "CD56", "r", "b"),
        CutOverride("rest", 0.5, "display", "", "r", "b"),
        GateOverride("T", GatingStrategy((BooleanGate("T", None, "not", (Operand("X"),)),)), "r", "b"),
    ],
)
def test_an_override_of_what_is_not_there_is_refused(tube: Tube, override: CutOverride | GateOverride) -> None:
    rules = template(CD3, PopulationRule("rest", None, without=("T",)))
    with pytest.raises(MethodError) as caught:
        draw_gates(tube()[0], rules, overrides=(override,))
    assert caught.value.code == "NK-TPL-33"


def test_display_channels_on_a_logicle_are_warned_of(rng: np.random.Generator) -> None:
    values = np.concatenate([rng.normal(200, 40, 500), rng.normal(700, 40, 500)]).clip(0, 1023)[:, None]
    events = EventMatrix(values, (Channel(0, "FL3-H", "CD3", 16, 1024.0),), None, {}, "FCS2.0")
    assert "NK-TPL-29" in codes(draw_gates(events, template(CD3)))


def test_nothing_changes_with_the_order_of_the_events(tube: Tube, rng: np.random.Generator) -> None:
    matrix, _ = tube()
    shuffled = replace(matrix, values=matrix.values[rng.permutation(matrix.values.shape[0])])
    one, other = (draw_gates(item, load_template("nk")) for item in (matrix, shuffled))
    for a, b in zip(one.gates, other.gates, strict=True):
        assert [cut.low for cut in a.cuts] == pytest.approx([cut.low for cut in b.cuts], abs=1e-9, nan_ok=True)
