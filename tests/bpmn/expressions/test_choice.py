"""Which language a text is in, and what a condition's value decides."""

from __future__ import annotations

import pytest

from bpmn.errors import EvaluationFailed, ExpressionInvalid
from bpmn.expressions import Language, as_condition, language_of
from bpmn.values import Value

XPATH = "http://www.w3.org/1999/XPath"


@pytest.mark.parametrize(
    ("attribute", "language"),
    [
        ("feel", Language.FEEL),
        ("FEEL", Language.FEEL),
        ("https://www.omg.org/spec/DMN/20191111/FEEL/", Language.FEEL),
        ("https://www.omg.org/spec/DMN/20230324/FEEL/", Language.FEEL),
        ("http://www.omg.org/spec/FEEL/20140401", Language.FEEL),
        ("juel", Language.JUEL),
        (" Juel ", Language.JUEL),
        ("plain", Language.PLAIN),
        ("python", Language.PYTHON),
        ("Jython", Language.PYTHON),
        ("javascript", Language.JAVASCRIPT),
        ("ECMAScript", Language.JAVASCRIPT),
        ("text/javascript", Language.JAVASCRIPT),
        ("graal.js", Language.JAVASCRIPT),
    ],
)
def test_the_language_attribute_decides_before_everything_else(attribute: str, language: Language) -> None:
    assert language_of(attribute, None, "camunda") is language
    assert language_of(attribute, "juel", "zeebe", "${x}") is language
    assert language_of(attribute, "groovy", "spiff", "= x") is language


@pytest.mark.parametrize("attribute", [None, "", "http://www.java.com/javaTypes"])
def test_without_it_the_beginning_of_the_text_decides(attribute: str | None) -> None:
    assert language_of(attribute, "feel", "zeebe", " ${x}") is Language.JUEL
    assert language_of(attribute, "feel", "zeebe", "#{x}") is Language.JUEL
    assert language_of(attribute, "juel", "camunda", "\n= x") is Language.FEEL


def test_then_the_definitions_decide() -> None:
    assert language_of(None, "feel", "camunda", "x > 1") is Language.FEEL
    assert language_of(None, "juel", "zeebe") is Language.JUEL


@pytest.mark.parametrize(
    "default", [None, "", XPATH, "http://www.java.com/javaTypes", "http://www.w3.org/2001/XMLSchema"]
)
@pytest.mark.parametrize(
    ("family", "language"),
    [
        ("camunda", Language.JUEL),
        ("operaton", Language.JUEL),
        ("flowable", Language.JUEL),
        ("activiti", Language.JUEL),
        ("zeebe", Language.FEEL),
        ("spiff", Language.PYTHON),
        ("plain", Language.PLAIN),
        ("unheard of", Language.PLAIN),
    ],
)
def test_then_the_vendor_family_decides_whatever_defaults_modellers_write(
    default: str | None, family: str, language: Language
) -> None:
    assert language_of(None, default, family) is language


@pytest.mark.parametrize("name", ["groovy", "ruby", "kotlin", "http://www.mvel.org/2.0"])
def test_a_language_that_is_not_supported_is_refused_by_name(name: str) -> None:
    with pytest.raises(ExpressionInvalid, match=f"the expression language '{name}' is not supported"):
        language_of(name, None, "camunda", "${x}")
    with pytest.raises(ExpressionInvalid, match=f"the expression language '{name}' is not supported"):
        language_of(None, name, "camunda", "x")


@pytest.mark.parametrize("name", ["xpath", XPATH])
def test_xpath_as_the_language_of_one_expression_is_meant_and_therefore_refused(name: str) -> None:
    with pytest.raises(ExpressionInvalid, match="is not supported"):
        language_of(name, None, "plain", "/a/b")


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("value", [True, False])
def test_a_boolean_decides_a_condition(value: bool, language: Language) -> None:
    assert as_condition(value, language) is value


def test_juel_takes_the_texts_true_and_false_too() -> None:
    assert as_condition("true", Language.JUEL) is True
    assert as_condition("false", Language.JUEL) is False


@pytest.mark.parametrize(
    ("value", "language", "found"),
    [
        (None, Language.JUEL, "null"),
        (None, Language.FEEL, "null"),
        (None, Language.PLAIN, "null"),
        ("yes", Language.JUEL, "a text"),
        ("true", Language.PLAIN, "a text"),
        ("true", Language.FEEL, "a text"),
        (1, Language.JUEL, "a number"),
        ([], Language.FEEL, "a list"),
        ({}, Language.PLAIN, "a map"),
    ],
)
def test_a_condition_that_is_neither_fails_and_names_what_it_is(value: Value, language: Language, found: str) -> None:
    with pytest.raises(EvaluationFailed, match=f"must be true or false, but this one is {found}"):
        as_condition(value, language)
