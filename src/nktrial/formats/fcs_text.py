"""TEXT of an FCS data set: keyword and value pairs.

Definition
    The first byte is the delimiter; keywords and values alternate between delimiters; a doubled delimiter stands
    for the character itself and a value may not be empty (FCS 3.1, section 3.2). Many instruments write empty
    values all the same, which look like a doubled delimiter. The standard's reading is taken unless it puts a
    delimiter into a keyword or leaves a keyword without value; then empty values are allowed, and a finding says so.

Not decided here
    What the keywords mean (`nktrial.formats.fcs_keywords`).
"""

import re
from typing import Final

from nktrial.core.errors import SourceError
from nktrial.formats.fcs_log import FcsLog
from nktrial.formats.window import printable

__all__ = ["MAX_KEYWORDS", "merge_text", "split_text"]

MAX_KEYWORDS: Final = 10_000
MAX_LEADING_BLANKS: Final = 8
PADDING: Final = b" \t\r\n\0"
DECIDES_READING: Final = re.compile(
    r"\$(?:BEGINDATA|ENDDATA|BEGINSTEXT|ENDSTEXT|NEXTDATA|TOT|PAR|MODE|DATATYPE|BYTEORD|SPILL|SPILLOVER|COMP"
    r"|P[0-9]+(?:[BEGNRS]|DATATYPE))|SPILL|SPILLOVER"
)
KEYWORD_AS_VALUE: Final = re.compile(r"\$(?:BEGINDATA|ENDDATA|TOT|PAR|MODE|DATATYPE|BYTEORD|P[0-9]+[A-Z]+)")


