"""User tasks."""

from __future__ import annotations

from typing import Any, Literal

from app.api.engine_rest import forms, instance_shapes, task_shapes, variable_routes
from app.api.engine_rest.given import Given, fields
from app.api.engine_rest.routing import Answer, Ask, Routes, Then
from app.commands import user_tasks as commands
from app.db import Transaction
from app.engine import files
from app.engine.work import Work
from app.errors import InvalidRequest, NotFound
from app.ids import split_activity_id
from app.queries import places
from app.queries.catalog import user_tasks as catalog
from app.queries.catalog.criteria import Criterion
from app.queries.catalog.user_tasks import OFFERS, TASKS, Task
from bpmn.drawing import Form

routes = Routes()


def _finished(tx: Transaction, ask: Ask, shaped: list[Any]) -> list[Any]:
    """Add what the caller wants to know besides: comments and attachments, variables."""
    given = ask.body if ask.request.method == "POST" else ask.query
    if given.flag("withCommentAttachmentInfo"):
        commented, attached = catalog.about(tx, [task["id"] for task in shaped])
        for task in shaped:
            task.update(attachment=task["id"] in attached, comment=task["id"] in commented)
    with_all, with_local = given.flag("withTaskVariablesInReturn"), given.flag("withTaskLocalVariablesInReturn")
    if with_all and with_local:
        raise InvalidRequest("Only one of withTaskVariablesInReturn and withTaskLocalVariablesInReturn can be true.")
    if with_all or with_local:
        for task in shaped:
            rows = places.variables(tx, task["id"], local=bool(with_local))
            task["variables"] = instance_shapes.variables(rows.values(), deserialize=False)
    return shaped


routes.catalog(
    "/task",
    TASKS,
    task_shapes.LISTING,
    task_shapes.shape,
    drawn=True,
    finish=_finished,
    note="not sorted by `taskVariable` and `executionVariable`; `processVariable` with its `parameters` in a body; "
    "texts by their first 200 characters, numbers of any type together",
)


@routes.read("/task/report/candidate-group-count", note="as JSON only")
def group_report(tx: Transaction, ask: Ask) -> list[dict[str, Any]]:
    """How many tasks that nobody has taken are offered to each group."""
    return [{"groupName": name, "taskCount": number} for name, number in catalog.by_group(tx)]


def one(tx: Transaction, id: str) -> Task:
    """One open task; raises `NotFound`."""
    found = TASKS.page(tx, [Criterion("id", "eq", id)])
    if not found:
        raise NotFound(f"No matching task with id {id}", code="user-task-not-found")
    return found[0]


@routes.read(
    "/task/{id}", query=fields("withCommentAttachmentInfo withTaskVariablesInReturn withTaskLocalVariablesInReturn")
)
def get(tx: Transaction, ask: Ask, id: str) -> dict[str, Any]:
    """One open task."""
    found: dict[str, Any] = _finished(tx, ask, [task_shapes.shape(one(tx, id), ask)])[0]
    return found


_CHANGED = {
    "name": "name",
    "description": "documentation",
    "assignee": "assignee",
    "owner": "owner",
    "priority": "priority",
    "due": "due_at",
    "followUp": "follow_up_at",
    "delegationState": "delegation",
}


@routes.write(
    "PUT",
    "/task/{id}",
    body=fields(
        " ".join(_CHANGED)
        + " id created lastUpdated executionId processDefinitionId processInstanceId taskDefinitionKey "
        "suspended formKey camundaFormRef operatonFormRef taskState",
        "parentTaskId caseExecutionId caseDefinitionId caseInstanceId tenantId",
    ),
    note="sets all of name, description, assignee, owner, priority, due, followUp and delegationState; what is left "
    "out is cleared, as in Camunda",
)
def update(tx: Work, ask: Ask, id: str) -> None:
    """Change a task."""
    given = ask.body
    delegation = given.text("delegationState")
    if delegation is not None and delegation.lower() not in ("pending", "resolved"):
        raise InvalidRequest("Valid values for property 'delegationState' are 'PENDING' or 'RESOLVED'")
    priority = given.small("priority")
    values: dict[str, Any] = {
        "name": given.text("name"),
        "documentation": given.text("description"),
        "assignee": given.text("assignee"),
        "owner": given.text("owner"),
        "priority": 0 if priority is None else priority,
        "due_at": given.moment("due"),
        "follow_up_at": given.moment("followUp"),
        "delegation": None if delegation is None else delegation.lower(),
    }
    if priority is None:
        del values["priority"]
    commands.change(tx, id, values)


