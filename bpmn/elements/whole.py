"""The process itself, as far as it is an element: its listeners are heard there."""

from __future__ import annotations

from bpmn.elements.base import Element


class Whole(Element):
    """A process with listeners; it has the id of the process, stands on no level, and no token comes to it."""

    waits_for = "scope"
