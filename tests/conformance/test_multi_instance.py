"""Activities that run several times, at once or in turn (BPMN 10.3.8, 13.3.7)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bpmn import facts as f
from tests.bpmn.diagrams import diagram
from tests.conformance.harness import answered, complete, error, event, fail, put, retry, story

ROUND = "start s; {}; user z; s -> a -> z"
PARALLEL, SEQUENTIAL = ROUND.format("user a times=3"), ROUND.format("user a turns=3")


EACH_ITEM = '<multiInstanceLoopCharacteristics camunda:collection="items" camunda:elementVariable="item"/>'


def multi(inner: str = "", attributes: str = "") -> str:
    return f"<multiInstanceLoopCharacteristics {attributes}>{inner}</multiInstanceLoopCharacteristics>"


def zeebe(attributes: str, more: str = "", sequential: bool = False) -> str:
    loop = f"<extensionElements><zeebe:loopCharacteristics {attributes}/></extensionElements>"
    return multi(loop + more, f'isSequential="{str(sequential).lower()}"')


def test_given_a_parallel_multi_instance_when_entered_then_all_runs_are_open_at_once() -> None:
    done = story(diagram(PARALLEL))
    assert done.open == ["a", "a", "a", "a"]
    assert [fact.role for fact in done.facts(f.ActivityStarted)] == ["body", "run", "run", "run"]
    assert len(done.facts(f.UserTaskOpened)) == 3


def test_given_a_parallel_multi_instance_when_all_runs_are_done_then_it_is_left_once() -> None:
    two = story(diagram(PARALLEL), complete("a"), complete("a"))
    assert two.open == ["a", "a"]
    done = story(diagram(PARALLEL), complete("a"), complete("a"), complete("a"))
    assert (done.open, done.trace) == (["z"], ["s", "a", "a", "a", "a"])


def test_given_a_sequential_multi_instance_when_a_run_is_done_then_the_next_one_opens() -> None:
    assert story(diagram(SEQUENTIAL)).open == ["a", "a"]
    assert story(diagram(SEQUENTIAL), complete("a"), complete("a")).open == ["a", "a"]
    assert story(diagram(SEQUENTIAL), complete("a"), complete("a"), complete("a")).open == ["z"]


@pytest.mark.parametrize("word", ["times=0", "turns=0", "each=items"])
def test_given_nothing_to_run_for_when_entered_then_it_is_left_at_once(word: str) -> None:
    assert story(diagram(ROUND.format(f"user a {word}")), variables={"items": []}).open == ["z"]


def test_given_automatic_runs_in_parallel_when_the_first_is_done_then_the_others_count_as_active() -> None:
    done_when = "<completionCondition>${nrOfActiveInstances == 1}</completionCondition>"
    loop = multi(f"<loopCardinality>3</loopCardinality>{done_when}")
    assert story(diagram(f"start s; task a {loop}; user z; s -> a -> z")).trace.count("a") == 2 + 1


@pytest.mark.parametrize("word", ["times=5", "turns=5", "each=items"])
def test_given_a_task_that_passes_when_repeated_then_every_run_is_told(word: str) -> None:
    done = story(diagram(ROUND.format(f"task a {word}")), variables={"items": [1, 2, 3, 4, 5]})
    assert done.trace.count("a") == 6
    assert done.open == ["z"]


def test_given_a_collection_when_entered_then_each_run_sees_its_item_and_number() -> None:
    done = story(diagram(ROUND.format("user a each=items")), variables={"items": ["x", {"n": 1}, None]})
    runs = [item.activity for item in done.facts(f.ActivityStarted) if item.role == "run"]
    assert [done.instance.variables(run) for run in runs] == [
        {"loopCounter": 0, "item": "x"},
        {"loopCounter": 1, "item": {"n": 1}},
        {"loopCounter": 2, "item": None},
    ]
    assert done.variables == {"items": ["x", {"n": 1}, None]}


def test_given_diagrams_of_camunda_when_entered_then_runs_are_counted_from_zero_and_elsewhere_from_one() -> None:
    camunda = story(diagram(ROUND.format("user a turns=2 [camunda:assignee='x']")))
    plain = story(diagram(ROUND.format("user a turns=2")).replace(b"camunda.org/schema/1.0", b"example.org"))
    assert [fact.value for fact in camunda.facts(f.VariableSet)] == [0]
    assert [fact.value for fact in plain.facts(f.VariableSet)] == [1]


def test_given_the_runs_of_a_collection_when_done_then_their_local_variables_are_gone() -> None:
    text = diagram(ROUND.format("user a each=items"))
    done = story(text, complete("a"), complete("a"), variables={"items": [1, 2]})
    assert done.variables == {"items": [1, 2]}
    assert len(done.facts(f.ScopeEnded)) == 2


@pytest.mark.parametrize("sequential", [True, False])
def test_given_an_output_collection_when_all_are_done_then_it_is_in_the_order_of_the_input(sequential: bool) -> None:
    loop = zeebe(
        'inputCollection="=items" inputElement="item" outputCollection="out" outputElement="=done"',
        sequential=sequential,
    )
    text = diagram(ROUND.format(f"user a {loop}"))
    stimuli = [complete("a", done=number * 10) for number in (1, 2, 3)]
    done = story(text, *stimuli, variables={"items": [1, 2, 3]})
    assert done.variables == {"items": [1, 2, 3], "out": [10, 20, 30]}


def test_given_parallel_runs_done_out_of_order_when_collected_then_each_result_has_the_place_of_its_item() -> None:
    loop = zeebe('inputCollection="=items" inputElement="item" outputCollection="out" outputElement="=item * 2"')
    text = diagram(f"start s; sub a {loop}; end e; s -> a -> e; in a {{ user u; catch c message=m; u -> c }}")

    def last_first(player: object) -> None:
        instance = player.instances[0]  # type: ignore[attr-defined]
        tasks = sorted(instance.mirror.tasks, reverse=True)
        for task in tasks:
            instance.execution.complete(task)
            player.settle(instance)  # type: ignore[attr-defined]

    done = story(text, last_first, event("c"), event("c"), event("c"), variables={"items": [1, 2, 3]})
    assert done.variables["out"] == [2, 4, 6]


def test_given_an_empty_collection_when_left_then_the_output_collection_is_empty() -> None:
    loop = zeebe('inputCollection="=items" outputCollection="out" outputElement="=1"')
    assert story(diagram(ROUND.format(f"user a {loop}")), variables={"items": []}).variables["out"] == []


def test_given_data_items_of_plain_bpmn_when_run_then_input_and_output_are_local_to_each_run() -> None:
    loop = multi(
        "<loopDataInputRef>items</loopDataInputRef><loopDataOutputRef>out</loopDataOutputRef>"
        '<inputDataItem id="i1" name="item"/><outputDataItem id="o1" name="result"/>'
    )
    text = diagram(ROUND.format(f"user a {loop}")).replace(b"camunda.org/schema/1.0", b"example.org")
    done = story(text, complete("a", result="x"), complete("a", result="y"), variables={"items": [1, 2]})
    assert done.variables == {"items": [1, 2], "out": ["x", "y"]}


COUNTED = multi(
    "<loopCardinality>5</loopCardinality>"
    "<completionCondition>${nrOfCompletedInstances >= 2 and nrOfInstances == 5}</completionCondition>"
)


def test_given_a_completion_condition_when_it_becomes_true_then_the_other_runs_are_canceled() -> None:
    done = story(diagram(ROUND.format(f"user a {COUNTED}")), complete("a"), complete("a"))
    assert done.open == ["z"]
    assert len(done.facts(f.ActivityCanceled)) == 3
    assert len(done.facts(f.UserTaskClosed)) == 5


def test_given_a_completion_condition_when_sequential_then_no_further_run_opens() -> None:
    loop = COUNTED.replace(" >", ' isSequential="true">', 1)
    done = story(diagram(ROUND.format(f"user a {loop}")), complete("a"), complete("a"))
    assert (done.open, done.trace.count("a")) == (["z"], 3)


def test_given_a_completion_condition_on_a_result_when_a_run_brings_it_then_the_rest_stops() -> None:
    loop = multi("<loopCardinality>3</loopCardinality><completionCondition>${stop}</completionCondition>")
    text = diagram(ROUND.format(f"user a {loop}"))
    assert story(text, complete("a", stop=False)).open == ["a", "a", "a"]
    assert story(text, complete("a", stop=False), complete("a", stop=True)).open == ["z"]


def test_given_stopped_runs_when_collected_then_what_is_missing_is_null() -> None:
    loop = zeebe(
        'inputCollection="=items" inputElement="item" outputCollection="out" outputElement="=item"',
        "<completionCondition>=numberOfCompletedInstances = 1</completionCondition>",
    )
    text = diagram(ROUND.format(f"user a {loop}"))
    assert story(text, complete("a"), variables={"items": [1, 2, 3]}).variables["out"] == [1, None, None]


def test_given_the_counters_when_read_inside_then_they_tell_how_far_it_is() -> None:
    seen = "${nrOfInstances}/${nrOfCompletedInstances}/${nrOfActiveInstances}"
    text = f"""start s; sub a turns=3; end e; s -> a -> e
        in a {{ user u; service t [camunda:expression="{seen}" camunda:resultVariable="seen"]; u -> t }}"""
    assert story(diagram(text), complete("u")).variables == {"seen": "3/0/1"}
    assert story(diagram(text), complete("u"), complete("u")).variables == {"seen": "3/1/1"}


@pytest.mark.parametrize("value", [-1, 2.5, "many", None, True, [1], 10**6])
def test_given_a_cardinality_that_is_none_when_entered_then_it_is_an_incident_until_it_is_one(value: object) -> None:
    given = Decimal("2.5") if value == 2.5 else value
    text = diagram(ROUND.format("user a times=${n}"))
    failed = story(text, variables={"n": given})
    assert (failed.incidents, failed.open) == ({"a": "loop-invalid"}, ["a"])
    assert story(text, put(n=2), retry("a"), variables={"n": given}).open == ["a", "a", "a"]


@pytest.mark.parametrize("value", [5, "nothing", None, True])
def test_given_a_collection_that_is_none_when_entered_then_it_is_an_incident_until_it_is_one(value: object) -> None:
    text = diagram(ROUND.format("user a each=items"))
    assert story(text, variables={"items": value}).incidents == {"a": "loop-invalid"}
    assert story(text, put(items=[1]), retry("a"), variables={"items": value}).open == ["a", "a"]


def test_given_an_output_element_that_fails_when_mended_then_the_work_of_the_run_is_not_repeated() -> None:
    loop = zeebe('inputCollection="=items" inputElement="i" outputCollection="out" outputElement="${1 / n}"')
    text = diagram(ROUND.format(f"user a {loop}"))
    failed = story(text, complete("a", n="x"), variables={"items": [1, 2]})
    assert (failed.incidents, failed.open) == ({"a": "loop-invalid"}, ["a", "a", "a"])
    done = story(text, complete("a", n="x"), put(n=1), retry("a"), complete("a"), variables={"items": [1, 2]})
    assert (done.open, done.variables["out"], len(done.facts(f.UserTaskOpened))) == (["z"], [1, 1], 3)


def test_given_a_completion_condition_that_fails_when_mended_then_the_run_is_left() -> None:
    loop = multi("<loopCardinality>2</loopCardinality><completionCondition>${x}</completionCondition>")
    text = diagram(ROUND.format(f"user a {loop}"))
    assert story(text, complete("a")).incidents == {"a": "condition-failed"}
    assert story(text, complete("a"), put(x=False), retry("a"), complete("a")).open == ["z"]
    assert story(text, complete("a"), put(x=True), retry("a")).open == ["z"]


def test_given_a_run_that_fails_when_retried_then_only_it_is_taken_again() -> None:
    text = diagram(ROUND.format('user a times=2 [camunda:assignee="${who.get(loopCounter)}"]'))
    failed = story(text, variables={"who": ["ann"]})
    assert failed.incidents == {"a": "assignment-failed"}
    assert [task.assignee for task in failed.facts(f.UserTaskOpened)] == ["ann", None]
    done = story(text, put(who=["ann", "bob"]), retry("a"), variables={"who": ["ann"]})
    assert [task.assignee for task in done.facts(f.UserTaskAssigned)] == ["bob"]
    assert (done.incidents, len(done.facts(f.UserTaskOpened))) == ({}, 2)


def test_given_a_sequence_whose_collection_vanishes_when_the_next_run_opens_then_it_still_has_its_item() -> None:
    text = diagram(
        "start s; user a "
        '<multiInstanceLoopCharacteristics isSequential="true" camunda:collection="items" '
        'camunda:elementVariable="item"/>; user z; s -> a -> z'
    )
    done = story(text, complete("a", items=[7]), variables={"items": [1, 2]})
    assert done.open == ["a", "a"]


@pytest.mark.parametrize("word", ["times=3", "turns=3"])
def test_given_an_interrupting_boundary_event_when_it_comes_then_the_whole_is_canceled(word: str) -> None:
    text = diagram(ROUND.format(f"user a {word}") + "; boundary b on=a message=stop; user y; b -> y")
    done = story(text, complete("a"), event("b", x=1))
    assert (done.open, done.variables) == (["y"], {"x": 1})
    assert len([item for item in done.facts(f.MessageAwaited) if item.event == "b"]) == 1


@pytest.mark.parametrize("word", ["times=2", "turns=2"])
def test_given_a_quiet_boundary_event_when_it_comes_twice_then_the_runs_stay(word: str) -> None:
    text = diagram(ROUND.format(f"user a {word}") + "; boundary b on=a message=note quiet; user y; b -> y")
    done = story(text, event("b"), complete("a"), event("b"))
    assert done.open == ["a", "a", "y", "y"]
    assert story(text, event("b"), complete("a"), complete("a")).open == ["y", "z"]


@pytest.mark.parametrize("word", ["times=3", "turns=3"])
def test_given_an_error_in_one_run_when_caught_at_the_border_then_all_runs_are_canceled(word: str) -> None:
    text = diagram(
        f'start s; service a {word} [camunda:type="external" camunda:topic="t"]; user z; s -> a -> z'
        "; boundary b on=a error=E; user y; b -> y"
    )
    done = story(text, complete("a"), error("a", "E"))
    assert (done.open, done.work) == (["y"], {})


def test_given_an_error_end_in_one_run_of_a_subprocess_when_caught_then_the_siblings_do_not_catch_it() -> None:
    text = diagram("""start s; sub w times=2; boundary b on=w error=E; user y; user z; s -> w -> z; b -> y
        in w { user a; xor x; end bad error=E; end ok; a -> x; x -> bad : ${bad}; x -> ok : default }""")
    assert story(text, complete("a", bad=False), complete("a")).open == ["z"]
    assert story(text, complete("a", bad=True)).open == ["y"]


def test_given_an_error_that_a_run_catches_inside_when_thrown_then_only_that_run_goes_the_other_way() -> None:
    text = diagram("""start s; sub w times=2; user z; s -> w -> z
        in w { service a [camunda:type="external" camunda:topic="t"]; boundary b on=a error=E; user c; b -> c }""")
    done = story(text, error("a", "E"))
    assert done.open == ["a", "c", "w", "w", "w"]
    assert story(text, error("a", "E"), complete("c"), complete("a")).open == ["z"]


def test_given_an_error_that_nobody_catches_in_a_run_when_thrown_then_the_run_has_an_incident() -> None:
    text = diagram(ROUND.format('service a times=2 [camunda:type="external" camunda:topic="t"]'))
    done = story(text, error("a", "E"))
    assert done.incidents == {"a": "bpmn-error-unhandled"}
    assert done.open == ["a", "a", "a"]
    assert story(text, error("a", "E"), retry("a"), complete("a"), complete("a")).open == ["z"]


def test_given_a_call_in_a_run_that_fails_for_good_when_retried_then_it_is_made_again() -> None:
    text = diagram(ROUND.format('call a turns=2 [calledElement="q"]'))
    failed = story(text, fail("a"), remote=("q",))
    assert failed.incidents == {"a": "retries-exhausted"}
    done = story(text, fail("a"), retry("a"), answered("a"), answered("a"), remote=("q",))
    assert (done.open, len(done.facts(f.ProcessCalled))) == (["z"], 3)


def test_given_a_subprocess_with_items_when_run_then_each_run_has_its_own_scope() -> None:
    text = diagram("""start s; sub w each=items; end e; s -> w -> e
        in w { user a [camunda:assignee="${item}"]; user b [camunda:assignee="${item}"]; a -> b }""")
    done = story(text, complete("a"), variables={"items": ["ann", "bob"]})
    assert {(task.element, task.assignee) for task in done.tasks.values()} == {("a", "bob"), ("b", "ann")}
    done = story(text, *[complete(name) for name in "aabb"], variables={"items": ["ann", "bob"]})
    assert done.ends == ("e",)


def test_given_a_repeated_subprocess_in_a_repeated_subprocess_when_run_then_all_combinations_are_done() -> None:
    text = diagram("""start s; sub o each=rows; end e; s -> o -> e
        in o { sub i <multiInstanceLoopCharacteristics camunda:collection="item" camunda:elementVariable="cell"/>
            in i { user a [camunda:assignee="${cell}"] } }""")
    opened = story(text, variables={"rows": [["a", "b"], ["c"]]})
    assert sorted(task.assignee for task in opened.facts(f.UserTaskOpened)) == ["a", "b", "c"]
    done = story(text, complete("a"), complete("a"), complete("a"), variables={"rows": [["a", "b"], ["c"]]})
    assert (done.ends, done.variables) == (("e",), {"rows": [["a", "b"], ["c"]]})


def test_given_joins_in_repeated_subprocesses_when_tokens_of_two_runs_come_then_they_do_not_mix() -> None:
    text = diagram("""start s; sub w times=2; end e; s -> w -> e
        in w { start ws; and f; user a; user b; and j; ws -> f; f -> a -> j; f -> b -> j }""")
    assert "j" not in story(text, complete("a"), complete("a")).trace
    assert story(text, complete("a"), complete("a"), complete("b"), complete("b")).ends == ("e",)


def test_given_a_terminate_end_in_one_run_when_reached_then_only_that_run_ends() -> None:
    text = diagram("""start s; sub w times=2; end e; s -> w -> e
        in w { start ws; and f; user a; user b; end t terminate; ws -> f; f -> a -> t; f -> b }""")
    assert story(text, complete("a")).open == ["a", "b", "w", "w"]
    assert story(text, complete("a"), complete("a")).ends == ("e",)


def test_given_a_repeated_call_when_run_then_each_child_gets_its_item_and_returns_its_own() -> None:
    mapping = (
        '<extensionElements><camunda:in source="item" target="x"/><camunda:out source="y" target="got"/>'
        "</extensionElements>"
    )
    text = diagram(f'start s; call a each=items [calledElement="q"] {mapping}; user z; s -> a -> z')
    called = story(text, variables={"items": [1, 2]}, remote=("q",))
    assert [fact.variables for fact in called.facts(f.ProcessCalled)] == [{"x": 1}, {"x": 2}]
    done = story(text, answered("a", y=1), answered("a", y=2), variables={"items": [1, 2]}, remote=("q",))
    assert done.open == ["z"]


def test_given_repeated_calls_when_the_rest_is_stopped_then_the_other_children_are_canceled() -> None:
    loop = multi(
        "<loopCardinality>3</loopCardinality><completionCondition>${nrOfCompletedInstances == 1}</completionCondition>"
    )
    text = diagram(ROUND.format(f'call a [calledElement="q"] {loop}'))
    done = story(text, answered("a"), remote=("q",))
    assert (done.open, len(done.facts(f.CallCanceled))) == (["z"], 2)


def test_given_a_repeated_receive_task_when_messages_come_then_each_run_takes_one() -> None:
    text = diagram(ROUND.format("receive a message=m times=2"))
    assert story(text, event("a")).open == ["a", "a"]
    assert story(text, event("a"), event("a")).open == ["z"]


def test_given_a_repeated_service_expression_when_run_then_it_sees_the_item() -> None:
    text = diagram(
        'start s; service a [camunda:expression="${sum + item}" camunda:resultVariable="sum"] '
        + EACH_ITEM
        + "; end e; s -> a -> e"
    )
    assert story(text, variables={"items": [1, 2, 3], "sum": 0}).variables["sum"] == 6


def test_given_mappings_on_a_repeated_task_when_run_then_they_are_applied_for_each_run() -> None:
    mapping = (
        "<extensionElements><zeebe:ioMapping>"
        '<zeebe:input source="=item + 1" target="x"/><zeebe:output source="=x * 10" target="result"/>'
        "</zeebe:ioMapping></extensionElements>"
    )
    loop = zeebe('inputCollection="=items" inputElement="item" outputCollection="out" outputElement="=result"')
    done = story(diagram(ROUND.format(f"task a {mapping}{loop}")), variables={"items": [1, 2]})
    assert done.variables == {"items": [1, 2], "out": [20, 30]}


def test_given_a_multi_instance_in_a_loop_of_flows_when_entered_again_then_it_begins_anew() -> None:
    text = diagram(
        "start s; xor m; user a times=2; xor x; end e; s -> m -> a -> x; x -> m : ${again}; x -> e : default"
    )
    again = [complete("a", again=True), complete("a"), complete("a", again=False), complete("a")]
    assert story(text, *again).ends == ("e",)


def test_given_a_multi_instance_behind_a_border_when_reached_then_the_border_comes_first_and_once() -> None:
    text = diagram(ROUND.format('task a times=3 [camunda:asyncBefore="true" camunda:asyncAfter="true"]'))
    done = story(text)
    assert (len(done.facts(f.ContinuationDue)), done.open) == (2, ["z"])


def test_given_a_repeated_task_when_the_process_is_terminated_then_all_runs_are_canceled() -> None:
    text = diagram("start s; and g; user a times=3; user b; end t terminate; s -> g; g -> a; g -> b -> t")
    done = story(text, complete("b"))
    assert (done.outcome, len(done.facts(f.ActivityCanceled))) == ("terminated", 4)
