"""Drawings: kept for all in a bounded memory, and for one request as long as it lasts."""

from __future__ import annotations

import pytest

from app.engine import drawings
from app.engine.drawings import Drawings, DrawingsAtHand, DrawingsMissing
from app.errors import InvalidRequest, NotFound
from tests.driver import ONE_TASK, Driver, process


def test_given_more_drawings_than_are_kept_when_one_request_needs_them_then_they_stay_at_its_hand(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawings, "MOST", 2)
    ids = [driver.deploy(ONE_TASK).definitions[0].id for _ in range(3)]
    shared = Drawings(driver.runtime.database)
    request, other = DrawingsAtHand(shared), DrawingsAtHand(shared)
    with pytest.raises(DrawingsMissing) as missing:
        request.require(ids[:2])
    request.load(missing.value.definition_ids)
    other.load(ids[1:])

    assert shared.find(ids[0]) is None
    assert list(request.get(ids[0]).elements) == ["s", "work", "e"]
    assert [request.version(ids[0]), other.version(ids[2])] == [1, 3]
    with pytest.raises(InvalidRequest, match="more than 2"):
        request.require(ids)


def test_given_a_definition_that_is_not_there_when_its_drawing_is_wanted_then_it_is_not_found(driver: Driver) -> None:
    driver.deploy(process('<startEvent id="s"/>'))
    at_hand = DrawingsAtHand(Drawings(driver.runtime.database))
    with pytest.raises(DrawingsMissing):
        at_hand.get("nobody")
    with pytest.raises(NotFound):
        at_hand.load(["nobody"])
