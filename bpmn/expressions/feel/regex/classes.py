"""Sets of characters in regular expressions (XML Schema part 2, appendix F)."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from typing import TypeAlias

from bpmn.expressions.kinds import Unfit

Chars: TypeAlias = Callable[[str], bool]
"""Whether a character belongs to a set."""

_CATEGORIES: Mapping[str, str] = {
    "L": "ultmo",
    "M": "nce",
    "N": "dlo",
    "P": "cdseifo",
    "Z": "slp",
    "S": "mcko",
    "C": "cfon",
}
"""Unicode's general categories: the first letter, and the second ones that exist."""
_BLOCKS: Mapping[str, tuple[int, int]] = {
    "BasicLatin": (0x0, 0x7F),
    "Latin-1Supplement": (0x80, 0xFF),
    "LatinExtended-A": (0x100, 0x17F),
    "LatinExtended-B": (0x180, 0x24F),
    "IPAExtensions": (0x250, 0x2AF),
    "SpacingModifierLetters": (0x2B0, 0x2FF),
    "CombiningDiacriticalMarks": (0x300, 0x36F),
    "Greek": (0x370, 0x3FF),
    "GreekandCoptic": (0x370, 0x3FF),
    "Cyrillic": (0x400, 0x4FF),
    "Armenian": (0x530, 0x58F),
    "Hebrew": (0x590, 0x5FF),
    "Arabic": (0x600, 0x6FF),
    "Devanagari": (0x900, 0x97F),
    "Thai": (0xE00, 0xE7F),
    "LatinExtendedAdditional": (0x1E00, 0x1EFF),
    "GreekExtended": (0x1F00, 0x1FFF),
    "GeneralPunctuation": (0x2000, 0x206F),
    "CurrencySymbols": (0x20A0, 0x20CF),
    "LetterlikeSymbols": (0x2100, 0x214F),
    "NumberForms": (0x2150, 0x218F),
    "Arrows": (0x2190, 0x21FF),
    "MathematicalOperators": (0x2200, 0x22FF),
    "BoxDrawing": (0x2500, 0x257F),
    "Hiragana": (0x3040, 0x309F),
    "Katakana": (0x30A0, 0x30FF),
    "CJKUnifiedIdeographs": (0x4E00, 0x9FFF),
    "HangulSyllables": (0xAC00, 0xD7AF),
    "PrivateUse": (0xE000, 0xF8FF),
}


def negated(chars: Chars) -> Chars:
    return lambda character: not chars(character)


def one(wanted: str, *, ignoring_case: bool = False) -> Chars:
    """A single character."""
    if not ignoring_case:
        return wanted.__eq__
    variants = _cases(wanted)
    return lambda character: character in variants or not variants.isdisjoint(_cases(character))


def between(low: str, high: str, *, ignoring_case: bool = False) -> Chars:
    """A range of characters; raises `Unfit` where it is upside down."""
    if low > high:
        raise Unfit("has a range of characters whose end comes before its start")
    if not ignoring_case:
        return lambda character: low <= character <= high
    return lambda character: any(low <= variant <= high for variant in _cases(character))


def _cases(character: str) -> frozenset[str]:
    variants = {character, character.lower(), character.upper(), character.lower().upper()}
    return frozenset(variant for variant in variants if len(variant) == 1)


def any_of(sets: list[Chars]) -> Chars:
    return sets[0] if len(sets) == 1 else lambda character: any(chars(character) for chars in sets)


def category(name: str) -> Chars:
    """`\\p{name}`: a Unicode category or `Is` with the name of a block; raises `Unfit` for others."""
    if name[:1] in _CATEGORIES and (len(name) == 1 or (len(name) == 2 and name[1] in _CATEGORIES[name[0]])):
        return lambda character: unicodedata.category(character).startswith(name)
    low, high = _BLOCKS.get(name.removeprefix("Is"), (1, 0)) if name.startswith("Is") else (1, 0)
    if low > high:
        raise Unfit(f"has an unknown class of characters \\p{{{name[:40]}}}")
    return lambda character: low <= ord(character) <= high


def _is_name_start(character: str) -> bool:
    return character in ":_" or character.isalpha()


def _is_name(character: str) -> bool:
    return (
        _is_name_start(character) or character in "-.·" or unicodedata.category(character) in ("Nd", "Mn", "Mc", "Lm")
    )


ESCAPES: Mapping[str, Chars] = {
    "s": lambda character: character in " \t\n\r",
    "d": lambda character: unicodedata.category(character) == "Nd",
    "w": lambda character: unicodedata.category(character)[0] not in "PZC",
    "i": _is_name_start,
    "c": _is_name,
}
"""What `\\s` and others stand for; a capital letter for all the rest."""

SINGLE: Mapping[str, str] = {"n": "\n", "r": "\r", "t": "\t"} | {mark: mark for mark in "\\|.?*+(){}-[]^$"}
"""Escapes of single characters."""


def any_but_newline(character: str) -> bool:
    return character not in "\n\r"


def any_at_all(_character: str) -> bool:
    return True
