"""The server is killed again and again while clients work; nothing that it acknowledged is lost or done twice."""

from __future__ import annotations

import statistics
import time
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from app.commands import deployments, external_tasks, messages, user_tasks
from app.commands.external_tasks import Topic
from app.config import Settings
from app.engine import doctor
from app.engine.runtime import Runtime
from app.queries import external_tasks as work_queries
from app.queries import history, process_instances
from app.queries import user_tasks as task_queries
from app.queries.page import Paging
from app.queries.process_instances import InstanceRow
from app.worker.loop import Worker
from tests.concurrency.client import Acknowledged, Client
from tests.concurrency.mortal import MortalServer
from tests.concurrency.stories import DIAGRAMS, STORIES

SEED = 20261122
KILLS = 26
CLIENTS = 8
# One start in so many is that of the command line, from the beginning; the others are forks that have imported it.
BY_COMMAND = 9
# One life in so many ends while the server is starting.
AT_BIRTH = 8
ALL = Paging(limit=100_000)


@pytest.mark.parametrize("kills", [KILLS, pytest.param(20 * KILLS, marks=pytest.mark.soak)])
def test_clients_of_a_server_that_is_killed_lose_nothing(database_url: str, tmp_path: Path, kills: int) -> None:
    deploy(database_url)
    server = MortalServer(database_url, tmp_path / "log", SEED)
    clients = [Client(number, server.port, SEED) for number in range(CLIENTS)]
    finished = False
    with ThreadPoolExecutor(CLIENTS) as pool:
        playing = [pool.submit(client.play, STORIES, until=lambda: finished) for client in clients]
        try:
            for number in range(kills):
                server.live_and_die(by_command=number % BY_COMMAND == 0, at_birth=number % AT_BIRTH == 1)
                raise_problems(playing)
        finally:
            finished = True
            with server.alive():
                raise_problems(playing, wait=True)
    runtime = Runtime(Settings(database_url=database_url))
    try:
        assert runtime.write(doctor.check_all) == []
        check_history(runtime, [entry for client in clients for entry in client.log])
        finish_everything(runtime)
        assert runtime.write(doctor.check_all) == []
    finally:
        runtime.close()
    assert no_errors(tmp_path / "log")
    report(server, clients, kills)


def deploy(database_url: str) -> None:
    runtime = Runtime(Settings(database_url=database_url))
    files = {f"{number}.bpmn": diagram for number, diagram in enumerate(DIAGRAMS)}
    prepared = deployments.prepare(files, runtime.settings)
    runtime.write(lambda tx: deployments.create(tx, prepared, name="kill test"))
    runtime.close()


def raise_problems(playing: list[Future[None]], *, wait: bool = False) -> None:
    """Raise what a client has not borne."""
    for future in playing:
        if wait or future.done():
            future.result()


def instances(runtime: Runtime, state: str | None = None) -> list[InstanceRow]:
    filters = process_instances.Filters() if state is None else process_instances.Filters(statuses=(state,))
    return runtime.read(lambda tx: process_instances.list_instances(tx, ALL, filters)).items


def check_history(runtime: Runtime, log: list[Acknowledged]) -> None:
    """Every acknowledged command stands in the history once, and no other one twice."""
    happened: Counter[Acknowledged] = Counter()
    for instance in instances(runtime):
        entries = runtime.read(partial(history.timeline, instance_id=instance.id, paging=ALL)).items
        for entry in entries:
            about = entry.details.get("task") or entry.details.get("message") or ""
            happened[entry.kind, instance.id, about] += 1
    assert len(log) > 200
    assert Counter(log) == {entry: happened[entry] for entry in log}
    once_only = {command for command, _, _ in log}
    assert [entry for entry, times in happened.items() if entry[0] in once_only and times > 1] == []
    keys = Counter(instance.business_key for instance in instances(runtime) if instance.business_key)
    assert max(keys.values()) == 1


def finish_everything(runtime: Runtime) -> None:
    """Bring every instance to its end, whatever it waits for."""
    worker = Worker(runtime)
    deadline = time.monotonic() + 30
    while running := instances(runtime, "active"):
        assert time.monotonic() < deadline, running
        for task in runtime.read(lambda tx: task_queries.list_tasks(tx, ALL)).items:
            runtime.write(partial(user_tasks.complete, task_id=task.id))
        for topic in {task.topic for task in runtime.read(lambda tx: work_queries.list_tasks(tx, ALL)).items}:
            work_off(runtime, topic)
        for instance in running:
            if instance.definition_key == "order":
                pay(runtime, instance.id)
        worker.work_off()


def work_off(runtime: Runtime, topic: str) -> None:
    asked = partial(external_tasks.fetch_and_lock, worker_id="last", topics=[Topic(topic, 60_000)], max_tasks=200)
    for task in runtime.write(asked):
        runtime.write(partial(external_tasks.complete, task_id=task.id, worker_id="last"))


def pay(runtime: Runtime, instance_id: str) -> None:
    open_now = runtime.read(partial(process_instances.get, instance_id=instance_id))
    if open_now.status == "active" and not tasks_of(runtime, instance_id):
        runtime.write(partial(messages.correlate, name="paid", process_instance_id=instance_id))


def tasks_of(runtime: Runtime, instance_id: str) -> list[task_queries.TaskRow]:
    filters = task_queries.Filters(process_instance_id=instance_id)
    return runtime.read(lambda tx: task_queries.list_tasks(tx, ALL, filters)).items


def no_errors(log: Path) -> bool:
    """Whether the server met nothing that it did not understand."""
    text = log.read_text()
    assert "Traceback" not in text, text[text.index("Traceback") - 500 :][:5000]
    return True


def report(server: MortalServer, clients: list[Client], kills: int) -> None:
    """Shown by `pytest -s`, and where the test fails."""
    commands = Counter(entry[0] for client in clients for entry in client.log)
    print(
        f"\n{kills} kills, {sum(commands.values())} acknowledged commands {dict(commands)}, "
        f"{sum(client.repeated for client in clients)} requests repeated, first answer after a restart: "
        f"{statistics.median(server.restarts[True]):.2f} s by the command line (longest "
        f"{max(server.restarts[True]):.2f} s), {statistics.median(server.restarts[False]):.2f} s by a fork"
    )
