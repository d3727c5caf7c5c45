"""The operands of FEEL that have a form of their own: literals, names, loops, lists, ranges, contexts, functions."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

from bpmn.expressions.feel import nodes, reading
from bpmn.expressions.feel.names import FURTHER, PART, START, normal
from bpmn.expressions.feel.nodes import Node, Test
from bpmn.expressions.feel.readingscope import ReadingScope
from bpmn.expressions.feel.types import Type
from bpmn.expressions.lexer import shown

_KEY = re.compile(rf"([{START}?][{FURTHER}\s./'+*?-]*+):")
_ITERATOR = re.compile(rf"([{START}][{FURTHER}./'+*-]*+(?:\s+(?!in\b)[{FURTHER}./'+*-]++)*)\s+(?=in\b)")
_PARAMETER = re.compile(r"[^:,()\[\]{}\"=<>!@]+")
_LOOP = re.compile(r"\w+\s+[^\s=<>!,()\[\]{}.+*/-].*?\sin\b", re.DOTALL)
_LITERALS = {"true": True, "false": False, "null": None}
_Reader: TypeAlias = Callable[[], Node]


class Boxed(ReadingScope):
    """The operands; the rest of the grammar is in `Parser`."""

    def primary(self) -> Node:
        """What an operand begins with."""
        scanner, start = self.scanner, self.scanner.at
        if scanner.ended():
            raise scanner.unexpected()
        character = scanner.text[start]
        if character.isdigit() or (character == "." and not scanner.sees("..")):
            number = scanner.take_number()
            if number is not None:
                return nodes.Literal(number, start)
        reader = self._readers().get(character)
        if reader is not None:
            return reader()
        if self._scope.at(scanner.text, start) is None:
            word = self._keyword()
            if word is not None:
                return word
        return self._name(start)

    def _readers(self) -> Mapping[str, _Reader]:
        return {
            '"': self._text,
            "'": self._text,
            "@": self._temporal,
            "(": self._group_of_one,
            "[": self._list_or_range,
            "]": self._list_or_range,
            "{": self._context,
            "?": self._question,
        }

    def _keyword(self) -> Node | None:
        word, start = self.scanner.word(), self.scanner.at
        if word in _LITERALS:
            self.scanner.take_word(word)
            return nodes.Literal(_LITERALS[word], start)
        if word == "if":
            return self._if()
        if word == "for" and self._is_loop():
            return self._for()
        if word in ("some", "every") and self._is_loop():
            return self._quantified(word)
        if word == "function" and re.match(r"function\s*\(", self.scanner.text[start : start + 100]):
            return self._function()
        return None

    def _is_loop(self) -> bool:
        """Whether `for`, `some` or `every` begins a loop; else it is a variable's name."""
        return _LOOP.match(self.scanner.text, self.scanner.at) is not None

    def _text(self) -> Node:
        start = self.scanner.at
        return nodes.Literal(self.scanner.take_text(), start)

    def _temporal(self) -> Node:
        start = self.scanner.at
        self.scanner.take("@")
        text = self.scanner.take_text()
        if text is None:
            raise self.scanner.unexpected("a text")
        value = reading.read_any(text)
        if value is None:
            # The same as what the function yields: null, and a warning why (DMN 1.5, 10.3.2.3.4).
            call = nodes.Call((nodes.Literal(text, start),), None, start)
            return nodes.Path(nodes.Name("date and time", start), (call,), start)
        return nodes.Literal(value, start)

    def _question(self) -> Node:
        start = self.scanner.at
        self.scanner.take("?")
        self.questions += 1
        return nodes.Name("?", start)

    def _if(self) -> Node:
        start = self.scanner.at
        self.scanner.expect_word("if")
        test = self.expression()
        self.scanner.expect_word("then")
        then = self.expression()
        self.scanner.expect_word("else")
        return nodes.If(test, then, self.expression(), start)

    def _for(self) -> Node:
        start = self.scanner.at
        self.scanner.expect_word("for")
        with self.scope():
            iterators = self._iterators()
            self.scanner.expect_word("return")
            self._declare("partial")
            before = "partial" in self.scanner.text[self.scanner.at :]
            body = self.expression()
        return nodes.For(iterators, body, before, start)

    def _quantified(self, word: str) -> Node:
        start = self.scanner.at
        self.scanner.expect_word(word)
        with self.scope():
            iterators = self._iterators()
            self.scanner.expect_word("satisfies")
            body = self.expression()
        return nodes.Quantified(word == "every", iterators, body, start)

    def _iterators(self) -> tuple[nodes.Iterator, ...]:
        found: list[nodes.Iterator] = []
        while True:
            name = self._quoted() or self._iterator_name()
            self.scanner.expect_word("in")
            found.append(nodes.Iterator(name, self._source()))
            self._declare(name)
            if not self.scanner.take(","):
                return tuple(found)

    def _iterator_name(self) -> str:
        found = _ITERATOR.match(self.scanner.text, self.scanner.at)
        if found is None:
            raise self.scanner.unexpected("a name and 'in'")
        self.scanner.at = found.end()
        return normal(found.group(1))

    def _source(self) -> Node | nodes.Span:
        start = self.scanner.at
        first = self.expression()
        if self.scanner.take(".."):
            return nodes.Span(first, self.expression(), start)
        return first

    # Brackets

    def _group_of_one(self) -> Node:
        start = self.scanner.at
        tests = self.group()
        only = tests[0].node
        if isinstance(only, nodes.Compare) and only.sign == "=" and len(tests) == 1:
            return nodes.RangeOf(only.operand, only.operand, True, True, False, start)
        if len(tests) > 1 or isinstance(only, nodes.Compare):
            raise self.scanner.fault("several values in parentheses are no expression; write a list: [a, b]", start)
        return only

    def group(self) -> tuple[Test, ...]:
        """What stands in parentheses: an expression, a range, or tests."""
        start = self.scanner.at
        self.scanner.expect("(")
        with self.nested():
            tests = [self.test()]
            if self.scanner.take(".."):
                return (Test(self._range(tests[0].node, False, start), False, start),)
            while self.scanner.take(","):
                tests.append(self.test())
        self.scanner.expect(")")
        return tuple(tests)

    def _list_or_range(self) -> Node:
        start, opens = self.scanner.at, self.scanner.sees("]")
        self.scanner.at += 1
        self.scanner.skip()
        items: list[Node] = []
        with self.nested():
            if not opens and self.scanner.take("]"):
                return nodes.ListOf((), start)
            items.append(self.expression())
            if opens or self.scanner.sees(".."):
                self.scanner.expect("..")
                return self._range(items[0], not opens, start)
            while self.scanner.take(","):
                items.append(self.expression())
        self.scanner.expect("]")
        return nodes.ListOf(tuple(items), start)

    def _range(self, first: Node | nodes.Compare, included: bool, start: int) -> Node:
        """The end of a range and what closes it."""
        if isinstance(first, nodes.Compare):
            raise self.scanner.fault("a comparison is no end of a range", start)
        self.at_range_end = True
        end = self.expression()
        self.at_range_end = False
        end_included = self.scanner.sees("]")
        if not any(self.scanner.take(closing) for closing in ("]", ")", "[")):
            raise self.scanner.unexpected("']', ')' or '['")
        return nodes.RangeOf(first, end, included, end_included, False, start)

    def _context(self) -> Node:
        start = self.scanner.at
        self.scanner.take("{")
        entries: list[tuple[str, Node]] = []
        with self.nested(), self.scope():
            while not self.scanner.sees("}"):
                at, key = self.scanner.at, self._key()
                if any(key == other for other, _ in entries):
                    raise self.scanner.fault(f"the key {shown(key)} occurs twice", at)
                self._members.add(key)
                self._local.append(key)
                entries.append((key, self.expression()))
                self._scope.add(key)
                if not self.scanner.take(","):
                    break
        self.scanner.expect("}")
        return nodes.ContextOf(tuple(entries), start)

    def _key(self) -> str:
        quoted = self._quoted()
        text = quoted if quoted is not None else self.scanner.take_text()
        if text is not None:
            self.scanner.expect(":")
            return text
        found = _KEY.match(self.scanner.text, self.scanner.at)
        if found is None or PART.match(found.group(1)) is None:
            raise self.scanner.unexpected("a key and ':'")
        self.scanner.at = found.end()
        self.scanner.skip()
        return normal(found.group(1))

    def _function(self) -> Node:
        start = self.scanner.at
        self.scanner.expect_word("function")
        self.scanner.expect("(")
        with self.nested(), self.scope():
            parameters = self._parameters()
            self.scanner.expect(")")
            if self.scanner.word() == "external":
                raise self.scanner.fault("functions of other languages ('external') are not supported")
            return nodes.FunctionOf(parameters, self.expression(), start)

    def _parameters(self) -> tuple[nodes.Parameter, ...]:
        found: list[nodes.Parameter] = []
        while not self.scanner.sees(")"):
            name = _PARAMETER.match(self.scanner.text, self.scanner.at)
            if name is None or PART.match(name.group()) is None:
                raise self.scanner.unexpected("the name of a parameter")
            self.scanner.at = name.end()
            self.scanner.skip()
            type_ = self.type() if self.scanner.take(":") else None
            found.append(nodes.Parameter(normal(name.group()), type_))
            self._declare(found[-1].name)
            if not self.scanner.take(","):
                break
        return tuple(found)

    def type(self) -> Type:
        """The name of a type."""
        return self._types.take()
