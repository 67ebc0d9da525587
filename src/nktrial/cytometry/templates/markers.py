"""Which channel of a file measures a marker.

Definition
    A label is the panel file's marker, else ``$PnS``, else ``$PnN``. It is searched for every known name at word
    boundaries, so that CD3 is not found in CD38; a name within a longer one does not count (CD45 in CD45RA). A label
    that holds two or more markers is a combined channel. A channel that measures the marker alone goes before a
    combined one; the area of a pulse goes before its height and width; a marker's own name goes before a synonym; a
    panel file's line goes before the file. What then is left must be one channel.

Not decided here
    Whether the reagent worked.
"""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from nktrial.core.errors import MethodError
from nktrial.cytometry.templates.synonyms import AREA_HEIGHT_WIDTH, SCATTER, SYNONYMS
from nktrial.model.events import Channel
from nktrial.model.template import MarkerRule

__all__ = ["Located", "MarkerFinder", "is_scatter", "label_markers"]

GREEK: Final = str.maketrans({"α": "a", "β": "b", "γ": "g", "δ": "d", "ε": "e", "ζ": "z", "κ": "k", "λ": "l"})
PIECES: Final = re.compile(r"[a-z]+|\d+")
BETWEEN: Final = r"[-_ ./:]{0,3}"
PREFIX: Final = r"(?:anti|hu|h)?[-_ ]?"
BEGIN: Final = r"(?<![a-z0-9])"
END: Final = r"(?![a-z0-9])"
ANY_CD: Final = re.compile(BEGIN + PREFIX + r"(cd\d{1,3}[a-z]{0,2})" + END)
SHORT_SECOND: Final = re.compile(r"(cd\d{1,3}[a-z]?)\s*[/+&]\s*(?=\d{1,3}(?![a-z0-9]))")
FOLDED: Final = re.compile(r"[^a-z0-9]")
SHOWN: Final = 12


@dataclass(frozen=True, slots=True)
class Located:
    """A marker's channel; ``combined`` names the other markers of the same channel."""

    marker: str
    channel: Channel
    combined: tuple[str, ...] = ()


def is_scatter(channel: Channel) -> bool:
    """Tell whether a channel is scatter or time: never compensated, always linear."""
    folded = _folded(channel.name)
    return folded.startswith(("fsc", "ssc", "time", "event", "width")) or any(folded in n for n in SCATTER.values())


def label_markers(label: str, vocabulary: Mapping[str, tuple[str, ...]] = SYNONYMS) -> tuple[str, ...]:
    """Return the markers that a label names, in the order in which they stand.

    Parameters
    ----------
    label : str
        E.g. ``CD3-IgD`` or ``CD56 (NCAM) BV605``.
    vocabulary : mapping
        Name -> synonyms.
    """
    return tuple(dict.fromkeys(name for name, _ in _named(label, vocabulary)))


def _named(label: str, vocabulary: Mapping[str, tuple[str, ...]]) -> list[tuple[str, str]]:
    """Return (marker, the name that was found), in the order in which they stand."""
    text = SHORT_SECOND.sub(r"\1/cd", label.casefold().translate(GREEK))
    spans = [
        (found.start(1), found.end(1), name, word)
        for name, synonyms in vocabulary.items()
        for word in (name, *synonyms)
        for found in _pattern(word).finditer(text)
    ]
    spans += [
        (found.start(1), found.end(1), found.group(1).upper(), found.group(1).upper())
        for found in ANY_CD.finditer(text)
        if not any(start <= found.start(1) and found.end(1) <= end for start, end, *_ in spans)
    ]
    kept = [
        span
        for span in spans
        if not any(o[0] <= span[0] and span[1] <= o[1] and o[1] - o[0] > span[1] - span[0] for o in spans)
    ]
    return [(name, word) for _, _, name, word in sorted(kept)]


