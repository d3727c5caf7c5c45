"""From a FEEL text to its tree (the grammar of DMN 1.5, 10.3.1.2), by hand.

`instance of` binds more loosely than arithmetic, so that `2 * 3 instance of number` asks about the product; the
standard's grammar would multiply by a boolean.
"""

from __future__ import annotations

import re

from bpmn.expressions.feel import nodes
from bpmn.expressions.feel.boxed import Boxed
from bpmn.expressions.feel.nodes import Node, Test, Tests

OR, AND, COMPARISON, INSTANCE, SUM, PRODUCT, POWER = range(1, 8)
_SYMBOLS = {
    "!=": COMPARISON,
    "<=": COMPARISON,
    ">=": COMPARISON,
    "=": COMPARISON,
    "<": COMPARISON,
    ">": COMPARISON,
    "+": SUM,
    "-": SUM,
    "**": POWER,
    "*": PRODUCT,
    "/": PRODUCT,
}
_WORDS = {"or": OR, "and": AND, "between": COMPARISON, "in": COMPARISON, "instance": INSTANCE}
_OPERATOR = re.compile(r"!=|<=|>=|==|<>|=|<|>|\+|-|\*\*|\*|/")
_BEHIND_A_RANGE = re.compile(
    r"\[\s*(?:$|[)\],.}+*/=<>!\[]|(?:and|or|in|between|instance|then|else|return|satisfies)\b)"
)


