"""Infusion related reaction, as CTCAE v5.0 words its five grades."""

from dataclasses import replace

import pytest

from nktrial.core.errors import MethodError
from nktrial.criteria.ctcae_v5_infusion_reaction import RULE, InfusionReaction, infusion_reaction_grade
from nktrial.criteria.grade import Graded, NotGraded

MILD = InfusionReaction(
    reaction=True,
    interruption_or_therapy_indicated=False,
    prompt_response=None,
    prophylaxis_up_to_24h_indicated=False,
    recurred_after_improvement=False,
    hospitalisation_indicated=False,
    life_threatening=False,
    death=False,
)
TREATED = replace(MILD, interruption_or_therapy_indicated=True, prompt_response=True)


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        (replace(MILD, reaction=False), 0),
        (MILD, 1),
        (TREATED, 2),
        (replace(MILD, prophylaxis_up_to_24h_indicated=True), 2),
        (replace(TREATED, prompt_response=False), 3),
        (replace(TREATED, recurred_after_improvement=True), 3),
        (replace(TREATED, hospitalisation_indicated=True), 3),
        (replace(TREATED, life_threatening=True), 4),
        (replace(TREATED, death=True, life_threatening=None), 5),
        (replace(TREATED, life_threatening=True, prompt_response=None, hospitalisation_indicated=None), 4),
    ],
)
def test_grades(found: InfusionReaction, wanted: int) -> None:
    grade = infusion_reaction_grade(found)
    assert isinstance(grade, Graded)
    assert grade.grade == wanted


def test_what_is_not_known_and_could_be_worse_is_told() -> None:
    found = infusion_reaction_grade(replace(TREATED, life_threatening=None))
    assert found == NotGraded("life_threatening is not given (at least 2)")
    assert isinstance(infusion_reaction_grade(replace(TREATED, prompt_response=None)), NotGraded)
    assert isinstance(infusion_reaction_grade(replace(MILD, reaction=None)), NotGraded)


def test_a_sign_without_a_reaction_is_refused() -> None:
    with pytest.raises(MethodError, match="NK-TOX-03"):
        infusion_reaction_grade(replace(TREATED, reaction=False))


def test_an_empty_row_is_not_evaluable() -> None:
    outcome = RULE.assess({})
    assert outcome.values == {"grade": "NE", "criteria_version": "CTCAE v5.0"}
    assert "reaction is not given" in outcome.not_evaluable
