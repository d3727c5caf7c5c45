"""What a client gave, by name: in a query string all is text, in a body it is JSON. Null is as good as nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.api.engine_rest.dates import parse_moment
from app.api.engine_rest.values import Typed, read_variables
from app.errors import InvalidRequest

_INT32, _INT64 = 2**31, 2**63
_WHOLE = re.compile(r"-?[0-9]{1,19}")
_LONGEST = 3650 * 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Fields:
    """Names of the published schema: those that are served, and those that are refused where a client gives them.

    Names outside the schema are ignored, as Camunda does.
    """

    served: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()

    def check(self, given: Mapping[str, Any], where: str = "") -> None:
        """Raise `InvalidRequest` where something is given that would not be heeded."""
        for name in given.keys() & self.refused:
            if given[name] not in (None, "", [], {}, False, "false"):
                raise InvalidRequest(f"`{where}{name}` is not supported by this server.")


def fields(served: str = "", refused: str = "") -> Fields:
    """Fields from names with blanks between them."""
    return Fields(frozenset(served.split()), frozenset(refused.split()))


NOTHING = Fields()


class Given:
    """Values by name, read by what they are meant to be; every reader raises `InvalidRequest`."""

    __slots__ = ("now", "values")

    def __init__(self, values: Mapping[str, Any], now: int = 0) -> None:
        """`now` is the present moment in milliseconds."""
        self.values = values
        self.now = now

    def has(self, name: str) -> bool:
        """Whether there is anything."""
        return self.values.get(name) is not None

    def text(self, name: str) -> str | None:
        """A text."""
        value = self.values.get(name)
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        raise _wrong(name, value, "a text")

    def required(self, name: str, *, message: str | None = None) -> str:
        """A text that must not be missing."""
        value = self.text(name)
        if not value:
            raise InvalidRequest(message or f"`{name}` is required.")
        return value

    def flag(self, name: str) -> bool | None:
        """True or false."""
        value = self.values.get(name)
        if value is None or value == "" or isinstance(value, bool):
            return value if isinstance(value, bool) else None
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        raise _wrong(name, value, "true or false")

    def deserialized(self, *, unless_said: bool) -> bool:
        """Whether values of the type Object are wanted as JSON, not as text; some operations name one value only."""
        said = [self.flag(name) for name in ("deserializeValues", "deserializeValue") if self.has(name)]
        return unless_said if not said or said[0] is None else said[0]

    def whole(self, name: str) -> int | None:
        """A whole number of 64 bits."""
        value = self.values.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, str) and _WHOLE.fullmatch(value):
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not -_INT64 <= value < _INT64:
            raise _wrong(name, value, "a whole number")
        return value

    def small(self, name: str) -> int | None:
        """A whole number of 32 bits: more than that, clients could not read."""
        value = self.whole(name)
        if value is not None and not -_INT32 <= value < _INT32:
            raise _wrong(name, value, "a whole number of 32 bits")
        return value

    def retries(self) -> int:
        """How many attempts are left; required, and not negative."""
        value = self.small("retries")
        if value is None or value < 0:
            raise InvalidRequest("The number of retries must be given, and not be negative.")
        return value

    def span(self, name: str) -> int | None:
        """A length of time in milliseconds, not negative, and ten years at most."""
        value = self.whole(name)
        if value is not None and not 0 <= value <= _LONGEST:
            raise _wrong(name, value, f"a length of time between 0 and {_LONGEST} milliseconds")
        return value

    def moment(self, name: str) -> int | None:
        """A date, in milliseconds since the epoch."""
        value = self.values.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            raise _wrong(name, value, "a date")
        # A plus sign in a query string that was not escaped arrives as a blank.
        return parse_moment(value.replace(" ", "+"), f"parameter '{name}'")

    def names(self, name: str) -> list[str] | None:
        """A list of texts, or one text with commas."""
        value = self.values.get(name)
        if value is None:
            return None
        parts = value.split(",") if isinstance(value, str) else value
        if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
            raise _wrong(name, value, "a list of texts")
        return [part for part in parts if part]

    def objects(self, name: str) -> list[Given]:
        """A list of objects."""
        value = self.values.get(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(part, dict) for part in value):
            raise _wrong(name, value, "a list of objects")
        return [Given(part, self.now) for part in value]

    def alternatives(self) -> list[Given]:
        """The groups of criteria of which one suffices; query strings have none."""
        return [] if isinstance(self.values.get("orQueries"), str) else self.objects("orQueries")

    def object(self, name: str) -> Given:
        """An object; an empty one where there is none."""
        value = self.values.get(name)
        if value is not None and not isinstance(value, dict):
            raise _wrong(name, value, "an object")
        return Given(value or {}, self.now)

    def variables(self, *names: str) -> Typed:
        """Variables of one or several fields, the later ones over the earlier."""
        found = Typed()
        for name in names:
            found.add(read_variables(self.values.get(name), name))
        return found


NOTHING_GIVEN = Given({})


def first_of_each(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """A query string by name; of one that is given more than once, the first counts, as in Camunda."""
    values: dict[str, str] = {}
    for name, text in pairs:
        values.setdefault(name, text)
    return values


def _wrong(name: str, value: Any, wanted: str) -> InvalidRequest:
    return InvalidRequest(f"Cannot set parameter '{name}' to value '{str(value)[:60]}': it must be {wanted}.")
