"""Parts that are put into objects."""

from __future__ import annotations

import pytest

from bpmn import mappings
from bpmn.errors import EvaluationFailed
from bpmn.mappings import put, put_all
from bpmn.values import Value


def test_given_many_paths_into_an_object_when_put_then_what_is_there_is_neither_copied_nor_weighed_for_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    weighed = []

    def weigh(items: list[Value]) -> list[Value]:
        weighed.append(items)
        return items

    monkeypatch.setattr(mappings, "bounded", weigh)
    big: list[Value] = list(range(1000))
    whole: dict[str, Value] = {"big": big, "in": {"k": 1}}
    done = put_all(whole, [(("in", f"b{number}"), number) for number in range(200)])
    assert done == {"big": big, "in": {"k": 1, **{f"b{number}": number for number in range(200)}}}
    assert isinstance(done, dict)
    assert done["big"] is big
    assert len(weighed) == 1
    assert whole == {"big": big, "in": {"k": 1}}


def test_given_a_part_that_a_later_path_leads_into_when_put_then_the_part_itself_stays_as_it_was() -> None:
    part: Value = {"x": 1}
    done = put_all(None, [(("a",), part), (("b",), part), (("a", "y"), 2), (("b", "x"), 3)])
    assert done == {"a": {"x": 1, "y": 2}, "b": {"x": 3}}
    assert part == {"x": 1}


def test_given_the_whole_between_paths_when_put_then_it_replaces_what_came_before() -> None:
    assert put_all({"k": 1}, [(("a",), 1), ((), {"b": 2}), (("c",), 3)]) == {"b": 2, "c": 3}
    assert put_all({"k": 1}, []) == {"k": 1}


@pytest.mark.parametrize("whole", [5, [1], "", 0, False, {"a": []}, {"a": False}])
def test_given_no_object_on_the_path_when_put_then_it_is_refused(whole: Value) -> None:
    with pytest.raises(EvaluationFailed, match="is no object"):
        put(whole, ("a", "b"), 1)


def test_given_paths_that_make_too_much_when_put_then_it_is_refused() -> None:
    with pytest.raises(EvaluationFailed, match="holds too much"):
        put_all(None, [(("a",) * 5000, 1)])
