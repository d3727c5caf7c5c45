"""Token quantities (BPMN 10.3.1), and complex gateways (13.4.5)."""

from __future__ import annotations

import pytest

from tests.bpmn.diagrams import diagram
from tests.conformance.harness import complete, event, put, retry, story


@pytest.mark.parametrize("kind", ["user", "service"])
def test_given_a_start_quantity_when_so_many_tokens_came_then_it_is_done_once(kind: str) -> None:
    work = ' camunda:type="external" camunda:topic="t"' if kind == "service" else ""
    text = diagram(f"""start s; and f; user a; user b; {kind} q [startQuantity="2"{work}]; end e
        s -> f; f -> a -> q; f -> b -> q; q -> e""")
    assert story(text, complete("a")).open == ["b"]
    assert story(text, complete("a"), complete("b")).open == ["q"]
    done = story(text, complete("a"), complete("b"), complete("q"))
    assert (done.ends, done.trace.count("q")) == (("e",), 1)


def test_given_a_start_quantity_when_more_tokens_come_then_every_full_number_does_it_once() -> None:
    flows = "; ".join(["f -> q"] * 4)
    done = story(diagram(f'start s; and f; task q [startQuantity="2"]; end e; s -> f; {flows}; q -> e'))
    assert (done.trace.count("q"), done.ends) == (2, ("e",))


def test_given_a_start_quantity_when_tokens_are_missing_for_ever_then_it_is_an_incident_and_can_go_on() -> None:
    text = diagram("""start s; and f; task q [startQuantity="3"]; end e; s -> f; f -> q; f -> q; q -> e""")
    failed = story(text)
    assert (failed.incidents, failed.open) == ({"q": "join-starved"}, ["q"])
    assert story(text, retry("q")).ends == ("e",)


def test_given_a_completion_quantity_when_done_then_so_many_tokens_leave() -> None:
    text = diagram('start s; user a [completionQuantity="3"]; user b; end e; s -> a -> b -> e')
    assert story(text, complete("a")).open == ["b", "b", "b"]
    assert story(text, complete("a"), complete("b"), complete("b"), complete("b")).ends == ("e",)


def test_given_a_completion_quantity_when_joined_later_then_excess_tokens_are_kept_and_reported() -> None:
    text = diagram("""start s; and f; task a [completionQuantity="2"]; task b; and j; task c; end e
        s -> f; f -> a -> j; f -> b -> j; j -> c -> e""")
    done = story(text)
    assert (done.trace.count("c"), done.incidents) == (1, {"j": "join-starved"})


def test_given_a_quantity_in_a_subprocess_when_the_subprocess_is_interrupted_then_its_tokens_are_gone() -> None:
    text = diagram("""start s; sub w; boundary b on=w message=m; user y; s -> w; b -> y
        in w { start ws; and f; user a; task q [startQuantity="2"]; ws -> f; f -> q; f -> a -> q }""")
    assert story(text, event("b"), complete("y")).outcome == "completed"
    assert story(text, complete("a")).outcome == "completed"


# --- complex gateways ---


def gateway(condition: str | None, branches: int = 3) -> bytes:
    inner = "" if condition is None else f"<activationCondition>{condition}</activationCondition>"
    names = "abc"[:branches]
    tasks = "; ".join(f"user {name}" for name in names)
    flows = "; ".join(f"f -> {name} -> x" for name in names)
    return diagram(f"start s; and f; {tasks}; complex x {inner}; user z; end e; s -> f; {flows}; x -> z -> e")


TWO_OF_THREE = "${activationCount == 2}"


def test_given_a_complex_gateway_when_its_condition_holds_then_it_fires_and_the_late_token_vanishes() -> None:
    text = gateway(TWO_OF_THREE)
    assert story(text, complete("b")).open == ["a", "c"]
    assert story(text, complete("b"), complete("a")).open == ["c", "z"]
    done = story(text, complete("b"), complete("a"), complete("c"), complete("z"))
    assert (done.ends, done.trace.count("z")) == (("e",), 1)
    assert story(text, complete("b"), complete("a"), complete("z"), complete("c")).outcome == "completed"


