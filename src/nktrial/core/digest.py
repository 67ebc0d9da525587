"""Digests: sha256 of bytes, canonical JSON, and ids made from them.

Definition
    Canonical JSON has sorted keys, no spaces, no NaN or infinity, and floats rounded to 12 significant
    digits and written in their shortest form. Two values are the same value when their canonical JSON is the
    same bytes. After RFC 8785, with the rounding added so that the last bits of a linear-algebra library do
    not change an id.
"""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from nktrial.core.errors import MethodError

__all__ = ["Json", "canonical_bytes", "canonical_value", "digest", "read_back", "sha256_hex"]

Json: TypeAlias = bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"] | None

SIGNIFICANT_DIGITS: Final = 12


def sha256_hex(data: bytes | memoryview) -> str:
    """Return the sha256 of bytes as 64 hexadecimal digits."""
    import hashlib  # noqa: PLC0415 (loads OpenSSL, which a command that hashes nothing does not need: 4 ms)

    return hashlib.sha256(data).hexdigest()


def canonical_value(value: Json) -> Json:
    """Round floats and refuse what JSON cannot say.

    Raises
    ------
    MethodError
        NK-COR-01 a number is NaN or infinite: a missing value is None plus a finding.
    """
    match value:
        case bool() | None | str() | int():
            return value
        case float():
            if not math.isfinite(value):
                raise MethodError("NK-COR-01", f"a value of a record is {value}; a missing value is null.")
            return float(f"{value:.{SIGNIFICANT_DIGITS}g}")
        case Mapping():
            return {str(key): canonical_value(item) for key, item in value.items()}
        case _:
            return [canonical_value(item) for item in value]


def canonical_bytes(value: Json) -> bytes:
    """Return the canonical JSON of a value as UTF-8 bytes."""
    text = json.dumps(
        canonical_value(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return text.encode("utf-8")


def read_back(value: Json) -> Json:
    """Return a value as its canonical JSON reads back: floats rounded, keys in order."""
    plain: Json = json.loads(canonical_bytes(value))
    return plain


def digest(value: Json) -> str:
    """Return the sha256 of the canonical JSON of a value."""
    return sha256_hex(canonical_bytes(value))
