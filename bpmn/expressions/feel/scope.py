"""The names that loops, filters, contexts and functions add to the variables."""

from __future__ import annotations

from typing import Any


class Scope(dict[str, Any]):
    """Names of its own before those of its `parent`, a scope or the variables; a name that is nowhere is null."""

    __slots__ = ("parent",)

    parent: Any

    def __missing__(self, name: str) -> Any:
        parent = self.parent
        while type(parent) is Scope:
            if name in parent:
                return dict.__getitem__(parent, name)
            parent = parent.parent
        return parent.get(name)

    def knows(self, name: str) -> bool:
        """Whether the name is anywhere."""
        scope: Any = self
        while type(scope) is Scope:
            if name in scope:
                return True
            scope = scope.parent
        return name in scope


def within(parent: Any, **names: Any) -> Scope:
    """A scope inside of another."""
    made = Scope(names)
    made.parent = parent
    return made
