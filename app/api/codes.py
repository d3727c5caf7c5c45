"""Every code of a refusal with its HTTP status and what it means, and every kind of incident: docs/errors.md.

tests/architecture/test_errors_documented.py compares these tables with the code.
"""

from __future__ import annotations

CODES: dict[str, tuple[int, str]] = {
    # Requests
    "invalid-request": (400, "The request contradicts its description; `errors` names every place."),
    "json-invalid": (
        400,
        "The body is not JSON, or holds what cannot be kept: half a surrogate pair, a number too long.",
    ),
    "json-too-deep": (400, "The body is nested deeper than 100 levels."),
    "json-too-many-values": (400, "The body holds more lists, objects or values than are read at once."),
    "http-invalid": (400, "What was sent is not HTTP: a request line, a header, a length or a chunk is broken."),
    "nul-character": (400, "The request holds the character NUL, which no database keeps."),
    "address-invalid": (400, "Path or query string is not UTF-8."),
    "form-invalid": (400, "The form of a deployment is broken, or has fields that are not known."),
    "cursor-invalid": (400, "The cursor is not one that this list gave; begin anew without it."),
    "list-too-long": (400, "A list asked for without a limit has too many entries; say how many you want."),
    "variable-filter-invalid": (400, "A filter does not read `name_operator_value`, or compares what has no order."),
    "variable-name-invalid": (400, "A variable's name takes 1 to 255 characters."),
    "variable-value-invalid": (400, "A variable's value is not JSON."),
    "idempotency-key-invalid": (400, "An idempotency key takes 1 to 255 printable ASCII characters."),
    "host-not-allowed": (421, "The Host header names another server; see THROUGHLINE_ALLOWED_HOSTS."),
    "origin-not-allowed": (403, "A web page of another origin; see THROUGHLINE_ALLOWED_ORIGINS."),
    "not-permitted": (403, "The caller may not do this."),
    "route-not-found": (404, "There is nothing at this path; /docs lists what there is."),
    "method-not-allowed": (405, "The path takes other methods: `Allow` names them."),
    "too-large": (413, "A file is larger, or there are more of them, than the settings allow."),
    "request-too-large": (413, "The body is larger than THROUGHLINE_MAX_REQUEST_BYTES."),
    "unsupported-media-type": (415, "The body is of another kind than the operation reads, or compressed."),
    # Expressions
    "expression-invalid": (400, "The text is no expression of its language; `position` says where, counted from 1."),
    "evaluation-failed": (
        400,
        "The expression has no result for this context, or takes more than the budget; `position` says where.",
    ),
    # Deployments and process definitions
    "invalid-model": (
        422,
        "A diagram or decision cannot be executed; `report` names every problem by file, line and element.",
    ),
    "deployment-empty": (400, "A deployment holds at least one file."),
    "file-name-invalid": (400, "A file's name takes 1 to 255 characters."),
    "deployment-not-found": (404, "There is no deployment of this id."),
    "resource-not-found": (404, "The deployment has no file of this name."),
    "deployment-in-use": (409, "Its definitions have process instances; delete it with `cascade` to remove them too."),
    "timer-invalid": (409, "A timer start has no due time that can be computed."),
    "process-definition-not-found": (404, "There is no process definition of this id, key, version or tag."),
    "process-definition-suspended": (409, "The definition starts nothing until it is resumed."),
    "already-suspended": (409, "The definition is suspended already."),
    "already-active": (409, "The definition is not suspended."),
    # Decisions
    "decision-not-found": (404, "There is no decision of this id, key, version or tag."),
    "decision-evaluation-not-found": (404, "There is no evaluation of this id, or it is not kept any more."),
    "decision-failed": (400, "A decision takes too many steps or too long; `position` is the character of the text."),
    "decision-unusable": (409, "This release cannot evaluate decisions that an earlier one deployed."),
    # Process instances and variables
    "process-instance-not-found": (404, "There is no process instance of this id, or it was deleted."),
    "process-instance-exists": (
        409,
        "A unique start: an instance of this business key runs; `processInstanceId` names it.",
    ),
    "process-instance-suspended": (409, "The instance rests; resume it first."),
    "process-instance-not-suspended": (409, "The instance does not rest; `state` says how it stands."),
    "process-instance-ended": (409, "The instance is over; `state` says how."),
    "process-instance-running": (409, "Only a finished instance can be deleted; cancel it first."),
    "business-key-required": (400, "A unique start needs a business key."),
    "business-key-invalid": (400, "A business key takes 1 to 255 characters."),
    "start-event-invalid": (409, "The process has no such start event, or none that can be started so."),
    "scope-not-found": (404, "The instance has no open scope of this number; 0 is the process itself."),
    "variable-not-found": (404, "There is no variable of this name in the scope."),
    # User tasks
    "user-task-not-found": (404, "There is no such open task: it was completed or canceled, or never existed."),
    "user-task-ambiguous": (409, "Several tasks of the element are open; complete one by its id."),
    "user-task-claimed": (409, "Somebody else has the task; `assignee` says who."),
    "user-task-blocked": (409, "The task's activity waits for something else, such as the resolution of an incident."),
    "user-invalid": (400, "A user's name takes 1 to 255 characters."),
    "version-conflict": (409, "The task was changed since the caller saw it; `version` is the present one."),
    "user-task-delegated": (409, "The task was delegated; it is resolved first."),
    # External tasks
    "external-task-not-found": (404, "There is no such open task: it was completed or canceled, or never existed."),
    "external-task-not-locked": (409, "The task is locked by another worker or by nobody; fetch and lock it first."),
    "external-task-blocked": (
        409,
        "The task's activity waits for something else, such as the resolution of an incident, or a rule drawn at the "
        "task (errorEventDefinition) cannot be evaluated for what was reported.",
    ),
    "worker-invalid": (400, "A worker id takes 1 to 255 characters."),
    # Messages and signals
    "no-receiver": (404, "Nobody waits for the message with these keys, and it starts no process."),
    "message-ambiguous": (409, "Several receivers fit; say more of the one that is meant."),
    "message-already-published": (409, "A message of this name and message id has not expired yet."),
    "ad-hoc-activity-not-possible": (
        409,
        "No open ad-hoc subprocess lets this activity begin now, or several do and none is named.",
    ),
    "receiver-blocked": (
        409,
        "The receiver's activity waits for something else, such as the resolution of an incident.",
    ),
    "name-invalid": (400, "A message or signal has a name."),
    # Jobs and incidents
    "job-not-found": (404, "There is no such job: it was done, or never existed."),
    "job-running": (409, "A worker is at it; try again later."),
    "job-failed": (409, "The job has no retries left; retry it instead of moving it."),
    "incident-not-found": (404, "There is no incident of this id."),
    "incident-outdated": (409, "What the incident stopped has gone on or ended otherwise; there is nothing to retry."),
    "incident-resolved": (409, "The incident is resolved already."),
    "process-definition-unusable": (409, "This release cannot execute a diagram that an earlier one deployed."),
    "state-unreadable": (409, "The instance was saved by a later release than this one."),
    # Whatever the noun
    "not-found": (404, "An id is not one of this server's."),
    "already-exists": (409, "What was to be unique exists."),
    "invalid-state": (409, "Not possible in the present state."),
    "idempotency-key-reused": (409, "The key was used for another request; use a new one."),
    "busy": (503, "Too much is going on; repeat after `Retry-After` seconds. Nothing was changed."),
    "database-unavailable": (503, "The database cannot be reached; repeat after `Retry-After` seconds."),
    "outcome-unknown": (
        503,
        "The database was lost during the commit: repeat it with the same idempotency key to learn the outcome.",
    ),
    "internal-error": (500, "A bug; the server's log has the traceback. Nothing was changed."),
}

