"""The page docs/engine-rest.md: what of the Camunda 7 dialect is served, made from the routes."""

from __future__ import annotations

from app.api.engine_rest.operations import OPERATIONS, PUBLISHED
from app.api.engine_rest.routing import Operation

HEAD = """# The Camunda 7 REST dialect

Made from the code (`make docs`). Below `/engine-rest` (and `/engine-rest/engine/default`) the server speaks the REST
dialect of Camunda 7, Operaton and CIB seven over the same commands and queries as `/api/v1`, so that the Modeler's
deploy button, external task workers and scripts run unmodified.

## Conventions

- Errors are `{"type", "message", "code"}` at every status from 300 up; `code` is always 0. JSON is answered as
  `application/json` without a character set. What is not in the table below, or is "not served" there, answers 404 with
  the type `NotOfferedException`. HEAD is answered wherever GET is, without the body.
- Dates are written as `2013-01-23T13:42:42.000+0000`, always in UTC, and read with any offset or with `Z`.
- A field or filter of the published schema that is not heeded is refused with 400, unless it is null, empty or false. A
  field outside the schema is ignored.
- Types of variables: String, Boolean, Short, Integer, Long, Double, Date, Json, Xml, Object (serialized as JSON only),
  File, Bytes, Null. A type that the value does not show (Date, a small Long, a whole Double, Xml, Object) is kept
  beside the variable as long as it has the value it was declared for; a value that the process computes
  has the type that it shows. Numbers are exact. A transient variable
  (`valueInfo.transient`) is seen by what its command brings about, up to the next wait states, and never stored; files
  cannot be transient.
- In `/api/v1`, a Date is a text in RFC 3339, and a file an object
  `{"$file": id, "filename": ..., "mimetype": ..., "encoding": ...}`; bytes are `{"$bytes": id}`.
- An execution is a process instance as a whole (its id) or an open activity instance (`{instance}.{number}`); tasks and
  external tasks have the id of their activity instance. The id of a process definition is
  `key:version:identity`; the identity alone is taken too. Addresses of variables take either kind of id.
- There are no tenants (`tenant-id` is refused, `tenantIdIn` finds nothing, `withoutTenantId` finds all), no cases
  (filters for them find nothing), and no access control yet: `Authorization` headers are ignored, and the Modeler's own
  origin (`file://`) may use these addresses, as may configured origins.
- Expressions in queries (`dueBeforeExpression` and such) know `now()`, `dateTime()` with `plus` or `minus` of Years,
  Months, Weeks, Days, Hours, Minutes and Seconds, and constants; `currentUser()` is refused, since there is none.
- Lists without `maxResults` are answered whole up to 50,000 entries; more are refused with 400.
- Work is waited for (`asyncResponseTimeout`) up to 30 minutes, without a thread or a connection per waiting worker.
- Operations that return variables besides (`withVariablesInReturn`, `variablesInResultEnabled`,
  `withTaskVariablesInReturn`) show those of the type Object as text; operations that read variables show them as JSON
  unless `deserializeValues` is false, and `fetchAndLock` as text unless it is true.
- A query's expression that yields null or an empty text finds nothing.

## Deviations

{deviations}

## Operations

Of the {paths} paths and {operations} operations of the published schema (Operaton 2.1), {served} operations are served.
"Partly" names what is refused with 400 when it is given.

"""


