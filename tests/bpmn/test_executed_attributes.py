"""A place of a vendor counts as executed only with a case whose outcome changes with it."""

from __future__ import annotations

import pytest

from bpmn.dialects import FAMILIES
from bpmn.dialects.support import Family
from bpmn.report import Status
from tests.bpmn.attribute_cases import CASES, Case

ALL = [(name, place) for name, cases in CASES.items() for place in cases]


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_given_a_place_that_counts_as_executed_when_looked_for_then_there_is_a_case_for_it(family: Family) -> None:
    executed = {place for place, said in family.places.items() if said.status is Status.EXECUTED}
    assert executed - CASES[family.name].keys() == set()
    assert CASES[family.name].keys() - executed == set()


@pytest.mark.parametrize(("family", "place"), ALL)
def test_given_a_place_that_counts_as_executed_when_drawn_or_not_then_the_outcome_differs(
    family: str, place: str
) -> None:
    case: Case = CASES[family][place]
    look, drawn, other = case
    assert look(drawn) != look(other)
    assert look(drawn) == look(drawn)
