"""Every attack is stopped within its budget and reaches nothing; careless evaluators fall to them."""

from __future__ import annotations

import copy
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bpmn import decisions, expressions
from bpmn.errors import EvaluationFailed, ExpressionInvalid, UnusableModel
from bpmn.expressions import Language, Settings
from bpmn.sandbox import Answer, Limits, Order, Sandboxes, ScriptFailed, ScriptInvalid, installed
from tests.attacks import exhaust, graphs, reach, trick
from tests.attacks.attack import DMN, JAVASCRIPT, PYTHON, SECRET, SPENT, STOPPED, TEMPLATE, Attack, Kind
from tests.bpmn.decisions.models import decision, definitions, input_data
from tests.bpmn.decisions.models import text as literal

resource = pytest.importorskip("resource")
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits processes as Linux does")

ATTACKS = [*reach.ATTACKS, *exhaust.ATTACKS, *graphs.ATTACKS, *trick.ATTACKS]
SETTINGS = Settings(now=lambda: datetime(2026, 3, 2, 9, tzinfo=UTC), random=lambda: 0.5)
LIMITS = Limits(seconds=0.5, megabytes=32, characters=200_000)
MOST_SECONDS, MOST_MEGABYTES, LONGEST_MESSAGE = 20, 600, 2_000
NAIVE = Path(__file__).parent / "naive.py"
_VICTIMS = {
    PYTHON: ("[len([1]), sum([1, 2]), sorted([2, 1]), 0.1 + 0.2 == 0.3]", [1, 3, [1, 2], True]),
    JAVASCRIPT: (
        "[({}).polluted, [1, 2].map(x => x * 2), '' + {}, typeof Map]",
        [None, [2, 4], "[object Object]", "function"],
    ),
}


@dataclass
class Prey:
    """What attacks are after."""

    folder: Path
    port: int
    connections: list[Any] = field(default_factory=list)

    def aimed(self, text: str) -> str:
        """The text of an attack, with where to find it."""
        places = {"«file»": self.folder / "secret.txt", "«folder»": self.folder, "«port»": self.port}
        for mark, place in places.items():
            text = text.replace(mark, str(place))
        return text

    @property
    def was_reached(self) -> bool:
        return bool(self.connections) or (self.folder / "reached").exists()


@pytest.fixture(scope="module")
def sandboxes() -> Iterator[Sandboxes]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CANARY", SECRET)
        found = Sandboxes(installed(), limits=LIMITS)
        yield found
        found.close()


@pytest.fixture
def prey(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Prey]:
    monkeypatch.setenv("CANARY", SECRET)
    (tmp_path / "secret.txt").write_text(SECRET)
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        found = Prey(tmp_path, listener.getsockname()[1])
        threading.Thread(target=_listen, args=(listener, found), daemon=True).start()
        yield found


def _listen(listener: socket.socket, prey: Prey) -> None:
    while True:
        try:
            connection, address = listener.accept()
        except OSError:
            return
        prey.connections.append(address)
        with closing(connection), suppress(OSError):
            connection.settimeout(5)
            connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + SECRET.encode())
            connection.shutdown(socket.SHUT_WR)
            # A connection that is closed before the request was read takes the answer back.
            while connection.recv(4096):
                continue


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_given_an_attack_when_evaluated_then_it_is_stopped_and_reaches_nothing(
    attack: Attack, prey: Prey, sandboxes: Sandboxes
) -> None:
    variables = copy.deepcopy({**attack.variables})
    came = outcome(attack, prey.aimed(attack.text), variables, sandboxes)
    assert not prey.was_reached
    assert variables == attack.variables
    if isinstance(came, Exception):
        message = str(came)
        assert attack.yields is STOPPED, message
        assert attack.says in message
        assert SECRET not in message
        assert message.isprintable()
        assert len(message) < LONGEST_MESSAGE
    else:
        assert attack.yields is not STOPPED, came
        assert came == attack.yields
        assert type(came) is not bool or type(attack.yields) is bool


def outcome(attack: Attack, text: str, variables: dict[str, Any], sandboxes: Sandboxes) -> Any:
    """What evaluating comes to, under a watch: the value, or the problem of those that people are told."""
    with watched():
        try:
            return _value(attack.language, text, variables, sandboxes)
        except (ExpressionInvalid, EvaluationFailed, ScriptInvalid, ScriptFailed, UnusableModel) as problem:
            return problem


@contextmanager
def watched() -> Iterator[None]:
    """Nothing here takes long of this process's CPU, or much of its memory."""

    def late(*_: Any) -> None:
        raise AssertionError(f"took more than {MOST_SECONDS} seconds of CPU")

    before = signal.signal(signal.SIGPROF, late)
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (_own_size() + MOST_MEGABYTES * 2**20, hard))
    signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
        signal.signal(signal.SIGPROF, before)


def _own_size() -> int:
    return int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")


def _value(language: str, text: str, variables: dict[str, Any], sandboxes: Sandboxes) -> Any:
    if language == DMN:
        return _decided(text, variables)
    template = language == TEMPLATE
    compiled = expressions.compile(text, Language("juel" if template else language), template=template)
    if compiled.script is None:
        return compiled.evaluate(variables, SETTINGS)
    try:
        return _of(sandboxes.run(language, Order(text, variables, _sets(language))), language)
    finally:
        victim, found = _VICTIMS[language]
        assert sandboxes.run(language, Order(victim)).value == found


def _sets(language: str) -> Any:
    return "by name" if language == PYTHON else "by execution"


def _of(answer: Answer, language: str) -> Any:
    return answer.value if language == JAVASCRIPT and answer.error is None else answer.assigned


def _decided(text: str, variables: dict[str, Any]) -> Any:
    if not text.startswith("<"):
        needs = [f"input:{name}" for name in variables]
        written = decision("r", literal(text), needs=needs)
        text = definitions(*map(input_data, variables), written).decode()
    found = decisions.load({"attack.dmn": text.encode()})
    if found.problems:
        raise ExpressionInvalid(found.problems[0].message, text)
    return found.evaluate("r", variables, SETTINGS).value


@pytest.mark.parametrize("attack", [attack for attack in ATTACKS if attack.naive is not None], ids=str)
def test_given_a_careless_evaluator_when_attacked_then_it_falls(attack: Attack, prey: Prey) -> None:
    assert attack.naive is not None
    if "quickjs" in attack.naive.way and JAVASCRIPT not in installed():
        pytest.skip("there is no JavaScript here")
    said = careless(attack.naive.way, prey.aimed(attack.naive.text), dict(attack.variables), prey.folder)
    if attack.naive.falls == "reached":
        assert prey.was_reached
    else:
        assert attack.naive.falls in said


def careless(way: str, text: str, variables: dict[str, Any], folder: Path) -> str:
    """What a careless evaluator lets out, or that it has used up its process."""
    done = subprocess.run(
        [sys.executable, "-I", str(NAIVE), way],
        input=json.dumps({"text": text, "variables": variables}),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return SPENT if done.returncode < 0 else done.stdout


def test_given_the_attacks_when_counted_then_there_are_enough_of_every_kind_in_every_language() -> None:
    kinds = Counter(attack.kind for attack in ATTACKS)
    assert {kind for kind in Kind if kinds[kind] < 5} == set()
    languages = Counter(attack.language for attack in ATTACKS)
    assert {language for language in [*Language, DMN, TEMPLATE] if languages[language] < 5} == set()
    assert len(ATTACKS) >= 120
    assert len({(attack.kind, attack.language, attack.text) for attack in ATTACKS}) == len(ATTACKS)
