"""What all tables share: column kinds that every driver takes as they are, and the metadata.

Columns are text, integers and bytes only, so that compiled statements can run on the driver without type processing.
Times are milliseconds since the epoch, UTC; booleans are 0 and 1.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, ColumnElement, Identity, Integer, LargeBinary, MetaData, Text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# For tables whose key is text: on SQLite their rows lie in the tree of the key itself instead of in a second one.
KEYED: dict[str, Any] = {"sqlite_with_rowid": False}

# Compared byte by byte, so that ids and search keys sort alike on every database.
BYTEWISE = Text().with_variant(Text(collation="C"), "postgresql")


def key(name: str) -> Column[Any]:
    """A primary key, or a part of one, of text."""
    return Column(name, BYTEWISE, primary_key=True, nullable=False)


def serial(name: str = "id") -> Column[Any]:
    """An ascending integer made by the database."""
    kind = BigInteger().with_variant(Integer, "sqlite")
    return Column(name, kind, Identity(always=False), primary_key=True, nullable=False)


def ident(name: str, *, nullable: bool = False) -> Column[Any]:
    """The identity of a row elsewhere."""
    return Column(name, BYTEWISE, nullable=nullable)


def text(name: str, *, nullable: bool = False) -> Column[Any]:
    """Text of any length."""
    return Column(name, Text, nullable=nullable)


def number(name: str, *, nullable: bool = False, default: str | None = None) -> Column[Any]:
    """An integer of 64 bits; `default` is what the database puts where nothing is given."""
    return Column(name, BigInteger, nullable=nullable, server_default=default)


def millis(name: str, *, nullable: bool = False) -> Column[Any]:
    """A moment: milliseconds since the epoch, UTC."""
    return Column(name, BigInteger, nullable=nullable)


def blob(name: str, *, nullable: bool = False) -> Column[Any]:
    """Bytes."""
    return Column(name, LargeBinary, nullable=nullable)


def of_instance(name: Column[Any], instance_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether `name` names an activity instance of this process instance: a range of the key, no index besides."""
    return (name > instance_id + ".") & (name < instance_id + "/")
