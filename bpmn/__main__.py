"""Run a diagram without a server, in memory and on a clock of its own, and print what happened.

  python -m bpmn leave.bpmn --vars '{"days": 3}' --answers '[{"complete": "approve", "variables": {"approved": true}}]'
  python -m bpmn loan.bpmn scores.dmn --vars '{"income": 3000}'

Answers are a list of JSON objects, in a file or on the command line, taken in order:

  {"complete": "ELEMENT", "variables": {...}}     a user task, or work that waits for a worker, is done
  {"error": "CODE", "at": "ELEMENT"}              a BPMN error instead ("message", "variables")
  {"message": "NAME", "key": "...", "variables": {...}}
  {"signal": "NAME", "variables": {...}}
  {"timer": "ELEMENT"}                            the clock goes on until it fires
  {"pass": "PT2H"}                                the clock goes on; what falls due fires
  {"set": {...}}                                  variables by hand
  {"retry": "ELEMENT"}                            a failed step is taken up again

"activity": NUMBER beside an ELEMENT names one of several activity instances of it by its number in what is printed.
What the report of the diagram warns of is printed first.

Exit status: 0 all went well, whether the process is over or waits; 1 the diagram was refused; 2 the command line or
the answers cannot be understood; 3 nothing fitted an answer; 4 a step has failed and waits for help.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from bpmn.deciding import DecisionInForce, FindDecision
from bpmn.decisions.files import is_decision_file, load_file
from bpmn.errors import NotWaiting, UnusableModel
from bpmn.execution import LiveActivity
from bpmn.parsing import DIAGRAM_SUFFIXES, Parsed, parse
from bpmn.policy import Policy
from bpmn.rehearsal.account import moment
from bpmn.rehearsal.answers import Answer, AnswerInvalid, read
from bpmn.rehearsal.stage import NothingFits, Player, Stage
from bpmn.report import Report, Status
from bpmn.sandbox import Sandboxes, installed
from bpmn.values import Variables, from_json

REFUSED, MISUSED, UNFITTING, FAILED = 1, 2, 3, 4
#: A fixed time makes the same run print the same account.
_BEGINNING = "2026-01-01T00:00:00Z"


class Unusable(Exception):
    """A command line that cannot be followed."""


def main(arguments: Sequence[str]) -> int:
    """The exit status; see the module's text."""
    try:
        return _run(_options(arguments))
    except (Unusable, AnswerInvalid) as problem:
        print(f"python -m bpmn: {problem}", file=sys.stderr)
        return MISUSED
    except UnusableModel as unusable:
        print("The diagram is refused:", file=sys.stderr)
        for entry in unusable.report.refused:
            print(f"  {entry}", file=sys.stderr)
        return REFUSED


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bpmn", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "file", nargs="+", type=Path, help="diagrams, and decisions (.dmn); what is in them may call each other"
    )
    parser.add_argument("--process", help="which process to start, where the files hold several")
    parser.add_argument("--start", metavar="EVENT", help="the start event that is triggered")
    parser.add_argument("--vars", default="{}", metavar="JSON", help="variables to start with, or a file of them")
    parser.add_argument("--answers", default="[]", metavar="JSON", help="the answers, or a file of them")
    parser.add_argument("--at", default=_BEGINNING, metavar="TIME", help="when it begins (%(default)s)")
    return parser.parse_args(arguments)


def _run(asked: argparse.Namespace) -> int:
    answers = read(_json("--answers", asked.answers))
    variables = _json("--vars", asked.vars)
    if not isinstance(variables, dict):
        raise Unusable("--vars is no JSON object")
    files = {path.name: _bytes(path) for path in asked.file}
    began = _time(asked.at)
    with closing(Sandboxes(installed())) as sandboxes:
        parsed = parse(files, policy=Policy(sandboxes=sandboxes))
        process = _chosen(parsed, asked.process)
        for entry in parsed.report.entries:
            if entry.status is Status.WARNING:
                print(f"warning: {entry}")
        stage = Stage(parsed.models, began, print, sandboxes, _decisions(parsed, files))
        return _rehearse(asked, stage, process, variables, answers)


def _decisions(parsed: Parsed, files: Mapping[str, bytes]) -> FindDecision:
    """The decisions of the files, by what diagrams call them; there is one version of each."""
    beside = {name: content for name, content in files.items() if is_decision_file(name)}
    found = {
        decision.key[1]: DecisionInForce(decision.key[1], 1, file.file, load_file(beside, file.file))
        for file in parsed.decision_files
        for decision in file.decisions
    }
    return lambda wanted: found.get(wanted.key)


