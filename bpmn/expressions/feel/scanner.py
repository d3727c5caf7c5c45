"""Places in a FEEL text: blanks, symbols, words, numbers, texts. The parser asks for what it can use at each place."""

from __future__ import annotations

import re
from decimal import Decimal

from bpmn.errors import ExpressionInvalid
from bpmn.expressions.feel.names import STOPS, WORD, Known
from bpmn.expressions.kinds import number_of
from bpmn.expressions.lexer import shown
from bpmn.expressions.limits import MAX_EXPONENT, MAX_LITERAL_DIGITS

_BLANK = re.compile(r"(?:[\s\ufeff]+|//[^\n]*|/\*.*?\*/)+", re.DOTALL)
_NUMBER = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "'": "'", "\\": "\\"}
_CODE = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{6})")
_PAIR = re.compile(r"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")
_REFUSED = {
    "==": "'==' is not FEEL; write '='",
    "<>": "'<>' is not FEEL; write '!='",
    "&&": "'&&' is not FEEL; write 'and'",
    "||": "'||' is not FEEL; write 'or'",
    "${": "this is a JUEL expression",
    "!": "'!' is not FEEL; write not(...)",
    "%": "'%' is not FEEL; write modulo(a, b)",
    "?": "'?' stands for the input of a unary test; for a choice write 'if ... then ... else ...'",
    ";": "only one expression is possible, ';' is not supported",
}


class Scanner:
    """A text and the place it is read at."""

    def __init__(self, text: str, start: int) -> None:
        self.text = text
        self.at = start
        self.skip()

    def skip(self) -> None:
        """Go on to the next place that is neither blank nor a comment."""
        found = _BLANK.match(self.text, self.at)
        if found is not None:
            self.at = found.end()

    def ended(self) -> bool:
        return self.at >= len(self.text)

    def sees(self, symbol: str) -> bool:
        return self.text.startswith(symbol, self.at)

    def take(self, symbol: str) -> bool:
        """Whether this symbol stands here; then go behind it."""
        if not self.text.startswith(symbol, self.at):
            return False
        self.at += len(symbol)
        self.skip()
        return True

    def expect(self, symbol: str) -> None:
        if not self.take(symbol):
            raise self.unexpected(f"'{symbol}'")

    def word(self) -> str:
        """The word that stands here, or an empty text."""
        found = WORD.match(self.text, self.at)
        return found.group() if found else ""

    def take_word(self, word: str) -> bool:
        if self.word() != word:
            return False
        self.at += len(word)
        self.skip()
        return True

    def expect_word(self, word: str) -> None:
        if not self.take_word(word):
            raise self.unexpected(f"'{word}'")

    def take_name(self, known: Known, *, joining: bool = False) -> str:
        """A known name or a word, or where `joining` words up to one of the language; empty where there is none."""
        found = known.at(self.text, self.at)
        if found is not None:
            name, self.at = found
        else:
            name = self.word()
            self.at += len(name)
        self.skip()
        while joining and name and (more := self.word()) and more not in STOPS:
            name += " " + more
            self.at += len(more)
            self.skip()
        return name

    def take_number(self) -> int | Decimal | None:
        found = _NUMBER.match(self.text, self.at)
        if found is None:
            return None
        if WORD.match(self.text, found.end()):
            raise self.fault(f"a name cannot begin with a digit: {shown(self.text[self.at : found.end() + 1])}")
        number = number_of(found.group())
        if number is None:
            raise self.fault(
                f"the number has more than {MAX_LITERAL_DIGITS:,} digits or an exponent beyond {MAX_EXPONENT:,}"
            )
        self.at = found.end()
        self.skip()
        return number

    def take_text(self) -> str | None:
        """A text in double or single quotes."""
        quote = self.text[self.at : self.at + 1]
        if quote not in ('"', "'"):
            return None
        characters: list[str] = []
        at = self.at + 1
        while at < len(self.text) and self.text[at] != quote:
            character, at = self._escaped(at) if self.text[at] == "\\" else (self.text[at], at + 1)
            characters.append(character)
        if at >= len(self.text):
            raise self.fault(f"the text that begins here has no closing {quote}")
        self.at = at + 1
        self.skip()
        return "".join(characters)

    def _escaped(self, at: int) -> tuple[str, int]:
        """What an escape means; a backslash before anything else stands for itself, as regular expressions need."""
        mark = self.text[at + 1 : at + 2]
        if mark in _ESCAPES:
            return _ESCAPES[mark], at + 2
        found = _PAIR.match(self.text, at) or _CODE.match(self.text, at)
        if found is None:
            return "\\", at + 1
        if len(found.groups()) == 2:
            high, low = (int(code, 16) for code in found.groups())
            return chr(0x10000 + (high - 0xD800) * 0x400 + low - 0xDC00), found.end()
        code = int(found.group(1)[1:], 16)
        if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
            raise self.fault(f"{shown(found.group())} is no character", at)
        return chr(code), found.end()

    def fault(self, message: str, position: int | None = None) -> ExpressionInvalid:
        return ExpressionInvalid(message, self.text, self.at if position is None else position)

    def unexpected(self, wanted: str = "") -> ExpressionInvalid:
        expected = f", expected {wanted}" if wanted else ""
        for symbol, message in _REFUSED.items():
            if self.sees(symbol):
                return self.fault(message)
        if self.ended():
            return self.fault(f"the text ends too soon{expected}")
        return self.fault(f"unexpected {shown(self.word() or self.text[self.at])}{expected}")
