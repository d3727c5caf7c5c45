"""From tokens to the tree: one grammar, with the tables of the language.

Refused words (`for`, `in`, ...) are refused where they stand as such: `for x in y` and `a in b` are, a variable named
`some` or a key named `in` is not.
"""

from __future__ import annotations

from bpmn.errors import CallUnknown, ExpressionInvalid
from bpmn.expressions.language import Language
from bpmn.expressions.lexer import Kind, Lexer, Token, is_name, shown
from bpmn.expressions.limits import MAX_DEPTH
from bpmn.expressions.nodes import (
    Chain,
    Conditional,
    IsSet,
    Item,
    ListOf,
    Literal,
    Logic,
    Method,
    Name,
    Node,
    Operation,
    Path,
    Prefix,
    Property,
    Step,
)
from bpmn.expressions.syntax import BINDING, EQUALITY, OR, ORDER, Syntax

_WHOLE = 0
_COMPARISONS = (EQUALITY, ORDER)


class Parser:
    """Reads one expression that begins at `start`; `names` are the root variables it reads."""

    def __init__(self, text: str, start: int, syntax: Syntax) -> None:
        self.names: set[str] = set()
        self._text = text
        self._syntax = syntax
        self._lexer = Lexer(text, start, syntax)
        self._depth = 0
        self._token = self._lexer.next()

    def whole(self) -> Node:
        """The expression, which the text's end must follow."""
        node = self._expression(_WHOLE)
        if self._token.kind is not Kind.END:
            raise self._unexpected()
        return node

    def until_brace(self) -> tuple[Node, int]:
        """The expression and the offset behind the `}` that must follow it."""
        node = self._expression(_WHOLE)
        if not self._at("}"):
            raise self._unexpected("'}'")
        return node, self._token.end

    # The recursion: everything that nests comes through here.

    def _expression(self, binding: int) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._fault(f"the expression is nested more deeply than {MAX_DEPTH} levels")
        node = self._operand()
        while (found := self._operator()) >= max(binding, OR):
            node = self._logic(node, found) if found < EQUALITY else self._chain(node, found)
        if binding == _WHOLE and self._at("?"):
            node = self._ternary(node)
        self._depth -= 1
        return node

    def _operator(self) -> int:
        return BINDING.get(self._token.meaning, _WHOLE) if self._token.kind is Kind.SYMBOL else _WHOLE

    def _logic(self, first: Node, binding: int) -> Node:
        start = self._token
        operands = [first]
        while self._operator() == binding:
            self._take()
            operands.append(self._expression(binding + 1))
        return Logic(start.meaning, tuple(operands), start.position)

    def _chain(self, first: Node, binding: int) -> Node:
        start = self._token
        rest: list[Operation] = []
        while self._operator() == binding:
            if rest and binding in _COMPARISONS:
                raise self._fault("comparisons cannot be chained; write 'a < b and b < c'")
            sign = self._take()
            rest.append(Operation(sign.meaning, sign.text, self._expression(binding + 1), sign.position))
        return Chain(first, tuple(rest), start.position)

    def _ternary(self, test: Node) -> Node:
        start = self._take()
        then = self._expression(_WHOLE)
        self._expect(":")
        return Conditional(test, then, self._expression(_WHOLE), start.position)

    def _if(self) -> Node:
        start = self._take()
        test = self._expression(_WHOLE)
        self._expect("then")
        then = self._expression(_WHOLE)
        self._expect("else")
        return Conditional(test, then, self._expression(_WHOLE), start.position)

    def _operand(self) -> Node:
        token = self._token
        if token.kind is Kind.SYMBOL:
            if token.meaning in self._syntax.prefixes:
                self._take()
                operator = token.meaning.removeprefix("loosely ")
                return Prefix(operator, self._expression(self._syntax.prefixes[token.meaning]), token.position)
            if token.meaning == "if":
                return self._if()
        base = self._primary(token)
        steps: list[Step] = []
        while self._at(".") or self._at("["):
            steps.append(self._step())
        return Path(base, tuple(steps), token.position) if steps else base

    def _primary(self, token: Token) -> Node:
        if token.kind is Kind.LITERAL:
            self._take()
            return Literal(token.value, token.position)
        if token.kind is Kind.NAME:
            return self._name()
        if self._at("("):
            self._take()
            inner = self._expression(_WHOLE)
            self._expect(")")
            return inner
        if self._at("["):
            self._take()
            return ListOf(self._items("]"), token.position)
        raise self._unexpected("a value")

    def _name(self) -> Node:
        token = self._take()
        if token.text in self._syntax.refused and self._token.kind is Kind.NAME:
            raise self._fault(self._syntax.refused[token.text], token)
        if self._at("("):
            raise self._unknown(f"the function {shown(token.meaning)} is not supported", token)
        if token.meaning == "execution" and self._syntax.language is Language.JUEL:
            return self._of_execution()
        self.names.add(token.meaning)
        return Name(token.meaning, token.position, optional=False)

    def _of_execution(self) -> Node:
        """`execution.getVariable("x")` and `execution.hasVariable("x")`; nothing else of it exists."""
        self._expect(".")
        method = self._take()
        if method.text not in ("getVariable", "hasVariable"):
            raise self._fault("of 'execution', only getVariable and hasVariable are supported", method)
        self._expect("(")
        (name,) = self._arguments(method, 1)
        if not isinstance(name, Literal) or not isinstance(name.value, str):
            raise self._fault(f"{method.text} takes the name of a variable in quotes", method)
        self.names.add(name.value)
        if method.text == "hasVariable":
            return IsSet(name.value, method.position)
        return Name(name.value, method.position, optional=True)

    def _step(self) -> Step:
        start = self._take()
        if start.meaning == "[":
            index = self._expression(_WHOLE)
            self._expect("]")
            return Item(index, start.position)
        name = self._take()
        if not is_name(name.text):
            raise self._fault("expected a name after '.'", name)
        if not self._at("("):
            return Property(name.text, name.position)
        if name.text not in self._syntax.methods:
            known = ", ".join(sorted(self._syntax.methods)) or "none in this language"
            raise self._unknown(f"the method {shown(name.text)} is not supported; supported are: {known}", name)
        self._take()
        return Method(name.text, self._arguments(name, self._syntax.methods[name.text]), name.position)

    def _arguments(self, name: Token, count: int) -> tuple[Node, ...]:
        found = self._items(")")
        if len(found) != count:
            raise self._fault(f"{shown(name.meaning or name.text)} takes {count} argument(s), not {len(found)}", name)
        return found

    def _items(self, closing: str) -> tuple[Node, ...]:
        # Counts as a level of its own, because it takes as much of Python's stack as parentheses do.
        self._depth += 1
        items: list[Node] = []
        while not self._at(closing):
            if items:
                self._expect(",")
            items.append(self._expression(_WHOLE))
        self._take()
        self._depth -= 1
        return tuple(items)

    def _at(self, mark: str) -> bool:
        return self._token.meaning == mark and self._token.kind is Kind.SYMBOL

    def _take(self) -> Token:
        token = self._token
        self._token = self._lexer.next()
        return token

    def _expect(self, mark: str) -> None:
        if not self._at(mark):
            raise self._unexpected(f"'{mark}'")
        self._take()

    def _unexpected(self, wanted: str = "") -> ExpressionInvalid:
        token = self._token
        if token.kind is Kind.NAME and token.text in self._syntax.refused:
            return self._fault(self._syntax.refused[token.text])
        found = "the end of the text" if token.kind is Kind.END else shown(token.text)
        hint = "; names with spaces are not supported yet" if token.kind is Kind.NAME and not wanted else ""
        return self._fault(f"unexpected {found}{f', expected {wanted}' if wanted else ''}{hint}")

    def _unknown(self, message: str, token: Token) -> CallUnknown:
        return CallUnknown(message, self._text, token.position)

    def _fault(self, message: str, token: Token | None = None) -> ExpressionInvalid:
        return ExpressionInvalid(message, self._text, (token or self._token).position)
