"""Variables under the address of what has them: instances, executions and tasks share these operations."""

from __future__ import annotations

from functools import partial
from typing import Any

from app.api.engine_rest.given import fields
from app.api.engine_rest.instance_shapes import variables as shown_variables
from app.api.engine_rest.routing import Answer, Ask, Routes
from app.api.engine_rest.values import Typed, read_variable, shown
from app.api.engine_rest.variable_instances import binary
from app.api.multipart import read_by_name
from app.commands import variables as commands
from app.db import Row, Transaction
from app.engine import files
from app.engine.files import File, reference
from app.engine.work import Work
from app.errors import InvalidRequest, NotFound
from app.ids import new_id
from app.queries import places
from bpmn.values import from_json

VALUE = fields("value type valueInfo")


def offer(routes: Routes, prefix: str, *, what: str, local: bool) -> None:
    """The operations on the variables below `prefix`, which ends with the name of the collection.

    `what` is what has the variables, as clients are told. With `local` only its own are meant, else all that it sees.
    """

    @routes.read(prefix, query=fields("deserializeValues"))
    def list_all(tx: Transaction, ask: Ask, id: str) -> dict[str, Any]:
        rows = places.variables(tx, id, local=local)
        return shown_variables(rows.values(), deserialize=ask.query.deserialized(unless_said=True))

    @routes.write("POST", prefix, body=fields("modifications deletions"))
    def modify(tx: Work, ask: Ask, id: str) -> None:
        typed = ask.body.variables("modifications")
        _change(tx, id, typed, ask.body.names("deletions") or [], local)

    one = f"{prefix}/{{varName}}"

    @routes.read(one, query=fields("deserializeValue"))
    def get(tx: Transaction, ask: Ask, id: str, varName: str) -> dict[str, Any]:
        _, _, text, kind, info = _row(tx, id, varName, what, local)
        return shown(from_json(text), kind, info, deserialize=ask.query.deserialized(unless_said=True))

    @routes.write("PUT", one, body=VALUE)
    def put(tx: Work, ask: Ask, id: str, varName: str) -> None:
        typed = Typed()
        read_variable(typed, varName, dict(ask.body.values))
        _change(tx, id, typed, [], local)

    @routes.write("DELETE", one)
    def delete(tx: Work, ask: Ask, id: str, varName: str) -> None:
        commands.change(tx, id, values={}, remove=[varName], local=local)

    @routes.read(f"{one}/data")
    def data(tx: Transaction, ask: Ask, id: str, varName: str) -> Answer:
        return binary(tx, from_json(_row(tx, id, varName, what, local)[2]), varName)

    @routes.own("POST", f"{one}/data", form=True, body=fields("data valueType"))
    async def upload(ask: Ask, id: str, varName: str) -> None:
        file = await _read_file(ask)
        typed = Typed({varName: reference(file)}, {}, [file])
        await ask.server.write(partial(_change, place=id, typed=typed, remove=[], local=local))


def _change(tx: Work, place: str, typed: Typed, remove: list[str], local: bool) -> None:
    instance_id = commands.change(tx, place, values=typed.declare(tx), remove=remove, local=local)
    files.keep(tx, instance_id, typed.files)


def _row(tx: Transaction, place: str, name: str, what: str, local: bool) -> Row:
    found = places.variables(tx, place, local=local).get(name)
    if found is None:
        raise NotFound(f"{what} variable with name {name} does not exist")
    return found


async def _read_file(ask: Ask) -> File:
    parts = await read_by_name(ask.request, max_files=1)
    data, kind = parts.get("data"), parts["valueType"].text if "valueType" in parts else ""
    if data is None:
        raise InvalidRequest("No 'data' part is in the form.")
    if kind not in ("", "Bytes", "File"):
        raise InvalidRequest("`valueType` is Bytes or File.")
    if kind == "File":
        return File(new_id(), data.content, data.filename or "data", data.media_type, None)
    return File(new_id(), data.content, None, None, None)
