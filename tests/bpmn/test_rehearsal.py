"""`python -m bpmn`: a diagram run without a server, as its account on the terminal."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).parents[2]
LEAVE = PROJECT / "examples" / "leave-request.bpmn"
LOAN = PROJECT / "examples" / "loan-application.bpmn"
_HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="urn:test">'
)
ORDER = f"""{_HEAD}
<message id="m" name="paid"/><signal id="sig" name="closing"/><error id="er" errorCode="E-17"/>
<process id="order" name="Order" isExecutable="true">
  <startEvent id="s"/><parallelGateway id="fork"/>
  <serviceTask id="pay" name="Pay" camunda:type="external" camunda:topic="payments"/>
  <boundaryEvent id="refused" attachedToRef="pay"><errorEventDefinition errorRef="er"/></boundaryEvent>
  <userTask id="ring" name="Call the customer"/>
  <intermediateCatchEvent id="got"><messageEventDefinition messageRef="m"/></intermediateCatchEvent>
  <callActivity id="ship" calledElement="shipping"/>
  <intermediateCatchEvent id="later">
    <timerEventDefinition><timeDuration>PT2H</timeDuration></timerEventDefinition>
  </intermediateCatchEvent>
  <serviceTask id="convert" camunda:expression="${{a + 1}}" camunda:resultVariable="b"/>
  <intermediateCatchEvent id="end-of-day"><signalEventDefinition signalRef="sig"/></intermediateCatchEvent>
  <endEvent id="e"/>
  <sequenceFlow id="f1" sourceRef="s" targetRef="fork"/><sequenceFlow id="f2" sourceRef="fork" targetRef="pay"/>
  <sequenceFlow id="f3" sourceRef="fork" targetRef="got"/><sequenceFlow id="f4" sourceRef="fork" targetRef="later"/>
  <sequenceFlow id="f5" sourceRef="fork" targetRef="end-of-day"/><sequenceFlow id="f6" sourceRef="pay" targetRef="e"/>
  <sequenceFlow id="f7" sourceRef="refused" targetRef="ring"/><sequenceFlow id="f8" sourceRef="got" targetRef="ship"/>
  <sequenceFlow id="f9" sourceRef="later" targetRef="convert"/>
</process></definitions>"""
CALL = '<callActivity id="ship" calledElement="shipping"/>'
ALL = '<camunda:in variables="all"/>'
KEYED = f"""{_HEAD}
<message id="m" name="paid"><extensionElements>
  <subscription xmlns="http://camunda.org/schema/zeebe/1.0" correlationKey="=no"/></extensionElements></message>
<process id="keyed" isExecutable="true">
  <startEvent id="s"/><intermediateCatchEvent id="got"><messageEventDefinition messageRef="m"/></intermediateCatchEvent>
  <endEvent id="e"/>
  <sequenceFlow id="f1" sourceRef="s" targetRef="got"/><sequenceFlow id="f2" sourceRef="got" targetRef="e"/>
</process></definitions>"""
SCRIPTED = f"""{_HEAD}
<process id="scripted" isExecutable="true">
  <startEvent id="s"/>
  <scriptTask id="sum" scriptFormat="python" camunda:resultVariable="total"><script>sum(x * 1.1 for x in items)</script></scriptTask>
  <scriptTask id="wrong" scriptFormat="javascript"><script>nothing.there</script></scriptTask>
  <sequenceFlow id="f1" sourceRef="s" targetRef="sum"/><sequenceFlow id="f2" sourceRef="sum" targetRef="wrong"/>
</process></definitions>"""
ASKED = f"""{_HEAD}
<process id="asked" isExecutable="true">
  <startEvent id="s"/><userTask id="ask" camunda:assignee="${{approver}}"/>
  <sequenceFlow id="f1" sourceRef="s" targetRef="ask"/>
</process></definitions>"""
SHIPPING = f"""{_HEAD}
<process id="shipping" isExecutable="true">
  <startEvent id="s"/><userTask id="pack"/><endEvent id="e"/>
  <sequenceFlow id="f1" sourceRef="s" targetRef="pack"/><sequenceFlow id="f2" sourceRef="pack" targetRef="e"/>
