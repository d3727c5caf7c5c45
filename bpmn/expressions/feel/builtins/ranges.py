"""How points and ranges lie to each other (DMN 1.5, table 81; Allen's algebra)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bpmn.expressions.feel.budget import Runtime
from bpmn.expressions.feel.builtins.signatures import Functions
from bpmn.expressions.feel.comparing import order
from bpmn.expressions.feel.values import Range
from bpmn.expressions.kinds import Unfit

FUNCTIONS = Functions()


def _less(left: Any, right: Any) -> bool:
    return _order(left, right) < 0


def _same(left: Any, right: Any) -> bool:
    return _order(left, right) == 0


def _order(left: Any, right: Any) -> int:
    found = order(left, right)
    if found is None:
        raise Unfit("takes points and ranges of one type, with both ends")
    return found


def _ends(value: Any) -> Range:
    """A range as it is, a point as the range of it alone."""
    return value if isinstance(value, Range) else Range(value, value, True, True)


def _single(value: Any) -> Any:
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _relation(name: str, names: str, holds: Callable[[Range, Range], bool], kinds: str) -> None:
    """Declares a relation; `kinds` names what it is defined for: p(oint), r(ange), in order."""

    def related(_: Runtime, left: Any, right: Any) -> bool:
        left, right = _single(left), _single(right)
        asked = ("r" if isinstance(left, Range) else "p") + ("r" if isinstance(right, Range) else "p")
        if asked not in kinds.split():
            raise Unfit("is not defined for these")
        one, other = _ends(left), _ends(right)
        _order(one.start, other.start)
        _order(one.end, other.end)
        return holds(one, other)

    for signature in names.split("; "):
        FUNCTIONS.add(name, ", ".join(f"{parameter}: any" for parameter in signature.split(", ")))(related)


def _before(one: Range, other: Range) -> bool:
    return _less(one.end, other.start) or (
        _same(one.end, other.start) and not (one.end_included and other.start_included)
    )


def _meets(one: Range, other: Range) -> bool:
    return one.end_included and other.start_included and _same(one.end, other.start)


def _starts_no_later(one: Range, other: Range) -> bool:
    return _less(one.start, other.start) or (
        _same(one.start, other.start) and (one.start_included or not other.start_included)
    )


def _ends_no_earlier(one: Range, other: Range) -> bool:
    return _less(other.end, one.end) or (_same(one.end, other.end) and (one.end_included or not other.end_included))


def _includes(one: Range, other: Range) -> bool:
    return _starts_no_later(one, other) and _ends_no_earlier(one, other)


def _same_end(one: Range, other: Range) -> bool:
    return _same(one.end, other.end) and one.end_included == other.end_included


def _same_start(one: Range, other: Range) -> bool:
    return _same(one.start, other.start) and one.start_included == other.start_included


def _overlaps(one: Range, other: Range) -> bool:
    return not _before(one, other) and not _before(other, one)


def _overlaps_before(one: Range, other: Range) -> bool:
    """Begins earlier, overlaps, and ends no later."""
    begins = _less(one.start, other.start) or (
        _same(one.start, other.start) and one.start_included and not other.start_included
    )
    return begins and _overlaps(one, other) and _ends_no_earlier(other, one)


def _overlaps_after(one: Range, other: Range) -> bool:
    """Begins no earlier, overlaps, and ends later."""
    ends = _less(other.end, one.end) or (_same(one.end, other.end) and one.end_included and not other.end_included)
    return ends and _overlaps(one, other) and _starts_no_later(other, one)


def _finishes(one: Range, other: Range) -> bool:
    return _includes(other, one) and (
        _same_end(one, other)
        if isinstance(one, Range) and not _is_point(one)
        else other.end_included and _same(one.end, other.end)
    )


def _starts(one: Range, other: Range) -> bool:
    if _is_point(one):
        return other.start_included and _same(one.start, other.start)
    return _includes(other, one) and _same_start(one, other)


def _is_point(value: Range) -> bool:
    return value.start is value.end


def _swapped(holds: Callable[[Range, Range], bool]) -> Callable[[Range, Range], bool]:
    return lambda one, other: holds(other, one)


_POINTS = "point1, point2; point, range; range, point; range1, range2"
_relation("before", _POINTS, _before, "pp pr rp rr")
_relation("after", _POINTS, _swapped(_before), "pp pr rp rr")
_relation("meets", "range1, range2", _meets, "rr")
_relation("met by", "range1, range2", _swapped(_meets), "rr")
_relation("overlaps", "range1, range2", _overlaps, "rr")
_relation("overlaps before", "range1, range2", _overlaps_before, "rr")
_relation("overlaps after", "range1, range2", _overlaps_after, "rr")
_relation("finishes", "point, range; range1, range2", _finishes, "pr rr")
_relation("finished by", "range, point; range1, range2", _swapped(_finishes), "rp rr")
_relation("includes", "range, point; range1, range2", _includes, "rp rr")
_relation("during", "point, range; range1, range2", _swapped(_includes), "pr rr")
_relation("starts", "point, range; range1, range2", _starts, "pr rr")
_relation("started by", "range, point; range1, range2", _swapped(_starts), "rp rr")
_relation(
    "coincides",
    "point1, point2; range1, range2",
    lambda one, other: _same_start(one, other) and _same_end(one, other),
    "pp rr",
)
