"""docs/errors.md lists every code that the server can answer, and nothing else; the page is made from the table."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from app.api.codes import CODES, INCIDENTS
from app.api.problems import STATUSES

ROOT = Path(__file__).parent.parent.parent
KINDS = {kind.__name__: (kind.code, status) for kind, status in STATUSES.items()}


def calls(*folders: str) -> Iterator[ast.Call]:
    for folder in folders:
        for file in sorted((ROOT / folder).rglob("*.py")):
            # Another dialect has its own words for errors.
            if "engine_rest" not in file.parts:
                yield from (node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call))


def name_of(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def pattern(code: ast.expr) -> str:
    """The code, with a star for what is computed."""
    if isinstance(code, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "*" for part in code.values)
    return str(code.value) if isinstance(code, ast.Constant) else "?"


def raised() -> set[tuple[str, int]]:
    """The codes (or patterns of them) in the source, with their statuses."""
    found = set()
    for call in calls("app"):
        if name_of(call) in KINDS:
            default, status = KINDS[name_of(call)]
            given = [pattern(keyword.value) for keyword in call.keywords if keyword.arg == "code"]
            found.add((given[0] if given else default, status))
        elif name_of(call) == "problem" and isinstance(call.args[0], ast.Constant):
            found.add((pattern(call.args[1]), int(str(call.args[0].value))))
    return found


def test_given_a_code_in_the_source_when_it_is_looked_up_then_it_is_documented_with_its_status() -> None:
    for wanted, status in raised():
        fitting = [
            code for code, (documented, _) in CODES.items() if fnmatchcase(code, wanted) and documented == status
        ]
        assert fitting, f"{wanted} ({status}) is not in app/api/codes.py"


def test_given_a_documented_code_when_it_is_looked_for_then_the_source_can_raise_it() -> None:
    patterns = raised()
    classes = {(code, status) for code, status in KINDS.values()}
    for code, (status, _) in CODES.items():
        fits = any(fnmatchcase(code, wanted) and status == other for wanted, other in patterns | classes)
        assert fits, f"nothing in app/ raises {code} ({status})"


def test_given_a_kind_of_incident_in_the_source_when_it_is_looked_up_then_it_is_documented() -> None:
    kinds = {pattern(call.args[0]) for call in calls("bpmn") if name_of(call) == "StepFailure"} - {"?"}
    assert len(kinds) >= 10
    assert kinds <= set(INCIDENTS)


def test_given_a_documented_kind_of_incident_when_it_is_looked_for_then_the_source_names_it() -> None:
    source = "".join(
        file.read_text() for folder in ("app/engine", "app/commands", "bpmn") for file in (ROOT / folder).rglob("*.py")
    )
    for kind in INCIDENTS:
        assert f'"{kind}"' in source, f"nothing reports {kind}"
