"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BYTEWISE = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "deployment",
        sa.Column("id", BYTEWISE, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deployment")),
    )
    op.create_index(op.f("ix_deployment_name_id"), "deployment", ["name", "id"], unique=False)
    op.create_table(
        "external_task",
        sa.Column("id", BYTEWISE, nullable=False),
        sa.Column("instance_id", BYTEWISE, nullable=False),
        sa.Column("definition_id", BYTEWISE, nullable=False),
        sa.Column("definition_key", BYTEWISE, nullable=False),
        sa.Column("business_key", sa.Text(), nullable=True),
        sa.Column("element_id", sa.Text(), nullable=False),
        sa.Column("topic", BYTEWISE, nullable=False),
        sa.Column("priority", sa.BigInteger(), nullable=False),
        sa.Column("worker_id", sa.Text(), nullable=True),
        sa.Column("lock_until", sa.BigInteger(), nullable=True),
        sa.Column("available_at", sa.BigInteger(), nullable=True),
        sa.Column("retries", sa.BigInteger(), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("error_details", sa.Text(), nullable=True),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_external_task")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_external_task_topic_available_at"),
        "external_task",
        ["topic", "available_at"],
        unique=False,
        postgresql_where=sa.text("available_at IS NOT NULL"),
        sqlite_where=sa.text("available_at IS NOT NULL"),
    )
    op.create_table(
        "history",
        sa.Column("instance_id", BYTEWISE, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("command", BYTEWISE, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("instance_id", "seq", name=op.f("pk_history")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "idempotency",
        sa.Column("caller", BYTEWISE, nullable=False),
        sa.Column("path", BYTEWISE, nullable=False),
        sa.Column("key", BYTEWISE, nullable=False),
        sa.Column("request_hash", sa.Text(), nullable=False),
        sa.Column("status", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("caller", "path", "key", name=op.f("pk_idempotency")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_idempotency_expires_at"), "idempotency", ["expires_at"], unique=False)
    op.create_table(
        "incident",
        sa.Column("id", SERIAL, sa.Identity(always=False), nullable=False),
        sa.Column("instance_id", BYTEWISE, nullable=True),
        sa.Column("definition_id", BYTEWISE, nullable=True),
        sa.Column("activity", sa.BigInteger(), nullable=True),
        sa.Column("job_id", sa.BigInteger(), nullable=True),
        sa.Column("element_id", sa.Text(), nullable=True),
        sa.Column("kind", BYTEWISE, nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("resolved_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
    )
    op.create_index(op.f("ix_incident_instance_id"), "incident", ["instance_id"], unique=False)
    op.create_index(
        "ix_incident_open",
        "incident",
        ["id"],
        unique=False,
        postgresql_where=sa.text("resolved_at IS NULL"),
        sqlite_where=sa.text("resolved_at IS NULL"),
    )
    op.create_table(
        "job",
        sa.Column("id", SERIAL, sa.Identity(always=False), nullable=False),
        sa.Column("kind", BYTEWISE, nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("ready_at", sa.BigInteger(), nullable=True),
        sa.Column("owner", BYTEWISE, nullable=True),
        sa.Column("retries", sa.BigInteger(), nullable=False),
        sa.Column("attempt", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("instance_id", BYTEWISE, nullable=True),
        sa.Column("activity", sa.BigInteger(), nullable=True),
        sa.Column("event", sa.Text(), nullable=True),
        sa.Column("definition_id", BYTEWISE, nullable=True),
        sa.Column("definition_key", BYTEWISE, nullable=True),
        sa.Column("repetition", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("payload", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
    )
    op.create_index(
        op.f("ix_job_definition_key"),
        "job",
        ["definition_key"],
        unique=False,
        postgresql_where=sa.text("definition_key IS NOT NULL"),
        sqlite_where=sa.text("definition_key IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_job_instance_id"),
        "job",
        ["instance_id"],
        unique=False,
        postgresql_where=sa.text("instance_id IS NOT NULL"),
        sqlite_where=sa.text("instance_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_job_ready_at"),
        "job",
        ["ready_at"],
        unique=False,
        postgresql_where=sa.text("ready_at IS NOT NULL"),
        sqlite_where=sa.text("ready_at IS NOT NULL"),
    )
    op.create_table(
        "message",
        sa.Column("id", SERIAL, sa.Identity(always=False), nullable=False),
        sa.Column("name", BYTEWISE, nullable=False),
        sa.Column("correlation_key", BYTEWISE, nullable=True),
        sa.Column("message_id", BYTEWISE, nullable=True),
        sa.Column("variables", sa.Text(), nullable=False),
        sa.Column("taken", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
    )
    op.create_index(op.f("ix_message_expires_at"), "message", ["expires_at"], unique=False)
    op.create_index(op.f("ix_message_name_id"), "message", ["name", "id"], unique=False)
    op.create_index(
        op.f("ix_message_name_message_id"),
        "message",
        ["name", "message_id"],
        unique=True,
        postgresql_where=sa.text("message_id IS NOT NULL"),
        sqlite_where=sa.text("message_id IS NOT NULL"),
    )
    op.create_table(
        "process_instance",
        sa.Column("id", BYTEWISE, nullable=False),
        sa.Column("definition_id", BYTEWISE, nullable=False),
        sa.Column("definition_key", BYTEWISE, nullable=False),
        sa.Column("business_key", sa.Text(), nullable=True),
        sa.Column("status", BYTEWISE, nullable=False),
        sa.Column("caller_id", BYTEWISE, nullable=True),
        sa.Column("root_id", BYTEWISE, nullable=False),
        sa.Column("depth", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=True),
        sa.Column("has_candidates", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("has_incidents", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ending", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_process_instance")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_process_instance_business_key"),
        "process_instance",
        ["business_key"],
        unique=False,
        postgresql_where=sa.text("business_key IS NOT NULL"),
        sqlite_where=sa.text("business_key IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_process_instance_caller_id"),
        "process_instance",
        ["caller_id"],
        unique=False,
        postgresql_where=sa.text("caller_id IS NOT NULL"),
        sqlite_where=sa.text("caller_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_process_instance_definition_id_id"), "process_instance", ["definition_id", "id"], unique=False
    )
    op.create_index(
        op.f("ix_process_instance_root_id"),
        "process_instance",
        ["root_id"],
        unique=False,
        postgresql_where=sa.text("caller_id IS NOT NULL"),
        sqlite_where=sa.text("caller_id IS NOT NULL"),
    )
    op.create_table(
        "subscription",
        sa.Column("instance_id", BYTEWISE, nullable=False),
        sa.Column("activity", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event", BYTEWISE, nullable=False),
        sa.Column("kind", BYTEWISE, nullable=False),
        sa.Column("name", BYTEWISE, nullable=False),
        sa.Column("correlation_key", BYTEWISE, nullable=True),
        sa.Column("keyed", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("business_key", BYTEWISE, nullable=True),
        sa.Column("taken", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("instance_id", "activity", "event", name=op.f("pk_subscription")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_subscription_kind_name_correlation_key"),
        "subscription",
        ["kind", "name", "correlation_key"],
        unique=False,
    )
    op.create_table(
        "state_part",
        sa.Column("instance_id", BYTEWISE, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("run", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("instance_id", "number", name=op.f("pk_state_part")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "run_result",
        sa.Column("instance_id", BYTEWISE, nullable=False),
        sa.Column("body", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("place", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("instance_id", "body", "place", name=op.f("pk_run_result")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "task_candidate",
        sa.Column("task_id", BYTEWISE, nullable=False),
        sa.Column("kind", BYTEWISE, nullable=False),
        sa.Column("name", BYTEWISE, nullable=False),
        sa.PrimaryKeyConstraint("task_id", "kind", "name", name=op.f("pk_task_candidate")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_task_candidate_kind_name"), "task_candidate", ["kind", "name"], unique=False)
    op.create_table(
        "user_task",
        sa.Column("id", BYTEWISE, nullable=False),
        sa.Column("instance_id", BYTEWISE, nullable=False),
        sa.Column("definition_id", BYTEWISE, nullable=False),
        sa.Column("definition_key", BYTEWISE, nullable=False),
        sa.Column("business_key", sa.Text(), nullable=True),
        sa.Column("element_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("assignee", sa.Text(), nullable=True),
        sa.Column("priority", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("follow_up_at", sa.BigInteger(), nullable=True),
        sa.Column("form_key", sa.Text(), nullable=True),
        sa.Column("documentation", sa.Text(), nullable=True),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("suspended", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_task")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_user_task_assignee"),
        "user_task",
        ["assignee"],
        unique=False,
        postgresql_where=sa.text("assignee IS NOT NULL"),
        sqlite_where=sa.text("assignee IS NOT NULL"),
    )
    op.create_table(
        "variable",
        sa.Column("instance_id", BYTEWISE, nullable=False),
        sa.Column("scope", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", BYTEWISE, nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("search", BYTEWISE, nullable=True),
        sa.PrimaryKeyConstraint("instance_id", "scope", "name", name=op.f("pk_variable")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_variable_name_search"),
        "variable",
        ["name", "search"],
        unique=False,
        postgresql_where=sa.text("search IS NOT NULL"),
        sqlite_where=sa.text("search IS NOT NULL"),
    )
    op.create_table(
        "process_definition",
        sa.Column("id", BYTEWISE, nullable=False),
        sa.Column("deployment_id", BYTEWISE, nullable=False),
        sa.Column("key", BYTEWISE, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("version_tag", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("resource_name", sa.Text(), nullable=False),
        sa.Column("suspended", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["deployment_id"], ["deployment.id"], name=op.f("fk_process_definition_deployment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_process_definition")),
    )
    op.create_index(op.f("ix_process_definition_deployment_id"), "process_definition", ["deployment_id"], unique=False)
    op.create_index(op.f("ix_process_definition_key_version"), "process_definition", ["key", "version"], unique=True)
    op.create_table(
        "resource",
        sa.Column("deployment_id", BYTEWISE, nullable=False),
        sa.Column("name", BYTEWISE, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["deployment_id"], ["deployment.id"], name=op.f("fk_resource_deployment_id")),
        sa.PrimaryKeyConstraint("deployment_id", "name", name=op.f("pk_resource")),
    )
    op.create_table(
        "start_subscription",
        sa.Column("definition_id", BYTEWISE, nullable=False),
        sa.Column("element_id", BYTEWISE, nullable=False),
        sa.Column("definition_key", BYTEWISE, nullable=False),
        sa.Column("kind", BYTEWISE, nullable=False),
        sa.Column("name", BYTEWISE, nullable=False),
        sa.ForeignKeyConstraint(
            ["definition_id"], ["process_definition.id"], name=op.f("fk_start_subscription_definition_id")
        ),
        sa.PrimaryKeyConstraint("definition_id", "element_id", name=op.f("pk_start_subscription")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_start_subscription_definition_key"), "start_subscription", ["definition_key"], unique=False
    )
    op.create_index(op.f("ix_start_subscription_kind_name"), "start_subscription", ["kind", "name"], unique=False)
    op.create_table(
        "message_key",
        sa.Column("definition_id", BYTEWISE, nullable=False),
        sa.Column("name", BYTEWISE, nullable=False),
        sa.Column("reading", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["definition_id"], ["process_definition.id"], name=op.f("fk_message_key_definition_id")
        ),
        sa.PrimaryKeyConstraint("definition_id", "name", name=op.f("pk_message_key")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_message_key_name"), "message_key", ["name"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_message_key_name"), table_name="message_key")
    op.drop_table("message_key")
    op.drop_index(op.f("ix_start_subscription_kind_name"), table_name="start_subscription")
    op.drop_index(op.f("ix_start_subscription_definition_key"), table_name="start_subscription")
    op.drop_table("start_subscription")
    op.drop_table("resource")
    op.drop_index(op.f("ix_process_definition_key_version"), table_name="process_definition")
    op.drop_index(op.f("ix_process_definition_deployment_id"), table_name="process_definition")
    op.drop_table("process_definition")
    op.drop_index(
        op.f("ix_variable_name_search"),
        table_name="variable",
        postgresql_where=sa.text("search IS NOT NULL"),
        sqlite_where=sa.text("search IS NOT NULL"),
    )
    op.drop_table("variable")
    op.drop_index(
        op.f("ix_user_task_assignee"),
        table_name="user_task",
        postgresql_where=sa.text("assignee IS NOT NULL"),
        sqlite_where=sa.text("assignee IS NOT NULL"),
    )
    op.drop_table("user_task")
    op.drop_index(op.f("ix_task_candidate_kind_name"), table_name="task_candidate")
    op.drop_table("task_candidate")
    op.drop_index(op.f("ix_subscription_kind_name_correlation_key"), table_name="subscription")
    op.drop_table("subscription")
    op.drop_index(
        op.f("ix_process_instance_root_id"),
        table_name="process_instance",
        postgresql_where=sa.text("caller_id IS NOT NULL"),
        sqlite_where=sa.text("caller_id IS NOT NULL"),
    )
    op.drop_index(op.f("ix_process_instance_definition_id_id"), table_name="process_instance")
    op.drop_index(
        op.f("ix_process_instance_caller_id"),
        table_name="process_instance",
        postgresql_where=sa.text("caller_id IS NOT NULL"),
        sqlite_where=sa.text("caller_id IS NOT NULL"),
    )
    op.drop_index(
        op.f("ix_process_instance_business_key"),
        table_name="process_instance",
        postgresql_where=sa.text("business_key IS NOT NULL"),
        sqlite_where=sa.text("business_key IS NOT NULL"),
    )
    op.drop_table("process_instance")
    op.drop_index(
        op.f("ix_message_name_message_id"),
        table_name="message",
        postgresql_where=sa.text("message_id IS NOT NULL"),
        sqlite_where=sa.text("message_id IS NOT NULL"),
    )
    op.drop_index(op.f("ix_message_name_id"), table_name="message")
    op.drop_index(op.f("ix_message_expires_at"), table_name="message")
    op.drop_table("message")
    op.drop_index(
        op.f("ix_job_ready_at"),
        table_name="job",
        postgresql_where=sa.text("ready_at IS NOT NULL"),
        sqlite_where=sa.text("ready_at IS NOT NULL"),
    )
    op.drop_index(
        op.f("ix_job_instance_id"),
        table_name="job",
        postgresql_where=sa.text("instance_id IS NOT NULL"),
        sqlite_where=sa.text("instance_id IS NOT NULL"),
    )
    op.drop_index(
        op.f("ix_job_definition_key"),
        table_name="job",
        postgresql_where=sa.text("definition_key IS NOT NULL"),
        sqlite_where=sa.text("definition_key IS NOT NULL"),
    )
    op.drop_table("job")
    op.drop_index(
        "ix_incident_open",
        table_name="incident",
        postgresql_where=sa.text("resolved_at IS NULL"),
        sqlite_where=sa.text("resolved_at IS NULL"),
    )
    op.drop_index(op.f("ix_incident_instance_id"), table_name="incident")
    op.drop_table("incident")
    op.drop_index(op.f("ix_idempotency_expires_at"), table_name="idempotency")
    op.drop_table("idempotency")
    op.drop_table("history")
    op.drop_index(
        op.f("ix_external_task_topic_available_at"),
        table_name="external_task",
        postgresql_where=sa.text("available_at IS NOT NULL"),
        sqlite_where=sa.text("available_at IS NOT NULL"),
    )
    op.drop_table("external_task")
    op.drop_index(op.f("ix_deployment_name_id"), table_name="deployment")
    op.drop_table("deployment")
