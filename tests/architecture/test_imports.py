"""Imports go downstairs; text from a diagram is never run as Python."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
RUNS_TEXT = {"eval", "exec", "compile", "__import__"}
READS_ATTRIBUTES_BY_NAME = {"getattr", "setattr", "delattr", "hasattr"}
ROOMS = [path for room in ("app", "bpmn") for path in sorted((PROJECT / room).rglob("*.py"))]
FORMATS = {"format", "format_map", "vformat", "strftime"}
#: Where `%` is the remainder of two numbers, whose types say so.
TAKES_REMAINDERS = {
    "app/api/engine_rest/dates.py",
    "bpmn/elements/gateways.py",
    "bpmn/expressions/arithmetic.py",
    "bpmn/expressions/feel/builtins/conversion.py",
    "bpmn/expressions/feel/builtins/dates.py",
    "bpmn/expressions/feel/builtins/statistics.py",
    "bpmn/expressions/feel/operators.py",
    "bpmn/expressions/feel/regex/machine.py",
    "bpmn/expressions/feel/temporal.py",
    "bpmn/expressions/feel/values.py",
    "bpmn/expressions/feel/writing.py",
    "bpmn/expressions/feel/zones.py",
    "bpmn/expressions/juel/datepatterns.py",
}


def test_given_the_import_contracts_when_checked_then_all_are_kept() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"]
    result = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("path", ROOMS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_given_a_file_of_ours_when_read_then_it_runs_no_text_as_python(path: Path) -> None:
    runs_text = RUNS_TEXT - names_of_its_own(path)
    found = [f"line {call.lineno}: {called(call)}" for call in calls(path) if called(call) in runs_text]
    assert found == []


@pytest.mark.parametrize("path", ROOMS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_given_a_file_of_ours_when_it_reads_an_attribute_by_name_then_the_name_is_written_there(path: Path) -> None:
    tree = ast.parse(path.read_text())
    found = [
        f"line {call.lineno}: {called(call)}"
        for call in calls_in(tree)
        if called(call) in READS_ATTRIBUTES_BY_NAME and not (len(call.args) > 1 and is_own_name(call, tree))
    ]
    assert found == []


@pytest.mark.parametrize("path", ROOMS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_given_a_file_of_ours_when_it_formats_text_then_the_format_is_written_there(path: Path) -> None:
    """`str.format`, `%` and format specifications reach attributes and take memory by what the format says."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    methods = [
        node.lineno
        for node in nodes
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in FORMATS
        and not isinstance(node.func.value, ast.Constant)
        and not all(isinstance(argument, ast.Constant) for argument in node.args)
    ]
    specifications = [
        node.lineno
        for node in nodes
        if isinstance(node, ast.FormattedValue)
        and isinstance(node.format_spec, ast.JoinedStr)
        and not all(isinstance(part, ast.Constant) for part in node.format_spec.values)
    ]
    remainders = [
        node.lineno
        for node in nodes
        if isinstance(node, ast.BinOp | ast.AugAssign)
        and isinstance(node.op, ast.Mod)
        and not (isinstance(node, ast.BinOp) and is_arithmetic_or_own(node))
        and str(path.relative_to(PROJECT)) not in TAKES_REMAINDERS
    ]
    assert (methods, specifications, remainders) == ([], [], [])


def is_own_name(call: ast.Call, tree: ast.Module) -> bool:
    """Whether the name is a constant of the module, or runs over nothing but such constants in a loop around."""
    name = call.args[1]
    if is_constant(name):
        return True
    around = [node for node in ast.walk(tree) if call in ast.walk(node)]
    loops = [loop for node in around for loop in ([node] if isinstance(node, ast.For) else generators(node))]
    lists = [loop.iter for loop in loops if ast.unparse(loop.target) == ast.unparse(name)]
    return bool(lists) and all(is_constant(one) for one in lists)


def generators(node: ast.AST) -> list[ast.comprehension]:
    if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
        return node.generators
    return []


def is_constant(node: ast.expr) -> bool:
    """A constant, a name written in capitals, or a tuple of these."""
    if isinstance(node, ast.Tuple):
        return all(is_constant(item.value if isinstance(item, ast.Starred) else item) for item in node.elts)
    return isinstance(node, ast.Constant) or (isinstance(node, ast.Name) and node.id.isupper())


def is_arithmetic_or_own(node: ast.BinOp) -> bool:
    """A format that is written there, or a remainder by a number that is, of something computed."""
    computed = isinstance(node.right, ast.Constant) and isinstance(node.left, ast.BinOp | ast.UnaryOp)
    return isinstance(node.left, ast.Constant) or computed


def names_of_its_own(path: Path) -> set[str]:
    """What the file imports or defines: a `compile` of ours is not Python's."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    imported = {
        alias.asname or alias.name for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    return imported | {node.name for node in nodes if isinstance(node, ast.FunctionDef)}


def calls(path: Path) -> list[ast.Call]:
    return calls_in(ast.parse(path.read_text()))


def calls_in(tree: ast.Module) -> list[ast.Call]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def called(call: ast.Call) -> str:
    """The name of a called builtin; `re.compile` and the like are methods and have none."""
    return call.func.id if isinstance(call.func, ast.Name) else ""
