"""Data objects, inputs and outputs, and the associations between them (BPMN 10.4, 13.3.2)."""

from __future__ import annotations

import pytest

from bpmn import facts as f
from bpmn.report import Status
from tests.bpmn.diagrams import definitions, diagram, process
from tests.bpmn.reading import refusals, upload
from tests.conformance.harness import Outcome, answered, complete, error, event, put, retry, story

OBJECTS = """<dataObject id="d1" name="order"/><dataObject id="d2" name="result"/>
    <dataObjectReference id="order_seen" dataObjectRef="d1"><dataState name="checked"/></dataObjectReference>"""


def io(inputs: str = "", outputs: str = "", sets: str = "<inputSet/><outputSet/>") -> str:
    """An ioSpecification; inputs and outputs are ids with names: `i1=order i2`."""
    return f"<ioSpecification>{items('dataInput', inputs)}{items('dataOutput', outputs)}{sets}</ioSpecification>"


def items(kind: str, text: str) -> str:
    pairs = [item.partition("=") for item in text.split()]
    return "".join(f'<{kind} id="{key}" name="{name or key}"/>' for key, _, name in pairs)


def copy_in(source: str, target: str, more: str = "") -> str:
    return association("dataInputAssociation", source, target, more)


def copy_out(source: str, target: str, more: str = "") -> str:
    return association("dataOutputAssociation", source, target, more)


def association(kind: str, sources: str, target: str, more: str) -> str:
    parts = "".join(f"<sourceRef>{source}</sourceRef>" for source in sources.split())
    return f"<{kind}>{parts}<targetRef>{target}</targetRef>{more}</{kind}>"


def assign(value: str, to: str) -> str:
    return f"<assignment><from>{value}</from><to>{to}</to></assignment>"


def one_task(inner: str, objects: str = OBJECTS) -> bytes:
    return beside(diagram(f"start s; user a {inner}; user z; s -> a -> z"), objects)


def beside(text: bytes, objects: str) -> bytes:
    """The diagram with data objects at the end of its first process."""
    return text.replace(b"</process>", objects.encode() + b"</process>", 1)


def test_given_an_input_association_when_the_task_begins_then_the_data_is_a_local_variable_of_it() -> None:
    text = one_task(io("i1=given") + copy_in("d1", "i1"))
    done = story(text, variables={"order": {"n": 1}})
    assert (done.locals("a"), done.variables) == ({"given": {"n": 1}}, {"order": {"n": 1}})
    assert story(text, complete("a"), variables={"order": 1}).variables == {"order": 1}


def test_given_a_reference_to_a_data_object_when_copied_then_it_is_that_object() -> None:
    text = one_task(io("i1=given") + copy_in("order_seen", "i1"))
    assert story(text, variables={"order": 7}).locals("a") == {"given": 7}


def test_given_a_data_object_without_a_plain_name_when_copied_then_its_id_is_the_variable() -> None:
    objects = '<dataObject id="d1" name="The order"/><dataObject id="d3" name="x"/><dataObject id="d4" name="x"/>'
    text = one_task(io("", "o1") + copy_out("o1", "d1") + copy_out("o1", "d3") + copy_out("o1", "d4"), objects)
    assert story(text, complete("a", o1=5)).variables == {"d1": 5, "x": 5, "d4": 5}


def test_given_an_output_association_when_the_task_is_done_then_its_data_goes_there_and_nowhere_else() -> None:
    text = one_task(io("", "o1=made") + copy_out("o1", "d2"))
    assert story(text, complete("a", made=3, other=4)).variables == {"result": 3, "other": 4}


def test_given_an_output_that_was_not_made_when_the_task_is_done_then_the_object_stays_as_it_was() -> None:
    text = one_task(io("", "o1=made") + copy_out("o1", "d2"))
    assert story(text, complete("a"), variables={"result": 1, "made": 2}).variables == {"result": 1, "made": 2}


