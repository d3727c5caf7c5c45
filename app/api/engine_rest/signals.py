"""Signals: thrown to all, or brought to one execution."""

from __future__ import annotations

from app.api.engine_rest.given import fields
from app.api.engine_rest.routing import Ask, Routes
from app.commands import executions
from app.commands import signals as commands
from app.engine import files
from app.engine.work import Work
from app.errors import InvalidRequest

routes = Routes()


@routes.write(
    "POST",
    "/signal",
    body=fields("name executionId variables withoutTenantId", "tenantId"),
    note="receivers go on in transactions of their own, right after the answer; no files, and no transient "
    "variables, unless an execution is named",
)
def throw(tx: Work, ask: Ask) -> None:
    """Throw a signal."""
    name = ask.body.required("name", message="No signal name given")
    typed = ask.body.variables("variables")
    execution_id = ask.body.text("executionId")
    if execution_id is not None:
        done = executions.deliver(tx, execution_id=execution_id, kind="signal", name=name, variables=typed.declare(tx))
        files.keep(tx, done.process_instance_id, typed.files)
        return
    if typed.files:
        raise InvalidRequest("Files cannot travel with a signal to all; name an execution, or send a message.")
    if typed.transient:
        raise InvalidRequest("Transient variables cannot travel with a signal to all; name an execution.")
    commands.throw(tx, name=name, variables=typed.declare(tx))
