"""Write the pages of docs/ that are made from the code's own tables; `make docs` runs it, a test keeps them true."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from app.api.codes import CODES, INCIDENTS
from app.config import Settings
from bpmn.decisions.inspection import ELEMENTS as DECISION_ELEMENTS
from bpmn.decisions.inspection import VENDORS as DECISION_VENDORS
from bpmn.dialects import FAMILIES
from bpmn.dialects.support import Family, Support
from bpmn.report import Status
from bpmn.support import ATTRIBUTES, CHOICES, DEFINITIONS, ELEMENTS
from scripts.engine_rest_page import page

DOCS = Path(__file__).parent.parent / "docs"

SUPPORT_HEAD = """# What is executed

Made from the tables that the server itself reads (`make docs`). Every element and every vendor attribute of a diagram
is **executed**, **documentation** (kept, and without influence on what happens), or **refused**: a diagram with
something refused in a process that would be executed is not deployed, and the report names file, line and element. What
is in no table is refused as well, where it could change what happens. Every row that is executed has a story among the
tests, which ends otherwise without it (`tests/conformance/stories.json`).
"""

DECISIONS_HEAD = """# Decisions

Made from the tables that the server itself reads (`make docs`), but for the part that is written by hand. DMN 1.1, 1.2,
1.3, 1.4 and 1.5 files (`.dmn`) are deployed alone or beside diagrams. Expressions are FEEL, see
[expressions](expressions.md). A file with something in it that cannot be read or is not executed is refused with file,
line, element and reason.

## What a file holds
"""

DECISION_VENDORS_HEAD = """Attributes of Camunda 7 and elements of Camunda 8 that are in no table are refused; what
other tools add (drawings, notes, sizes) is left alone.
"""

#: What stands between these marks is kept.
BY_HAND, END_BY_HAND = "<!-- written by hand -->", "<!-- made from the code -->"

CONFIGURATION_HEAD = """# Configuration

Made from the code (`make docs`). Settings are environment variables; lists are JSON.
"""


ERRORS_HEAD = """# Errors

Made from the code (`make docs`). What is refused has changed nothing, and is answered by a problem (RFC 9457,
`application/problem+json`):

    {"type": "urn:throughline:problem:user-task-claimed", "title": "Not possible in the present state", "status": 409,
     "detail": "User task 019aa9d6-1b2c-7d3e-9f40-a1b2c3d4e5f6.2 is claimed by 'bob' already.",
     "code": "user-task-claimed", "assignee": "bob"}

`code` is stable; `detail` is for people and may change. `errors` lists places of the request that are wrong, as
`{"location": "body.variables", "message": "..."}`; `report` is the executability report of a refused deployment.

A modelled business exception (a BPMN error) is not an error of the server, and a step that fails is an incident: the
command before it stands.

## Refusals
"""

INCIDENTS_HEAD = """## Kinds of incidents

Part of an instance cannot go on without help. `GET /api/v1/incidents` lists them; mend the cause (set a variable,
deploy the missing process) and `POST /api/v1/incidents/{id}/resolve` takes the failed step again.
"""


def main() -> None:
    for name, render in PAGES.items():
        (DOCS / name).write_text(render())
        print(f"docs/{name}")


def bpmn_support() -> str:
    """docs/bpmn-support.md: the rules, which are written by hand, BPMN's own elements, each vendor family's places."""
    parts = [SUPPORT_HEAD, by_hand("bpmn-support.md"), "## Elements of BPMN\n", support_table("element", ELEMENTS)]
    parts += ["## Events\n", table(("event", "what it may be"), events())]
    parts += ["## Attributes of BPMN\n", support_table("attribute", ATTRIBUTES)]
    parts += ["## Attributes of BPMN with a choice\n", table(("attribute", "what it may be"), choices())]
    for family in FAMILIES:
        parts += [f"## {family.title}\n", namespaces(family), support_table("place", family.places)]
    return "\n".join(parts)


def decisions_support() -> str:
    """docs/decisions-support.md: what stands in a file, what is evaluated how (by hand), what vendors add."""
    parts = [DECISIONS_HEAD, support_table("element", DECISION_ELEMENTS), by_hand("decisions-support.md")]
    parts += ["## What vendors add\n", DECISION_VENDORS_HEAD, support_table("place", DECISION_VENDORS)]
    return "\n".join(parts)


def by_hand(page: str) -> str:
    """The part of a page that is written by hand, with its marks, as it stands there now."""
    text = (DOCS / page).read_text()
    begin, end = text.index(BY_HAND), text.index(END_BY_HAND) + len(END_BY_HAND)
    return text[begin:end] + "\n"


def support_table(head: str, places: Mapping[str, Support]) -> str:
    """One row for each place, what is executed first."""
    order = list(Status)
    rows = sorted(places.items(), key=lambda item: order.index(item[1].status))
    return table((head, "", "note"), [(f"`{place}`", support.status.value, support.note) for place, support in rows])


def events() -> list[tuple[str, ...]]:
    kinds = {"": "none"}
    return [
        (f"`{event}`", ", ".join(sorted(kinds.get(name, name.removesuffix("EventDefinition")) for name in names)))
        for event, names in DEFINITIONS.items()
    ]


def choices() -> list[tuple[str, ...]]:
    return [(f"`{name}`", ", ".join(f"`{value}`" for value in values)) for name, values in CHOICES.items()]


def namespaces(family: Family) -> str:
    return "".join(f"- `{namespace}`\n" for namespace in family.namespaces)


def configuration() -> str:
    """docs/configuration.md: every setting with its default and its description."""
    rows = [
        (
            f"`THROUGHLINE_{name.upper()}`",
            f"`{written(field.get_default(call_default_factory=True))}`",
            field.description or "",
        )
        for name, field in Settings.model_fields.items()
    ]
    return "\n".join([CONFIGURATION_HEAD, table(("setting", "default", "meaning"), rows)])


def errors() -> str:
    """docs/errors.md: every code of a refusal, and every kind of incident."""
    refusals = [(f"`{code}`", str(status), meaning) for code, (status, meaning) in CODES.items()]
    incidents = [(f"`{kind}`", meaning) for kind, meaning in INCIDENTS.items()]
    parts = [ERRORS_HEAD, table(("code", "status", "meaning, and what to do"), refusals)]
    return "\n".join([*parts, INCIDENTS_HEAD, table(("kind", "meaning"), incidents)])


def written(default: object) -> str:
    """A default as it would be written in the environment."""
    return default if isinstance(default, str) else json.dumps(default)


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


PAGES: dict[str, Callable[[], str]] = {
    "bpmn-support.md": bpmn_support,
    "configuration.md": configuration,
    "decisions-support.md": decisions_support,
    "engine-rest.md": page,
    "errors.md": errors,
}

if __name__ == "__main__":
    main()
