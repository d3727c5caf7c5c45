"""What a call activity can call: executable processes, and global tasks (BPMN 10.3.6, 10.3.7)."""

from __future__ import annotations

from lxml import etree

from bpmn.executable import is_executable
from bpmn.xmlsource import BPMN, GLOBAL_TASKS, is_bpmn, local


def callables(root: etree._Element) -> list[etree._Element]:
    """What becomes a process model of its own: the executable processes of a file, and its global tasks.

    The global tasks of a file that draws processes but no executable one are drawn only, as these are.
    """
    drawn = list(root.iterchildren("{" + BPMN + "}process"))
    executable = [process for process in drawn if is_executable(process)]
    return executable + (global_tasks(root) if executable or not drawn else [])


def global_tasks(root: etree._Element) -> list[etree._Element]:
    """The global tasks of a file."""
    return [node for node in root if is_bpmn(node) and local(node) in GLOBAL_TASKS]
