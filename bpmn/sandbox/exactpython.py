"""Scripts in Python, rewritten so that what is written like decimals is reckoned with decimals.

    price * 1.1            literals with a fraction are decimals, and arithmetic with a binary float is decimal
    7 / 2                  3.5, a decimal
    order.total            an entry of a map as well as an attribute
    timedelta(hours=0.5)   takes decimals, which the interpreter's own does not
    datetime.date          `datetime` is the class that needs no import, and stands for its module as well
    del x                  the interpreter has no `del`

Line numbers are kept by a table: the rewritten text is laid out anew.
"""

from __future__ import annotations

import ast
import copy
from bisect import bisect_right
from dataclasses import dataclass

#: What the prelude defines (`python.py`), by names that no script would choose.
PREFIX = "_0_"
DECIMAL, READ, WRITE, GONE, TIMEDELTA, MODULE = (
    f"{PREFIX}{name}" for name in ("decimal", "read", "write", "gone", "timedelta", "module")
)
_OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: f"{PREFIX}add",
    ast.Sub: f"{PREFIX}subtract",
    ast.Mult: f"{PREFIX}multiply",
    ast.Div: f"{PREFIX}divide",
    ast.FloorDiv: f"{PREFIX}floor",
    ast.Mod: f"{PREFIX}modulo",
    ast.Pow: f"{PREFIX}power",
}
#: Functions that take binary floats only: numbers written as their arguments stay binary.
_BINARY = frozenset(
    {"sleep", "uniform", "gauss", "normalvariate", "triangular", "expovariate", "fromtimestamp", "float"}
)
#: What the module `datetime` holds; the interpreter's class of that name has none of these.
_OF_DATETIME = frozenset({"date", "datetime", "time", "timedelta", "timezone"})


@dataclass(frozen=True, slots=True)
class Rewritten:
    """The text to run, and the lines of the original that its statements come from."""

    text: str
    lines: tuple[tuple[int, int], ...]

    def original_line(self, line: int) -> int | None:
        """The line of the original that a line of the text comes from."""
        place = bisect_right(self.lines, (line, 1 << 30)) - 1
        return self.lines[place][1] if place >= 0 else None


def rewritten(text: str) -> Rewritten:
    """The script, rewritten; raises `SyntaxError`, and `RecursionError` where it is nested too deeply."""
    tree = ast.parse(text)
    originals = [node.lineno for node in _statements(tree)]
    new = ast.fix_missing_locations(_Exact(text, tree).visit(tree))
    laid_out = ast.unparse(new)
    lines = [node.lineno for node in _statements(ast.parse(laid_out))]
    return Rewritten(laid_out, tuple(zip(lines, originals, strict=True)))


def _statements(tree: ast.AST) -> list[ast.stmt]:
    """All statements in the order of the text; as many before the rewriting as after it."""
    found: list[ast.stmt] = []
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.stmt):
            found.append(node)
        pending.extend(reversed(list(ast.iter_child_nodes(node))))
    return found


