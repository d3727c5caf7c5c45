"""From a whole text to its tree: the marks around expressions, `${...}`, `#{...}` and `=`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bpmn.errors import CallUnknown, ExpressionInvalid
from bpmn.expressions.nodes import Literal, Node, Template
from bpmn.expressions.parser import Parser
from bpmn.expressions.surroundings import NOWHERE, Place
from bpmn.expressions.syntax import JUEL, PLAIN, PYTHON

_OPENING = re.compile(r"(\\?)([$#]\{)")
"""A backslash before it makes it text (EL 2.1, 1.2.3)."""


@dataclass(frozen=True, slots=True)
class Read:
    """The tree of a text, the variables it reads, and whether it calls functions or methods."""

    node: Node
    names: frozenset[str] = frozenset()
    calls: bool = False


def read_plain(text: str, *, template: bool, place: Place = NOWHERE) -> Read:
    """A plain text has no marks: it is an expression, or as a template nothing but text."""
    return Read(Literal(text, 0)) if template else whole(Parser(text, 0, PLAIN, place))


def feel_part(text: str, *, template: bool) -> tuple[int, str] | None:
    """The expression in a text of FEEL and where it begins; None for a template that is nothing but text.

    `=` begins an expression; without it, a template is text and an expression is one all the same.
    """
    start = len(text) - len(text.lstrip())
    marked = text.startswith("=", start)
    if template and not marked:
        return None
    start += marked
    return start, text[start:]


def read_python(text: str) -> Read:
    """A text that is a simple expression of Python: comparisons, arithmetic, logic, attributes and items."""
    return whole(Parser(text, 0, PYTHON))


def read_juel(text: str, *, template: bool, place: Place = NOWHERE) -> Read:
    """Text with `${...}` and `#{...}` in it; a single one, perhaps with blanks around it, keeps its value's type."""
    parts, names, calls = _juel_parts(text, place)
    expressions = [part for part in parts if not isinstance(part, str)]
    between = "".join(part for part in parts if isinstance(part, str))
    if len(expressions) == 1 and not between.strip():
        return Read(expressions[0], names, calls)
    if not template:
        raise ExpressionInvalid("a JUEL expression is written ${...}, only one and with no text around it", text, 0)
    if not expressions:
        return Read(Literal(between, 0), names)
    return Read(Template(tuple(Literal(part, 0) if isinstance(part, str) else part for part in parts), 0), names)


def calls_bean(text: str) -> bool:
    """Whether a text of JUEL calls a method or function that does not exist here. Raises `ExpressionInvalid`."""
    try:
        return any(parser.calls_bean for parser in _parsers(text))
    except CallUnknown:
        return True


def _parsers(text: str) -> Iterator[Parser]:
    at = 0
    while (opening := _OPENING.search(text, at)) is not None:
        at = opening.end()
        if not opening[1]:
            parser = Parser(text, at, JUEL, NOWHERE)
            _, at = parser.until_brace()
            yield parser


def _juel_parts(text: str, place: Place) -> tuple[list[str | Node], frozenset[str], bool]:
    parts: list[str | Node] = []
    names: set[str] = set()
    calls = False
    at = 0
    while (opening := _OPENING.search(text, at)) is not None:
        escaped, mark = opening.groups()
        parts.append(text[at : opening.start()] + (mark if escaped else ""))
        at = opening.end()
        if not escaped:
            parser = Parser(text, at, JUEL, place)
            node, at = parser.until_brace()
            parts.append(node)
            names |= parser.names
            calls = calls or parser.calls
    return [*parts, text[at:]], frozenset(names), calls


def whole(parser: Parser) -> Read:
    """The tree of a text that is an expression as a whole."""
    node = parser.whole()
    return Read(node, frozenset(parser.names), parser.calls)
