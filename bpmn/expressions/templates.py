"""From a whole text to its tree: the marks around expressions, `${...}`, `#{...}` and `=`."""

from __future__ import annotations

import re

from bpmn.errors import ExpressionInvalid
from bpmn.expressions.nodes import Literal, Node, Template
from bpmn.expressions.parser import Parser
from bpmn.expressions.syntax import JUEL, PLAIN

_OPENING = re.compile(r"(\\?)([$#]\{)")
"""A backslash before it makes it text (EL 2.1, 1.2.3)."""


def read_plain(text: str, *, template: bool) -> tuple[Node, frozenset[str]]:
    """A plain text has no marks: it is an expression, or as a template nothing but text."""
    return _constant(text) if template else _whole(Parser(text, 0, PLAIN))


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


def read_juel(text: str, *, template: bool) -> tuple[Node, frozenset[str]]:
    """Text with `${...}` and `#{...}` in it; a single one, perhaps with blanks around it, keeps its value's type."""
    parts, names = _juel_parts(text)
    expressions = [part for part in parts if not isinstance(part, str)]
    between = "".join(part for part in parts if isinstance(part, str))
    if len(expressions) == 1 and not between.strip():
        return expressions[0], names
    if not template:
        raise ExpressionInvalid("a JUEL expression is written ${...}, only one and with no text around it", text, 0)
    if not expressions:
        return Literal(between, 0), names
    return Template(tuple(Literal(part, 0) if isinstance(part, str) else part for part in parts), 0), names


def _juel_parts(text: str) -> tuple[list[str | Node], frozenset[str]]:
    parts: list[str | Node] = []
    names: set[str] = set()
    at = 0
    while (opening := _OPENING.search(text, at)) is not None:
        escaped, mark = opening.groups()
        parts.append(text[at : opening.start()] + (mark if escaped else ""))
        at = opening.end()
        if not escaped:
            parser = Parser(text, at, JUEL)
            node, at = parser.until_brace()
            parts.append(node)
            names |= parser.names
    return [*parts, text[at:]], frozenset(names)


def _whole(parser: Parser) -> tuple[Node, frozenset[str]]:
    node = parser.whole()
    return node, frozenset(parser.names)


def _constant(text: str) -> tuple[Node, frozenset[str]]:
    return Literal(text, 0), frozenset()
