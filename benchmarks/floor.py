"""The floor: what the same answers cost with no interpreter and no house around them.

A plain Starlette application writes, for each command of a reference process, exactly the rows that the server leaves:
one statement on PostgreSQL (a prepared CTE), a few prepared ones on SQLite, one durable commit, the same packed history
with the same facts. It has no reads, no locks, no checks beyond the existence of the task, and cannot do anything but
the rehearsed runs; nothing that keeps the same rows can be expected to cost less in this language.

    python -m benchmarks.floor DATABASE_URL PORT
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import psycopg
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.engine.chronicle import pack
from app.engine.search import search_text
from app.ids import new_id
from benchmarks.doors import STARTS, TASKS
from benchmarks.models import Reference, Step, executed, rehearse
from bpmn.values import from_json, to_json

_INSERT_INSTANCE = (
    "INSERT INTO process_instance (id, definition_id, definition_key, business_key, status, caller_id, root_id, depth,"
    " revision, state, has_candidates, has_incidents, started_at, ended_at, ending) VALUES (:id, :definition,"
    " :key, NULL, :status, NULL, :id, 0, :seq, :state, 0, 0, :at, :ended, :ending)"
)
_UPDATE_INSTANCE = (
    "UPDATE process_instance SET revision = :seq, state = :state, status = :status, ended_at = :ended,"
    " ending = :ending WHERE id = :id"
)
_CLOSE_TASK = "DELETE FROM user_task WHERE id = :task"
_PUT_VARIABLES = (
    "INSERT INTO variable (instance_id, scope, name, value, search) VALUES {rows} ON CONFLICT (instance_id, scope,"
    " name) DO UPDATE SET value = excluded.value, search = excluded.search"
)
_OPEN_TASKS = (
    "INSERT INTO user_task (id, instance_id, definition_id, definition_key, element_id, name, priority, scopes,"
    " version, created_at) VALUES {rows}"
)
_APPEND = (
    "INSERT INTO history (instance_id, seq, at, actor, command, body) VALUES (:id, :seq, :at, NULL, :command, :body)"
)


class Script:
    """One rehearsed command: its statements, and the parameters that are the same each time."""

    def __init__(self, reference: Reference, definition: str, seq: int, step: Step) -> None:
        self.step = step
        self.seq = seq
        self.ended = step.ended is not None
        outcome = "active" if step.ended is None else step.ended.outcome
        ending = None if step.ended is None else to_json({"elements": step.ended.elements}).decode()
        self.constants: dict[str, Any] = {
            "definition": definition,
            "key": reference.key,
            "seq": seq,
            "state": step.state,
            "status": outcome,
            "ending": ending,
            "command": step.command,
        }
        self.statements = [_INSERT_INSTANCE if step.task is None else _UPDATE_INSTANCE]
        if step.values:
            self.statements.append(_PUT_VARIABLES.format(rows=self._variable_rows()))
        if step.opened:
            self.statements.append(_OPEN_TASKS.format(rows=self._task_rows()))
        self.statements.append(_APPEND)
        if step.task is not None:
            self.statements.append(_CLOSE_TASK)

    def _variable_rows(self) -> str:
        rows = []
        for number, (name, value) in enumerate(self.step.values.items()):
            rows.append(f"(:id, 0, :name{number}, :value{number}, :search{number})")
            self.constants[f"name{number}"] = name
            self.constants[f"value{number}"] = to_json(value).decode()
            self.constants[f"search{number}"] = search_text(value)
        return ", ".join(rows)

    def _task_rows(self) -> str:
        rows = []
        for number, fact in enumerate(self.step.opened):
            rows.append(f"(:id || '.{fact.activity}', :id, :definition, :key, :element{number}, :called{number},")
            rows[-1] += f" {fact.priority}, '0', 1, :at)"
            self.constants[f"element{number}"] = fact.element
            self.constants[f"called{number}"] = fact.name
        return ", ".join(rows)

    def parameters(self, instance_id: str, task_id: str | None) -> dict[str, Any]:
        now = int(time.time() * 1000)
        operation = None if task_id is None else {"task": task_id}
        own = {
            "id": instance_id,
            "at": now,
            "ended": now if self.ended else None,
            "task": task_id,
            "body": pack(operation, self.step.facts),
        }
        return {**self.constants, **own}


class Store(Protocol):
    """Runs the statements of a script in one durable transaction; whether the task was there."""

    threads: int
    """As many as the server has for commands by default."""

    def run(self, script: Script, parameters: dict[str, Any]) -> bool: ...


class PostgreSQL:
    """One prepared statement per command and one connection per thread."""

    threads = 10

    def __init__(self, url: str) -> None:
        self._url = url
        self._local = threading.local()
        self._texts: dict[Script, str] = {}

    def run(self, script: Script, parameters: dict[str, Any]) -> bool:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = psycopg.connect(self._url, autocommit=True)
        text = self._texts.get(script)
        if text is None:
            text = self._texts[script] = _as_one(script)
        return bool(connection.execute(text, parameters, prepare=True).rowcount)


class SQLite:
    """One connection; one thread writes at a time."""

    threads = 2

    def __init__(self, url: str) -> None:
        path = url.removeprefix("sqlite:///")
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=512)
        self._connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL")
        self._turn = threading.Lock()

    def run(self, script: Script, parameters: dict[str, Any]) -> bool:
        with self._turn:
            self._connection.execute("BEGIN IMMEDIATE")
            for statement in script.statements:
                changed = self._connection.execute(statement, parameters).rowcount
            self._connection.execute("COMMIT")
        return changed > 0


def _as_one(script: Script) -> str:
    """All statements as one, the last one outside of the WITH; named parameters in psycopg's style."""
    *first, last = script.statements
    with_all = ", ".join(f"part{number} AS ({statement})" for number, statement in enumerate(first))
    text = f"WITH {with_all} {last}"
    names = sorted({*script.constants, "id", "at", "ended", "task", "body"}, key=len, reverse=True)
    for name in names:
        text = text.replace(f":{name}", f"%({name})s")
    return text


