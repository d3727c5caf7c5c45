"""Every row of BPMN in docs/bpmn-support.md that says "executed" has a story, and the story ends otherwise without it.

`stories.json` names the story of each row. It is played as it is, and again with what the row stands for taken out of
its diagrams (or, where that changes nothing because only a wrong value is refused, with another value): then it fails.
"""

from __future__ import annotations

import inspect
import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from bpmn import parsing
from bpmn.parsing import Parsed
from tests.conformance import rows

STORIES: dict[str, str] = json.loads((Path(__file__).parent / "stories.json").read_text())
Story = Callable[..., None]
Change = Callable[[bytes, str], bytes]


def test_given_the_rows_that_are_executed_when_compared_then_each_names_its_story() -> None:
    assert sorted(STORIES) == sorted(rows.executed_rows())


@pytest.mark.parametrize("row", STORIES)
def test_given_a_row_when_its_story_is_played_without_it_then_it_ends_otherwise(
    row: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = _story(STORIES[row])
    cases = [case for case in _cases(story) if _fails(story, case, row, _unchanged, monkeypatch) is False]
    assert cases, f"no diagram of {STORIES[row]} uses the row {row!r}"
    assert any(_fails(story, case, row, change, monkeypatch) for case in cases for change in _changes(row))


def _story(name: str) -> Story:
    module, _, function = name.partition(".")
    found: Story = getattr(import_module(f"tests.conformance.{module}"), function)
    assert "monkeypatch" not in inspect.signature(found).parameters
    return found


def _cases(story: Story) -> Iterator[dict[str, Any]]:
    """The arguments of every case of a story."""
    marks = [mark for mark in getattr(story, "pytestmark", []) if mark.name == "parametrize"]
    for values in itertools.product(*(list(_given(mark)) for mark in marks)):
        yield {name: value for given in values for name, value in given.items()}


def _given(mark: Any) -> Iterator[dict[str, Any]]:
    names = [name.strip() for name in mark.args[0].split(",")] if isinstance(mark.args[0], str) else list(mark.args[0])
    for value in mark.args[1]:
        yield dict(zip(names, value if len(names) > 1 else [value], strict=True))


def _changes(row: str) -> tuple[Change, ...]:
    return (rows.without, rows.otherwise) if "@" in row or row.startswith("attribute ") else (rows.without,)


def _unchanged(xml: bytes, row: str) -> bytes:
    return xml


def _fails(
    story: Story, case: dict[str, Any], row: str, change: Change, monkeypatch: pytest.MonkeyPatch
) -> bool | None:
    """Whether a case of a story fails where its diagrams are changed; None where none of them uses the row."""
    parse, used = parsing.parse, False

    def changed(resources: Mapping[str, bytes], **limits: Any) -> Parsed:
        nonlocal used
        used = used or any(row in rows.uses(data) for data in resources.values())
        return parse({name: change(data, row) for name, data in resources.items()}, **limits)

    with monkeypatch.context() as patched:
        patched.setattr(parsing, "parse", changed)
        try:
            story(**case)
        except BaseException:  # noqa: BLE001 - also failures of pytest itself, which are no exceptions
            return True
    return False if used else None