def test_given_data_that_is_not_there_when_the_task_begins_then_it_begins_without() -> None:
    done = story(one_task(io("i1=given") + copy_in("d1", "i1")))
    assert (done.open, done.variables) == (["a"], {})


def test_given_a_result_named_like_an_input_when_done_then_it_goes_outside_as_ever() -> None:
    text = one_task(io("i1=order") + copy_in("d1", "i1"))
    assert story(text, complete("a", order=2), variables={"order": 1}).variables == {"order": 2}


def test_given_an_output_without_an_association_when_done_then_its_data_goes_outside_as_ever() -> None:
    assert story(one_task(io("", "o1=made")), complete("a", made=2)).variables == {"made": 2}


def test_given_a_transformation_when_copied_then_its_value_is_put_there() -> None:
    change = "<transformation>${order.price * 2}</transformation>"
    text = one_task(io("i1=given") + copy_in("d1", "i1", change))
    assert story(text, variables={"order": {"price": 4}}).locals("a") == {"given": 8}


def test_given_a_transformation_of_several_sources_when_copied_then_it_sees_all_of_them() -> None:
    change = "<transformation>${order + result}</transformation>"
    text = one_task(io("i1=given") + copy_in("d1 d2", "i1", change))
    assert story(text, variables={"order": 4, "result": 5}).locals("a") == {"given": 9}


@pytest.mark.parametrize(
    "to", ["given.total", "${given.total}", "i1.total", "total", "bpmn:getDataInput('given')/total"]
)
def test_given_assignments_when_copied_then_each_puts_its_value_in_its_place(to: str) -> None:
    parts = assign("${order}", to) + assign('"EUR"', "given.currency.name")
    text = one_task(io("i1=given") + copy_in("d1", "i1", parts))
    assert story(text, variables={"order": 4}).locals("a") == {"given": {"total": 4, "currency": {"name": "EUR"}}}


def test_given_an_assignment_of_the_whole_when_copied_then_the_source_is_not_copied() -> None:
    text = one_task(io("i1=given") + copy_in("d1", "i1", assign("1 + 1", "i1")))
    assert story(text, variables={"order": 4}).locals("a") == {"given": 2}


def test_given_an_assignment_at_the_end_when_done_then_it_changes_a_part_of_the_object() -> None:
    text = one_task(io("", "o1=made") + copy_out("o1", "d2", assign("${made + 1}", "result.count")))
    done = story(text, complete("a", made=1), variables={"result": {"kept": True}})
    assert done.variables == {"result": {"kept": True, "count": 2}}


def test_given_an_assignment_that_fails_when_mended_then_the_work_is_not_repeated() -> None:
    text = one_task(io("", "o1=made") + copy_out("o1", "d2", assign("${made + more}", "result.count")))
    assert story(text, complete("a", made=1)).incidents == {"a": "mapping-failed"}
    done = story(text, complete("a", made=1), put(more=2), retry("a"))
    assert (done.variables, done.open) == ({"more": 2, "result": {"count": 3}}, ["z"])


def test_given_a_place_in_what_is_no_object_when_assigned_then_it_is_an_incident() -> None:
    text = one_task(io("i1=given") + copy_in("d1", "i1", "<transformation>5</transformation>" + assign("1", "given.a")))
    assert story(text, variables={"order": 1}).incidents == {"a": "mapping-failed"}


@pytest.mark.parametrize(
    ("variables", "local"),
    [
        ({"order": 1}, {"i1": 1}),
        ({"result": 2}, {"i2": 2}),
        ({"order": 1, "result": 2}, {"i1": 1}),
        ({}, {}),
    ],
)
def test_given_several_input_sets_when_begun_then_the_first_whose_data_is_there_is_taken(
    variables: dict[str, int], local: dict[str, int]
) -> None:
    sets = "".join(f"<inputSet><dataInputRefs>{name}</dataInputRefs></inputSet>" for name in ("i1", "i2"))
    text = one_task(io("i1 i2", "", sets) + copy_in("d1", "i1") + copy_in("d2", "i2"))
    assert (story(text, variables=variables).locals("a")) == local


