"""Which language an expression is written in."""

from __future__ import annotations

import re
from enum import StrEnum

from bpmn.errors import ExpressionInvalid


class Language(StrEnum):
    """The languages that are understood, see docs/expressions.md."""

    JUEL = "juel"
    FEEL = "feel"
    PLAIN = "plain"
    PYTHON = "python"
    JAVASCRIPT = "javascript"


_NAMES = {
    "juel": Language.JUEL,
    "uel": Language.JUEL,
    "el": Language.JUEL,
    "feel": Language.FEEL,
    "plain": Language.PLAIN,
    "python": Language.PYTHON,
    "jython": Language.PYTHON,
    "python3": Language.PYTHON,
    "application/python": Language.PYTHON,
    "text/python": Language.PYTHON,
    "text/x-python": Language.PYTHON,
    "application/x-python": Language.PYTHON,
    "javascript": Language.JAVASCRIPT,
    "js": Language.JAVASCRIPT,
    "ecmascript": Language.JAVASCRIPT,
    "graal.js": Language.JAVASCRIPT,
    "nashorn": Language.JAVASCRIPT,
    "application/javascript": Language.JAVASCRIPT,
    "text/javascript": Language.JAVASCRIPT,
    "application/ecmascript": Language.JAVASCRIPT,
    "text/ecmascript": Language.JAVASCRIPT,
}
_FEEL_ADDRESS = re.compile(r"https?://(www\.)?omg\.org/spec/(dmn/[0-9]+/feel|feel/[0-9]+)")
_SAYS_NOTHING = frozenset({"", "http://www.java.com/javatypes"})
# BPMN 2.0.2, table 8.1 makes XPath the default of `expressionLanguage`; modellers write it whatever people type.
_DEFAULT_SAYS_NOTHING = _SAYS_NOTHING | {"http://www.w3.org/1999/xpath", "http://www.w3.org/2001/xmlschema"}
_FAMILIES = {
    "camunda": Language.JUEL,
    "operaton": Language.JUEL,
    "flowable": Language.JUEL,
    "activiti": Language.JUEL,
    "zeebe": Language.FEEL,
    "spiff": Language.PYTHON,
    "plain": Language.PLAIN,
}


def language_of(attribute: str | None, definitions_default: str | None, family: str, text: str = "") -> Language:
    """The language of one expression; the first that says something wins.

    1. `attribute`: the expression's own `language`; 2. how `text` begins: `${` and `#{` are JUEL, `=` is FEEL;
    3. `definitions_default`: the `expressionLanguage` of the definitions (BPMN 2.0.2, 8.1), where it is more than what
    modellers always write; 4. the vendor `family`, where an unknown one is plain.
    Raises `ExpressionInvalid` where 1 or 3 names a language that is not supported.
    """
    return (
        _named(attribute, _SAYS_NOTHING)
        or _marked(text)
        or _named(definitions_default, _DEFAULT_SAYS_NOTHING)
        or _FAMILIES.get(family.lower(), Language.PLAIN)
    )


def _named(name: str | None, says_nothing: frozenset[str], what: str = "expression") -> Language | None:
    wanted = (name or "").strip().lower().rstrip("/#")
    if wanted in says_nothing:
        return None
    if _FEEL_ADDRESS.fullmatch(wanted):
        return Language.FEEL
    if wanted in _NAMES:
        return _NAMES[wanted]
    raise ExpressionInvalid(
        f"the {what} language {name!r} is not supported; write it in {', '.join(Language)}, or let a worker do it",
        name or "",
    )


def script_language_of(form: str | None, family: str, text: str) -> Language:
    """The language of a script by its `scriptFormat`, else by its mark, else that of the vendor `family`.

    Raises `ExpressionInvalid` where it is not supported, or nothing says what it is.
    """
    found = _named(form, _SAYS_NOTHING, "script") or _marked(text) or _FAMILIES.get(family.lower())
    if found is None or (found is Language.PLAIN and not (form or "").strip()):
        raise ExpressionInvalid("nothing says in which language the script is; give it a scriptFormat", text, 0)
    return found


def _marked(text: str) -> Language | None:
    beginning = text.lstrip()
    if beginning.startswith(("${", "#{")):
        return Language.JUEL
    return Language.FEEL if beginning.startswith("=") else None
