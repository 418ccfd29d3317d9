"""Run the migrations on the connection that app/edges/store/migrate.py hands over."""

from alembic import context

from app.edges.store.tables import metadata


def run() -> None:
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,  # SQLite cannot alter a column in place
        transactional_ddl=True,  # ... but it can undo DDL; Alembic assumes that it cannot
    )
    with context.begin_transaction():
        context.run_migrations()


run()
