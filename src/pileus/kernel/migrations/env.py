"""What alembic runs for every command: our connection, our tables, no transaction of its own."""

from __future__ import annotations

from alembic import context

from pileus.kernel.migrations import OPTIONS
from pileus.kernel.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, **OPTIONS)
context.run_migrations()
