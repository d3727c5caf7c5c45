"""Every state that a release has saved is loaded by this one, and comes to the same end with the same facts."""

from __future__ import annotations

import pytest

from bpmn.execution import Execution
from tests.saved_states.record import Record, Step, read, releases

SAVED = [pytest.param(record, id=f"{file.stem}-{record.name}") for file in releases() for record in read(file)]
AGAIN = "states of a release that is not made yet are written anew: python -m scripts.write_saved_states"


@pytest.mark.parametrize("record", SAVED)
def test_given_a_saved_state_when_loaded_then_it_comes_to_the_same_end(record: Record) -> None:
    for place in range(len(record.steps)):
        execution = record.steps[place].restored(record.parsed)
        played(execution, record.steps[place:])


@pytest.mark.parametrize("record", SAVED)
def test_given_a_saved_state_when_saved_again_after_each_step_then_it_comes_to_the_same_end(record: Record) -> None:
    execution = record.steps[0].restored(record.parsed)
    for step in record.steps:
        variables = {
            (node.number, name): value
            for node in execution.nodes.values()
            for name, value in (node.variables or {}).items()
        }
        execution = Execution.restore(record.parsed, step.context(), execution.dump(), variables)
        played(execution, [step])


def test_given_the_saved_states_when_counted_then_there_are_some_of_every_kind_of_wait() -> None:
    states = [step.state for file in releases() for record in read(file) for step in record.steps]
    assert len(states) > 200
    for kind in ("timer", "message", "signal", "condition", "stalled", "body", "run", "undo"):
        assert [state for state in states if f'"{kind}"' in state], kind
    calls = [
        call.method for file in releases() for record in read(file) for step in record.steps for call in step.calls
    ]
    assert {"script_done", "script_failed"} <= {*calls}


def played(execution: Execution, steps: list[Step]) -> None:
    for step in steps:
        assert step.taken(execution) == step.facts, AGAIN
