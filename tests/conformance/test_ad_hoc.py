"""Ad-hoc subprocesses: activities without an order, some of which people choose (BPMN 10.3.5.4, 13.3.5)."""

from __future__ import annotations

import pytest

from bpmn import facts as f
from tests.bpmn.diagrams import diagram
from tests.conformance.harness import Outcome, choose, complete, error, event, put, refused, retry, story


def adhoc(condition: str | None = None, attributes: str = "", inside: str = "user a; user b; user c") -> bytes:
    inner = "" if condition is None else f"<completionCondition>{condition}</completionCondition>"
    return diagram(f"start s; adhoc w [{attributes}] {inner}; user z; s -> w -> z; in w {{ {inside} }}")


def extended(text: bytes, extensions: str) -> bytes:
    """The same with extensions of the ad-hoc subprocess."""
    drawn = f"<extensionElements>{extensions}</extensionElements><completionCondition"
    return text.replace(b"<completionCondition", drawn.encode())


def test_given_an_ad_hoc_subprocess_when_entered_then_its_activities_are_open_at_once_and_in_any_order() -> None:
    assert story(adhoc()).open == ["a", "b", "c", "w"]
    assert story(adhoc(), complete("b"), complete("a"), complete("c")).open == ["z"]


def test_given_sequential_ordering_when_entered_then_one_activity_is_open_at_a_time() -> None:
    text = adhoc(attributes='ordering="Sequential"')
    assert story(text).open == ["a", "w"]
    assert story(text, complete("a")).open == ["b", "w"]
    assert story(text, complete("a"), complete("b"), complete("c")).open == ["z"]


def test_given_flows_inside_when_an_activity_is_done_then_its_followers_come() -> None:
    text = adhoc(inside="user a; user b; user c; a -> b")
    assert story(text).open == ["a", "c", "w"]
    assert story(text, complete("a"), complete("c")).open == ["b", "w"]
    assert story(text, complete("a"), complete("c"), complete("b")).open == ["z"]


@pytest.mark.parametrize("attributes", ["", 'cancelRemainingInstances="true"'])
def test_given_a_completion_condition_when_it_holds_after_an_activity_then_the_rest_is_canceled(
    attributes: str,
) -> None:
    text = adhoc("${enough}", attributes)
    assert story(text, complete("a", enough=False)).open == ["b", "c", "w"]
    done = story(text, complete("a", enough=False), complete("b", enough=True))
    assert (done.open, len(done.facts(f.ActivityCanceled))) == (["z"], 1)


def test_given_remaining_instances_are_kept_when_the_condition_holds_then_it_waits_for_them() -> None:
    text = adhoc("${enough}", 'cancelRemainingInstances="false"')
    assert story(text, complete("a", enough=True)).open == ["b", "c", "w"]
    assert story(text, complete("a", enough=True), complete("b"), complete("c")).open == ["z"]


def test_given_sequential_ordering_when_the_condition_holds_then_no_further_activity_opens() -> None:
    text = adhoc("${enough}", 'ordering="Sequential"')
    assert story(text, complete("a", enough=True)).open == ["z"]
    kept = adhoc("${enough}", 'ordering="Sequential" cancelRemainingInstances="false"')
    assert story(kept, complete("a", enough=False), complete("b", enough=True)).open == ["z"]


@pytest.mark.parametrize("condition", ["${enough}", "bool([enough][0])"])
def test_given_a_script_after_it_when_the_condition_holds_then_the_rest_is_canceled_before_the_script_runs(
    condition: str,
) -> None:
    after = "<s:postScript xmlns:s='http://spiffworkflow.org/bpmn/schema/1.0/core'>out = len([1])</s:postScript>"
    language = "" if condition.startswith("$") else ' language="python"'
    text = extended(adhoc(condition, inside="user a; user b"), after)
    text = text.replace(b"<completionCondition", f"<completionCondition{language}".encode())
    done = story(text, complete("a", enough=True))
    assert (done.open, done.variables["out"], len(done.facts(f.ActivityCanceled))) == (["z"], 1, 1)


def test_given_outputs_that_fail_when_the_condition_held_then_the_rest_is_canceled_and_only_the_outputs_come_again() -> (
    None
):
    mapping = '<camunda:inputOutput><camunda:outputParameter name="out">${given}</camunda:outputParameter></camunda:inputOutput>'
    text = extended(adhoc("${enough}"), mapping)
    failed = story(text, complete("a", enough=True))
    assert (failed.open, failed.incidents) == (["w"], {"w": "mapping-failed"})
    mended = story(text, complete("a", enough=True), put(given=1, enough=False), retry("w"))
    assert (mended.open, mended.variables["out"]) == (["z"], 1)


