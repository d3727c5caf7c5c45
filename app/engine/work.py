"""The transaction of a command, with all that a command needs besides the database."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from typing import Any

from app import queue
from app.clock import Clock, to_millis
from app.config import Settings
from app.db import Database, Transaction
from app.engine import deciding
from app.engine.definitions import Definitions
from app.engine.variables import Declared
from app.ids import new_id
from app.queue import Claimed
from bpmn.execution import Context
from bpmn.values import Value


class Work(Transaction):
    """One command's transaction: `now`, `actor`, settings and models, and what is to be done when it is committed.

    `at_once` names jobs that the committing process is to do before it answers. `notices` are what listeners in this
    process are told: ("jobs", ""), ("scripts", ""), ("topic", name), ("instance", id).
    """

    def __init__(
        self,
        database: Database,
        settings: Settings,
        definitions: Definitions,
        clock: Clock,
        actor: str | None,
        within: Transaction | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        super().__init__(database, writes=True, within=within)
        self.settings = settings
        self.definitions = definitions
        self.actor = actor
        self.chance = chance
        self.now = clock.now()
        self.millis = to_millis(self.now)
        self.at_once: list[Claimed] = []
        self.notices: set[tuple[str, str]] = set()
        self.descendants = 0
        # The job that is being done, if any.
        self.doing = 0
        # Types of variables that their values do not show, by name, as the caller of this command declared them.
        self.declared: dict[str, Declared] = {}
        # Variables that the caller gave for this command alone; see app/engine/transient.py.
        self.transient: dict[str, Value] = {}

    def context(self, instance_id: str, definition_id: str, business_key: str | None) -> Context:
        """What the interpreter is told of the world outside of an instance of this definition."""
        settings = self.settings
        return Context(
            self.now,
            settings.max_steps,
            settings.step_ceiling,
            self.actor,
            business_key,
            instance_id,
            definition_id,
            self.chance,
            partial(deciding.in_force, self, definition_id),
        )

    def add_job(self, kind: str, **fields: Any) -> None:
        """Leave a job for whichever worker comes first."""
        queue.add(self, now=self.millis, retries=self.settings.job_retries, kind=kind, **fields)
        self.notices.add(queue.notice(kind))

    def add_job_at_once(self, kind: str, **fields: Any) -> None:
        """Leave a job that this process does right after the commit; where it dies, a worker does it."""
        owner = new_id()
        lease_end = self.millis + int(self.settings.job_lease_seconds * 1000)
        job = queue.add_claimed(
            self,
            now=self.millis,
            retries=self.settings.job_retries,
            owner=owner,
            lease_end=lease_end,
            kind=kind,
            **fields,
        )
        self.at_once.append(job)
