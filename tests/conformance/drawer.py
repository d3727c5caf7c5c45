"""Drawer: what a server keeps of an execution beside its state, here in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from bpmn.apart import Part, Saved, Values
from bpmn.values import Value, from_json, to_json


class Drawer:
    """A shelf that learns what each save says; `variables` are those that the facts told."""

    def __init__(self, variables: Callable[[], Values]) -> None:
        self._variables = variables
        self._parts: dict[int, Part] = {}
        self._places: dict[int, int] = {}
        self._results: dict[int, dict[int, Value]] = {}

    def keep(self, saved: Saved) -> bytes:
        """Do as the save says; the state."""
        for number in saved.gone:
            run = self._places.pop(number)
            if run == number:
                del self._parts[run]
        for part in saved.parts:
            self._parts[part.numbers[0]] = part
            self._places.update((number, part.numbers[0]) for number in part.numbers)
        for (body, place), value in saved.results.items():
            self._results.setdefault(body, {})[place] = from_json(to_json(value))
        for body in saved.settled:
            self._results.pop(body, None)
        return saved.state

    @property
    def is_empty(self) -> bool:
        """Whether nothing is kept any more."""
        return not (self._parts or self._places or self._results)

    def part_of(self, activity: int) -> bytes | None:
        run = self._places.get(activity)
        return None if run is None else self._parts[run].state

    def parts(self) -> Iterable[bytes]:
        return [part.state for part in self._parts.values()]

    def variables(self, scopes: Sequence[int]) -> Values:
        return {key: value for key, value in self._variables().items() if key[0] in scopes}

    def results(self, body: int) -> Mapping[int, Value]:
        return self._results.get(body, {})
