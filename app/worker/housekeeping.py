"""What nobody needs any more is forgotten: expired answers and messages, old evaluations of decisions."""

from __future__ import annotations

from sqlalchemy import bindparam as p
from sqlalchemy import delete, select

from app.db import Statement
from app.engine.work import Work
from app.models import decision_evaluation, idempotency, message

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


_alone = select(decision_evaluation.c.id).where(
    decision_evaluation.c.instance_id.is_(None), decision_evaluation.c.remove_at <= p("now")
)
_EVALUATIONS = Statement(
    delete(decision_evaluation).where(
        decision_evaluation.c.id.in_(_alone.order_by(decision_evaluation.c.remove_at).limit(_AT_ONCE))
    )
)


def clean_up(tx: Work) -> None:
    """Delete expired messages and idempotency answers, and evaluations that no process asked for after their time."""
    tx.later(_MESSAGES, {"now": tx.millis})
    tx.later(_ANSWERS, {"now": tx.millis})
    tx.later(_EVALUATIONS, {"now": tx.millis})
