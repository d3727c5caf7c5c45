"""The names of types as they are written behind `instance of` and a parameter (DMN 1.5, 10.3.1.2, grammar rule 54)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bpmn.expressions.feel.names import known, normal
from bpmn.expressions.feel.scanner import Scanner
from bpmn.expressions.feel.types import ANY, SIMPLE, Type
from bpmn.expressions.lexer import shown
from bpmn.expressions.limits import MAX_DEPTH

_SIMPLE = re.compile(
    "(?:" + "|".join(name.replace(" ", r"\s+") for name in sorted(SIMPLE, key=len, reverse=True)) + r")(?![\w$])"
)
_ENTRY = re.compile(r"([^:<>,{}()\"]++):")


class TypeNames:
    """Reads types from a scanner; `types` are further ones by name."""

    def __init__(self, scanner: Scanner, types: Mapping[str, Type]) -> None:
        self._scanner = scanner
        self._types = types
        self._known = known(frozenset(types))
        self._depth = 0

    def take(self) -> Type:
        """The type that stands here; raises `ExpressionInvalid` where there is none of that name."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._scanner.fault(f"the type is nested more deeply than {MAX_DEPTH} levels")
        found = self._one()
        self._depth -= 1
        return found

    def _one(self) -> Type:
        scanner, start = self._scanner, self._scanner.at
        own = self._own()
        if own is not None:
            return own
        if scanner.take_word("Any"):
            return ANY
        if scanner.take_word("Null"):
            return Type("Null")
        if scanner.take_word("function"):
            return self._function()
        simple = _SIMPLE.match(scanner.text, start)
        if simple is None:
            raise scanner.fault(f"there is no type {shown(scanner.word() or scanner.text[start : start + 1])}")
        scanner.at = simple.end()
        scanner.skip()
        name = normal(simple.group())
        if name not in ("list", "range", "context") or not scanner.take("<"):
            return Type(name)
        found = Type(name, entries=self._entries()) if name == "context" else Type(name, of=self.take())
        scanner.expect(">")
        return found

    def _own(self) -> Type | None:
        """A type of the model; its name may have dots and blanks."""
        scanner = self._scanner
        found = self._known.at(scanner.text, scanner.at)
        if found is not None:
            name, scanner.at = found
        else:
            name = next((name for name in self._types if name == scanner.word()), "") or self._with_blanks()
            scanner.at += len(name)
        scanner.skip()
        return self._types.get(name)

    def _with_blanks(self) -> str:
        names = [name for name in self._types if " " in name and self._scanner.sees(name)]
        return max(names, key=len, default="")

    def _entries(self) -> dict[str, Type]:
        entries: dict[str, Type] = {}
        while not self._scanner.sees(">"):
            key = _ENTRY.match(self._scanner.text, self._scanner.at)
            if key is None:
                raise self._scanner.unexpected("a key and ':'")
            self._scanner.at = key.end()
            self._scanner.skip()
            entries[normal(key.group(1))] = self.take()
            if not self._scanner.take(","):
                break
        return entries

    def _function(self) -> Type:
        if not self._scanner.take("<"):
            return Type("function")
        parameters: list[Type] = []
        while not self._scanner.sees(">"):
            parameters.append(self.take())
            if not self._scanner.take(","):
                break
        self._scanner.expect(">")
        result = self.take() if self._scanner.take("->") else ANY
        return Type("function", of=result, parameters=tuple(parameters))
