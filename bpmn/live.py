"""What is alive in a process instance, as it is told to those outside."""

from __future__ import annotations

from dataclasses import dataclass

from bpmn.scopes import BESIDE, BODY, INTERNAL, LISTENER, UNDO, Node, element_of


@dataclass(frozen=True, slots=True)
class LiveActivity:
    """An open activity instance.

    `waits` is one of "user-task", "service", "event", "call", "scope", "script", "failed"; `failed` says whether there
    is a failure, also one beside which it goes on to wait.
    """

    activity: int
    element: str
    scope: int
    waits: str
    events: tuple[tuple[str, str], ...] = ()
    """The (event element, kind) pairs of armed timers and open subscriptions."""
    failed: bool = False


def events_of(node: Node) -> tuple[tuple[str, str], ...]:
    """The (event element, kind) pairs that something outside can end."""
    return tuple((event, wait.kind) for event, wait in node.waits.items() if wait.kind not in INTERNAL)


def waits_now(node: Node) -> str:
    """What an activity instance waits for, or that it has failed."""
    if node.phase and node.phase not in BESIDE:
        return "failed" if node.failure else "script"
    return waits_for(node)


def waits_for(node: Node) -> str:
    """What an activity instance waits for while all is well."""
    if node.role == LISTENER:
        return "service"
    return "scope" if node.role in (BODY, UNDO) or node.listening else element_of(node).waits_for
