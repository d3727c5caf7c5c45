"""Ways in which text from outside could become code, an attribute, a format or a pattern of this process.

Found in the syntax tree of a file, whatever runs. What is foreign cannot be seen there; so what is not written in the
file itself counts as foreign, and whoever needs more is named with the reason in `test_foreign_text.py`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TypeVar

T = TypeVar("T", bound=ast.AST)

_MODULES = """
_pickle asyncio.subprocess bdb builtins cffi cloudpickle cmd code codeop copyreg ctypes dill doctest gc imp
importlib inspect jinja2 jsonpickle logging.config mako marshal multiprocessing pdb pickle pickletools pkgutil pty
pydoc ruamel runpy shelve site string.templatelib subprocess timeit trace yaml zipimport
"""
_MEMBERS = """
Formatter Interpreter Template XPath XPathEvaluator XSLT __bases__ __builtins__ __class__ __closure__ __code__
__delattr__ __dict__ __format__ __func__ __getattr__ __getattribute__ __globals__ __loader__ __mod__ __mro__
__reduce__ __reduce_ex__ __self__ __setattr__ __spec__ __subclasses__ __wrapped__ _getframe attrgetter cr_frame
create_subprocess_exec create_subprocess_shell eval exec execl execle execlp execv execve execvp execvpe f_back
f_builtins f_globals f_locals getattr_static gi_frame import_module literal_eval methodcaller modules popen
posix_spawn spawnl spawnv system tb_frame xinclude xpath
"""
_BUILTINS = "__builtins__ __import__ breakpoint compile eval exec globals input locals vars"

#: Builtins that run or import text, or hand out everything there is; not even to be passed on.
RUNS_TEXT = set(_BUILTINS.split())
#: Builtins that read an attribute whose name they are given.
BY_NAME = {"getattr", "setattr", "delattr", "hasattr"}
#: Builtins that are looked at where they are called, and not to be passed on.
PASSED_ON = {*BY_NAME, "format"}
#: Methods that read a format, which reaches attributes and takes memory by what it says.
FORMATS = {"format_map", "vformat", "strftime", "safe_substitute", "substitute"}
#: Modules that run text, build objects from it, start programs, or open up this process.
MODULES = set(_MODULES.split())
#: Names within modules that do, and attributes that lead from any object to everything.
MEMBERS = set(_MEMBERS.split())
#: Functions of `re` whose first argument is a pattern.
PATTERNS = {"compile", "search", "match", "fullmatch", "split", "sub", "subn", "findall", "finditer", "template"}


def faults(source: str) -> list[str]:
    """What of this is in a file: "line: what", in the order of the lines."""
    tree = ast.parse(source)
    found = sorted({*_names(tree), *_calls(tree), *_members(tree), *_imports(tree), *_formats(tree), *_patterns(tree)})
    return [f"{line}: {what}" for line, what in found]


def _names(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Dangerous builtins, however they are used: called, renamed, or passed to others."""
    own = _own(tree)
    called = {id(call.func) for call in _each(tree, ast.Call)}
    for name in _each(tree, ast.Name):
        is_read = isinstance(name.ctx, ast.Load) and name.id not in own
        if is_read and (name.id in RUNS_TEXT or (name.id in PASSED_ON and id(name) not in called)):
            yield name.lineno, name.id


