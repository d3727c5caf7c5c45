"""What the server makes of messages that processes send, of handlers of the whole process, and of repetitions."""

from __future__ import annotations

import pytest

from app.commands import deployments, process_instances
from app.queries import history as queries
from tests.bpmn.diagrams import definitions, diagram, process, references
from tests.driver import Driver

#: Two pools: the buyer orders and waits for the answer; the shop is started by the order and answers it.
BUYER = """start s; throw o <messageEventDefinition messageRef="order"/>
    catch a <messageEventDefinition messageRef="answer"/>; user read; s -> o -> a -> read"""
SHOP = """start s2 <messageEventDefinition messageRef="order"/>; user pack
    send reply [messageRef="answer"]; end e2; s2 -> pack -> reply -> e2"""


def message(name: str, key: str = "=order") -> str:
    subscription = f'<extensionElements><zeebe:subscription correlationKey="{key}"/></extensionElements>'
    return f'<message id="{name}" name="{name}">{subscription}</message>'


POOLS = definitions(process(BUYER, "buyer") + process(SHOP, "shop") + message("order") + message("answer"))


def test_given_two_pools_when_they_send_messages_then_each_receives_what_the_other_sent(driver: Driver) -> None:
    driver.deploy(POOLS)
    first = driver.start("buyer", {"order": "A"})
    second = driver.start("buyer", {"order": "B"})
    driver.work_off()
    packing = driver.tasks(element_id="pack")
    assert sorted(task.business_key or "" for task in packing) == ["A", "B"]
    (to_do,) = [task for task in packing if task.business_key == "B"]
    driver.complete(to_do.id, {"order": "B"})
    driver.work_off()
    assert driver.task("read").process_instance_id == second.id
    assert driver.instance(first.id).status == "active"


def test_given_nobody_who_waits_when_a_process_sends_then_the_message_waits_for_an_hour(driver: Driver) -> None:
    driver.deploy(diagram("start s; end sent message=m; s -> sent", key="sender"))
    driver.deploy(diagram("start s; user before; catch c message=m; user work; s -> before -> c -> work", key="late"))
    driver.start("sender")
    late = driver.start("late")
    driver.travel(minutes=59)
    driver.complete(driver.task("before").id)
    driver.work_off()
    assert driver.task().process_instance_id == late.id
    driver.start("sender")
    other = driver.start("late")
    driver.travel(minutes=61)
    driver.complete(driver.task("before").id)
    driver.work_off()
    assert [task.process_instance_id for task in driver.tasks()] == [late.id]
    assert driver.instance(other.id).status == "active"


def test_given_one_receiver_waiting_when_a_process_sends_then_it_gets_it_and_no_other_process_starts(
    driver: Driver,
) -> None:
    driver.deploy(diagram("start s; throw t message=m; s -> t", key="sender"))
    driver.deploy(diagram("start s message=m; user begun; s -> begun", key="started"))
    driver.deploy(diagram("start s; receive r message=m; user work; s -> r -> work", key="waits"))
    waits = driver.start("waits")
    driver.start("sender")
    driver.work_off()
    assert [(task.element_id, task.process_instance_id) for task in driver.tasks()] == [("work", waits.id)]
    driver.start("sender")
    driver.work_off()
    assert sorted(task.element_id for task in driver.tasks()) == ["begun", "work"]


def test_given_a_process_that_sends_to_itself_when_run_then_its_other_branch_receives(driver: Driver) -> None:
    driver.deploy(
        diagram("start s; and f; throw t message=m; catch c message=m; user work; s -> f; f -> t; f -> c -> work")
    )
    driver.start()
    driver.work_off()
    assert driver.task()


def test_given_two_processes_that_a_message_starts_when_sent_then_an_incident_tells_and_help_is_possible(
    driver: Driver,
) -> None:
    driver.deploy(diagram("start s; throw t message=m; s -> t", key="sender"))
    for key in ("one", "two"):
        driver.deploy(diagram("start s message=m; user begun; s -> begun", key=key))
    driver.start("sender")
    driver.work_off()
    (found,) = driver.incidents()
    assert (found.kind, found.element_id) == ("retries-exhausted", "t")
    assert "starts several processes" in found.message


