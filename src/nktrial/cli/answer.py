"""How a terminal tells a patient's answer: one wording for every command.

A text that stems from a study's files is shown without control characters.
"""

from typing import TYPE_CHECKING

from nktrial.figures.wording import MINUS, THIN_SPACE, per_ul_text, probability_text

if TYPE_CHECKING:
    from nktrial.model.results import ExpansionResult, StudyResults

__all__ = ["answer_words", "caution_lines", "plain", "probability_words"]


def answer_words(expansion: "ExpansionResult", results: "StudyResults") -> str:
    """Return a patient's endpoint: value, interval, probability of success, decision; or why there is none.

    Parameters
    ----------
    expansion : ExpansionResult
        The endpoint.
    results : StudyResults
        Of the study, for the line of success.
    """
    if expansion.value_per_ul is None or expansion.ci95 is None or expansion.p_success is None:
        counted = "; counted as no success, as the protocol says" if expansion.success is False else ""
        return plain(f"not evaluable: {expansion.reason}{counted}")
    value, low, high = (
        _terminal(per_ul_text(number, line=results.threshold_per_ul))
        for number in (expansion.value_per_ul, *expansion.ci95)
    )
    verdict = "success" if expansion.success else "no success"
    marked = ", borderline" if expansion.borderline else ""
    return (
        f"{value} donor NK/uL on day {expansion.day} (95 % interval {low} to {high}), "
        f"P({results.comparison}{results.threshold_per_ul:g}) {probability_words(expansion.p_success)}: "
        f"{verdict}{marked}"
    )


def caution_lines(expansion: "ExpansionResult") -> list[str]:
    """Return one line a caution of a patient's endpoint, none twice; remarks (info) are left to the report."""
    lines = [f"{item.code}: {item.message}" for item in expansion.cautions if item.severity != "info"]
    return [plain(f"    caution {line}") for line in dict.fromkeys(lines)]


def probability_words(probability: float) -> str:
    """Return ``= 0.25``, or ``> 0.99`` where it would be rounded to certainty."""
    text = _terminal(probability_text(probability))
    return text if text.startswith(("<", ">")) else f"= {text}"


def plain(text: str) -> str:
    """Return a text on one line that moves no cursor and changes no colour."""
    return "".join(char if char.isprintable() else "?" for char in text)


def _terminal(text: str) -> str:
    return text.replace(THIN_SPACE, " ").replace(MINUS, "-")
