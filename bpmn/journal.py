"""Journal: the facts of an advance and the changes of variables, both of which a failing step takes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmn import facts as f
from bpmn.values import same

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bpmn.facts import Fact
    from bpmn.scopes import Node
    from bpmn.values import Value, Variables


class Journal:
    """What has happened since the facts were last taken."""

    def __init__(self) -> None:
        self._facts: list[Fact] = []
        #: The variables that have changed since conditions were looked at: "create", "update" or "delete" by name.
        #: An empty name says that something began to wait for a condition.
        self.changed: dict[str, str] = {}
        self._undo_log: list[tuple[Node, str, bool, Value]] = []

    def record(self, fact: Fact) -> None:
        """Report what has happened."""
        self._facts.append(fact)

    def take_facts(self) -> list[Fact]:
        """What has happened since the last call, in order."""
        taken, self._facts = self._facts, []
        return taken

    def set_local(self, node: Node, variables: Variables) -> None:
        """Set variables in this very scope; what does not change leaves no trace."""
        if node.variables is None:
            node.variables = {}
        holder = node.variables
        for name, value in variables.items():
            known = name in holder
            old = holder.get(name)
            if known and same(old, value):
                continue
            self._undo_log.append((node, name, known, old))
            holder[name] = value
            if self.changed.get(name) != "create":
                self.changed[name] = "update" if known else "create"
            self._facts.append(f.VariableSet(node.number, name, value))

    def forget(self, node: Node, names: Iterable[str]) -> None:
        """Variables of this very scope are gone."""
        for name in names:
            if node.variables is not None and name in node.variables:
                del node.variables[name]
                self.changed[name] = "delete"

    def assign(self, node: Node, variables: Variables) -> None:
        """Set each variable in the nearest scope that has it, else in the process."""
        if node.parent is None:
            self.set_local(node, variables)
            return
        for name, value in variables.items():
            self.set_local(node.holder_of(name), {name: value})

    def _mark(self) -> tuple[int, int]:
        return len(self._facts), len(self._undo_log)

    def _undo(self, mark: tuple[int, int]) -> None:
        del self._facts[mark[0] :]
        while len(self._undo_log) > mark[1]:
            node, name, known, old = self._undo_log.pop()
            assert node.variables is not None
            if known:
                node.variables[name] = old
            else:
                del node.variables[name]
