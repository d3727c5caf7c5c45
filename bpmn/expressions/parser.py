"""From tokens to the tree: one grammar, with the tables of the language.

Refused words (`for`, `in`, ...) are refused where they stand as such: `for x in y` and `a in b` are, a variable named
`some` or a key named `in` is not.
"""

from __future__ import annotations

from bpmn.errors import CallUnknown, ExpressionInvalid
from bpmn.expressions.juel.functions import PLACED, member, members
from bpmn.expressions.lexer import Kind, Lexer, Token, is_name, shown
from bpmn.expressions.limits import MAX_DEPTH
from bpmn.expressions.methods import counted
from bpmn.expressions.nodes import (
    Call,
    Chain,
    Conditional,
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
from bpmn.expressions.surroundings import NOWHERE, Place
from bpmn.expressions.syntax import BINDING, EQUALITY, OR, ORDER, Syntax

_WHOLE = 0
_COMPARISONS = (EQUALITY, ORDER)


class Parser:
    """Reads one expression that begins at `start`; `names` are the root variables it reads."""

    def __init__(self, text: str, start: int, syntax: Syntax, place: Place = NOWHERE) -> None:
        self.names: set[str] = set()
        #: Whether anything is called, so that the value may be of a kind that variables do not have.
        self.calls = False
        #: Whether it calls a method that only a bean of Java can have.
        self.calls_bean = False
        self._place = place
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
        is_text = isinstance(first, Literal) and isinstance(first.value, str)
        if is_text and start.meaning == "%" and self._syntax.formats:
            raise self._fault("a text is formatted ('%'), which is no simple expression")
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
            steps.append(self._step(base))
        if steps and isinstance(steps[0], Method) and isinstance(base, Name):
            base = Name(base.name, base.position, called=bool(self._syntax.beans))
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
            return self._call(token)
        if token.meaning in self._syntax.beans and (token.meaning != "task" or self._place.is_task):
            return self._member(token) if self._at(".") else Name(token.meaning, token.position)
        self.names.add(token.meaning)
        return Name(token.meaning, token.position)

    def _call(self, token: Token) -> Node:
        name = token.meaning
        function = self._syntax.functions.get(name)
        if function is None or "." in name:
            raise self._unknown(f"the function {shown(name)} is not supported", token)
        self._take()
        arguments = self._items(")")
        if ":" in name and arguments and isinstance(arguments[0], Name):
            # These take a variable by its name, with quotes or without.
            arguments = (Literal(arguments[0].name, arguments[0].position), *arguments[1:])
        return self._called(name, arguments, token)

    def _member(self, token: Token) -> Node:
        """`execution.getVariable("x")`, `execution.id` and the like."""
        bean = token.meaning
        self._expect(".")
        name = self._take()
        found = member(bean, name.text, called=self._at("("))
        if found is None or (name.text == "setVariable" and not self._place.acts):
            known = ", ".join(one for one in members(bean) if one != "setVariable" or self._place.acts)
            hint = self._instead(bean) if name.text == "setVariable" else ""
            message = f"of '{bean}', {shown(name.text)} is not supported here{hint}; supported are: {known}"
            raise self._fault(message, name)
        arguments: tuple[Node, ...] = ()
        if self._at("("):
            self._take()
            arguments = self._items(")")
        if found in PLACED:
            return Literal(self._place.name if PLACED[found] == "name" else self._place.element, name.position)
        return self._called(found, arguments, name)

    def _instead(self, bean: str) -> str:
        """What to write instead of a `setVariable` that is not possible."""
        if not self._place.acts:
            return ": what stands here cannot set variables"
        return ", write execution.setVariable(name, value)" if bean == "task" else ""

    def _called(self, name: str, arguments: tuple[Node, ...], token: Token) -> Node:
        function = self._syntax.functions[name]
        if not function.least <= len(arguments) <= function.most:
            wanted = counted(function.least, function.most)
            raise self._fault(f"{shown(token.text)} takes {wanted}, not {len(arguments)}", token)
        self.calls = True
        if name.endswith((":get", ".getVariable", ".hasVariable")) and isinstance(arguments[0], Literal):
            self.names.add(str(arguments[0].value))
        return Call(name, arguments, token.position)

    def _step(self, base: Node) -> Step:
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
        self._take()
        arguments = self._items(")")
        # The value may be a bean of Java, which is found out where the call is reached.
        if not self._syntax.beans or not isinstance(base, Name):
            self._check_method(name, len(arguments))
        elif name.text not in self._syntax.methods:
            self.calls_bean = True
        self.calls = self.calls or bool(self._syntax.beans)
        return Method(name.text, arguments, name.position)

    def _check_method(self, name: Token, count: int) -> None:
        method = self._syntax.methods.get(name.text)
        if method is None:
            known = ", ".join(sorted(self._syntax.methods)) or "none in this language"
            raise self._fault(f"the method {shown(name.text)} is not supported; supported are: {known}", name)
        if not method.least <= count <= method.most:
            raise self._fault(f"{shown(name.text)} takes {counted(method.least, method.most)}, not {count}", name)

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
        found = "the text ends too soon" if token.kind is Kind.END else f"unexpected {shown(token.text)}"
        hint = "; names with spaces are not supported yet" if token.kind is Kind.NAME and not wanted else ""
        return self._fault(f"{found}{f', expected {wanted}' if wanted else ''}{hint}")

    def _unknown(self, message: str, token: Token) -> CallUnknown:
        return CallUnknown(message, self._text, token.position)

    def _fault(self, message: str, token: Token | None = None) -> ExpressionInvalid:
        return ExpressionInvalid(message, self._text, (token or self._token).position)
