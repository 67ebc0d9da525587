"""Figures of trial designs: bands that leave no gap, curves, bars."""

import altair as alt

from nktrial.figures.design import Band, Curve, Dose, band_panel, curve_panels, design_spec, dose_panel
from nktrial.figures.render import render_svg

BANDS = [Band(3, 0, 1, "go on"), Band(3, 2, 3, "stop"), Band(4, 0, 2, "go on"), Band(4, 3, 4, "stop")]


def test_bands_meet_and_only_decisions_that_occur_are_in_the_legend() -> None:
    panel = band_panel(BANDS, title="t", events="Patients with toxicity")
    rows = panel["data"]["values"]
    assert [(row["low"], row["high"]) for row in rows if row["n"] == 2.5] == [(-0.5, 1.5), (1.5, 3.5)]
    assert panel["encoding"]["color"]["scale"]["domain"] == ["go on", "stop"]
    assert panel["encoding"]["y"]["axis"]["title"] == "Patients with toxicity"


def test_ticks_of_many_patients_keep_apart() -> None:
    ticks = band_panel([Band(120, 0, 120, "go on")], title="t", events="e")["encoding"]["x"]["axis"]["values"]
    assert ticks == [1, *range(10, 121, 10)]


def test_curves_with_marked_rates() -> None:
    curve = Curve("optimal", (0.0, 0.5, 1.0), (0.0, 0.6, 1.0), (10.0, 20.0, 29.0))
    first, second = curve_panels([curve], chance="Probability of success", marked=[(0.1, "p0")])
    ruled, lines, words = first["layer"]
    assert ruled["data"]["values"] == words["data"]["values"] == [{"rate": 0.1, "word": "p0"}]
    assert [row["shown"] for row in lines["data"]["values"]] == [0.0, 0.6, 1.0]
    assert [row["shown"] for row in second["layer"][1]["data"]["values"]] == [10.0, 20.0, 29.0]
    assert len(curve_panels([curve], chance="c", marked=[], expected=False)) == 1


def test_bars_carry_rate_and_chance_and_the_whole_is_drawn() -> None:
    panel = dose_panel([Dose("Dose 1", 0.05, 0.25), Dose("None", None, 0.75)], title="3+3")
    assert [(row["dose"], row["words"]) for row in panel["data"]["values"]] == [
        ("Dose 1 (5 %)", "25.0 %"),
        ("None", "75.0 %"),
    ]
    spec = design_spec([band_panel(BANDS, title="t", events="e"), panel], title="Design", description="One sentence.")
    alt.Chart.from_dict(spec)
    svg = render_svg(spec, name="design")
    assert "<title" in svg
    assert "One sentence." in svg
    assert "Dose 1 (5 %)" in svg
