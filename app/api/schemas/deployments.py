"""Shapes of deployments."""

from __future__ import annotations

from pydantic import Field
from typing_extensions import TypedDict

from app.api.schemas.common import PageQuery, Query, Report, Time


class DeployedDefinition(TypedDict):
    """A process definition that came with a deployment."""

    id: str
    key: str
    version: int
    versionTag: str | None
    name: str | None
    resourceName: str


class DeployedDecision(TypedDict):
    """A decision that came with a deployment."""

    id: str
    key: str
    version: int
    versionTag: str | None
    name: str
    resourceName: str


class DeploymentSummary(TypedDict):
    """A deployment in a list."""

    id: str
    name: str
    source: str | None
    createdAt: Time


class Deployment(DeploymentSummary):
    """One atomic upload, with what became of everything in it."""

    resources: list[str]
    processDefinitions: list[DeployedDefinition]
    decisions: list[DeployedDecision]
    report: Report


class NewDeployment(Deployment):
    """A deployment that was just made, or was there with the same content (`duplicate`)."""

    duplicate: bool


class DeploymentPage(TypedDict):
    """A page of deployments."""

    items: list[DeploymentSummary]
    nextCursor: str | None


class DeployableProcess(TypedDict):
    """A process that would be deployed."""

    key: str
    versionTag: str | None
    name: str | None
    resourceName: str


class DeployableDecision(TypedDict):
    """A decision that would be deployed."""

    key: str
    versionTag: str | None
    name: str
    resourceName: str


class DryRun(TypedDict):
    """What a deployment would bring."""

    processes: list[DeployableProcess]
    decisions: list[DeployableDecision]
    report: Report


class CreateDeploymentQuery(Query):
    """How files are deployed."""

    dry_run: bool = Field(default=False, description="Read and judge the files, and change nothing.")


class DeploymentQuery(PageQuery):
    """Which deployments are wanted."""

    name: str | None = None


class DeleteDeploymentQuery(Query):
    """How a deployment is deleted."""

    cascade: bool = Field(default=False, description="Delete its process instances with their history too.")
