"""CTCAE v5.0: infusion related reaction.

Definition
    Grade 1 mild and transient, neither interruption nor intervention indicated. Grade 2 therapy or interruption
    indicated, but prompt response to symptomatic treatment, or prophylactic medication indicated for 24 h or less.
    Grade 3 prolonged (no prompt response), or symptoms recur after initial improvement, or hospitalisation indicated
    for sequelae. Grade 4 life-threatening, urgent intervention indicated. Grade 5 death.

Not decided here
    Whether the signs are an infusion reaction, an allergic reaction or cytokine release syndrome; prophylaxis beyond
    24 h, which no grade names.
"""

from dataclasses import dataclass
from typing import Final

from nktrial.core.errors import MethodError
from nktrial.criteria.cells import flag
from nktrial.criteria.grade import Domain, Grade, Graded, as_outcome, worst_of
from nktrial.model.method import Method
from nktrial.model.rule import Cells, Column, Outcome, Rule

__all__ = ["METHOD", "RULE", "InfusionReaction", "infusion_reaction_grade"]

METHOD: Final = Method(name="criteria.ctcae_v5_infusion_reaction", version=1, source="CTCAE v5.0 (NCI, 2017)")
VERSION: Final = "CTCAE v5.0"


@dataclass(frozen=True, slots=True)
class InfusionReaction:
    """What is known of a reaction; None where a sign is not known.

    Parameters
    ----------
    reaction : bool or None
        There was a reaction at all.
    interruption_or_therapy_indicated : bool or None
        Interruption of the infusion or symptomatic treatment was indicated.
    prompt_response : bool or None
        It responded promptly; without meaning where neither was indicated.
    prophylaxis_up_to_24h_indicated : bool or None
        Prophylactic medication was indicated for 24 h or less.
    recurred_after_improvement, hospitalisation_indicated, life_threatening, death : bool or None
        The signs of grades 3 to 5.
    """

    reaction: bool | None
    interruption_or_therapy_indicated: bool | None
    prompt_response: bool | None
    prophylaxis_up_to_24h_indicated: bool | None
    recurred_after_improvement: bool | None
    hospitalisation_indicated: bool | None
    life_threatening: bool | None
    death: bool | None


# Sign, grade, clause. The words of CTCAE v5.0, shortened.
SIGNS: Final = (
    ("death", 5, "death"),
    ("life_threatening", 4, "life-threatening consequences"),
    ("hospitalisation_indicated", 3, "hospitalisation indicated for clinical sequelae"),
    ("recurred_after_improvement", 3, "recurrence of symptoms after initial improvement"),
    ("prophylaxis_up_to_24h_indicated", 2, "prophylactic medication indicated for <=24 h"),
    ("reaction", 1, "mild transient reaction"),
)


def infusion_reaction_grade(found: InfusionReaction) -> Grade:
    """Grade an infusion related reaction.

    Parameters
    ----------
    found : InfusionReaction
        The signs.

    Returns
    -------
    Graded or NotGraded
        Grade 0 to 5.

    Raises
    ------
    MethodError
        NK-TOX-03 no reaction, but a sign of one.
    """
    known = {name: getattr(found, name) for name, _, _ in SIGNS}
    signs = [name for name, present in known.items() if present and name != "reaction"]
    if found.interruption_or_therapy_indicated:
        signs.append("interruption_or_therapy_indicated")
    if found.reaction is False:
        if signs:
            raise MethodError(
                "NK-TOX-03", f"there was no reaction, but {', '.join(signs)} is Y.", remedy="Correct one of them."
            )
        return Graded(0, "no reaction")
    domains = [_sign(name, grade, clause, present=known[name]) for name, grade, clause in SIGNS]
    return worst_of([*domains, _treatment(found)])


def _sign(name: str, grade: int, clause: str, *, present: bool | None) -> Domain:
    if present is None:
        return Domain(0, grade, clause, f"{name} is not given")
    return Domain(grade, grade, clause) if present else Domain(0, 0, "")


def _treatment(found: InfusionReaction) -> Domain:
    """Return what the need for treatment and the response to it allow."""
    prompt = "interruption or therapy indicated, prompt response"
    if found.interruption_or_therapy_indicated is False:
        return Domain(0, 0, "")
    lowest = 2 if found.interruption_or_therapy_indicated else 0
    if found.prompt_response is None:
        return Domain(lowest, 3, prompt, "prompt_response is not given")
    worst = 2 if found.prompt_response else 3
    clause = prompt if found.prompt_response else "prolonged: no prompt response"
    return Domain(worst if lowest else 0, worst, clause, "interruption_or_therapy_indicated is not given")


def _assess(cells: Cells) -> Outcome:
    found = InfusionReaction(
        reaction=flag(cells, "reaction"),
        interruption_or_therapy_indicated=flag(cells, "interruption_or_therapy_indicated"),
        prompt_response=flag(cells, "prompt_response"),
        prophylaxis_up_to_24h_indicated=flag(cells, "prophylaxis_up_to_24h_indicated"),
        recurred_after_improvement=flag(cells, "recurred_after_improvement"),
        hospitalisation_indicated=flag(cells, "hospitalisation_indicated"),
        life_threatening=flag(cells, "life_threatening"),
        death=flag(cells, "death"),
    )
    return as_outcome(infusion_reaction_grade(found), "grade", VERSION)


RULE: Final = Rule(
    name="ctcae_v5_infusion_reaction",
    title="CTCAE v5.0: infusion related reaction",
    method=METHOD,
    columns=(
        Column("reaction", "yes_no", "there was a reaction"),
        Column("interruption_or_therapy_indicated", "yes_no", "interruption or symptomatic treatment indicated"),
        Column("prompt_response", "yes_no", "it responded promptly"),
        Column("prophylaxis_up_to_24h_indicated", "yes_no", "prophylactic medication indicated for 24 h or less"),
        Column("recurred_after_improvement", "yes_no", "symptoms recurred after initial improvement"),
        Column("hospitalisation_indicated", "yes_no", "hospitalisation indicated for clinical sequelae"),
        Column("life_threatening", "yes_no", "life-threatening, urgent intervention indicated"),
        Column("death", "yes_no", "death from the reaction"),
    ),
    results=(
        Column("grade", "choice", "grade", choices=("0", "1", "2", "3", "4", "5", "NE")),
        Column("criteria_version", "text", "version of CTCAE"),
    ),
    assess=_assess,
)
