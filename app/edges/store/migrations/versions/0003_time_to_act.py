"""Cases stand in the list where they must be acted on: with no time left to book, where the next action is due."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_UNBOOKED = ("open", "requested", "offered", "held", "missed")


def upgrade() -> None:
    instant = sa.DateTime(timezone=True)
    names = [("state", sa.String()), ("last_safe_at", instant), ("next_due_at", instant), ("sort_at", instant)]
    cases = sa.table("cases", *(sa.column(name, kind) for name, kind in names))
    books = cases.c.state.in_(_UNBOOKED) & cases.c.last_safe_at.is_not(None)
    op.execute(cases.update().where(~books, cases.c.next_due_at.is_not(None)).values(sort_at=cases.c.next_due_at))


def downgrade() -> None:
    """The older order comes back case by case, as each is saved."""
