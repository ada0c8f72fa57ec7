"""How the schema moves on: numbered steps, applied in order, all in the one transaction that upgrades."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, inspect

if TYPE_CHECKING:
    from alembic.config import Config

HERE = Path(__file__).parent
STEPS = HERE / "versions"


def newest(steps: Path = STEPS) -> str:
    """The number of the newest step, empty if there is none."""
    return max((path.name.split("_")[0] for path in steps.glob("[0-9]*.py")), default="")


def current(connection: Connection) -> str:
    """The number of the step a database is at, empty if it is new."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() or "")


def upgrade(connection: Connection, steps: Path = STEPS) -> None:
    """Apply every step the database lacks, in the connection's transaction; no commit."""
    if current(connection) == newest(steps):
        return
    from alembic import command  # here, because it costs a process several MiB

    command.upgrade(configured(connection, steps), "head")


def configured(connection: Connection, steps: Path, **options: Any) -> Config:
    """Alembic's settings; `env.py` finds the connection and the options in them."""
    from alembic.config import Config

    config = Config(attributes={"connection": connection, "options": options})
    config.set_main_option("script_location", str(HERE).replace("%", "%%"))
    config.set_main_option("version_locations", str(steps).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.set_main_option("path_separator", "os")
    return config