def split_text(segment: bytes, log: FcsLog, place: str) -> list[tuple[str, str]]:
    """Split a TEXT segment into its keywords (upper-cased) and values (without surrounding blanks).

    Raises
    ------
    SourceError
        NK-FCS-06 unusable delimiter; NK-FCS-07 too many keywords; NK-FCS-08 keywords and values do not alternate.
    """
    delimiter = segment[:1]
    if not delimiter or not 0 < delimiter[0] < 127:
        raise log.refusal(
            "NK-FCS-06",
            f"expected an ASCII character as delimiter of TEXT, found byte {delimiter.hex() or 'nothing'}.",
            place=place,
            remedy="The offsets of TEXT are wrong or the file is damaged; export it again.",
        )
    if segment.count(delimiter) > 4 * MAX_KEYWORDS:
        raise _too_many(segment.count(delimiter) // 2, log, place)
    body, ends_empty = _without_end(segment[1:], delimiter, log, place)
    parts = body.split(delimiter)
    tokens = _unescaped(parts, delimiter)
    if _flawed(tokens) or any(delimiter in key for key in tokens[::2]):
        if len(parts) % 2 and ends_empty:
            parts.append(b"")
        if _flawed(parts) or b"" not in parts:
            raise _not_alternating(log, place)
        tokens = parts
        log.note("NK-FCS-55", f"{place} holds {parts[1::2].count(b'')} keywords without a value; read as empty.")
    if len(tokens) > 2 * MAX_KEYWORDS:
        raise _too_many(len(tokens) // 2, log, place)
    decoded = _decoded(tokens, log, place)
    _require_no_padding(decoded[::2], log, place)
    pairs = [(key.strip().upper(), value.strip()) for key, value in zip(decoded[::2], decoded[1::2], strict=True)]
    if any(KEYWORD_AS_VALUE.fullmatch(value.upper()) for _, value in pairs):
        raise _not_alternating(log, place)
    return pairs


def merge_text(pairs: list[tuple[str, str]], log: FcsLog) -> dict[str, str]:
    """Make a mapping of pairs; the first of equal keywords stays.

    Raises
    ------
    SourceError
        NK-FCS-09 a keyword that decides how the data are read stands twice with different values.
    """
    keywords: dict[str, str] = {}
    repeated: set[str] = set()
    for key, value in pairs:
        known = keywords.setdefault(key, value)
        if known == value:
            continue
        if DECIDES_READING.fullmatch(key):
            log.refuse(
                "NK-FCS-09",
                f"{key} stands twice, as {log.shown(known)} and as {log.shown(value)}.",
                place=f"TEXT ({key})",
                remedy="Export the file again; which of the two is true cannot be told.",
            )
        repeated.add(key)
    doubles = len(pairs) - len(keywords)
    if doubles:
        log.note(
            "NK-FCS-54",
            f"{doubles} keywords stand more than once in TEXT, {len(repeated)} of them with different values; "
            "the first was read.",
            severity="warning" if repeated else "info",
        )
    return keywords


def _without_end(body: bytes, delimiter: bytes, log: FcsLog, place: str) -> tuple[bytes, bool]:
    """Cut the last delimiter and what stands behind it; tell whether it was doubled, as behind an empty value."""
    last = body.rfind(delimiter)
    tail = body[last + 1 :]
    if len(tail) > 1 and tail.strip(PADDING):
        log.note("NK-FCS-67", f"{place} does not end with its delimiter.")
        return body, False
    # A single byte behind the delimiter is the first of the next segment: an end offset that is one too large.
    body = body[: max(last, 0)]
    return body.rstrip(delimiter), body.endswith(delimiter)


def _unescaped(parts: list[bytes], delimiter: bytes) -> list[bytes]:
    """Join the parts around doubled delimiters."""
    groups: list[list[bytes]] = [parts[:1]]
    index = 1
    while index < len(parts):
        if parts[index] == b"" and index + 1 < len(parts):
            groups[-1].append(parts[index + 1])
            index += 2
        else:
            groups.append([parts[index]])
            index += 1
    return [delimiter.join(group) for group in groups]


def _flawed(tokens: list[bytes]) -> bool:
    """Tell whether keywords and values fail to alternate, or a keyword is empty."""
    return len(tokens) % 2 == 1 or not all(key.strip(PADDING) for key in tokens[::2])


def _require_no_padding(keys: list[str], log: FcsLog, place: str) -> None:
    """Refuse keywords far behind their delimiter: a few blanks are a vendor's habit, many mean a patched TEXT."""
    key = max(keys, key=lambda one: len(one) - len(one.lstrip()), default="")
    blanks = len(key) - len(key.lstrip())
    if blanks > MAX_LEADING_BLANKS:
        name = key.strip()
        log.refuse(
            "NK-FCS-33",
            f"the keyword {log.shown(name)} stands behind {blanks} blanks, so by the standard the file has no such "
            "keyword.",
            place=f"{place} ({printable(name, 40)})",
            remedy="Export the file again; to read the keyword without its blanks, tolerate NK-FCS-33.",
        )
    elif blanks:
        log.note("NK-FCS-78", f"{sum(one != one.lstrip() for one in keys)} keywords have leading blanks; dropped.")


def _decoded(tokens: list[bytes], log: FcsLog, place: str) -> list[str]:
    """Decode as UTF-8, all as Latin-1 where that fails."""
    try:
        return [token.decode("utf-8") for token in tokens]
    except UnicodeDecodeError:
        log.note("NK-FCS-56", f"{place} is not UTF-8; read as Latin-1, so letters beyond ASCII may be wrong.")
        return [token.decode("latin-1") for token in tokens]


def _too_many(count: int, log: FcsLog, place: str) -> SourceError:
    return log.refusal(
        "NK-FCS-07",
        f"expected at most {MAX_KEYWORDS:,} keywords, found about {count:,}.",
        place=place,
        remedy="The file is damaged or not what it claims; export it again.",
    )


def _not_alternating(log: FcsLog, place: str) -> SourceError:
    return log.refusal(
        "NK-FCS-08",
        "keywords and values do not alternate: a delimiter within a value is not doubled, or TEXT is cut off.",
        place=place,
        remedy="Export the file again, if possible with another delimiter.",
    )
