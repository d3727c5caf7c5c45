"""How each language is written: its symbols and words, and what it has that is not supported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bpmn.expressions.juel import JUEL as JUEL_SEMANTICS
from bpmn.expressions.juel.functions import BEANS, NAMESPACES
from bpmn.expressions.language import Language
from bpmn.expressions.methods import METHODS, Method
from bpmn.expressions.semantics import Function
from bpmn.values import Value

OR, AND, EQUALITY, ORDER, SUM, PRODUCT, POWER, TIGHT = range(1, 9)
"""How strongly operators bind; `TIGHT` is stronger than all of them."""

BINDING: Mapping[str, int] = {
    "or": OR,
    "and": AND,
    "==": EQUALITY,
    "!=": EQUALITY,
    "<": ORDER,
    "<=": ORDER,
    ">": ORDER,
    ">=": ORDER,
    "+": SUM,
    "-": SUM,
    "*": PRODUCT,
    "/": PRODUCT,
    "%": PRODUCT,
    "**": POWER,
}


@dataclass(frozen=True, slots=True)
class Syntax:
    """One language as tables; spellings map to the operators and marks of `nodes`."""

    language: Language
    symbols: Mapping[str, str]
    words: Mapping[str, str]
    literals: Mapping[str, Value]
    refused: Mapping[str, str]
    prefixes: Mapping[str, int]
    escapes: Mapping[str, str]
    hexadecimal: Mapping[str, int] = field(default_factory=dict)
    methods: Mapping[str, Method] = field(default_factory=dict)
    functions: Mapping[str, Function] = field(default_factory=dict)
    namespaces: tuple[str, ...] = ()
    """What may stand before the colon of a function; the function is named by the first of them."""
    beans: frozenset[str] = frozenset()
    """The objects whose members are functions, and whether others may be called: unknown ones may be beans of Java."""
    formats: bool = False
    """Whether `%` behind a text that is written there formats it, which is nothing simple."""


def _themselves(symbols: str) -> dict[str, str]:
    return {symbol: symbol for symbol in symbols.split()}


_SHARED = _themselves("( ) [ ] , . < <= > >= != + - * /")
_LOOPS = {word: f"'{word}' is not supported yet" for word in ("for", "some", "every", "lambda")}
_NOT_YET = {
    "->": "functions ('->') are not supported",
    ";": "only one expression is possible, ';' is not supported",
    "{": "maps written in an expression ('{') are not supported yet",
    "..": "ranges ('..') are not supported yet",
    "@": "dates and times ('@') are not supported yet",
}

JUEL = Syntax(
    language=Language.JUEL,
    symbols=_SHARED | _themselves("== % ? : }") | {"&&": "and", "||": "or", "!": "not"},
    words={
        "and": "and",
        "or": "or",
        "not": "not",
        "empty": "empty",
        "eq": "==",
        "ne": "!=",
        "lt": "<",
        "le": "<=",
        "gt": ">",
        "ge": ">=",
        "div": "/",
        "mod": "%",
    },
    literals={"true": True, "false": False, "null": None},
    refused=_NOT_YET
    | {
        "=": "'=' would assign, which is not supported; write '==' to compare",
        "+=": "'+=' is not supported; write texts side by side: ${a}${b}",
        "instanceof": "'instanceof' is not supported",
    },
    prefixes={"-": TIGHT, "not": TIGHT, "empty": TIGHT},
    escapes={"\\": "\\", '"': '"', "'": "'"},
    methods=JUEL_SEMANTICS.methods,
    functions=JUEL_SEMANTICS.functions,
    namespaces=NAMESPACES,
    beans=BEANS,
)

PLAIN = Syntax(
    language=Language.PLAIN,
    symbols=_SHARED | _themselves("== % ? :") | {"=": "==", "&&": "and", "||": "or", "!": "not"},
    words=_themselves("and or if then else") | {"not": "loosely not"},
    literals={"true": True, "false": False, "null": None, "True": True, "False": False, "None": None},
    refused=_NOT_YET
    | _LOOPS
    | {
        "<>": "'<>' is not supported; write '!='",
        "**": "powers ('**') are not supported in a plain expression",
        "//": "'//' is not supported; write '/'",
        "in": "'in' is not supported; write list.contains(value)",
        "is": "'is' is not supported; write '=='",
        "${": "this is a JUEL expression",
    },
    prefixes={"-": TIGHT, "not": TIGHT, "loosely not": EQUALITY},
    escapes={"\\": "\\", '"': '"', "'": "'", "n": "\n", "r": "\r", "t": "\t"},
    hexadecimal={"u": 4, "U": 8},
    methods=METHODS,
)

PYTHON = Syntax(
    language=Language.PYTHON,
    symbols=_SHARED | _themselves("== %"),
    words=_themselves("and or") | {"not": "loosely not"},
    literals={"True": True, "False": False, "None": None},
    refused=_NOT_YET
    | {
        word: f"{word!r} is no simple expression"
        for word in ("if", "else", "for", "in", "is", "lambda", "await", "yield")
    },
    prefixes={"-": TIGHT, "loosely not": EQUALITY},
    escapes={"\\": "\\", '"': '"', "'": "'", "n": "\n", "r": "\r", "t": "\t"},
    hexadecimal={"u": 4, "U": 8},
    formats=True,
)
"""What is simple in Python; everything else is run in a sandbox."""
