"""When time alone changes what a case owes: an authorization that ends, used by nobody."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cases", sa.Column("look_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_cases_tenant_look_at", "cases", ["tenant", "look_at"])


def downgrade() -> None:
    op.drop_index("ix_cases_tenant_look_at", "cases")
    op.drop_column("cases", "look_at")