class Parser(Boxed):
    """Reads one expression; `Boxed` has the operands that have a form of their own."""

    def whole(self) -> Node:
        """The expression that is the whole text."""
        node = self.expression()
        if not self.scanner.ended():
            raise self.scanner.unexpected()
        return node

    def whole_tests(self) -> Tests:
        """The unary tests that are the whole text (DMN 1.5, 10.3.1.2, grammar rule 15)."""
        start = self.scanner.at
        if self.scanner.text[start:].strip() == "-":
            return Tests((), False, start)
        tests = self._test_list()
        if not self.scanner.ended():
            raise self.scanner.unexpected("','")
        return Tests(tests, False, start)

    def negated_tests(self) -> Tests:
        """`not(...)` around unary tests; what begins like that may be an expression instead."""
        start = self.scanner.at
        self.scanner.expect_word("not")
        self.scanner.expect("(")
        tests = self._test_list()
        self.scanner.expect(")")
        if not self.scanner.ended():
            raise self.scanner.unexpected()
        return Tests(tests, True, start)

    def _test_list(self) -> tuple[Test, ...]:
        tests = [self.test()]
        while self.scanner.take(","):
            tests.append(self.test())
        return tuple(tests)

    def test(self) -> Test:
        """`< 5`, `= 5`, or an expression: a value, range, list, or a condition of `?`."""
        start, asked = self.scanner.at, self.questions
        sign = next((sign for sign in ("!=", "<=", ">=", "=", "<", ">") if self.scanner.sees(sign)), "")
        node = self._comparing_test(sign) if sign else self.expression()
        return Test(node, self.questions > asked, start)

    def _comparing_test(self, sign: str) -> Node | nodes.Compare:
        start = self.scanner.at
        self.scanner.take(sign)
        operand = self.expression(SUM)
        if sign in ("=", "!="):
            return nodes.Compare(sign, operand, start)
        included = sign.endswith("=")
        if sign.startswith(">"):
            return nodes.RangeOf(operand, None, included, False, True, start)
        return nodes.RangeOf(None, operand, False, included, True, start)

    # The recursion: everything that nests comes through `expression` and `operand`.

    def expression(self, binding: int = OR, first: Node | None = None) -> Node:
        """An expression of operators that bind at least as strongly; `first` is its operand if that is read already."""
        self.deeper()
        node = self.operand() if first is None else first
        while (found := self._operator())[1] >= binding:
            node = self._logic(node, found[1]) if found[1] <= AND else self._chain(node, found[1])
        self.depth -= 1
        return node

    def _operator(self) -> tuple[str, int]:
        """The operator that stands here and how strongly it binds; 0 for none."""
        found = _OPERATOR.match(self.scanner.text, self.scanner.at)
        if found is not None:
            sign = found.group()
            if sign not in _SYMBOLS:
                raise self.scanner.unexpected()
            return sign, _SYMBOLS[sign]
        word = self.scanner.word()
        return word, _WORDS.get(word, 0)

    def _logic(self, first: Node, binding: int) -> Node:
        word, start, operands = self.scanner.word(), self.scanner.at, [first]
        while self.scanner.take_word(word):
            operands.append(self.expression(binding + 1))
        return nodes.Logic(word, tuple(operands), start)

    def _chain(self, first: Node, binding: int) -> Node:
        start = self.scanner.at
        rest: list[nodes.Operate | nodes.Between | nodes.In | nodes.InstanceOf] = []
        while (found := self._operator())[1] == binding:
            rest.append(self._operation(found[0], binding))
        return nodes.Chain(first, tuple(rest), start)

    def _operation(self, sign: str, binding: int) -> nodes.Operate | nodes.Between | nodes.In | nodes.InstanceOf:
        start = self.scanner.at
        if sign == "between":
            self.scanner.take_word(sign)
            low = self.expression(INSTANCE)
            self.scanner.expect_word("and")
            return nodes.Between(low, self.expression(INSTANCE), start)
        if sign == "instance":
            self.scanner.take_word(sign)
            self.scanner.expect_word("of")
            return nodes.InstanceOf(self.type(), start)
        if sign == "in":
            self.scanner.take_word(sign)
            return nodes.In(self._tests_of_in(), start)
        self.scanner.take(sign)
        return nodes.Operate(sign, self.expression(binding + 1), start)

    def _tests_of_in(self) -> tuple[Test, ...]:
        """One test, or several in parentheses."""
        if not self.scanner.sees("("):
            return (self._test_of_in(),)
        asked, start = self.questions, self.scanner.at
        tests = self.group()
        if len(tests) == 1 and not isinstance(tests[0].node, nodes.Compare):
            node = self.expression(INSTANCE, self.steps(tests[0].node))
            return (Test(node, self.questions > asked, start),)
        return tests

    def _test_of_in(self) -> Test:
        start, asked = self.scanner.at, self.questions
        if self._operator()[1] == COMPARISON:
            return self.test()
        node = self.expression(INSTANCE)
        if self.questions > asked:  # `5 in ? < 10`: the rest belongs to the test
            node = self.expression(COMPARISON, node)
        return Test(node, self.questions > asked, start)

    def operand(self) -> Node:
        """A minus sign with its operand, or what stands by itself with the steps from it."""
        start = self.scanner.at
        if self.scanner.take("-"):
            self.deeper()
            operand = self.operand()
            self.depth -= 1
            return nodes.Negative(operand, start)
        return self.steps(self.primary())

    def steps(self, base: Node) -> Node:
        """`.name`, `[...]` and `(...)` behind a value."""
        found: list[nodes.Member | nodes.Filter | nodes.Call] = []
        while True:
            start = self.scanner.at
            if self.scanner.sees("(") and not isinstance(base, nodes.Literal):
                found.append(self._call(base if not found else None, start))
            elif self.scanner.sees("[") and not (
                self.at_range_end and _BEHIND_A_RANGE.match(self.scanner.text, self.scanner.at)
            ):
                found.append(self._filter(start))
            elif self.scanner.sees(".") and not self.scanner.sees(".."):
                self.scanner.take(".")
                found.append(nodes.Member(self.member_name(), start))
            else:
                return nodes.Path(base, tuple(found), base.position) if found else base

    def _filter(self, start: int) -> nodes.Filter:
        self.scanner.take("[")
        with self.nested(), self.filtering():
            condition = self.expression()
        self.scanner.expect("]")
        return nodes.Filter(condition, start)

    def _call(self, called: Node | None, start: int) -> nodes.Call:
        if isinstance(called, nodes.Name):
            self.check_function(called)
        self.scanner.take("(")
        with self.nested():
            names, arguments = self._arguments()
        self.scanner.expect(")")
        return nodes.Call(arguments, names, start)

    def _arguments(self) -> tuple[tuple[str, ...] | None, tuple[Node, ...]]:
        if self.scanner.sees(")"):
            return None, ()
        names: list[str] = []
        arguments: list[Node] = []
        named = self.argument_name() is not None
        while True:
            if named:
                name = self.take_argument_name()
                if name in names:
                    raise self.scanner.fault(f"the argument '{name[:40]}' is given twice")
                names.append(name)
            arguments.append(self.expression())
            if not self.scanner.take(","):
                return (tuple(names) if named else None), tuple(arguments)
