"""Variables, their scopes, and mappings (BPMN 10.4.1, 10.4.2; the vendors' input and output mappings)."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest

from bpmn import facts as f
from tests.bpmn.diagrams import diagram
from tests.bpmn.reading import refusals
from tests.conformance.harness import complete, error, event, put, refused, retry, story


def camunda(**parameters: str) -> str:
    """Camunda's inputOutput: `in_x` and `out_x` name the parameters."""
    kinds = {"in": "inputParameter", "out": "outputParameter"}
    written = "".join(
        f'<camunda:{kinds[side]} name="{name}">{value}</camunda:{kinds[side]}>'
        for (side, _, name), value in ((key.partition("_"), value) for key, value in parameters.items())
    )
    return f"<extensionElements><camunda:inputOutput>{written}</camunda:inputOutput></extensionElements>"


def zeebe(*mappings: str, more: str = "") -> str:
    written = "".join(f"<zeebe:{mapping}/>" for mapping in mappings)
    return f"<extensionElements>{more}<zeebe:ioMapping>{written}</zeebe:ioMapping></extensionElements>"


PATHS_IN = zeebe('input source="=n" target="order.id"', 'input source="me" target="order.by.name"')
PATHS_OUT = zeebe('output source="=r" target="order.result.value"', 'output source="=1" target="order.state"')


def test_given_mappings_to_paths_when_the_activity_is_entered_then_they_make_one_object_of_its_own() -> None:
    done = story(diagram(TASK.format(PATHS_IN)), variables={"n": 5, "order": {"old": True}})
    assert done.locals("a") == {"order": {"id": 5, "by": {"name": "me"}}}
    assert done.variables["order"] == {"old": True}


def test_given_mappings_to_paths_when_the_activity_is_left_then_they_add_to_the_object_that_is_there() -> None:
    text = diagram(TASK.format(PATHS_OUT))
    made = story(text, complete("a", r=2))
    assert made.variables == {"order": {"result": {"value": 2}, "state": 1}}
    added = story(text, complete("a", r=2), variables={"order": {"id": 5, "result": {"by": "me"}}})
    assert added.variables == {"order": {"id": 5, "result": {"by": "me", "value": 2}, "state": 1}}


def test_given_a_mapping_to_a_path_in_something_else_when_the_activity_is_left_then_it_is_an_incident() -> None:
    done = story(diagram(TASK.format(PATHS_OUT)), complete("a", r=2), variables={"order": "A1"})
    assert done.incidents == {"a": "mapping-failed"}


def test_given_an_object_and_a_path_in_it_when_mapped_then_the_path_is_put_into_the_object() -> None:
    both = zeebe('input source="={a: 1}" target="o"', 'input source="=2" target="o.b"', 'input source="=o" target="p"')
    assert story(diagram(TASK.format(both))).locals("a") == {"o": {"a": 1, "b": 2}, "p": {"a": 1, "b": 2}}


OUT_Y = zeebe('output source="=r + 1" target="y"')
TASK = "start s; user a {}; user z; s -> a -> z"


def test_given_parallel_branches_when_each_writes_then_each_sees_what_the_other_wrote() -> None:
    text = diagram("""start s; and f; user a; user b; and j; end e
        service c [camunda:expression="${x + y}" camunda:resultVariable="z"]
        s -> f; f -> a -> j; f -> b -> c -> j; j -> e""")
    done = story(text, complete("a", x=2), complete("b", y=3), variables={"x": 1, "y": 1})
    assert done.variables == {"x": 2, "y": 3, "z": 5}


def test_given_a_completion_when_its_variables_are_new_then_they_belong_to_the_process() -> None:
    text = diagram("start s; sub w; user z; s -> w -> z; in w { user a }")
    assert story(text, complete("a", x=1)).variables == {"x": 1}


def test_given_a_local_variable_of_a_subprocess_when_a_task_in_it_writes_then_it_stays_local_and_ends_with_it() -> None:
    text = diagram("start s; sub w; user z; s -> w -> z; in w { user a; user b; a -> b }")
    inside = story(text, put("w", x=1), complete("a", x=2, y=3))
    assert (inside.locals("w"), inside.variables) == ({"x": 2}, {"y": 3})
    done = story(text, put("w", x=1), complete("a", x=2, y=3), complete("b"))
    assert (done.variables, done.facts(f.ScopeEnded)) == ({"y": 3}, [f.ScopeEnded(2)])


