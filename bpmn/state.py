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
    r   of a process with listeners: {p: phase, f: failure, l: listeners heard, a: asked for a script, o: how it ends,
        b: what is still to begin: [start event or null, what that has brought]}
    k   what was completed in the process itself and can be undone: [[element, [inner ...] or null, variables]]
    q   tokens on their way: [element, position, scope, resumed], d those behind a transaction border

`waits` is {event: [kind, repetition, due in milliseconds]}; `more` is {r: role, t: runs in all, o: opened,
c: completed, u: to be opened, i: place of a run, s: results, z: whether these lie apart, h: runs that are kept apart,
k: completed and undoable, p: to be undone, d: done, l: listeners heard,
a: asked for a script: [milliseconds, seed, script, {script: [value, assigned, error, message]}]}.
Variables are stored apart, by scope and name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from bpmn.elements.gateways import RESET
from bpmn.errors import StateUnreadable
from bpmn.expressions import Reply
from bpmn.scopes import BODY, Asked, Beginning, Completed, Node, Token, Wait

if TYPE_CHECKING:
    from bpmn.living import Living

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
    r: dict[str, Any] | None = None


_decode = msgspec.json.Decoder(Dumped, float_hook=Decimal).decode


def dump(run: Living, apart: Sequence[Sequence[Node]] = ()) -> bytes:
    """The state of an execution between two advances, but for what is kept apart."""
    left_out = {node.number for nodes in apart for node in nodes}
    counts = Counter(parent.number for nodes in apart if (parent := nodes[0].parent) is not None)
    nodes = [node for node in run.nodes.values() if node.parent is not None and node.number not in left_out]
    return _encode(
        Dumped(
            VERSION,
            run.last_number,
            run.steps_since_stimulus,
            run.called,
            run.ended,
            run.ends_reached,
            [_dump_node(node, counts[node.number]) for node in nodes],
            run.root.joins,
            _dump_waits(run.root),
            [_dump_completed(done) for done in run.root.compensable],
            [_dump_token(token) for token in (*run.queue, *run.loud)],
            [_dump_token(token) for token in run.deferred],
            run.known_keys,
            None if run.root.element is None else _dump_process(run),
        )
    )


def _dump_process(run: Living) -> dict[str, Any]:
    root, beginning = run.root, run.beginning
    saved = {
        "p": root.phase,
        "f": root.failure,
        "l": root.heard,
        "a": None if root.asked is None else _dump_asked(root.asked),
        "o": "" if run.outcome == "completed" else run.outcome,
        "b": None if beginning is None else [beginning.event, beginning.variables],
    }
    return {key: value for key, value in saved.items() if value}


def _restore_process(run: Living, saved: dict[str, Any]) -> None:
    root = run.root
    root.phase, root.failure, root.heard = saved.get("p", ""), saved.get("f", ""), saved.get("l", 0)
    root.asked = _restore_asked(saved["a"]) if "a" in saved else None
    run.outcome = saved.get("o", run.outcome)
    run.beginning = Beginning(*saved["b"]) if "b" in saved else None


def dump_part(nodes: Sequence[Node]) -> bytes:
    """The state of a run that is kept apart, with everything in it."""
    return _encode(Dumped(VERSION, 0, a=[_dump_node(node) for node in nodes]))


def items_of(part: bytes) -> list[list[Any]]:
    """What is in a run that was kept apart, each with its number first. Raises `StateUnreadable`."""
    return _read(part).a


def restore_part(run: Living, items: list[list[Any]]) -> Node:
    """Bring a run that was kept apart back to where it belongs; the body around it."""
    restored = [_restore_node(run, item) for item in items]
    _count_tokens(restored)
    run.joining.update(node.number for node in restored if node.joins)
    body = restored[0].parent
    assert body is not None
    body.apart -= 1
    if not body.apart:
        run.crowded.discard(body.number)
    return body


def _read(dumped: bytes) -> Dumped:
    try:
        saved = _decode(dumped)
    except msgspec.DecodeError as fault:
        raise StateUnreadable(f"the saved state is not readable: {fault}") from None
    if saved.v != VERSION:
        raise StateUnreadable(f"the saved state has format {saved.v}; this release reads {VERSION}")
    return saved


