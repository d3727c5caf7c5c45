"""Process definitions: named by id, or by key for the newest version; a tenant can only be named in vain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.api.engine_rest import definition_ids, definition_shapes, instance_shapes
from app.api.engine_rest.filters import NO_TENANT, definition, heeded, listing, moment, names, only, text, whole
from app.api.engine_rest.given import Given, fields
from app.api.engine_rest.incidents import number
from app.api.engine_rest.routing import Ask, Routes, Then
from app.api.engine_rest.values import Typed
from app.commands import process_definitions as commands
from app.commands import process_instances as instance_commands
from app.db import Transaction
from app.engine import files
from app.engine.work import Work
from app.errors import InvalidRequest, InvalidState, NotFound
from app.queries import process_definitions as queries
from app.queries.catalog.criteria import Criterion
from app.queries.catalog.process_definitions import DEFINITIONS, Definition

routes = Routes()

_LISTING = listing(
    {
        "processDefinitionId": definition("id"),
        "processDefinitionIdIn": lambda name, given: [
            Criterion("id", "in", [definition_ids.inside(one) for one in given.names(name) or ()])
        ],
        "name": text("name"),
        "nameLike": text("name", "like"),
        "deploymentId": text("deployment"),
        "deployedAfter": moment("created", "gt"),
        "deployedAt": moment("created", "eq"),
        "key": text("key"),
        "keysIn": names("key"),
        "keyLike": text("key", "like"),
        "category": text("category"),
        "categoryLike": text("category", "like"),
        "startableInTasklist": only("startable"),
        "notStartableInTasklist": only("startable", False),
        "incidentId": lambda name, given: [Criterion("incident", "eq", number(name, given))],
        "version": whole("version"),
        "latestVersion": only("latest"),
        "resourceName": text("resource"),
        "resourceNameLike": text("resource", "like"),
        "active": only("suspended", False),
        "suspended": only("suspended"),
        "incidentType": text("incident-kind"),
        "incidentMessage": text("incident-message"),
        "incidentMessageLike": text("incident-message", "like"),
        "versionTag": text("version-tag"),
        "versionTagLike": text("version-tag", "like"),
        "withoutVersionTag": only("version-tag", True, "null"),
        "startablePermissionCheck": heeded,
        "includeProcessDefinitionsWithoutTenantId": heeded,
        **NO_TENANT,
    },
    refused="startableBy",
    sorts={
        "category": "category",
        "key": "key",
        "id": "id",
        "name": "name",
        "version": "version",
        "deploymentId": "deployment",
        "deployTime": "created",
        "versionTag": "version-tag",
        "tenantId": "id",
    },
)
routes.catalog("/process-definition", DEFINITIONS, _LISTING, lambda row, ask: definition_shapes.of(row), post=False)

Find = Callable[..., Definition]


def by_id(tx: Transaction, *, id: str) -> Definition:
    """The definition with this id; raises `NotFound`."""
    found = DEFINITIONS.page(tx, [Criterion("id", "eq", definition_ids.inside(id))])
    if not found or id not in (found[0].id, definition_shapes.name(found[0])):
        raise NotFound(f"No matching definition with id {id}")
    return found[0]


def by_key(tx: Transaction, *, key: str) -> Definition:
    """The newest version; raises `NotFound`."""
    found = DEFINITIONS.page(tx, [Criterion("key", "eq", key), Criterion("latest", "eq", True)])
    if not found:
        raise NotFound(f"No matching process definition with key: {key} and no tenant-id")
    return found[0]


def by_tenant(tx: Transaction, *, key: str, tenant_id: str) -> Definition:
    """Nothing: there are no tenants."""
    raise NotFound(f"No matching process definition with key: {key} and tenant-id: {tenant_id}")


START = fields(
    "businessKey variables startInstructions skipCustomListeners skipIoMappings withVariablesInReturn",
    "caseInstanceId",
)
_INSTRUCTION = fields(
    "type activityId variables",
    "transitionId activityInstanceId transitionInstanceId ancestorActivityInstanceId "
    "cancelCurrentActiveActivityInstances",
)
_FORM = "variables are taken as they are: a form's own rules and defaults are the user interface's"
_SUSPENSION = fields("suspended includeProcessInstances executionDate", "processDefinitionId processDefinitionKey")


def offer(prefix: str, find: Find) -> None:
    """The operations on one definition, under one way of naming it."""

    @routes.read(prefix)
    def get(tx: Transaction, ask: Ask, **named: str) -> dict[str, Any]:
        return definition_shapes.of(find(tx, **named))

    @routes.read(f"{prefix}/xml")
    def xml(tx: Transaction, ask: Ask, **named: str) -> dict[str, Any]:
        found = find(tx, **named)
        return {"id": definition_shapes.name(found), "bpmn20Xml": queries.xml(tx, found.id).decode(errors="replace")}

    @routes.write(
        "POST", f"{prefix}/start", body=START, note="startInstructions: startBeforeActivity of one start event only"
    )
    def start(tx: Work, ask: Ask, **named: str) -> Any:
        return _start(tx, find, named, ask.body, ask.body.flag("withVariablesInReturn") or False)

    @routes.write("POST", f"{prefix}/submit-form", body=fields("businessKey variables"), note=_FORM)
    def submit(tx: Work, ask: Ask, **named: str) -> Any:
        return _start(tx, find, named, ask.body, False)

    @routes.write("PUT", f"{prefix}/suspended", body=_SUSPENSION)
    def suspend(tx: Work, ask: Ask, **named: str) -> None:
        change_suspension(tx, ask.body, definition_id=find(tx, **named).id)


for _prefix, _find in (
    ("/process-definition/{id}", by_id),
    ("/process-definition/key/{key}", by_key),
    ("/process-definition/key/{key}/tenant-id/{tenant-id}", by_tenant),
):
    offer(_prefix, _find)


def _start(tx: Work, find: Find, named: dict[str, str], given: Given, with_variables: bool) -> Any:
    if "tenant_id" in named:
        find(tx, **named)
    typed = given.variables("variables")
    try:
        started = instance_commands.start(
            tx,
            definition_id=definition_ids.inside(named["id"]) if "id" in named else None,
            key=named.get("key"),
            business_key=given.text("businessKey") or None,
            start_event=_start_event(given, typed),
            variables=typed.declare(tx),
        )
    except NotFound:
        # Said again in the words that clients know.
        find(tx, **named)
        raise
    shape = instance_shapes.instance(started)
    if named.get("id") not in (None, started.definition_id, shape["definitionId"]):
        raise NotFound(f"No matching definition with id {named['id']}")
    files.keep(tx, started.id, typed.files)
    if not with_variables:
        return shape
    return Then(lambda reading: {**shape, "variables": instance_shapes.process_variables(reading, started.id)})


def _start_event(given: Given, typed: Typed) -> str | None:
    """The start event that is named; its variables are added to those of the process."""
    skipped = [name for name in ("skipCustomListeners", "skipIoMappings") if given.flag(name)]
    instructions = given.objects("startInstructions")
    if not instructions:
        return None
    if skipped:
        raise InvalidRequest(f"`{skipped[0]}` with `startInstructions` is not supported by this server.")
    if len(instructions) > 1 or instructions[0].text("type") != "startBeforeActivity":
        raise InvalidRequest("`startInstructions`: only one `startBeforeActivity` of a start event is supported.")
    _INSTRUCTION.check(instructions[0].values, "startInstructions.")
    local = instructions[0].object("variables")
    if any(local.object(name).flag("local") for name in local.values):
        raise InvalidRequest("`startInstructions.variables`: local variables of a start event are not supported.")
    typed.add(instructions[0].variables("variables"))
    return instructions[0].required("activityId")


def change_suspension(tx: Work, given: Given, *, definition_id: str | None = None, key: str | None = None) -> None:
    """Suspend or resume a definition or all versions of a key; nothing happens to one that is so already."""
    suspended = given.flag("suspended")
    if suspended is None:
        raise InvalidRequest("`suspended` is required.")
    change = commands.suspend if suspended else commands.resume
    try:
        change(
            tx,
            definition_id,
            key=key,
            with_instances=given.flag("includeProcessInstances") or False,
            at_millis=given.moment("executionDate"),
        )
    except InvalidState as already:
        if already.code not in ("already-suspended", "already-active"):
            raise
