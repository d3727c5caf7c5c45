"""Conditional events (BPMN 10.5.5), links, and events with several definitions."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bpmn import facts as f
from tests.bpmn.diagrams import diagram
from tests.conformance.harness import MONDAY, complete, error, event, forget, put, refused, retry, story
from tests.conformance.player import Player

WAITS = "start s; catch c condition=${n>3}; end e; s -> c -> e"


def test_given_a_condition_that_is_true_when_reached_then_it_is_passed_at_once() -> None:
    assert story(diagram(WAITS), variables={"n": 4}).ends == ("e",)


def test_given_a_condition_when_a_variable_is_set_from_outside_then_it_goes_on_when_true() -> None:
    assert story(diagram(WAITS), variables={"n": 1}).open == ["c"]
    assert story(diagram(WAITS), put(n=2), variables={"n": 1}).open == ["c"]
    assert story(diagram(WAITS), put(n=5), variables={"n": 1}).ends == ("e",)


def test_given_a_condition_on_a_variable_that_is_not_there_when_it_comes_then_it_goes_on() -> None:
    assert story(diagram(WAITS)).incidents == {}
    assert story(diagram(WAITS), put(n=5)).ends == ("e",)


def test_given_a_condition_when_another_branch_sets_the_variable_then_it_goes_on() -> None:
    text = diagram("""start s; and f; catch c condition=${n>3}; user a; user b; and j; end e
        s -> f; f -> c -> b -> j; f -> a -> j; j -> e""")
    assert story(text, complete("a", n=1)).open == ["c"]
    assert story(text, complete("a", n=4)).open == ["b"]


def test_given_a_condition_when_an_automatic_step_sets_the_variable_then_it_goes_on_in_the_same_advance() -> None:
    text = diagram(
        """start s; and f; catch c condition=${n>3}; service t [camunda:expression="${5}"
        camunda:resultVariable="n"]; end e; end g; s -> f; f -> c -> e; f -> t -> g""".replace(
            "\n        camunda", " camunda"
        )
    )
    assert set(story(text).ends) == {"e", "g"}


def test_given_a_condition_on_a_local_variable_when_another_scope_has_it_then_only_its_own_counts() -> None:
    text = diagram("""start s; and f; sub v; sub w; s -> f; f -> v; f -> w
        in v { catch c condition=${n>3}; user x; c -> x }
        in w { user a }""")
    assert story(text, put("w", n=5)).open == ["a", "c", "v", "w"]
    assert story(text, put("v", n=5)).open == ["a", "v", "w", "x"]


def test_given_an_interrupting_conditional_boundary_event_when_it_becomes_true_then_the_task_is_canceled() -> None:
    text = diagram("start s; user a; boundary b on=a condition=${n>3}; user y; s -> a; b -> y")
    assert story(text, put(n=1)).open == ["a"]
    assert story(text, put(n=4)).open == ["y"]
    assert story(text, variables={"n": 4}).open == ["y"]


def test_given_a_quiet_conditional_boundary_event_when_it_becomes_true_again_then_it_fires_again() -> None:
    text = diagram("start s; user a; boundary b on=a condition=${n>3} quiet; user y; s -> a; b -> y")
    assert story(text, put(n=4), put(n=5)).open == ["a", "y"]
    assert story(text, put(n=4), put(n=1), put(n=5)).open == ["a", "y", "y"]


@pytest.mark.parametrize(
    ("changes", "fired"),
    [("create", 1), ("update", 2), ("create, update", 3), ("delete", 0)],
)
def test_given_a_filter_of_changes_when_they_come_then_each_counts_while_the_condition_holds(
    changes: str, fired: int
) -> None:
    drawn = (
        f'<conditionalEventDefinition camunda:variableName="m" camunda:variableEvents="{changes}">'
        "<condition>${n > 1}</condition></conditionalEventDefinition>"
    )
    text = diagram(f"start s; user a; boundary b on=a quiet {drawn}; user y; s -> a; b -> y")
    set_three_times = (put(m=1), put(m=2), put(m=3))
    assert story(text, put(n=2), *set_three_times, variables={"n": 1}).open == ["a", *["y"] * fired]
    assert story(text, *set_three_times, variables={"n": 1}).open == ["a"]


@pytest.mark.parametrize("changes", ["", 'camunda:variableName="m" camunda:variableEvents="delete"'])
def test_given_a_condition_when_a_variable_is_removed_by_hand_then_it_is_looked_at(changes: str) -> None:
    drawn = (
        f"<conditionalEventDefinition {changes}><condition>${{!execution.hasVariable('m')}}</condition>"
        "</conditionalEventDefinition>"
    )
    text = diagram(f"start s; user a; boundary b on=a {drawn}; user y; s -> a; b -> y")
    assert story(text, forget("n"), variables={"m": 1, "n": 1}).open == ["a"]
    assert story(text, forget("m"), variables={"m": 1, "n": 1}).open == ["y"]


def test_given_a_condition_when_somebody_triggers_it_from_outside_then_that_is_refused() -> None:
    def trigger(player: object) -> None:
        player.instances[0].execution.trigger(2, "c", {})  # type: ignore[attr-defined]

    story(diagram(WAITS), refused(trigger, "does not wait for 'c'"))


def test_given_a_conditional_event_behind_a_gateway_when_it_becomes_true_then_the_others_are_withdrawn() -> None:
    text = diagram("""start s; event-gateway g; catch c condition=${n>3}; catch d message=m; user x; user y
        s -> g; g -> c -> x; g -> d -> y""")
    assert story(text).open == ["g"]
    done = story(text, put(n=4))
    assert (done.open, done.waits) == (["x"], {})
    assert story(text, event("d")).open == ["y"]
    assert story(text, variables={"n": 4}).open == ["x"]


def test_given_conditions_in_loops_when_true_each_time_then_each_turn_passes() -> None:
    text = diagram("""start s; xor m; catch c condition=${n>3}; user a; xor x; end e
        s -> m -> c -> a -> x; x -> m : ${again}; x -> e : default""")
    assert story(text, complete("a", again=True), variables={"n": 4}).open == ["a"]
    assert story(text, complete("a", again=True, n=1), variables={"n": 4}).open == ["c"]


# --- links ---


def test_given_a_link_when_thrown_then_the_token_goes_on_at_the_catch() -> None:
    text = diagram("start s; throw t link=go; s -> t; catch c link=go; user a; end e; c -> a -> e")
    done = story(text, complete("a"))
    assert done.trace == ["s", "t", "c", "a", "e"]


def test_given_several_throwing_links_when_each_is_reached_then_each_token_comes_to_the_one_catch() -> None:
    text = diagram("""start s; and f; throw t1 link=go; throw t2 link=go; s -> f; f -> t1; f -> t2
        catch c link=go; user a; c -> a""")
    assert story(text).open == ["a", "a"]


def test_given_links_that_lead_back_when_followed_then_they_form_a_loop() -> None:
    text = diagram("""start s; xor m; user a; xor x; throw t link=again; end e; s -> m -> a -> x
        x -> t : ${again}; x -> e : default; catch c link=again; c -> m""")
    assert story(text, complete("a", again=True), complete("a", again=False)).ends == ("e",)


def test_given_links_of_one_name_in_two_levels_when_thrown_then_each_stays_in_its_level() -> None:
    text = diagram("""start s; sub w; throw t link=go; s -> w -> t; catch c link=go; user a; c -> a
        in w { start ws; throw wt link=go; ws -> wt; catch wc link=go; task wa; wc -> wa }""")
    done = story(text)
    assert (done.open, done.trace) == (["a"], ["s", "ws", "wt", "wc", "wa", "w", "t", "c"])


def test_given_a_link_before_an_inclusive_join_when_a_token_can_come_by_it_then_the_join_waits() -> None:
    text = diagram("""start s; or f; user a; user b; throw t link=go; catch c link=go; or j; end e
        s -> f; f -> a -> t; f -> b -> j; c -> j; j -> e""")
    waiting = story(text, complete("b"))
    assert (waiting.open, "j" in waiting.trace) == (["a"], False)
    done = story(text, complete("b"), complete("a"))
    assert (done.ends, done.trace.count("j")) == (("e",), 1)


# --- several definitions ---

EITHER = "start s; catch c message=m signal=g timer=PT1H; end e; s -> c -> e"


@pytest.mark.parametrize("number", [0, 1, 2])
def test_given_several_definitions_when_any_comes_then_it_goes_on_and_the_others_wait_no_more(number: int) -> None:
    assert sorted(story(diagram(EITHER)).waits.values()) == ["message", "signal", "timer"]
    done = story(diagram(EITHER), event(f"c#{number}", x=1))
    assert (done.ends, done.waits, done.variables) == (("e",), {}, {"x": 1})


BOTH = 'start s; catch c message=m signal=g timer=PT1H [parallelMultiple="true"]; end e; s -> c -> e'


@pytest.mark.parametrize("order", ["012", "210", "120"])
def test_given_a_parallel_multiple_event_when_all_have_come_in_any_order_then_it_goes_on(order: str) -> None:
    first, second, third = (event(f"c#{number}", **{f"v{number}": number}) for number in order)
    assert story(diagram(BOTH), first, second).open == ["c"]
    done = story(diagram(BOTH), first, second, third)
    assert (done.ends, done.variables) == (("e",), {"v0": "0", "v1": "1", "v2": "2"})


def test_given_a_parallel_multiple_event_when_one_comes_twice_then_the_second_is_refused() -> None:

    def again(player: Player) -> None:
        player.instances[0].execution.trigger(2, "c#0", {})

    story(diagram(BOTH), event("c#0"), refused(again, "does not wait"))


def test_given_a_parallel_multiple_event_with_a_condition_when_all_hold_then_it_goes_on() -> None:
    text = diagram('start s; catch c message=m condition=${n>3} [parallelMultiple="true"]; end e; s -> c -> e')
    assert story(text, put(n=4)).open == ["c"]
    assert story(text, event("c#0")).open == ["c"]
    assert story(text, put(n=4), event("c#0")).ends == ("e",)
    assert story(text, event("c#0"), put(n=4)).ends == ("e",)


@pytest.mark.parametrize("quiet", ["", "quiet"])
def test_given_a_boundary_event_with_several_definitions_when_any_comes_then_it_fires(quiet: str) -> None:
    text = diagram(f"start s; user a; boundary b on=a message=m signal=g {quiet}; user y; s -> a; b -> y")
    stays = ["a"] if quiet else []
    assert story(text, event("b#0")).open == [*stays, "y"]
    assert story(text, event("b#1")).open == [*stays, "y"]
    if quiet:
        assert story(text, event("b#1"), event("b#1"), event("b#0")).open == ["a", "y", "y", "y"]


def test_given_a_quiet_parallel_multiple_boundary_event_when_all_came_then_it_fires_and_waits_for_all_again() -> None:
    text = diagram(
        'start s; user a; boundary b on=a message=m signal=g quiet [parallelMultiple="true"]; user y; s -> a; b -> y'
    )
    assert story(text, event("b#0")).waits == {"b#1": "signal"}
    assert story(text, event("b#0"), event("b#1")).open == ["a", "y"]
    again = story(text, event("b#0"), event("b#1"), event("b#1"), event("b#0"))
    assert again.open == ["a", "y", "y"]


def test_given_a_boundary_event_for_an_error_or_a_message_when_either_comes_then_it_fires() -> None:

    text = diagram(
        'start s; service a [camunda:type="external" camunda:topic="t"]; boundary b on=a error=E1 message=m; user y'
        "; s -> a; b -> y"
    )
    assert story(text, event("b#1")).open == ["y"]
    assert story(text, error("a", "E1")).open == ["y"]
    assert story(text, error("a", "E2")).incidents == {"a": "bpmn-error-unhandled"}


@pytest.mark.parametrize("quiet", ["", "quiet"])
def test_given_a_handler_with_several_definitions_when_any_comes_then_it_begins(quiet: str) -> None:
    text = diagram(f"user a; handler h; in h {{ start hs message=m timer=PT1H {quiet}; user x; hs -> x }}")
    stays = ["a"] if quiet else []
    assert story(text, event("hs#1")).open == [*stays, "h", "x"]
    assert story(text, event("hs#0")).due == ({"hs#1": MONDAY + timedelta(hours=1)} if quiet else {})


def test_given_a_handler_that_waits_for_all_when_all_came_then_it_begins() -> None:
    text = diagram('user a; handler h; in h { start hs message=m signal=g [parallelMultiple="true"]; user x; hs -> x }')
    assert story(text, event("hs#0")).open == ["a"]
    assert story(text, event("hs#0"), event("hs#1")).open == ["h", "x"]


def test_given_a_quiet_boundary_event_for_all_when_it_cannot_wait_again_then_it_is_an_incident_until_it_can() -> None:
    text = diagram(
        'start s; user a; boundary b on=a message=m-${n} signal=g message=${k} quiet [parallelMultiple="true"]; user y'
        "; s -> a; b -> y"
    )
    came = [event("b#0"), event("b#1"), put(k={"x": 1}), event("b#2")]
    failed = story(text, *came, variables={"n": 1, "k": "k"})
    assert (failed.open, failed.waits, failed.incidents) == (["a", "y"], {}, {"a": "event-failed"})
    assert "'b'" in failed.messages[0]
    assert story(text, *came, retry("a"), variables={"n": 1, "k": "k"}).incidents == {"a": "event-failed"}
    mended = story(text, *came, put(k="l"), retry("a"), variables={"n": 1, "k": "k"})
    assert (mended.waits, mended.incidents) == ({"b#0": "message", "b#1": "signal", "b#2": "message"}, {})
    assert story(text, *came, complete("a"), variables={"n": 1, "k": "k"}).open == ["y"]


def test_given_a_quiet_handler_for_all_when_it_cannot_wait_again_then_it_is_an_incident_until_it_can() -> None:
    text = diagram(
        'user a; handler h; in h { start hs signal=g signal=g-${n} quiet [parallelMultiple="true"]; user x; hs -> x }'
    )
    came = [event("hs#0"), put(n={"x": 1}), event("hs#1")]
    failed = story(text, *came, variables={"n": 1})
    assert (failed.open, failed.waits, failed.incidents) == (["a", "h", "h", "x"], {}, {"h": "event-failed"})
    done = story(text, *came, put(n=2), retry("h"), event("hs#1"), event("hs#0"), variables={"n": 1})
    assert (done.open, done.incidents) == (["a", "h", "h", "x", "x"], {})
    assert done.waits == {"hs#0": "signal", "hs#1": "signal"}


def test_given_a_process_that_several_events_start_when_any_comes_then_an_instance_begins() -> None:
    text = diagram("start s message=m signal=g; user a; s -> a")
    assert story(text, start="s#0").open == ["a"]
    assert story(text, start="s#1").open == ["a"]


def test_given_definitions_by_reference_when_run_then_they_are_those_beside_the_process() -> None:
    root = '<message id="mm" name="go"/><messageEventDefinition id="d1" messageRef="mm"/>'
    text = diagram("start s; catch c <eventDefinitionRef>d1</eventDefinitionRef>; end e; s -> c -> e", root=root)
    assert story(text, event("c")).facts(f.MessageAwaited)[0].name == "go"


# --- messages that are sent ---


@pytest.mark.parametrize("sender", ["throw t message=m", "send t message=m"])
def test_given_a_sender_when_reached_then_the_message_is_sent_once_and_it_goes_on(sender: str) -> None:
    done = story(diagram(f"start s; {sender}; end e; s -> t -> e"))
    (sent,) = done.facts(f.MessageThrown)
    assert (sent.event, sent.name, sent.variables, sent.correlation_key) == ("t", "m", {}, None)
    assert done.ends == ("e",)


def test_given_a_message_end_when_reached_then_the_message_is_sent() -> None:
    done = story(diagram("start s; end t message=m; s -> t"))
    assert ([fact.name for fact in done.facts(f.MessageThrown)], done.ends) == (["m"], ("t",))


def test_given_mappings_at_a_sender_when_reached_then_they_are_the_payload_and_stay_local() -> None:
    mapping = (
        '<extensionElements><camunda:inputOutput><camunda:inputParameter name="n">${n + 1}</camunda:inputParameter>'
        "</camunda:inputOutput></extensionElements>"
    )
    for sender in (f"throw t message=m {mapping}", f"send t message=m {mapping}"):
        done = story(diagram(f"start s; {sender}; end e; s -> t -> e"), variables={"n": 1})
        assert done.facts(f.MessageThrown)[0].variables == {"n": 2}
        assert done.variables == {"n": 1}
    ended = story(diagram(f"start s; end t message=m {mapping}; s -> t"), variables={"n": 1})
    assert (ended.facts(f.MessageThrown)[0].variables, ended.ends) == ({"n": 2}, ("t",))


def test_given_a_correlation_key_when_sent_then_it_goes_with_the_message() -> None:
    key = '<extensionElements><zeebe:subscription correlationKey="=order"/></extensionElements>'
    root = f'<message id="keyed" name="paid">{key}</message>'
    text = diagram('start s; throw t <messageEventDefinition messageRef="keyed"/>; s -> t', root=root)
    assert story(text, variables={"order": 7}).facts(f.MessageThrown)[0].correlation_key == "7"
    assert story(text).incidents == {"t": "event-failed"}
    assert story(text, put(order="x"), retry("t")).facts(f.MessageThrown)[0].correlation_key == "x"


@pytest.mark.parametrize(
    "sender",
    [
        'send t [camunda:type="external" camunda:topic="mail"]',
        'throw t <messageEventDefinition camunda:type="external" camunda:topic="mail"/>',
        'send t <extensionElements><zeebe:taskDefinition type="mail"/></extensionElements>',
        'rule t [camunda:type="external" camunda:topic="mail"]',
    ],
)
def test_given_a_sender_with_a_topic_when_reached_then_a_worker_does_it(sender: str) -> None:
    text = diagram(f"start s; {sender}; user z; s -> t -> z")
    waiting = story(text)
    assert (waiting.work["t"].topic, waiting.facts(f.MessageThrown)) == ("mail", [])
    done = story(text, complete("t", n=1))
    assert (done.open, done.variables) == (["z"], {"n": 1})


def test_given_a_message_end_with_a_topic_when_the_worker_is_done_then_the_process_ends() -> None:
    text = diagram('start s; end t <messageEventDefinition camunda:type="external" camunda:topic="mail"/>; s -> t')
    assert story(text).work["t"].topic == "mail"
    done = story(text, complete("t"))
    assert (done.outcome, done.ends) == ("completed", ("t",))


FLOW = '<collaboration id="co"><messageFlow id="mf" sourceRef="t" targetRef="c" {}/></collaboration>'
PLAIN = "start s; throw t <messageEventDefinition/>; catch c <messageEventDefinition/>; s -> t -> c"


@pytest.mark.parametrize(("attribute", "name"), [("", "mf"), ('messageRef="mm"', "order")])
def test_given_a_message_flow_when_its_ends_name_no_message_then_it_is_the_message(attribute: str, name: str) -> None:
    done = story(diagram(PLAIN, root=FLOW.format(attribute) + '<message id="mm" name="order"/>'))
    assert [fact.name for fact in done.facts(f.MessageThrown)] == [name]
    assert [fact.name for fact in done.facts(f.MessageAwaited)] == [name]


def test_given_a_receiver_without_a_message_when_reached_then_it_waits_for_one_of_its_own_id() -> None:
    done = story(diagram("start s; catch c <messageEventDefinition/>; receive r; s -> c -> r"), event("c"))
    assert [fact.name for fact in done.facts(f.MessageAwaited)] == ["c", "r"]


def test_given_messages_and_signals_without_a_name_when_used_then_they_are_called_by_their_ids() -> None:
    root = '<message id="m1"/><signal id="s1"/>'
    definitions_ = '<messageEventDefinition messageRef="m1"/><signalEventDefinition signalRef="s1"/>'
    done = story(diagram(f"start s; catch c {definitions_}; s -> c", root=root))
    assert done.facts(f.MessageAwaited)[0].name == "m1"
    assert done.facts(f.SignalAwaited)[0].name == "s1"


def test_given_signals_without_a_reference_when_thrown_then_those_of_the_same_file_hear_it() -> None:
    signal = "<signalEventDefinition/>"
    text = f"start s; and f; catch c {signal}; throw t {signal}; end e; s -> f; f -> c -> e; f -> t"
    assert story(diagram(text)).ends == ("e",)
    assert story(diagram(text)).facts(f.SignalThrown)[0].name == "unnamed signal of p"


# --- what begins a process ---


def test_given_an_instantiating_receive_task_when_its_message_comes_then_the_process_begins_behind_it() -> None:
    text = diagram('receive r message=m [instantiate="true"]; user a; r -> a')
    done = story(text, start="r", variables={"x": 1})
    assert (done.open, done.trace, done.waits, done.variables) == (["a"], ["r"], {}, {"x": 1})


def test_given_an_instantiating_gateway_when_one_of_its_events_comes_then_the_process_begins_behind_it() -> None:
    text = diagram("""event-gateway g [instantiate="true"]; catch c message=m; receive r message=n; user x; user y
        g -> c -> x; g -> r -> y""")
    assert story(text, start="c").open == ["x"]
    assert story(text, start="r").open == ["y"]
    assert story(text, start="c").waits == {}
