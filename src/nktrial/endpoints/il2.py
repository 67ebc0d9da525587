"""Systemic IL-2: whether the medication table says that a patient had it in the protocol's days.

Definition
    A drug is IL-2 where its name says so: aldesleukin and its brands, other recombinant or pegylated IL-2, ``IL-2`` and
    ``interleukin 2`` in their spellings. Not IL-2: other interleukins, antibodies against the IL-2 receptor
    (basiliximab, daclizumab, anti-CD25), IL-2 fused to a toxin (denileukin diftitox). Names that leave it open (a
    product that was made with IL-2, a placebo, a variant) are not evaluable.

    Systemic is by injection (intravenous, subcutaneous, intramuscular); not systemic is what stays where it is given
    (intralesional, inhaled, intrapleural, intravesical, topical). The route decides; the column ``systemic`` decides
    where the route does not. Where the route stays local and the column says yes, it is not evaluable.

    A row counts where its days overlap the window. A row without days, or open towards the window, is not evaluable.
    One row that counts makes the answer ``given``, whatever others leave open.

Not decided here
    Whether the table is complete: no row is only as good as the table.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from nktrial.model.clinic import Medication
from nktrial.model.method import Method
from nktrial.model.plan import Il2Rule

__all__ = ["METHOD", "Il2Answer", "Named", "derive_il2", "names_il2"]

METHOD: Final = Method(
    name="endpoints.systemic_il2",
    version=1,
    source="Bjorklund et al. 2018, Clin Cancer Res 24:1834 (setting without systemic IL-2); names: nktrial",
)

Named: TypeAlias = Literal["il2", "other", "unclear"]
Given: TypeAlias = Literal["given", "not_given", "unclear"]

PARTS: Final = re.compile(r"\+|/|,|;|&|\band\b|\bwith\b|\bplus\b")
IL2: Final = re.compile(
    r"\b(?:aldesleukin\w*|desaldesleukin|pegaldesleukin|bempegaldesleukin|prole?uk[ie]ne?|proleukn|interking|teceleukin|celmoleukin|"
    r"(?:r|rh|rhu|hr|hu|h|peg)?il ?(?:2|ii)|(?:interleu[kc]h?in[ae]?|interleukine) ?(?:2|ii))\b"
)
LOOKALIKE: Final = re.compile(
    r"receptor|\banti\b|antibod|antagonist|inhibitor|diphtheria|diftitox|toxin|\bil ?2 ?r[a-z]?\b|\bil ?2dt\b|"
    r"\bcd ?25\b|basiliximab|daclizumab|inolimomab"
)
MADE_WITH: Final = re.compile(
    r"\bil ?2 (?:activated|stimulated|expanded|primed|cultured|induced|preactivated)\b|"
    r"(?:activated|stimulated|expanded|primed|cultured|ex vivo|in vitro|medium|placebo|\bnk cells\b|\blak\b|\bcik\b)"
)
OPEN_NAME: Final = re.compile(r"\binterleu[kc]h?in[ae]?\b(?! ?\d| ?[ivx]+\b)|\bil ?2[a-z]|(?<!inter)leukin\b")
VARIANT: Final = re.compile(r"mutein|variant|fusion|conjugate")
SYSTEMIC: Final = re.compile(
    r"^(?:iv|i v|civ|sc|s c|sq|s q|subq|sub q|subcut\w*|subcutaneous\w*|im|i m|intravenous\w*|intramuscular\w*|"
    r"parenteral|infusion|continuous infusion|continuous iv\w*|iv (?:infusion|bolus|push|continuous)|systemic)$"
)
LOCAL: Final = re.compile(
    r"intralesion|intratumou?r|inhal|nebuli|aerosol|intrapleur|intraperitone|intravesic|intrathec|intranasal|topical|"
    r"perilymph|peritumou?r|ophthalm|locoregional|\blocal\b|intraventric"
)


@dataclass(frozen=True, slots=True)
class Il2Answer:
    """Whether systemic IL-2 was given: the rows that count in words, and what is left open or contradicts itself."""

    status: Literal["none_given", "given", "table_absent", "not_evaluable"]
    reason: str
    given: tuple[str, ...]


def derive_il2(rows: Sequence[Medication] | None, rule: Il2Rule) -> Il2Answer:
    """Return whether a patient had systemic IL-2 in the window.

    Parameters
    ----------
    rows : sequence of Medication or None
        The patient's rows, in any order; None where the study has no medication table.
    rule : Il2Rule
        First and last day that count.

    Returns
    -------
    Il2Answer
        ``none_given`` only where every row says so.
    """
    first, last = rule.window
    days = f"day {first} to {last}"
    if rows is None:
        return Il2Answer("table_absent", "The study has no medications.csv, so nothing is known of IL-2.", ())
    given: list[str] = []
    left_open: list[str] = []
    said: list[str] = []
    for row in sorted(rows, key=lambda item: item.row.line):
        answer, why = _judged(row, rule)
        words = in_words(row)
        if answer == "given":
            given.append(words)
            said += [f"{words}: {why}"] if why else []
        elif answer == "unclear":
            left_open.append(f"{words}: {why}")
        elif why:
            said.append(f"{words}: {why}")
    remarks = " ".join(f"{text}." for text in (*left_open, *said))
    if given:
        return Il2Answer("given", remarks, tuple(given))
    if left_open:
        return Il2Answer("not_evaluable", remarks, ())
    told = f"None of {len(rows)} rows of medications.csv is systemic IL-2 on {days}."
    return Il2Answer("none_given", f"{told} {remarks}".strip(), ())


def names_il2(name: str) -> Named:
    """Tell whether a drug's name says IL-2; a name of several drugs is IL-2 where one of them is."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    kinds = [_named(part) for part in PARTS.split(plain)]
    if "il2" in kinds:
        return "unclear" if MADE_WITH.search(_spaced(plain)) else "il2"
    return "unclear" if "unclear" in kinds else "other"


