"""Attacks by whole decision models: much that is small by itself, shared, required, called or named alike."""

from __future__ import annotations

from tests.attacks.attack import DMN, PLAIN, PYTHON, Attack, Kind
from tests.bpmn.decisions.models import decision, definitions, service, text

_TRIPLED = [decision("l0", text("[1, 2, 3]"))] + [
    decision(f"l{n}", text(f"[l{n - 1}, l{n - 1}, l{n - 1}]"), needs=[f"decision:l{n - 1}"]) for n in range(1, 14)
]
_SHARED = [
    *_TRIPLED,
    *(decision(f"k{n}", text("[l13]"), needs=["decision:l13", f"decision:k{n - 1}"]) for n in range(1, 600)),
    decision("k0", text("0")),
]
_CALLING = [
    part
    for n in range(40)
    for part in (
        decision(f"y{n}", text(f"z{n + 1}() + z{n + 1}() + z{n + 1}()"), uses=[f"z{n + 1}"]),
        service(f"z{n}", [f"y{n}"], []),
    )
] + [decision("y40", text("1")), service("z40", ["y40"], [])]
_NAMED_ALIKE = [
    f'<businessKnowledgeModel id="f{n}" name="the model {n}"><variable name="the model {n}"/><encapsulatedLogic>'
    f'<formalParameter name="the one {n}"/>{text("1")}</encapsulatedLogic></businessKnowledgeModel>'
    for n in range(1_500)
]


def model(*parts: str) -> str:
    """A model whose decision `r` is asked for."""
    return definitions(*parts).decode()


ATTACKS = [
    Attack(
        Kind.MEMORY, DMN, model(*_SHARED, decision("r", text("k599"), needs=["decision:k599"])), says="500,000 steps"
    ),
    Attack(Kind.TIME, DMN, model(*_CALLING, decision("r", text("z0()"), uses=["z0"])), says="500,000 steps"),
    Attack(Kind.TIME, DMN, model(*_NAMED_ALIKE, decision("r", text("1"))), yields=1),
    Attack(
        Kind.RECURSION,
        DMN,
        model(service("s", ["r"], []), decision("r", text("s()"), uses=["s"])),
        says="60 levels",
    ),
    Attack(Kind.BOMB, PLAIN, r'"\uD800" + x', variables={"x": "a"}, says="no escape"),
    Attack(Kind.BOMB, PYTHON, r'r = "\ud800"', yields={"r": "\ufffd"}),
]
