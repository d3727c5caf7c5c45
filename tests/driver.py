"""The tests' way into the server below HTTP: what callers do, and what they can look at, over a real database."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, TypeVar

from app.clock import SettableClock
from app.commands import deployments, external_tasks, messages, process_instances, signals, user_tasks
from app.commands import variables as variable_commands
from app.commands.deployments import Deployed
from app.commands.external_tasks import Fetched, Topic
from app.commands.process_instances import Started
from app.config import Settings
from app.db import Transaction
from app.engine import doctor
from app.engine.runtime import Runtime
from app.engine.work import Work
from app.queries import history as history_queries
from app.queries import incidents as incident_queries
from app.queries import jobs as job_queries
from app.queries import process_instances as instance_queries
from app.queries import user_tasks as task_queries
from app.queries import variables as variable_queries
from app.queries.history import Entry
from app.queries.incidents import IncidentRow
from app.queries.page import Paging
from app.queries.process_instances import InstanceRow
from app.queries.user_tasks import TaskRow
from app.worker.loop import Worker

T = TypeVar("T")
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ALL = Paging(limit=1000)

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="defs" targetNamespace="urn:test">"""


def process(body: str, *, key: str = "p", outside: str = "", attributes: str = "") -> bytes:
    """A diagram with one process; `outside` stands beside it (messages, signals, errors)."""
    inside = f'<process id="{key}" isExecutable="true" {attributes}>{body}</process>'
    return f"{HEAD}{outside}{inside}</definitions>".encode()


def chain(*nodes: str) -> str:
    """Nodes in a row, joined by flows; each is an element with an `id` as its first attribute."""
    ids = [node.split('id="', 1)[1].split('"', 1)[0] for node in nodes]
    flows = [f'<sequenceFlow id="{a}-{b}" sourceRef="{a}" targetRef="{b}"/>' for a, b in pairwise(ids)]
    return "".join([*nodes, *flows])


ONE_TASK = process(chain('<startEvent id="s"/>', '<userTask id="work" name="Do it"/>', '<endEvent id="e"/>'))


def files_of(contents: Sequence[bytes]) -> dict[str, bytes]:
    """Files under names that say what they are: diagrams, or decisions."""
    kinds = ["dmn" if b"/spec/DMN/" in content else "bpmn" for content in contents]
    return {f"diagram{number}.{kinds[number]}": content for number, content in enumerate(contents)}


class Driver:
    """A server without doors whose clock stands still until it is moved."""

    def __init__(self, database_url: str, **settings: Any) -> None:
        self.clock = SettableClock(MONDAY)
        self.settings = Settings(database_url=database_url, job_backoff_seconds=10, **settings)
        self.runtime = Runtime(self.settings, clock=self.clock)
        self.worker = Worker(self.runtime)

    def close(self) -> None:
        """Compare state and rows, and let go of the database."""
        try:
            assert self.differences() == []
        finally:
            self.runtime.close()

    def differences(self) -> list[str]:
        return self.write(doctor.check_all)

    def write(self, command: Callable[[Work], T], actor: str | None = None) -> T:
        return self.runtime.write(command, actor=actor)

    def read(self, query: Callable[[Transaction], T]) -> T:
        return self.runtime.read(query)

    # --- what callers do ---

    def deploy(self, *diagrams: bytes, name: str = "test", filter_duplicates: bool = False) -> Deployed:
        prepared = deployments.prepare(files_of(diagrams), self.settings, self.runtime.sandboxes)
        return self.write(lambda tx: deployments.create(tx, prepared, name=name, filter_duplicates=filter_duplicates))

    def start(self, key: str = "p", variables: Mapping[str, Any] | None = None, **how: Any) -> Started:
        return self.write(lambda tx: process_instances.start(tx, key=key, variables=variables, **how))

    def complete(self, task_id: str, variables: Mapping[str, Any] | None = None, **how: Any) -> user_tasks.Completed:
        return self.write(lambda tx: user_tasks.complete(tx, task_id, variables=variables, **how))

    def cancel(self, instance_id: str, reason: str | None = None) -> None:
        self.write(lambda tx: process_instances.cancel(tx, instance_id, reason=reason))

    def publish(self, name: str, key: str | None = None, *, ttl: int = 60_000, **how: Any) -> str:
        return self.write(lambda tx: messages.publish(tx, name=name, correlation_key=key, ttl_millis=ttl, **how)).fate

    def correlate(self, name: str, **how: Any) -> messages.Correlated:
        return self.write(lambda tx: messages.correlate(tx, name=name, **how))

    def signal(self, name: str, variables: Mapping[str, Any] | None = None) -> None:
        self.write(lambda tx: signals.throw(tx, name=name, variables=variables))

    def fetch(self, topic: str, *, worker: str = "w", seconds: int = 60, limit: int = 10) -> list[Fetched]:
        asked = [Topic(topic, seconds * 1000)]
        return self.write(lambda tx: external_tasks.fetch_and_lock(tx, worker_id=worker, topics=asked, max_tasks=limit))

    def finish(self, task_id: str, variables: Mapping[str, Any] | None = None, *, worker: str = "w") -> None:
        self.write(lambda tx: external_tasks.complete(tx, task_id, worker_id=worker, variables=variables))

    def refuse(self, task_id: str, code: str, message: str | None = None, *, worker: str = "w") -> None:
        """Report a BPMN error for fetched work."""
        self.write(lambda tx: external_tasks.bpmn_error(tx, task_id, worker_id=worker, code=code, message=message))

    def set_variables(self, instance_id: str, values: Mapping[str, Any], scope: int = 0) -> None:
        self.write(lambda tx: variable_commands.set_values(tx, instance_id, values=values, scope=scope))

    # --- time ---

    def work_off(self) -> int:
        """Do all jobs that are due now, and those that they leave; how many."""
        done = 0
        while count := self.worker.work_off():
            done += count
        return done

    def travel(self, **by: float) -> int:
        """Let time pass and do what falls due: `travel(hours=2)`."""
        self.clock.advance(timedelta(**by))
        return self.work_off()

    # --- what can be looked at ---

    def tasks(self, **filters: Any) -> list[TaskRow]:
        return self.read(lambda tx: task_queries.list_tasks(tx, ALL, task_queries.Filters(**filters))).items

    def task(self, element_id: str = "work") -> TaskRow:
        (found,) = self.tasks(element_id=element_id)
        return found

    def instance(self, instance_id: str) -> InstanceRow:
        return self.read(lambda tx: instance_queries.get(tx, instance_id))

    def instances(self, **filters: Any) -> list[InstanceRow]:
        return self.read(lambda tx: instance_queries.list_instances(tx, ALL, instance_queries.Filters(**filters))).items

    def variables(self, instance_id: str, scope: int = 0) -> dict[str, Any]:
        rows = self.read(lambda tx: variable_queries.of_instance(tx, instance_id, scope=scope))
        return {row.name: row.value for row in rows}

    def jobs(self, **filters: Any) -> list[job_queries.JobRow]:
        return self.read(lambda tx: job_queries.list_jobs(tx, ALL, job_queries.Filters(**filters))).items

    def incidents(self, **filters: Any) -> list[IncidentRow]:
        filters.setdefault("resolved", False)
        return self.read(lambda tx: incident_queries.list_incidents(tx, ALL, incident_queries.Filters(**filters))).items

    def history(self, instance_id: str, *kinds: str) -> list[Entry]:
        return self.read(lambda tx: history_queries.timeline(tx, instance_id, ALL, kinds=frozenset(kinds))).items
