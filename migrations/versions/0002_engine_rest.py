"""What the Camunda 7 dialect asks for: declared types, files, comments, attachments, owners, frozen jobs."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BYTEWISE = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "file",
        sa.Column("id", BYTEWISE, nullable=False),
        sa.Column("instance_id", BYTEWISE, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file")),
    )
    op.create_index(op.f("ix_file_instance_id"), "file", ["instance_id"], unique=False)
    op.create_table(
        "comment",
        sa.Column("id", BYTEWISE, nullable=False),
        sa.Column("instance_id", BYTEWISE, nullable=False),
        sa.Column("task_id", BYTEWISE, nullable=True),
        sa.Column("author", sa.Text(), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment")),
    )
    op.create_index(op.f("ix_comment_instance_id"), "comment", ["instance_id"], unique=False)
    op.create_table(
        "attachment",
        sa.Column("id", BYTEWISE, nullable=False),
        sa.Column("instance_id", BYTEWISE, nullable=False),
        sa.Column("task_id", BYTEWISE, nullable=True),
        sa.Column("author", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
    )
    op.create_index(op.f("ix_attachment_instance_id"), "attachment", ["instance_id"], unique=False)
    op.create_table(
        "job_freeze",
        sa.Column("definition_id", BYTEWISE, nullable=False),
        sa.Column("element_id", BYTEWISE, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("definition_id", "element_id", name=op.f("pk_job_freeze")),
        sqlite_with_rowid=False,
    )
    op.add_column("variable", sa.Column("type", sa.Text(), nullable=True))
    op.add_column("variable", sa.Column("info", sa.Text(), nullable=True))
    op.add_column("user_task", sa.Column("owner", sa.Text(), nullable=True))
    op.add_column("user_task", sa.Column("delegation", sa.Text(), nullable=True))
    op.add_column("user_task", sa.Column("updated_at", sa.BigInteger(), nullable=True))
    op.add_column("job", sa.Column("priority", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("job", sa.Column("suspended", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("incident", sa.Column("annotation", sa.Text(), nullable=True))
    op.add_column("process_definition", sa.Column("category", sa.Text(), nullable=True))
    op.add_column("process_definition", sa.Column("description", sa.Text(), nullable=True))
    op.add_column("process_definition", sa.Column("history_time_to_live", sa.Text(), nullable=True))
    op.add_column("process_definition", sa.Column("startable", sa.BigInteger(), server_default="1", nullable=False))
    op.create_index(op.f("ix_history_at"), "history", ["at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_history_at"), table_name="history")
    for table, name in (
        ("process_definition", "startable"),
        ("process_definition", "history_time_to_live"),
        ("process_definition", "description"),
        ("process_definition", "category"),
        ("incident", "annotation"),
        ("job", "suspended"),
        ("job", "priority"),
        ("user_task", "updated_at"),
        ("user_task", "delegation"),
        ("user_task", "owner"),
        ("variable", "info"),
        ("variable", "type"),
    ):
        op.drop_column(table, name)
    for table in ("job_freeze", "attachment", "comment", "file"):
        op.drop_table(table)
