"""Uploads for tests: what is refused, and what the report says."""

from __future__ import annotations

from bpmn import parsing
from bpmn.errors import UnusableModel
from bpmn.model import ProcessModel
from bpmn.policy import BY_DEFAULT, Policy
from bpmn.report import Report, ReportEntry, Status


def upload(data: bytes, file: str = "upload.bpmn", policy: Policy = BY_DEFAULT) -> tuple[Report, list[ProcessModel]]:
    """The report and, where nothing is refused, the models."""
    try:
        parsed = parsing.parse({file: data}, policy=policy)
    except UnusableModel as unusable:
        return unusable.report, []
    return parsed.report, parsed.models


def refusals(data: bytes, policy: Policy = BY_DEFAULT) -> list[ReportEntry]:
    """What stands in the way; empty for a usable file."""
    return upload(data, policy=policy)[0].refused


def warnings(data: bytes, policy: Policy = BY_DEFAULT) -> dict[str | None, str]:
    """What a usable file is warned of, by element; several messages in lines."""
    report, _ = upload(data, policy=policy)
    assert report.refused == []
    told: dict[str | None, str] = {}
    for entry in report.entries:
        if entry.status is Status.WARNING:
            told[entry.element_id] = f"{told.get(entry.element_id, '')}{entry.message}\n"
    return told


def accepted(data: bytes) -> ProcessModel:
    """The first process of a usable file."""
    report, models = upload(data)
    assert report.refused == []
    return models[0]