def test_given_an_optional_input_when_it_is_missing_then_its_set_is_taken_all_the_same() -> None:
    both = "<dataInputRefs>i1</dataInputRefs><dataInputRefs>i2</dataInputRefs><optionalInputRefs>i2</optionalInputRefs>"
    sets = f"<inputSet>{both}</inputSet><inputSet><dataInputRefs>i2</dataInputRefs></inputSet>"
    text = one_task(io("i1 i2", "", sets) + copy_in("d1", "i1") + copy_in("d2", "i2"))
    assert story(text, variables={"order": 1}).locals("a") == {"i1": 1}
    assert story(text, variables={"order": 1, "result": 2}).locals("a") == {"i1": 1, "i2": 2}
    assert story(text, variables={"result": 2}).locals("a") == {"i2": 2}


def test_given_several_output_sets_when_done_then_the_first_that_was_made_goes_out() -> None:
    sets = "".join(f"<outputSet><dataOutputRefs>{name}</dataOutputRefs></outputSet>" for name in ("o1", "o2"))
    text = one_task(io("", "o1 o2", sets) + copy_out("o1", "d1") + copy_out("o2", "d2"))
    assert story(text, complete("a", o1=1, o2=2)).variables == {"order": 1}
    assert story(text, complete("a", o2=2)).variables == {"result": 2}


def test_given_a_property_of_a_task_when_filled_then_it_is_the_task_s_own() -> None:
    text = one_task('<property id="p1" name="note"/>' + copy_in("d1", "p1") + copy_out("p1", "d2"))
    done = story(text, complete("a"), variables={"order": 1})
    assert done.variables == {"order": 1, "result": 1}


def test_given_a_property_of_the_process_when_written_then_it_is_a_variable_of_it() -> None:
    text = one_task(io("", "o1") + copy_out("o1", "p1"), '<property id="p1" name="note"/>')
    assert story(text, complete("a", o1=1)).variables == {"note": 1}


def test_given_a_data_object_of_a_subprocess_when_it_is_over_then_the_object_is_gone() -> None:
    inner = io("", "o1") + copy_out("o1", "inner")
    text = diagram(f"start s; sub w; user z; s -> w -> z; in w {{ user a {inner}; user b; a -> b }}").replace(
        b"</subProcess>", b'<dataObject id="inner" name="note"/></subProcess>'
    )
    assert story(text, complete("a", o1=1)).locals("w") == {"note": 1}
    done = story(text, complete("a", o1=1), complete("b", note=2))
    assert (done.open, done.variables) == (["z"], {})


def test_given_a_data_store_when_written_and_read_then_it_keeps_the_data_for_the_instance() -> None:
    store = '<dataStoreReference id="ref" dataStoreRef="st"/>'
    text = diagram(
        f"""start s; user a {io("", "o1")}{copy_out("o1", "ref")}; sub w; s -> a -> w
        in w {{ user b {io("i1")}{copy_in("ref", "i1")} }}""",
        root='<dataStore id="st" name="archive"/>',
    )
    done = story(beside(text, store), complete("a", o1="kept"))
    assert (done.variables, done.locals("b")) == ({"archive": "kept"}, {"i1": "kept"})


def test_given_a_collection_when_copied_then_it_is_a_list_like_any_value() -> None:
    text = one_task(io("i1") + copy_in("d1", "i1"), '<dataObject id="d1" name="orders" isCollection="true"/>')
    assert story(text, variables={"orders": [1, 2]}).locals("a") == {"i1": [1, 2]}


# --- tasks that do not wait ---


def test_given_a_service_expression_with_data_when_run_then_it_reads_its_input_and_hands_out_its_output() -> None:
    inner = io("i1=given", "o1=made") + copy_in("d1", "i1") + copy_out("o1", "d2")
    task = f'service a [camunda:expression="${{given + 1}}" camunda:resultVariable="made"] {inner}'
    done = story(beside(diagram(f"start s; {task}; user z; s -> a -> z"), OBJECTS), variables={"order": 1})
    assert done.variables == {"order": 1, "result": 2}