def test_given_the_same_name_at_two_levels_when_read_inside_then_the_inner_one_hides_the_outer_one() -> None:
    text = diagram("""start s; sub w; user z; s -> w -> z
        in w { user a; service c [camunda:expression="${x}" camunda:resultVariable="seen"]; a -> c }""")
    done = story(text, put("w", x=1), complete("a"), variables={"x": 9})
    assert done.variables == {"x": 9, "seen": 1}


def test_given_two_instances_of_one_subprocess_when_each_has_locals_then_they_do_not_meet() -> None:
    text = diagram(f"""start s; and f; sub w {camunda(in_n="${n}")}; user z; s -> f; f -> w; f -> w; w -> z
        in w {{ user a }}""")
    done = story(text, complete("a", n=5), variables={"n": 1})
    assert (done.variables, done.locals("w")) == ({"n": 1}, {"n": 1})
    assert done.facts(f.ScopeEnded) == [f.ScopeEnded(3)]


def test_given_a_value_that_does_not_change_when_set_then_no_fact_is_left() -> None:
    done = story(diagram("start s; user a; user b; s -> a -> b"), complete("a", x=1, y=2), variables={"x": 1})
    assert [(fact.name, fact.value) for fact in done.facts(f.VariableSet)] == [("x", 1), ("y", 2)]


@pytest.mark.parametrize(
    ("before", "after"),
    [(1, True), (0, False), (1, Decimal("1.0")), ("1", 1), ([1], [True]), (Decimal("1.0"), Decimal("1.00"))],
)
def test_given_a_value_of_another_type_when_set_then_it_is_a_change(before: Any, after: Any) -> None:
    done = story(diagram("start s; user a; user b; s -> a -> b"), complete("a", x=after), variables={"x": before})
    assert len(done.facts(f.VariableSet)) == 2
    assert repr(done.variables["x"]) == repr(after)


def test_given_values_of_all_kinds_when_saved_then_every_digit_is_kept() -> None:
    values = {
        "big": 2**200,
        "tiny": Decimal("1E-40"),
        "money": Decimal("10.10"),
        "text": "é\u2028\U0001f600\x00" * 3,
        "nested": {"a": [1, {"b": None}], "": True},
        "typename": {"typename": "x", "__class__": "y"},
        "self": 1,
        "a b": 2,
    }
    done = story(diagram("start s; user a; user b; s -> a -> b"), complete("a"), variables=values)
    assert done.variables == values
    assert repr(done.variables["tiny"]) == "Decimal('1E-40')"


def test_given_a_long_text_when_saved_then_it_is_kept() -> None:
    text = "x" * 1_000_000
    assert story(diagram("start s; user a; s -> a"), variables={"x": text}).variables == {"x": text}


def test_given_camunda_input_parameters_when_entered_then_they_are_local_to_the_activity() -> None:
    inputs = camunda(in_x="${n + 1}", in_t="hello ${n}", in_c="plain", in_empty="")
    done = story(diagram(TASK.format(inputs)), variables={"n": 1})
    assert done.locals("a") == {"x": 2, "t": "hello 1", "c": "plain", "empty": None}
    assert done.variables == {"n": 1}


def test_given_camunda_lists_and_maps_when_entered_then_their_parts_are_evaluated() -> None:
    written = """<camunda:inputParameter name="l"><camunda:list>
        <camunda:value>${n}</camunda:value><camunda:value>b</camunda:value></camunda:list>
        </camunda:inputParameter><camunda:inputParameter name="m"><camunda:map>
        <camunda:entry key="k">${n}</camunda:entry><camunda:entry key="e"/></camunda:map></camunda:inputParameter>"""
    inputs = f"<extensionElements><camunda:inputOutput>{written}</camunda:inputOutput></extensionElements>"
    done = story(diagram(TASK.format(inputs.replace("\n", " "))), variables={"n": 1})
    assert done.locals("a") == {"l": [1, "b"], "m": {"k": 1, "e": None}}


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("<list><value>1</value><list><value>${n}</value></list></list>", ["1", [1]]),
        ("<list><value><map><entry key='k'>${n}</entry></map></value></list>", [{"k": 1}]),
        ("<map><entry key='k'><list><value>a</value><value>${n}</value></list></entry></map>", {"k": ["a", 1]}),
        ("<map><entry key='k'><map><entry key='e'/></map></entry></map>", {"k": {"e": None}}),
        ("<list><list/><map/></list>", [[], {}]),
    ],
)
def test_given_lists_and_maps_in_each_other_when_mapped_then_the_value_is_nested_so(written: str, value: Any) -> None:
    drawn = re.sub(r"<(/?)", r"<\1camunda:", written)
    assert story(diagram(TASK.format(camunda(in_v=drawn))), variables={"n": 1}).locals("a") == {"v": value}


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("<list><entry key='k'>1</entry></list>", "entry in a mapping is not executed"),
        ("<map><value>1</value></map>", "value in a map is not executed; write an entry"),
        ("<map><entry><list/></entry></map>", "an entry of a map needs a key"),
        ("<map><entry key='k'><list/><list/></entry></map>", "a value of a list or a map is one, not 2"),
        (
            "<list><value><list><script scriptFormat='juel'/></list></value></list>",
            "the script is to be written into the diagram",
        ),
    ],
)
def test_given_lists_and_maps_that_are_none_when_uploaded_then_they_are_refused(written: str, said: str) -> None:
    drawn = re.sub(r"<(/?)", r"<\1camunda:", written)
    assert any(said in found.message for found in refusals(diagram(TASK.format(camunda(in_v=drawn)))))


