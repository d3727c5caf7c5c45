"""Variables in the dialect: what is found by them, and what is rarer than setting and reading them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.engine_rest.client import Rest, typed
from tests.driver import ONE_TASK


@pytest.mark.parametrize(
    ("path", "filter"),
    [
        ("/process-instance", "variables"),
        ("/history/process-instance", "variables"),
        ("/task", "processVariables"),
    ],
)
def test_given_texts_in_any_case_when_asked_without_heeding_it_then_names_or_values_fit(
    rest: Rest, path: str, filter: str
) -> None:
    rest.deploy(ONE_TASK)
    rest.start("p", {"City": typed("String", "Ulm")})
    rest.start("p", {"city": typed("String", "ULM"), "size": typed("Integer", 5)})
    rest.start("p", {"City": typed("String", "Bonn")})

    def count(name: str, operator: str, value: Any, **how: bool) -> int:
        asked = {filter: [{"name": name, "operator": operator, "value": value}], **how}
        found: int = rest.post(f"{path}/count", asked)["count"]
        return found

    names, values = {"variableNamesIgnoreCase": True}, {"variableValuesIgnoreCase": True}
    assert count("city", "eq", "ulm") == 0
    assert count("CITY", "eq", "Ulm", **names) == 1
    assert count("City", "eq", "ulm", **values) == 1
    assert count("CITY", "eq", "ulm", **names, **values) == 2
    assert count("CITY", "neq", "ulm", **names, **values) == 1
    assert count("city", "like", "U%", **names) == 2
    assert count("city", "like", "u_M", **names, **values) == 2
    assert count("city", "notLike", "u%", **names, **values) == 1
    assert count("SIZE", "gt", 4, **names, **values) == 1
    asked = rest.get(f"{path}/count", status=200, **{filter: "CITY_eq_ULM", "variableNamesIgnoreCase": "true"})
    assert asked == {"count": 1}
    rest.get(path, status=400, variableValuesIgnoreCase="perhaps")


def test_given_a_draft_at_a_task_when_asked_for_in_any_case_then_the_task_is_found(rest: Rest) -> None:
    rest.deploy(ONE_TASK)
    rest.start()
    (task,) = rest.tasks()
    rest.put(f"/task/{task['id']}/localVariables/Draft", typed("String", "Half"))

    assert rest.tasks(taskVariables="draft_eq_half") == []
    any_case = {"variableNamesIgnoreCase": "true", "variableValuesIgnoreCase": "true"}
    assert [found["id"] for found in rest.tasks(taskVariables="draft_eq_half", **any_case)] == [task["id"]]
