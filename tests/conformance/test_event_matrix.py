"""Every trigger of event subprocesses and boundary events at every level of a diagram (BPMN 10.5, 13.5).

The levels: the process, an embedded subprocess, a transaction, an ad-hoc subprocess, one run of a repeated subprocess, a
called process, an event subprocess.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest

from tests.bpmn.diagrams import definitions, process, references
from tests.conformance.harness import Outcome, Stimulus, complete, error, event, story
from tests.conformance.player import Player

EXTERNAL = '[camunda:type="external" camunda:topic="t"]'
#: Around what is drawn at a level: the diagram of the process, and of a called one.
LEVELS: dict[str, tuple[str, str]] = {
    "process": ("{}", ""),
    "subprocess": ("user beside; sub w; in w {{ {} }}", ""),
    "nested subprocess": ("user beside; sub v; in v {{ sub w; in w {{ {} }} }}", ""),
    "transaction": ("user beside; transaction w; in w {{ {} }}", ""),
    "ad-hoc": ("user beside; adhoc w; in w {{ {} }}", ""),
    "repeated": ("user beside; sub w times=2; in w {{ {} }}", ""),
    "called": ('user beside; call w [calledElement="q"]', "{}"),
    "handler": ("user beside; handler o; in o {{ start os message=begin quiet; {} }}", ""),
}


def condition_holds(player: Player) -> None:
    """Somebody sets the variable of the condition, in every instance."""
    for instance in player.instances:
        instance.execution.set_variables(0, {"c": True})
        player.settle(instance)


#: How each trigger is drawn, and what sets it off; all but the last two for boundary events of a task too.
TRIGGERS: dict[str, tuple[str, Sequence[Stimulus]]] = {
    "message": ("message=m", [event("hs")]),
    "signal": ("signal=m", [event("hs")]),
    "timer": ("timer=PT1H", [event("hs")]),
    "condition": ("condition=${c}", [condition_holds]),
    "multiple": ("message=m signal=n", [event("hs#1")]),
    "parallel multiple": ('message=m signal=n [parallelMultiple="true"]', [event("hs#1"), event("hs#0")]),
    "error": ("error=E", [error("t", "E")]),
    "escalation": ("escalation=E", [complete("u")]),
}
#: Trigger and whether it leaves the rest alone; errors always interrupt.
CASES = [(trigger, quiet) for trigger in TRIGGERS for quiet in ("", "quiet") if not (trigger == "error" and quiet)]
WORK = f"user a; service t {EXTERNAL}; user u; throw esc escalation=E; u -> esc"


def drawn(level: str, text: str) -> bytes:
    """A diagram with this text at a level."""
    outer, called = LEVELS[level]
    main = outer.format(text)
    other = process(called.format(text), "q") if called else ""
    return definitions(process(main) + other + references(main, called.format(text)))


def begin(level: str) -> list[Stimulus]:
    return [event("os")] if level == "handler" else []


def everything_open(done: Outcome) -> Counter[str]:
    """What is open in all instances."""
    return Counter([*done.open, *(name for child in done.children for name in child.open)])


@pytest.mark.parametrize(("trigger", "quiet"), CASES)
@pytest.mark.parametrize("level", LEVELS)
def test_given_a_handler_at_a_level_when_its_event_comes_then_it_begins_and_interrupts_just_that_level(
    level: str, trigger: str, quiet: str
) -> None:
    word, stimuli = TRIGGERS[trigger]
    text = drawn(level, f"{WORK}; handler h; in h {{ start hs {quiet} {word}; user x; hs -> x }}")
    before = everything_open(story(text, *begin(level)))
    after = everything_open(story(text, *begin(level), *stimuli))
    begun = 2 if (level, trigger) == ("repeated", "condition") else 1
    expected = before + Counter({"h": begun, "x": begun})
    if quiet:
        expected -= Counter({"u": int(trigger == "escalation")})
    else:
        expected -= Counter({"a": begun, "t": begun, "u": begun})
    assert after == expected


@pytest.mark.parametrize(("trigger", "quiet"), [case for case in CASES if case[0] not in ("error", "escalation")])
@pytest.mark.parametrize("level", LEVELS)
def test_given_a_boundary_event_at_a_level_when_it_comes_then_just_its_task_is_interrupted(
    level: str, trigger: str, quiet: str
) -> None:
    word, stimuli = TRIGGERS[trigger]
    text = drawn(level, f"{WORK}; boundary hs on=a {quiet} {word}; user x; hs -> x")
    before = everything_open(story(text, *begin(level)))
    after = everything_open(story(text, *begin(level), *stimuli))
    begun = 2 if (level, trigger) == ("repeated", "condition") else 1
    assert after == before + Counter({"x": begun}) - Counter({"a": 0 if quiet else begun})


@pytest.mark.parametrize("holder", ["sub", "transaction", "adhoc"])
@pytest.mark.parametrize(("trigger", "quiet"), CASES)
@pytest.mark.parametrize("level", LEVELS)
def test_given_an_event_at_the_border_of_a_subprocess_when_it_comes_then_all_inside_is_interrupted(
    level: str, trigger: str, quiet: str, holder: str
) -> None:
    word, stimuli = TRIGGERS[trigger]
    text = drawn(level, f"user near; {holder} i; boundary hs on=i {quiet} {word}; user x; hs -> x; in i {{ {WORK} }}")
    before = everything_open(story(text, *begin(level)))
    after = everything_open(story(text, *begin(level), *stimuli))
    begun = 2 if (level, trigger) == ("repeated", "condition") else 1
    expected = before + Counter({"x": begun})
    if quiet:
        expected -= Counter({"u": int(trigger == "escalation")})
    else:
        expected -= Counter({"a": begun, "t": begun, "u": begun, "i": begun})
    assert after == expected


@pytest.mark.parametrize("level", [level for level in LEVELS if level != "process"])
def test_given_a_cancel_event_at_a_level_when_its_transaction_is_canceled_then_it_is_left_there(level: str) -> None:
    text = drawn(
        level, "transaction i; boundary hs on=i cancel; user x; hs -> x; in i { user u; user a; end c cancel; u -> c }"
    )
    before = everything_open(story(text, *begin(level)))
    after = everything_open(story(text, *begin(level), complete("u")))
    assert after == before + Counter({"x": 1}) - Counter({"a": 1, "u": 1, "i": 1})


@pytest.mark.parametrize("level", LEVELS)
def test_given_compensation_at_a_level_when_thrown_then_its_completed_activities_are_undone(level: str) -> None:
    text = drawn(
        level,
        """user u; task done; boundary b on=done compensate; user undo [isForCompensation="true"]; b ~> undo
        throw t compensate; u -> t""",
    )
    before = everything_open(story(text, *begin(level)))
    after = everything_open(story(text, *begin(level), complete("u")))
    assert after == before + Counter({"t": 1, "undo": 1}) - Counter({"u": 1})


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("holder", ["sub", "transaction", "adhoc"])
def test_given_a_compensation_handler_in_a_subprocess_at_a_level_when_undone_then_it_begins(
    level: str, holder: str
) -> None:
    text = drawn(
        level,
        f"""user u; throw t compensate; u -> t
        {holder} i; in i {{ task done; handler h; in h {{ start hs compensate; user x; hs -> x }} }}""",
    )
    before = everything_open(story(text, *begin(level)))
    after = everything_open(story(text, *begin(level), complete("u")))
    assert after == before + Counter({"t": 1, "i": 1, "h": 1, "x": 1}) - Counter({"u": 1})