def test_given_input_mappings_when_a_send_task_sends_then_they_are_the_payload(driver: Driver) -> None:
    mapping = (
        '<extensionElements><camunda:inputOutput><camunda:inputParameter name="n">${n + 1}</camunda:inputParameter>'
        "</camunda:inputOutput></extensionElements>"
    )
    driver.deploy(diagram(f"start s; send t message=m {mapping}; s -> t", key="sender"))
    driver.deploy(diagram("start s message=m; user begun; s -> begun", key="started"))
    driver.start("sender", {"n": 1, "other": 2})
    driver.work_off()
    assert driver.variables(driver.task("begun").process_instance_id) == {"n": 2}


HANDLERS = """user work; handler h; in h { start hs message=m quiet; user noted; hs -> noted }
    handler t; in t { start ts timer=PT1H quiet; user late; ts -> late }
    handler g; in g { start gs signal=stop; user stopped; gs -> stopped }"""


def test_given_handlers_of_the_process_when_their_events_come_then_rows_and_state_agree(driver: Driver) -> None:
    driver.deploy(diagram(HANDLERS))
    started = driver.start(business_key="k")
    assert driver.differences() == []
    assert driver.publish("m", "k", variables={"n": 1}) == "delivered"
    driver.travel(hours=1)
    assert sorted(task.element_id for task in driver.tasks()) == ["late", "noted", "work"]
    assert driver.differences() == []
    driver.signal("stop")
    driver.work_off()
    assert [task.element_id for task in driver.tasks()] == ["stopped"]
    assert driver.differences() == []
    driver.complete(driver.task("stopped").id)
    assert driver.instance(started.id).status == "completed"
    assert driver.jobs() == []


def test_given_a_canceled_instance_when_it_had_handlers_then_nothing_of_them_is_left(driver: Driver) -> None:
    driver.deploy(diagram(HANDLERS))
    started = driver.start()
    driver.cancel(started.id)
    assert driver.differences() == []
    assert driver.jobs() == []


@pytest.mark.parametrize("word", ["times=3", "turns=3"])
def test_given_a_repeated_task_when_run_then_body_and_runs_are_in_the_history(driver: Driver, word: str) -> None:
    driver.deploy(diagram(f"start s; user work {word}; end e; s -> work -> e"))
    started = driver.start()
    for _ in range(3):
        assert driver.differences() == []
        driver.complete(driver.tasks()[0].id)
    visits = driver.read(lambda tx: queries.activities(tx, started.id))
    assert [(visit.element_id, visit.role, visit.state) for visit in visits] == [
        ("s", "", "completed"),
        ("work", "body", "completed"),
        *[("work", "run", "completed")] * 3,
        ("e", "", "completed"),
    ]


def test_given_many_runs_when_opened_over_several_transactions_then_all_are_opened_once(driver: Driver) -> None:
    driver.deploy(diagram("start s; user work times=2500; end e; s -> work -> e"))
    started = driver.start()
    driver.work_off()
    assert len({item.id for item in driver.read(lambda tx: queries.activities(tx, started.id))}) == 2502
    assert driver.differences() == []


def test_given_a_compensated_subprocess_when_undone_then_its_instance_is_told_as_such(driver: Driver) -> None:
    driver.deploy(
        diagram("""start s; sub w; user work; throw undo compensate; end e; s -> w -> work -> undo -> e
        in w { start ws; task a; boundary b on=a compensate; user un [isForCompensation="true"]; ws -> a; b ~> un }""")
    )
    started = driver.start()
    driver.complete(driver.task().id)
    assert driver.differences() == []
    driver.complete(driver.task("un").id)
    assert driver.instance(started.id).status == "completed"
    visits = driver.read(lambda tx: queries.activities(tx, started.id))
    assert [visit.element_id for visit in visits if visit.role == "undo"] == ["w"]


def test_given_a_signal_thrown_when_its_own_instance_and_others_wait_then_each_gets_it_once(driver: Driver) -> None:
    text = "start s; and f; catch c signal=x; user got; user go; throw t signal=x; s -> f; f -> c -> got; f -> go -> t"
    driver.deploy(definitions(process(text) + references("signal=x ")))
    first, second = driver.start(), driver.start()
    (mine,) = [task for task in driver.tasks(element_id="go") if task.process_instance_id == first.id]
    driver.complete(mine.id)
    driver.work_off()
    assert sorted(task.process_instance_id for task in driver.tasks(element_id="got")) == sorted([first.id, second.id])