def in_words(row: Medication) -> str:
    """Return a row in words: drug, route, days, line."""
    span = ("?" if row.day_start is None else str(row.day_start), "?" if row.day_stop is None else str(row.day_stop))
    days = "no day" if span == ("?", "?") else f"day {span[0]} to {span[1]}"
    return f"{row.name} ({row.route or 'no route'}, {days}, {row.row.table} line {row.row.line})"


def _spaced(text: str) -> str:
    return " ".join(re.sub(r"[^a-z0-9]+", " ", text).split())


def _named(part: str) -> Named:
    text = _spaced(part)
    if LOOKALIKE.search(text):
        return "other"
    if IL2.search(text):
        return "unclear" if VARIANT.search(text) else "il2"
    return "unclear" if OPEN_NAME.search(text) else "other"


def _judged(row: Medication, rule: Il2Rule) -> tuple[Given, str]:
    """Return whether a row is systemic IL-2 in the window, and what must be said of it."""
    named = names_il2(row.name)
    if named == "other":
        return "not_given", ""
    when = _in_window(row, rule)
    if when == "not_given":
        return "not_given", ""
    if named == "unclear":
        return "unclear", "the name leaves open whether it is IL-2 given to the patient"
    systemic, why = _systemic(row)
    if systemic != "given":
        return systemic, why
    if when == "unclear":
        return "unclear", "its days leave open whether it was given in the window"
    return "given", why


def _in_window(row: Medication, rule: Il2Rule) -> Given:
    """Tell whether a row's days overlap the window; a day that is not given may be any."""
    first, last = rule.window
    start, stop = row.day_start, row.day_stop
    if (start is not None and start > last) or (stop is not None and stop < first):
        return "not_given"
    if any(day is not None and first <= day <= last for day in (start, stop)):
        return "given"
    return "given" if start is not None and stop is not None else "unclear"


def _systemic(row: Medication) -> tuple[Given, str]:
    """Tell whether a row is systemic by its route, else by its column."""
    route, column = _spaced(unicodedata.normalize("NFKC", row.route).casefold()), row.systemic.strip().casefold()
    if LOCAL.search(route):
        if column == "yes":
            return "unclear", "the route is local, and the column systemic says yes"
        return "not_given", "IL-2 that is not systemic by its route"
    if SYSTEMIC.match(route):
        told = "the column systemic says no, which contradicts the route; it counts as systemic"
        return "given", told if column == "no" else ""
    if column == "yes":
        return "given", ""
    if column == "no":
        return "not_given", "IL-2 that the column systemic calls not systemic; its route does not say"
    return "unclear", "neither route nor column says whether it was systemic"
