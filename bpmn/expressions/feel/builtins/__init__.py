"""The functions of FEEL (DMN 1.5, 10.3.4), and those that Camunda 8 adds, one file per family."""

from __future__ import annotations

from collections.abc import Mapping

from bpmn.expressions.feel.builtins import (
    contexts,
    conversion,
    dates,
    lists,
    logic,
    numbers,
    ranges,
    statistics,
    strings,
)
from bpmn.expressions.feel.values import Function

BUILTINS: Mapping[str, Function] = {
    name: function
    for family in (conversion, logic, strings, lists, statistics, numbers, dates, ranges, contexts)
    for name, function in family.FUNCTIONS.functions().items()
}
"""All functions by name."""