def test_given_a_complex_gateway_without_condition_when_all_have_come_then_it_fires() -> None:
    text = gateway(None)
    assert story(text, complete("a"), complete("b")).open == ["c"]
    assert story(text, complete("a"), complete("b"), complete("c")).open == ["z"]


def test_given_a_condition_on_data_when_it_holds_at_a_token_then_the_gateway_fires() -> None:
    text = gateway("${good}")
    assert story(text, complete("a", good=False)).open == ["b", "c"]
    assert story(text, complete("a", good=False), complete("b", good=True)).open == ["c", "z"]


def test_given_a_condition_that_cannot_be_evaluated_when_mended_then_the_token_arrives_again() -> None:
    text = gateway("${good}")
    failed = story(text, complete("a"))
    assert (failed.incidents, failed.open) == ({"x": "condition-failed"}, ["b", "c", "x"])
    assert story(text, complete("a"), put(good=True), retry("x")).open == ["b", "c", "z"]
    waiting = story(text, complete("a"), put(good=False), retry("x"))
    assert (waiting.open, waiting.incidents) == (["b", "c"], {})
    assert story(text, complete("a"), put(good=False), retry("x"), complete("b", good=True)).open == ["c", "z"]


def test_given_a_condition_that_never_holds_when_all_have_come_then_it_is_an_incident() -> None:
    text = gateway("${activationCount == 5}")
    assert story(text, complete("a"), complete("b"), complete("c")).incidents == {"x": "join-starved"}


ONE = "<activationCondition>${activationCount == 1}</activationCondition>"


def test_given_a_complex_gateway_in_a_loop_when_a_round_is_over_then_it_begins_anew() -> None:
    text = diagram(f"""start s; xor m; and f; user a; user b; complex x {ONE}; user z; xor g; end e
        s -> m -> f; f -> a -> x; f -> b -> x; x -> z -> g; g -> m : ${{again}}; g -> e : default""")
    round_one = [complete("a"), complete("b"), complete("z", again=True)]
    assert story(text, *round_one, complete("b")).open == ["a", "z"]
    assert story(text, *round_one, complete("b"), complete("a"), complete("z", again=False)).ends == ("e",)


def test_given_a_branch_that_never_comes_when_nothing_is_on_its_way_then_the_gateway_begins_anew() -> None:
    text = diagram(f"""start s; xor m; or f; user a; user b; complex x {ONE}; user z; xor g; end e
        s -> m -> f; f -> a; f -> b : ${{both}}; a -> x; b -> x; x -> z -> g; g -> m : ${{again}}; g -> e : default""")
    done = story(
        text,
        complete("a"),
        complete("z", again=True, both=True),
        complete("b"),
        complete("a"),
        complete("z", again=False),
        variables={"both": False},
    )
    assert (done.ends, done.trace.count("x")) == (("e",), 2)


def test_given_flows_with_conditions_when_the_second_phase_ends_then_they_tell_what_came_late() -> None:
    text = diagram(
        """start s; and f; user a; user b; complex x ONE; user first; user late
        s -> f; f -> a -> x; f -> b -> x; x -> first : ${waitingForStart}; x -> late : ${!waitingForStart}""".replace(
            "ONE", ONE
        )
    )
    assert story(text, complete("a")).open == ["b", "first"]
    assert story(text, complete("a"), complete("b")).open == ["first", "late"]


def test_given_a_complex_gateway_as_a_split_when_reached_then_all_flows_whose_condition_holds_are_taken() -> None:
    text = diagram("""start s; complex x; user a; user b; user c; s -> x; x -> a : ${n>1}; x -> b : ${n>2}
        x -> c : default""")
    assert story(text, variables={"n": 3}).open == ["a", "b"]
    assert story(text, variables={"n": 0}).open == ["c"]


def test_given_a_discriminator_in_a_subprocess_when_one_came_then_the_subprocess_waits_for_the_rest() -> None:
    text = diagram(
        """start s; sub w; user z; s -> w -> z
        in w { start ws; and f; user a; user b; complex x ONE; end we; ws -> f; f -> a -> x; f -> b -> x
        x -> we }""".replace("ONE", ONE)
    )
    assert story(text, complete("a")).open == ["b", "w"]
    assert story(text, complete("a"), complete("b")).open == ["z"]


