"""The shape of a vendor family's table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bpmn.report import Status


@dataclass(frozen=True, slots=True)
class Support:
    """What becomes of one place, a word on it, and the common field that an executed attribute fills."""

    status: Status
    note: str = ""
    field: str | None = None
    is_listener: bool = False
    """Whether it is refused only where listeners are (`Policy.listeners`)."""


def executed(field: str | None = None, note: str = "") -> Support:
    return Support(Status.EXECUTED, note, field)


def documentation(note: str = "", field: str | None = None) -> Support:
    return Support(Status.DOCUMENTATION, note, field)


def refused(note: str) -> Support:
    return Support(Status.REFUSED, note)


def listener(note: str) -> Support:
    return Support(Status.REFUSED, note, is_listener=True)


#: The elements whose input and output mappings are executed.
MAPPED = (
    "task",
    "manualTask",
    "userTask",
    "serviceTask",
    "receiveTask",
    "subProcess",
    "callActivity",
    "sendTask",
    "businessRuleTask",
    "scriptTask",
    "transaction",
    "adHocSubProcess",
    "intermediateCatchEvent",
    "intermediateThrowEvent",
    "endEvent",
)
#: The elements before and after which scripts are run: all activities.
SCRIPTED = tuple(name for name in MAPPED if not name.endswith("Event"))
#: What is passed, or waited for outside of activities: its listeners are heard on its flows.
STOPPED = (
    "sequenceFlow",
    "startEvent",
    "endEvent",
    "intermediateCatchEvent",
    "intermediateThrowEvent",
    "boundaryEvent",
    "exclusiveGateway",
    "parallelGateway",
    "inclusiveGateway",
    "complexGateway",
    "eventBasedGateway",
)
#: Where execution listeners are heard.
HEARD = (*SCRIPTED, *STOPPED, "process")
NOT_MAPPED = "gateways have no mappings, and start and boundary events only those of their outputs"
#: The elements whose work a program may fetch by topic.
WORKED = ("serviceTask", "sendTask", "businessRuleTask", "messageEventDefinition")
NO_WORK = "executed at service, send and business rule tasks only"


def at_each(elements: Iterable[str], place: str, support: Support) -> dict[str, Support]:
    """The same for one place of several elements."""
    return {element + place: support for element in elements}


def each(before: str, names: str, support: Support) -> dict[str, Support]:
    """The same for several attributes (`before` ends in @) or inner elements (in /) of one element."""
    return {before + name: support for name in names.split()}


@dataclass(frozen=True, slots=True)
class Family:
    """A vendor family: its namespaces and what becomes of every place it defines."""

    name: str
    title: str
    namespaces: tuple[str, ...]
    places: Mapping[str, Support]

    def attribute(self, element: str, attribute: str) -> Support | None:
        """What becomes of an attribute on an element; None where the family does not define it."""
        return self.places.get(f"{element}@{attribute}") or self.places.get(f"*@{attribute}")

    def extension(self, element: str, name: str) -> Support | None:
        """What becomes of an extension element; None where the family does not define it."""
        return self.places.get(f"{element}/{name}") or self.places.get(f"*/{name}")
