"""What is kept beside the state of an instance in which many runs of one activity are alive at once (bpmn/apart.py)."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Table

from app.models.base import KEYED, blob, key, metadata, number, text

# The open activity instances of runs that are kept apart.
state_part = Table(
    "state_part",
    metadata,
    key("instance_id"),
    Column("number", BigInteger, primary_key=True, nullable=False, autoincrement=False),
    # The run that the activity instance is in: itself where it is one.
    number("run"),
    # Of a run: its state, with that of everything in it.
    blob("state", nullable=True),
    **KEYED,
)

# The results of runs that are over, until they are collected.
run_result = Table(
    "run_result",
    metadata,
    key("instance_id"),
    Column("body", BigInteger, primary_key=True, nullable=False, autoincrement=False),
    Column("place", BigInteger, primary_key=True, nullable=False, autoincrement=False),
    # JSON text.
    text("value"),
    **KEYED,
)
