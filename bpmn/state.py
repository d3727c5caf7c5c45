"""The dumped state: what is alive, in a compact form that later releases can read.

    v   format version
    n   number of the last activity instance
    s   steps since the last stimulus
    c   whether a caller takes uncaught errors
    e   end events reached
    a   live activity instances: [number, element, parent, phase, failure, waits, joins, more]
    j   tokens at joins of the process itself: {element: [count by incoming flow]}
    w   what event subprocesses of the process itself wait for
    m   correlation keys that messages have brought: {key: text}
    k   what was completed in the process itself and can be undone: [[element, [inner ...], variables]]
    q   tokens on their way: [element, position, scope, resumed], d those behind a transaction border

`waits` is {event: [kind, repetition, due in milliseconds]}; `more` is {r: role, t: runs in all, o: opened,
c: completed, u: to be opened, i: place of a run, s: results, k: completed and undoable, p: to be undone, d: done,
a: asked for a script: [milliseconds, seed, script, {script: [value, assigned, error, message]}]}.
Variables are stored apart, by scope and name.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from bpmn.elements.gateways import RESET
from bpmn.errors import StateUnreadable
from bpmn.expressions import Reply
from bpmn.scopes import BODY, Asked, Completed, Node, Token, Wait

if TYPE_CHECKING:
    from bpmn.execution import Execution

VERSION = 1

_encode = msgspec.json.Encoder(decimal_format="number").encode
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
    w: dict[str, list[Any]] = {}
    k: list[list[Any]] = []
    q: list[list[Any]] = []
    d: list[list[Any]] = []
    m: dict[str, str] = {}


_decode = msgspec.json.Decoder(Dumped, float_hook=Decimal).decode


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
            _dump_waits(run.root),
            [_dump_completed(done) for done in run.root.compensable],
            [_dump_token(token) for token in (*run.queue, *run.loud)],
            [_dump_token(token) for token in run.deferred],
            run.known_keys,
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
    run.root.waits = _restore_waits(saved.w)
    run.root.compensable = _restore_all(saved.k)
    run.known_keys = saved.m
    for node in run.nodes.values():
        if node.unopened:
            run.opening.append(node)
        if node.joins:
            run.joining.add(node.number)
        for wait in node.waits.values():
            if wait.kind == "condition":
                run.watching.add(node.number)
    run.queue.extend(_restore_token(run, item) for item in saved.q)
    run.deferred.extend(_restore_token(run, item) for item in saved.d)
    _count_tokens(run)


def alive(dumped: bytes) -> list[tuple[int, str, int, str]]:
    """Number, element, scope and role of the open activity instances of a dumped state, without its model."""
    return [(item[0], item[1], item[2], item[7].get("r", "") if len(item) > 7 else "") for item in _decode(dumped).a]


def behind_borders(dumped: bytes) -> list[tuple[str, int]]:
    """Element and scope of the tokens of a dumped state that wait at a transaction border."""
    return [(element, scope) for element, _, scope, *_ in _decode(dumped).d]


def _dump_node(node: Node) -> list[Any]:
    assert node.element is not None
    assert node.parent is not None
    item: list[Any] = [node.number, node.element.bpmn_id, node.parent.number]
    rest = [node.phase, node.failure, _dump_waits(node), node.joins]
    more = _dump_more(node)
    if more:
        rest.append(more)
    return item + rest if any(rest) else item


def _dump_more(node: Node) -> dict[str, Any]:
    if not (node.role or node.compensable or node.pending or node.done or node.index or node.asked):
        return {}
    more: dict[str, Any] = {
        "r": node.role,
        "t": node.total,
        "o": node.opened,
        "c": node.completed,
        "u": node.unopened,
        "i": node.index,
        "s": node.results,
        "k": [_dump_completed(done) for done in node.compensable],
        "p": [_dump_completed(done) for done in node.pending],
        "d": int(node.done),
        "a": None if node.asked is None else _dump_asked(node.asked),
    }
    return {key: value for key, value in more.items() if value or (key == "s" and value is not None)}


def _restore_node(run: Execution, item: list[Any]) -> None:
    number, element_id, parent = item[:3]
    node = Node(number, run.model.spec_of(element_id), run.nodes[parent])
    if len(item) > 3:
        node.phase, node.failure, waits, node.joins = item[3:7]
        node.waits = _restore_waits(waits)
    if len(item) > 7:
        _restore_more(node, item[7])
    run.nodes[number] = node
    run.nodes[parent].children[number] = node


def _restore_more(node: Node, more: dict[str, Any]) -> None:
    node.role = more.get("r", "")
    node.total, node.opened, node.completed = more.get("t", 0), more.get("o", 0), more.get("c", 0)
    node.unopened, node.index, node.results = more.get("u", 0), more.get("i", 0), more.get("s")
    node.done = bool(more.get("d", 0))
    node.compensable = _restore_all(more.get("k", ()))
    node.pending = _restore_all(more.get("p", ()))
    node.asked = _restore_asked(more["a"]) if "a" in more else None


def _dump_asked(asked: Asked) -> list[Any]:
    replies = {
        key: [reply.value, reply.assigned, reply.error, reply.error_message] for key, reply in asked.replies.items()
    }
    return [(asked.now - _EPOCH) // _MILLISECOND, asked.seed, asked.key, replies]


def _restore_asked(saved: list[Any]) -> Asked:
    now, seed, key, replies = saved
    return Asked(_EPOCH + now * _MILLISECOND, seed, key, {name: Reply(*reply) for name, reply in replies.items()})


def _dump_completed(done: Completed) -> list[Any]:
    # Inner ones are nested as deep as subprocesses are, which the XML reader limits.
    return [done.element, [_dump_completed(inner) for inner in done.inner], done.variables]


def _restore_all(items: Iterable[list[Any]]) -> list[Completed]:
    return [Completed(item[0], _restore_all(item[1]), item[2]) for item in items]


def _dump_waits(node: Node) -> dict[str, list[Any]]:
    return {event: _dump_wait(wait) for event, wait in node.waits.items()}


def _restore_waits(saved: dict[str, list[Any]]) -> dict[str, Wait]:
    return {event: _restore_wait(wait) for event, wait in saved.items()}


def _dump_wait(wait: Wait) -> list[Any]:
    due = None if wait.due is None else (wait.due - _EPOCH) // _MILLISECOND
    if wait.name is not None:
        return [wait.kind, wait.repetition, due, wait.name]
    return [wait.kind] if wait.repetition == 1 and due is None else [wait.kind, wait.repetition, due]


def _restore_wait(saved: list[Any]) -> Wait:
    if len(saved) == 1:
        return Wait(saved[0])
    due = None if saved[2] is None else _EPOCH + saved[2] * _MILLISECOND
    return Wait(saved[0], saved[1], due, saved[3] if len(saved) > 3 else None)


def _dump_token(token: Token) -> list[Any]:
    return [token.element.bpmn_id, token.position, token.scope.number, token.resumed]


def _restore_token(run: Execution, item: list[Any]) -> Token:
    return Token(run.model.spec_of(item[0]), item[1], run.nodes[item[2]], item[3])


def _count_tokens(run: Execution) -> None:
    """Tokens alive in a scope: open activities, tokens at joins, tokens on their way."""
    for node in run.nodes.values():
        waiting = sum(sum(counts) for name, counts in node.joins.items() if not name.endswith(RESET))
        node.tokens = 0 if node.role == BODY else len(node.children) + waiting
    for token in (*run.queue, *run.deferred):
        token.scope.tokens += 1
