"""Dose-limiting toxicity: the definition is data, and what is not known and could decide is told."""

from dataclasses import replace
from typing import Any

import pytest

from nktrial.criteria.dlt import RULE, DltClause, DltDefinition, DltEvent, dose_limiting
from nktrial.criteria.grade import Graded, NotGraded
from nktrial.model.rule import Value

REACTION = DltEvent("Infusion related reaction", "general", 3, 0, True, "nk_cells", 96.0, "CTCAE v5.0")  # noqa: FBT003
HEPATIC = DltEvent("Liver failure", "non_haematological", 4, 10, True, "nk_cells", 48.0, "CTCAE v5.0")  # noqa: FBT003


@pytest.mark.parametrize(
    ("event", "wanted"),
    [
        (REACTION, "Y"),
        (replace(REACTION, lasted_h=72.0), "N"),
        (replace(REACTION, grade=2), "N"),
        (HEPATIC, "Y"),
        (replace(HEPATIC, related=False), "N"),
        (replace(HEPATIC, grade=3), "N"),
        (replace(HEPATIC, event_class="haematological"), "N"),
        (replace(HEPATIC, day=28), "Y"),
        (replace(HEPATIC, day=29), "N"),
        (replace(HEPATIC, day=-1), "N"),
        (replace(HEPATIC, cause="leukemia"), "N"),
        (replace(HEPATIC, grade=5, related=None), "Y"),
        (replace(HEPATIC, term="Acute GVHD", grade=3, event_class="gvhd"), "Y"),
        (replace(HEPATIC, term="CRS", grade=3, event_class="immune"), "N"),
        (replace(HEPATIC, term="graft failure", grade=None, event_class="graft"), "Y"),
        (replace(REACTION, day=None, grade=1, event_class="immune"), "N"),  # no clause holds, whenever it began
    ],
)
def test_typical_definition(event: DltEvent, wanted: str) -> None:
    found = dose_limiting(event, (0,))
    assert isinstance(found, Graded)
    assert found.grade == wanted


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"day": None}, "day of onset"),
        ({"cause": ""}, "the cause"),
        ({"related": None}, "related"),
        ({"grade": None}, "the grade"),
        ({"event_class": ""}, "the class"),
        ({"graded_by": ""}, "criteria and version"),
    ],
)
def test_not_evaluable(changed: dict[str, Any], said: str) -> None:
    found = dose_limiting(replace(HEPATIC, **changed), (0,))
    assert isinstance(found, NotGraded)
    assert said in found.reason


def test_window_runs_from_each_infusion() -> None:
    late = replace(HEPATIC, day=40)
    assert dose_limiting(late, (0,)) == Graded("N", "onset not within 28 days from an infusion")
    found = dose_limiting(late, (0, 14))
    assert isinstance(found, Graded)
    assert found.grade == "Y"


def test_a_protocols_own_definition() -> None:
    own = DltDefinition(42, ("infection",), (DltClause("any grade 3", 3),))
    found = dose_limiting(replace(HEPATIC, grade=3, day=42), (0,), own)
    assert found == Graded("Y", "any grade 3")
    assert dose_limiting(replace(HEPATIC, cause="Infection"), (0,), own) == Graded("N", "excluded cause: infection")


def test_row_is_marked_unverified_and_names_the_version() -> None:
    cells: dict[str, Value] = {
        "term": "Liver failure",
        "event_class": "non_haematological",
        "grade": 4,
        "onset_day": 3,
        "infusion_days": (0, 7),
        "related": True,
        "cause": "nk_cells",
        "graded_by": "CTCAE v6.0",
    }
    outcome = RULE.assess(cells)
    assert outcome.values == {"dlt": "Y", "criteria_version": "CTCAE v6.0"}
    assert outcome.unverified
    assert RULE.assess(cells | {"infusion_days": None}).values["dlt"] == "NE"
