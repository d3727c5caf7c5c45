"""Whatever bytes are uploaded: a model that runs, or `UnusableModel` with a report; never anything else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bpmn import parsing
from bpmn.errors import NotWaiting, UnusableModel
from bpmn.execution import Context, Execution, LiveActivity
from bpmn.model import ProcessModel
from bpmn.report import Report, Status
from tests.fuzz.mutations import SOURCES, mutated

CONTEXT = Context(datetime(2026, 3, 2, 9, 0, tzinfo=UTC), max_steps=50)
CHUNK = 2000


def read(data: bytes) -> list[ProcessModel]:
    """The models, or none with a report that says why: refused, or drawn only."""
    report, models = outcome(data)
    told = [entry for entry in report.entries if entry.status in (Status.REFUSED, Status.WARNING)]
    assert not (report.refused and models)
    assert told or models
    assert all(entry.message and entry.line >= 0 for entry in report.refused)
    return models


def outcome(data: bytes) -> tuple[Report, list[ProcessModel]]:
    try:
        parsed = parsing.parse({"upload.bpmn": data})
    except UnusableModel as unusable:
        return unusable.report, []
    return parsed.report, parsed.models


def try_out(model: ProcessModel) -> None:
    """Start the model everywhere, and bring to each open activity what it waits for."""
    for start in (None, *(trigger.element for trigger in model.starts)):
        try:
            execution = Execution.start(model, CONTEXT, variables={"n": 1}, start_event=start)
        except NotWaiting:
            continue
        for _ in range(3):
            execution.proceed()
            for item in list(execution.live()):
                bring(execution, item)
            variables = {
                (node.number, name): value
                for node in execution.nodes.values()
                for name, value in (node.variables or {}).items()
            }
            dumped = execution.dump()
            execution = Execution.restore(model, CONTEXT, dumped, variables)
            assert execution.dump() == dumped


def bring(execution: Execution, item: LiveActivity) -> None:
    try:
        for event, _ in item.events:
            execution.trigger(item.activity, event)
        if item.failed:
            execution.retry(item.activity)
        if item.waits in ("user-task", "service"):
            execution.complete(item.activity)
        elif item.waits == "call":
            execution.call_ended(item.activity, variables={})
    except NotWaiting:
        return


def check(seeds: Iterator[int]) -> int:
    """Read and try out the files of these seeds; how many were usable."""
    usable = 0
    for seed in seeds:
        try:
            models = read(mutated(seed))
            for model in models:
                try_out(model)
        except Exception as fault:
            raise AssertionError(f"seed {seed}") from fault
        usable += bool(models)
    return usable


def test_given_the_files_to_mutate_when_read_then_they_are_usable_as_they_are() -> None:
    assert all(read(source) for source in SOURCES)


@pytest.mark.parametrize("chunk", range(4))
def test_given_mutated_diagrams_when_uploaded_then_each_runs_or_is_refused_with_a_report(chunk: int) -> None:
    usable = check(iter(range(chunk * 300, chunk * 300 + 300)))
    assert 50 < usable < 250


@pytest.mark.fuzz
@pytest.mark.parametrize("chunk", range(25))
def test_given_thousands_of_mutated_diagrams_when_uploaded_then_each_runs_or_is_refused(chunk: int) -> None:
    assert check(iter(range(10_000 + chunk * CHUNK, 10_000 + (chunk + 1) * CHUNK))) > CHUNK / 10


@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.binary(max_size=400))
def test_given_any_bytes_when_uploaded_then_they_are_refused_with_a_report(data: bytes) -> None:
    assert read(data) == []


@settings(max_examples=200, derandomize=True, deadline=None)
@given(
    st.integers(min_value=0, max_value=len(SOURCES[2]) - 1),
    st.binary(max_size=6),
    st.integers(min_value=0, max_value=9),
)
def test_given_a_diagram_with_bytes_changed_when_uploaded_then_it_runs_or_is_refused(
    place: int, instead: bytes, removed: int
) -> None:
    source = SOURCES[2]
    for model in read(source[:place] + instead + source[place + removed :]):
        try_out(model)


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.text(max_size=30), st.sampled_from(["${%s}", "=%s", "%s", "#{%s", "x${%s}y"]))
def test_given_any_text_as_an_expression_when_uploaded_then_it_runs_or_is_refused(text: str, form: str) -> None:
    written = "".join(
        f"&#{ord(letter)};" for letter in form % text if letter >= " " and not "\ud800" <= letter <= "\udfff"
    )
    source = SOURCES[2].replace(b'<userTask id="a">', b'<userTask id="a" camunda:assignee="%s">' % written.encode())
    for model in read(source):
        try_out(model)
