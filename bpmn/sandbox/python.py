"""Scripts in Python, in the interpreter of pydantic-monty; runs in a sandbox's process only."""

from __future__ import annotations

import codecs
import keyword
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from msgspec import to_builtins
from pydantic_monty import Monty, MontyCrashedError, MontyError, MontyRuntimeError, MontySession, MontySyntaxError

from bpmn.sandbox.child import Run
from bpmn.sandbox.exactpython import GONE, PREFIX, Rewritten, rewritten
from bpmn.sandbox.protocol import Limits, Order, thrown
from bpmn.sandbox.results import Results, Unwritable

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DEEPEST = 400
_MEGABYTE = 1024 * 1024
_THROWN = re.compile(r"^RuntimeError: bpmn-error (\{.*\})$", re.DOTALL)
_LIMITS: Mapping[str, Callable[[Limits], str]] = {
    "TimeoutError: feed": lambda limits: f"the script computes longer than {limits.seconds:g} seconds",
    "MemoryError": lambda limits: f"the script takes more than {limits.megabytes} megabytes",
    "RecursionError": lambda limits: "the script calls functions too deeply",
}
#: What the interpreter says of a number of another kind than it takes, and what helps; the first that fits counts.
_HINTS = {
    re.compile(
        r"'(decimal\.Decimal|float)' object cannot be interpreted as an integer$"
        r"|indices must be integers.* '?(decimal\.Decimal|float)|by non-int of type '(decimal\.Decimal|float)'"
    ): "; write int(x), or a // b instead of a / b",
    re.compile(
        r"'decimal\.Decimal' object cannot be interpreted|not decimal\.Decimal"
    ): "; write float(x) for a function that takes binary numbers only",
}

#: What a script finds besides its variables. The names with a prefix are called by what `exactpython` writes.
_PRELUDE = (Path(__file__).parent / "prelude.txt").read_text(encoding="utf-8")
_WARM_UP = (
    "'''a\\ud800\\x01'''\nimport datetime\ny = f'{x / 3:.2f}'\nd = datetime.date(2026, 1, 1)",
    "x = undefined",
    "x = (",
)
_OWN = frozenset({"Decimal", "BpmnError", "execution", "sum", "round"})


def interpreter(limits: Limits) -> Run:
    """What runs an order; the interpreter's own process is started now."""
    pool = Monty(
        min_processes=1,
        max_processes=1,
        request_timeout=2 * limits.seconds + 1,
        max_checkouts_per_worker=None,
    ).__enter__()
    codecs.lookup("unicode_escape")
    for text in _WARM_UP:  # whatever Python loads when it is first needed is loaded now: later nothing can be opened
        _answered(pool, limits, to_builtins(Order(text, {"x": 1}, sets="by name")))
    return lambda order: _answered(pool, limits, order)


def _answered(pool: Monty, limits: Limits, order: dict[str, Any]) -> dict[str, Any]:
    try:
        script = rewritten(order["text"])
    except (SyntaxError, ValueError) as fault:
        line, column = (fault.lineno, fault.offset) if isinstance(fault, SyntaxError) else (None, None)
        said = fault.msg if isinstance(fault, SyntaxError) else str(fault)
        return {"failed": said, "invalid": True, "line": line, "column": column}
    except (RecursionError, MemoryError):
        return {"failed": "the script is nested too deeply", "invalid": True}
    try:
        with _session(pool, limits, order) as session:
            return _checked(session, script, limits) if order["checks"] else _ran(session, script, order, limits)
    except Unwritable as unwritable:
        return {"failed": str(unwritable)}
    except UnicodeError:
        return {"failed": "the script has a text that is not Unicode"}
    except MontyCrashedError:
        raise  # this process cannot start another interpreter: it ends, and with it the order
    except MontyError as problem:
        return _failed(problem, script, limits)


def _session(pool: Monty, limits: Limits, order: dict[str, Any]) -> MontySession:
    return pool.checkout(
        limits={
            "max_feed_duration_secs": limits.seconds,
            "max_memory": limits.megabytes * _MEGABYTE,
            "max_recursion_depth": _DEEPEST,
            "max_suspensions": 100,
        },
        assert_message_annotations=False,
        os_policy={
            "datetime": _EPOCH + timedelta(milliseconds=order["now"]),
            "timezone": "utc",
            "sleep": "zero",
            "random_start": {"seed": order["seed"]},
        },
    )


def _checked(session: MontySession, script: Rewritten, limits: Limits) -> dict[str, Any]:
    """Read it without running it: what comes before its first statement ends it."""
    try:
        session.feed_run(f"raise SystemExit\n{script.text}", print_callback=_drop)
    except MontyRuntimeError as ended:
        if str(ended).startswith("SystemExit"):
            return {}
        return {**_failed(ended, script, limits, before=1), "invalid": True}
    except MontySyntaxError as problem:
        return {**_failed(problem, script, limits, before=1), "invalid": True}
    return {}


def _ran(session: MontySession, script: Rewritten, order: dict[str, Any], limits: Limits) -> dict[str, Any]:
    variables = order["variables"]
    named = {name: value for name, value in variables.items() if _is_name(name)}
    gone = f"{GONE} {order['seed']}"
    given = {f"{PREFIX}variables": variables, f"{PREFIX}about": order["about"], GONE: gone}
    session.feed_run(_PRELUDE, inputs=given, print_callback=_drop)
    value = session.feed_run(script.text, inputs=named, print_callback=_drop)  # a variable comes before what was there
    set_by_execution = session.feed_run(f"{PREFIX}execution.assigned", print_callback=_drop)
    results = Results(limits.characters)
    if order["sets"] == "nothing" and set_by_execution:
        raise Unwritable("the script sets variables, which only script tasks and listeners may do")
    if order["sets"] != "by name":
        assigned = {name: results.plain(new) for name, new in set_by_execution.items()}
        return {"value": results.plain(value), "assigned": assigned}
    found = session.feed_run(f"{PREFIX}defined(locals())", print_callback=_drop)
    after = {name: new for name, new in found.items() if name in named or name not in _OWN}
    after = {name: None if new == gone else new for name, new in after.items() if new != gone or name in named}
    return {"assigned": results.changed(named, {**after, **set_by_execution})}


def _is_name(name: str) -> bool:
    return name.isidentifier() and not keyword.iskeyword(name) and not name.startswith(PREFIX)


def _failed(problem: MontyError, script: Rewritten, limits: Limits, *, before: int = 0) -> dict[str, Any]:
    """What went wrong, with the line of the script as it was written; `before` it stand so many lines of ours."""
    if isinstance(problem, MontyRuntimeError | MontySyntaxError):
        said = problem.display("type-msg")
        error = _THROWN.match(said)
        if error is not None and (report := thrown(error[1])) is not None:
            return report
        said += next((hint for pattern, hint in _HINTS.items() if pattern.search(said)), "")
        lines = [frame.line for frame in problem.traceback() if not (frame.function_name or "").startswith(PREFIX)]
        limit = next((tell for start, tell in _LIMITS.items() if said.startswith(start)), None)
        line = script.original_line(lines[-1] - before) if lines else None
        return {"failed": limit(limits) if limit else said, "line": line, "spent": limit is not None}
    return {"failed": str(problem)}


def _drop(_stream: str, _text: str) -> None:
    """Nobody reads what a script prints."""
