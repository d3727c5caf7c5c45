"""What an attack is: a text in a language, what it is after, and how it succeeds against a careless evaluator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bpmn.values import Value

FEEL, DMN, JUEL, TEMPLATE, PLAIN = "feel", "dmn", "juel", "template", "plain"
PYTHON, JAVASCRIPT = "python", "javascript"
"""JUEL stands for one expression, a template for a text with expressions; DMN for FEEL in a decision."""

SECRET = "the-secret-of-the-server"
"""Stands in a file, in the environment of the server, and is sent by a listener on the loopback address."""
SPENT = "spent"
"""What a careless evaluator says that breaks its limits of time or memory."""


class Kind(StrEnum):
    """What an attack goes by."""

    WALK = "attribute walk"
    IMPORT = "import"
    FILE = "file"
    NETWORK = "network"
    MEMORY = "memory"
    TIME = "time"
    RECURSION = "deep recursion"
    PATTERN = "exploding pattern"
    BOMB = "text and number bomb"
    PROTOTYPE = "prototype trick"
    FORMAT = "format string"
    VARIABLE = "escape through variables"
    ERROR = "escape through error texts"


class Stopped:
    """What most attacks come to: they are refused, or break off with a message."""

    def __repr__(self) -> str:
        return "STOPPED"


STOPPED = Stopped()


@dataclass(frozen=True)
class Naive:
    """How a careless evaluator falls: the `way` of `naive.py`, the text for it, and what it lets out or comes to."""

    way: str
    text: str
    falls: str = SECRET


@dataclass(frozen=True)
class Attack:
    """`yields` is what the text comes to here: `STOPPED`, or a harmless value."""

    kind: Kind
    language: str
    text: str
    yields: Any = STOPPED
    naive: Naive | None = None
    variables: Mapping[str, Value] = field(default_factory=dict)
    says: str = ""
    """What the message of one that is stopped contains."""

    def __str__(self) -> str:
        text = self.text if len(self.text) < 60 else f"{self.text[:60]}..."
        return f"{self.kind}: {self.language}: {text!r}"
