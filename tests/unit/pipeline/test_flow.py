"""Counts of populations by gate path."""

import pytest

from nktrial.core.errors import MethodError
from nktrial.pipeline.flow import count_of

COUNTS = {"populations": [{"path": "Live", "count": 900}, {"path": "Live/NK", "count": 42}]}


def test_a_count_is_found_by_its_whole_path() -> None:
    assert count_of(COUNTS, "Live/NK") == 42


@pytest.mark.parametrize("path", ["NK", "Live/NKX", ""])
def test_a_path_that_the_gates_do_not_have_is_refused(path: str) -> None:
    with pytest.raises(MethodError, match="NK-RUN-02") as caught:
        count_of(COUNTS, path)
    assert "Live, Live/NK" in caught.value.problem
