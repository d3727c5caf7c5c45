"""Hostile and broken files are refused at once, with file and line, and nothing is fetched or expanded."""

from __future__ import annotations

import time

import pytest

from bpmn import parsing
from bpmn.errors import UnusableModel
from bpmn.execution import Context, Execution
from bpmn.facts import ContinuationDue, UserTaskOpened
from bpmn.parsing import Limits
from tests.bpmn.diagrams import definitions, diagram, process
from tests.bpmn.reading import accepted, refusals, upload
from tests.conformance.harness import CONTEXT, MONDAY, complete, story

GOOD = diagram("start s; user a; end e; s -> a -> e")
BODY = GOOD.decode().split("\n", 1)[1]
DOCTYPE = "document type declaration"
BOMB = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
ENTITIES = f'<!DOCTYPE definitions [<!ENTITY a0 "ha">{BOMB}]>'
EXTERNAL = '<!DOCTYPE definitions [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


def with_entity(doctype: str, entity: str) -> str:
    body = BODY.replace("<startEvent", f"<documentation>{entity}</documentation><startEvent")
    return f'<?xml version="1.0"?>{doctype}{body}'


BAD: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "not well-formed XML"),
    "blank": (b"  \n ", "not well-formed XML"),
    "text": (b"hello", "not well-formed XML"),
    "JSON": (b'{"a": 1}', "not well-formed XML"),
    "NUL": (b"\x00" * 100, "not well-formed XML"),
    "picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "not well-formed XML"),
    "archive": (b"PK\x03\x04" + bytes(100), "not well-formed XML"),
    "cut off": (GOOD[: len(GOOD) // 2], "not well-formed XML"),
    "two roots": (GOOD + b"<definitions/>", "not well-formed XML"),
    "other XML": (b"<html><body/></html>", "root element must be BPMN 2.0 definitions"),
    "definitions of no namespace": (b"<definitions/>", "root element must be BPMN 2.0 definitions"),
    "BPMN 1": (b'<definitions xmlns="http://schema.omg.org/spec/BPMN/1.0"/>', "root element must be BPMN 2.0"),
    "a process as root": (b'<process xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="p"/>', "root element"),
    "unknown encoding": (b'<?xml version="1.0" encoding="klingon"?><a/>', "not well-formed XML"),
    "wrong encoding": ("<?xml version='1.0' encoding='UTF-8'?><a>é</a>".encode("latin-1"), "not well-formed XML"),
    "control characters": (GOOD.replace(b'id="a"', b'id="\x01"'), "not well-formed XML"),
    "reference to NUL": (GOOD.replace(b'id="a"', b'id="&#0;"'), "not well-formed XML"),
    "reference to a surrogate": (GOOD.replace(b'id="a"', b'id="&#xD800;"'), "not well-formed XML"),
    "undeclared entity": (GOOD.replace(b'id="a"', b'id="&x;"'), "not well-formed XML"),
    "attribute twice": (GOOD.replace(b'id="a"', b'id="a" id="b"'), "not well-formed XML"),
    "undeclared prefix": (GOOD.replace(b'id="a"', b'id="a" nope:x="1"'), "not well-formed XML"),
    "document type": (with_entity("<!DOCTYPE definitions>", "").encode(), DOCTYPE),
    "document type elsewhere": (
        with_entity('<!DOCTYPE definitions SYSTEM "http://x.invalid/x.dtd">', "").encode(),
        DOCTYPE,
    ),
    "entity bomb": (with_entity(ENTITIES, "&a9;").encode(), DOCTYPE),
    "external entity": (with_entity(EXTERNAL, "&x;").encode(), DOCTYPE),
    "document type behind a long comment": (
        f'<?xml version="1.0"?><!--{"x" * 9000}--><!DOCTYPE definitions>{BODY}'.encode(),
        DOCTYPE,
    ),
    "document type in UTF-16": (with_entity("<!DOCTYPE definitions>", "").encode("utf-16"), DOCTYPE),
    "entity bomb in UTF-16": (with_entity(ENTITIES, "&a9;").encode("utf-16"), "entity"),
    "external entity in UTF-16": (with_entity(EXTERNAL, "&x;").encode("utf-16-le"), DOCTYPE),
    "deep nesting": (
        definitions("<process id='p'>" + "<subProcess>" * 5000 + "</subProcess>" * 5000),
        "not well-formed",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_given_a_file_that_is_no_usable_diagram_when_uploaded_then_it_is_refused_at_once(case: str) -> None:
    data, said = BAD[case]
    begun = time.process_time()
    found = refusals(data)
    assert time.process_time() - begun < 1
    assert [entry.file for entry in found] == ["upload.bpmn"] * len(found)
    assert said in found[0].message


def test_given_an_entity_when_refused_then_its_text_is_nowhere_in_the_report() -> None:
    report, _ = upload(BAD["external entity"][0])
    assert "root:" not in str(report.entries)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_given_any_encoding_of_unicode_when_uploaded_then_it_is_read(encoding: str) -> None:
    text = GOOD.decode().replace('encoding="UTF-8"', f'encoding="{encoding.upper().replace("-SIG", "")}"')
    text = text.replace("<userTask", '<userTask name="Prüfung"')
    marked = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
    assert story(marked + text.encode(encoding)).tasks["a"].name == "Prüfung"


def test_given_a_file_over_the_limit_when_uploaded_then_it_is_refused_unread() -> None:
    with pytest.raises(UnusableModel, match=r"has \d+ bytes; 100 are accepted"):
        parsing.parse({"big.bpmn": GOOD}, limits=Limits(file_bytes=100))


def test_given_a_file_that_takes_too_long_when_uploaded_then_reading_stops() -> None:
    with pytest.raises(UnusableModel, match="took longer than 0 s"):
        parsing.parse({"slow.bpmn": GOOD}, limits=Limits(seconds=0))


def chain(length: int) -> bytes:
    names = [f"t{number}" for number in range(length)]
    return diagram("; ".join(["start s; user u", *(f"task {name}" for name in names), " -> ".join(["s", *names, "u"])]))


def test_given_a_chain_of_3000_nodes_when_uploaded_then_it_is_read_and_run_in_good_time() -> None:
    begun = time.process_time()
    model = accepted(chain(3000))
    run = Execution.start(model, CONTEXT)
    while isinstance((facts := run.take_facts())[-1], ContinuationDue):
        run = Execution.restore(model, CONTEXT, run.dump(), {})
        run.proceed()
    assert isinstance(facts[-1], UserTaskOpened)
    assert facts[-1].activity == 3002
    assert time.process_time() - begun < 10


def test_given_500_inclusive_joins_in_a_row_when_uploaded_then_they_are_read_and_run_in_good_time() -> None:
    parts = [
        f"or f{n}; or j{n}; f{n} -> j{n}; f{n} -> j{n}; j{n} -> {f'f{n + 1}' if n < 499 else 'u'}" for n in range(500)
    ]
    data = diagram("; ".join(["start s; user u; s -> f0", *parts]))
    begun = time.process_time()
    run = Execution.start(accepted(data), Context(MONDAY, max_steps=5000))
    assert [item.element for item in run.live()] == ["u"]
    assert time.process_time() - begun < 5


def test_given_50_nested_subprocesses_when_uploaded_then_they_are_accepted() -> None:
    text = "user a"
    for number in range(50):
        text = f"sub w{number}; in w{number} {{ {text} }}"
    assert story(diagram(text)).open[0] == "a"


def test_given_a_node_with_2000_flows_when_run_then_all_are_taken() -> None:
    text = "start s; and f; and j; user u; s -> f; j -> u;" + "f -> j;" * 2000
    assert story(diagram(text)).open == ["u"]


@pytest.mark.parametrize(
    "name", ["Start", "End", "Root", "start", "StartEvent", "EndJoin", "p.BoundaryEventSplit", "0", "__class__", "self"]
)
def test_given_ids_that_the_library_uses_itself_when_run_then_they_are_ids_like_others(name: str) -> None:
    text = diagram(f"start s; user {name}; end e; s -> {name} -> e")
    done = story(text, complete(name))
    assert (done.trace, done.ends) == (["s", name, "e"], ("e",))


def test_given_a_process_and_a_node_named_like_the_library_s_when_run_then_nothing_is_mixed_up() -> None:
    text = """start Start; sub Root; end End; Start -> Root -> End
        in Root { start S2; user EndJoin; end E2; S2 -> EndJoin -> E2 }"""
    done = story(definitions(process(text, "Process")), complete("EndJoin"))
    assert done.trace == ["Start", "S2", "EndJoin", "E2", "Root", "End"]


def test_given_two_files_with_one_bad_when_uploaded_then_both_are_reported_and_neither_is_used() -> None:
    with pytest.raises(UnusableModel) as caught:
        parsing.parse({"good.bpmn": GOOD, "bad.bpmn": b"<", "note.txt": b"<"})
    assert {entry.file for entry in caught.value.report.refused} == {"bad.bpmn"}
    assert {entry.file for entry in caught.value.report.entries} == {"good.bpmn", "bad.bpmn", "note.txt"}


def test_given_two_files_with_the_same_process_when_uploaded_then_it_is_refused() -> None:
    with pytest.raises(UnusableModel, match=r"process 'p' is also in 'a\.bpmn'"):
        parsing.parse({"a.bpmn": GOOD, "b.bpmn": GOOD})


def test_given_two_files_with_other_processes_of_the_same_element_ids_when_uploaded_then_both_are_used() -> None:
    parsed = parsing.parse({"a.bpmn": GOOD, "b.bpmn": diagram("start s; user a; s -> a", key="q")})
    assert [model.key for model in parsed.models] == ["p", "q"]


def test_given_no_diagram_at_all_when_uploaded_then_there_is_nothing_to_refuse() -> None:
    parsed = parsing.parse({"note.txt": b"hello", "form.form": b"{}"})
    assert (parsed.models, parsed.report.refused) == ([], [])
    assert [entry.message for entry in parsed.report.entries] == ["kept as it is: no diagram by its name"] * 2


def test_given_a_diagram_under_another_name_when_uploaded_then_the_name_is_refused() -> None:
    with pytest.raises(UnusableModel, match=r"its name must end in \.bpmn"):
        parsing.parse({"order.bpnm": GOOD})


def test_given_a_priority_or_date_that_cannot_be_when_uploaded_then_it_is_refused() -> None:
    for attribute in ('camunda:priority="high"', 'camunda:dueDate="tomorrow"'):
        with pytest.raises(UnusableModel):
            parsing.parse({"a.bpmn": diagram(f"start s; user a [{attribute}]; end e; s -> a -> e")})
