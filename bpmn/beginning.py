"""How a process begins: where, behind which listeners, and with what (BPMN 10.5.2, 13.2)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from bpmn import catching, listening
from bpmn.elements.base import Element, StepFailure
from bpmn.elements.events import StartEvent, Trigger
from bpmn.elements.gateways import starting_gateway
from bpmn.errors import NotWaiting
from bpmn.scopes import Beginning, Node, Token, element_of

if TYPE_CHECKING:
    from bpmn.runtime import Runtime
    from bpmn.values import Variables


def entries_of(run: Runtime, start_event: str | None) -> list[Element]:
    """The elements at which the process is begun, plainly or at the event that was triggered. Raises `NotWaiting`."""
    spec = run.model.spec
    if start_event is not None:
        known = {start.element for start in run.model.starts}
        if start_event not in known:
            raise NotWaiting(f"{start_event!r} is no start event of {run.model.key!r}; there are: {_named(known)}")
        return spec.entries(run.model.start_element(start_event))
    starts = spec.plain_starts() or _only_start(run)
    if not starts and any(isinstance(run.model.start_element(s.element), StartEvent) for s in run.model.starts):
        raise NotWaiting(
            f"{run.model.key!r} is started by its events only: {_named(s.element for s in run.model.starts)}"
        )
    if len(starts) > 1:
        raise NotWaiting(
            f"{run.model.key!r} has several start events; name one of: {_named(s.bpmn_id for s in starts)}"
        )
    return spec.entries(starts[0] if starts else None)


def _named(elements: Iterable[str]) -> str:
    return ", ".join(sorted(elements)) or "none"


def _only_start(run: Runtime) -> list[StartEvent]:
    """The one start event of a process, whatever starts it, where somebody starts the process by hand."""
    starts = [item for item in run.model.spec.elements() if isinstance(item, StartEvent)]
    return starts if len(starts) == 1 else []


def begin_heard(run: Runtime, node: Node) -> None:
    """Let the process, or what an activity does, begin behind the listeners of its beginning."""
    run._attempt(node, "begin", lambda: _hear_beginning(run) if node.parent is None else run.begin(node))


def begin_process(run: Runtime, entries: list[Element], start_event: str | None, variables: Variables) -> None:
    """Let the process begin; what the starting event has brought is here already."""
    triggered = [entry for entry in entries if start_event is not None and isinstance(entry, Trigger)]
    has_outputs = any(entry.has_data_outputs for entry in triggered)
    if not has_outputs:
        run.set_local(run.root, _received(run, start_event, variables))
    for entry in entries:
        if isinstance(entry, StartEvent):
            entry.name_initiator(run)
    if run.root.element is not None:
        needed_later = has_outputs or (triggered and run.model.conversations.keys)
        run.beginning = Beginning(start_event, variables if needed_later else {})
        begin_heard(run, run.root)
        return
    try:
        _enter_process(run, entries, start_event, variables)
    except StepFailure as failure:
        raise NotWaiting(f"the process cannot begin: {failure.message}") from None


def _received(run: Runtime, came: str | None, variables: Variables) -> Variables:
    """What the starting event brought, as variables."""
    catch = None if came is None else run.model.catch_at(came)
    return variables if catch is None else catch.received(variables)


def _hear_beginning(run: Runtime) -> None:
    """Let the process begin behind its listeners. Raises `StepFailure`."""
    root, beginning = run.root, run.beginning
    heard = element_of(root).heard
    assert heard is not None
    assert beginning is not None
    if not listening.tell(run, root, heard, to_end=False):
        return
    try:
        _enter_process(run, entries_of(run, beginning.event), beginning.event, beginning.variables)
    except StepFailure:
        _take_back_beginning(run)
        raise
    root.heard, run.beginning = heard.beginning, None


def _take_back_beginning(run: Runtime) -> None:
    """Nothing of the process has begun yet."""
    run.queue.clear()
    run.finishing.clear()
    run.watching.clear()
    run.nodes = {0: run.root}
    run.root.children, run.root.tokens = {}, 0


def _enter_process(run: Runtime, entries: list[Element], start_event: str | None, variables: Variables) -> None:
    """Put tokens where the process begins. Raises `StepFailure`."""
    run.enter_with([], run.model.spec, run.root)
    if entries:
        run.finishing.clear()
    run.root.tokens = len(entries)
    if not entries:
        run.finish_soon(run.root)
    for entry in entries:
        if start_event is not None and isinstance(entry, Trigger):
            _learn_from(run, start_event, variables)
            _begin_at(run, entry, start_event, variables)
        else:
            run.queue.append(Token(entry, -1, run.root))


def _learn_from(run: Runtime, came: str, variables: Variables) -> None:
    """A message that starts the process may begin a conversation; where it has come to, the rest of it does."""
    if run.model.conversations.keys and (catch := run.model.catch_at(came)) and catch.kind == "message":
        catching.converse(run, catch.definition.name, variables)
        catching.wait_for_other_starts(run, catch)


def _begin_at(run: Runtime, entry: Trigger, came: str, variables: Variables) -> None:
    """Begin at an element one of whose definitions has come; wait for whatever else it takes to begin."""
    gateway = starting_gateway(entry)
    if gateway is not None and gateway.takes_all:
        catching.wait_for_others(run, run._register(gateway, run.root), entry)
    if isinstance(entry, StartEvent) and not (entry.all_needed or entry.has_data_outputs):
        run.queue.append(Token(entry, -1, run.root))
        return
    node = run._register(entry, run.root)
    if entry.has_data_outputs:
        entry.accept(run, node, _received(run, came, variables))
    if entry.all_needed:
        catching.arm(run, node, entry, but=came)
    if not node.waits:
        run.finish_soon(node)
