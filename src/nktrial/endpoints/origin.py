"""Whose NK cells the endpoint can count, from the donors' roles.

Definition
    ``nk_donor``: a third person gave the NK cells, and the donor share is that person's alone.
    ``nk_or_hsct_donor``: the NK donor is the HSCT donor; NK cells grown from the graft have the same genome and are
    counted too. One donor may stand in several rows; roles are joined by donor id.

Not decided here
    Whether the genotypes can tell the persons apart (chimerism).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from nktrial.core.errors import MethodError
from nktrial.endpoints.factors import Missing
from nktrial.model.clinic import Donor, Infusion
from nktrial.model.origin import Finding
from nktrial.model.results import Origin

__all__ = ["NkOrigin", "derive_origin"]


@dataclass(frozen=True, slots=True)
class NkOrigin:
    """Origin of the NK cells of one patient.

    Parameters
    ----------
    origin : {"nk_donor", "nk_or_hsct_donor"}
        What can be told apart.
    nk_donors, hsct_donors : tuple of str
        Donor ids, sorted.
    findings : tuple of Finding
        Cautions.
    """

    origin: Origin
    nk_donors: tuple[str, ...]
    hsct_donors: tuple[str, ...]
    findings: tuple[Finding, ...] = ()


def derive_origin(donors: Sequence[Donor], infusions: Sequence[Infusion] = ()) -> NkOrigin | Missing:
    """Return whose NK cells the endpoint counts.

    Parameters
    ----------
    donors : sequence of Donor
        Of one patient.
    infusions : sequence of Infusion
        NK-cell infusions of the same patient.

    Returns
    -------
    NkOrigin | Missing
        ``Missing``: NK-EXP-15 no donor has the role ``nk``; NK-EXP-16 an infusion came from a donor without it.

    Raises
    ------
    MethodError
        NK-EXP-04 rows of several patients.
    """
    subjects = sorted({row.subject_id for row in donors} | {row.subject_id for row in infusions})
    if len(subjects) > 1:
        raise MethodError("NK-EXP-04", f"donors of {len(subjects)} patients were given as one: {', '.join(subjects)}.")
    roles: dict[str, frozenset[str]] = {}
    for donor in donors:
        roles[donor.donor_id] = roles.get(donor.donor_id, frozenset()) | donor.roles
    nk = tuple(sorted(donor for donor, held in roles.items() if "nk" in held))
    hsct = tuple(sorted(donor for donor, held in roles.items() if "hsct" in held))
    if not nk:
        return Missing("no donor has the role nk, so nobody's cells can be counted as donor NK cells.", "NK-EXP-15")
    strangers = sorted({row.donor_id for row in infusions} - set(nk))
    if strangers:
        reason = f"NK cells were infused from {', '.join(strangers)}, who has no role nk (NK donors: {', '.join(nk)})."
        return Missing(reason, "NK-EXP-16")
    shared = set(nk) & set(hsct)
    origin: Origin = "nk_or_hsct_donor" if shared else "nk_donor"
    return NkOrigin(origin, nk, hsct, _cautions(subjects[0], nk, hsct))


def _cautions(subject: str, nk: tuple[str, ...], hsct: tuple[str, ...]) -> tuple[Finding, ...]:
    """Say what the roles leave open (NK-EXP-21, -33, -34)."""
    notes: list[Finding] = []
    if set(nk) & set(hsct):
        message = (
            "The NK donor is the HSCT donor: infused NK cells cannot be told from NK cells grown from the graft, and "
            "both are counted. Read the value beside the one before the infusion."
        )
        notes.append(Finding("NK-EXP-21", "warning", subject, message, {"donors": list(nk)}))
    if len(nk) > 1:
        message = f"{len(nk)} donors gave NK cells ({', '.join(nk)}); their DNA is told apart, and their sum is not."
        notes.append(Finding("NK-EXP-33", "warning", subject, message, {"donors": list(nk)}))
    if not hsct:
        message = "No HSCT donor is listed; a genome that is not among the references cannot be accounted for."
        notes.append(Finding("NK-EXP-34", "warning", subject, message))
    return tuple(notes)
