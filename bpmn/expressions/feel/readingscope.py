"""What a parser knows while it reads: the names in scope, what it has read, how deep it is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from bpmn.expressions.feel import nodes
from bpmn.expressions.feel.names import FURTHER, START, STOPS, Known, NameSet, is_odd, known, normal
from bpmn.expressions.feel.nodes import Node, Test
from bpmn.expressions.feel.scanner import Scanner
from bpmn.expressions.feel.typenames import TypeNames
from bpmn.expressions.feel.types import Type
from bpmn.expressions.feel.values import PROPERTIES
from bpmn.expressions.lexer import shown
from bpmn.expressions.limits import MAX_DEPTH

_ARGUMENT = re.compile(rf"([{START}][{FURTHER}\s./'+*-]*+):")
_PROPERTIES = sorted({name for properties in PROPERTIES.values() for name in properties if is_odd(name)})


class ReadingScope:
    """The names in scope at each place of a text, and how they are read there."""

    def __init__(
        self, text: str, start: int, names: NameSet, functions: frozenset[str], types: Mapping[str, Type]
    ) -> None:
        self.scanner = Scanner(text, start)
        self.read: set[str] = set()
        """Names that are read from outside."""
        self.questions = 0
        """How often `?` was read."""
        self.depth = 0
        self.at_range_end = False
        self._outside = names
        self._scope = Known(beside=known(names))
        self._members = Known(_PROPERTIES, beside=known(names))
        self._local: list[str] = []
        self._filters = 0
        self._functions = functions
        self._odd_functions = known(functions)
        self._types = TypeNames(self.scanner, types)

    # What `Parser` has

    def expression(self) -> Node:
        raise NotImplementedError

    def steps(self, base: Node) -> Node:
        raise NotImplementedError

    def test(self) -> Test:
        raise NotImplementedError

    def deeper(self) -> None:
        """One level of nesting more; raises `ExpressionInvalid` beyond the limit."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.scanner.fault(f"the expression is nested more deeply than {MAX_DEPTH} levels")

    # Scopes

    @contextmanager
    def nested(self) -> Iterator[None]:
        """Within brackets, a `[` behind a value is a filter again."""
        before, self.at_range_end = self.at_range_end, False
        yield
        self.at_range_end = before

    @contextmanager
    def filtering(self) -> Iterator[None]:
        self._filters += 1
        self._local.append("item")
        yield
        self._local.pop()
        self._filters -= 1

    @contextmanager
    def scope(self) -> Iterator[None]:
        """Names that are declared within are known within."""
        before = len(self._local)
        yield
        for name in self._local[before:]:
            self._scope.remove(name)
        del self._local[before:]

    def _declare(self, name: str) -> None:
        self._local.append(name)
        self._scope.add(name)

    def check_function(self, called: nodes.Name) -> None:
        """Refuse a call of what cannot be a function."""
        name = called.name
        if name in self._functions or name in self._outside or name in self._local or self._filters:
            return
        raise self.scanner.fault(f"the function {shown(name)} does not exist", called.position)

    # Names

    def member_name(self) -> str:
        quoted = self._quoted()
        if quoted is not None:
            return quoted
        name = self.scanner.take_name(self._members, joining=bool(self._outside))
        if not name:
            raise self.scanner.unexpected("a name")
        return name

    def _quoted(self) -> str | None:
        """A name in backquotes."""
        if not self.scanner.sees("`"):
            return None
        end = self.scanner.text.find("`", self.scanner.at + 1)
        if end < 0:
            raise self.scanner.fault("the name that begins here has no closing `")
        name = normal(self.scanner.text[self.scanner.at + 1 : end])
        self.scanner.at = end + 1
        self.scanner.skip()
        return name

    def argument_name(self) -> str | None:
        found = _ARGUMENT.match(self.scanner.text, self.scanner.at)
        return normal(found.group(1)) if found else None

    def take_argument_name(self) -> str:
        found = _ARGUMENT.match(self.scanner.text, self.scanner.at)
        if found is None:
            raise self.scanner.unexpected("the name of an argument")
        self.scanner.at = found.end()
        self.scanner.skip()
        return normal(found.group(1))

    def _name(self, start: int) -> Node:
        name = self._quoted() or self._odd_function() or self._word_or_known()
        if not name:
            raise self.scanner.unexpected()
        if name not in self._local:
            self.read.add(name)
        return nodes.Name(name, start)

    def _word_or_known(self) -> str:
        """A name; in a filter, where items have entries that nobody knows, words beside each other are one."""
        name = self.scanner.take_name(self._scope, joining=self._filters > 0 and bool(self._outside))
        more = self.scanner.word()
        if name and more and more not in STOPS:
            joined = f"`{name} {more}`"
            raise self.scanner.fault(f"unexpected {shown(more)}; a name that has blanks is written {joined[:80]}")
        return name

    def _odd_function(self) -> str:
        """A function whose name is more than a word; one with a word of the language in it must be called."""
        found = self._odd_functions.at(self.scanner.text, self.scanner.at)
        if found is None or self._scope.at(self.scanner.text, self.scanner.at) is not None:
            return ""
        called = self.scanner.text[found[1] :].lstrip().startswith("(")
        if not called and not STOPS.isdisjoint(found[0].split()):
            return ""
        name, self.scanner.at = found
        self.scanner.skip()
        return name
