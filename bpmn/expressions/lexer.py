"""From characters to tokens, for any of the languages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from bpmn.errors import ExpressionInvalid
from bpmn.expressions.kinds import number_of
from bpmn.expressions.limits import MAX_EXPONENT, MAX_LITERAL_DIGITS
from bpmn.expressions.syntax import Syntax
from bpmn.values import Value

_BLANK = re.compile(r"\s+")
_NUMBER = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_NAME = re.compile(r"[^\W\d][\w$]*")
_IN_NAMESPACE = re.compile(r":([A-Za-z]\w*)(?=\s*\()")
"""The rest of a function's name, such as `variables:get`, and not a conditional's `a ? vars : get`."""
_SYMBOL = re.compile(r"\$\{|\.\.|\*\*|//|->|<>|<=|>=|==|!=|\+=|&&|\|\||[-+*/%<>=!?:;,.()\[\]{}@]")


class Kind(Enum):
    """What a token is."""

    NAME = auto()
    LITERAL = auto()
    SYMBOL = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """`text` as written; `meaning` is the operator or mark of a SYMBOL, the name of a NAME."""

    kind: Kind
    text: str
    meaning: str
    value: Value
    position: int
    end: int


class Lexer:
    """Reads the tokens of one expression in `text` from `start`, one at a time and only as far as asked."""

    def __init__(self, text: str, start: int, syntax: Syntax) -> None:
        self._text = text
        self._at = start
        self._syntax = syntax

    def next(self) -> Token:
        """The next token; the END token for ever after the last."""
        blank = _BLANK.match(self._text, self._at)
        if blank is not None:
            self._at = blank.end()
        if self._at >= len(self._text):
            return Token(Kind.END, "", "", None, len(self._text), len(self._text))
        token = self._number() or self._word() or self._string() or self._symbol()
        self._at = token.end
        return token

    def _number(self) -> Token | None:
        found = _NUMBER.match(self._text, self._at)
        if found is None:
            return None
        if _NAME.match(self._text, found.end()):
            raise self._fault(f"a name cannot begin with a digit: {shown(self._text[self._at : found.end() + 1])}")
        number = number_of(found.group())
        if number is None:
            raise self._fault(
                f"the number has more than {MAX_LITERAL_DIGITS:,} digits or an exponent beyond {MAX_EXPONENT:,}"
            )
        return self._token(Kind.LITERAL, found.end(), value=number)

    def _word(self) -> Token | None:
        found = _NAME.match(self._text, self._at)
        if found is None:
            return None
        word = found.group()
        if word in self._syntax.namespaces and (function := _IN_NAMESPACE.match(self._text, found.end())):
            return self._token(Kind.NAME, function.end(), meaning=f"{self._syntax.namespaces[0]}:{function[1]}")
        if word in self._syntax.words:
            return self._token(Kind.SYMBOL, found.end(), meaning=self._syntax.words[word])
        if word in self._syntax.literals:
            return self._token(Kind.LITERAL, found.end(), value=self._syntax.literals[word])
        return self._token(Kind.NAME, found.end(), meaning=word)

    def _string(self) -> Token | None:
        quote = self._text[self._at]
        if quote not in "\"'":
            return None
        characters: list[str] = []
        at = self._at + 1
        while at < len(self._text) and self._text[at] != quote:
            character, at = self._escaped(at) if self._text[at] == "\\" else (self._text[at], at + 1)
            characters.append(character)
        if at >= len(self._text):
            raise self._fault(f"the text that begins here has no closing {quote}")
        return self._token(Kind.LITERAL, at + 1, value="".join(characters))

    def _escaped(self, at: int) -> tuple[str, int]:
        mark = self._text[at + 1 : at + 2]
        if mark in self._syntax.escapes:
            return self._syntax.escapes[mark], at + 2
        digits = self._syntax.hexadecimal.get(mark, 0)
        code = self._text[at + 2 : at + 2 + digits]
        if digits and re.fullmatch(f"[0-9a-fA-F]{{{digits}}}", code) and _is_character(int(code, 16)):
            return chr(int(code, 16)), at + 2 + digits
        written = self._text[at : at + 2] + code
        message = f"{shown(written)} is no escape of a {self._syntax.language} text; a backslash is written twice"
        raise ExpressionInvalid(message, self._text, at)

    def _symbol(self) -> Token:
        found = _SYMBOL.match(self._text, self._at)
        spelling = found.group() if found else self._text[self._at]
        if spelling in self._syntax.symbols:
            return self._token(Kind.SYMBOL, self._at + len(spelling), meaning=self._syntax.symbols[spelling])
        raise self._fault(self._syntax.refused.get(spelling, f"unexpected {shown(spelling)}"))

    def _token(self, kind: Kind, end: int, *, meaning: str = "", value: Value = None) -> Token:
        return Token(kind, self._text[self._at : end], meaning, value, self._at, end)

    def _fault(self, message: str) -> ExpressionInvalid:
        return ExpressionInvalid(message, self._text, self._at)


def _is_character(code: int) -> bool:
    """Halves of characters beyond U+FFFF (surrogates) are none, and nothing can be written with them."""
    return code < 0xD800 or 0xDFFF < code <= 0x10FFFF


def is_name(text: str) -> bool:
    """Whether this is a name as a whole, reserved or not."""
    return _NAME.fullmatch(text) is not None


def shown(text: str) -> str:
    """A piece of foreign text for a message: quoted, short, without control characters."""
    return ascii(text if len(text) <= 40 else text[:37] + "...")
