"""Functions of texts (DMN 1.5, table 76), which count characters, not bytes."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from bpmn.expressions.feel import regex
from bpmn.expressions.feel.budget import Runtime, sized
from bpmn.expressions.feel.builtins.signatures import Functions
from bpmn.expressions.feel.values import described
from bpmn.expressions.kinds import Unfit

FUNCTIONS = Functions()

FUNCTIONS.add("string length", "string: text")(lambda _, string: len(string))
FUNCTIONS.add("upper case", "string: text")(lambda _, string: string.upper())
FUNCTIONS.add("lower case", "string: text")(lambda _, string: string.lower())
FUNCTIONS.add("contains", "string: text, match: text")(lambda _, string, match: match in string)
FUNCTIONS.add("starts with", "string: text, match: text")(lambda _, string, match: string.startswith(match))
FUNCTIONS.add("ends with", "string: text, match: text")(lambda _, string, match: string.endswith(match))
FUNCTIONS.add("trim", "string: text")(lambda _, string: string.strip())
FUNCTIONS.add("is blank", "string: text")(lambda _, string: not string.strip())


@FUNCTIONS.add("substring", "string: text, start position: integer, length?: integer or null")
def _substring(_: Runtime, string: str, start: int, length: int | None = None) -> str:
    if start == 0 or (length is not None and length < 1):
        raise Unfit("needs a start position other than 0 and a length of 1 or more")
    begin = start - 1 if start > 0 else max(len(string) + start, 0)
    return string[begin:] if length is None else string[begin : begin + length]


@FUNCTIONS.add("substring before", "string: text, match: text")
def _substring_before(_: Runtime, string: str, match: str) -> str:
    before, found, _rest = string.partition(match) if match else ("", "", "")
    return before if found else ""


@FUNCTIONS.add("substring after", "string: text, match: text")
def _substring_after(_: Runtime, string: str, match: str) -> str:
    return string.partition(match)[2] if match else string


@FUNCTIONS.add("string join", "list: list, delimiter?: text or null")
@FUNCTIONS.add("string join", "list: list, delimiter: text or null, prefix: text, suffix: text")
def _string_join(
    runtime: Runtime, items: list[Any], delimiter: str | None = None, prefix: str = "", suffix: str = ""
) -> str:
    """The texts put together; nulls are left out."""
    strange = next((item for item in items if not isinstance(item, str | None)), None)
    if strange is not None:
        raise Unfit(f"takes texts, not {described(strange)}")
    texts = [item for item in items if item is not None]
    runtime.spend(len(items))
    sized(sum(map(len, texts)) + len(texts) * len(delimiter or ""), "text")
    return prefix + (delimiter or "").join(texts) + suffix


@FUNCTIONS.add("split", "string: text, delimiter: text")
def _split(runtime: Runtime, string: str, delimiter: str) -> list[str]:
    return regex.compile(delimiter, "").split(runtime, string)


@FUNCTIONS.add("matches", "input: text, pattern: text, flags?: text or null")
def _matches(runtime: Runtime, text: str, pattern: str, flags: str | None = None) -> bool:
    return regex.compile(pattern, flags or "").matches(runtime, text)


@FUNCTIONS.add("replace", "input: text, pattern: text, replacement: text, flags?: text or null")
def _replace(runtime: Runtime, text: str, pattern: str, replacement: str, flags: str | None = None) -> str:
    return regex.compile(pattern, flags or "").replace(runtime, text, replacement)


@FUNCTIONS.add("extract", "input: text, pattern: text")
def _extract(runtime: Runtime, text: str, pattern: str) -> list[str]:
    return regex.compile(pattern, "").find_all(runtime, text)


@FUNCTIONS.add("to base64", "value: text")
def _to_base64(_: Runtime, value: str) -> str:
    sized(len(value) * 2, "text")
    return base64.b64encode(value.encode("utf-8", "replace")).decode("ascii")


@FUNCTIONS.add("from base64", "value: text")
def _from_base64(_: Runtime, value: str) -> str:
    try:
        return base64.b64decode(value.encode("utf-8", "replace"), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        raise Unfit("takes base64 of a text") from None
