"""Runs migrations, each upgrade as one transaction, one process at a time."""

from pathlib import Path

from alembic import context
from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from app.models import metadata

LOCK_NUMBER = 7_433_521


def run() -> None:
    """Upgrade the database that `app.db.migrate` was asked for."""
    url = make_url(context.config.attributes["url"])
    sqlite = url.get_backend_name() == "sqlite"
    if sqlite:
        Path(url.database or "").parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, poolclass=NullPool, connect_args={"isolation_level": None} if sqlite else {})
    if sqlite:
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA journal_mode=WAL"))
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    with engine.begin() as connection:
        if not sqlite:
            # A migration waits for nobody's long transaction with everybody else waiting behind it.
            connection.execute(text("SET LOCAL lock_timeout = '10s'"))
            connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK_NUMBER})"))
        context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True)
        context.run_migrations()
    engine.dispose()


run()
