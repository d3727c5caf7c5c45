"""The executability report: what will be executed, what is only drawn, what is refused and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import msgspec


class Status(StrEnum):
    """What becomes of an element or an attribute of a diagram."""

    EXECUTED = "executed"
    DOCUMENTATION = "documentation"
    WARNING = "warning"
    """Executed, or kept, but probably not what was meant: the message names the rule."""
    REFUSED = "refused"


class ReportEntry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One element, or one attribute of it, and what becomes of it. `line` counts from 1; 0 is the file as a whole."""

    file: str
    line: int
    element_id: str | None
    element_type: str
    status: Status
    message: str = ""
    name: str | None = None
    attribute: str | None = None

    def __str__(self) -> str:
        where = self.file if not self.line else f"{self.file}, line {self.line}"
        element = f", {self.element_id!r}" if self.element_id else ""
        return f"{where}{element}: {self.message}"


#: A report that is longer helps nobody.
MOST_ENTRIES = 60_000


class ReportFull(Exception):
    """There is more to report than anybody would read."""


class Report:
    """All entries of one deployment, in the order of files and lines."""

    def __init__(self, entries: Iterable[ReportEntry] = ()) -> None:
        self.entries: list[ReportEntry] = list(entries)
        #: What is missing in processes that do not say whether they are executable, by (file, process).
        self._missing: dict[tuple[str, str], list[ReportEntry]] = {}

    def add(self, entry: ReportEntry) -> None:
        """Add an entry; raises `ReportFull`."""
        if len(self.entries) >= MOST_ENTRIES:
            raise ReportFull
        self.entries.append(entry)

    def add_missing(self, entry: ReportEntry, undecided: str | None) -> None:
        """Refuse for want of what only execution needs; `undecided` is a process that does not say isExecutable."""
        self.add(entry)
        if undecided is not None:
            self._missing.setdefault((entry.file, undecided), []).append(entry)

    def is_incomplete(self, file: str, process: str) -> bool:
        """Whether a process that does not say whether it is executable lacks what execution needs."""
        return (file, process) in self._missing

    def set_aside(self) -> None:
        """Let processes that do not say that they are executable, and lack what that needs, be documentation."""
        missing = {id(entry) for entries in self._missing.values() for entry in entries}
        self.entries = [
            msgspec.structs.replace(entry, status=Status.WARNING) if id(entry) in missing else entry
            for entry in self.entries
        ]
        for (file, process), entries in self._missing.items():
            message = "kept, not executed: it does not say isExecutable, and lacks what execution needs (BPMN 10.2)"
            line = min(entry.line for entry in entries)
            self.entries.append(ReportEntry(file, line, process, "process", Status.WARNING, message))
        self._missing.clear()

    def arrange(self, files: Iterable[str]) -> None:
        """Bring the entries into the order of these files and of their lines."""
        places = {file: place for place, file in enumerate(files)}
        self.entries.sort(key=lambda entry: (places.get(entry.file, 0), entry.line))

    @property
    def refused(self) -> list[ReportEntry]:
        """What stands in the way of execution; empty for a usable deployment."""
        return [entry for entry in self.entries if entry.status is Status.REFUSED]

    def count(self, status: Status) -> int:
        return sum(entry.status is status for entry in self.entries)
