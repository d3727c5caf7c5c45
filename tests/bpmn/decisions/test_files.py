"""DMN files as they are deployed: what is reported, what is refused, and where."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from bpmn.decisions.files import load_file
from bpmn.errors import EvaluationFailed, UnusableModel
from bpmn.parsing import Limits, Parsed, parse
from bpmn.report import ReportEntry, Status
from tests.bpmn.decisions.models import NAMESPACES, decision, definitions, input_data, table, text
from tests.bpmn.diagrams import diagram

FINE = decision("fine", text("1"))
GOOD = diagram("start s; user a; end e; s -> a -> e")


def refused(files: Mapping[str, bytes], **limits: float) -> list[ReportEntry]:
    with pytest.raises(UnusableModel) as problem:
        parse(files, limits=Limits(seconds=limits.get("seconds", 20.0)))
    return problem.value.report.refused


def found(*parts: str) -> Parsed:
    return parse({"t.dmn": definitions(*parts)})


@pytest.mark.parametrize("version", NAMESPACES)
def test_given_any_version_of_the_standard_when_read_then_its_decisions_are_there(version: str) -> None:
    parsed = parse({"a.bpmn": GOOD, "t.dmn": definitions(FINE, version=version), "note.txt": b"hello"})
    assert [model.key for model in parsed.models]
    (file,) = parsed.decision_files
    assert (file.file, file.key, file.name) == ("t.dmn", "d", "d")
    assert [one.key[1] for one in file.decisions] == ["fine"]


def test_given_elements_when_read_then_each_is_reported_as_executed_or_documentation() -> None:
    parsed = found(input_data("income"), FINE, '<knowledgeSource id="law" name="The law"/>', '<textAnnotation id="n"/>')
    assert [(entry.element_id, entry.status) for entry in parsed.report.entries] == [
        ("income", Status.EXECUTED),
        ("fine", Status.EXECUTED),
        ("law", Status.DOCUMENTATION),
        ("n", Status.DOCUMENTATION),
    ]


@pytest.mark.parametrize(
    ("broken", "element", "message"),
    [
        (decision("d", text("1 +")), None, "the text ends too soon"),
        (decision("d", text("1", typeRef="money")), None, "there is no type 'money'"),
        (decision("d", table(["x"], ["o"], ["1 -> 1"], policy="BEST")), "t", "there is no hit policy BEST"),
        (decision("d", table(["x"], ["o"], ["< -> 1"])), None, "no unary tests"),
        (decision("d", text("x", expressionLanguage="groovy")), None, "groovy"),
        (decision("d", text("1"), needs=["decision:gone"]), "d", "requires 'gone'"),
        (decision("d", text("d"), needs=["decision:d"]), "d", "requires itself"),
        (decision("d", "<strange/>"), None, "is not executed"),
        ("<strange id='s'/>", "s", "is not executed"),
        (FINE, "fine", "the id is used twice"),
        (
            '<import namespace="urn:other" name="o" importType="https://www.omg.org/spec/DMN/"/>',
            None,
            "no file of this",
        ),
        (
            '<import namespace="urn:pmml" name="o" importType="http://www.dmg.org/PMML-4_2"/>',
            None,
            "not executed, only",
        ),
        (f'<decision id="{"x" * 256}" name="d"/>', None, "longer than 255"),
        ('<decision id="v" name="v" xmlns:c="http://camunda.org/schema/1.0/dmn" c:magic="1"/>', "v", "is not known"),
        (
            '<businessKnowledgeModel id="b" name="b"><encapsulatedLogic kind="Java"/></businessKnowledgeModel>',
            None,
            "functions of the kind Java",
        ),
    ],
)
def test_given_something_that_is_not_executed_when_read_then_it_is_refused_with_line_and_element(
    broken: str, element: str | None, message: str
) -> None:
    (entry,) = refused({"t.dmn": definitions(FINE, "\n\n", broken), "a.bpmn": GOOD})
    assert message in entry.message
    assert (entry.file, entry.element_id, entry.line >= 1) == ("t.dmn", element, True)
    assert entry.line == 3


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not well-formed XML"),
        (b"\x00\xff", "not well-formed XML"),
        (b"<definitions/>", "not a DMN file"),
        (GOOD, "not a DMN file"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]>' + definitions(FINE), "document type declaration"),
        (definitions("<a>" * 300 + "</a>" * 300), "not well-formed"),
    ],
)
def test_given_a_file_that_is_no_dmn_when_read_then_it_is_refused_as_a_whole(data: bytes, message: str) -> None:
    assert message in refused({"t.dmn": data})[0].message


def test_given_a_dmn_file_under_another_name_when_read_then_its_name_is_refused() -> None:
    (entry,) = refused({"t.txt": definitions(FINE)})
    assert "its name must end in .dmn" in entry.message


def test_given_a_file_that_takes_too_long_when_read_then_it_is_given_up() -> None:
    rules = [f"{number} -> {number}" for number in range(3_000)]
    files = {"t.dmn": definitions(decision("d", table(["x"], ["o"], rules)))}
    (entry,) = refused(files, seconds=0.05)
    assert "reading took longer" in entry.message


def test_given_output_values_that_never_end_when_read_then_it_is_a_problem_and_no_hang() -> None:
    endless = table(["x"], ["o: for a in 1..9999999 return a"], ["1 -> 1"], policy="PRIORITY")
    assert "the output values are no list" in refused({"t.dmn": definitions(decision("d", endless))})[0].message


BASE = definitions(decision("rate", text("0.5")), namespace="urn:base")
IMPORT = '<import namespace="urn:base" name="base" importType="https://www.omg.org/spec/DMN/20230324/MODEL/"/>'
TOP = definitions(IMPORT, decision("top", text("base.rate * 2"), needs=["decision:urn:base#rate"]))


def test_given_files_that_import_each_other_when_read_then_each_is_evaluated_with_what_it_imports() -> None:
    files = {"top.dmn": TOP, "base.dmn": BASE, "other.dmn": definitions(decision("rate", text("9")), namespace="urn:o")}
    parsed = parse(files)
    assert [file.file for file in parsed.decision_files] == list(files)
    assert load_file(files, "top.dmn").evaluate("top", {}).value == 1
    assert load_file(files, "other.dmn").evaluate("rate", {}).value == 9
    (note,) = [entry for entry in parsed.report.entries if "newer version" in entry.message]
    assert (note.file, note.element_id) == ("other.dmn", "rate")


def test_given_an_unrelated_file_when_its_decision_has_the_name_of_a_variable_then_the_variable_is_seen() -> None:
    files = {
        "a.dmn": definitions(decision("a", text("score + 1")), namespace="urn:a"),
        "b.dmn": definitions(decision("score", text("7")), namespace="urn:b"),
    }
    assert load_file(files, "a.dmn").evaluate("a", {"score": 1}).value == 2


def test_given_two_files_of_one_namespace_when_one_is_imported_or_decisions_collide_then_it_is_refused() -> None:
    twice = refused({"top.dmn": TOP, "base.dmn": BASE, "again.dmn": BASE})
    assert any("which is that of base.dmn and again.dmn" in entry.message for entry in twice)
    assert any("is also in 'base.dmn', in the same namespace" in entry.message for entry in twice)


@pytest.mark.parametrize(
    "tag",
    [
        '<decision xmlns:c="http://camunda.org/schema/1.0/dmn" c:versionTag="v7" id="d" name="d">',
        '<decision id="d" name="d"><extensionElements><z:versionTag xmlns:z="http://camunda.org/schema/zeebe/1.0" '
        'value="v7"/></extensionElements>',
    ],
)
def test_given_a_version_tag_of_either_vendor_when_read_then_the_decision_has_it(tag: str) -> None:
    parsed = found(f"{tag}{text('1')}</decision>")
    assert parsed.decision_files[0].decisions[0].version_tag == "v7"
    assert parsed.report.entries[1].attribute in ("camunda:versionTag", "zeebe:versionTag")


def test_given_what_other_tools_add_when_read_then_it_is_left_alone() -> None:
    drawn = '<decision id="d" name="d" xmlns:b="http://bpmn.io/schema/dmn/biodi/2.0" b:x="1"><extensionElements>'
    assert found(f"{drawn}<b:y/></extensionElements>{text('1')}</decision>").decision_files


def layered(depth: int, width: int) -> dict[str, bytes]:
    """A file that imports many others over layers, with as many ways through them as there could be."""
    kind = "https://www.omg.org/spec/DMN/20230324/MODEL/"
    imports = [
        "".join(f'<import namespace="urn:{layer}-{n}" name="i{n}" importType="{kind}"/>' for n in range(width))
        for layer in range(depth)
    ]
    files = {
        f"{layer}-{n}.dmn": definitions(imports[layer + 1] if layer + 1 < depth else "", namespace=f"urn:{layer}-{n}")
        for layer in range(depth)
        for n in range(width)
    }
    top = definitions(imports[0], input_data("n"), decision("d", text("n"), needs=["input:n"]), namespace="urn:top")
    return {"top.dmn": top, **files}


def test_given_endless_ways_through_imports_when_an_input_is_looked_for_then_it_is_found_at_once() -> None:
    assert load_file(layered(9, 8), "top.dmn").evaluate("d", {"n": 1}).value == 1


def test_given_types_within_types_when_a_value_does_not_fit_then_the_warning_is_short() -> None:
    parts = "".join(
        f'<itemDefinition name="t{n}"><itemComponent name="a"><typeRef>t{n + 1}</typeRef></itemComponent>'
        f'<itemComponent name="b"><typeRef>t{n + 1}</typeRef></itemComponent></itemDefinition>'
        for n in range(60)
    )
    last = '<itemDefinition name="t60"><typeRef>number</typeRef></itemDefinition>'
    file = definitions(parts, last, input_data("x", "t0"), decision("d", text("x"), needs=["input:x"]))
    outcome = load_file({"t.dmn": file}, "t.dmn").evaluate("d", {"x": {}})
    assert outcome.value is None
    assert len(outcome.warnings[0]) < 500


@pytest.mark.parametrize(
    "last",
    [
        table(["1"], ["o"], ["- -> d40"]).replace('<output name="o">', '<output name="o" typeRef="t0">'),
        table(["1"], ["o"], ["- -> d40", "- -> [d39, d39]"], policy="ANY"),
        text("d40"),
    ],
)
def test_given_a_value_that_holds_itself_twice_at_every_level_when_it_is_used_then_the_budget_ends_it(
    last: str,
) -> None:
    lists = "".join(
        f'<itemDefinition name="t{n}" isCollection="true"><typeRef>t{n + 1}</typeRef></itemDefinition>'
        for n in range(40)
    )
    twice = [decision("d0", text("1"))]
    twice += [decision(f"d{n}", text(f"[d{n - 1}, d{n - 1}]"), needs=[f"decision:d{n - 1}"]) for n in range(1, 41)]
    kinds = f'{lists}<itemDefinition name="t40"><typeRef>number</typeRef></itemDefinition>'
    file = definitions(kinds, *twice, decision("z", last, needs=["decision:d40", "decision:d39"]))
    with pytest.raises(EvaluationFailed):
        load_file({"t.dmn": file}, "t.dmn").evaluate("z", {})
