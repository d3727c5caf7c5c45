"""Rules about message flows between pools (BPMN 9.4): nothing of them is executed, and what breaks one is a warning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from bpmn.support import ACTIVITIES
from bpmn.xmlsource import BPMN, child, is_bpmn, local

if TYPE_CHECKING:
    from bpmn.validation import Inspection

_THROWING = frozenset({"intermediateThrowEvent", "endEvent"})
_CATCHING = frozenset({"intermediateCatchEvent", "startEvent", "boundaryEvent"})


def check(root: etree._Element, found: Inspection) -> None:
    """Warn of message flows that connect what they must not."""
    for flow in root.iter("{" + BPMN + "}messageFlow"):
        ends = [_end(flow, attribute, found) for attribute in ("sourceRef", "targetRef")]
        message = flow.get("messageRef")
        if message and not is_bpmn(found.nodes.get(message, flow), "message"):
            found.warn(flow, f"messageRef {message!r} leads to no message (BPMN 9.4)", "messageRef")
        if None not in ends and ends[0] == ends[1]:
            found.warn(flow, "a message flow connects two pools, not two places of one (BPMN 9.4)")


def _end(flow: etree._Element, attribute: str, found: Inspection) -> str | None:
    """The pool that one end of a message flow is in; None where it is in none."""
    reference = flow.get(attribute, "").rpartition(":")[2]
    node = found.nodes.get(reference)
    if node is None:
        found.warn(flow, f"{attribute} {reference!r} leads to nothing (BPMN 9.4)", attribute)
        return None
    if not _may_be_end(node, is_source=attribute == "sourceRef"):
        verb = "begin at" if attribute == "sourceRef" else "lead to"
        found.warn(flow, f"no message flow may {verb} the {local(node)} {reference!r} (BPMN 9.4)", attribute)
    if is_bpmn(node, "participant"):
        return node.get("processRef", "").rpartition(":")[2] or node.get("id")
    process = next(node.iterancestors("{" + BPMN + "}process"), None)
    return None if process is None else process.get("id")


def _may_be_end(node: etree._Element, *, is_source: bool) -> bool:
    """Whether a message may be sent, or received, by an element."""
    kind = local(node)
    if kind in ACTIVITIES or kind in ("participant", "callConversation", "conversation"):
        return True
    is_message = child(node, "messageEventDefinition") is not None or child(node, "eventDefinitionRef") is not None
    return is_message and kind in (_THROWING if is_source else _CATCHING)
