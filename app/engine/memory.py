"""What is read from the database once, made ready outside of transactions, and kept in memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

from app.db import Database, Transaction

T = TypeVar("T")

_KEPT = 500


class ModelMissing(Exception):
    """Something that is not in memory: the door rolls back, calls `load` outside of transactions, and repeats."""

    def __init__(self, key: str, load: Callable[[Database], None]) -> None:
        self.load = load
        super().__init__(key)


class Memory(Generic[T]):
    """Things that never change, by id; `read` takes one's source from the database, and gives what makes it ready."""

    def __init__(self, read: Callable[[Transaction, str], Callable[[], T]]) -> None:
        self._read = read
        self._kept: OrderedDict[str, T] = OrderedDict()
        self._lock = threading.Lock()
        self._loading = threading.Lock()

    def get(self, key: str) -> T:
        """What has this id; raises `ModelMissing` where it is not in memory."""
        found = self._kept.get(key)
        if found is None:
            raise ModelMissing(key, lambda database: self._load(database, key))
        return found

    def put(self, key: str, made: T) -> None:
        """Keep it, and let go of the one that was put first where there are too many."""
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)

    def _load(self, database: Database, key: str) -> None:
        """Read in a transaction of its own, and make ready after that, for one thread at a time."""
        with self._loading:
            if key in self._kept:
                return
            with Transaction(database, writes=False) as tx:
                make = self._read(tx, key)
            self.put(key, make())
