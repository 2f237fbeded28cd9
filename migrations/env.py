"""Turns revisions into SQL text; ``baobei migrate`` runs it.

There is no online mode: revisions are plain SQL, and text can be reviewed, linted and run by the driver that
the services use. ``alembic upgrade head --sql`` prints it.
"""

from alembic import context

if not context.is_offline_mode():
    raise SystemExit("alembic only prints SQL here (--sql); to migrate a database, run: baobei migrate")

context.configure(
    dialect_name="postgresql",
    # Without it the dialect doubles every percent sign.
    dialect_opts={"paramstyle": "named"},
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