def test_given_a_condition_that_cannot_be_evaluated_when_mended_then_it_is_asked_again() -> None:
    text = adhoc("${enough}")
    failed = story(text, complete("a"))
    assert (failed.incidents, failed.open) == ({"w": "condition-failed"}, ["b", "c", "w"])
    assert story(text, complete("a"), complete("b"), complete("c")).open == ["w"]
    assert story(text, complete("a"), put(enough=True), retry("w")).open == ["z"]
    assert story(text, complete("a"), put(enough=False), retry("w")).open == ["b", "c", "w"]
    assert story(text, complete("a"), complete("b"), complete("c"), put(enough=False), retry("w")).open == ["w"]


def test_given_a_failed_condition_in_sequence_when_mended_then_the_next_activity_opens() -> None:
    text = adhoc("${enough}", 'ordering="Sequential"')
    assert story(text, complete("a")).open == ["w"]
    assert story(text, complete("a"), put(enough=False), retry("w")).open == ["b", "w"]


def test_given_an_empty_ad_hoc_subprocess_when_entered_then_it_is_left() -> None:
    assert story(adhoc(inside="")).open == ["z"]


def test_given_activities_that_pass_when_entered_then_all_are_done() -> None:
    done = story(adhoc(inside="task a; task b; task c"))
    assert (done.open, done.trace) == (["z"], ["s", "a", "b", "c", "w"])


def test_given_an_error_inside_when_caught_at_the_border_then_the_rest_is_canceled() -> None:
    inside = 'user a; service b [camunda:type="external" camunda:topic="t"]'
    text = adhoc(inside=inside).replace(
        b"</process>",
        b'<boundaryEvent id="b1" attachedToRef="w"><errorEventDefinition/></boundaryEvent><userTask id="y"/>'
        b'<sequenceFlow id="fy" sourceRef="b1" targetRef="y"/></process>',
    )
    assert story(text, error("b", "E")).open == ["y"]


def test_given_a_repeated_ad_hoc_subprocess_when_run_then_each_run_is_whole() -> None:
    text = diagram("start s; adhoc w times=2; user z; s -> w -> z; in w { user a; user b }")
    assert story(text).open == ["a", "a", "b", "b", "w", "w", "w"]
    assert story(text, complete("a"), complete("a"), complete("b"), complete("b")).open == ["z"]


def test_given_a_handler_inside_when_its_event_comes_then_it_ends_what_is_open_and_what_was_to_come() -> None:
    text = adhoc(
        attributes='ordering="Sequential"',
        inside="user a; user b; handler h; in h { start hs message=m; user x; hs -> x }",
    )
    assert story(text, event("hs")).open == ["h", "w", "x"]
    assert story(text, event("hs"), complete("x")).open == ["z"]


def test_given_a_compensated_ad_hoc_subprocess_when_undone_then_its_activities_are_undone_in_reverse() -> None:
    undo = '[isForCompensation="true"]'
    text = diagram(f"""start s; adhoc w; throw t compensate; end e; s -> w -> t -> e
        in w {{ user a; boundary ab on=a compensate; ab ~> ua; task ua {undo}; user b; boundary bb on=b compensate
            bb ~> ub; task ub {undo} }}""")
    done = story(text, complete("b"), complete("a"))
    assert done.trace[-5:] == ["ua", "ub", "w", "t", "e"]


# --- what performers choose ---


def possible(done: Outcome) -> list[tuple[str, tuple[str, ...]]]:
    return [(choice.element, choice.elements) for choice in done.instance.execution.choices()]


def test_given_an_open_ad_hoc_subprocess_when_asked_then_its_activities_may_be_begun_again() -> None:
    assert possible(story(adhoc(inside="user a; user b; task c; a -> b"))) == [("w", ("a", "c"))]


def test_given_an_activity_that_somebody_begins_once_more_when_done_then_the_subprocess_waits_for_all_of_them() -> None:
    again = story(adhoc(), choose("a", note=1))
    assert (again.open, again.locals("w")) == (["a", "a", "b", "c", "w"], {"note": 1})
    done = story(adhoc(), choose("a"), complete("a"), complete("b"), complete("c"))
    assert done.open == ["a", "w"]
    assert story(adhoc(), choose("a"), complete("a"), complete("b"), complete("c"), complete("a")).open == ["z"]


def test_given_a_condition_that_does_not_hold_when_all_is_done_then_it_waits_for_what_is_chosen_next() -> None:
    text = adhoc("${enough}")
    all_done = [complete("a", enough=False), complete("b"), complete("c")]
    assert (story(text, *all_done).open, possible(story(text, *all_done))) == (["w"], [("w", ("a", "b", "c"))])
    assert story(text, *all_done, choose("b"), complete("b", enough=False)).open == ["w"]
    assert story(text, *all_done, choose("b"), complete("b", enough=True)).open == ["z"]


def test_given_a_condition_that_does_not_hold_when_somebody_begins_what_passes_then_it_is_asked_again() -> None:
    text = adhoc("${enough}", inside='user a; service b [camunda:expression="${1}" camunda:resultVariable="seen"]')
    first = {"enough": False}
    assert story(text, complete("a"), variables=first).open == ["w"]
    assert story(text, complete("a"), choose("b"), variables=first).open == ["w"]
    assert story(text, complete("a"), choose("b", enough=True), variables=first).open == ["z"]


