"""Canonical JSON: equal values give equal bytes, whatever their order or last bits."""

import hashlib
import math

import pytest

from nktrial.core.digest import canonical_bytes, digest, sha256_hex
from nktrial.core.errors import MethodError


def test_keys_are_sorted_and_spaces_left_out() -> None:
    assert canonical_bytes({"b": [1, 2.5, None, True], "a": "µ"}) == '{"a":"µ","b":[1,2.5,null,true]}'.encode()


def test_the_last_bits_of_a_float_do_not_change_an_id() -> None:
    assert digest(0.1 + 0.2) == digest(0.3)
    assert digest(0.3) != digest(0.300000000001)


def test_a_count_is_not_a_truth_value() -> None:
    assert canonical_bytes([1, True]) == b"[1,true]"


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_nan_is_refused(value: float) -> None:
    with pytest.raises(MethodError, match="NK-COR-01"):
        canonical_bytes({"x": [value]})


def test_sha256_is_that_of_hashlib() -> None:
    assert sha256_hex(b"nk") == hashlib.sha256(b"nk").hexdigest()
