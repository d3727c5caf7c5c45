"""Parts of a state: runs of crowded repetitions, each with rows of its own, read when something comes to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam as p
from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from app.db import Row, Statement, Transaction
from app.engine import variables
from app.models import run_result, state_part
from bpmn.apart import Part, Saved, Values
from bpmn.values import Value, from_json, to_json

#: Variables of more scopes than this are read all at once.
_MOST_SCOPES = 20

_run_of = (
    select(state_part.c.run)
    .where(state_part.c.instance_id == p("id"), state_part.c.number == p("number"))
    .scalar_subquery()
)
_PART = Statement(select(state_part.c.state).where(state_part.c.instance_id == p("id"), state_part.c.number == _run_of))
PARTS = Statement(
    select(state_part.c.state)
    .where(state_part.c.instance_id == p("id"), state_part.c.state.is_not(None))
    .order_by(state_part.c.number)
)
_RESULTS = Statement(
    select(run_result.c.place, run_result.c.value).where(
        run_result.c.instance_id == p("id"), run_result.c.body == p("body")
    )
)

_PART_ROW: dict[str, Any] = {name: p(name) for name in ("instance_id", "number", "run", "state")}
_part_to_postgresql = postgresql.insert(state_part).values(_PART_ROW)
_part_to_sqlite = sqlite.insert(state_part).values(_PART_ROW)
_KEY = ["instance_id", "number"]
_PUT_PART = Statement(
    _part_to_postgresql.on_conflict_do_update(index_elements=_KEY, set_={"state": _part_to_postgresql.excluded.state}),
    sqlite=_part_to_sqlite.on_conflict_do_update(index_elements=_KEY, set_={"state": _part_to_sqlite.excluded.state}),
)
_DROP_PART = Statement(
    delete(state_part).where(state_part.c.instance_id == p("instance"), state_part.c.number == p("number"))
)
_RESULT_ROW: dict[str, Any] = {name: p(name) for name in ("instance_id", "body", "place", "value")}
_result_to_postgresql = postgresql.insert(run_result).values(_RESULT_ROW)
_result_to_sqlite = sqlite.insert(run_result).values(_RESULT_ROW)
_PLACE = ["instance_id", "body", "place"]
_PUT_RESULT = Statement(
    _result_to_postgresql.on_conflict_do_update(
        index_elements=_PLACE, set_={"value": _result_to_postgresql.excluded.value}
    ),
    sqlite=_result_to_sqlite.on_conflict_do_update(
        index_elements=_PLACE, set_={"value": _result_to_sqlite.excluded.value}
    ),
)
_DROP_RESULTS = Statement(
    delete(run_result).where(run_result.c.instance_id == p("instance"), run_result.c.body == p("body"))
)


class RowShelf:
    """What a held instance keeps apart, for the interpreter; `known` learns the variables that are read."""

    def __init__(self, tx: Transaction, instance_id: str, known: dict[tuple[int, str], Value]) -> None:
        self._tx = tx
        self._id = instance_id
        self._known = known
        self._read: dict[int, list[Row]] = {}

    def part_of(self, activity: int) -> bytes | None:
        """The state of the part with this activity instance in it; most are that alone, whose variables come along."""
        key = {"id": self._id, "number": activity}
        found, self._read[activity] = self._tx.fetch_each((_PART, key), (variables.LOAD_SCOPE, key))
        return found[0][0] if found else None

    def parts(self) -> list[bytes]:
        """The states of all parts."""
        return [state for (state,) in self._tx.fetch(PARTS, {"id": self._id})]

    def variables(self, scopes: Sequence[int]) -> Values:
        """The variables of these scopes."""
        found = variables.values(self._rows(scopes))
        self._known.update(found)
        return found

    def _rows(self, scopes: Sequence[int]) -> list[Row]:
        if len(scopes) > _MOST_SCOPES:
            wanted = set(scopes)
            return [row for row in self._tx.fetch(variables.LOAD_ALL, {"id": self._id}) if row[0] in wanted]
        unread = [scope for scope in scopes if scope not in self._read]
        if unread:
            asked = ((variables.LOAD_SCOPE, {"id": self._id, "number": scope}) for scope in unread)
            self._read.update(zip(unread, self._tx.fetch_each(*asked), strict=True))
        return [row for scope in scopes for row in self._read[scope]]

    def results(self, body: int) -> Mapping[int, Value]:
        """The results of a body's runs, by place."""
        rows = self._tx.fetch(_RESULTS, {"id": self._id, "body": body})
        return {place: from_json(value) for place, value in rows}


def keep(tx: Transaction, instance_id: str, saved: Saved) -> None:
    """Write what an execution wants to be kept beside its state."""
    for number in saved.gone:
        tx.later(_DROP_PART, {"instance": instance_id, "number": number})
    for part in saved.parts:
        _put(tx, instance_id, part)
    for (body, place), value in saved.results.items():
        row = {"instance_id": instance_id, "body": body, "place": place, "value": to_json(value).decode()}
        tx.later(_PUT_RESULT, row)
    for body in saved.settled:
        tx.later(_DROP_RESULTS, {"instance": instance_id, "body": body})


def _put(tx: Transaction, instance_id: str, part: Part) -> None:
    run = part.numbers[0]
    for number in part.numbers:
        state = part.state if number == run else None
        tx.later(_PUT_PART, {"instance_id": instance_id, "number": number, "run": run, "state": state})
