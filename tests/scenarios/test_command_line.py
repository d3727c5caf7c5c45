"""The command line, as an operator uses it."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from httpx2 import TimeoutException

from app.cli import main
from tests.api.client import Api
from tests.api.diagrams import PAYMENT, TIMER, UNUSABLE
from tests.driver import ONE_TASK
from tests.server import PATIENCE, ROOT, RunningServer


def typed(*arguments: str | Path, database_url: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "THROUGHLINE_DATABASE_URL": database_url, **settings}
    command = [sys.executable, "-m", "app", *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False)


def test_given_an_empty_database_when_it_is_migrated_twice_then_it_is_ready_both_times(bare_database_url: str) -> None:
    for _ in range(2):
        done = typed("migrate", database_url=bare_database_url)
        assert (done.returncode, done.stderr) == (0, "")
        assert "has the newest schema" in done.stdout
    with Api(bare_database_url) as api:
        assert api.get("/health")["status"] == "up"


@pytest.mark.parametrize("command", ["serve", "worker", "doctor", "deploy"])
def test_given_an_empty_database_when_a_command_needs_it_then_it_says_what_to_do_first(
    bare_database_url: str, command: str
) -> None:
    arguments = [command, __file__] if command == "deploy" else [command]
    done = typed(*arguments, database_url=bare_database_url)
    assert (done.returncode, done.stdout) == (1, "")
    assert "first: python -m app migrate" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", ["serve", "worker", "doctor", "deploy"])
def test_given_no_database_file_when_a_command_needs_it_then_none_is_left_behind(
    tmp_path: Path, in_process: pytest.MonkeyPatch, command: str
) -> None:
    in_process.setenv("THROUGHLINE_DATABASE_URL", f"sqlite:///{tmp_path / 'folder' / 'missing.db'}")
    with pytest.raises(SystemExit, match=r"is not there; first: python -m app migrate"):
        main([command, __file__] if command == "deploy" else [command])
    assert not (tmp_path / "folder").exists()


def test_given_files_when_they_are_deployed_by_command_then_a_running_server_knows_them(
    database_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "one.bpmn"
    file.write_bytes(ONE_TASK)
    with RunningServer(database_url) as server:
        done = typed("deploy", file, database_url=database_url)
        assert done.returncode == 0, done.stderr
        assert "p version 1" in done.stdout
        again = typed("deploy", file, database_url=database_url)
        assert "was there with the same content" in again.stdout
        assert server.client.post("/process-definitions/by-key/p/start").status_code == 201


def test_given_a_diagram_that_cannot_run_when_it_is_deployed_by_command_then_its_problems_are_printed(
    database_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "strange.bpmn"
    file.write_bytes(UNUSABLE)
    done = typed("deploy", file, database_url=database_url)
    assert done.returncode == 1
    assert "strange.bpmn:3: strange" in done.stdout
    assert "cannot be executed" in done.stderr


def test_given_instances_when_the_doctor_looks_then_it_says_that_all_is_well(database_url: str) -> None:
    with Api(database_url) as api:
        api.deploy(ONE_TASK)
        api.start()
    done = typed("doctor", database_url=database_url)
    assert (done.returncode, done.stdout) == (0, "1 process instances checked, 0 differences found\n")


def test_given_a_server_without_worker_when_a_worker_runs_beside_it_then_due_jobs_are_done_and_it_stops_on_demand(
    database_url: str,
) -> None:
    soon = TIMER.replace(b"PT1H", b"PT1S")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "THROUGHLINE_DATABASE_URL": database_url}
    command = [sys.executable, "-m", "app", "worker"]
    with RunningServer(database_url, worker="false") as server, subprocess.Popen(command, env=environment) as worker:
        try:
            assert server.client.get("/health").json()["worker"] == "off"
            server.client.post("/deployments", files={"f": ("t.bpmn", soon)})
            body = {"processDefinitionKey": "timer", "wait": "end", "waitSeconds": PATIENCE - 10}
            assert server.client.post("/process-instances", json=body).json()["state"] == "completed"
        finally:
            worker.send_signal(signal.SIGTERM)
        assert worker.wait(PATIENCE) == 0


def test_given_a_worker_that_hung_up_while_it_waited_when_work_comes_then_the_next_one_gets_it(sqlite_url: str) -> None:
    asked = {"workerId": "gone", "topics": [{"name": "payment"}], "waitSeconds": 1000}
    with RunningServer(sqlite_url) as server:
        with pytest.raises(TimeoutException):
            server.client.post("/external-tasks/fetch-and-lock", json=asked, timeout=0.5)
        server.client.post("/deployments", files={"f": ("p.bpmn", PAYMENT)})
        server.client.post("/process-definitions/by-key/payment/start")
        found = server.client.post("/external-tasks/fetch-and-lock", json={**asked, "workerId": "w"}, timeout=10)
        assert len(found.json()["items"]) == 1


def test_given_a_waiting_request_when_the_server_is_told_to_stop_then_it_answers_and_stops(sqlite_url: str) -> None:
    with RunningServer(sqlite_url) as server:
        body = '{"workerId":"w","topics":[{"name":"t"}],"waitSeconds":1000}'
        address = f"{server.address}/api/v1/external-tasks/fetch-and-lock"
        script = (
            "import sys, urllib.request as u\n"
            "asked = u.Request(sys.argv[1], sys.argv[2].encode(), {'content-type': 'application/json'})\n"
            "print('asking', flush=True)\n"
            "print(u.urlopen(asked).read().decode())"
        )
        command = [sys.executable, "-c", script, address, body]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as waiting:
            assert waiting.stdout is not None
            assert waiting.stdout.readline() == "asking\n"
            with pytest.raises(subprocess.TimeoutExpired):
                waiting.wait(1)
            server.process.send_signal(signal.SIGTERM)
            assert server.process.wait(5) in (0, -signal.SIGTERM)
            assert waiting.stdout.read() == '{"items":[]}\n'


@pytest.fixture
def in_process(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Settings for commands that are done in this process, since they end before anything has begun."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    monkeypatch.setenv("THROUGHLINE_DATABASE_URL", sqlite_url)
    yield monkeypatch
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.parametrize(
    ("arguments", "settings", "said"),
    [
        (["serve", "--host", "0.0.0.0"], {}, "There is no access control yet"),
        (["serve"], {"PORT": "many"}, "THROUGHLINE_PORT: "),
        (["serve"], {"LOG_LEVEL": "LOUD"}, "THROUGHLINE_LOG_LEVEL: "),
        (["serve"], {"SCRIPT_LANGUAGES": "python,groovy"}, "THROUGHLINE_SCRIPT_LANGUAGES: "),
        (["serve"], {"SCRIPT_LANGUAGES": '["python"'}, "THROUGHLINE_SCRIPT_LANGUAGES: "),
        (["serve"], {"DATABASE_URL": f"sqlite:///{__file__}"}, "The database cannot be used: "),
        (["deploy", "/nowhere/missing.bpmn"], {}, "/nowhere/missing.bpmn"),
        (["doctor"], {"DATABASE_URL": "mysql://host/db"}, "THROUGHLINE_DATABASE_URL: "),
        (["doctor"], {"DATABASE_URL": "nonsense"}, "THROUGHLINE_DATABASE_URL: "),
        (["doctor"], {"DATABASE_URL": "postgresql://127.0.0.1:1/none"}, "cannot be reached"),
        (["doctor"], {"DATABASE_URL": "postgresql://host:many/none"}, "THROUGHLINE_DATABASE_URL: "),
        *(
            ([command], {"DATABASE_URL": "postgresql://127.0.0.1:1/none", "PORT": "0"}, "Connection refused")
            for command in ("run", "serve", "worker", "migrate")
        ),
        (["nonsense"], {}, "invalid choice"),
        ([], {}, "required"),
    ],
)
def test_given_something_wrong_when_a_command_is_typed_then_the_reason_is_said_and_nothing_is_begun(
    in_process: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    settings: dict[str, str],
    said: str,
) -> None:
    for name, value in settings.items():
        in_process.setenv(f"THROUGHLINE_{name}", value)
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code not in (0, None)
    assert said in f"{ended.value.code} {capsys.readouterr().err}"


def test_given_bad_settings_when_the_server_is_started_then_it_says_so_in_one_line_and_ends_with_1() -> None:
    for url, settings in (
        ("postgresql://127.0.0.1:1/none", {"THROUGHLINE_PORT": "0"}),
        ("postgresql://127.0.0.1:many/none", {}),
        ("sqlite:////proc/nowhere/throughline.db", {"THROUGHLINE_PORT": "0"}),
        ("sqlite:///unused.db", {"THROUGHLINE_PORT": "many"}),
    ):
        done = typed("serve", database_url=url, **settings)
        assert (done.returncode, len(done.stderr.splitlines())) == (1, 1), done.stderr


def test_given_a_variable_that_looks_like_a_setting_when_a_command_is_typed_then_it_is_told_and_nothing_is_lost(
    sqlite_url: str,
) -> None:
    done = typed("migrate", database_url=sqlite_url, THROUGHLINE_PROT="8080", THROUGHLINE_LOG_LEVEL="INFO")
    assert done.returncode == 0
    assert (
        done.stderr == "THROUGHLINE_PROT is set in the environment and is no setting; did you mean THROUGHLINE_PORT?\n"
    )
