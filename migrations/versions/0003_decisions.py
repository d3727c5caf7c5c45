"""Decisions: DMN files, their decisions by version, and what was evaluated."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BYTEWISE = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "decision_requirements",
        sa.Column("id", BYTEWISE, nullable=False),
        sa.Column("deployment_id", BYTEWISE, nullable=False),
        sa.Column("key", BYTEWISE, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("resource_name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["deployment_id"], ["deployment.id"], name=op.f("fk_decision_requirements_deployment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_requirements")),
    )
    op.create_index(
        op.f("ix_decision_requirements_deployment_id"), "decision_requirements", ["deployment_id"], unique=False
    )
    op.create_index(
        op.f("ix_decision_requirements_key_version"), "decision_requirements", ["key", "version"], unique=True
    )
    op.create_table(
        "decision_definition",
        sa.Column("id", BYTEWISE, nullable=False),
        sa.Column("deployment_id", BYTEWISE, nullable=False),
        sa.Column("requirements_id", BYTEWISE, nullable=False),
        sa.Column("key", BYTEWISE, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("version_tag", sa.Text(), nullable=True),
        sa.Column("history_days", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("resource_name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["deployment_id"], ["deployment.id"], name=op.f("fk_decision_definition_deployment_id")
        ),
        sa.ForeignKeyConstraint(
            ["requirements_id"], ["decision_requirements.id"], name=op.f("fk_decision_definition_requirements_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_definition")),
    )
    op.create_index(
        op.f("ix_decision_definition_deployment_id"), "decision_definition", ["deployment_id"], unique=False
    )
    op.create_index(op.f("ix_decision_definition_key_version"), "decision_definition", ["key", "version"], unique=True)
    op.create_table(
        "decision_evaluation",
        sa.Column("id", BYTEWISE, nullable=False),
        sa.Column("root_id", BYTEWISE, nullable=True),
        sa.Column("definition_id", BYTEWISE, nullable=False),
        sa.Column("definition_key", BYTEWISE, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("requirements_id", BYTEWISE, nullable=False),
        sa.Column("requirements_key", BYTEWISE, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("instance_id", BYTEWISE, nullable=True),
        sa.Column("activity", sa.BigInteger(), nullable=True),
        sa.Column("element_id", sa.Text(), nullable=True),
        sa.Column("remove_at", sa.BigInteger(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_evaluation")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_decision_evaluation_alone",
        "decision_evaluation",
        ["remove_at"],
        unique=False,
        postgresql_where=sa.text("instance_id IS NULL"),
        sqlite_where=sa.text("instance_id IS NULL"),
    )
    op.create_index(
        op.f("ix_decision_evaluation_definition_key_id"), "decision_evaluation", ["definition_key", "id"], unique=False
    )
    op.create_index(op.f("ix_decision_evaluation_instance_id"), "decision_evaluation", ["instance_id"], unique=False)


def downgrade() -> None:
    for table in ("decision_evaluation", "decision_definition", "decision_requirements"):
        op.drop_table(table)