_USER = fields("userId")


@routes.write("POST", "/task/{id}/claim", body=_USER)
def claim(tx: Work, ask: Ask, id: str) -> None:
    """Take a task."""
    commands.claim(tx, id, user=ask.body.required("userId"))


@routes.write("POST", "/task/{id}/unclaim")
def unclaim(tx: Work, ask: Ask, id: str) -> None:
    """Give a task back."""
    commands.unclaim(tx, id)


@routes.write("POST", "/task/{id}/assignee", body=_USER)
def assign(tx: Work, ask: Ask, id: str) -> None:
    """Give a task to somebody."""
    commands.assign(tx, id, user=ask.body.text("userId") or None)


@routes.write("POST", "/task/{id}/delegate", body=_USER)
def delegate(tx: Work, ask: Ask, id: str) -> None:
    """Let somebody else do it and give it back."""
    commands.delegate(tx, id, user=ask.body.required("userId"))


@routes.write("POST", "/task/{id}/resolve", body=fields("variables", "withVariablesInReturn"))
def resolve(tx: Work, ask: Ask, id: str) -> None:
    """Give a delegated task back to its owner."""
    typed = ask.body.variables("variables")
    commands.resolve(tx, id, variables=typed.declare(tx))
    files.keep(tx, split_activity_id(id)[0], typed.files)


@routes.write("POST", "/task/{id}/complete", body=fields("variables withVariablesInReturn"))
def complete(tx: Work, ask: Ask, id: str) -> Any:
    """Finish a task."""
    return _complete(tx, ask.body, id)


@routes.write(
    "POST",
    "/task/{id}/submit-form",
    body=fields("variables withVariablesInReturn"),
    note="variables are taken as they are: a form's own rules and defaults are the user interface's",
)
def submit(tx: Work, ask: Ask, id: str) -> Any:
    """Finish a task with what was filled in."""
    return _complete(tx, ask.body, id)


def _complete(tx: Work, given: Given, id: str) -> Any:
    typed = given.variables("variables")
    done = commands.complete(tx, id, variables=typed.declare(tx))
    instance_id = done.process_instance_id
    files.keep(tx, instance_id, typed.files)
    if not given.flag("withVariablesInReturn"):
        return None
    return Then(lambda reading: instance_shapes.process_variables(reading, instance_id))


@routes.write("POST", "/task/{id}/bpmnError", body=fields("errorCode errorMessage variables"))
def bpmn_error(tx: Work, ask: Ask, id: str) -> None:
    """End a task in an exception that the diagram may know."""
    typed = ask.body.variables("variables")
    commands.bpmn_error(
        tx,
        id,
        code=ask.body.required("errorCode"),
        message=ask.body.text("errorMessage"),
        variables=typed.declare(tx),
    )
    files.keep(tx, split_activity_id(id)[0], typed.files)


@routes.write("POST", "/task/{id}/bpmnEscalation", body=fields("escalationCode variables"))
def bpmn_escalation(tx: Work, ask: Ask, id: str) -> None:
    """Raise an escalation that the diagram catches."""
    typed = ask.body.variables("variables")
    commands.escalate(tx, id, code=ask.body.required("escalationCode"), variables=typed.declare(tx))
    files.keep(tx, split_activity_id(id)[0], typed.files)


def _form(tx: Transaction, ask: Ask, id: str) -> tuple[Task, Form | None]:
    row = one(tx, id)
    drawn = ask.drawings.get(row.definition_id).elements.get(row.element_id)
    return row, drawn.form if drawn is not None else None


