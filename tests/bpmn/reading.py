"""Uploads for tests: what is refused, and what the report says."""

from __future__ import annotations

from bpmn import parsing
from bpmn.errors import UnusableModel
from bpmn.model import ProcessModel
from bpmn.report import Report, ReportEntry


def upload(data: bytes, file: str = "upload.bpmn") -> tuple[Report, list[ProcessModel]]:
    """The report and, where nothing is refused, the models."""
    try:
        parsed = parsing.parse({file: data})
    except UnusableModel as unusable:
        return unusable.report, []
    return parsed.report, parsed.models


def refusals(data: bytes) -> list[ReportEntry]:
    """What stands in the way; empty for a usable file."""
    return upload(data)[0].refused


def accepted(data: bytes) -> ProcessModel:
    """The first process of a usable file."""
    report, models = upload(data)
    assert report.refused == []
    return models[0]
