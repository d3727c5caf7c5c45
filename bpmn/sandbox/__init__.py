"""Scripts of diagrams in Python and JavaScript, run where they can reach nothing.

A script runs in another process (`child.py`) that has no environment, opens no files, and holds the script in an
interpreter without any way out (pydantic-monty, quickjs-ng). JSON goes in and comes out, within limits of time, memory
and size; a child that breaks them is killed, and costs nobody else anything.
"""

from __future__ import annotations

from bpmn.sandbox.pool import Sandboxes, installed
from bpmn.sandbox.protocol import (
    JAVASCRIPT,
    PYTHON,
    Answer,
    BusinessError,
    Limits,
    Order,
    SandboxCrashed,
    SandboxesBusy,
    ScriptFailed,
    ScriptInvalid,
)

__all__ = [
    "JAVASCRIPT",
    "PYTHON",
    "Answer",
    "BusinessError",
    "Limits",
    "Order",
    "SandboxCrashed",
    "Sandboxes",
    "SandboxesBusy",
    "ScriptFailed",
    "ScriptInvalid",
    "installed",
]
