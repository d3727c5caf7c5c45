"""Which processes of a file are to be executed (BPMN 10.2, isExecutable)."""

from __future__ import annotations

from lxml import etree

from bpmn.support import FLOW_NODES
from bpmn.xmlsource import is_bpmn, local


def is_executable(process: etree._Element) -> bool:
    """Whether a process is to be executed: it says so, or says nothing and holds something that can be.

    The standard leaves open what a missing isExecutable means. Tools that never write it mean their processes to run,
    and draw the pools of others as processes that hold nothing.
    """
    said = process.get("isExecutable", "").strip()
    return said in ("true", "1") or (is_undecided(process) and not is_empty(process))


def is_undecided(process: etree._Element) -> bool:
    """Whether a process does not say whether it is executable: it is executed if it can be."""
    return process.get("isExecutable", "").strip() not in ("true", "1", "false", "0")


def is_empty(process: etree._Element) -> bool:
    """Whether a process holds nothing that could be executed."""
    return not any(is_bpmn(node) and local(node) in FLOW_NODES for node in process)
