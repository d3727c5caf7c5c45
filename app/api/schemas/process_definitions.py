"""Shapes of process definitions."""

from __future__ import annotations

from pydantic import Field
from typing_extensions import TypedDict

from app.api.schemas.common import MOST, Body, PageQuery, Report, Time, example


class ProcessDefinition(TypedDict):
    """One executable process in one version."""

    id: str
    key: str
    version: int
    versionTag: str | None
    name: str | None
    resourceName: str
    deploymentId: str
    suspended: bool
    createdAt: Time


class ProcessDefinitionPage(TypedDict):
    """A page of process definitions."""

    items: list[ProcessDefinition]
    nextCursor: str | None


class DefinitionReport(TypedDict):
    """The part of the executability report that speaks of the definition's file."""

    resourceName: str
    report: Report


class ProcessDefinitionQuery(PageQuery):
    """Which process definitions are wanted."""

    key: str | None = None
    version: int | None = Field(default=None, ge=0, le=MOST)
    version_tag: str | None = None
    deployment_id: str | None = None
    suspended: bool | None = None
    latest: bool = Field(default=False, description="Only the newest version of each key.")


class SuspendDefinition(Body, json_schema_extra=example(withInstances=True)):
    """How far suspending and resuming reaches."""

    with_instances: bool = Field(default=False, description="Whether running instances rest (or go on) too.")
