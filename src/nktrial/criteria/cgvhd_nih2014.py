"""NIH global severity of chronic graft-versus-host disease.

Definition
    Eight sites, each scored 0 to 3. Mild: one or two sites with score 1 and lung 0. Moderate: three or more sites with
    score 1, or a score of 2 in a site other than the lung, or lung 1. Severe: a score of 3 in any site, or lung 2 or 3.
    None: all 0.

Not decided here
    The sites' scores; whether chronic GVHD is present; performance status, which does not count. A site whose
    abnormality has wholly another cause is scored 0.
"""

from collections.abc import Mapping
from typing import Final, TypeAlias

from nktrial.core.errors import MethodError
from nktrial.criteria.cells import number
from nktrial.criteria.grade import Grade, Graded, NotGraded, as_outcome
from nktrial.model.method import Method
from nktrial.model.rule import Cells, Column, Outcome, Rule

__all__ = ["METHOD", "RULE", "SITES", "SiteScores", "global_severity"]

SiteScores: TypeAlias = Mapping[str, int | None]

METHOD: Final = Method(
    name="criteria.cgvhd_nih2014",
    version=1,
    source="Jagasia 2015, Biol Blood Marrow Transplant 21:389 (NIH 2014)",
)
VERSION: Final = "NIH 2014"
SITES: Final = ("skin", "mouth", "eyes", "gi", "liver", "lungs", "joints_fascia", "genital")
SEVERITY: Final = ("none", "mild", "moderate", "severe")
UNVERIFIED: Final = (
    "global severity: as in secondary sources (for NIH 2005 Arai 2010, Blood 116:220), not read in the NIH 2014 text"
)


def global_severity(scores: SiteScores) -> Grade:
    """Return the global severity by the sites' scores.

    Parameters
    ----------
    scores : mapping
        Site of ``SITES`` -> score 0 to 3; None or absent where the site was not assessed.

    Returns
    -------
    Graded or NotGraded
        ``none``, ``mild``, ``moderate`` or ``severe``; not graded where a site not assessed could change it.

    Raises
    ------
    MethodError
        NK-TOX-05 a score outside 0 to 3; NK-TOX-04 a site that is none of the eight.
    """
    for site, score in scores.items():
        if site not in SITES:
            raise MethodError("NK-TOX-04", f"{site[:40]!r} is no site.", remedy=f"Known: {', '.join(SITES)}.")
        if score is not None and not 0 <= score <= 3:
            raise MethodError("NK-TOX-05", f"{site} has score {score}, expected 0 to 3.", remedy="Correct the score.")
    missing = [site for site in SITES if scores.get(site) is None]
    lowest = _severity({site: scores.get(site) or 0 for site in SITES})
    highest = 3 if missing else lowest
    if lowest != highest:
        at_least = f" (at least {SEVERITY[lowest]})" if lowest else ""
        return NotGraded(f"not scored: {', '.join(missing)}{at_least}")
    given = {site: score for site, score in scores.items() if score}
    clause = ", ".join(f"{site} {given[site]}" for site in SITES if site in given)
    return Graded(SEVERITY[lowest], clause or "no site involved", unverified=UNVERIFIED)


def _severity(scores: Mapping[str, int]) -> int:
    worst, lungs = max(scores.values()), scores["lungs"]
    if worst == 0:
        return 0
    if worst == 3 or lungs >= 2:
        return 3
    involved = sum(score > 0 for score in scores.values())
    return 2 if involved >= 3 or worst == 2 or lungs == 1 else 1


def _assess(cells: Cells) -> Outcome:
    scores = {site: None if (score := number(cells, site)) is None else int(score) for site in SITES}
    return as_outcome(global_severity(scores), "severity", VERSION)


RULE: Final = Rule(
    name="cgvhd_nih2014",
    title="NIH 2014: global severity of chronic GVHD",
    method=METHOD,
    columns=tuple(
        Column(site, "whole", f"score of {site.replace('_', ' and ')}, 0 to 3", low=0.0, high=3.0) for site in SITES
    ),
    results=(
        Column("severity", "choice", "global severity", choices=(*SEVERITY, "NE")),
        Column("criteria_version", "text", "version of the criteria"),
    ),
    assess=_assess,
    unverified=(UNVERIFIED,),
)