@pytest.mark.parametrize("shape", ["list", "map"])
def test_given_a_loop_that_puts_a_variable_into_itself_when_it_holds_too_much_then_it_is_an_incident(
    shape: str,
) -> None:
    parts = {
        "list": "<camunda:value>${x}</camunda:value>" * 100,
        "map": '<camunda:entry key="k">${x}</camunda:entry>',
    }
    output = camunda(out_x=f"<camunda:{shape}>{parts[shape]}</camunda:{shape}>")
    done = story(diagram(f"start s; xor m; task a {output}; s -> m -> a -> m"), variables={"x": 1})
    assert done.incidents == {"a": "mapping-failed"}
    assert "holds too much" in done.messages[0]


def test_given_camunda_output_parameters_when_left_then_they_read_the_locals_and_write_outside() -> None:
    mappings = camunda(in_x="${n}", out_y="${x + 1}", out_n="${x + 2}")
    done = story(diagram(TASK.format(mappings)), complete("a"), variables={"n": 1})
    assert (done.variables, done.facts(f.ScopeEnded)) == ({"n": 3, "y": 2}, [f.ScopeEnded(2)])


def test_given_an_input_of_the_same_name_when_completed_with_it_then_it_stays_local() -> None:
    done = story(diagram(TASK.format(camunda(in_n="${n}"))), complete("a", n=7, m=8), variables={"n": 1})
    assert done.variables == {"n": 1, "m": 8}


def test_given_inputs_in_order_when_one_reads_an_earlier_one_then_it_sees_the_outer_value() -> None:
    done = story(diagram(TASK.format(camunda(in_n="${n + 1}", in_m="${n + 1}"))), variables={"n": 1})
    assert done.locals("a") == {"n": 2, "m": 2}


def test_given_camunda_outputs_in_order_when_one_reads_an_earlier_one_then_it_sees_what_was_written() -> None:
    outputs = camunda(in_l="1", out_n="${n + 1}", out_m="${n + 1}", out_l="5", out_k="${l}")
    done = story(diagram(TASK.format(outputs)), complete("a"), variables={"n": 1})
    assert done.variables == {"n": 2, "m": 3, "l": "5", "k": "1"}


def test_given_zeebe_mappings_in_order_when_one_reads_an_earlier_one_then_it_sees_the_new_value() -> None:
    mappings = zeebe('input source="=n + 1" target="n"', 'input source="=n + 1" target="m"')
    done = story(diagram(TASK.format(mappings)), variables={"n": 1})
    assert (done.locals("a"), done.variables) == ({"n": 2, "m": 3}, {"n": 1})
    outputs = zeebe('output source="=n + 1" target="n"', 'output source="=n + 1" target="m"')
    assert story(diagram(TASK.format(outputs)), complete("a"), variables={"n": 1}).variables == {"n": 2, "m": 3}


def test_given_zeebe_mappings_when_left_then_only_what_an_output_names_leaves() -> None:
    mappings = zeebe('input source="=n + 1" target="x"', 'output source="=x + r" target="y"')
    done = story(diagram(TASK.format(mappings)), complete("a", r=10, q=1), variables={"n": 1})
    assert done.variables == {"n": 1, "y": 12}


def test_given_zeebe_inputs_only_when_completed_then_results_go_out() -> None:
    done = story(diagram(TASK.format(zeebe('input source="=n" target="x"'))), complete("a", r=1), variables={"n": 1})
    assert done.variables == {"n": 1, "r": 1}


def test_given_a_service_task_with_zeebe_outputs_when_done_then_the_worker_s_results_stay_inside() -> None:
    extension = zeebe('output source="=r" target="y"', more='<zeebe:taskDefinition type="t"/>')
    done = story(diagram(f"start s; service a {extension}; user z; s -> a -> z"), complete("a", r=1, q=2))
    assert done.variables == {"y": 1}


