"""Activities of ad-hoc subprocesses, begun by whoever performs them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.engine import advance, instances
from app.engine.instances import Held
from app.engine.variables import checked
from app.engine.work import Work
from app.errors import InvalidRequest, InvalidState
from app.ids import activity_id, split_activity_id
from bpmn.errors import NotWaiting
from bpmn.values import Value


@dataclass(frozen=True, slots=True)
class Begun:
    """The ad-hoc subprocess in which the activity was begun, and how the instance stands after it."""

    activity_id: str
    status: str


def begin(
    tx: Work,
    instance_id: str,
    *,
    element: str,
    activity: str | None = None,
    variables: Mapping[str, Value] | None = None,
) -> Begun:
    """Begin an activity of an open ad-hoc subprocess; `activity` names the subprocess where several could be meant.

    The variables are set in the subprocess. Raises `NotFound`, `InvalidRequest`, `InvalidState`.
    """
    given = checked(variables)
    number = None if activity is None else _number(instance_id, activity)
    row, _ = instances.lock(tx, instance_id)
    instances.require_active(row)
    held = instances.restore(tx, row)
    if number is None:
        number = _only_one(held, element)
    try:
        held.execution.choose(number, element, given)
    except NotWaiting as problem:
        raise InvalidState(f"It cannot be begun: {problem}.", code="ad-hoc-activity-not-possible") from None
    begun = activity_id(row.id, number)
    advance.settle(tx, held, "begin-ad-hoc-activity", {"activity": begun, "element": element})
    return Begun(begun, row.status)


def _number(instance_id: str, activity: str) -> int:
    owner, number = split_activity_id(activity)
    if owner != instance_id:
        raise InvalidRequest(f"{activity!r} is no activity instance of process instance {instance_id!r}.")
    return number


def _only_one(held: Held, element: str) -> int:
    fitting = [choice.activity for choice in held.execution.choices() if element in choice.elements]
    if len(fitting) != 1:
        raise InvalidState(
            f"{len(fitting)} open ad-hoc subprocesses let {element!r} begin; name one by its activity instance.",
            code="ad-hoc-activity-not-possible",
        )
    return fitting[0]
