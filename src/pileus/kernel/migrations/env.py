"""What alembic runs for every command: our connection, our tables, no transaction of its own."""

from __future__ import annotations

from alembic import context

from pileus.kernel.tables import metadata

given = context.config.attributes
context.configure(connection=given["connection"], target_metadata=metadata, **given["options"])
context.run_migrations()