def test_given_a_plain_task_with_data_when_passed_then_it_copies() -> None:
    text = diagram(
        f'start s; task a <property id="p1"/>{copy_in("d1", "p1")}{copy_out("p1", "d2")}; user z; s -> a -> z'
    )
    assert story(beside(text, OBJECTS), variables={"order": 1}).variables == {"order": 1, "result": 1}


# --- events ---


def caught(outputs: str, payload: dict[str, object], more: str = "") -> Outcome:
    inner = items("dataOutput", outputs) + more
    text = diagram(f"start s; catch c message=m {inner}; user z; s -> c -> z")
    return story(beside(text, OBJECTS), event("c", **payload))


def test_given_data_outputs_of_a_catch_when_the_message_comes_then_only_what_is_drawn_is_taken() -> None:
    done = caught("o1=a", {"a": 1, "b": 2}, copy_out("o1", "d1"))
    assert done.variables == {"order": 1}


@pytest.mark.parametrize(("payload", "order"), [({"x": 5}, 5), ({"x": 5, "y": 6}, {"x": 5, "y": 6})])
def test_given_one_data_output_of_another_name_when_the_message_comes_then_it_gets_the_payload(
    payload: dict[str, object], order: object
) -> None:
    assert caught("o1=all", payload, copy_out("o1", "d1")).variables == {"order": order}


def test_given_a_payload_when_transformed_then_its_value_is_taken() -> None:
    change = "<transformation>${all.x}</transformation>"
    assert caught("o1=all", {"x": 5, "y": 6}, copy_out("o1", "d1", change)).variables == {"order": 5}


def test_given_data_outputs_without_an_association_when_the_message_comes_then_its_variables_are_set() -> None:
    assert caught("o1=a", {"a": 1, "b": 2}).variables == {"a": 1, "b": 2}


def test_given_a_receive_task_with_data_when_the_message_comes_then_only_what_is_drawn_is_taken() -> None:
    text = diagram(f"start s; receive c message=m {io('', 'o1=a')}{copy_out('o1', 'd1')}; user z; s -> c -> z")
    assert story(beside(text, OBJECTS), event("c", a=1, b=2)).variables == {"order": 1}


@pytest.mark.parametrize("quiet", ["", "quiet"])
def test_given_data_outputs_of_a_boundary_event_when_it_comes_then_only_what_is_drawn_is_taken(quiet: str) -> None:
    inner = items("dataOutput", "o1=a") + copy_out("o1", "d1")
    text = beside(
        diagram(f"start s; user u; boundary b on=u message=m {quiet} {inner}; user z; s -> u; b -> z"), OBJECTS
    )
    done = story(text, event("b", a=1, c=2))
    assert (done.variables, "z" in done.open, "b" in done.trace) == ({"order": 1}, True, True)


def test_given_a_boundary_event_whose_data_cannot_be_taken_when_mended_then_it_goes_on() -> None:
    inner = items("dataOutput", "o1=a") + copy_out("o1", "d1", assign("${a + b}", "order"))
    text = beside(diagram(f"start s; user u; boundary b on=u message=m {inner}; user z; s -> u; b -> z"), OBJECTS)
    assert story(text, event("b", a=1)).incidents == {"b": "mapping-failed"}
    assert story(text, event("b", a=1), put(b=2), retry("b")).variables == {"b": 2, "order": 3}


def test_given_data_outputs_of_a_handler_s_start_when_it_comes_then_only_what_is_drawn_is_taken() -> None:
    inner = items("dataOutput", "o1=a") + copy_out("o1", "d1")
    text = diagram(f"user u; handler h; in h {{ start hs message=m quiet {inner}; user z; hs -> z }}")
    done = story(beside(text, OBJECTS), event("hs", a=1, c=2))
    assert (done.variables, done.locals("h")) == ({"order": 1}, {"a": 1})


