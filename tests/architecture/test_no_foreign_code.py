"""No text of a diagram becomes code of this process: shown in a fresh one that runs every example."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[2]

RUN = """
import sys
from pathlib import Path

from app import cli, main  # what `serve` imports
from SpiffWorkflow.bpmn.script_engine import python_engine, python_environment
from tests.driver import Driver, chain, process

def explode(*_given, **_named):
    raise AssertionError("SpiffWorkflow's script engine was called")

for module in (python_engine, python_environment):
    for kind in list(vars(module).values()):
        if isinstance(kind, type) and kind.__module__ == module.__name__ and not issubclass(kind, Exception):
            for name, member in list(vars(kind).items()):
                if callable(member):
                    setattr(kind, name, explode)

run = 0
seen = []

def hear(event, arguments):
    if run and event in ("exec", "compile"):
        seen.append((event, repr(arguments)[:200]))

sys.addaudithook(hear)

def play(number, folder):
    driver = Driver(f"sqlite:///{folder}/{number}.db")
    driver.deploy(*(path.read_bytes() for path in sorted(Path("examples").glob("*.bpmn"))))
    expressions = process(
        chain(
            '<startEvent id="s"/>',
            f'<serviceTask id="a" camunda:expression="${{x + {number}}}" camunda:resultVariable="y"/>',
            f'<serviceTask id="b" camunda:expression="= x * {number} + count([1, 2])" camunda:resultVariable="z"/>',
            '<endEvent id="e"/>',
        )
    )
    driver.deploy(expressions)
    started = driver.start("p", {"x": 2})
    assert driver.variables(started.id) == {"x": 2, "y": 2 + number, "z": 2 * number + 2}, driver.variables(started.id)
    for key in ("invoice-approval", "it-incident", "leave-request"):
        driver.start(key)
        for _ in range(3):
            for task in driver.tasks():
                driver.complete(task.id, {"approved": True, "amount": 5000})
    driver.travel(days=9)
    driver.close()

import tempfile
with tempfile.TemporaryDirectory() as folder:
    from app.db import migrate
    for number in (1, 2):
        migrate(f"sqlite:///{folder}/{number}.db")
    play(1, folder)  # everything is imported and every helper class of the libraries made
    run = 1
    play(2, folder)
    run = 0
assert seen == [], seen
loaded = [name for name in sys.modules if name.startswith(("SpiffWorkflow.dmn", "SpiffWorkflow.spiff"))]
assert loaded == [], loaded
print("nothing ran")
"""


def test_given_the_running_server_when_it_executes_diagrams_then_it_runs_no_text_and_spiffworkflow_s_engines_rest() -> (
    None
):
    result = subprocess.run(
        [sys.executable, "-c", RUN], cwd=PROJECT, capture_output=True, text=True, check=False, timeout=120
    )
    assert result.stdout.strip() == "nothing ran", result.stderr[-3000:]
