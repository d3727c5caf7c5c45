"""What goes into a sandbox and what comes out: JSON behind its length in four bytes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import IO, Any, Literal, TypeAlias

import msgspec

from bpmn.errors import BpmnError
from bpmn.values import Value, from_json, to_json

PYTHON, JAVASCRIPT = "python", "javascript"
Sets: TypeAlias = Literal["nothing", "by execution", "by name"]
"""Which variables a script sets: none, those of `execution.setVariable`, or every name that it assigns."""


class SandboxCrashed(BpmnError):
    """The process of a sandbox broke off; nothing is known of the script, which may be run again."""


class SandboxesBusy(BpmnError):
    """All sandboxes are in use, and none became free in time."""


class ScriptInvalid(BpmnError):
    """A text that is no script of its language; `line` and `column` count from 1."""

    def __init__(self, message: str, line: int | None = None, column: int | None = None) -> None:
        self.line = line
        self.column = column
        super().__init__(message)


class ScriptFailed(BpmnError):
    """A script that broke off, or took more than its limits; `line` and `column` count from 1."""

    def __init__(self, message: str, line: int | None = None, column: int | None = None) -> None:
        self.line = line
        self.column = column
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may use: seconds of computing, memory in megabytes, characters of JSON that it gives back."""

    seconds: float = 2.0
    megabytes: int = 64
    characters: int = 1_000_000


@dataclass(frozen=True, slots=True)
class Order:
    """A script to be run, or only to be read where `checks`; `now` is milliseconds since the epoch."""

    text: str
    variables: dict[str, Value] = field(default_factory=dict)
    sets: Sets = "nothing"
    now: int = 0
    seed: int = 0
    about: dict[str, Value] = field(default_factory=dict)
    """What `execution` tells: id, businessKey and so on."""
    checks: bool = False


@dataclass(frozen=True, slots=True)
class BusinessError:
    """A BPMN error that the script threw."""

    code: str
    message: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a script gave: the value of its last expression, and the variables that it set."""

    value: Value = None
    assigned: dict[str, Value] = field(default_factory=dict)
    error: BusinessError | None = None


def write_frame(stream: IO[bytes], message: Any) -> None:
    """Send one message."""
    body = to_json(message)
    stream.write(len(body).to_bytes(4, "big") + body)
    stream.flush()


def read_frame(stream: IO[bytes], most: int) -> Any:
    """The next message; None at the end of the stream. Raises `ValueError` beyond `most` bytes or where it is none."""
    head = stream.read(4)
    if len(head) < 4:
        return None
    length = int.from_bytes(head, "big")
    if length > most:
        raise ValueError(f"a message of {length} bytes")
    body = stream.read(length)
    if len(body) < length:
        return None
    try:
        return from_json(body)
    except msgspec.DecodeError as problem:
        raise ValueError(str(problem)) from None


def answer_of(message: Any) -> Answer:
    """What a child reports; raises `ScriptFailed`, `ScriptInvalid`, and `ValueError` where it is no report."""
    if not isinstance(message, dict):
        raise ValueError("no report")
    if "failed" in message:
        kind = ScriptInvalid if message.get("invalid") else ScriptFailed
        raise kind(_text(message["failed"]), _number(message.get("line")), _number(message.get("column")))
    if "error" in message:
        said = message.get("message")
        return Answer(error=BusinessError(_text(message["error"]), None if said is None else _text(said)))
    assigned = message.get("assigned", {})
    if not isinstance(assigned, dict):
        raise ValueError("no report")
    return Answer(message.get("value"), assigned)


def thrown(written: str) -> dict[str, Any] | None:
    """The report of a BPMN error, from the JSON that its exception holds; None where it holds none."""
    try:
        error = from_json(written)
    except msgspec.DecodeError:
        return None
    return {"error": error.get("code"), "message": error.get("message")} if isinstance(error, dict) else None


def _text(value: Any) -> str:
    """A text of the other side, short and printable."""
    text = value if isinstance(value, str) else "no reason was given"
    return "".join(character if character.isprintable() else " " for character in text[:500])


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and 0 < value < 1_000_000 else None