def _calls(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Attributes by names that are not written in the file, classes that are made, and formats of `format`."""
    for call in _each(tree, ast.Call):
        name = call.func.id if isinstance(call.func, ast.Name) else ""
        by_name = name in BY_NAME and not (len(call.args) > 1 and _is_own_name(call, tree))
        formats = name == "format" and len(call.args) > 1 and not is_written(call.args[1])
        makes_a_class = name == "type" and len(call.args) + len(call.keywords) > 1
        if by_name or formats or makes_a_class:
            yield call.lineno, name


def _members(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in _each(tree, ast.Attribute):
        if node.attr in MEMBERS or ast.unparse(node) == "operator.mod":
            yield node.lineno, node.attr


def _imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for one in _each(tree, ast.Import):
        yield from ((one.lineno, f"import {alias.name}") for alias in one.names if _is_refused(alias.name))
    for source in _each(tree, ast.ImportFrom):
        module = source.module or ""
        for alias in source.names:
            is_member = alias.name in MEMBERS and module.split(".", 1)[0] not in ("app", "bpmn")
            if _is_refused(module) or _is_refused(f"{module}.{alias.name}") or is_member:
                yield source.lineno, f"import {module}.{alias.name}"


def _is_refused(module: str) -> bool:
    parts = module.split(".")
    return any(".".join(parts[:number]) in MODULES for number in range(1, len(parts) + 1))


def _formats(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Formats and format specifications that are not written where they are used."""
    for node in _each(tree, ast.Attribute):
        if node.attr == "format" and not is_written(node.value):
            yield node.lineno, "format"
    for call in _each(tree, ast.Call):
        reads = isinstance(call.func, ast.Attribute) and call.func.attr in FORMATS
        if reads and not all(is_written(argument) for argument in call.args):
            yield call.lineno, "format"
    for value in _each(tree, ast.FormattedValue):
        if value.format_spec is not None and not is_written(value.format_spec):
            yield value.lineno, "format specification"


def remainders(source: str) -> list[int]:
    """The lines in which `%` may stand between a format and its values."""
    tree = ast.parse(source)
    found = [node.lineno for node in _each(tree, ast.AugAssign) if isinstance(node.op, ast.Mod)]
    return sorted(found + [node.lineno for node in _each(tree, ast.BinOp) if _may_fill_a_format(node)])


def _may_fill_a_format(node: ast.BinOp) -> bool:
    """Not where the format is written there, nor where something computed is divided by a number that is."""
    computed = isinstance(node.right, ast.Constant) and isinstance(node.left, ast.BinOp | ast.UnaryOp)
    return isinstance(node.op, ast.Mod) and not (isinstance(node.left, ast.Constant) or computed)


def _patterns(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Regular expressions that are not written in the file: they could take for ever."""
    sources = [one for one in _each(tree, ast.ImportFrom) if one.module == "re"]
    own = {alias.asname or alias.name for one in sources for alias in one.names if alias.name in PATTERNS}
    for call in _each(tree, ast.Call):
        function = call.func
        is_pattern = isinstance(function, ast.Name) and function.id in own
        if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id == "re":
            is_pattern = function.attr in PATTERNS
        if is_pattern and not (call.args and is_written(call.args[0])):
            yield call.lineno, "pattern"


def is_written(node: ast.expr) -> bool:
    """Whether a text is made of what is written in the file: constants, and names in capitals."""
    if isinstance(node, ast.JoinedStr | ast.Tuple):
        parts = node.values if isinstance(node, ast.JoinedStr) else node.elts
        return all(is_written(part) for part in parts)
    if isinstance(node, ast.FormattedValue | ast.Starred):
        return is_written(node.value)
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Add) and is_written(node.left) and is_written(node.right)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        # '|'.join(SOME), re.escape(ANY)
        own = node.func.attr == "join" and is_written(node.func.value) and all(map(is_written, node.args))
        return own or ast.unparse(node.func) == "re.escape"
    return isinstance(node, ast.Constant) or (isinstance(node, ast.Name) and node.id.isupper())


def _is_own_name(call: ast.Call, tree: ast.Module) -> bool:
    """Whether the name is a constant of the module, or runs over nothing but such constants in a loop around."""
    name = call.args[1]
    if is_written(name):
        return True
    around = [node for node in ast.walk(tree) if call in ast.walk(node)]
    loops = [loop for node in around for loop in ([node] if isinstance(node, ast.For) else _generators(node))]
    lists = [loop.iter for loop in loops if ast.unparse(loop.target) == ast.unparse(name)]
    return bool(lists) and all(is_written(one) for one in lists)


def _generators(node: ast.AST) -> list[ast.comprehension]:
    if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
        return node.generators
    return []


def _own(tree: ast.Module) -> set[str]:
    """What the module itself imports or defines: a `compile` of ours is not Python's."""
    imported = {alias.asname or alias.name for one in _each(tree, ast.ImportFrom) for alias in one.names}
    return imported | {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def _each(tree: ast.AST, kind: type[T]) -> list[T]:
    return [node for node in ast.walk(tree) if isinstance(node, kind)]
