"""What diagrams say beside execution, by definition: read outside of transactions, kept in memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable

from app.db import Database, Transaction
from app.engine import definitions
from app.engine.definitions import SOURCE
from app.errors import InvalidRequest, NotFound
from bpmn.drawing import Drawing, read_drawing

MOST = 500
"""Drawings that are kept in memory, and that one request may need."""


class DrawingsMissing(Exception):
    """Drawings that are not at hand: the door ends its transaction, loads them, and repeats."""

    def __init__(self, definition_ids: Iterable[str]) -> None:
        self.definition_ids = sorted(definition_ids)
        super().__init__(*self.definition_ids)


class Drawings:
    """The drawings of definitions, by id, with the versions of these; neither ever changes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: OrderedDict[str, tuple[int, Drawing]] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, definition_id: str) -> tuple[int, Drawing] | None:
        """Version and drawing, where they are in memory."""
        return self._kept.get(definition_id)

    def load(self, definition_id: str) -> tuple[int, Drawing]:
        """Read the diagram in a transaction of its own, and its drawing after that; raises `NotFound`."""
        found = self.find(definition_id)
        return self._read(definition_id) if found is None else found

    def _read(self, definition_id: str) -> tuple[int, Drawing]:
        with Transaction(self._database, writes=False) as tx:
            source = tx.fetch_one(SOURCE, {"id": definition_id})
            row = definitions.by_id(tx, definition_id)
        if source is None or row is None:
            raise NotFound(f"There is no process definition {definition_id!r}.", code="process-definition-not-found")
        drawn = row.version, read_drawing(*source)
        with self._lock:
            self._kept[definition_id] = drawn
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
        return drawn


class DrawingsAtHand:
    """The drawings that one request has needed so far: they stay at hand, whatever else is asked for meanwhile."""

    def __init__(self, drawings: Drawings) -> None:
        self._drawings = drawings
        self._own: dict[str, tuple[int, Drawing]] = {}

    def get(self, definition_id: str) -> Drawing:
        """The drawing of a definition; raises `DrawingsMissing`."""
        return self._get(definition_id)[1]

    def version(self, definition_id: str) -> int:
        """The version of a definition; raises `DrawingsMissing`."""
        return self._get(definition_id)[0]

    def require(self, definition_ids: Iterable[str]) -> None:
        """Raise `DrawingsMissing` unless all of these are at hand, and `InvalidRequest` where they are too many."""
        wanted = set(definition_ids)
        if len(wanted | self._own.keys()) > MOST:
            raise InvalidRequest(
                f"The diagrams of more than {MOST} process definitions would have to be read; ask for fewer entries "
                "at once, or for those of one definition.",
                code="list-too-long",
            )
        missing = [definition_id for definition_id in wanted if not self._take(definition_id)]
        if missing:
            raise DrawingsMissing(missing)

    def load(self, definition_ids: Iterable[str]) -> None:
        """Have drawings at hand; outside of transactions. Raises `NotFound`."""
        for definition_id in definition_ids:
            self._own[definition_id] = self._drawings.load(definition_id)

    def _get(self, definition_id: str) -> tuple[int, Drawing]:
        if not self._take(definition_id):
            raise DrawingsMissing([definition_id])
        return self._own[definition_id]

    def _take(self, definition_id: str) -> bool:
        if definition_id in self._own:
            return True
        found = self._drawings.find(definition_id)
        if found is not None:
            self._own[definition_id] = found
        return found is not None
