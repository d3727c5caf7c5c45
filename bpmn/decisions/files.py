"""DMN files as they are deployed: each with the files that it imports, directly or over others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bpmn.decisions import Decision, Decisions
from bpmn.decisions.model import Definitions, Evaluable, Key, Place
from bpmn.decisions.reader import read_definitions
from bpmn.errors import UnusableModel
from bpmn.report import Report, ReportEntry, Status
from bpmn.xmlsource import SourceRefused

SUFFIXES = (".dmn", ".dmn.xml", ".dmn11.xml")
NAMESPACE = b"omg.org/spec/DMN/"


@dataclass(frozen=True, slots=True)
class DecisionFile:
    """One DMN file that can be evaluated: `key` is the id of its definitions, or their name where they have none.

    `decisions` are what can be asked for: its decisions, and its decision services.
    """

    file: str
    key: str
    name: str
    decisions: tuple[Evaluable, ...]


def is_decision_file(name: str) -> bool:
    """Whether a resource holds decisions by its name."""
    return name.lower().endswith(SUFFIXES)


def parse_files(
    files: Mapping[str, bytes], report: Report, check_time: Callable[[], None] = lambda: None
) -> list[DecisionFile]:
    """Read and judge the DMN files of a deployment; what becomes of their elements goes to the report."""
    read: dict[str, Definitions] = {}
    for file, data in files.items():
        check_time()
        try:
            read[file], entries = read_definitions(data, file)
        except SourceRefused as refusal:
            entries = [refusal.entry]
        for entry in entries:
            report.add(entry)
    for entry in _contradictions(list(read.values())):
        report.add(entry)
    for file, definitions in read.items():
        for entry in _compiled(definitions, read, check_time).problems:
            if entry.file == file:
                report.add(entry)
    return [DecisionFile(file, key_of(one), one.name or key_of(one), one.evaluable) for file, one in read.items()]


def load_file(files: Mapping[str, bytes], file: str) -> Decisions:
    """The decisions of a file that was deployed before, with `files` beside it; those of the file itself come first.

    Raises `UnusableModel` if it is not usable any more.
    """
    try:
        read = {file: read_definitions(files[file], file)[0]}
        if read[file].imports:
            read.update({other: read_definitions(data, other)[0] for other, data in files.items() if other != file})
    except SourceRefused as refusal:
        raise UnusableModel(Report([refusal.entry])) from None
    return _compiled(read[file], read, lambda: None)


def key_of(definitions: Definitions) -> str:
    """What the definitions of a file are called, version by version."""
    return definitions.id or definitions.name or definitions.file


def _compiled(definitions: Definitions, read: Mapping[str, Definitions], check_time: Callable[[], None]) -> Decisions:
    return Decisions(_with_imports(definitions, read), [], check_time)


def _with_imports(definitions: Definitions, read: Mapping[str, Definitions]) -> list[Definitions]:
    """A file and all that it imports, directly or over others."""
    by_namespace = {one.namespace: one for one in read.values()}
    found = {definitions.namespace: definitions}
    pending = [definitions]
    while pending:
        for one in pending.pop().imports:
            other = by_namespace.get(one.namespace)
            if other is not None and other.namespace not in found:
                found[other.namespace] = other
                pending.append(other)
    return list(found.values())


def _contradictions(files: Sequence[Definitions]) -> Iterator[ReportEntry]:
    """What is wrong between files, or between the decisions of one: imports, keys, circles."""
    named: dict[str, list[str]] = {}
    for definitions in files:
        named.setdefault(definitions.namespace, []).append(definitions.file)
    for definitions in files:
        for one in definitions.imports:
            found = named.get(one.namespace, [])
            if len(found) != 1:
                said = " and ".join(found) if found else "no file of this deployment"
                yield _entry(one.place, f"imports the namespace {one.namespace[:200]!r}, which is that of {said}")
    yield from _same_keys(files)
    yield from _circles({one.key: one for definitions in files for one in definitions.decisions})


def _same_keys(files: Sequence[Definitions]) -> Iterator[ReportEntry]:
    """Decisions of the same id: in files of one namespace a contradiction, else the later one is the newer version."""
    seen: dict[str, Evaluable] = {}
    for decision in (one for definitions in files for one in definitions.evaluable):
        namespace, id_ = decision.key
        other = seen.get(id_)
        if other is not None and other.place.file != decision.place.file:
            if other.key[0] == namespace:
                yield _entry(decision.place, f"decision {id_!r} is also in {other.place.file!r}, in the same namespace")
            else:
                said = f"decision {id_!r} is also in {other.place.file!r}; this is the newer version"
                yield _entry(decision.place, said, Status.DOCUMENTATION)
        seen[id_] = decision


def _circles(decisions: Mapping[Key, Decision]) -> Iterator[ReportEntry]:
    """Decisions that require themselves: those that are left when all that wait for nothing are taken away."""
    waiting = {key: sum(one in decisions for one in set(found.requires)) for key, found in decisions.items()}
    required_by: dict[Key, list[Key]] = {}
    for key, found in decisions.items():
        for one in set(found.requires):
            required_by.setdefault(one, []).append(key)
    ready = [key for key, number in waiting.items() if not number]
    while ready:
        for key in required_by.get(ready.pop(), ()):
            waiting[key] -= 1
            if not waiting[key]:
                ready.append(key)
    for key, number in waiting.items():
        if number:
            yield _entry(decisions[key].place, "requires itself, or decisions that require each other")


def _entry(place: Place, message: str, status: Status = Status.REFUSED) -> ReportEntry:
    return ReportEntry(place.file, place.line, place.id, place.type, status, message)
