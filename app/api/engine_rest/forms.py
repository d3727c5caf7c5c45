"""Forms: by key, by reference, deployed beside the diagram, or drawn in it field by field."""

from __future__ import annotations

from html import escape
from typing import Any

from app.api.engine_rest.routing import Answer
from app.api.engine_rest.values import Typed as TypedVariables
from app.api.engine_rest.values import inferred, read_variable, shown
from app.db import Row, Transaction
from app.errors import InvalidRequest, NotFound
from app.queries import deployments
from app.queries.catalog.criteria import Criterion
from app.queries.catalog.deployments import RESOURCES
from app.queries.catalog.process_definitions import DEFINITIONS
from bpmn.drawing import Form, FormField
from bpmn.values import from_json

_DEPLOYED = ("embedded:deployment:", "operaton-forms:deployment:", "camunda-forms:deployment:", "deployment:")
# Types of fields that are drawn, and the types of their variables.
_TYPES = {"long": "Long", "integer": "Integer", "boolean": "Boolean", "date": "Date", "double": "Double"}
_FORM = ".form"


def reference(form: Form | None) -> dict[str, Any] | None:
    """How a form is referred to, where it is."""
    if form is None or form.ref is None:
        return None
    version = form.version or ""
    number = int(version) if version.isascii() and version.isdecimal() and len(version) < 10 else None
    return {"key": form.ref, "binding": form.binding or "latest", "version": number}


def form_shape(form: Form | None, key: str | None) -> dict[str, Any]:
    """How a form is named; `key` is what the task or start event says, evaluated."""
    referred = reference(form)
    return {
        "key": None if referred is not None else key,
        "camundaFormRef": referred,
        "operatonFormRef": referred,
        "contextPath": None,
    }


def deployed(tx: Transaction, form: Form | None, key: str | None, deployment_id: str) -> Answer:
    """The form that was deployed beside the diagram; raises `InvalidRequest`, `NotFound`."""
    if form is not None and form.ref is not None:
        return _referred(tx, form, deployment_id)
    prefix = next((prefix for prefix in _DEPLOYED if (key or "").startswith(prefix)), None)
    if prefix is None:
        said = f"The form with key '{key}' is not a deployed form" if key else "No form is named here"
        raise InvalidRequest(f"{said}.")
    name = (key or "")[len(prefix) :]
    try:
        content = deployments.content(tx, deployment_id, name)
    except NotFound:
        raise NotFound(f"The form with the resource name '{name}' cannot be found.") from None
    return Answer(content, 200, "application/json" if name.endswith(_FORM) else "application/xhtml+xml", _SAFE)


_SAFE = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"}


def _referred(tx: Transaction, form: Form, deployment_id: str) -> Answer:
    """A form by its own id: in the same deployment, or in the latest one that has it."""
    if form.binding not in (None, "latest", "deployment"):
        raise InvalidRequest(f"Forms bound by '{form.binding}' are not supported; bind them to the deployment.")
    where = [] if form.binding in (None, "latest") else [Criterion("deployment", "eq", deployment_id)]
    where.append(Criterion("name", "like", f"%{_FORM}"))
    for row in sorted(RESOURCES.page(tx, where), key=lambda row: row.deployment_id, reverse=True):
        content = deployments.content(tx, row.deployment_id, row.name)
        if _id_of(content) == form.ref:
            return Answer(content, 200, "application/json", _SAFE)
    raise NotFound(f"No form definition found for the form reference '{form.ref}'.")


def _id_of(content: bytes) -> Any:
    try:
        found = from_json(content)
    except (ValueError, UnicodeError):
        return None
    return found.get("id") if isinstance(found, dict) else None


def variables(
    form: Form | None, rows: dict[str, Row], wanted: list[str] | None, *, deserialize: bool
) -> dict[str, Any]:
    """The variables of a form: those that are there, and the defaults of drawn fields where they are not."""
    found = {name: shown(from_json(row[2]), row[3], row[4], deserialize=deserialize) for name, row in rows.items()}
    for field in form.fields if form is not None else ():
        if field.id not in found:
            found[field.id] = _default(field)
    return {name: value for name, value in found.items() if wanted is None or name in wanted}


def _default(field: FormField) -> dict[str, Any]:
    kind = _TYPES.get(field.type, "String")
    typed = TypedVariables()
    try:
        read_variable(typed, field.id, {"value": field.default, "type": kind})
    except InvalidRequest:
        # An expression, or a default that is none of its type: the field is empty.
        return shown(None, kind)
    value = typed.values[field.id]
    declared = typed.declared.get(field.id)
    return shown(value, declared.type if declared is not None else inferred(value) if value is not None else kind)


def rendered(form: Form | None, rows: dict[str, Row]) -> Answer:
    """A plain HTML form of the drawn fields; raises `NotFound` where none are drawn."""
    if form is None or not form.fields:
        raise NotFound("No matching rendered form: the diagram draws no form fields here.")
    fields = "\n".join(_rendered(field, rows.get(field.id)) for field in form.fields)
    page = f'<form name="generatedForm" role="form">\n{fields}\n</form>\n'
    return Answer(page.encode(), 200, "application/xhtml+xml", _SAFE)


def _rendered(field: FormField, row: Row | None) -> str:
    value = field.default if row is None else from_json(row[2])
    name, label = escape(field.id, quote=True), escape(field.label or field.id)
    marks = (' required="required"' if field.required else "") + (' readonly="readonly"' if field.readonly else "")
    kind = _TYPES.get(field.type, "String")
    attributes = f'class="form-control" name="{name}" cam-variable-name="{name}" cam-variable-type="{kind}"{marks}'
    return (
        f'<div class="form-group">\n<label for="{name}">{label}</label>\n{_control(field, attributes, value)}\n</div>'
    )


def _control(field: FormField, attributes: str, value: Any) -> str:
    if field.type == "enum":
        options = "".join(
            f'<option value="{escape(choice, quote=True)}"'
            f"{' selected=' + chr(34) + 'selected' + chr(34) if choice == value else ''}>{escape(label)}</option>"
            for choice, label in field.choices
        )
        return f"<select {attributes}>{options}</select>"
    if field.type == "boolean":
        checked = ' checked="checked"' if value in (True, "true") else ""
        return f'<input type="checkbox" {attributes}{checked}/>'
    shown_value = "" if value is None else escape(str(value), quote=True)
    return f'<input type="text" {attributes} value="{shown_value}"/>'


def deployment_of(tx: Transaction, definition_id: str) -> str:
    """The deployment that a definition came with; raises `NotFound`."""
    found = DEFINITIONS.page(tx, [Criterion("id", "eq", definition_id)])
    if not found:
        raise NotFound(f"No matching definition with id {definition_id}")
    return found[0].deployment_id
