"""Diagrams as SpiffArena writes them: texts in Python, payloads, operators, forms."""

from __future__ import annotations

from xml.sax.saxutils import escape

import pytest

from bpmn.policy import Policy
from tests.bpmn.diagrams import diagram
from tests.bpmn.reading import refusals, warnings
from tests.conformance.harness import story
from tests.conformance.player import sandboxes

CORE = "http://spiffworkflow.org/bpmn/schema/1.0/core"


def spiff(text: str, root: str = "", **written: str) -> bytes:
    """A diagram of SpiffArena: no other vendor's namespace, and its own with the prefix s."""
    return plain(text, root, **written).replace(b"<definitions ", f'<definitions xmlns:s="{CORE}" '.encode())


def plain(text: str, root: str = "", **written: str) -> bytes:
    """A diagram of no vendor; what is `written` stands for `@name`."""
    data = diagram(text, root=root)
    for name, script in written.items():
        data = data.replace(f"@{name}".encode(), escape(script).encode())
    for vendor in (b"camunda", b"zeebe"):
        data = data.replace(b' xmlns:%s="%s"' % (vendor, _ADDRESSES[vendor]), b"")
    return data


_ADDRESSES = {b"camunda": b"http://camunda.org/schema/1.0/bpmn", b"zeebe": b"http://camunda.org/schema/zeebe/1.0"}


def ext(*inner: str) -> str:
    return f"<extensionElements>{''.join(inner)}</extensionElements>"


def said(name: str, text: str) -> str:
    """An extension element with a text."""
    return f"<s:{name}>{escape(text)}</s:{name}>"


# --- scripts that name no language ---


@pytest.mark.parametrize("file", [spiff, plain, diagram])
def test_given_a_script_without_a_format_when_run_then_it_is_python_and_what_it_assigns_are_variables(file) -> None:  # type: ignore[no-untyped-def]
    text = "script a <script>total = sum([p['n'] * p['price'] for p in items.values()])</script>"
    done = story(file(f"start s; {text}; user z; s -> a -> z"), variables={"items": {"x": {"n": 2, "price": 3}}})
    assert (done.open, done.variables["total"]) == (["z"], 6)


def test_given_such_a_script_when_uploaded_then_files_of_others_are_warned_of_it() -> None:
    text = "start s; script a <script>x = 1</script>; s -> a"
    assert "run as Python, as SpiffWorkflow does" in warnings(plain(text))["a"]
    assert "run as Python" in warnings(diagram(text))["a"]
    assert warnings(spiff(text)) == {}


def test_given_such_a_script_when_it_is_no_python_then_it_is_refused_for_want_of_a_format() -> None:
    text = plain("start s; script a <script>@script</script>; s -> a", script="var x = 1; if (x) { y(); }")
    (found,) = refusals(text, Policy(sandboxes=sandboxes()))
    assert "script without a scriptFormat, read as Python: " in found.message


def test_given_such_a_script_when_its_text_is_marked_then_the_mark_says_the_language() -> None:
    text = "start s; script a <script>${n + 1}</script>; user z; s -> a -> z"
    assert story(diagram(text), variables={"n": 1}).open == ["z"]
    assert warnings(diagram(text)) == {}


def test_given_a_file_with_such_a_script_when_run_then_its_conditions_are_python_too() -> None:
    drawn = """start s; script a <script>done = False</script>; xor x; user y; user z
        s -> a -> x; x -> y : @if; x -> z : default"""
    text = plain(drawn, **{"if": "any([p['n'] > 1 for p in items]) and not done"})
    assert story(text, variables={"items": [{"n": 2}]}).open == ["y"]
    assert story(text, variables={"items": [{"n": 1}]}).open == ["z"]


def test_given_a_script_of_spiffarena_when_it_uses_common_modules_then_it_needs_no_import() -> None:
    text = "due = datetime.datetime(2026, 1, 1) + timedelta(days=1)\npause = timedelta(minutes=4)\ntime.sleep(1)"
    done = story(spiff("start s; script a <script>@script</script>; user z; s -> a -> z", script=text))
    assert done.variables == {"due": "2026-01-02T00:00:00", "pause": "PT4M"}


def test_given_a_variable_that_is_called_like_such_a_module_when_a_script_runs_then_it_is_the_variable() -> None:
    text = "json = time + 1"
    done = story(spiff(f"start s; script a <script>{text}</script>; user z; s -> a -> z"), variables={"time": 4})
    assert done.variables == {"time": 4, "json": 5}


@pytest.mark.parametrize("call", ["get_group_members('a')", "get_url_for_task_with_bpmn_identifier('a')"])
def test_given_a_function_that_only_spiffarena_has_when_called_then_an_incident_names_it(call: str) -> None:
    done = story(spiff(f"start s; script a <script>x = {call}</script>; user z; s -> a -> z"))
    assert done.open == ["a"]
    (message,) = done.messages
    assert f"name {call.partition('(')[0]!r} is not defined" in message
