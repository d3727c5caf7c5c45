"""What nobody needs any more is forgotten: expired answers and messages."""

from __future__ import annotations

from sqlalchemy import bindparam as p
from sqlalchemy import delete, select

from app.db import Statement
from app.engine.work import Work
from app.models import idempotency, message

# Never so many at once that others wait for it.
_AT_ONCE = 1000

_MESSAGES = Statement(
    delete(message).where(
        message.c.id.in_(select(message.c.id).where(message.c.expires_at <= p("now")).limit(_AT_ONCE))
    )
)
_oldest = select(idempotency.c.expires_at).where(idempotency.c.expires_at <= p("now"))
_ANSWERS = Statement(
    delete(idempotency).where(idempotency.c.expires_at.in_(_oldest.order_by(idempotency.c.expires_at).limit(_AT_ONCE)))
)


def clean_up(tx: Work) -> None:
    """Delete expired messages and idempotency answers."""
    tx.later(_MESSAGES, {"now": tx.millis})
    tx.later(_ANSWERS, {"now": tx.millis})