CALLER = process(
    'start s; call c [calledElement="q"]; boundary b on=c escalation=E1 quiet; user y; user z; s -> c -> z; b -> y'
)
RAISES = process(
    "start qs; user a; throw t escalation=E1; user after; end qe escalation=E1; qs -> a -> t -> after -> qe", "q"
)


def test_given_a_called_process_when_it_escalates_later_then_its_caller_hears_it_each_time(driver: Driver) -> None:
    driver.deploy(definitions(CALLER + RAISES + references("escalation=E1 ")))
    started = driver.start()
    driver.complete(driver.task("a").id)
    driver.work_off()
    assert [task.element_id for task in driver.tasks(process_instance_id=started.id)] == ["y"]
    driver.complete(driver.task("after").id)
    driver.work_off()
    assert sorted(task.element_id for task in driver.tasks()) == ["y", "y", "z"]


TOP = process(
    'start ts; call tc [calledElement="p"]; boundary tb on=tc escalation=E1; user top; ts -> tc; tb -> top', "topmost"
)
MIDDLE = process('start s; call c [calledElement="q"]; user y; s -> c -> y')


@pytest.mark.parametrize("before", ["user a;", "task a;"])
def test_given_an_escalation_that_goes_up_two_calls_when_the_topmost_interrupts_then_nothing_below_goes_on(
    driver: Driver, before: str
) -> None:
    leaf = process(f"start qs; {before} throw t escalation=E1; user after; qs -> a -> t -> after", "q")
    driver.deploy(definitions(TOP + MIDDLE + leaf + references("escalation=E1 ")))
    driver.start("topmost")
    for task in driver.tasks(element_id="a"):
        driver.complete(task.id)
    driver.work_off()
    assert [task.element_id for task in driver.tasks()] == ["top"]
    assert sorted(item.status for item in driver.instances()) == ["active", "canceled", "canceled"]


@pytest.mark.parametrize("before", ["user a;", "task a;"])
def test_given_an_escalation_that_goes_up_two_calls_when_it_is_heard_quietly_then_it_goes_on_below(
    driver: Driver, before: str
) -> None:
    top = TOP.replace('<boundaryEvent id="tb"', '<boundaryEvent cancelActivity="false" id="tb"')
    leaf = process(f"start qs; {before} throw t escalation=E1; user after; qs -> a -> t -> after", "q")
    driver.deploy(definitions(top + MIDDLE + leaf + references("escalation=E1 ")))
    driver.start("topmost")
    for task in driver.tasks(element_id="a"):
        driver.complete(task.id)
    driver.work_off()
    assert sorted(task.element_id for task in driver.tasks()) == ["after", "top"]


@pytest.mark.parametrize("topmost", ["E1", "E2", "E3"])
def test_given_an_event_with_two_escalations_when_they_are_heard_in_other_transactions_then_it_goes_on(
    driver: Driver, topmost: str
) -> None:
    top = f'start ts; call tc [calledElement="p"]; boundary tb on=tc escalation={topmost} quiet; ts -> tc'
    leaf = process("start qs; user a; throw t escalation=E1 escalation=E2; user after; qs -> a -> t -> after", "q")
    codes = references("escalation=E1 escalation=E2 escalation=E3 ")
    driver.deploy(definitions(process(top, "topmost") + CALLER + leaf + codes))
    driver.start("topmost")
    driver.complete(driver.task("a").id)
    driver.work_off()
    assert sorted(task.element_id for task in driver.tasks()) == ["after", "y"]


def test_given_a_called_process_that_escalates_in_a_loop_when_it_runs_then_it_is_stopped_by_an_incident(
    database_url: str,
) -> None:
    driver = Driver(database_url, step_ceiling=400)
    loop = process("start qs; xor x; throw t escalation=E1; qs -> x -> t -> x", "q")
    driver.deploy(definitions(MIDDLE + loop + references("escalation=E1 ")))
    driver.start()
    driver.work_off()
    (incident,) = driver.incidents()
    assert incident.kind == "step-limit"
    driver.close()


