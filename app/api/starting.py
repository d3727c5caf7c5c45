"""Starting process instances, and waiting for what becomes of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.api.once import Once
from app.api.route import Caller
from app.api.schemas.common import millis
from app.api.schemas.process_instances import StartedProcessInstance, StartOptions
from app.api.waiting import wait_until
from app.commands import process_instances as commands
from app.db import Transaction
from app.engine.work import Work
from app.queries import process_instances as queries
from app.queries import variables
from bpmn.values import from_json, to_json

EXAMPLE = {
    "id": "019aa9d6-1b2c-7d3e-9f40-a1b2c3d4e5f6",
    "processDefinitionId": "019aa9d5-3c1e-7f10-8a52-5b8f1d0c9e11",
    "processDefinitionKey": "leave-request",
    "processDefinitionVersion": 1,
    "businessKey": "leave-2026-117",
    "state": "active",
}
_LOOK_AGAIN_SECONDS = 0.1


def start_by(
    tx: Work,
    body: StartOptions,
    *,
    definition_id: str | None = None,
    key: str | None = None,
    version: int | None = None,
    version_tag: str | None = None,
) -> StartedProcessInstance:
    """Start an instance of the definition that is named."""
    started = commands.start(
        tx,
        definition_id=definition_id,
        key=key,
        version=version,
        version_tag=version_tag,
        business_key=body.business_key,
        variables=body.variables,
        start_event=body.start_event,
        unique=body.unique,
    )
    return shown(started)


def shown(started: commands.Started) -> StartedProcessInstance:
    """A new instance as answers show it."""
    return {
        "id": started.id,
        "processDefinitionId": started.definition_id,
        "processDefinitionKey": started.definition_key,
        "processDefinitionVersion": started.version,
        "businessKey": started.business_key,
        "state": started.status,  # type: ignore[typeddict-item]
    }


async def wait_as_asked(caller: Caller, arguments: Mapping[str, Any], answer: bytes, only_once: Once | None) -> bytes:
    """The answer to a start when what its caller wanted to wait for has come, or its patience has ended."""
    options: StartOptions | None = arguments.get("body")
    if options is None or options.wait == "none":
        return answer
    started: StartedProcessInstance = from_json(answer)
    if "ends" in started:
        return answer
    instance_id = started["id"]
    patience = min(millis(options.wait_seconds) / 1000, caller.server.runtime.settings.max_wait_seconds)
    for_end = options.wait == "end"

    async def reached() -> bool:
        return await caller.server.read(lambda tx: queries.rests(tx, instance_id, ended=for_end))

    await wait_until(caller, ("instance", [instance_id]), reached, seconds=patience, pause=_LOOK_AGAIN_SECONDS)
    body = to_json(await caller.server.read(lambda tx: _with_results(tx, started)))
    if only_once is not None:
        await caller.server.write(lambda tx: only_once.amend(tx, body))
    return body


def _with_results(tx: Transaction, started: StartedProcessInstance) -> StartedProcessInstance:
    row = queries.get(tx, started["id"])
    values = variables.of_instance(tx, row.id, scope=0)
    return {
        **started,
        "state": row.status,  # type: ignore[typeddict-item]
        "variables": {found.name: found.value for found in values},
        "ends": (row.ending or {}).get("elements", []),
    }
