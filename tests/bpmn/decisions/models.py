"""Short ways to write DMN files and to ask them, for the tests of decisions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from xml.sax.saxutils import escape

from bpmn.decisions import Decisions, load
from bpmn.values import Value

NAMESPACES = {
    "1.1": "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
    "1.2": "http://www.omg.org/spec/DMN/20180521/MODEL/",
    "1.3": "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "1.4": "https://www.omg.org/spec/DMN/20211108/MODEL/",
    "1.5": "https://www.omg.org/spec/DMN/20230324/MODEL/",
}


def definitions(*parts: str, version: str = "1.5", namespace: str = "urn:test") -> bytes:
    start = f'<definitions xmlns="{NAMESPACES[version]}" id="d" name="d" namespace="{namespace}">'
    return (start + "".join(parts) + "</definitions>").encode()


def text(expression: str, tag: str = "literalExpression", **attributes: str) -> str:
    written = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f"<{tag}{written}><text>{escape(expression)}</text></{tag}>"


def decision(name: str, logic: str, *, needs: Iterable[str] = (), uses: Iterable[str] = (), type_ref: str = "") -> str:
    """A decision that needs `input:x` and `decision:y`, and uses functions."""
    required = "".join(_need(need) for need in needs)
    known = "".join(
        f'<knowledgeRequirement><requiredKnowledge href="{_href(use)}"/></knowledgeRequirement>' for use in uses
    )
    typed = f' typeRef="{type_ref}"' if type_ref else ""
    return (
        f'<decision id="{_id(name)}" name="{name}"><variable name="{name}"{typed}/>{required}{known}{logic}</decision>'
    )


def _need(need: str) -> str:
    kind, _, name = need.partition(":")
    tag = "requiredInput" if kind == "input" else "requiredDecision"
    return f'<informationRequirement><{tag} href="{_href(name)}"/></informationRequirement>'


def _href(name: str) -> str:
    return name if "#" in name else "#" + _id(name)


def _id(name: str) -> str:
    return name.replace(" ", "_")


def service(name: str, outputs: list[str], inputs: list[str], decisions: list[str] | None = None) -> str:
    body = "".join(f'<outputDecision href="#{one}"/>' for one in outputs)
    body += "".join(f'<inputDecision href="#{one}"/>' for one in decisions or [])
    body += "".join(f'<inputData href="#{one}"/>' for one in inputs)
    return f'<decisionService id="{name}" name="{name}"><variable name="{name}"/>{body}</decisionService>'


def input_data(name: str, type_ref: str = "Any") -> str:
    return f'<inputData id="{_id(name)}" name="{name}"><variable name="{name}" typeRef="{type_ref}"/></inputData>'


def item(name: str, type_ref: str = "", *, parts: str = "", allowed: str = "", collection: bool = False) -> str:
    typed = f"<typeRef>{type_ref}</typeRef>" if type_ref else ""
    values = text(allowed, "allowedValues") if allowed else ""
    flag = ' isCollection="true"' if collection else ""
    return f'<itemDefinition name="{name}"{flag}>{typed}{values}{parts}</itemDefinition>'


def component(name: str, type_ref: str) -> str:
    return f'<itemComponent name="{name}"><typeRef>{type_ref}</typeRef></itemComponent>'


def table(
    inputs: Iterable[str],
    outputs: Iterable[str],
    rules: Iterable[str],
    *,
    policy: str = "UNIQUE",
    aggregation: str = "",
) -> str:
    """A decision table; an output is `name` or `name: "v1", "v2"`, a rule is `test; test -> output; output`."""
    columns = "".join(f"<input>{text(one, 'inputExpression')}</input>" for one in inputs)
    clauses = "".join(_output(one) for one in outputs)
    rows = "".join(_rule(number, rule) for number, rule in enumerate(rules, 1))
    extra = f' aggregation="{aggregation}"' if aggregation else ""
    return f'<decisionTable id="t" hitPolicy="{policy}"{extra}>{columns}{clauses}{rows}</decisionTable>'


def _output(clause: str) -> str:
    name, _, values = clause.partition(": ")
    values, _, default = values.partition(" default ")
    inner = (text(values, "outputValues") if values else "") + (text(default, "defaultOutputEntry") if default else "")
    return f'<output name="{name}">{inner}</output>'


def _rule(number: int, rule: str) -> str:
    tests, _, outputs = rule.partition(" -> ")
    cells = "".join(text(cell.strip(), "inputEntry") for cell in tests.split(";") if cell.strip())
    results = "".join(text(cell.strip(), "outputEntry") for cell in outputs.split(";"))
    return f'<rule id="r{number}">{cells}{results}</rule>'


def loaded(*parts: str, version: str = "1.5") -> Decisions:
    """The decisions of one file without problems."""
    decisions = load({"test.dmn": definitions(*parts, version=version)})
    assert decisions.problems == []
    return decisions


def decide(name: str, variables: dict[str, Any], *parts: str) -> Value:
    return loaded(*parts).evaluate(name, variables).value