class Floor:
    """The two routes."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._pool = ThreadPoolExecutor(store.threads)
        self._scripts = {reference.key: _scripts(reference) for reference in executed()}
        self._running: dict[str, list[Script]] = {}

    async def start(self, request: Request) -> Response:
        asked = from_json(await request.body())
        scripts = self._scripts[asked["processDefinitionKey"]]
        instance_id = new_id()
        await self._run(scripts[0], instance_id, None)
        if len(scripts) > 1:
            self._running[instance_id] = scripts[1:]
        return self._answer({"id": instance_id, "status": scripts[0].constants["status"]}, 201)

    async def complete(self, request: Request) -> Response:
        task_id = request.path_params["task_id"]
        from_json(await request.body())
        instance_id = task_id.partition(".")[0]
        scripts = self._running[instance_id]
        script = scripts[0]
        if not await self._run(script, instance_id, task_id):
            return Response(status_code=409)
        if script.ended:
            del self._running[instance_id]
        else:
            self._running[instance_id] = scripts[1:]
        return self._answer({"id": task_id, "status": script.constants["status"]}, 200)

    async def _run(self, script: Script, instance_id: str, task_id: str | None) -> bool:
        parameters = script.parameters(instance_id, task_id)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, self._store.run, script, parameters)

    def _answer(self, body: dict[str, Any], status: int) -> Response:
        return Response(to_json(body), status, media_type="application/json")


def _scripts(reference: Reference) -> list[Script]:
    definition = new_id()
    return [Script(reference, definition, number, step) for number, step in enumerate(rehearse(reference), 1)]


def main() -> None:
    url, port = sys.argv[1:]
    floor = Floor(SQLite(url) if url.startswith("sqlite") else PostgreSQL(url))
    routes = [
        Route(STARTS, floor.start, methods=["POST"]),
        Route(TASKS + "/{task_id}/complete", floor.complete, methods=["POST"]),
    ]
    uvicorn.run(Starlette(routes=routes), host="127.0.0.1", port=int(port), access_log=False, log_level="warning")


if __name__ == "__main__":
    main()
