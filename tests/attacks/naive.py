"""A careless evaluator, in a process of its own with limits: what attacks succeed against.

`python -I naive.py WAY` reads {"text", "variables"} from its standard input and prints what comes out.
"""

from __future__ import annotations

import json
import resource
import signal
import sys
import traceback
from collections.abc import Callable
from typing import Any

try:
    import quickjs
except ImportError:  # it is optional
    quickjs = None

SECONDS, MEGABYTES = 0.3, 400


def by_eval(text: str, variables: dict[str, Any]) -> Any:
    """An expression of Python, as many engines evaluate conditions."""
    return eval(text, {**variables})


def by_exec(text: str, variables: dict[str, Any]) -> Any:
    """A script of Python, and all that it leaves."""
    names = {**variables}
    exec(text, names)
    return {name: value for name, value in names.items() if name != "__builtins__"}


def by_exec_then_others(text: str, variables: dict[str, Any]) -> Any:
    """A script, and what another one finds after it."""
    exec(text, {**variables})
    return eval("[len([1]), sum([1, 2]), sorted([2, 1]), __import__('json').dumps(1)]")


def by_exec_with_traceback(text: str, variables: dict[str, Any]) -> Any:
    """A script whose faults are told with all that is known of them."""
    try:
        exec(text, {**variables})
    except Exception:
        return traceback.format_exc()
    return None


def by_format(text: str, variables: dict[str, Any]) -> Any:
    """A text with variables put in."""
    return text.format(**variables)


def by_percent(text: str, variables: dict[str, Any]) -> Any:
    return text % variables


def by_interpolation(text: str, variables: dict[str, Any]) -> Any:
    """Variables put into the text of an expression, which is evaluated then."""
    for name, value in variables.items():
        text = text.replace(f"${{{name}}}", str(value))
    return eval(text)


def by_quickjs(text: str, variables: dict[str, Any]) -> Any:
    """A script of JavaScript without limits."""
    context = quickjs.Context()
    context.set_max_stack_size(1 << 30)
    context.set("variables", context.parse_json(json.dumps(variables)))
    return context.eval(text)


def by_quickjs_then_others(text: str, variables: dict[str, Any]) -> Any:
    """A script of JavaScript, and what another one finds after it in the same place."""
    context = quickjs.Context()
    context.eval(text)
    return context.eval("JSON.stringify([({}).polluted, [1, 2].map(x => x * 2), '' + {}, String([1]), typeof Map])")


WAYS: dict[str, Callable[[str, dict[str, Any]], Any]] = {
    "eval": by_eval,
    "exec": by_exec,
    "exec, then others": by_exec_then_others,
    "exec with traceback": by_exec_with_traceback,
    "format": by_format,
    "percent": by_percent,
    "interpolation": by_interpolation,
    "quickjs": by_quickjs,
    "quickjs, then others": by_quickjs_then_others,
}


def main() -> None:
    given = json.loads(sys.stdin.read())
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (2, 2))
    signal.setitimer(signal.ITIMER_PROF, SECONDS)  # its signal ends the process
    resource.setrlimit(resource.RLIMIT_AS, (MEGABYTES << 20, MEGABYTES << 20))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
    try:
        print(str(WAYS[sys.argv[1]](given["text"], given["variables"]))[:100_000])
    except MemoryError:
        print("spent")
    except Exception as problem:
        print("spent" if "out of memory" in str(problem) else f"stopped: {type(problem).__name__}: {problem}"[:1000])


if __name__ == "__main__":
    main()