def test_given_data_outputs_of_a_start_when_its_message_starts_then_only_what_is_drawn_is_taken() -> None:
    inner = items("dataOutput", "o1=a") + copy_out("o1", "d1")
    text = beside(diagram(f"start s message=m {inner}; user z; s -> z"), OBJECTS)
    done = story(text, start="s", variables={"a": 1, "b": 2})
    assert (done.variables, done.open, done.trace) == ({"order": 1}, ["z"], ["s"])


@pytest.mark.parametrize("sender", ["throw t message=m {}", "send t message=m {}", "end t message=m {}"])
def test_given_data_inputs_of_a_sender_when_sent_then_they_are_the_payload(sender: str) -> None:
    drawn = items("dataInput", "i1=given") if "send" not in sender else io("i1=given")
    text = diagram(f"start s; {sender.format(drawn + copy_in('d1', 'i1'))}; s -> t")
    done = story(beside(text, OBJECTS), variables={"order": 1, "other": 2})
    assert [fact.variables for fact in done.facts(f.MessageThrown)] == [{"given": 1}]
    assert done.variables == {"order": 1, "other": 2}


@pytest.mark.parametrize("kind", ["signal=x", "escalation=x", "error=x"])
def test_given_data_inputs_of_a_thrower_when_caught_in_the_same_process_then_the_data_comes_along(kind: str) -> None:
    thrown = items("dataInput", "i1=given") + copy_in("d1", "i1")
    text = diagram(f"""start s; sub w; boundary b on=w {kind}; user z; s -> w; b -> z
        in w {{ end t {kind} {thrown} }}""")
    done = story(beside(text, OBJECTS), variables={"order": 1})
    assert (done.variables, "z" in done.open) == ({"order": 1, "given": 1}, True)


# --- calls ---


CALL = 'start s; call c [calledElement="q"] {}; user z; s -> c -> z'


def test_given_a_call_with_data_when_called_and_returned_then_it_crosses_by_name() -> None:
    inner = io("i1=given", "o1=made") + copy_in("d1", "i1") + copy_out("o1", "d2")
    text = beside(definitions(process(CALL.format(inner)) + process("user b", "q")), OBJECTS)
    done = story(text, variables={"order": 1})
    assert done.children[0].variables == {"given": 1}
    done = story(text, complete("b", made=2, other=3), variables={"order": 1})
    assert done.variables == {"order": 1, "result": 2}


def test_given_a_global_task_with_data_when_called_then_its_own_specification_is_filled_by_name() -> None:
    inner = io("i1=given", "o1=made") + copy_in("d1", "i1") + copy_out("o1", "d2")
    rule = f'<globalBusinessRuleTask id="q" camunda:expression="${{given + 1}}" camunda:resultVariable="made">{io("x=given", "y=made")}</globalBusinessRuleTask>'
    text = beside(diagram(CALL.format(inner), root=rule), OBJECTS)
    assert story(text, variables={"order": 1}).variables == {"order": 1, "result": 2}


def test_given_an_answer_that_cannot_be_taken_when_mended_then_the_child_is_not_called_again() -> None:
    inner = io("", "o1=made") + copy_out("o1", "d2", assign("${made + x}", "result"))
    text = beside(diagram(CALL.format(inner)), OBJECTS)
    done = story(text, answered("c", made=1), put(x=1), retry("c"), remote=("q",))
    assert (done.variables, len(done.facts(f.ProcessCalled))) == ({"x": 1, "result": 2}, 1)


def test_given_an_error_out_of_a_task_with_data_when_caught_then_its_outputs_do_not_leave() -> None:
    inner = io("", "o1=made") + copy_out("o1", "d2")
    work = f'service a [camunda:type="external" camunda:topic="t"] {inner}'
    text = beside(diagram(f"start s; {work}; boundary b on=a error; user z; s -> a; b -> z"), OBJECTS)
    assert story(text, error("a", "E", made=1)).variables == {}


