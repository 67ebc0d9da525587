"""Markers in the labels of real panels."""

import pytest

from nktrial.core.errors import MethodError
from nktrial.cytometry.templates.markers import MarkerFinder, is_scatter, label_markers
from nktrial.model.events import Channel
from nktrial.model.template import MarkerRule


def channels(*labels: str) -> tuple[Channel, ...]:
    return tuple(Channel(i, f"D{i}-A", label, 32, 262144.0) for i, label in enumerate(labels))


def finder(
    *labels: str, panel: dict[str, str] | None = None, rules: dict[str, MarkerRule] | None = None
) -> MarkerFinder:
    return MarkerFinder(channels(*labels), rules or {}, panel or {}, "a.fcs")


@pytest.mark.parametrize(
    ("label", "markers"),
    [
        ("CD38", ["CD38"]),
        ("CD3", ["CD3"]),
        ("CD3e FITC", ["CD3"]),
        ("FITC-CD3", ["CD3"]),
        ("CD3-IgD", ["CD3", "IgD"]),
        ("Foxp3-IgM", ["FoxP3", "IgM"]),
        ("FOXP3", ["FoxP3"]),
        ("CD45RA", ["CD45RA"]),
        ("CD45 RA", ["CD45RA"]),
        ("CD16/56 PE", ["CD16", "CD56"]),
        ("CD16+CD56", ["CD16", "CD56"]),
        ("NCAM1", ["CD56"]),
        ("Leu-19", ["CD56"]),
        ("FCGR3A", ["CD16"]),
        ("IL-7Ra", ["CD127"]),
        ("IL-2Rα", ["CD25"]),
        ("KI67", ["Ki-67"]),
        ("MKI67", ["Ki-67"]),
        ("VIVID / CD14", ["Viability", "CD14"]),
        ("Z UV", ["Viability"]),
        ("Zombie NIR", ["Viability"]),
        ("LIVE/DEAD Aqua", ["Viability"]),
        ("7-AAD", ["Viability"]),
        ("Cisplatin", ["Viability"]),
        ("CD200 PE", ["CD200"]),
        ("PerCP-Cy5.5", []),
        ("Lineage-", []),
        ("", []),
    ],
)
def test_a_label_names_its_markers(label: str, markers: list[str]) -> None:
    assert list(label_markers(label)) == markers


def test_the_marker_alone_goes_before_a_combined_channel() -> None:
    found = finder("CD3-IgD", "CD3").find("CD3")
    assert found is not None
    assert (found.channel.name, found.combined) == ("D1-A", ())


def test_a_combined_channel_is_taken_where_there_is_no_other_and_said_so() -> None:
    found = finder("CD4", "CD3-IgD").find("CD3")
    assert found is not None
    assert (found.channel.name, found.combined) == ("D1-A", ("IgD",))


def test_two_channels_of_one_marker_are_refused_by_name() -> None:
    with pytest.raises(MethodError, match=r"NK-TPL-21.*'D0-A'.*'D2-A'") as caught:
        finder("CD14", "CD4", "CD14").find("CD14")
    assert caught.value.code == "NK-TPL-21"


def test_a_markers_own_name_goes_before_a_synonym() -> None:
    found = finder("CD8b PE", "CD8 APC").find("CD8")
    assert found is not None
    assert found.channel.name == "D1-A"


def test_a_panel_file_decides() -> None:
    found = finder("CD14", "CD4", "CD14", panel={"D2-A": "CD14"}).find("CD14")
    assert found is not None
    assert found.channel.name == "D2-A"


def test_the_area_of_a_pulse_goes_before_its_height() -> None:
    two = tuple(Channel(i, name, "CD3", 32, 1024.0) for i, name in enumerate(("FITC-H", "FITC-A")))
    found = MarkerFinder(two, {}, {}, "a.fcs").find("CD3")
    assert found is not None
    assert found.channel.name == "FITC-A"


def test_own_synonyms_and_channels_of_a_template() -> None:
    rules = {"CD19": MarkerRule("CD19", ("HD37",)), "X": MarkerRule("X", (), ("D0.A",))}
    assert finder("HD37", rules=rules).find("CD19") is not None
    found = finder("", rules=rules).find("X")
    assert found is not None
    assert found.channel.name == "D0-A"


def test_a_template_may_spell_a_marker_otherwise() -> None:
    assert finder("FoxP3").find("FOXP3") is not None
    assert finder("NCAM").find("CD56") is not None


def test_scatter_is_found_by_its_channel() -> None:
    names = tuple(Channel(i, name, "", 32, 1024.0) for i, name in enumerate(("FSC.H", "SSC.H", "FL1.H")))
    search = MarkerFinder(names, {}, {}, "a.fcs")
    for marker, name in (("FSC", "FSC.H"), ("FSC-H", "FSC.H"), ("SSC", "SSC.H")):
        found = search.find(marker)
        assert found is not None
        assert found.channel.name == name
    assert search.find("FSC-A") is None
    assert [is_scatter(channel) for channel in names] == [True, True, False]


def test_a_missing_marker_names_the_nearest() -> None:
    error = finder("CD33", "CD8").missing("CD3")
    assert error.code == "NK-TPL-20"
    assert "'CD33'" in error.problem
    assert finder("CD33", "CD8").find("CD3") is None
