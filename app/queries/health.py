"""Whether the database answers, and has the schema that this release needs."""

from __future__ import annotations

from sqlalchemy import literal_column, select, table

from app.db import Statement, Transaction

_REVISION = Statement(select(literal_column("version_num")).select_from(table("alembic_version")))


def revision(tx: Transaction) -> str | None:
    """The migration that the database is at; raises the driver's error where it was never migrated."""
    found = tx.fetch_one(_REVISION)
    return None if found is None else str(found[0])
