"""Scripts in JavaScript, in the interpreter quickjs-ng; runs in a sandbox's process only.

Numbers of JavaScript are binary. A number goes in as one where its digits survive that; a larger integer goes in as a
BigInt; a decimal of more digits cannot be read there, and says so. Numbers come out with their shortest digits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import quickjs
from msgspec import to_builtins

from bpmn.sandbox.child import Run
from bpmn.sandbox.protocol import Limits, Order, thrown
from bpmn.values import from_json, to_json

_MEGABYTE = 1024 * 1024
_STACK_BYTES = 2 * _MEGABYTE
_LARGEST_SAFE = 2**53 - 1
#: What is ours stands behind so many lines, so that it is told from the script in what an error says of its place.
_OWN_LINES = 200_000
_HARNESS = "\n" * _OWN_LINES + (Path(__file__).parent / "harness.js").read_text(encoding="utf-8")
#: Before a script that is only read: it ends at once, after it was read as a whole.
_ENDS_AT_ONCE = "throw 0;"
_PLACE = re.compile(r"<input>:(\d+):(\d+)")
_THROWN = re.compile(r"^BpmnError: (\{.*\})$")
_LIMITS: Mapping[str, Callable[[Limits], str]] = {
    "InternalError: interrupted": lambda limits: f"the script computes longer than {limits.seconds:g} seconds",
    "InternalError: out of memory": lambda limits: f"the script takes more than {limits.megabytes} megabytes",
    # Where no memory is left, none is left for the error either.
    "null": lambda limits: f"the script throws null, or takes more than {limits.megabytes} megabytes",
    "RangeError: Maximum call stack size exceeded": lambda limits: "the script calls functions too deeply",
}


def interpreter(limits: Limits) -> Run:
    """What runs an order."""
    for text in ("1", "x", "throw new Error('a')"):  # whatever is loaded when it is first needed is loaded now
        _answered(to_builtins(Order(text, {"y": Decimal("1.5")})), limits)
    return lambda order: _answered(order, limits)


def _answered(order: dict[str, Any], limits: Limits) -> dict[str, Any]:
    context = quickjs.Context()
    context.set_memory_limit(limits.megabytes * _MEGABYTE)
    context.set_max_stack_size(_STACK_BYTES)
    context.set_time_limit(limits.seconds)
    try:
        return _checked(context, order["text"]) if order["checks"] else _ran(context, order, limits)
    except quickjs.StackOverflow as deep:
        return _failed(deep, limits)
    except quickjs.JSException as problem:
        return _failed(problem, limits)
    except UnicodeDecodeError:
        return {"failed": "the script gives a text that is not Unicode"}


def _checked(context: quickjs.Context, text: str) -> dict[str, Any]:
    try:
        context.eval(_ENDS_AT_ONCE + text)
    except quickjs.JSException as ended:
        said = str(ended)
        if said.startswith("SyntaxError"):
            found = _PLACE.search(said)
            line, column = (int(found[1]), int(found[2])) if found else (None, None)
            if line == 1 and column is not None:
                column = max(column - len(_ENDS_AT_ONCE), 1)
            return {"failed": said.partition("\n")[0], "invalid": True, "line": line, "column": column}
    return {}


def _ran(context: quickjs.Context, order: dict[str, Any], limits: Limits) -> dict[str, Any]:
    variables, wide = _without_wide(order["variables"])
    given = {
        "variables": variables,
        "wide": wide,
        "about": order["about"],
        "now": order["now"],
        "seed": order["seed"] & 0xFFFFFFFF,
        "characters": limits.characters,
        "sets": order["sets"],
    }
    run = context.eval(_HARNESS)(context.parse_json(to_json(given).decode()))
    report = run(order["text"])
    if not isinstance(report, str):
        return {"failed": "the script gives what is no value"}
    try:
        return dict(from_json(report))
    except (msgspec.DecodeError, ValueError):
        return {"failed": "the script gives what is no value"}


def _without_wide(value: Any) -> tuple[Any, list[tuple[list[str | int], str]]]:
    """The value without the numbers that JavaScript's cannot hold, and these with the ways to their places."""
    wide: list[tuple[list[str | int], str]] = []

    def taken(one: Any, way: list[str | int]) -> Any:
        if isinstance(one, dict):
            return {name: taken(inner, [*way, name]) for name, inner in one.items()}
        if isinstance(one, list):
            return [taken(inner, [*way, at]) for at, inner in enumerate(one)]
        if _is_wide(one):
            wide.append((way, str(one)))
            return None
        return one

    return taken(value, []), wide


def _is_wide(value: Any) -> bool:
    if type(value) is int:
        return abs(value) > _LARGEST_SAFE
    return type(value) is Decimal and Decimal(repr(float(value))) != value


def _failed(problem: Exception, limits: Limits) -> dict[str, Any]:
    said = str(problem)
    message = said.partition("\n")[0]
    error = _THROWN.match(message)
    if error is not None and (report := thrown(error[1])) is not None:
        return report
    places = [(int(place[1]), int(place[2])) for place in _PLACE.finditer(said)]
    line, column = next((place for place in places if place[0] < _OWN_LINES), (None, None))
    limit = _LIMITS.get(message)
    if limit is not None:
        message = limit(limits)
    return {"failed": message, "line": line, "column": column, "spent": limit is not None}
