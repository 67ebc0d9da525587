"""The channels of a file under the names that a FlowJo workspace gives them.

Definition
    A name is a dye of the sample's matrix, else a channel of the file, else a channel of the file with FlowJo's ``_``
    for ``/``. The matrix's detectors are found in the same way.

Not decided here
    Markers: FlowJo's gates name channels by ``$PnN``.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Literal

from nktrial.model.events import Channel
from nktrial.model.gates import UNCOMPENSATED, SpectrumMatrix, Transform
from nktrial.model.origin import Finding
from nktrial.model.workspace import WorkspaceSample

__all__ = ["MATRIX", "NotCountedError", "SampleChannels"]

MATRIX: Final = "FlowJo"


class NotCountedError(Exception):
    """A population cannot be counted; the text says why. It never leaves ``flowjo_strategy``."""


class SampleChannels:
    """Finds the channels and scales of one sample in its file, and remembers what it had to bend.

    Parameters
    ----------
    sample : WorkspaceSample
        The sample.
    channels : sequence of Channel
        Of its file.
    """

    def __init__(self, sample: WorkspaceSample, channels: Sequence[Channel]) -> None:
        self._sample = sample
        self._gains = {channel.name: channel.gain for channel in channels}
        self._underscored: dict[str, list[str]] = {}
        for channel in channels:
            self._underscored.setdefault(channel.name.replace("/", "_"), []).append(channel.name)
        self._findings: dict[tuple[str, str], Finding] = {}
        self.matrix = None if sample.matrix is None else self._in_file(sample.matrix)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Names that were not the file's own, and gains."""
        return tuple(self._findings.values())

    def find(self, name: str) -> tuple[str, str]:
        """Return the channel or dye that a name stands for and its compensation.

        Raises
        ------
        NotCountedError
            Its text says why there is none.
        """
        matrix = self._sample.matrix
        if matrix is not None and name in matrix.fluorochromes:
            if self.matrix is None:
                missing = [one for one in matrix.detectors if self._channel(one) is None]
                raise NotCountedError(f"the file has no channel {missing[0]!r}, which the compensation needs")
            return name, MATRIX
        found = self._channel(name)
        if found is None:
            raise NotCountedError(f"the file has no channel {name!r}")
        if self._gains[found] not in (0.0, 1.0):
            self._note(
                "NK-WSP-18",
                found,
                f"channel {found!r} has the gain {self._gains[found]:g}: the workspace does not state whether its "
                "gates are in divided values; they are applied to divided ones.",
            )
        return found, UNCOMPENSATED

    def scale(self, name: str) -> tuple[str | None, Transform | None]:
        """Return a channel's scale and its id, None where the workspace gives none.

        Raises
        ------
        NotCountedError
            The scale cannot be read; its text says why.
        """
        names = [name]
        matrix = self._sample.matrix
        if matrix is not None and name in matrix.fluorochromes and len(matrix.detectors) == len(matrix.fluorochromes):
            names.append(matrix.detectors[matrix.fluorochromes.index(name)])
        for known in names:
            scale = self._sample.scales.get(known)
            if isinstance(scale, str):
                raise NotCountedError(scale)
            if scale is not None:
                return known, scale
        return None, None

    def _in_file(self, matrix: SpectrumMatrix) -> SpectrumMatrix | None:
        """Return the matrix with the file's own names, None where a detector is not there."""
        detectors = [self._channel(name) for name in matrix.detectors]
        if any(name is None for name in detectors):
            return None
        return replace(matrix, detectors=tuple(name or "" for name in detectors))

    def _channel(self, name: str) -> str | None:
        """Return the file's name of a channel."""
        if name in self._gains:
            return name
        found = self._underscored.get(name.replace("/", "_"), [])
        if len(found) != 1:
            return None
        self._note("NK-WSP-15", name, f"channel {name!r} of the workspace is {found[0]!r} in the file.", "info")
        return found[0]

    def _note(self, code: str, what: str, message: str, severity: Literal["info", "warning"] = "warning") -> None:
        self._findings.setdefault((code, what), Finding(code, severity, self._sample.name, message))
