"""What every resource carries."""

from __future__ import annotations

from sqlalchemy import select

from pileus.network.networks.table import networks
from pileus.network.standard import has_line, made
from tests.network.conftest import Cloud


def test_lines_are_kept_and_found_whole(cloud: Cloud) -> None:
    tags = ["red", "Red", "dark red", "r%d", "r_d", "'; drop table x"]
    values = {"name": "", "admin_state_up": True, "shared": False, "external": False}
    values |= {"mtu": 1500, "port_security_enabled": True, "network_type": "local"}
    row = cloud.store.write(lambda tx: made(tx, networks, project_id="web", tags=tags, **values))
    assert row["updated_at"] == row["created_at"]
    assert cloud.store.look(lambda tx: tx.find(networks, row["id"]))["tags"] == tags
    for tag in tags:
        assert cloud.store.look(lambda tx, tag=tag: tx.one(select(networks.c.id).where(has_line(networks.c.tags, tag))))
    for other in ("re", "ed", "dark", "r", "RED", ""):
        statement = select(networks.c.id).where(has_line(networks.c.tags, other))
        assert cloud.store.look(lambda tx, statement=statement: tx.one(statement)) is None
