"""The dumped state: small, versioned, and refused where it cannot be read."""

from __future__ import annotations

import pytest

from bpmn.errors import StateUnreadable
from bpmn.execution import Execution
from tests.bpmn.diagrams import diagram
from tests.conformance.harness import CONTEXT, parse

TEXT = """start s; user a; boundary t on=a timer=PT1H; and f; user b; and j; end e
    s -> f -> a -> j; f -> b -> j; j -> e; t -> e"""
MODEL = parse(diagram(TEXT))["p"]


def test_given_an_instance_when_dumped_then_it_is_small_json_of_a_known_form() -> None:
    dumped = Execution.start(MODEL, CONTEXT, variables={"x": "long" * 1000}).dump()
    assert dumped == b'{"v":1,"n":4,"s":4,"a":[[3,"a",0,"","",{"t":["timer",1,1772445600000]},{}],[4,"b",0]]}'


def test_given_the_state_of_the_first_format_when_restored_then_it_goes_on() -> None:
    dumped = b'{"v":1,"n":4,"s":4,"a":[[3,"a",0,"","",{"t":["timer",1,1772445600000]},{}],[4,"b",0]]}'
    run = Execution.restore(MODEL, CONTEXT, dumped, {(0, "x"): 1})
    run.complete(3)
    assert Execution.restore(MODEL, CONTEXT, run.dump(), {}).root.joins == {"j": [1, 0]}
    run.complete(4)
    assert run.ended


@pytest.mark.parametrize(
    "dumped",
    [b"", b"{", b"null", b"[]", b"{}", b'{"v":2,"n":1}', b'{"v":"1","n":1}', b'{"v":1}', b'{"v":1,"n":"x"}', b"\xff"],
)
def test_given_a_state_that_is_none_when_restored_then_it_is_said(dumped: bytes) -> None:
    with pytest.raises(StateUnreadable):
        Execution.restore(MODEL, CONTEXT, dumped, {})
