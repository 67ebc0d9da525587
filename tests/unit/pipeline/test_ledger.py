"""The ledger computes a step once, keeps refusals as answers, and gives the same records with any number of jobs."""

from typing import Any

import pytest

from nktrial.core.errors import MethodError
from nktrial.model.method import Method
from nktrial.model.origin import Finding
from nktrial.pipeline.ledger import Ledger, Measured, Memory, Step

METHOD = Method("test.square", 1, "arithmetic")
CALLS: list[int] = []


def square(number: int) -> Measured:
    CALLS.append(number)
    if number < 0:
        raise MethodError("NK-TST-02", "the number is negative.", where="line 3", remedy="Give another.")
    return Measured(number**2)


def step(number: int, **changes: Any) -> Step:
    method = changes.get("method", METHOD)
    return Step("square", method, {"n": number}, ("0" * 64,), square, (number,), f"number {number}")


@pytest.fixture(autouse=True)
def _forget() -> None:
    CALLS.clear()


def test_a_step_is_computed_once() -> None:
    archive = Memory()
    first = Ledger(archive).take(step(3))
    again = Ledger(archive)
    assert again.take(step(3)) == first
    assert (CALLS, again.computed, first.value) == ([3], 0, 9)


def test_a_step_that_comes_twice_in_a_batch_is_computed_once() -> None:
    records = Ledger().take_all("squares", [step(2), step(2)])
    assert CALLS == [2]
    assert records[0] == records[1]


def test_a_new_version_of_a_method_is_another_step() -> None:
    archive = Memory()
    one = Ledger(archive).take(step(3))
    two = Ledger(archive).take(step(3, method=Method("test.square", 2, "arithmetic")))
    assert CALLS == [3, 3]
    assert one.id != two.id


def test_a_refusal_is_an_answer_and_remembered() -> None:
    archive = Memory()
    record = Ledger(archive).take(step(-1))
    assert record.value is None
    message = "line 3: the number is negative. Give another."
    assert record.findings == (Finding("NK-TST-02", "error", "number -1", message),)
    Ledger(archive).take(step(-1))
    assert CALLS == [-1]


def test_one_job_and_two_give_the_same_records() -> None:
    steps = [step(number) for number in (5, -2, 7, 0)]
    assert Ledger(jobs=1).take_all("squares", steps) == Ledger(jobs=2).take_all("squares", steps)
