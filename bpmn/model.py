"""ProcessModel: one executable process, ready to run; immutable and shared by all its instances."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from bpmn.conversations import Conversations
from bpmn.elements.base import Element, StepFailure
from bpmn.elements.catches import Catch
from bpmn.elements.events import ReceiveTask, StartEvent, Trigger
from bpmn.elements.gateways import EventBasedGateway
from bpmn.elements.subprocesses import Subprocess
from bpmn.errors import EvaluationFailed
from bpmn.expressions import Settings
from bpmn.sight import Seen, Sight
from bpmn.specs import ProcessSpec
from bpmn.values import Variables


@dataclass(frozen=True, slots=True)
class ElementInfo:
    """An element as others know it."""

    id: str
    type: str
    name: str | None


@dataclass(frozen=True, slots=True)
class StartTrigger:
    """What starts instances of a process: `kind` is "none", "message", "timer", "signal" or "condition"; `name` is
    the event's.

    `priority` is how urgent the job of a timer is.
    """

    element: str
    kind: str
    name: str | None = None
    priority: int = 0


class ProcessModel:
    """One executable process over its SpiffWorkflow spec.

    `key` is the process id in the XML; `file` the resource it came from; `starts` its start events of the top level.
    """

    def __init__(
        self,
        spec: ProcessSpec,
        conversations: Conversations,
        *,
        file: str,
        name: str | None,
        version_tag: str | None,
    ) -> None:
        self.spec = spec
        self.conversations = conversations
        self.key: str = spec.name
        self.name = name
        self.file = file
        self.version_tag = version_tag
        self._elements = {element.bpmn_id: element for element in all_elements(spec)}
        if spec.whole is not None:
            self._elements[self.key] = spec.whole
        self._infos = {key: _info(element) for key, element in self._elements.items()}
        self._catches = {
            catch.key: catch
            for element in self._elements.values()
            if isinstance(element, Trigger)
            for catch in element.catches
        }
        self.starts = tuple(_triggers(spec))
        self.waits_for_signals = any(catch.kind == "signal" for catch in self._catches.values())

    def element(self, element_id: str) -> ElementInfo:
        """An element by its id, or a process that has listeners; raises KeyError where there is none of that id."""
        return self._infos[element_id]

    def elements(self) -> Iterator[ElementInfo]:
        """All flow nodes at all levels."""
        return (info for info in self._infos.values() if info.type != "process")

    def spec_of(self, element_id: str) -> Element:
        """The task spec of an element; for the executor."""
        return self._elements[element_id]

    def catch_of(self, key: str) -> Catch:
        """A definition of a catching event by its key; for the executor."""
        return self._catches[key]

    def catch_at(self, key: str) -> Catch | None:
        """The definition of that key, where it is none but an element's; for the executor."""
        return self._catches.get(key)

    def start_element(self, key: str) -> Element:
        """The element that a start trigger belongs to; for the executor."""
        catch = self._catches.get(key)
        return catch.element if catch is not None else self._elements[key]

    def message_keys(self, name: str, payload: Variables) -> list[str]:
        """The correlation keys that a message of this name carries (BPMN 8.4.2)."""
        return list(self.conversations.carried(name, payload).values())

    def starts_with(self, trigger: StartTrigger, variables: Variables, settings: Settings) -> bool:
        """Whether the condition of a start event is true for these variables (BPMN 10.5.2)."""
        return self._catches[trigger.element].holds(Seen(variables, settings))

    def first_due(self, trigger: StartTrigger, now: datetime) -> datetime | None:
        """When a timer start fires first after `now`; raises `EvaluationFailed`."""
        return self.next_due(trigger, now, 1)

    def next_due(
        self, trigger: StartTrigger, previous: datetime, repetition: int, now: datetime | None = None
    ) -> datetime | None:
        """When repetition number `repetition` (from 1) of a timer start is due; None when there is none.

        `previous` is when the one before was due; what was missed before `now` is passed over.

        Raises `EvaluationFailed`.
        """
        try:
            return self._catches[trigger.element].due(
                Seen({}, Settings(now=lambda: now or previous)), previous, repetition, now
            )
        except StepFailure as failure:
            raise EvaluationFailed(failure.message) from None


def all_elements(spec: ProcessSpec) -> Iterator[Element]:
    """The elements of a process and of all subprocesses in it."""
    pending = [spec]
    while pending:
        for element in pending.pop().elements():
            yield element
            if isinstance(element, Subprocess):
                pending.append(element.body)


def _info(element: Element) -> ElementInfo:
    return ElementInfo(element.bpmn_id, element.drawn.kind, element.bpmn_name)


def _triggers(spec: ProcessSpec) -> Iterator[StartTrigger]:
    for element in spec.elements():
        if isinstance(element, StartEvent) and not element.catches:
            yield StartTrigger(element.bpmn_id, "none")
    for catch in starting_catches(spec):
        name = catch.name_in(fixed_names(spec)) if catch.kind in ("message", "signal") else None
        yield StartTrigger(catch.key, catch.kind, name, catch.element.priority_in(Seen()))


def fixed_names(spec: ProcessSpec) -> Sight:
    """What the name of a start event may be made of: what Flowable calls the container of variables."""
    return Seen({"variableContainer": {"definitionKey": spec.name}})


def starting_catches(spec: ProcessSpec) -> Iterator[Catch]:
    """What starts a process from outside: start events, and receiving elements that say so (BPMN 10.5.2, 10.6.6)."""
    for element in spec.elements():
        if isinstance(element, StartEvent) or (
            isinstance(element, ReceiveTask) and element.instantiates and not element.incoming
        ):
            yield from element.catches
        elif isinstance(element, EventBasedGateway) and element.instantiates and not element.incoming:
            for flow in element.outgoing:
                if isinstance(flow.target, Trigger):
                    yield from flow.target.catches
