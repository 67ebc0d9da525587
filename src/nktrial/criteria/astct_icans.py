"""ASTCT grade of immune effector cell-associated neurotoxicity syndrome (ICANS).

Definition
    The worst of five domains. Score: from 12 years ICE 7-9 grade 1, 3-6 grade 2, 0-2 grade 3; below 12 years CAPD 1-8
    grade 1, 9 or more grade 3, unable to perform grade 4. Consciousness: awakens to voice 2, to tactile stimulus 3,
    unarousable or only by vigorous or repetitive stimuli, stupor, coma 4. Seizure: one that resolves rapidly, or
    nonconvulsive on EEG that resolves with intervention 3; longer than 5 min, or repetitive without return to baseline
    4. Deep focal motor weakness 4. Raised pressure or oedema: focal oedema 3; diffuse oedema, posturing, sixth nerve
    palsy, papilloedema, Cushing's triad 4. Grade 5 death. ICE 0 is grade 3 in a patient who is awake and 4, by
    consciousness, in one who is unarousable.

Not decided here
    Another cause of the signs; intracranial haemorrhage, which does not count.
"""

import math
from typing import Final, TypeAlias

from nktrial.core.check import in_range
from nktrial.core.compare import at_least
from nktrial.core.errors import MethodError
from nktrial.criteria.cells import flag, number, word
from nktrial.criteria.grade import Domain, Grade, Graded, as_outcome, worst_of
from nktrial.model.method import Method
from nktrial.model.rule import Cells, Column, Outcome, Rule

__all__ = ["METHOD", "RULE", "icans_grade"]

METHOD: Final = Method(
    name="criteria.astct_icans", version=1, source="Lee 2019, Biol Blood Marrow Transplant 25:625 (ASTCT)"
)
VERSION: Final = "ASTCT 2019"
ICE_FROM_YEARS: Final = 12.0
OLDEST_YEARS: Final = 125.0
UNABLE: Final = "unable"
CAPD_0: Final = "CAPD 0: grade 0 here; secondary sources word grade 1 as CAPD below 9"
NO_DELIRIUM: Final = Domain(0, 0, "", "CAPD 0")
# Score up to -> grade.
ICE: Final = ((2, 3), (6, 2), (9, 1), (10, 0))
CAPD: Final = ((0, 0), (8, 1), (32, 3))

# A finding is a word of parts joined by "_"; the first row of which it has a part gives the grade.
Parts: TypeAlias = tuple[tuple[frozenset[str], int], ...]
CONSCIOUSNESS: Final[Parts] = (
    (frozenset({"unarousable", "vigorous", "repetitive", "stupor", "coma"}), 4),
    (frozenset({"tactile"}), 3),  # awakens_to_tactile
    (frozenset({"voice"}), 2),  # awakens_to_voice
    (frozenset({"spontaneously"}), 1),  # awakens_spontaneously
    (frozenset({"awake"}), 0),
)
SEIZURE: Final[Parts] = (
    (frozenset({"prolonged", "repetitive", "status"}), 4),  # prolonged_over_5_min, repetitive_no_return_to_baseline
    (frozenset({"resolving", "resolves"}), 3),  # brief_resolving, nonconvulsive_resolving_with_intervention
    (frozenset({"none"}), 0),
)
OEDEMA: Final[Parts] = (
    (
        frozenset({"diffuse", "posturing", "palsy", "papilledema", "cushing"}),
        4,
    ),  # cranial_nerve_vi_palsy, cushing_triad
    (frozenset({"focal", "local"}), 3),
    (frozenset({"none"}), 0),
)
# A word that denies one of its parts is not read.
DENIED: Final = frozenset({"not", "non", "without"})


def icans_grade(
    *,
    age_years: float | None,
    ice: str,
    capd: str,
    consciousness: str,
    seizure: str,
    motor_weakness: bool | None,
    oedema: str,
    death: bool | None,
) -> Grade:
    """Grade ICANS.

    Parameters
    ----------
    age_years : float or None
        Age [years]; it chooses the score.
    ice : str
        ICE score 0 to 10 or ``unable``; empty where not given.
    capd : str
        CAPD score 0 to 32 or ``unable``; empty where not given.
    consciousness, seizure, oedema : str
        Words of which a part stands in ``CONSCIOUSNESS``, ``SEIZURE``, ``OEDEMA``; empty where not known.
    motor_weakness : bool or None
        Deep focal motor weakness.
    death : bool or None
        Death due to ICANS.

    Returns
    -------
    Graded or NotGraded
        Grade 0 to 5.

    Raises
    ------
    MethodError
        NK-COR-05 the age is outside its range; NK-TOX-04 a score is neither a whole number in its range nor
        ``unable``; a word has no known part.
    """
    score = _score(age_years, ice, capd)
    domains = [
        score,
        _by_word(CONSCIOUSNESS, consciousness, "consciousness"),
        _by_word(SEIZURE, seizure, "seizure"),
        _sign("motor weakness", 4, present=motor_weakness),
        _by_word(OEDEMA, oedema, "cerebral oedema"),
        _sign("death due to ICANS", 5, present=death),
    ]
    found = worst_of(domains)
    if found == Graded(0, ""):
        return Graded(0, "no domain affected", unverified=CAPD_0 if score == NO_DELIRIUM else "")
    return found


