"""What messages and signals are called: by their names, and where a diagram gives none, by what it draws instead."""

from __future__ import annotations

from lxml import etree

from bpmn.xmlsource import child, is_bpmn, local, text_of

SENDERS = ("sendTask", "intermediateThrowEvent", "endEvent")


class Names:
    """The names of a file's messages and signals.

    A message or signal without a name is called by its id, one that does not exist by what refers to it. Events at the
    two ends of a message flow share a message (BPMN 9.4): that of the flow, or the flow itself. A receiver of no
    message waits for one of its own id; signals of no reference are one signal of the file.
    """

    def __init__(self, root: etree._Element) -> None:
        self._roots: dict[str | None, str] = {
            node.get("id"): node.get("name") or node.get("id") or ""
            for node in root
            if is_bpmn(node, "message") or is_bpmn(node, "signal")
        }
        #: Of the operations of services, each its name and the message it takes (BPMN 8.5.3).
        self._operations: dict[str | None, tuple[str, str | None]] = {
            node.get("id"): (node.get("name") or node.get("id") or "", _reference(node, "inMessageRef"))
            for node in root.iter("{*}operation")
        }
        self._flows: dict[str | None, str] = {}
        for flow in root.iter("{*}messageFlow"):
            name = self._roots.get(flow.get("messageRef"), flow.get("id", ""))
            for end in (flow.get("sourceRef"), flow.get("targetRef")):
                self._flows.setdefault(end, name)
        # Tools give the same id to all their files: the processes tell which one it is.
        processes = [node.get("id", "") for node in root if is_bpmn(node, "process")]
        self._unnamed = f"unnamed signal of {', '.join(processes)}"

    def operation(self, holder: etree._Element) -> str | None:
        """What the operation that a service task calls is named."""
        return self._operations.get(holder.get("operationRef"), (None, None))[0]

    def message(self, holder: etree._Element, definition: etree._Element) -> str:
        """What an event or task sends or waits for by a definition of it, or by itself; empty where nothing says it.

        The message of an operation is the one that it takes (BPMN 10.3.3, sendTask and receiveTask).
        """
        operation = definition.get("operationRef") or _reference(definition, "operationRef")
        reference = definition.get("messageRef") or self._operations.get(operation, (None, None))[1]
        if reference is not None:
            return self._roots.get(reference, reference)
        own = "" if local(holder) in SENDERS else holder.get("id", "")
        return self._flows.get(holder.get("id"), own)

    def is_own(self, receiver: etree._Element, definition: etree._Element) -> bool:
        """Whether a receiver waits for a message of its own id, since nothing draws another one."""
        is_said = definition.get("messageRef") or receiver.get("id") in self._flows
        return not is_said and self.message(receiver, definition) == receiver.get("id")

    def signal(self, reference: str | None) -> str:
        """What an event throws or waits for."""
        return self._unnamed if reference is None else self._roots.get(reference, reference)


def _reference(node: etree._Element, name: str) -> str | None:
    """What an inner element of that name refers to, without a prefix."""
    text = text_of(child(node, name))
    return None if text is None else text.rpartition(":")[2]