class _Exact(ast.NodeTransformer):
    """Every statement becomes exactly one statement."""

    def __init__(self, text: str, tree: ast.AST) -> None:
        self._timedelta = {"timedelta"} | {
            name.asname
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module == "datetime"
            for name in node.names
            if name.name == "timedelta" and name.asname
        }
        self._lines = [line.encode() for line in text.splitlines()]

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        if type(node.value) is not float:
            return node
        assert node.end_col_offset is not None
        written = self._lines[node.lineno - 1][node.col_offset : node.end_col_offset].decode("utf-8", "replace")
        return _call(DECIMAL, ast.Constant(written.replace("_", "")))

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        """Formats such as `{x:.2f}` stay as they are; what is formatted is rewritten."""
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                part.value = self.visit(part.value)
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        helper = _OPERATORS.get(type(node.op))
        return node if helper is None else _call(helper, node.left, node.right)

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        node.value = self._owner(node)
        return _call(READ, node.value, ast.Constant(node.attr)) if isinstance(node.ctx, ast.Load) else node

    def _owner(self, node: ast.Attribute) -> ast.expr:
        """What an attribute belongs to, rewritten."""
        owner: ast.expr = self.visit(node.value)
        is_module = isinstance(owner, ast.Name) and owner.id == "datetime" and node.attr in _OF_DATETIME
        return _call(MODULE, owner) if is_module and isinstance(node.ctx, ast.Load) else owner

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """A method is called on what it belongs to; a map has methods of its own."""
        name = _called(node.func)
        if isinstance(node.func, ast.Attribute):
            node.func.value = self._owner(node.func)
        else:
            node.func = self.visit(node.func)
        node.args = [self._argument(name, argument) for argument in node.args]
        for keyword in node.keywords:
            keyword.value = self._argument(name, keyword.value)
        if name in self._timedelta:
            return ast.Call(ast.Name(TIMEDELTA, ast.Load()), [node.func, *node.args], node.keywords)
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.stmt:
        target = node.targets[0]
        self.generic_visit(node)
        if len(node.targets) == 1 and isinstance(target, ast.Attribute):
            return ast.Expr(_call(WRITE, target.value, ast.Constant(target.attr), node.value))
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.stmt:
        helper = _OPERATORS.get(type(node.op))
        if helper is None or not _is_simple(node.target):
            self.generic_visit(node)
            return node
        read = copy.deepcopy(node.target)
        for part in ast.walk(read):
            if isinstance(part, ast.Name | ast.Attribute | ast.Subscript):
                part.ctx = ast.Load()
        in_place = ast.Constant(value=True)
        return self._set(node.target, _call(helper, self.visit(read), self.visit(node.value), in_place))

    def _set(self, target: ast.expr, value: ast.expr) -> ast.stmt:
        """Set a target to a value that is rewritten already."""
        if isinstance(target, ast.Attribute):
            return ast.Expr(_call(WRITE, self.visit(target.value), ast.Constant(target.attr), value))
        return ast.Assign([self.visit(target)], value, lineno=target.lineno)

    def visit_Delete(self, node: ast.Delete) -> ast.stmt:
        """Names are marked as gone; entries and items are taken out."""
        targets = [part for target in node.targets for part in _parts(target)]
        if all(isinstance(target, ast.Name) for target in targets):
            names: list[ast.expr] = [ast.Name(_called(target), ast.Store()) for target in targets]
            return ast.Assign(names, ast.Name(GONE, ast.Load()), lineno=node.lineno)
        popped: list[ast.expr] = [self._popped(target) for target in targets]
        return ast.Expr(ast.Tuple(popped, ast.Load()))

    def _popped(self, target: ast.expr) -> ast.expr:
        if isinstance(target, ast.Subscript) and not isinstance(target.slice, ast.Slice):
            return ast.Call(ast.Attribute(self.visit(target.value), "pop", ast.Load()), [self.visit(target.slice)], [])
        if isinstance(target, ast.Attribute):
            return ast.Call(ast.Attribute(self.visit(target.value), "pop", ast.Load()), [ast.Constant(target.attr)], [])
        raise SyntaxError("only names, entries and items can be deleted", ("", target.lineno, 1, "", None, None))

    def _argument(self, function: str, argument: ast.expr) -> ast.expr:
        is_number = isinstance(argument, ast.Constant) and type(argument.value) is float
        stays = function in _BINARY and is_number
        return argument if stays else self.visit(argument)


def _call(function: str, *arguments: ast.expr) -> ast.expr:
    return ast.Call(ast.Name(function, ast.Load()), list(arguments), [])


def _called(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _is_simple(target: ast.expr) -> bool:
    """Whether reading a target twice does nothing more than reading it once."""
    if isinstance(target, ast.Attribute):
        return _is_simple(target.value)
    if isinstance(target, ast.Subscript):
        return _is_simple(target.value) and (isinstance(target.slice, ast.Constant) or _is_simple(target.slice))
    return isinstance(target, ast.Name)


def _parts(target: ast.expr) -> list[ast.expr]:
    return list(target.elts) if isinstance(target, ast.Tuple | ast.List) else [target]
