"""Listeners: what a diagram has done besides when something begins or ends, as Camunda 7 and 8 draw it.

An expression or a script is evaluated here. What names Java code or the type of a job is work for a worker, and the
activity waits for it: before it begins, or before it is left. So does a process.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bpmn.dialects import Text
from bpmn.elements.foreign import Foreign, foreign_in
from bpmn.policy import Listeners

if TYPE_CHECKING:
    from bpmn.elements.base import Element
    from bpmn.expressions import Expression, Place
    from bpmn.texts import Compiler, Getter

START, END = "start", "end"
#: When something is done at the events of listeners, by their kind; at others nothing is.
_EVENTS = {
    "executionListener": {"start": START, "end": END, "take": START},
    "taskListener": {"create": START, "creating": START, "complete": END, "completing": END},
}


@dataclass(frozen=True, slots=True)
class DrawnListener:
    """A listener as drawn: its `kind` is "executionListener" or "taskListener"; `at` is the element it is drawn at.

    `when` says where in the life of the element it is heard: START, END, or "" where it cannot be.
    """

    kind: str
    event: str
    at: str
    when: str
    settings: dict[str, Text] = field(default_factory=dict)
    script: Text | None = None
    has_fields: bool = False
    line: int = 0

    @property
    def what(self) -> str:
        """For people: "end listener of 'pay'"."""
        return f"{self.event} listener of {self.at!r}"


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A listener as the place of a fault: in its own line, at the element that hears it."""

    element: Element
    line: int

    @property
    def bpmn_id(self) -> str:
        return self.element.bpmn_id

    @property
    def bpmn_name(self) -> str | None:
        return self.element.bpmn_name

    @property
    def kind(self) -> str:
        return self.element.drawn.kind

    @property
    def spot(self) -> Place:
        return self.element.spot


def when_heard(kind: str, event: str, *, on_flow: bool) -> str:
    """START, END, or "" for an event at which nothing is done."""
    is_take = event == "take"
    return _EVENTS[kind].get(event, "") if is_take == on_flow else ""


@dataclass(frozen=True, slots=True)
class Listener:
    """A compiled listener: an expression, a script, or a topic for workers; one with none of them is passed over."""

    what: str
    expression: Getter | None = None
    script: Expression | None = None
    topic: Getter | None = None
    retries: Getter | None = None


class Heard:
    """The listeners of an element: those of its beginning first, then those of its end."""

    def __init__(self, beginning: list[Listener], ending: list[Listener]) -> None:
        self.all = [*beginning, *ending]
        self.beginning = len(beginning)


def compile_listeners(compiler: Compiler, element: Element, drawn: list[DrawnListener]) -> Heard | None:
    """The listeners of an element, each fault a problem of it; None where it has none."""
    if not drawn:
        return None
    for item in drawn:
        if not item.when:
            _unheard(compiler, _Drawn(element, item.line), item)
    beginning = [_compiled(compiler, _Drawn(element, item.line), item) for item in _heard(drawn, START, _OUTER_FIRST)]
    ending = [_compiled(compiler, _Drawn(element, item.line), item) for item in _heard(drawn, END, _OUTER_LAST)]
    return Heard(beginning, ending) if beginning or ending else None


#: An activity is begun before its user task is, and ended after it.
_OUTER_FIRST = ("executionListener", "taskListener")
_OUTER_LAST = ("taskListener", "executionListener")


def _heard(drawn: list[DrawnListener], when: str, kinds: tuple[str, ...]) -> list[DrawnListener]:
    return [item for kind in kinds for item in drawn if item.kind == kind and item.when == when]


def _unheard(compiler: Compiler, element: _Drawn, drawn: DrawnListener) -> None:
    message = f"nothing is done at the event {drawn.event!r} of the {drawn.kind} of {drawn.at!r}: {_PLACES[drawn.kind]}"
    if compiler.policy.listeners is Listeners.IGNORE:
        compiler.warn(element, drawn.kind, f"{message}; it is executed without this one")
    else:
        compiler.problem(element, drawn.kind, message)


_PLACES = {
    "executionListener": "those of processes, activities, events and gateways (start, end) and of flows (take) are "
    "executed, but for flows that leave an event-based gateway or are not there",
    "taskListener": "those of user tasks are executed for create, complete, creating and completing",
}


def _compiled(compiler: Compiler, element: _Drawn, drawn: DrawnListener) -> Listener:
    text = drawn.settings.get("expression")
    given = [name for name in ("java_class", "java_bean", "expression", "topic") if name in drawn.settings]
    if len(given) + (drawn.script is not None) > 1:
        compiler.problem(element, drawn.kind, f"the {drawn.what} does one thing only; remove all but one")
    if drawn.script is not None:
        return Listener(drawn.what, script=compiler.script(element, drawn.what, drawn.script, "by execution"))
    if "topic" in drawn.settings:
        foreign = Foreign(drawn.kind, f"the {drawn.what}", drawn.settings["topic"].value)
    elif (found := foreign_in(drawn.settings)) is not None:
        foreign = Foreign(drawn.kind, f"{found.what}, the {drawn.what},", found.topic)
    elif text is not None:
        return Listener(drawn.what, expression=compiler.value(element, drawn.what, text, acts=True))
    else:
        compiler.problem(element, drawn.kind, f"nothing says what the {drawn.what} does")
        return Listener(drawn.what)
    return _for_workers(compiler, element, drawn, foreign)


def _for_workers(compiler: Compiler, element: _Drawn, drawn: DrawnListener, foreign: Foreign) -> Listener:
    topic = drawn.settings.get("topic")
    if compiler.policy.listeners is Listeners.IGNORE:
        compiler.warn(element, drawn.kind, f"{foreign.what} is not offered here: it is executed without this one")
        return Listener(drawn.what)
    if compiler.policy.listeners is Listeners.REFUSE:
        hint = "draw the work as an external task with a topic, and let a worker do it"
        compiler.problem(element, drawn.kind, f"{foreign.what} cannot run here; {hint}")
        return Listener(drawn.what)
    if topic is None:
        offered = f"offered as an external task with the topic {foreign.topic!r}, which is waited for"
        fields = "; its injected fields are not offered" if drawn.has_fields else ""
        compiler.warn(element, drawn.kind, f"{foreign.what} cannot run here: {offered}{fields}")
    retries = compiler.value(element, drawn.what, drawn.settings.get("retries"))
    wanted = Text(foreign.topic) if topic is None else topic
    return Listener(drawn.what, topic=compiler.value(element, drawn.what, wanted), retries=retries)