def restore(run: Living, dumped: bytes) -> None:
    """Fill a fresh execution from a dumped state. Raises `StateUnreadable`."""
    saved = _read(dumped)
    run.last_number, run.steps_since_stimulus = saved.n, saved.s
    run.called, run.ended, run.ends_reached = saved.c, saved.x, saved.e
    for item in saved.a:
        _restore_node(run, item)
    run.root.joins = saved.j
    run.root.waits = _restore_waits(saved.w)
    run.root.compensable = _restore_all(saved.k)
    run.known_keys = saved.m
    if saved.r:
        _restore_process(run, saved.r)
    for node in run.nodes.values():
        if node.unopened:
            run.opening.append(node)
        if node.joins:
            run.joining.add(node.number)
            run.choosing.add(node.number)
        if node.apart:
            run.crowded.add(node.number)
        if node.stored:
            run.storing.add(node.number)
        for wait in node.waits.values():
            if wait.kind == "condition":
                run.watching.add(node.number)
    run.queue.extend(_restore_token(run, item) for item in saved.q)
    run.deferred.extend(_restore_token(run, item) for item in saved.d)
    _count_tokens(run.nodes.values())
    for token in (*run.queue, *run.deferred):
        token.scope.tokens += 1


def alive(*dumped: bytes) -> list[tuple[int, str, int, str]]:
    """Number, element, scope and role of the open activity instances of a state and its parts, without the model."""
    items = [item for one in dumped for item in _decode(one).a]
    return sorted((item[0], item[1], item[2], item[7].get("r", "") if len(item) > 7 else "") for item in items)


def behind_borders(dumped: bytes) -> list[tuple[str, int]]:
    """Element and scope of the tokens of a dumped state that wait at a transaction border."""
    return [(element, scope) for element, _, scope, *_ in _decode(dumped).d]


def _dump_node(node: Node, apart: int = 0) -> list[Any]:
    """`apart` counts runs that are left out, besides those that were never loaded."""
    assert node.element is not None
    assert node.parent is not None
    item: list[Any] = [node.number, node.element.bpmn_id, node.parent.number]
    rest = [node.phase, node.failure, _dump_waits(node), node.joins]
    more = _dump_more(node, apart)
    if more:
        rest.append(more)
    return item + rest if any(rest) else item


def _has_more(node: Node) -> bool:
    lists = node.compensable or node.pending
    numbers = node.index or node.completed or node.opened or node.heard
    return bool(node.role or lists or node.done or numbers or node.asked)


def _dump_more(node: Node, apart: int) -> dict[str, Any]:
    if not _has_more(node):
        return {}
    more: dict[str, Any] = {
        "r": node.role,
        "t": node.total,
        "o": node.opened,
        "c": node.completed,
        "u": node.unopened,
        "i": node.index,
        "s": None if node.results is None or node.stored else [node.results.get(n) for n in range(node.total)],
        "h": node.apart + apart,
        "z": int(node.stored),
        "k": [_dump_completed(done) for done in node.compensable],
        "p": [_dump_completed(done) for done in node.pending],
        "d": int(node.done),
        "l": node.heard,
        "a": None if node.asked is None else _dump_asked(node.asked),
    }
    return {key: value for key, value in more.items() if value or (key == "s" and value is not None)}


def _restore_node(run: Living, item: list[Any]) -> Node:
    number, element_id, parent = item[:3]
    node = Node(number, run.model.spec_of(element_id), run.nodes[parent])
    if len(item) > 3:
        node.phase, node.failure, waits, node.joins = item[3:7]
        node.waits = _restore_waits(waits)
    if len(item) > 7:
        _restore_more(node, item[7])
    run.nodes[number] = node
    run.nodes[parent].children[number] = node
    return node


def _restore_more(node: Node, more: dict[str, Any]) -> None:
    node.role = more.get("r", "")
    node.total, node.opened, node.completed = more.get("t", 0), more.get("o", 0), more.get("c", 0)
    node.unopened, node.index = more.get("u", 0), more.get("i", 0)
    node.apart, node.stored = more.get("h", 0), bool(more.get("z", 0))
    if "s" in more or node.stored:
        node.results = dict(enumerate(more.get("s", ())))
    node.done = bool(more.get("d", 0))
    node.heard = more.get("l", 0)
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
    inner = None if done.inner is None else [_dump_completed(item) for item in done.inner]
    return [done.element, inner, done.variables]


def _restore_all(items: Iterable[list[Any]]) -> list[Completed]:
    return [Completed(item[0], None if item[1] is None else _restore_all(item[1]), item[2]) for item in items]


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


def _restore_token(run: Living, item: list[Any]) -> Token:
    return Token(run.model.spec_of(item[0]), item[1], run.nodes[item[2]], item[3], announced=True)


def _count_tokens(nodes: Iterable[Node]) -> None:
    """Tokens alive in a scope: open activities and tokens at joins; those on their way come besides."""
    for node in nodes:
        waiting = sum(sum(counts) for name, counts in node.joins.items() if not name.endswith(RESET))
        node.tokens = 0 if node.role == BODY else len(node.children) + waiting
