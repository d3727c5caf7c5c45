"""From XML nodes to task specs: a reader for each kind of element, and what they share."""

from bpmn.readers.elements import (
    AdHocReader,
    CallActivityReader,
    ComplexGatewayReader,
    ElementReader,
    EventBasedGatewayReader,
    ScriptTaskReader,
    ServiceTaskReader,
    SubprocessReader,
    UserTaskReader,
)
from bpmn.readers.events import BoundaryEventReader, EventReader, ReceiveTaskReader, SendTaskReader
from bpmn.readers.extensions import read_listeners

__all__ = [
    "AdHocReader",
    "BoundaryEventReader",
    "CallActivityReader",
    "ComplexGatewayReader",
    "ElementReader",
    "EventBasedGatewayReader",
    "EventReader",
    "ReceiveTaskReader",
    "ScriptTaskReader",
    "SendTaskReader",
    "ServiceTaskReader",
    "SubprocessReader",
    "UserTaskReader",
    "read_listeners",
]
