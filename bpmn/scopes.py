"""Live activity instances, the scopes they open, and the tokens between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from bpmn.values import Value

if TYPE_CHECKING:
    from bpmn.elements.base import Element
    from bpmn.expressions import Reply


#: The kind of a wait that is none: an event that may happen again, but could not be armed again.
STALLED = "stalled"
#: Failures in these phases stop nobody's work at the activity: an event that cannot be armed again, people who are not
#: known.
TIMER, ASSIGN = "timer", "assign"
BESIDE = (TIMER, ASSIGN)
#: The kind of the wait for what the caller does about an escalation; `repetition` counts the answers that are missing.
HEARING = "hearing"
#: The kinds of waits that nothing outside can end.
INTERNAL = ("condition", STALLED, HEARING)


@dataclass(slots=True)
class Wait:
    """What an event waits for at an activity instance; `due` and `repetition` are a timer's."""

    kind: str
    """One of "timer", "message", "signal", "condition", STALLED and HEARING."""
    repetition: int = 1
    due: datetime | None = None
    name: str | None = None
    """What a signal is called."""


#: The parts that nodes play besides being an activity; that of a listener is played inside its activity.
BODY, RUN, UNDO, LISTENER = "body", "run", "undo", "listener"


@dataclass(slots=True)
class Completed:
    """A completed activity that can be undone, with the variables it held itself when it was completed.

    `inner` is what was completed in a subprocess that is undone from inside; None where a handler undoes the activity.
    """

    element: str
    inner: Sequence[Completed] | None = None
    variables: dict[str, Value] | None = None


@dataclass(slots=True)
class Asked:
    """The script that a step of a node waits for, and what others gave before it in the same step.

    The step is taken again and again until all its scripts are run: each time at the same moment, with the same chance.
    """

    now: datetime
    seed: int
    key: str
    replies: dict[str, Reply]
    saw: tuple[str, Mapping[str, Value]] | None = None
    """Of the script that was run last, what it saw of the variables that it set."""


class Node:
    """A live activity instance, which may also be a scope: the process itself is number 0.

    `tokens` counts what is alive in the scope: arriving tokens, open activity instances and tokens that wait at joins.
    """

    # What few nodes have stands here with what all others have instead: a node is made for every step.

    #: "" while all is well; else where a step that failed, or waits for a script, is taken up again: "enter", "open",
    #: "leave" and so on. `failure` says what has failed.
    phase = ""
    failure = ""
    #: Of a user task: what could not be evaluated when it was opened, by the names of the fields.
    unknown: Sequence[str] = ()
    #: What a step waits for that is to be taken up again when a script has been run.
    asked: Asked | None = None
    dead = False
    #: How many of the element's listeners are done.
    heard = 0
    #: Whether its work is done and withdrawn, while it cannot be left yet.
    done = False
    #: How often everything in the scope was ended by an event subprocess.
    generation = 0
    #: What part the node plays: "" an activity, BODY and RUN of a repetition, UNDO of something completed, LISTENER of
    #: the activity around it.
    role = ""
    #: Of a body: runs in all (-1 unknown), opened, completed, still to be opened, results by place.
    total = 0
    opened = 0
    completed = 0
    unopened = 0
    results: dict[int, Value] | None = None
    #: Of a body: runs that are alive and kept apart, and whether results of runs lie apart.
    apart = 0
    stored = False
    #: Of a run: its place among them.
    index = 0
    #: What was completed in the scope and can be undone, in order.
    compensable: Sequence[Completed] = ()
    #: What this node has still to do, the last one first: to undo, or of an ad-hoc subprocess to begin.
    pending: Sequence[Completed] = ()

    def __init__(self, number: int, element: Element | None, parent: Node | None) -> None:
        self.number = number
        self.element = element
        self.parent = parent
        self.variables: dict[str, Value] | None = None
        self.tokens = 0
        self.children: dict[int, Node] = {}
        self.joins: dict[str, list[int]] = {}
        self.waits: dict[str, Wait] = {}

    @property
    def listening(self) -> bool:
        """Whether a worker is heard before it begins, or before it is left."""
        return any(child.role == LISTENER for child in self.children.values())

    def remember(self, done: Completed) -> None:
        """Something was completed in the scope that can be undone."""
        if isinstance(self.compensable, list):
            self.compensable.append(done)
        else:
            self.compensable = [*self.compensable, done]

    def next_pending(self) -> Completed:
        """What is to be done next; it is pending no more."""
        if not isinstance(self.pending, list):
            self.pending = list(self.pending)
        done: Completed = self.pending.pop()
        return done

    @property
    def visible(self) -> Mapping[str, Value]:
        """The variables in sight from here, the nearest scope first."""
        holders = []
        node: Node | None = self
        while node is not None:
            if node.variables is not None:
                holders.append(node.variables)
            if node.role == BODY and node.element is not None and node.element.repetition is not None:
                holders.append(node.element.repetition.counters(node))
            node = node.parent
        return holders[0] if len(holders) == 1 else Visible(holders)

    def holder_of(self, name: str) -> Node:
        """The scope that a variable is written to: the nearest that has it or draws it as its own, else the process.

        Data inputs are read, never written.
        """
        node = self
        while node.parent is not None:
            element = node.element
            assert element is not None
            if node.variables is not None and name in node.variables and name not in element.given_names:
                return node
            if name in element.own_names and node.role not in (BODY, LISTENER):
                return node
            node = node.parent
        return node

    def descendants(self) -> list[Node]:
        """All live activity instances below, outer ones before inner ones."""
        found: list[Node] = []
        pending = list(self.children.values())
        while pending:
            node = pending.pop()
            found.append(node)
            pending.extend(node.children.values())
        return found


class Visible(Mapping[str, Value]):
    """Variables of nested scopes as one mapping; inner names hide outer ones."""

    __slots__ = ("_holders",)

    def __init__(self, holders: Sequence[Mapping[str, Value]]) -> None:
        self._holders = holders

    def __getitem__(self, name: str) -> Value:
        for holder in self._holders:
            if name in holder:
                return holder[name]
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter({name: None for holder in reversed(self._holders) for name in holder})

    def __len__(self) -> int:
        return len({name for holder in self._holders for name in holder})


#: The position of a token that has been where it is, and only has the transaction border behind that before it.
BEHIND = -2


@dataclass(slots=True)
class Beginning:
    """A process that is still to begin, behind its listeners: at the start event triggered.

    `variables` is what that brought, where it is more than variables of the process.
    """

    event: str | None
    variables: Mapping[str, Value]


@dataclass(slots=True)
class Token:
    """A token on its way to an element, over the incoming flow at `position` (-1: not over a flow, or BEHIND).

    `resumed` says that the transaction border before the element was reached, `announced` that it was told that the
    token waits at a border.
    """

    element: Element
    position: int
    scope: Node
    resumed: bool = False
    announced: bool = False

    @property
    def border(self) -> Element:
        """The element at whose transaction border it waits: before this one, or behind the one it comes from."""
        return self.element if self.resumed else self.element.incoming[self.position].source


def element_of(node: Node) -> Element:
    """The element of an activity instance; the process itself has one where it has listeners."""
    assert node.element is not None
    return node.element