@routes.read("/task/{id}/form")
def form(tx: Transaction, ask: Ask, id: str) -> dict[str, Any]:
    """How the form of a task is named."""
    row, drawn = _form(tx, ask, id)
    return forms.form_shape(drawn, row.form_key)


@routes.read("/task/{id}/form-variables", query=fields("variableNames deserializeValues"))
def form_variables(tx: Transaction, ask: Ask, id: str) -> dict[str, Any]:
    """The variables of the form of a task: those that the task sees, and the defaults of drawn fields."""
    _, drawn = _form(tx, ask, id)
    deserialize = ask.query.deserialized(unless_said=True)
    return forms.variables(drawn, places.variables(tx, id), ask.query.names("variableNames"), deserialize=deserialize)


@routes.read("/task/{id}/rendered-form")
def rendered_form(tx: Transaction, ask: Ask, id: str) -> Answer:
    """A plain HTML form of the fields that the diagram draws."""
    _, drawn = _form(tx, ask, id)
    return forms.rendered(drawn, places.variables(tx, id))


@routes.read("/task/{id}/deployed-form")
def deployed_form(tx: Transaction, ask: Ask, id: str) -> Answer:
    """The form that was deployed beside the diagram."""
    row, drawn = _form(tx, ask, id)
    return forms.deployed(tx, drawn, row.form_key, forms.deployment_of(tx, row.definition_id))


variable_routes.offer(routes, "/task/{id}/variables", what="task", local=False)
variable_routes.offer(routes, "/task/{id}/localVariables", what="task", local=True)

_LINK = fields("userId groupId type")


@routes.read("/task/{id}/identity-links", query=fields("type"))
def identity_links(tx: Transaction, ask: Ask, id: str) -> list[dict[str, Any]]:
    """Who has to do with a task: assignee, owner, candidates."""
    row = one(tx, id)
    links = [_link("assignee", row.assignee), _link("owner", row.owner)]
    for offer in OFFERS.page(tx, [Criterion("task", "eq", id)]):
        user = offer.name if offer.kind == "user" else None
        links.append(_link("candidate", user, None if offer.kind == "user" else offer.name))
    wanted = ask.query.text("type")
    return [
        link for link in links if (link["userId"] or link["groupId"]) and (wanted is None or link["type"] == wanted)
    ]


def _link(kind: str, user: str | None, group: str | None = None) -> dict[str, Any]:
    return {"userId": user, "groupId": group, "type": kind}


@routes.write("POST", "/task/{id}/identity-links", body=_LINK, note="types: candidate, assignee, owner")
def add_link(tx: Work, ask: Ask, id: str) -> None:
    """Offer a task to somebody, or make somebody its assignee or owner."""
    kind, name, link_type = _linked(ask.body)
    if link_type == "candidate":
        commands.offer(tx, id, kind=kind, name=name)
    else:
        commands.change(tx, id, {link_type: name})


@routes.write("POST", "/task/{id}/identity-links/delete", body=_LINK, note="types: candidate, assignee, owner")
def remove_link(tx: Work, ask: Ask, id: str) -> None:
    """Take that back."""
    kind, name, link_type = _linked(ask.body)
    if link_type == "candidate":
        commands.withdraw(tx, id, kind=kind, name=name)
    else:
        commands.change(tx, id, {link_type: None})


def _linked(given: Given) -> tuple[Literal["user", "group"], str, str]:
    user, group, link_type = given.text("userId"), given.text("groupId"), given.text("type") or "candidate"
    if (user is None) == (group is None):
        raise InvalidRequest("Identity Link requires userId or groupId, but not both.")
    if link_type not in ("candidate", "assignee", "owner"):
        raise InvalidRequest("`type`: only candidate, assignee and owner are supported by this server.")
    if group is not None and link_type != "candidate":
        raise InvalidRequest(f"A group cannot be the {link_type} of a task.")
    return ("user", user, link_type) if user is not None else ("group", group or "", link_type)