</process></definitions>"""


def test_given_an_example_and_its_answers_when_rehearsed_then_every_step_and_the_end_are_told() -> None:
    answers = [{"complete": "approve-request", "variables": {"approved": True}}]
    done = rehearse(LEAVE, variables={"employee": "Ada", "days": 3}, answers=answers)
    assert done.returncode == 0, done.stderr
    told = lines(done)
    for line in (
        '#1 begins at start event "Leave requested" (leave-requested)',
        '#1 employee = "Ada"',
        '#1 2 user task "Approve request" (approve-request)',
        "#1 waits for a person, for group managers, due 2026-01-04 00:00:00 UTC",
        '> {"complete":"approve-request","variables":{"approved":true}}',
        '#1 2 user task "Approve request" (approve-request) is done',
        '#1 the process is over: completed at end event "Leave approved" (leave-approved)',
        "#1 is over",
    ):
        assert line in told


def test_given_decisions_beside_a_diagram_when_rehearsed_then_they_are_evaluated_and_told() -> None:
    given = {"age": 30, "income": 3000, "amount": 1000, "months": 12}
    done = rehearse(LOAN, LOAN.with_suffix(".dmn"), variables=given)
    assert done.returncode == 0, done.stdout
    assert any("decision" in line and "by rule" in line for line in lines(done)), done.stdout
    alone = rehearse(LOAN, variables=given)
    assert (alone.returncode, "decision-missing" in alone.stdout) == (4, True)


def test_given_a_script_that_cannot_be_read_when_rehearsed_then_the_diagram_is_refused(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.bpmn"
    wrong.write_text(SCRIPTED.replace("nothing.there", "nothing ( there"))
    done = rehearse(wrong)
    assert (done.returncode, "The diagram is refused" in done.stderr, "wrong" in done.stderr) == (1, True, True)


def test_given_no_answers_when_rehearsed_then_what_it_waits_for_is_told_with_what_answers_it(tmp_path: Path) -> None:
    done = rehearse(*files(tmp_path), process="order")
    assert done.returncode == 0, done.stderr
    standing = lines(done)[lines(done).index("In the end, at 2026-01-01 00:00:00 UTC:") + 1 :]
    assert standing == [
        '#1 3 service task "Pay" (pay) waits: {"complete": "pay"}',
        '#1 4 intermediate catch event (got) waits for message \'paid\': {"message": "paid"}',
        '#1 6 intermediate catch event (end-of-day) waits for signal \'closing\': {"signal": "closing"}',
        '#1 5 intermediate catch event (later) waits until 2026-01-01 02:00:00 UTC: {"timer": "later"}',
    ]


def test_given_a_diagram_that_is_not_executable_when_rehearsed_then_it_says_what_to_set(tmp_path: Path) -> None:
    drawn = tmp_path / "drawn.bpmn"
    drawn.write_text(SHIPPING.replace('isExecutable="true"', 'isExecutable="false"'))
    done = rehearse(drawn)
    assert (done.returncode, done.stdout) == (2, "")
    assert "set isExecutable to true at process 'shipping' (drawn.bpmn, line 2, 'shipping': isExec" in done.stderr


def test_given_a_diagram_that_is_warned_of_when_rehearsed_then_the_warnings_come_first(tmp_path: Path) -> None:
    drawn = tmp_path / "order.bpmn"
    worked = '<serviceTask id="work" camunda:class="com.example.Work"/>'
    drawn.write_text(SHIPPING.replace('<userTask id="pack"/>', worked).replace('"pack"', '"work"'))
    told = lines(rehearse(drawn))
    assert told[0].startswith("warning: order.bpmn, line 3, 'work': ")
    assert told[1] == "the clock: 2026-01-01 00:00:00 UTC"


def test_given_a_called_task_whose_name_holds_an_expression_when_rehearsed_then_it_is_filled_in(tmp_path: Path) -> None:
    order, shipping = files(tmp_path)
    shipping.write_text(SHIPPING.replace('id="pack"', 'id="pack" name="Pack for ${to}"'))
    with_all = ORDER.replace(
        CALL, CALL.replace("/>", "><extensionElements>" + ALL + "</extensionElements></callActivity>")
    )
    order.write_text(with_all)
    done = rehearse(order, shipping, process="order", variables={"to": "Ann"}, answers=[{"message": "paid"}])
    told = lines(done)
    assert '#2 waits for a person, as "Pack for Ann"' in told, done.stdout
    assert '#2 2 user task "Pack for Ann" (pack) waits: {"complete": "pack"}' in told


def test_given_events_that_wait_when_what_is_told_is_given_as_answers_then_each_reaches_its_event(
    tmp_path: Path,
) -> None:
    (tmp_path / "order.bpmn").write_text(ORDER)
    standing = lines(rehearse(tmp_path / "order.bpmn"))
    offered = [json.loads(line[line.index("{") :]) for line in standing if "catch event" in line and '{"' in line]
    assert offered == [{"message": "paid"}, {"signal": "closing"}, {"timer": "later"}]
    done = rehearse(tmp_path / "order.bpmn", answers=offered, variables={"a": 1})
    assert "fits nothing" not in done.stdout


def test_given_a_message_with_a_key_when_it_is_waited_for_then_the_answer_has_the_key(tmp_path: Path) -> None:
    drawn = tmp_path / "keyed.bpmn"
    drawn.write_text(KEYED)
    done = rehearse(drawn, variables={"no": "A-7"})
    assert lines(done)[-1].endswith("""waits for message 'paid' for 'A-7': {"message": "paid", "key": "A-7"}""")
    answered = rehearse(drawn, variables={"no": "A-7"}, answers=[{"message": "paid", "key": "A-7"}])
    assert lines(answered)[-1] == "#1 is over"


def test_given_scripts_when_rehearsed_then_they_are_run_and_one_that_fails_is_told(tmp_path: Path) -> None:
    drawn = tmp_path / "scripted.bpmn"
    drawn.write_text(SCRIPTED)
    done = rehearse(drawn, variables={"items": [1, 2]})
    for line in (
        "#1 runs a script in python: sum script",
        "#1 total = 3.3",
        "#1 3 script task (wrong) FAILS, script-failed: ReferenceError: nothing is not defined (line 1 of the script)",
    ):
        assert line in lines(done), done.stderr


def test_given_listeners_of_a_process_when_rehearsed_then_their_work_and_their_failure_are_told(tmp_path: Path) -> None:
    heard = """<extensionElements><camunda:executionListener class="A" event="start"/>
        <camunda:executionListener expression="${missing}" event="start"/></extensionElements>"""
    drawn = tmp_path / "heard.bpmn"
    drawn.write_text(SHIPPING.replace("<startEvent", f"{heard}<startEvent", 1))
    begun = rehearse(drawn)
    assert (begun.returncode, lines(begun)[-1]) == (0, '#1 1 process (shipping) waits: {"complete": "shipping"}')
    told = lines(rehearse(drawn, answers=[{"complete": "shipping"}]))
    assert "#1 1 a listener of process (shipping) is done" in told
    assert told[-1] == '#1 0 process (shipping) has failed: {"retry": "shipping"}'
    mended = [{"complete": "shipping"}, {"set": {"missing": 1}}, {"retry": "shipping"}]
    assert "#1 2 start event (s)" in lines(rehearse(drawn, answers=mended))


def test_given_answers_of_every_kind_when_rehearsed_then_each_reaches_who_waits_for_it(tmp_path: Path) -> None:
    answers = [
        {"error": "E-17", "at": "pay", "message": "no cover"},
        {"message": "paid", "variables": {"amount": 12.50}},
        {"complete": "pack", "variables": {"boxes": 2}},
        {"pass": "PT1H"},
        {"timer": "later"},
        {"set": {"a": 1}},
        {"retry": "convert"},
        {"signal": "closing"},
        {"complete": "ring", "activity": 8},
    ]
    file = tmp_path / "answers.json"
    file.write_text(json.dumps(answers))
    done = rehearse(*files(tmp_path), process="order", answers=str(file))
    assert done.returncode == 0, done.stdout + done.stderr
    told = lines(done)
    in_order = [
        '#1 3 service task "Pay" (pay) is canceled',
        '#1 8 user task "Call the customer" (ring)',
        "#1 amount = 12.5",
        "#1 calls process 'shipping'",
        "#2 2 user task (pack)",
        "#2 boxes = 2",
        "#2 the process is over: completed at end event (e)",
        "#1 9 call activity (ship) is done",
        "the clock: 2026-01-01 01:00:00 UTC",
        "the clock: 2026-01-01 02:00:00 UTC",
        "#1 the timer fires: intermediate catch event (later)",
        "#1 10 service task (convert) FAILS, expression-failed: unknown variable 'a' (at character 3 of '${a + 1}')",
        "#1 a = 1",
        "#1 10 service task (convert) is taken up again",
        "#1 b = 2",
        "#1 6 intermediate catch event (end-of-day) is done",
        '#1 8 user task "Call the customer" (ring) is done',
        "#1 the process is over: completed",
    ]
    assert [line for line in told if line in in_order] == in_order


def test_given_a_step_that_fails_when_rehearsed_then_it_is_told_and_the_exit_status_says_so(tmp_path: Path) -> None:
    done = rehearse(*files(tmp_path), process="order", answers=[{"pass": "PT2H"}])
    assert done.returncode == 4
    assert '#1 7 service task (convert) has failed: {"retry": "convert"}' in lines(done)


def test_given_a_task_whose_people_are_unknown_when_rehearsed_then_it_can_be_completed_or_mended(
    tmp_path: Path,
) -> None:
    file = tmp_path / "asked.bpmn"
    file.write_text(ASKED, encoding="utf-8")
    waiting = rehearse(file)
    assert waiting.returncode == 4
    hints = 'has failed: {"retry": "ask"}, waits: {"complete": "ask"}'
    assert f"#1 2 user task (ask) {hints}" in lines(waiting)
    assert rehearse(file, answers=[{"complete": "ask"}]).returncode == 0
    mended = rehearse(file, answers=[{"set": {"approver": "cy"}}, {"retry": "ask"}])
    assert mended.returncode == 0
    assert "#1 2 user task (ask) is assigned to cy" in lines(mended)


def test_given_a_call_of_a_process_in_no_file_when_rehearsed_then_it_fails_by_name(tmp_path: Path) -> None:
    order, _ = files(tmp_path)
    done = rehearse(order, answers=[{"message": "paid"}])
    assert done.returncode == 4
    assert "called-process-missing: no file holds process 'shipping'" in done.stdout


def test_given_an_answer_that_nothing_waits_for_when_rehearsed_then_it_stops_there(tmp_path: Path) -> None:
    done = rehearse(*files(tmp_path), process="order", answers=[{"complete": "pack"}, {"signal": "closing"}])
    assert done.returncode == 3
    assert "answer 1 fits nothing: nothing waits for this at 'pack'" in lines(done)
    assert '> {"signal":"closing"}' not in lines(done)


def test_given_a_diagram_that_cannot_run_when_rehearsed_then_it_is_refused_by_line_and_element(tmp_path: Path) -> None:
    bad = tmp_path / "bad.bpmn"
    bad.write_text(ORDER.replace('targetRef="convert"', 'targetRef="nowhere"'))
    done = rehearse(bad)
    assert done.returncode == 1
    assert "bad.bpmn, line 20, 'f9': targetRef 'nowhere' does not exist" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["missing.bpmn"], "missing.bpmn cannot be read: No such file or directory"),
        ([str(LEAVE), "--vars", "[1]"], "--vars is no JSON object"),
        ([str(LEAVE), "--answers", "[3"], "--answers is no JSON"),
        ([str(LEAVE), "--answers", "nowhere.json"], "nowhere.json cannot be read"),
        ([str(LEAVE), "--answers", '[{"complete": "a"}, {"complte": "b"}]'], "answer 2 says none of complete, error"),
        ([str(LEAVE), "--answers", '{"complete": "a", "signal": "b"}'], "answer 1 says complete and signal of"),
        ([str(LEAVE), "--answers", '{"pass": "PT1H", "key": "b"}'], "'key' does not stand beside 'pass'"),
        ([str(LEAVE), "--answers", '{"pass": "two hours"}'], "'two hours' is no duration"),
        ([str(LEAVE), "--answers", '{"error": "E"}'], 'an error needs "at"'),
        ([str(LEAVE), "--answers", '{"complete": 3}'], "'complete' is a text, not 3"),
        ([str(LEAVE), "--answers", '{"complete": "a", "variables": 3}'], "variables are an object, not 3"),
        ([str(LEAVE), "--at", "noon"], "--at is no time"),
        ([str(LEAVE), "--process", "other"], "there is no executable process 'other'; there are: leave-request"),
        ([str(LEAVE), "--start", "other"], "'other' is no start event of 'leave-request'; there are: leave-requested;"),
        ([str(PROJECT / "Makefile")], "none of the files is a diagram by its name"),
        ([], "the following arguments are required: file"),
    ],
)
def test_given_a_command_line_that_cannot_be_followed_when_called_then_it_says_why(
    arguments: list[str], said: str
) -> None:
    done = run(arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def files(place: Path) -> tuple[Path, Path]:
    order, shipping = place / "order.bpmn", place / "shipping.bpmn"
    order.write_text(ORDER)
    shipping.write_text(SHIPPING)
    return order, shipping


def rehearse(
    *diagrams: Path, variables: dict[str, Any] | None = None, answers: Any = (), process: str = ""
) -> subprocess.CompletedProcess[str]:
    given = answers if isinstance(answers, str) else json.dumps(answers)
    chosen = ["--process", process] if process else []
    return run([*map(str, diagrams), *chosen, "--vars", json.dumps(variables or {}), "--answers", given])


def run(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bpmn", *arguments]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=60, check=False)


def lines(done: subprocess.CompletedProcess[str]) -> list[str]:
    """What was printed, without the spaces that arrange it."""
    return [" ".join(line.split()) for line in done.stdout.splitlines()]
