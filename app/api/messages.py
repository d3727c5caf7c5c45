"""Messages over HTTP."""

from __future__ import annotations

from app.api.route import Routes, Write
from app.api.schemas.common import millis
from app.api.schemas.operations import CorrelatedMessage, CorrelateMessage, PublishedMessage, PublishMessage
from app.commands import messages as commands

routes = Routes("Messages and signals")


@routes.post(
    "/messages/correlate",
    "correlateMessage",
    "Bring a message to its receiver",
    example={"processInstanceId": "019aa9d6-1b2c-7d3e-9f40-a1b2c3d4e5f6", "started": False, "state": "active"},
    refusals=[404, 409],
)
def correlate(tx: Write, body: CorrelateMessage) -> CorrelatedMessage:
    """To the one instance that waits for it with these keys, or to the one process that it starts; else refused."""
    done = commands.correlate(
        tx,
        name=body.name,
        business_key=body.business_key,
        correlation_key=body.correlation_key,
        correlation_keys=body.correlation_keys,
        process_instance_id=body.process_instance_id,
        variables=body.variables,
    )
    return {
        "processInstanceId": done.process_instance_id,
        "started": done.started,
        "state": done.status,  # type: ignore[typeddict-item]
    }


@routes.post(
    "/messages/publish",
    "publishMessage",
    "Publish a message",
    example={"fate": "buffered"},
    refusals=[409],
)
def publish(tx: Write, body: PublishMessage) -> PublishedMessage:
    """For whoever waits for it; where nobody does yet, it is kept for its time to live."""
    done = commands.publish(
        tx,
        name=body.name,
        correlation_key=body.correlation_key,
        ttl_millis=millis(body.ttl_seconds),
        message_id=body.message_id,
        variables=body.variables,
    )
    return {"fate": done.fate}
