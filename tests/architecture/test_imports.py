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
INTERPRETER = [path for path in ROOMS if PROJECT / "bpmn" in path.parents]


def test_given_the_import_contracts_when_checked_then_all_are_kept() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"]
    result = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("path", ROOMS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_given_a_file_of_ours_when_read_then_it_runs_no_text_as_python(path: Path) -> None:
    runs_text = RUNS_TEXT - names_of_its_own(path)
    found = [f"line {call.lineno}: {called(call)}" for call in calls(path) if called(call) in runs_text]
    assert found == []


@pytest.mark.parametrize("path", INTERPRETER, ids=lambda path: str(path.relative_to(PROJECT)))
def test_given_a_file_of_the_interpreter_when_it_reads_an_attribute_by_name_then_the_name_is_written_there(
    path: Path,
) -> None:
    found = [
        f"line {call.lineno}: {called(call)}"
        for call in calls(path)
        if called(call) in READS_ATTRIBUTES_BY_NAME
        and not (len(call.args) > 1 and isinstance(call.args[1], ast.Constant))
    ]
    assert found == []


def names_of_its_own(path: Path) -> set[str]:
    """What the file imports or defines: a `compile` of ours is not Python's."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    imported = {
        alias.asname or alias.name for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    return imported | {node.name for node in nodes if isinstance(node, ast.FunctionDef)}


def calls(path: Path) -> list[ast.Call]:
    return [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]


def called(call: ast.Call) -> str:
    """The name of a called builtin; `re.compile` and the like are methods and have none."""
    return call.func.id if isinstance(call.func, ast.Name) else ""
