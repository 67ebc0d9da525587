"""Method: the name, version and publication of a way to compute a number."""

from dataclasses import dataclass

__all__ = ["Method"]


@dataclass(frozen=True, slots=True)
class Method:
    """A named, versioned, published way to compute something.

    Parameters
    ----------
    name : str
        ``package.method``, e.g. ``chimerism.joint_fit``.
    version : int
        Raised whenever the same input may give another number.
    source : str
        The publication or standard, or ``nktrial`` where the method is this project's own.
    """

    name: str
    version: int
    source: str

    @property
    def label(self) -> str:
        """Return ``name@version``, the form that enters a record's id."""
        return f"{self.name}@{self.version}"
