"""Functions of contexts (DMN 1.5, table 83)."""

from __future__ import annotations

from typing import Any

from bpmn.expressions.feel.budget import Runtime
from bpmn.expressions.feel.builtins.signatures import Functions
from bpmn.expressions.kinds import Unfit
from bpmn.expressions.limits import MAX_NESTING

FUNCTIONS = Functions()


@FUNCTIONS.add("get value", "m: context, key: text", "context: context, keys: list")
def _get_value(_: Runtime, context: dict[str, Any], keys: Any) -> Any:
    """The entry of that key, or of a path of keys."""
    found: Any = context
    for key in _path(keys):
        if not isinstance(found, dict) or key not in found:
            raise Unfit(f"finds no entry '{key[:40]}'")
        found = found[key]
    return found


def _path(keys: Any) -> list[str]:
    path = keys if isinstance(keys, list) else [keys]
    if not path or not all(isinstance(key, str) for key in path) or len(path) > MAX_NESTING:
        raise Unfit("takes a text, or a list of texts, as the key")
    return path


@FUNCTIONS.add("get entries", "m: context", "context: context")
def _get_entries(runtime: Runtime, context: dict[str, Any]) -> list[Any]:
    runtime.spend(len(context))
    return [{"key": key, "value": value} for key, value in context.items()]


@FUNCTIONS.add("context", "entries: list")
def _context(runtime: Runtime, entries: list[Any]) -> dict[str, Any]:
    runtime.spend(len(entries))
    made: dict[str, Any] = {}
    for entry in entries:
        if not isinstance(entry, dict) or "value" not in entry or not isinstance(entry.get("key"), str):
            raise Unfit("takes contexts with a text as 'key' and a 'value'")
        if entry["key"] in made:
            raise Unfit(f"is given the key '{entry['key'][:40]}' twice")
        made[entry["key"]] = entry["value"]
    return made


@FUNCTIONS.add("context put", "context: context, key: text, value: any", "context: context, keys: list, value: any")
@FUNCTIONS.add("put", "context: context, key: text, value: any")
def _context_put(runtime: Runtime, context: dict[str, Any], keys: Any, value: Any) -> dict[str, Any]:
    path = _path(keys)
    made = dict(context)
    inner = made
    for key in path[:-1]:
        runtime.spend(1 + len(inner) // 16)
        below = inner.get(key, {})
        if not isinstance(below, dict):
            raise Unfit(f"finds no context at '{key[:40]}'")
        inner[key] = dict(below)
        inner = inner[key]
    runtime.spend(1 + len(inner) // 16)
    inner[path[-1]] = value
    return made


@FUNCTIONS.add("context merge", "*contexts: list")
@FUNCTIONS.add("put all", "*contexts: list")
def _context_merge(runtime: Runtime, contexts: list[Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for context in contexts:
        if not isinstance(context, dict):
            raise Unfit("takes contexts")
        runtime.spend(1 + len(context))
        made.update(context)
    return made