class MarkerFinder:
    """Finds the markers of one template in one file.

    Parameters
    ----------
    channels : sequence of Channel
        Of the file.
    rules : mapping
        The template's own marker rules.
    panel : mapping
        ``$PnN`` -> marker, from a panel file; may be empty.
    where : str
        The file, for messages.
    """

    def __init__(
        self, channels: Sequence[Channel], rules: Mapping[str, MarkerRule], panel: Mapping[str, str], where: str
    ) -> None:
        self._channels = channels
        self._rules = rules
        self._panel = panel
        self._where = where
        self._vocabulary = _vocabulary(rules)
        self._words = {channel.index: _named(self._label(channel), self._vocabulary) for channel in channels}
        self._labels = {index: tuple(dict.fromkeys(name for name, _ in words)) for index, words in self._words.items()}

    def find(self, marker: str) -> Located | None:
        """Return a marker's channel, None where the file has none.

        Raises
        ------
        MethodError
            NK-TPL-21 two channels match alike.
        """
        rule = self._rules.get(marker, MarkerRule(marker))
        if marker in SCATTER:
            return self._by_name(marker, SCATTER[marker])
        wanted = _known_name(marker, self._vocabulary)
        matching = [channel for channel in self._channels if wanted in self._labels[channel.index]]
        panelled = [channel for channel in matching if channel.name in self._panel]
        matching = _areas(panelled or matching)
        alone = [channel for channel in matching if len(self._labels[channel.index]) == 1]
        chosen = alone or matching
        if len(chosen) > 1:  # CD8 goes before CD8b
            chosen = [channel for channel in chosen if (wanted, wanted) in self._words[channel.index]] or chosen
        if len(chosen) > 1:
            raise self._ambiguous(marker, chosen)
        if chosen:
            others = tuple(name for name in self._labels[chosen[0].index] if name != wanted)
            return Located(marker, chosen[0], others)
        return self._by_name(marker, tuple(_folded(name) for name in rule.channels))

    def missing(self, marker: str) -> MethodError:
        """Return the error NK-TPL-20 of a marker that the file lacks, with the nearest names."""
        labels = [self._label(channel) for channel in self._channels]
        folded = {label.casefold(): label for label in reversed(labels)}
        close = difflib.get_close_matches(marker.casefold(), folded, n=3, cutoff=0.4)
        near = f" The nearest names are {', '.join(repr(folded[name]) for name in close)}." if close else ""
        listed = ", ".join(labels[:SHOWN]) + (", ..." if len(labels) > SHOWN else "")
        return MethodError(
            "NK-TPL-20",
            f"no channel measures {marker!r}.{near} The file has {listed}.",
            where=self._where,
            remedy="Use the template of this panel, or give a panel file (--panel) that names the channel.",
        )

    def _label(self, channel: Channel) -> str:
        return self._panel.get(channel.name) or channel.marker or channel.name

    def _by_name(self, marker: str, names: Iterable[str]) -> Located | None:
        """Take the first of some folded names that a channel, or its label, bears."""
        for name in names:
            for text in ("name", "label"):
                for channel in self._channels:
                    if _folded(channel.name if text == "name" else self._label(channel)) == name:
                        return Located(marker, channel)
        return None

    def _ambiguous(self, marker: str, chosen: Sequence[Channel]) -> MethodError:
        named = " and ".join(f"{channel.name!r} ({self._label(channel)})" for channel in chosen[:4])
        return MethodError(
            "NK-TPL-21",
            f"{marker!r} is measured by {named}: which one is meant is not said.",
            where=self._where,
            remedy="Give a panel file (--panel) that names the marker once.",
        )


def _areas(channels: Sequence[Channel]) -> list[Channel]:
    """Of channels that differ in their last letter A, H, W only, keep the area."""
    kept: dict[str, Channel] = {}
    for channel in channels:
        folded = _folded(channel.name)
        stem = folded[:-1] if folded[-1:] in AREA_HEIGHT_WIDTH and len(folded) > 1 else folded
        if stem not in kept or folded.endswith("a"):
            kept[stem] = channel
    return list(kept.values())


def _vocabulary(rules: Mapping[str, MarkerRule]) -> dict[str, tuple[str, ...]]:
    """Join the built-in names and the template's."""
    joined = dict(SYNONYMS)
    for name, rule in rules.items():
        known = _known_name(name, joined)
        joined[known] = (*joined.get(known, ()), name, *rule.synonyms)
    return joined


def _known_name(marker: str, vocabulary: Mapping[str, tuple[str, ...]]) -> str:
    """Return the name under which a marker stands in the vocabulary."""
    if marker in vocabulary:
        return marker
    wanted = _folded(marker)
    for name, synonyms in vocabulary.items():
        if wanted in (_folded(word) for word in (name, *synonyms)):
            return name
    return marker


def _folded(text: str) -> str:
    return FOLDED.sub("", text.casefold().translate(GREEK))


@lru_cache(maxsize=1024)
def _pattern(word: str) -> re.Pattern[str]:
    """Return the pattern of a name; its pieces are runs of letters or of digits."""
    pieces = PIECES.findall(word.casefold().translate(GREEK))
    return re.compile(BEGIN + PREFIX + "(" + BETWEEN.join(map(re.escape, pieces)) + ")" + END)
