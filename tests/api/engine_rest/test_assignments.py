"""User tasks whose people cannot be computed, in the dialect."""

from __future__ import annotations

from tests.api.diagrams import UNKNOWN_PEOPLE, WHAT_IS_UNKNOWN
from tests.api.engine_rest.client import Rest, typed


def test_given_people_are_unknown_when_asked_for_then_task_incident_and_history_tell(rest: Rest) -> None:
    rest.deploy(UNKNOWN_PEOPLE)
    instance_id = rest.start()["id"]
    (task,) = rest.tasks(unassigned="true")
    (incident,) = rest.get("/incident", processInstanceId=instance_id)
    assert (incident["incidentType"], incident["activityId"]) == ("assignment-failed", "work")
    rest.put(f"/task/{task['id']}", {"due": "2026-04-01T00:00:00.000+0000", "priority": 9})
    rest.post(f"/task/{task['id']}/identity-links", {"groupId": "staff", "type": "candidate"}, status=204)
    kinds = {name: "Integer" if isinstance(value, int) else "String" for name, value in WHAT_IS_UNKNOWN.items()}
    body = {"modifications": {name: typed(kinds[name], value) for name, value in WHAT_IS_UNKNOWN.items()}}
    rest.post(f"/process-instance/{instance_id}/variables", body, status=204)

    rest.delete(f"/incident/{incident['id']}")

    (task,) = rest.tasks(assignee="cy")
    assert (task["priority"], task["due"]) == (9, "2026-04-01T00:00:00.000+0000")
    assert rest.get("/incident") == []
    (past,) = rest.get("/history/task", processInstanceId=instance_id)
    assert {name: past[name] for name in ("assignee", "priority", "due")} == {
        name: task[name] for name in ("assignee", "priority", "due")
    }
    (told,) = rest.get("/history/incident", processInstanceId=instance_id)
    assert told["resolved"] is True