def _score(age_years: float | None, ice: str, capd: str) -> Domain:
    ice_score, capd_score = _whole(ice, "ice_score", 10), _whole(capd, "capd_score", 32)
    if age_years is None:
        return Domain(0, 4, "", "the age is not given: ICE or CAPD")
    in_range("age_years", age_years, 0.0, OLDEST_YEARS)
    if at_least(age_years, ICE_FROM_YEARS):
        if ice_score is None:
            return Domain(0, 3, "", "the ICE score is not given (from 12 years)")
        grade = 3 if ice_score == math.inf else _graded(ice_score, ICE)
        return Domain(grade, grade, f"ICE {ice.strip()}" if grade else "")
    if capd_score is None:
        return Domain(0, 4, "", "the CAPD score is not given (below 12 years)")
    grade = 4 if capd_score == math.inf else _graded(capd_score, CAPD)
    return Domain(grade, grade, f"CAPD {capd.strip()}") if grade else NO_DELIRIUM


def _graded(score: float, limits: tuple[tuple[int, int], ...]) -> int:
    return next(grade for up_to, grade in limits if score <= up_to)


def _whole(cell: str, name: str, highest: int) -> float | None:
    """Return a score, infinity where the patient was unable, None where it is not given."""
    text = cell.strip()
    if not text:
        return None
    if text.casefold() == UNABLE:
        return math.inf
    if text.isascii() and text.isdigit() and int(text[:6]) <= highest and len(text) <= 6:
        return float(text)
    raise MethodError(
        "NK-TOX-04",
        f"{name} is {text[:30]!r}, expected a whole number 0 to {highest} or {UNABLE}.",
        remedy="Correct it.",
    )


def _by_word(parts: Parts, found: str, name: str) -> Domain:
    word_found = found.strip().casefold().replace(" ", "_").replace("-", "_")
    if not word_found:
        return Domain(0, 4, "", f"{name} is not given")
    told = frozenset(word_found.split("_"))
    grade = next((grade for some, grade in parts if some & told), None)
    if grade is None or told & DENIED:
        known = ", ".join(part for some, _ in parts for part in sorted(some))
        raise MethodError(
            "NK-TOX-04", f"{name} is {found[:60]!r}, which has no known part.", remedy=f"Known parts: {known}."
        )
    return Domain(grade, grade, f"{name}: {word_found.replace('_', ' ')}" if grade else "")


def _sign(name: str, grade: int, *, present: bool | None) -> Domain:
    if present is None:
        return Domain(0, grade, name, f"{name} is not given")
    return Domain(grade, grade, name) if present else Domain(0, 0, "")


def _assess(cells: Cells) -> Outcome:
    found = icans_grade(
        age_years=number(cells, "age_years"),
        ice=word(cells, "ice_score"),
        capd=word(cells, "capd_score"),
        consciousness=word(cells, "consciousness"),
        seizure=word(cells, "seizure"),
        motor_weakness=flag(cells, "motor_weakness"),
        oedema=word(cells, "cerebral_edema"),
        death=flag(cells, "death_due_to_icans"),
    )
    return as_outcome(found, "grade", VERSION)


RULE: Final = Rule(
    name="astct_icans",
    title="ASTCT 2019: immune effector cell-associated neurotoxicity (ICANS)",
    method=METHOD,
    columns=(
        Column("age_years", "number", "age [years]; ICE from 12, CAPD below", low=0.0, high=OLDEST_YEARS),
        Column("ice_score", "text", "ICE score 0 to 10, or unable"),
        Column("capd_score", "text", "CAPD score 0 to 32, or unable"),
        Column(
            "consciousness", "text", "awake, awakens_spontaneously, _to_voice, _to_tactile, _to_vigorous, unarousable"
        ),
        Column("seizure", "text", "none, brief_resolving, nonconvulsive_resolving, prolonged_..., repetitive_..."),
        Column("motor_weakness", "yes_no", "deep focal motor weakness"),
        Column("cerebral_edema", "text", "none, focal, diffuse, posturing, vi_palsy, papilledema, cushing_triad"),
        Column("death_due_to_icans", "yes_no", "death due to ICANS"),
    ),
    results=(
        Column("grade", "choice", "grade", choices=("0", "1", "2", "3", "4", "5", "NE")),
        Column("criteria_version", "text", "version of the criteria"),
    ),
    assess=_assess,
    unverified=(CAPD_0,),
)
