"""What diagrams say beside execution, by definition: read outside of transactions, kept in memory."""

from __future__ import annotations

import threading
from collections import OrderedDict

from app.db import Database, Transaction
from app.engine import definitions
from app.engine.definitions import SOURCE
from app.errors import NotFound
from bpmn.drawing import Drawing, read_drawing

_KEPT = 500


class DrawingMissing(Exception):
    """A drawing that is not in memory: the door ends its transaction, loads it, and repeats."""

    def __init__(self, definition_id: str) -> None:
        self.definition_id = definition_id
        super().__init__(definition_id)


class Drawings:
    """The drawings of definitions, by id, with the versions of these; neither ever changes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._drawings: OrderedDict[str, tuple[int, Drawing]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, definition_id: str) -> Drawing:
        """The drawing of a definition; raises `DrawingMissing` where it is not in memory."""
        return self._get(definition_id)[1]

    def version(self, definition_id: str) -> int:
        """The version of a definition; raises `DrawingMissing` as `get` does."""
        return self._get(definition_id)[0]

    def _get(self, definition_id: str) -> tuple[int, Drawing]:
        found = self._drawings.get(definition_id)
        if found is None:
            raise DrawingMissing(definition_id)
        return found

    def has(self, definition_id: str) -> bool:
        """Whether the drawing is in memory."""
        return definition_id in self._drawings

    def ensure(self, definition_id: str) -> None:
        """Have the drawing in memory; outside of transactions."""
        if definition_id not in self._drawings:
            self.load(definition_id)

    def load(self, definition_id: str) -> None:
        """Read the diagram in a transaction of its own, and its drawing after that; raises `NotFound`."""
        with Transaction(self._database, writes=False) as tx:
            found = tx.fetch_one(SOURCE, {"id": definition_id})
            row = definitions.by_id(tx, definition_id)
        if found is None or row is None:
            raise NotFound(f"There is no process definition {definition_id!r}.", code="process-definition-not-found")
        drawing = row.version, read_drawing(*found)
        with self._lock:
            self._drawings[definition_id] = drawing
            while len(self._drawings) > _KEPT:
                self._drawings.popitem(last=False)