def test_given_sequential_ordering_when_one_is_open_then_no_other_may_be_begun() -> None:
    text = adhoc("${enough}", 'ordering="Sequential"')
    assert possible(story(text)) == [("w", ())]
    story(text, refused(choose("b"), "cannot be begun"))
    all_done = [complete("a", enough=False), complete("b"), complete("c")]
    assert story(text, *all_done, choose("b")).open == ["b", "w"]
    story(text, *all_done, choose("b"), refused(choose("c")))


def test_given_the_condition_held_when_the_rest_is_still_open_then_nothing_more_may_be_begun() -> None:
    text = adhoc("${enough}", 'cancelRemainingInstances="false"')
    closing = story(text, complete("a", enough=True))
    assert (closing.open, possible(closing)) == (["b", "c", "w"], [("w", ())])
    story(text, complete("a", enough=True), refused(choose("a")))


def test_given_the_condition_held_when_an_activity_has_followers_then_these_do_not_begin() -> None:
    text = adhoc("${enough}", 'cancelRemainingInstances="false"', inside="user a; user b; user c; a -> b")
    assert story(text, complete("a", enough=True)).open == ["c", "w"]
    assert story(text, complete("a", enough=False)).open == ["b", "c", "w"]
    assert story(text, complete("a", enough=True), complete("c")).open == ["z"]


def test_given_an_activity_that_a_flow_leads_to_when_chosen_then_it_is_refused() -> None:
    story(adhoc(inside="user a; user b; a -> b"), refused(choose("b"), "cannot be begun"))


def test_given_what_is_no_ad_hoc_subprocess_when_something_is_chosen_then_it_is_refused() -> None:
    story(adhoc(), refused(lambda player: player.instances[0].execution.choose(0, "a"), "no open ad-hoc"))
    story(adhoc(), refused(lambda player: player.instances[0].execution.choose(99, "a"), "no open ad-hoc"))


def test_given_a_failed_condition_when_something_is_chosen_then_it_is_refused_until_it_is_mended() -> None:
    text = adhoc("${enough}")
    story(text, complete("a"), refused(choose("a")))


def test_given_a_handler_that_interrupts_when_it_is_done_then_the_subprocess_is_left_whatever_its_condition() -> None:
    text = adhoc("${enough}", inside="user a; handler h; in h { start hs message=m; user x; hs -> x }")
    assert story(text, event("hs"), put(enough=False), complete("x")).open == ["z"]


def test_given_a_repeated_ad_hoc_subprocess_when_asked_then_each_run_has_its_own_choices() -> None:
    text = diagram("start s; adhoc w times=2; user z; s -> w -> z; in w { user a }")
    assert possible(story(text)) == [("w", ("a",)), ("w", ("a",))]
    assert story(text, choose("a")).open == ["a", "a", "a", "w", "w", "w"]


# --- diagrams of Camunda 8: what begins is named ---


def named(collection: str | None, condition: str | None = None) -> bytes:
    drawn = "" if collection is None else f'<zeebe:adHoc activeElementsCollection="{collection}"/>'
    inner = f"<extensionElements>{drawn}<zeebe:properties/></extensionElements>"
    inner += "" if condition is None else f"<completionCondition>{condition}</completionCondition>"
    return diagram(f"start s; adhoc w {inner}; user z; s -> w -> z; in w {{ user a; user b; user c }}")


def test_given_named_elements_when_entered_then_only_these_begin() -> None:
    text = named("=first")
    assert story(text, variables={"first": ["a", "c"]}).open == ["a", "c", "w"]
    assert story(text, complete("a"), complete("c"), variables={"first": ["a", "c"]}).open == ["z"]


@pytest.mark.parametrize("collection", [None, "=[]"])
def test_given_nothing_named_when_entered_then_it_waits_for_what_is_chosen(collection: str | None) -> None:
    assert story(named(collection)).open == ["w"]
    assert story(named(collection), choose("b")).open == ["b", "w"]
    assert story(named(collection), choose("b"), complete("b")).open == ["z"]


def test_given_a_condition_when_nothing_is_named_then_it_is_asked_after_the_first_activity_only() -> None:
    text = named(None, "=enough")
    assert (story(text).open, story(text).incidents) == (["w"], {})
    assert story(text, choose("b"), complete("b", enough=True)).open == ["z"]


@pytest.mark.parametrize("first", ["a", ["gone"], 3])
def test_given_names_that_are_none_when_entered_then_it_is_an_incident_until_they_are(first: object) -> None:
    text = named("=first")
    assert story(text, variables={"first": first}).incidents == {"w": "ad-hoc-invalid"}
    assert story(text, put(first=["b"]), retry("w"), variables={"first": first}).open == ["b", "w"]
