"""Decision tables (DMN 1.5, chapter 8): compiled once; every input is evaluated once, every rule until it fails."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias

from bpmn.decisions.itemtypes import typed
from bpmn.decisions.model import Aggregation, HitPolicy, InputClause, OutputClause, Rule, Table, Text
from bpmn.decisions.placing import placed
from bpmn.decisions.records import InputRecord, OutputRecord, RuleRecord, TableRecord, recorded
from bpmn.errors import EvaluationFailed, ExpressionInvalid
from bpmn.expressions import feel
from bpmn.expressions.feel import UnaryTests
from bpmn.expressions.feel.budget import Run, Runtime
from bpmn.expressions.feel.builtins import BUILTINS
from bpmn.expressions.feel.comparing import same
from bpmn.expressions.feel.constanttests import Quick
from bpmn.expressions.feel.scope import Scope
from bpmn.expressions.feel.testing import INPUT
from bpmn.expressions.feel.types import Mistyped, Type
from bpmn.expressions.kinds import Unfit

if TYPE_CHECKING:
    from bpmn.decisions.logic import Logic

_Output: TypeAlias = Callable[[Any, Runtime], Any]

_ALONE = (HitPolicy.UNIQUE, HitPolicy.ANY)
_MOST_RECORDS = 1_000
"""Tables that one evaluation notes, and rules of each: a function may ask a table a hundred thousand times."""


@dataclass(frozen=True, slots=True)
class _Column:
    """The tests of one input, by rule: those of the value alone, and others."""

    quick: tuple[Quick | None, ...]
    others: Mapping[int, Run]

    def kept(self, rules: Iterable[int], scope: Scope, runtime: Runtime) -> list[int]:
        """The rules whose test is true."""
        value, quick = scope[INPUT], self.quick
        found = [rule for rule in rules if (test := quick[rule]) is None or test(value) is True]
        if not self.others:
            return found
        return [rule for rule in found if rule not in self.others or self.others[rule](scope, runtime) is True]


@dataclass(frozen=True, slots=True)
class _Rule:
    number: int
    id: str | None
    outputs: tuple[_Output, ...]


def compile_table(logic: Logic, table: Table) -> Run:
    """The function of a table."""
    inputs = [_input(logic, clause) for clause in table.inputs]
    rules = [_rule(logic, table, number, rule) for number, rule in enumerate(table.rules, 1)]
    columns = [_column(logic, [rule.tests[at : at + 1] for rule in table.rules]) for at in range(len(inputs))]
    decide = _policy(logic, table)
    only_first = table.hit_policy is HitPolicy.FIRST

    def run(variables: Any, runtime: Runtime) -> Any:
        runtime.spend(1 + len(rules) // 8)
        scopes = [_asking(read(variables, runtime), variables) for read in inputs]
        alive: Iterable[int] = range(len(rules))
        for column, scope in zip(columns, scopes, strict=True):
            alive = column.kept(alive, scope, runtime)
        matched = [rules[at] for at in (islice(alive, 1) if only_first else alive)]
        results = [[output(variables, runtime) for output in rule.outputs] for rule in matched]
        value = decide(results, variables, runtime)
        if runtime.records is not None and len(runtime.records) < _MOST_RECORDS:
            asked = [scope[INPUT] for scope in scopes]
            runtime.records.append(_record(table, asked, matched, results, value, runtime))
        return value

    return run


def _record(
    table: Table, asked: list[Any], matched: list[_Rule], results: list[list[Any]], value: Any, runtime: Runtime
) -> TableRecord:
    inputs = tuple(
        InputRecord(clause.id, clause.label, recorded(one, runtime))
        for clause, one in zip(table.inputs, asked, strict=True)
    )
    rules = tuple(
        RuleRecord(
            rule.number,
            rule.id,
            tuple(
                OutputRecord(clause.id, clause.name, clause.label, recorded(one, runtime))
                for clause, one in zip(table.outputs, result, strict=False)
            ),
        )
        for rule, result in islice(zip(matched, results, strict=True), _MOST_RECORDS)
    )
    conflict = _conflict(table, matched) if value is None and table.hit_policy in _ALONE else None
    return TableRecord(table.place.id, inputs, rules, recorded(value, runtime), table.aggregation, conflict)


def _conflict(table: Table, matched: list[_Rule]) -> str | None:
    """Which rules contradict each other, where several match and there is no result."""
    if len(matched) < 2:
        return None
    numbers = ", ".join(str(rule.number) for rule in matched[:20])
    return f"the rules {numbers} of table {table.place.id or ''!r} match, but its hit policy is {table.hit_policy}"


def _input(logic: Logic, clause: InputClause) -> Run:
    """The value of an input; null, with a warning, where it is not among the allowed values."""
    run, type_ = logic.text(clause.expression), logic.types.of(clause.expression.type_ref, clause.expression.place)
    allowed = _tests(logic, clause.values) if clause.values is not None else None

    def read(variables: Any, runtime: Runtime) -> Any:
        value = run(variables, runtime)
        if value is None:
            return None
        try:
            value = typed(value, type_, runtime)
        except Mistyped as mistyped:
            return runtime.warn(f"the input '{clause.label[:60]}' does not fit: {mistyped}")
        if allowed is not None and allowed.evaluate_in(value, variables, runtime) is False:
            return runtime.warn(f"the input '{clause.label[:60]}' is none of the allowed values")
        return value

    return read


def _asking(value: Any, variables: Any) -> Scope:
    """The variables, and the input that is asked about."""
    scope = Scope()
    scope[INPUT] = value
    scope.parent = variables
    return scope


def _tests(logic: Logic, text: Text) -> UnaryTests | None:
    logic.check_time()
    try:
        return feel.compile_unary_tests(text.text.strip(), logic.names, logic.types.all)
    except ExpressionInvalid as invalid:
        logic.problem(text.place, f"no unary tests: {invalid}: {text.text.strip()[:80]}")
        return None


def _column(logic: Logic, entries: list[tuple[Text, ...]]) -> _Column:
    """The tests of one input; what is no test is never met."""
    quick: list[Quick | None] = []
    others: dict[int, Run] = {}
    for rule, texts in enumerate(entries):
        if not texts or texts[0].text.strip() == "-":
            quick.append(None)
            continue
        tests = _tests(logic, texts[0])
        quick.append(tests.quick if tests is not None else _never)
        if tests is not None and tests.quick is None:
            others[rule] = placed(tests.run, texts[0].place)
    return _Column(tuple(quick), others)


def _never(_value: Any) -> bool | None:
    return None


def _rule(logic: Logic, table: Table, number: int, rule: Rule) -> _Rule:
    if len(rule.tests) != len(table.inputs) or len(rule.outputs) != len(table.outputs):
        logic.problem(table.place, f"rule {number} has not as many entries as the table has inputs and outputs")
    outputs = [
        _typed_output(logic.text(text), logic.types.of(clause.type_ref), clause)
        for text, clause in zip(rule.outputs, table.outputs, strict=False)
    ]
    return _Rule(number, rule.id, tuple(outputs))


def _typed_output(run: Run, type_: Type, clause: OutputClause) -> _Output:
    def output(variables: Any, runtime: Runtime) -> Any:
        value = run(variables, runtime)
        try:
            return typed(value, type_, runtime)
        except Mistyped as mistyped:
            return runtime.warn(f"the output '{clause.name[:60]}' does not fit: {mistyped}")

    return output


# Hit policies

_Decide: TypeAlias = Callable[[list[list[Any]], Any, Runtime], Any]
"""From the outputs of the rules that matched, in the order of the table, to the value of the table."""


def _policy(logic: Logic, table: Table) -> _Decide:
    single, aggregation = _result(table), table.aggregation
    default = _default(logic, table)
    rank = _rank(logic, table) if table.hit_policy in (HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER) else None
    choose = _SINGLE.get(table.hit_policy)

    def decide(results: list[list[Any]], variables: Any, runtime: Runtime) -> Any:
        if not results and default is not None:
            return default(variables, runtime)
        values = [single(result) for result in (results if rank is None else sorted(results, key=rank))]
        if choose is not None:
            return choose(values, runtime)
        return values if aggregation is None else _aggregated(aggregation, values, runtime)

    return decide


def _result(table: Table) -> Callable[[list[Any]], Any]:
    """What one rule yields: the value of a single output, else a context."""
    names = [clause.name for clause in table.outputs]
    if len(names) == 1:
        return lambda values: values[0] if values else None
    return lambda values: dict(zip(names, values, strict=False))


def _default(logic: Logic, table: Table) -> Run | None:
    if not any(clause.default for clause in table.outputs):
        return None
    runs = [
        _typed_output(logic.text(clause.default), logic.types.of(clause.type_ref), clause)
        if clause.default
        else _no_output
        for clause in table.outputs
    ]
    single = _result(table)
    return lambda variables, runtime: single([run(variables, runtime) for run in runs])


def _no_output(_variables: Any, _runtime: Runtime) -> Any:
    return None


def _rank(logic: Logic, table: Table) -> Callable[[list[Any]], tuple[int, ...]]:
    """The order of the output values (8.2.8): those that come first in their lists rank first."""
    runtime = Runtime()
    orders: list[list[Any]] = []
    for clause in table.outputs:
        found: list[Any] = []
        if clause.values is not None:
            try:
                found = feel.compile(f"[{clause.values.text}]", logic.names).run({}, runtime)
            except (ExpressionInvalid, EvaluationFailed) as fault:
                logic.problem(clause.values.place, f"the output values are no list: {fault}")
        orders.append(found)
    if not any(orders):
        logic.problem(table.place, f"the hit policy {table.hit_policy} needs output values, which say the order")

    def rank(values: list[Any]) -> tuple[int, ...]:
        return tuple(
            next((at for at, known in enumerate(order) if same(known, value)), len(order))
            for order, value in zip(orders, values, strict=False)
        )

    return rank


def _unique(values: list[Any], runtime: Runtime) -> Any:
    if len(values) > 1:
        return runtime.warn(f"{len(values)} rules match, but the hit policy UNIQUE allows one")
    return values[0] if values else None


def _any(values: list[Any], runtime: Runtime) -> Any:
    if any(not same(values[0], value) for value in values[1:]):
        return runtime.warn("rules with different outputs match, but the hit policy ANY wants the same")
    return values[0] if values else None


def _first(values: list[Any], _runtime: Runtime) -> Any:
    return values[0] if values else None


_SINGLE: Mapping[HitPolicy, Callable[[list[Any], Runtime], Any]] = {
    HitPolicy.UNIQUE: _unique,
    HitPolicy.ANY: _any,
    HitPolicy.FIRST: _first,
    HitPolicy.PRIORITY: _first,
}
_FUNCTIONS: Mapping[Aggregation, str] = {Aggregation.SUM: "sum", Aggregation.MIN: "min", Aggregation.MAX: "max"}


def _aggregated(aggregation: Aggregation, values: list[Any], runtime: Runtime) -> Any:
    """What COLLECT makes of the values."""
    if aggregation is Aggregation.COUNT:
        return len(values)
    if not values:
        return None
    try:
        return BUILTINS[_FUNCTIONS[aggregation]].call(runtime, [values])
    except Unfit as unfit:
        return runtime.warn(f"the aggregation {aggregation} {unfit}")
