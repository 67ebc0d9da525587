"""The named sets of response criteria, the diagnoses that each is for, and the refusal of a set that does not exist.

Definition
    A set is found by its name, in any spelling of case, spaces and hyphens, for a diagnosis that it was published for.
    IWG 2006 is a set for MDS: under that name there is none for ALL or AML.

Not decided here
    What a set's rules say.
"""

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from nktrial.core.errors import MethodError

__all__ = ["SETS", "CriteriaSet", "criteria_set", "refuse_iwg_2006"]


@dataclass(frozen=True, slots=True)
class CriteriaSet:
    """A published set of response criteria.

    Parameters
    ----------
    name : str
        As study.toml names it.
    title : str
        Its publication.
    diagnoses : tuple of str
        ALL, AML, MDS: those that it was published for.
    response, relapse : str
        Rules (``criteria.RULES``) of the response and of relapse; empty where the set has none here.
    """

    name: str
    title: str
    diagnoses: tuple[str, ...]
    response: str
    relapse: str = ""


SETS: Final = MappingProxyType(
    {
        one.name: one
        for one in (
            CriteriaSet("all_cibmtr", "CIBMTR, ALL response criteria", ("ALL",), "all_cibmtr_response"),
            CriteriaSet("all_nccn", "NCCN guideline ALL", ("ALL",), "all_response_nccn"),
            CriteriaSet("all_pdl", "Ponte-di-Legno 2022, relapse of ALL", ("ALL",), "", "all_pdl_relapse"),
            CriteriaSet("aml_eln2022", "ELN 2022", ("AML",), "aml_eln2022_response", "aml_eln2022_relapse"),
            CriteriaSet("aml_iwg2003", "IWG 2003", ("AML",), "aml_iwg2003_response", "aml_iwg2003_relapse_failure"),
            CriteriaSet("cytological", "cytological remission", ("ALL", "AML", "MDS", "MPAL"), "cytological_remission"),
            CriteriaSet("mds_iwg2006", "IWG 2006", ("MDS",), "mds_iwg2006_response"),
        )
    }
)
DISEASES: Final = ("ALL", "AML", "MDS", "MPAL")


def criteria_set(label: str, diagnosis: str) -> CriteriaSet:
    """Return the set of response criteria that a label names for a diagnosis.

    Parameters
    ----------
    label : str
        A set's name, ``aml_eln2022``, or without its disease, ``IWG 2003``.
    diagnosis : str
        ALL, AML, MDS, ...

    Raises
    ------
    MethodError
        NK-CRI-01 IWG 2006 for another disease than MDS; NK-CRI-04 no such set, or not for the diagnosis.
    """
    disease = diagnosis.strip().upper()
    refuse_iwg_2006(label, disease)
    words = _words(label)
    named = "".join(word for word in words if word.upper() not in DISEASES)
    mentioned = {word.upper() for word in words if word.upper() in DISEASES}
    for one in SETS.values():
        short = "".join(word for word in _words(one.name) if word.upper() not in DISEASES)
        if named == short and disease in one.diagnoses and mentioned <= set(one.diagnoses):
            return one
    raise MethodError(
        "NK-CRI-04",
        f"there is no set of response criteria {label[:60]!r} for {disease[:20] or 'an unnamed diagnosis'}.",
        remedy=f"Name one that exists: {_listed(disease)}.",
    )


def refuse_iwg_2006(label: str, diagnosis: str = "") -> None:
    """Refuse IWG 2006 for another disease than MDS, in any spelling.

    Parameters
    ----------
    label : str
        As a user writes it.
    diagnosis : str
        Empty where only the label may name it.

    Raises
    ------
    MethodError
        NK-CRI-01.
    """
    words = _words(label)
    joined = "".join(words)
    if not (re.search(r"iwg|internationalworkinggroup", joined) and re.search(r"2006|(?<!\d)06(?!\d)", joined)):
        return
    apart = re.sub(r"internationalworkinggroup|iwg|2006|06", " ", joined).split()  # alliwg2006 names ALL too
    named = [word.upper() for word in (*words, *apart) if word.upper() in DISEASES]
    diseases = {*named, *([diagnosis.strip().upper()] if diagnosis.strip() else [])}
    others = sorted(diseases - {"MDS"})
    if not others:
        return
    disease = others[0]
    raise MethodError(
        "NK-CRI-01",
        f"there is no IWG 2006 set of criteria for {disease[:20]}: IWG 2006 (Cheson 2006, Blood 108:419) is for MDS.",
        remedy=f"Name one that exists: {_listed(disease)}; for MDS: mds_iwg2006.",
    )


def _words(label: str) -> tuple[str, ...]:
    """Return a label's words and numbers in lower case: ``IWG-2006ALL`` is iwg, 2006, all."""
    return tuple(re.findall(r"[a-z]+|\d+", label[:200].casefold()))


def _listed(disease: str) -> str:
    """Name the sets for a disease; all, with their diseases, where there is none for it."""
    own = [one.name for one in SETS.values() if disease in one.diagnoses]
    if own:
        return ", ".join(own)
    return ", ".join(f"{one.name} ({', '.join(one.diagnoses)})" for one in SETS.values())
