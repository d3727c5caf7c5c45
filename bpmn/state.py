"""The dumped state: what is alive, in a compact form that later releases can read.

    v   format version
    n   number of the last activity instance
    s   steps since the last stimulus
    c   whether a caller takes uncaught errors
    e   end events reached
    a   live activity instances: [number, element, parent, phase, failure, waits, joins, is scope]
    j   tokens at joins of the process itself: {element: [count by incoming flow]}
    q   tokens on their way: [element, position, scope, resumed], d those behind a transaction border

`waits` is {event: [kind, repetition, due in milliseconds]}. Variables are stored apart, by scope and name.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from bpmn.errors import StateUnreadable
from bpmn.scopes import Node, Token, Wait

if TYPE_CHECKING:
    from bpmn.execution import Execution

VERSION = 1

_encode = msgspec.json.Encoder().encode
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class Dumped(msgspec.Struct, omit_defaults=True):
    """The state as stored; see the module's text."""

    v: int
    n: int
    s: int = 0
    c: bool = False
    x: bool = False
    """Whether the instance is over."""
    e: list[str] = []
    a: list[list[Any]] = []
    j: dict[str, list[int]] = {}
    q: list[list[Any]] = []
    d: list[list[Any]] = []


_decode = msgspec.json.Decoder(Dumped).decode


def dump(run: Execution) -> bytes:
    """The state of an execution between two advances."""
    return _encode(
        Dumped(
            VERSION,
            run.last_number,
            run.steps_since_stimulus,
            run.called,
            run.ended,
            run.ends_reached,
            [_dump_node(node) for node in run.nodes.values() if node.parent is not None],
            run.root.joins,
            [_dump_token(token) for token in run.queue],
            [_dump_token(token) for token in run.deferred],
        )
    )


def restore(run: Execution, dumped: bytes) -> None:
    """Fill a fresh execution from a dumped state. Raises `StateUnreadable`."""
    try:
        saved = _decode(dumped)
    except msgspec.DecodeError as fault:
        raise StateUnreadable(f"the saved state is not readable: {fault}") from None
    if saved.v != VERSION:
        raise StateUnreadable(f"the saved state has format {saved.v}; this release reads {VERSION}")
    run.last_number, run.steps_since_stimulus = saved.n, saved.s
    run.called, run.ended, run.ends_reached = saved.c, saved.x, saved.e
    for item in saved.a:
        _restore_node(run, item)
    run.root.joins = saved.j
    run.queue.extend(_restore_token(run, item) for item in saved.q)
    run.deferred.extend(_restore_token(run, item) for item in saved.d)
    _count_tokens(run)


def alive(dumped: bytes) -> list[tuple[int, str, int]]:
    """Number, element and scope of the open activity instances of a dumped state, without its model."""
    return [(number, element, scope) for number, element, scope, *_ in _decode(dumped).a]


def behind_borders(dumped: bytes) -> list[tuple[str, int]]:
    """Element and scope of the tokens of a dumped state that wait at a transaction border."""
    return [(element, scope) for element, _, scope, *_ in _decode(dumped).d]


def _dump_node(node: Node) -> list[Any]:
    assert node.element is not None
    assert node.parent is not None
    waits = {event: _dump_wait(wait) for event, wait in node.waits.items()}
    item = [node.number, node.element.bpmn_id, node.parent.number]
    rest = [node.phase, node.failure, waits, node.joins]
    return item + rest if any(rest) else item


def _restore_node(run: Execution, item: list[Any]) -> None:
    number, element_id, parent = item[:3]
    node = Node(number, run.model.spec_of(element_id), run.nodes[parent])
    if len(item) > 3:
        node.phase, node.failure, waits, node.joins = item[3:7]
        node.waits = {event: _restore_wait(saved) for event, saved in waits.items()}
    run.nodes[number] = node
    run.nodes[parent].children[number] = node


def _dump_wait(wait: Wait) -> list[Any]:
    due = None if wait.due is None else (wait.due - _EPOCH) // _MILLISECOND
    return [wait.kind] if wait.repetition == 1 and due is None else [wait.kind, wait.repetition, due]


def _restore_wait(saved: list[Any]) -> Wait:
    if len(saved) == 1:
        return Wait(saved[0])
    due = None if saved[2] is None else _EPOCH + saved[2] * _MILLISECOND
    return Wait(saved[0], saved[1], due)


def _dump_token(token: Token) -> list[Any]:
    return [token.element.bpmn_id, token.position, token.scope.number, token.resumed]


def _restore_token(run: Execution, item: list[Any]) -> Token:
    return Token(run.model.spec_of(item[0]), item[1], run.nodes[item[2]], item[3])


def _count_tokens(run: Execution) -> None:
    """Tokens alive in a scope: open activities, tokens at joins, tokens on their way."""
    for node in run.nodes.values():
        node.tokens = len(node.children) + sum(sum(counts) for counts in node.joins.values())
    for token in (*run.queue, *run.deferred):
        token.scope.tokens += 1
