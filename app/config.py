"""Settings, from the environment: every one is named THROUGHLINE_ and its field's name in capitals."""

from __future__ import annotations

import json
from typing import Annotated, Literal, TypeAlias, TypeVar, get_args

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bpmn.policy import ForeignWork, Listeners, Policy

MEGABYTE = 1024 * 1024
ScriptLanguage: TypeAlias = Literal["python", "javascript"]
_DATABASES = ("sqlite://", "postgresql://", "postgresql+psycopg://")
T = TypeVar("T")


def _listed(given: object) -> object:
    """Names with commas between them, as they are typed, or a JSON list of them."""
    if not isinstance(given, str):
        return given
    if given.strip().startswith('["'):
        return json.loads(given)
    return [name for part in given.split(",") if (name := part.strip())]


def _known_database(url: str) -> str:
    if not url.startswith(_DATABASES):
        raise ValueError("write sqlite:///path/to/file or postgresql://user:password@host/database")
    return url


Listed: TypeAlias = Annotated[list[T], NoDecode, BeforeValidator(_listed)]


class Settings(BaseSettings):
    """All settings with their defaults; the description of each is its documentation."""

    model_config = SettingsConfigDict(env_prefix="THROUGHLINE_", frozen=True, extra="forbid")

    database_url: Annotated[str, AfterValidator(_known_database)] = Field(
        default="sqlite:///data/throughline.db",
        description="Where everything is kept: `sqlite:///path/to/file` or `postgresql://user:password@host/database`.",
    )
    database_connections: int = Field(default=10, ge=1, le=500, description="Connections kept open by one process.")
    sqlite_synchronous: Literal["FULL", "NORMAL"] = Field(
        default="FULL",
        description="FULL survives a power cut; NORMAL is faster and may lose the last commands in one.",
    )
    busy_seconds: float = Field(
        default=10.0, gt=0, description="How long a command waits for the database before it is refused as busy."
    )

    host: str = Field(default="127.0.0.1", description="The address the server listens on.")
    port: int = Field(default=8080, ge=0, le=65535, description="The port the server listens on.")
    i_know_that_anyone_who_can_connect_controls_everything: bool = Field(
        default=False,
        description="Listen on another address than loopback although there is no access control yet.",
    )
    allowed_hosts: Listed[str] = Field(
        default_factory=lambda: ["localhost", "127.0.0.1", "[::1]"],
        description="Host headers that are answered (without port; commas between them), against DNS rebinding.",
    )
    allowed_origins: Listed[str] = Field(
        default_factory=list,
        description="Origins of web pages that may use the server, such as `https://intranet`; commas between them.",
    )

    max_request_bytes: int = Field(default=32 * MEGABYTE, ge=1024, description="The largest request body.")
    max_resource_bytes: int = Field(
        default=8 * MEGABYTE, ge=1024, description="The largest single file in a deployment."
    )
    max_resources: int = Field(default=500, ge=1, description="The most files in one deployment.")
    parse_seconds: float = Field(
        default=20.0, gt=0, description="How long reading the diagrams of one deployment may take."
    )
    foreign_work: ForeignWork = Field(
        default=ForeignWork.EXTERNAL_TASK,
        description="Diagrams that name work of another system (Java classes, beans, connectors, SpiffArena's "
        "operators): `external-task` offers it to workers, with that name as topic; `pass` counts it as done, for "
        "trying out; `refuse` does not deploy them.",
    )
    listeners: Listeners = Field(
        default=Listeners.EXTERNAL_TASK,
        description="Listeners that name Java classes, beans or types of jobs: `external-task` offers them to workers "
        "and waits for them; `ignore` executes diagrams without, and the report warns of each; `refuse` does not "
        "deploy them.",
    )
    max_wait_seconds: float = Field(
        default=1800.0, ge=0, description="The longest that a request may wait for work or an end."
    )

    max_steps: int = Field(
        default=1000, ge=1, description="Steps of one instance in one transaction; the rest follows as a job."
    )
    step_ceiling: int = Field(
        default=100_000,
        ge=1,
        description="Automatic steps without any wait before an instance is stopped by an incident.",
    )
    max_call_depth: int = Field(default=100, ge=1, description="How deep processes may call processes.")
    max_call_descendants: int = Field(
        default=10_000, ge=1, description="Instances that deep calls below one root may start."
    )
    return_seconds: float = Field(
        default=1.0, ge=0, description="How long a command carries results on to calling instances before it answers."
    )

    script_languages: Listed[ScriptLanguage] = Field(
        default_factory=lambda: list(get_args(ScriptLanguage)),
        description="In which languages scripts of diagrams are run; diagrams with others are not deployed. Each needs "
        "its package (`pydantic-monty`, `quickjs-ng`).",
    )
    script_seconds: float = Field(
        default=2.0, gt=0, le=20, description="How long a script may compute before it becomes an incident."
    )
    script_megabytes: int = Field(default=64, ge=8, le=4096, description="Memory that a script may take.")
    script_characters: int = Field(
        default=1_000_000, ge=100, le=20_000_000, description="Characters of JSON that a script may give back."
    )
    script_processes: int = Field(
        default=2, ge=1, le=64, description="Scripts that run at a time, in each language, in processes of their own."
    )

    worker: bool = Field(default=True, description="Whether `serve` also works off jobs.")
    worker_batch: int = Field(default=50, ge=1, description="Jobs claimed at once.")
    worker_poll_seconds: float = Field(default=0.5, gt=0, description="How often an idle worker looks for due jobs.")
    job_retries: int = Field(default=3, ge=1, description="Attempts at a job before it becomes an incident.")
    job_backoff_seconds: float = Field(
        default=10.0, ge=0, description="Pause after the first failed attempt; doubled each time."
    )
    job_lease_seconds: float = Field(
        default=60.0, gt=0, description="After this, a job of a worker that died is taken over."
    )
    sent_message_seconds: float = Field(
        default=3600.0, ge=0, description="How long a message that a process sends waits for a receiver."
    )
    idempotency_hours: float = Field(
        default=24.0, gt=0, description="How long the answer to an idempotency key is kept."
    )

    decision_history_days: float = Field(
        default=30.0,
        ge=0,
        le=36_500,
        description="How long it is kept what decisions were evaluated to that no process asked for, where "
        "the decision itself says nothing of it; 0 keeps nothing at all.",
    )

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="The least that is logged."
    )
    log_format: Literal["text", "json"] = Field(default="text", description="Lines for people or for programs.")

    @property
    def policy(self) -> Policy:
        """How diagrams are read that are made for the inside of another engine."""
        return Policy(self.foreign_work, self.listeners)
