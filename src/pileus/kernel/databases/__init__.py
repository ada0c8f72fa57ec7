"""The two databases Pileus runs on."""

from __future__ import annotations

from sqlalchemy import make_url

from pileus.kernel.databases.news import News, Topic
from pileus.kernel.databases.postgres import Postgres
from pileus.kernel.databases.protocol import Database, Way
from pileus.kernel.databases.sqlite import Sqlite

__all__ = ["Database", "News", "Topic", "Way", "database"]


def database(url: str, *, durable: bool = True) -> Database:
    """Open the database a URL names: `sqlite:///path` or `postgresql://…`."""
    parsed = make_url(url)
    return Sqlite(parsed, durable) if parsed.get_backend_name() == "sqlite" else Postgres(parsed, durable)