def test_given_mappings_on_a_message_event_when_it_comes_then_its_payload_is_mapped() -> None:
    text = f"start s; catch a message=go {OUT_Y}; user z; s -> a -> z"
    assert story(diagram(text), event("a", r=1)).variables == {"y": 2}


def test_given_mappings_on_an_event_behind_an_event_based_gateway_when_it_comes_then_its_payload_is_mapped() -> None:
    text = f"""start s; event-gateway g; catch a message=go {OUT_Y}
        catch t timer=PT1H; user z; s -> g -> a -> z; g -> t -> z"""
    assert story(diagram(text), event("a", r=1)).variables == {"y": 2}


def test_given_mappings_on_a_subprocess_when_run_then_they_frame_it() -> None:
    text = f"""start s; sub w {camunda(in_x="${n}", out_y="${x}")}; user z; s -> w -> z
        in w {{ user a }}"""
    done = story(diagram(text), complete("a", x=5), variables={"n": 1})
    assert done.variables == {"n": 1, "y": 5}


def test_given_mappings_on_a_passing_task_when_reached_then_they_are_applied() -> None:
    text = f"start s; task a {camunda(in_x='${n}', out_y='${x + 1}')}; end e; s -> a -> e"
    assert story(diagram(text), variables={"n": 1}).variables == {"n": 1, "y": 2}


def test_given_mappings_on_an_expression_task_when_reached_then_the_result_is_mapped() -> None:
    attributes = '[camunda:expression="${x * 2}" camunda:resultVariable="r"]'
    text = f"start s; service a {attributes} {camunda(in_x='${n}', in_r='', out_y='${r}')}; end e; s -> a -> e"
    assert story(diagram(text), variables={"n": 4}).variables == {"n": 4, "y": 8}


def test_given_an_input_that_fails_when_mended_then_the_task_opens() -> None:
    text = diagram(TASK.format(camunda(in_x="${n + 1}")))
    failed = story(text)
    assert (failed.incidents, failed.tasks) == ({"a": "mapping-failed"}, {})
    assert "mapping to 'x'" in failed.messages[0]
    assert story(text, put(n=1), retry("a")).locals("a") == {"x": 2}


def test_given_an_output_that_fails_when_mended_then_the_work_is_not_asked_for_again() -> None:
    text = diagram(TASK.format(camunda(out_x="${n + 1}")))
    failed = story(text, complete("a", done=True))
    assert (failed.incidents, failed.variables, failed.open) == ({"a": "mapping-failed"}, {"done": True}, ["a"])
    story(text, complete("a"), refused(complete("a"), "resolve its incident"))
    done = story(text, complete("a", done=True), put(n=1), retry("a"))
    assert (done.open, done.variables, done.trace) == (["z"], {"done": True, "n": 1, "x": 2}, ["s", "a"])


def test_given_several_outputs_when_one_fails_then_none_is_written() -> None:
    text = diagram(TASK.format(camunda(out_x="${n}", out_y="${missing}")))
    assert story(text, complete("a"), variables={"n": 1}).variables == {"n": 1}


def test_given_locals_of_an_activity_when_it_is_interrupted_then_they_end_with_it() -> None:
    text = f"start s; user a {camunda(in_x='1')}; boundary t on=a timer=PT1H; user z; s -> a; t -> z"
    assert story(diagram(text), event("t")).facts(f.ScopeEnded) == [f.ScopeEnded(2)]


def test_given_variables_with_an_error_when_caught_then_they_go_where_the_activity_s_would() -> None:
    attributes = '[camunda:type="external" camunda:topic="t"]'
    text = f"start s; service a {attributes} {camunda(in_x='1')}; boundary b on=a error; user z; s -> a; b -> z"
    assert story(diagram(text), error("a", "E", None, x=2, y=3)).variables == {"y": 3}


def test_given_a_scope_that_is_gone_when_set_then_it_is_refused() -> None:
    def set_gone(player: Any) -> None:
        player.instances[0].execution.set_variables(2, {"x": 1})

    story(diagram(TASK.format("")), complete("a"), refused(set_gone, "no scope 2"))


def test_given_a_variable_set_by_hand_when_a_condition_is_retried_then_it_is_seen() -> None:
    text = diagram("start s; xor x; end e; s -> x; x -> e : ${n > 1}")
    failed = story(text)
    assert failed.incidents == {"x": "condition-failed"}
    assert story(text, put(n=2), retry("x")).ends == ("e",)
