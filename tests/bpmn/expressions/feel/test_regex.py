"""Regular expressions of XPath, matched with counted steps."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bpmn.errors import EvaluationFailed
from bpmn.expressions.feel import regex
from bpmn.expressions.feel.budget import Runtime
from bpmn.expressions.kinds import Unfit
from bpmn.expressions.limits import MAX_STEPS
from bpmn.values import Value
from tests.bpmn.expressions.feel.asking import ask


@pytest.mark.parametrize(
    ("text", "pattern", "flags", "expected"),
    [
        ("hello", "l{2}", "", True),
        ("helo", "l{2}", "", False),
        ("aaa", "^a{2,}$", "", True),
        ("aaaa", "^a{1,3}$", "", False),
        ("abab", r"^(ab)\1$", "", True),
        ("abac", r"^(ab)\1$", "", False),
        ("ABAB", r"^(ab)\1$", "i", True),
        ("x", "[a-z-[aeiou]]", "", True),
        ("e", "[a-z-[aeiou]]", "", False),
        ("5", r"\d", "", True),
        ("٥", r"\d", "", True),
        ("a", r"\D", "", True),
        ("É", r"\p{Lu}", "", True),
        ("é", r"\P{Lu}", "", True),
        ("α", r"\p{IsGreek}", "", True),
        ("_a-1", r"^\i\c*$", "", True),
        ("a\nb", "a.b", "", False),
        ("a\nb", "a.b", "s", True),
        ("a\nb", "^b", "", False),
        ("a\nb", "^b", "m", True),
        ("a\nb", "a$", "m", True),
        ("a b", "a b", "x", False),
        ("ab", "a b", "x", True),
        ("a b", "a[ ]b", "x", True),
        ("a.b", "a.b", "q", True),
        ("axb", "a.b", "q", False),
        ("A.B", "a.b", "qi", True),
        ("\u212a", "k", "i", True),
        ("", "", "", True),
        ("abc", "^(?:a|ab)c$", "", True),
        ("abc", "(?:ab|a)c", "", True),
        ("}", r"\}", "", True),
    ],
)
def test_a_pattern_matches_as_in_xpath(text: str, pattern: str, flags: str, expected: bool) -> None:
    assert regex.compile(pattern, flags).matches(Runtime(), text) is expected


@pytest.mark.parametrize(
    "pattern",
    ["(", ")", "a)", "[", "[]", "[a", "[z-a]", "*", "a**", "+a", "a{2,1}", "a{", "}", "]", "\\", r"\q", r"\p{Zz}",
     r"\p{IsNowhere}", r"\1", r"(a\1)", "(?=a)", "(?<a>b)", r"\b", r"\0", "a{99999}", "(" * 200 + ")" * 200,
     "((a{100}){100}){100}", "[a-[b]", r"[\d-z]x["],
)  # fmt: skip
def test_what_is_no_pattern_is_null(pattern: str) -> None:
    with pytest.raises(Unfit):
        regex.compile(pattern, "")
    assert ask("matches(text, pattern)", {"text": "a", "pattern": pattern}) is None


@pytest.mark.parametrize("flags", ["z", "u", "g", "i " * 20])
def test_flags_that_do_not_exist_are_null(flags: str) -> None:
    assert ask("matches(text, pattern, flags)", {"text": "a", "pattern": "a", "flags": flags}) is None


@pytest.mark.parametrize(
    ("text", "pattern", "replacement", "expected"),
    [
        ("abc", "b", "[$0]", "a[b]c"),
        ("abc", "(a)(b)?", "$2$1", "bac"),
        ("ac", "(a)(b)?", "<$2>", "<>c"),
        ("abc", "b", r"\$\\", "a$\\c"),
        ("abc", "(b)", "$11", "ab1c"),
        ("abc", "b", "$x", None),
        ("abc", "b", "\\x", None),
        ("abc", "b*", "x", None),
        ("aaa", "a", "aa", "aaaaaa"),
        ("reluctant", "r.*?t", "m", "mant"),
    ],
)
def test_a_replacement_names_groups(text: str, pattern: str, replacement: str, expected: Value) -> None:
    variables = {"text": text, "pattern": pattern, "replacement": replacement}
    assert ask("replace(text, pattern, replacement)", variables) == expected


def test_a_delimiter_must_have_characters() -> None:
    assert ask('split("abc", "x*")') is None
    assert ask('split("", "x")') == [""]
    assert ask('split("xax", "x")') == ["", "a", ""]


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("a" * 3_000, "(a*)*b"),
        ("a" * 3_000, "(a|a)*b"),
        ("a" * 3_000, "(a|aa)+$x"),
        ("x" * 3_000, "(x+x+)+y"),
        ("a" * 3_000, "a*a*a*a*b"),
        ("a" * 3_000, "((a?)*?)*b"),
        ("a" * 3_000, ".*.*.*.*="),
        ("a" * 60, "^(a?a?a?a?a?a?)+b$"),
    ],
)
def test_a_pattern_that_explodes_elsewhere_takes_no_more_than_text_times_pattern(text: str, pattern: str) -> None:
    compiled, spent = regex.compile(pattern, ""), Runtime()
    assert compiled.matches(spent, text) is False
    assert MAX_STEPS - spent.left < 10 * len(text) * len(pattern)


def test_a_pattern_that_asks_what_a_group_captured_is_stopped() -> None:
    with pytest.raises(EvaluationFailed, match="takes more than 500,000 steps"):
        ask("matches(text, pattern)", {"text": "a" * 60, "pattern": r"(a*)*\1b"})


def test_a_pattern_is_not_repeated_without_end_when_it_is_read() -> None:
    assert ask('matches("a", "(?:(?:(?:){9999}){9999}){9999}")') is None


ATOMS = st.sampled_from(["a", "b", ".", "[ab]", "[^a]", "(a)", "(a|b)", "(?:ab|a)", "^", "$"])
PIECES = st.tuples(ATOMS, st.sampled_from(["", "", "?", "*", "+", "{2}", "{1,2}", "*?", "+?", "??"])).map("".join)


@given(pattern=st.lists(PIECES, min_size=1, max_size=6).map("".join), text=st.text("abc", max_size=12))
@settings(max_examples=500, deadline=None, derandomize=True)
def test_simple_patterns_find_what_pythons_find(pattern: str, text: str) -> None:
    try:
        mine = regex.compile(pattern, "")
    except Unfit:
        return
    if "$" in pattern and text.endswith("\n"):
        return
    try:
        theirs = re.compile(pattern)
    except re.error:  # Python repeats no anchors
        return
    assert mine.matches(Runtime(), text) is (theirs.search(text) is not None)
    if theirs.search("") is None:
        assert mine.split(Runtime(), text) == re.sub(pattern, "\0", text).split("\0")
