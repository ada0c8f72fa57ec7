"""Keys of what is stored are changed while everybody works on."""

from __future__ import annotations

from typing import Any

import pytest

from pileus.identity.auth.keys import CredentialKeys
from pileus.identity.credentials.credentials import credentials
from pileus.identity.credentials.rotation import BATCH, rotate_stored, sealed_columns
from pileus.kernel.store import metadata
from tests.asking import Asker
from tests.identity.oauth.signing import Consumer
from tests.identity.small_cloud import SmallCloud


def directory(cloud: SmallCloud) -> Any:
    return cloud.directory / "keys" / "credentials"


def make(asker: Asker, cloud: SmallCloud, blob: str) -> str:
    body = {"credential": {"user_id": cloud.user_id("admin"), "type": "cert", "blob": blob}}
    return str(asker("POST /credentials", body).body["credential"]["id"])


def test_clients_keep_working_while_keys_change(either: SmallCloud):
    consumer = Consumer(either).given("member")
    admin = consumer.admin
    other = either.other_process()
    elsewhere = Asker(other.front, admin.root, admin.token)
    ids = [make(admin, either, f"secret {number}") for number in range(3)]
    sealed = {row["id"]: row["sealed"] for row in either.store.read(lambda tx: tx.all(credentials.select()))}
    for turn in range(4):
        done = rotate_stored(either.store, directory(either))
        assert done.rows >= 3 + turn
        assert done.lost == ()
        for number, one in enumerate(ids):
            for asker in (admin, elsewhere):
                assert asker(f"GET /credentials/{one}").body["credential"]["blob"] == f"secret {number}"
        made = make(elsewhere, either, f"turn {turn}")
        assert admin(f"GET /credentials/{made}").body["credential"]["blob"] == f"turn {turn}"
        assert consumer.act().code == 201
    now = {row["id"]: row["sealed"] for row in either.store.read(lambda tx: tx.all(credentials.select()))}
    assert all(now[one] != sealed[one] for one in ids)
    assert len([one for one in directory(either).iterdir() if one.name.isdigit()]) == 3
    other.close()


def test_the_first_key_opens_nothing_any_more(cloud: SmallCloud, admin: Asker):
    one = make(admin, cloud, "secret")
    first = (directory(cloud) / "1").read_bytes()
    for _ in range(2):
        rotate_stored(cloud.store, directory(cloud))
    assert not (directory(cloud) / "1").exists()
    (row,) = cloud.store.read(lambda tx: tx.all(credentials.select()))
    alone = cloud.directory / "alone"
    alone.mkdir()
    (alone / "1").write_bytes(first)
    assert CredentialKeys(alone).open(row["sealed"]) is None
    assert admin(f"GET /credentials/{one}").body["credential"]["blob"] == "secret"


def test_what_no_key_opens_is_named_and_no_key_is_dropped(cloud: SmallCloud, admin: Asker):
    one = make(admin, cloud, "secret")
    cloud.store.write(lambda tx: tx.change(credentials, one, sealed="nonsense"))
    for _ in range(3):
        done = rotate_stored(cloud.store, directory(cloud))
        assert done.lost == (f"identity_credentials {one}",)
    assert (directory(cloud) / "1").exists()


def test_every_sealed_column_is_sealed_anew():
    named = {(table.name, column) for table, column in sealed_columns()}
    columns = {(table.name, column.name) for table in metadata.sorted_tables for column in table.columns}
    assert named == {(table, column) for table, column in columns if column.startswith("sealed")}
    assert BATCH > 1


@pytest.mark.parametrize("table", [table for table, _ in sealed_columns()], ids=str)
def test_what_is_sealed_never_enters_history(table: Any):
    assert table.info["sealed"] in table.info["secret"]
