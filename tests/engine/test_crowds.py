"""Activities with many runs at once: each run is kept apart from the state, and everything is as with few."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from app.db import Transaction
from app.models import process_instance, run_result, state_part, variable
from app.queries import places
from app.queries import user_tasks as task_queries
from app.queries.user_tasks import TaskRow
from tests.bpmn.diagrams import diagram
from tests.driver import Driver

MANY = 120
EACH = (
    '<multiInstanceLoopCharacteristics isSequential="{order}"><extensionElements><zeebe:loopCharacteristics'
    ' inputCollection="=items" inputElement="item" outputCollection="results" outputElement="=item * 2"/>'
    "</extensionElements></multiInstanceLoopCharacteristics>"
)
COLLECTING = diagram(f"start s; user work {EACH.format(order='false')}; user after; s -> work -> after")
IN_TURN = diagram(f"start s; user work {EACH.format(order='true')}; user after; s -> work -> after")
DEEP = diagram(
    f"""start s; sub part times={MANY}; boundary all on=part message=stop; boundary told on=part signal=shout quiet
    user z; user told-z; s -> part -> z; all -> z; told -> told-z
    in part {{ start s1; and f; user work; boundary late on=work timer=PT1H; user other; and j; throw shout signal=shout
      user reminded; xor x; end e1
      s1 -> f -> work -> x -> j -> e1; f -> other -> j; late -> shout -> reminded -> x }}"""
)


def numbers(driver: Driver, table: Any) -> int:
    return driver.read(lambda tx: int(tx.select(select(func.count()).select_from(table))[0][0]))


def in_order(driver: Driver, **filters: Any) -> list[TaskRow]:
    """The open tasks in the order in which they were opened."""
    return sorted(driver.tasks(**filters), key=lambda task: int(task.id.rpartition(".")[2]))


def state(driver: Driver) -> bytes:
    def read(tx: Transaction) -> bytes:
        found: bytes = tx.select(select(process_instance.c.state))[0][0]
        return found

    return driver.read(read)


def test_given_many_runs_when_one_is_done_then_the_state_stays_small_and_only_its_rows_go(driver: Driver) -> None:
    driver.deploy(COLLECTING)
    driver.start(variables={"items": list(range(MANY))})
    assert len(state(driver)) < 200
    assert (numbers(driver, state_part), numbers(driver, variable)) == (MANY, 1 + 2 * MANY)
    driver.complete(in_order(driver)[57].id)
    assert len(state(driver)) < 200
    assert (numbers(driver, state_part), numbers(driver, run_result)) == (MANY - 1, 1)
    assert driver.differences() == []


@pytest.mark.parametrize("drawn", [COLLECTING, IN_TURN], ids=["at-once", "in-turn"])
def test_given_many_runs_when_all_are_done_then_their_results_stand_in_the_order_of_the_items(
    driver: Driver, drawn: bytes
) -> None:
    driver.deploy(drawn)
    started = driver.start(variables={"items": list(range(MANY))})
    while tasks := driver.tasks(element_id="work"):
        for task in reversed(tasks):
            driver.complete(task.id)
    assert driver.variables(started.id)["results"] == [2 * number for number in range(MANY)]
    assert (numbers(driver, state_part), numbers(driver, run_result)) == (0, 0)
    driver.complete(driver.task("after").id)
    assert driver.instance(started.id).status == "completed"


def test_given_many_runs_when_looked_at_then_all_are_seen_with_their_variables(driver: Driver) -> None:
    driver.deploy(COLLECTING)
    started = driver.start(variables={"items": list(range(MANY))})
    last = in_order(driver)[-1]
    seen = driver.read(lambda tx: task_queries.variables(tx, last.id))
    assert (seen["item"], seen["items"]) == (MANY - 1, list(range(MANY)))
    open_ones = driver.read(lambda tx: places.open_in(tx, started.id))
    assert [place.role for place in open_ones] == ["body", *["run"] * MANY]
    assert sorted(place.number for place in open_ones) == [place.number for place in open_ones]


def test_given_many_runs_when_a_variable_of_one_is_set_then_it_is_kept_with_it(driver: Driver) -> None:
    driver.deploy(COLLECTING)
    started = driver.start(variables={"items": list(range(MANY))})
    task = in_order(driver)[3]
    number = int(task.id.rpartition(".")[2])
    driver.set_variables(started.id, {"item": 1000}, scope=number)
    driver.complete(task.id)
    for other in driver.tasks():
        driver.complete(other.id)
    assert driver.variables(started.id)["results"][3] == 2000


def test_given_many_runs_when_a_condition_ends_them_all_then_nothing_of_them_is_left(driver: Driver) -> None:
    until = "<completionCondition>${nrOfCompletedInstances == 2 and nrOfActiveInstances == 118}</completionCondition>"
    characteristics = (
        f"<multiInstanceLoopCharacteristics><loopCardinality>{MANY}</loopCardinality>{until}"
        "</multiInstanceLoopCharacteristics>"
    )
    driver.deploy(diagram(f"start s; user work {characteristics}; user after; s -> work -> after"))
    driver.start()
    tasks = driver.tasks()
    driver.complete(tasks[100].id)
    driver.complete(tasks[5].id)
    assert [task.element_id for task in driver.tasks()] == ["after"]
    assert numbers(driver, state_part) == 0


def test_given_many_subprocesses_when_something_comes_to_one_then_it_goes_its_way_alone(driver: Driver) -> None:
    driver.deploy(DEEP)
    driver.start()
    assert numbers(driver, state_part) == 3 * MANY
    assert len(driver.tasks()) == 2 * MANY
    driver.complete(in_order(driver, element_id="other")[7].id)
    assert numbers(driver, state_part) == 3 * MANY - 1
    driver.complete(in_order(driver, element_id="work")[7].id)
    assert numbers(driver, state_part) == 3 * MANY - 3
    assert len(driver.tasks()) == 2 * MANY - 2


def test_given_many_subprocesses_when_timers_of_some_fire_then_signals_from_within_reach_the_border(
    driver: Driver,
) -> None:
    driver.deploy(DEEP)
    driver.start()
    for task in driver.tasks(element_id="work")[2:]:
        driver.complete(task.id)
    driver.travel(hours=2)
    assert len(driver.tasks(element_id="reminded")) == 2
    assert len(driver.tasks(element_id="told-z")) == 2
    assert driver.differences() == []


def test_given_many_subprocesses_when_the_whole_is_interrupted_then_all_end_and_nothing_is_left(driver: Driver) -> None:
    driver.deploy(DEEP)
    started = driver.start()
    driver.complete(in_order(driver, element_id="other")[7].id)
    driver.publish("stop")
    driver.work_off()
    assert [task.element_id for task in driver.tasks()] == ["z"]
    assert (numbers(driver, state_part), numbers(driver, variable)) == (0, 0)
    assert len(driver.history(started.id, "activity-canceled")) > MANY


def test_given_many_runs_when_the_instance_is_canceled_then_no_part_is_left(driver: Driver) -> None:
    driver.deploy(COLLECTING)
    started = driver.start(variables={"items": list(range(MANY))})
    driver.complete(driver.tasks()[0].id)
    driver.cancel(started.id)
    assert (numbers(driver, state_part), numbers(driver, run_result)) == (0, 0)


def test_given_more_runs_than_one_transaction_opens_when_worked_off_then_all_are_open(driver: Driver) -> None:
    driver.deploy(diagram("start s; user work times=2500; s -> work"))
    driver.start()
    driver.work_off()
    assert numbers(driver, state_part) == 2500
    assert len(state(driver)) < 200


def test_given_many_runs_for_workers_when_fetched_then_each_brings_its_own_variables(driver: Driver) -> None:
    work = f'service work [camunda:type="external" camunda:topic="t"] {EACH.format(order="false")}'
    driver.deploy(diagram(f"start s; {work}; s -> work"))
    started = driver.start(variables={"items": list(range(MANY))})
    fetched = driver.fetch("t", limit=50)
    assert len({one.variables["item"] for one in fetched}) == 50
    for one in fetched:
        driver.finish(one.id)
    while fetched := driver.fetch("t", limit=50):
        for one in fetched:
            driver.finish(one.id)
    assert driver.variables(started.id)["results"] == [2 * number for number in range(MANY)]


def test_given_many_called_processes_when_they_end_then_each_run_takes_its_result(driver: Driver) -> None:
    mapped = '<camunda:in source="item" target="item"/><camunda:out source="x" target="x"/>'
    outward = f"<extensionElements>{mapped}</extensionElements>"
    each = EACH.format(order="false").replace("=item * 2", "=x")
    driver.deploy(diagram(f'start s; call work [calledElement="q"] {outward} {each}; s -> work'))
    inner = 'start s; user u; service x [camunda:expression="${item + 1}" camunda:resultVariable="x"]; end e'
    driver.deploy(diagram(f"{inner}; s -> u -> x -> e", key="q"))
    started = driver.start(variables={"items": list(range(60))})
    for task in driver.tasks(element_id="u"):
        driver.complete(task.id)
    driver.work_off()
    assert driver.variables(started.id)["results"] == [number + 1 for number in range(60)]