#: Where, what Camunda 7 does, what this server does.
DEVIATIONS = (
    (
        "event subscriptions of conditions in instances, and of compensation",
        "listed",
        "not listed: nothing outside triggers them, so they are known to the state of their instance alone, and a list "
        "would read the states of all instances",
    ),
    (
        "`processVariablesLocal` and `processVariablesToTriggeredScope` of a message",
        "local to the execution that receives it",
        "as `processVariables`: written where the name exists, seen from the receiver, else to the process. What a "
        "message brings leaves the catching event; only output mappings or data outputs keep it there",
    ),
    (
        "a topic twice in one `fetchAndLock`",
        "the last one counts",
        "each is a wish of its own; the first that a task fits counts",
    ),
    ("reading variables of an instance that has ended", "500", "404"),
    (
        "retries and priorities of tasks beyond 32 bits",
        "500",
        "400",
    ),
    (
        "`skipCustomListeners`, `skipIoMappings` with `startInstructions`",
        "heeded",
        "400",
    ),
    (
        "claiming a task that somebody else has",
        "500",
        "409",
    ),
    (
        "completing, claiming, changing a task that is not there",
        "500",
        "404",
    ),
    (
        "the second of two who complete one task, or report one external task",
        "500, `OptimisticLockingException` or a null task",
        "404, as for every task that is not there any more: one did it, the other finds nothing",
    ),
    (
        "escalating a task (`bpmnEscalation`) where nobody catches the code",
        "500",
        "409, and nothing is changed",
    ),
    (
        "completing a delegated task",
        "500",
        "409",
    ),
    (
        "starting an unknown process definition by id",
        "500",
        "404",
    ),
    (
        "anything at a suspended instance or definition",
        "500",
        "409",
    ),
    (
        "deleting a deployment with instances without `cascade`",
        "500",
        "409",
    ),
    (
        "setting variables of an instance that is not there",
        "500",
        "404",
    ),
    (
        "`POST /job/{id}/execute` that fails",
        "500",
        "409",
    ),
    (
        "concurrent changes (`OptimisticLockingException`)",
        "500",
        "none: commands wait for each other; 503 with `Retry-After` when busy",
    ),
    (
        "an unchanged deployment with duplicate filtering",
        "no definitions in the answer",
        "the definitions that are there",
    ),
    (
        "unsupported content type",
        "415 without a body",
        "415 with a body",
    ),
    (
        "a diagram with something that would not be executed",
        "deployed, and silently ignored",
        "400 `ParseException` that names file, line, column and element",
    ),
    (
        "`DELETE /incident/{id}`",
        "forgets an incident",
        "takes the failed step again, which resolves it",
    ),
    (
        "suspending by key at a date to come",
        "the versions that there are at that date",
        "the same, by a job of the kind `suspension` in `GET /job`",
    ),
    (
        "a transient variable of the name of one that is kept",
        "500",
        "400",
    ),
    (
        "`completeScope` of an activity instance",
        "told",
        "always false",
    ),
    (
        "case-insensitive filters by variables",
        "letters as the database has them",
        "letters of ASCII",
    ),
    (
        "how much one question may hold",
        "unbounded",
        "200 conditions, 2,000 different values in a list, 1,000 characters in a pattern, 20 orders, 500 topics; more "
        "is 400",
    ),
    (
        "lists that show diagrams (tasks, job definitions)",
        "unbounded",
        "of 500 process definitions at once at most; more is 400",
    ),
    (
        "a form with a part or a file name twice, or without its closing boundary",
        "the last one counts",
        "400, and nothing is deployed or attached",
    ),
    (
        "kinds of incidents",
        "`failedJob`, `failedExternalTask`",
        "those, and the server's own (docs/errors.md), such as `condition-failed` or `bpmn-error-unhandled`",
    ),
    (
        "an uncaught BPMN error",
        "the execution ends",
        "an incident `bpmn-error-unhandled`",
    ),
    (
        "`POST /signal` to all",
        "receivers go on within the request",
        "right after it, each in a transaction of its own",
    ),
    (
        "history across instances (activities, tasks, variables, operations)",
        "tables of their own",
        "told from packed histories: a page without an order or in the order of time reads what it reaches, a count or "
        "another order up to 50,000 commands of history; beyond that 400 says how to narrow the question",
    ),
)


def page() -> str:
    """The whole page."""
    served = {(operation.method, operation.path): operation for operation in OPERATIONS}
    rows = [_row(method, path, served.get((method, path))) for path in PUBLISHED for method in sorted(PUBLISHED[path])]
    numbers = {"{paths}": len(PUBLISHED), "{operations}": len(rows), "{served}": len(served)}
    deviations = "".join(
        f"| {' | '.join(row)} |\n" for row in (("where", "Camunda 7", "here"), ("---",) * 3, *DEVIATIONS)
    )
    head = HEAD.replace("{deviations}\n", deviations)
    for name, number in numbers.items():
        head = head.replace(name, str(number))
    return head + "| operation | | |\n| --- | --- | --- |\n" + "".join(rows)


def _row(method: str, path: str, operation: Operation | None) -> str:
    if operation is None:
        return f"| `{method} {path}` | not served | |\n"
    refused = sorted(operation.query.refused | operation.body.refused)
    state = "partly" if refused else "served"
    said = "; ".join(part for part in (operation.note, _refused(refused)) if part)
    return f"| `{method} {path}` | {state} | {said} |\n"


def _refused(names: list[str]) -> str:
    return "not " + ", ".join(f"`{name}`" for name in names) if names else ""