def test_given_a_condition_on_data_when_somebody_makes_it_true_later_then_the_gateway_fires() -> None:
    text = gateway("${good}")
    assert story(text, complete("a", good=False), put(good=True)).open == ["b", "c", "z"]


def test_given_a_token_that_can_also_come_over_a_served_flow_when_in_the_second_phase_then_it_is_not_waited_for() -> (
    None
):
    text = diagram(
        """start s; and f; user a; user b; xor g; xor m; complex x ONE; user z
        s -> f; f -> a -> m; f -> b -> g; g -> m : ${again}; g -> x : default; m -> x -> z""".replace("ONE", ONE)
    )
    fired = story(text, complete("a"))
    assert fired.open == ["b", "z"]
    assert story(text, complete("a"), complete("b", again=False)).open == ["z", "z"]


def test_given_a_token_that_can_only_come_over_an_unserved_flow_when_in_the_second_phase_then_it_is_swallowed() -> None:
    text = diagram(
        """start s; and f; user a; user b; xor g; complex x ONE; user z; end e
        s -> f; f -> a -> x; f -> b -> g; g -> e : ${again}; g -> x : default; x -> z""".replace("ONE", ONE)
    )
    assert story(text, complete("a"), complete("b", again=False)).open == ["z"]


def test_given_a_default_flow_when_the_second_phase_ends_and_no_condition_holds_then_it_gets_a_token_again() -> None:
    text = diagram(
        """start s; and f; user a; user b; complex x ONE; user y; user z
        s -> f; f -> a -> x; f -> b -> x; x -> y : ${n > 1}; x -> z : default""".replace("ONE", ONE)
    )
    assert story(text, complete("a", n=0)).open == ["b", "z"]
    assert story(text, complete("a", n=0), complete("b", n=2)).open == ["y", "z"]
    assert story(text, complete("a", n=0), complete("b")).open == ["z", "z"]


def test_given_no_condition_that_holds_and_no_default_when_the_second_phase_ends_then_nothing_comes_of_it() -> None:
    text = diagram(
        """start s; and f; user a; user b; complex x ONE; user y
        s -> f; f -> a -> x; f -> b -> x; x -> y : ${n > 1}""".replace("ONE", ONE)
    )
    done = story(text, complete("a", n=2), complete("b", n=0), complete("y"))
    assert (done.outcome, done.incidents) == ("completed", {})


def test_given_no_condition_that_holds_and_no_default_when_it_fires_first_then_it_is_an_incident() -> None:
    text = diagram(
        """start s; and f; user a; user b; complex x ONE; user y
        s -> f; f -> a -> x; f -> b -> x; x -> y : ${n > 1}""".replace("ONE", ONE)
    )
    assert story(text, complete("a", n=0)).incidents == {"x": "no-flow-taken"}
    assert story(text, complete("a", n=0), put(n=2), retry("x")).open == ["b", "y"]


def test_given_more_tokens_on_a_served_flow_when_the_second_phase_ends_then_they_count_for_the_next_round() -> None:
    text = diagram(
        """start s; and f; user a; user c; xor m; user b; complex x TWO; user z
        s -> f; f -> a -> m; f -> c -> m; f -> b -> x; m -> x -> z""".replace("TWO", ONE)
    )
    assert story(text, complete("a"), complete("c")).open == ["b", "z"]
    assert story(text, complete("a"), complete("c"), complete("b")).open == ["z", "z"]


def test_given_two_complex_gateways_in_their_second_phases_when_nothing_else_is_alive_then_both_begin_anew() -> None:
    text = diagram(
        """start s; and f; user a; user b; complex x ONE; complex y ONE; user z; end e
        s -> f; f -> a -> x; f -> b -> x; f -> y; x -> y -> z -> e""".replace("ONE", ONE)
    )
    done = story(text, complete("z"), complete("a"), complete("b"))
    assert done.outcome == "completed"