INCIDENTS: dict[str, str] = {
    "condition-failed": "A condition could not be evaluated: a variable is missing or of another kind.",
    "no-flow-taken": "No outgoing flow's condition holds, and there is no default flow.",
    "join-starved": "A parallel join waits for tokens that cannot come any more; resolving goes on without them.",
    "mapping-failed": "An input or output mapping could not be evaluated.",
    "script-failed": "A script broke off, or took more time, memory or room than it may.",
    "expression-failed": "A service task's expression could not be evaluated.",
    "assignment-failed": "Assignee, candidates, priority or dates of a user task could not be evaluated: it is open "
    "without them. Or its name or form could not: it is not open.",
    "listener-failed": "A listener's expression or topic could not be evaluated.",
    "topic-failed": "The topic of a service task could not be evaluated.",
    "event-failed": "The name or the correlation key of an event could not be evaluated.",
    "loop-invalid": "Number, collection or result of a repeated activity could not be evaluated.",
    "ad-hoc-invalid": "What an ad-hoc subprocess begins with could not be evaluated, or is none of its activities.",
    "timer-invalid": "A timer has no due time that can be computed.",
    "bpmn-error-unhandled": "A BPMN error that no event of the diagram catches.",
    "called-process-missing": "A call activity names a process that is not deployed.",
    "called-process-suspended": "A call activity names a process that is suspended.",
    "called-process-canceled": "The called process was canceled; retrying calls it again.",
    "decision-missing": "A business rule task names a decision that is not deployed.",
    "decision-failed": "A decision could not be evaluated: beyond the budget, rules that contradict, or a result that "
    "is not of the wanted form.",
    "call-depth-exceeded": "Processes call each other deeper than THROUGHLINE_MAX_CALL_DEPTH.",
    "call-descendants-exceeded": "Calls below one process started more than THROUGHLINE_MAX_CALL_DESCENDANTS others.",
    "step-limit": "More than THROUGHLINE_STEP_CEILING automatic steps without any wait: an endless loop?",
    "retries-exhausted": "A worker reported a failure without retries left, or a job of the server failed for good.",
}