def test_given_a_repeated_activity_that_escalates_to_the_caller_when_a_run_is_done_then_the_others_go_on(
    driver: Driver,
) -> None:
    several = (
        '<multiInstanceLoopCharacteristics behavior="None" noneBehaviorEventRef="esc">'
        "<loopCardinality>3</loopCardinality></multiInstanceLoopCharacteristics>"
    )
    leaf = process(f'start qs; send m [camunda:type="external" camunda:topic="w"] {several}; qs -> m', "q")
    thrown = '<escalationEventDefinition id="esc" escalationRef="escalation_E1"/>'
    driver.deploy(definitions(CALLER + leaf + thrown + references("escalation=E1 ")))
    driver.start()
    for task in driver.fetch("w"):
        driver.finish(task.id)
    driver.work_off()
    assert sorted(task.element_id for task in driver.tasks()) == ["y", "y", "y", "z"]


def test_given_a_called_process_that_is_deleted_before_its_suspended_caller_learns_then_the_call_says_so(
    driver: Driver,
) -> None:
    driver.deploy(definitions(CALLER + process("start qs; user a; qs -> a", "q") + references("escalation=E1 ")))
    started = driver.start()
    driver.write(lambda tx: process_instances.suspend(tx, started.id))
    task = driver.task("a")
    driver.complete(task.id)
    driver.work_off()
    driver.write(lambda tx: process_instances.delete(tx, task.process_instance_id))
    driver.write(lambda tx: process_instances.resume(tx, started.id))
    driver.work_off()
    (incident,) = driver.incidents()
    assert (incident.kind, incident.element_id) == ("called-process-canceled", "c")


def test_given_a_deployment_that_is_removed_with_a_called_process_when_its_caller_is_another_s_then_the_call_says_so(
    driver: Driver,
) -> None:
    driver.deploy(definitions(CALLER + references("escalation=E1 ")))
    called = driver.deploy(definitions(process("start qs; user a; qs -> a", "q")))
    driver.start()
    driver.write(lambda tx: deployments.delete(tx, called.id, cascade=True))
    driver.work_off()
    (incident,) = driver.incidents()
    assert (incident.kind, incident.element_id) == ("called-process-canceled", "c")


def test_given_a_caller_that_is_suspended_canceled_and_deleted_when_its_called_process_escalated_then_that_goes_on(
    driver: Driver,
) -> None:
    driver.deploy(definitions(CALLER + RAISES + references("escalation=E1 ")))
    started = driver.start()
    driver.write(lambda tx: process_instances.suspend(tx, started.id))
    driver.complete(driver.task("a").id)
    driver.work_off()
    assert driver.tasks() == []
    driver.write(lambda tx: process_instances.cancel(tx, started.id, with_called=False))
    driver.write(lambda tx: process_instances.delete(tx, started.id))
    driver.work_off()
    assert [task.element_id for task in driver.tasks()] == ["after"]


def test_given_a_caller_that_is_gone_when_a_called_process_escalates_then_that_goes_on(driver: Driver) -> None:
    driver.deploy(definitions(CALLER + RAISES + references("escalation=E1 ")))
    started = driver.start()
    driver.write(lambda tx: process_instances.cancel(tx, started.id, with_called=False))
    driver.complete(driver.task("a").id)
    driver.work_off()
    assert [task.element_id for task in driver.tasks()] == ["after"]


def test_given_a_caller_that_interrupts_when_a_called_process_escalates_then_that_is_canceled(driver: Driver) -> None:
    driver.deploy(definitions(CALLER.replace(' cancelActivity="false"', "") + RAISES + references("escalation=E1 ")))
    started = driver.start()
    driver.complete(driver.task("a").id)
    driver.work_off()
    assert [task.element_id for task in driver.tasks()] == ["y"]
    (called,) = [item for item in driver.instances() if item.id != started.id]
    assert (driver.instance(started.id).status, called.status) == ("active", "canceled")
    assert all("after" not in str(entry.details) for entry in driver.history(called.id))
