"""What is new in an upload, compared with what was deployed under the same name before."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import bindparam as p
from sqlalchemy import select

from app.db import Statement, Transaction
from app.models import deployment, resource

_LATEST = Statement(
    select(resource.c.content)
    .join_from(deployment, resource, resource.c.deployment_id == deployment.c.id)
    .where(
        deployment.c.name == p("deployment_name"),
        deployment.c.source.is_not_distinct_from(p("its_source")),
        resource.c.name == p("file"),
    )
    .order_by(deployment.c.id.desc())
    .limit(1)
)


def changed(tx: Transaction, name: str, source: str | None, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files that no deployment of this name and source has, or whose newest version there is another."""
    asked = {"deployment_name": name, "its_source": source}
    latest = ((file, tx.fetch_one(_LATEST, {**asked, "file": file})) for file in files)
    return {file: files[file] for file, row in latest if row is None or bytes(row[0]) != files[file]}
