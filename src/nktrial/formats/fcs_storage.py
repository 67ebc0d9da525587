"""Whether integers of widths that are no whole bytes are packed into bits or stand in whole words.

Definition
    The standard packs them (FCS 3.0, section 3.2.20, $PnB). Instruments declare such widths and write words all the
    same: Beckman Coulter's CXP writes 16 bits a value and declares 10. The length of DATA tells: ``$TOT`` times the
    bits of an event, filled up to a byte, or ``$TOT`` times the bytes of its words. An exact length goes before one
    that is off by a byte. Where both fit, the reading whose values keep to ``$PnR`` and to the declared bits is
    taken, if the other's do not; what stays open is refused (NK-FCS-18).

Not decided here
    Where DATA lies (`nktrial.formats.fcs_locate`), and in which order bits fill a byte (`nktrial.formats.fcs_bits`).
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from nktrial.formats.fcs_claims import Claim, clearly_better
from nktrial.formats.fcs_layout import Layout
from nktrial.formats.fcs_log import FcsLog

Claims: TypeAlias = Callable[[Layout], Sequence[Claim]]
Share: TypeAlias = Callable[[Claim, Layout], float]

__all__ = ["decide_storage"]

LEAST_ROW_BITS: Final = 8  # below, the bits that fill up the last byte could be an event


def decide_storage(layout: Layout, claims_of: Claims, share_of: Share, log: FcsLog) -> Layout:
    """Return the layout with its storage decided.

    Parameters
    ----------
    layout : Layout
        As TEXT states it.
    claims_of : callable
        The file's statements about DATA, held against a layout.
    share_of : callable
        Share of implausible values at a claim under a layout.
    log : FcsLog
        Takes the findings.

    Raises
    ------
    SourceError
        NK-FCS-18 neither reading fits, or both do and the values do not tell.
    """
    if not layout.has_odd_widths:
        return layout
    readings = _readings(layout)
    fitting = [(one, claim) for one in readings for claim in claims_of(one) if not claim.against]
    exact = [(one, claim) for one, claim in fitting if not claim.slack] or fitting
    kinds = {one.storage: (one, claim) for one, claim in reversed(exact)}
    if len(kinds) == 2:
        return _by_values(kinds["words"], kinds["bits"], share_of, log)
    if kinds:
        ((chosen, _),) = kinds.values()
        return _noted(chosen, log)
    log.refuse(
        "NK-FCS-18",
        "values of widths that are no whole bytes are packed into bits, or may be, and the length of DATA fits "
        "neither packed values nor whole words.",
        place="TEXT ($PnB)",
        remedy="Export the file again with 16 or 32 bits a value.",
    )
    return readings[-1]


def _readings(layout: Layout) -> list[Layout]:
    """Return the readings that are possible, words first."""
    packed = replace(layout, storage="bits")
    possible = layout.can_be_packed and (layout.total is not None or packed.row_bits >= LEAST_ROW_BITS)
    return [layout, packed] if possible else [layout]


def _by_values(words: tuple[Layout, Claim], bits: tuple[Layout, Claim], share_of: Share, log: FcsLog) -> Layout:
    """Decide where both lengths fit."""
    if not words[1].events and not bits[1].events:
        return words[0]
    in_words, in_bits = share_of(words[1], words[0]), share_of(bits[1], bits[0])
    if clearly_better(in_words, in_bits):
        return _noted(words[0], log)
    if not clearly_better(in_bits, in_words):
        log.refuse(
            "NK-FCS-18",
            "values of widths that are no whole bytes are packed into bits, or may be: the length of DATA fits "
            "packed values and whole words, and the values do not tell which they are.",
            place="TEXT ($PnB)",
            remedy="Export the file again with 16 or 32 bits a value; to read it packed, tolerate NK-FCS-18.",
        )
    return _noted(bits[0], log)


def _noted(layout: Layout, log: FcsLog) -> Layout:
    """Record what was decided."""
    if layout.storage == "words":
        log.note(
            "NK-FCS-59",
            "bit widths that are no whole bytes are declared, but the length of DATA shows that values stand in "
            "whole words; read so.",
            severity="warning",
        )
    else:
        log.note(
            "NK-FCS-80",
            "values are packed into bits across the borders of bytes; the order of bits within a byte, which the "
            f"standard leaves open, was taken from $BYTEORD: {'least' if layout.order.mark == '<' else 'most'} "
            "significant first.",
            severity="warning",
        )
    return layout