def _rehearse(
    asked: argparse.Namespace, stage: Stage, process: str, variables: Variables, answers: list[Answer]
) -> int:
    print(f"      the clock: {moment(stage.now)}")
    try:
        stage.start(process, variables, asked.start)
    except NotWaiting as problem:
        raise Unusable(f"{problem}; name a start event with --start") from None
    for number, answer in enumerate(answers, 1):
        print(f"\n> {answer.given}")
        try:
            stage.answer(answer)
        except NothingFits as problem:
            print(f"      answer {number} fits nothing: {problem}", flush=True)
            _stand(stage)
            return UNFITTING
    return FAILED if _stand(stage) else 0


def _stand(stage: Stage) -> bool:
    """Tell where everything stands; whether something has failed."""
    print(f"\nIn the end, at {moment(stage.now)}:")
    waiting = [(player, live) for player, live in stage.open() if live.failed or live.waits not in ("scope", "call")]
    for player in stage.players:
        if player.execution.ended:
            print(f"#{player.number} is over")
        else:
            _stand_of(player, [live for other, live in waiting if other is player])
    return any(live.failed for _, live in waiting)


def _stand_of(player: Player, waiting: list[LiveActivity]) -> None:
    waits = [
        f"{live.activity:>4}  {player.account.element(live.element, live.activity)}{_hint(live)}"
        for live in waiting
        if live.failed or live.waits != "event" or not live.events  # those follow, with what they wait for
    ]
    for awaited, what in ((player.messages, "message"), (player.signals, "signal")):
        for (activity, event), fact in awaited.items():
            key = getattr(fact, "correlation_key", None)
            keyed, told = ({}, "") if key is None else ({"key": key}, f" for {key!r}")
            answer = _written({what: fact.name, **keyed})
            waits.append(f"{activity:>4}  {player.account.event(event)} waits for {what} {fact.name!r}{told}: {answer}")
    for (activity, event), due in sorted(player.timers.items(), key=lambda item: item[1]):
        answer = _written({"timer": player.account.event_id(event)})
        waits.append(f"{activity:>4}  {player.account.event(event)} waits until {moment(due)}: {answer}")
    for line in waits or ["      waits for a process that it has called"]:
        print(f"#{player.number} {line}")


def _hint(live: LiveActivity) -> str:
    """What answers it."""
    hints = [f" has failed: {_written({'retry': live.element})}"] if live.failed else []
    if live.waits in ("user-task", "service"):
        hints.append(f" waits: {_written({'complete': live.element})}")
    return ",".join(hints) or " waits for its condition"


def _written(answer: dict[str, str]) -> str:
    """An answer as it is given on the command line."""
    return json.dumps(answer, ensure_ascii=False)


def _chosen(parsed: Parsed, wanted: str | None) -> str:
    keys = [model.key for model in parsed.models]
    if not keys:
        raise Unusable(_nothing_executable(parsed.report))
    if wanted is None and len(keys) > 1:
        raise Unusable(f"there are several processes; name one with --process: {', '.join(keys)}")
    if wanted is not None and wanted not in keys:
        raise Unusable(f"there is no executable process {wanted!r}; there are: {', '.join(keys)}")
    return wanted or keys[0]


def _nothing_executable(report: Report) -> str:
    """Why no process can be started, and what can be done about it."""
    said = [
        f"set isExecutable to true at process {entry.element_id!r} ({entry})"
        for entry in report.entries
        if entry.element_type == "process"
    ] or [str(entry) for entry in report.entries if entry.status is Status.WARNING]
    if not said:
        return f"none of the files is a diagram by its name: {', '.join(DIAGRAM_SUFFIXES)}"
    return "no process is executable; " + "; ".join(said)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        raise Unusable(f"{path} cannot be read: {problem.strerror}") from None


def _json(option: str, text: str) -> Any:
    """What JSON text says, or a file that holds it."""
    if text.lstrip()[:1] not in ("{", "["):
        text = _bytes(Path(text)).decode("utf-8", "replace")
    try:
        return from_json(text)
    except msgspec.DecodeError as problem:
        raise Unusable(f"{option} is no JSON: {problem}") from None


def _time(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Unusable(f"--at is no time such as {_BEGINNING}: {text!r}") from None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