# --- repetitions ---

LOOP = (
    '<multiInstanceLoopCharacteristics isSequential="{}"><loopDataInputRef>{}</loopDataInputRef>'
    '<loopDataOutputRef>{}</loopDataOutputRef><inputDataItem id="item" name="one"/>'
    '<outputDataItem id="back" name="answer"/></multiInstanceLoopCharacteristics>'
)


@pytest.mark.parametrize("sequential", ["true", "false"])
def test_given_collections_of_data_when_repeated_then_each_run_takes_one_and_gives_one(sequential: str) -> None:
    inner = (
        io("i1=all i2=mine", "o1=answers o2=said")
        + copy_in("d1", "i1")
        + copy_in("item", "i2")
        + copy_out("o2", "back")
        + copy_out("o1", "d2")
        + LOOP.format(sequential, "i1", "o1")
    )
    text = one_task(inner)
    first = story(text, variables={"order": ["x", "y"]})
    runs = [item.activity for item in first.facts(f.ActivityStarted) if item.role == "run"]
    assert first.instance.variables(runs[0])["mine"] == "x"
    done = story(text, complete("a", said=1), complete("a", said=2), variables={"order": ["x", "y"]})
    assert (done.open, done.variables) == (["z"], {"order": ["x", "y"], "result": [1, 2]})


def test_given_a_subprocess_over_a_collection_object_when_repeated_then_objects_are_referred_to_directly() -> None:
    loop = LOOP.format("false", "d1", "d2")
    text = beside(diagram(f"start s; sub w {loop}; user z; s -> w -> z; in w {{ user a }}"), OBJECTS)
    done = story(text, complete("a", answer=1), complete("a", answer=2), variables={"order": ["x", "y"]})
    assert done.variables == {"order": ["x", "y"], "result": [1, 2]}


# --- what is only drawn, and what is wrong ---


def test_given_associations_as_drawing_tools_leave_them_when_read_then_nothing_is_copied() -> None:
    tool = f"<property id='x' name='__targetRef_placeholder'/>{copy_in('d1', 'x')}{copy_out('', 'd2')}"
    done = story(one_task(tool), complete("a", made=1))
    assert (done.open, done.variables) == (["z"], {"made": 1})


def test_given_an_association_that_leads_nowhere_when_read_then_the_report_says_so() -> None:
    report, _ = upload(one_task(copy_in("gone", "d1")))
    assert [entry.message for entry in report.entries if "gone" in entry.message] == [
        "sourceRef 'gone' leads to no data: nothing is copied"
    ]


def test_given_a_transformation_that_says_nothing_when_read_then_the_report_says_so_and_the_source_is_copied() -> None:
    text = one_task(io("i1") + copy_in("d1", "i1", "<transformation/>"))
    assert [entry.message for entry in upload(text)[0].entries if "says nothing" in entry.message]
    assert story(text, variables={"order": 1}).locals("a") == {"i1": 1}


def test_given_the_state_of_data_when_read_then_the_report_says_that_it_is_for_readers() -> None:
    report, _ = upload(one_task(""))
    (found,) = [entry for entry in report.entries if entry.element_type == "dataState"]
    assert found.status is Status.DOCUMENTATION


@pytest.mark.parametrize(
    ("inner", "said"),
    [
        (copy_in("d1 d2", "i1"), "needs a transformation"),
        (copy_in("d1", "i1", "<assignment><from>1</from><to>a + b</to></assignment>"), "such as order.total"),
        (copy_in("d1", "i1", "<assignment><to>i1</to></assignment>"), "needs a `from`"),
        (copy_in("d1", "i1", "<transformation>${a +}</transformation>"), "transformation"),
    ],
)
def test_given_an_association_that_cannot_be_executed_when_read_then_it_is_refused(inner: str, said: str) -> None:
    (found,) = refusals(one_task(io("i1") + inner))
    assert (found.element_id, said in found.message) == ("a", True)
