"""Deployments: the Modeler's button, and lists."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from app.api.engine_rest import decision_shapes, definition_shapes, errors
from app.api.engine_rest.dates import moment as shown_moment
from app.api.engine_rest.filters import NO_TENANT, heeded, listing, moment, only, text
from app.api.engine_rest.given import Given, fields
from app.api.engine_rest.routing import Answer, Ask, Routes
from app.api.multipart import Part, read_parts
from app.commands import deployments as commands
from app.commands.deployments import Deployed, Prepared
from app.db import Transaction
from app.engine import uploads
from app.engine.work import Work
from app.errors import InvalidModel, InvalidRequest, NotFound
from app.queries import deployments as queries
from app.queries.catalog.criteria import Criterion
from app.queries.catalog.decisions import DECISIONS, REQUIREMENTS
from app.queries.catalog.deployments import DEPLOYMENTS, RESOURCES, Deployment, Resource
from app.queries.catalog.process_definitions import DEFINITIONS

routes = Routes()
T = TypeVar("T")

_RESERVED = frozenset(
    {
        "deployment-name",
        "deployment-activation-time",
        "enable-duplicate-filtering",
        "deploy-changed-only",
        "deployment-source",
        "tenant-id",
    }
)
_LISTING = listing(
    {
        "id": text("id"),
        "name": text("name"),
        "nameLike": text("name", "like"),
        "source": text("source"),
        "withoutSource": only("has-source", False),
        "after": moment("created", "gt"),
        "before": moment("created", "lt"),
        "includeDeploymentsWithoutTenantId": heeded,
        **NO_TENANT,
    },
    sorts={"id": "id", "name": "name", "deploymentTime": "created", "tenantId": "id"},
)


def _shape(row: Deployment, ask: Ask) -> dict[str, Any]:
    return {
        "links": [],
        "id": row.id,
        "name": row.name,
        "source": row.source,
        "tenantId": None,
        "deploymentTime": shown_moment(row.created_at),
    }


routes.catalog("/deployment", DEPLOYMENTS, _LISTING, _shape, post=False)


@routes.read("/deployment/registered", note="always empty: process applications are Java")
def registered(tx: Transaction, ask: Ask) -> list[str]:
    """Deployments of process applications."""
    return []


@routes.own(
    "POST",
    "/deployment/create",
    form=True,
    body=fields(
        "deployment-name deployment-source enable-duplicate-filtering deploy-changed-only deployment-activation-time "
        "tenant-id data"
    ),
    note="an unchanged repetition answers with the definitions that are there, as they are",
)
async def create(ask: Ask) -> Any:
    """Deploy files; each part with a file name is one."""
    files, form = await _read_form(ask)
    if not files:
        raise InvalidRequest("No deployment resources contained in the form upload.")
    upload = _Upload(
        files,
        form.get("deployment-name") or next(iter(files)),
        form.get("deployment-source") or None,
        Given(form).moment("deployment-activation-time"),
        _flag(form, "enable-duplicate-filtering"),
    )
    try:
        if _flag(form, "deploy-changed-only"):
            return await _create_changed(ask, upload)
        prepared = await _prepared(ask, files)
    except InvalidModel as invalid:
        return Answer(errors.unparsed(invalid, files), 400)
    return await ask.server.write(lambda tx: _created(tx, ask, upload, prepared))


def _flag(form: dict[str, str], name: str) -> bool:
    given = form.get(name, "").lower()
    if given not in ("", "true", "false"):
        raise InvalidRequest(f"`{name}` is true or false, not {given[:100]!r}.")
    return given == "true"


@dataclass(frozen=True, slots=True)
class _Upload:
    """What is asked to be deployed; `active_from` in milliseconds."""

    files: dict[str, bytes]
    name: str
    source: str | None
    active_from: int | None
    filter_duplicates: bool


async def _prepared(ask: Ask, files: dict[str, bytes]) -> Prepared:
    runtime = ask.server.runtime
    return await ask.server.read_files(lambda: commands.prepare(files, runtime.settings, runtime.sandboxes))


async def _create_changed(ask: Ask, upload: _Upload) -> dict[str, Any]:
    """Deploy what is new; again where somebody else deployed something of it meanwhile."""
    while True:
        new = await ask.server.read(lambda tx: uploads.changed(tx, upload.name, upload.source, upload.files))
        prepared = await _prepared(ask, new) if new else None
        write = partial(_created_changed, ask=ask, upload=upload, prepared=prepared)
        if (answer := await ask.server.write(write)) is not None:
            return answer


async def _read_form(ask: Ask) -> tuple[dict[str, bytes], dict[str, str]]:
    files: dict[str, bytes] = {}
    form: dict[str, str] = {}
    for part in await read_parts(ask.request, max_files=ask.server.runtime.settings.max_resources):
        if part.name in _RESERVED:
            _add(form, part.name, _field(part))
        elif not part.filename:
            raise InvalidRequest(
                f"No file name found in the deployment resource described by form parameter '{part.name[:80]}'."
            )
        else:
            _add(files, part.filename, part.content)
    return files, form


def _add(found: dict[str, T], name: str, value: T) -> None:
    if name in found:
        raise InvalidRequest(f"'{name[:80]}' is given more than once in the form.")
    found[name] = value


def _field(part: Part) -> str:
    name, text = part.name, part.text
    if name == "tenant-id" and text:
        raise InvalidRequest("`tenant-id` is not supported by this server: there are no tenants.")
    return text


def _created(tx: Work, ask: Ask, upload: _Upload, prepared: Prepared) -> dict[str, Any]:
    made = commands.create(
        tx,
        prepared,
        name=upload.name,
        source=upload.source,
        filter_duplicates=upload.filter_duplicates,
        active_from=upload.active_from,
    )
    return _made(tx, ask, made, upload.source)


def _created_changed(tx: Work, ask: Ask, upload: _Upload, prepared: Prepared | None) -> dict[str, Any] | None:
    made = commands.create_changed(
        tx, prepared, upload.files, name=upload.name, source=upload.source, active_from=upload.active_from
    )
    return None if made is None else _made(tx, ask, made, upload.source)


def _made(tx: Work, ask: Ask, made: Deployed, source: str | None) -> dict[str, Any]:
    of_this = [Criterion("deployment", "eq", made.id)]
    definitions = DEFINITIONS.page(tx, of_this)
    decisions = {row.id: decision_shapes.definition(row) for row in DECISIONS.page(tx, of_this)}
    decision_files = {row.id: decision_shapes.requirements(row) for row in REQUIREMENTS.page(tx, of_this)}
    return {
        **_shape(Deployment(made.id, made.name, source, made.created_at), ask),
        "deployedProcessDefinitions": {definition_shapes.name(row): definition_shapes.of(row) for row in definitions}
        or None,
        "deployedDecisionDefinitions": decisions or None,
        "deployedDecisionRequirementsDefinitions": decision_files or None,
        "deployedCaseDefinitions": None,
    }


def _one(tx: Transaction, id: str) -> Deployment:
    found = DEPLOYMENTS.page(tx, [Criterion("id", "eq", id)])
    if not found:
        raise NotFound(f"Deployment with id '{id}' does not exist")
    return found[0]


@routes.read("/deployment/{id}")
def get(tx: Transaction, ask: Ask, id: str) -> dict[str, Any]:
    """One deployment."""
    return _shape(_one(tx, id), ask)


@routes.write("DELETE", "/deployment/{id}", query=fields("cascade skipCustomListeners skipIoMappings"))
def delete(tx: Work, ask: Ask, id: str) -> None:
    """Remove a deployment, with `cascade` its instances too."""
    _one(tx, id)
    commands.delete(tx, id, cascade=ask.query.flag("cascade") or False)


@routes.read("/deployment/{id}/resources")
def resources(tx: Transaction, ask: Ask, id: str) -> list[dict[str, Any]]:
    """The files of a deployment."""
    _one(tx, id)
    return [_resource(row) for row in RESOURCES.page(tx, [Criterion("deployment", "eq", id)])]


def _resource(row: Resource) -> dict[str, Any]:
    return {"id": f"{row.deployment_id}.{row.position}", "name": row.name, "deploymentId": row.deployment_id}


def _find_resource(tx: Transaction, deployment_id: str, resource_id: str) -> Resource:
    position = resource_id.removeprefix(f"{deployment_id}.")
    number = int(position) if position.isascii() and position.isdigit() and len(position) < 10 else -1
    found = RESOURCES.page(tx, [Criterion("deployment", "eq", deployment_id), Criterion("position", "eq", number)])
    if not found:
        raise NotFound(
            f"Deployment resource with resource id '{resource_id}' for deployment id '{deployment_id}' does not exist."
        )
    return found[0]


@routes.read("/deployment/{id}/resources/{resourceId}")
def resource(tx: Transaction, ask: Ask, id: str, resourceId: str) -> dict[str, Any]:
    """One file of a deployment."""
    return _resource(_find_resource(tx, id, resourceId))


@routes.read("/deployment/{id}/resources/{resourceId}/data")
def resource_data(tx: Transaction, ask: Ask, id: str, resourceId: str) -> Answer:
    """The file as it was uploaded."""
    row = _find_resource(tx, id, resourceId)
    return definition_shapes.download(queries.content(tx, id, row.name), row.name)
