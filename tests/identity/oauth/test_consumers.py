"""Consumers over the wire."""

from __future__ import annotations

from pileus.identity.oauth.consumers import consumers
from tests.asking import Asker
from tests.identity.small_cloud import SmallCloud


def test_a_consumer_is_made_shown_changed_and_forgotten(cloud: SmallCloud, admin: Asker, alice: Asker):
    made = admin("POST /OS-OAUTH1/consumers", {"consumer": {"description": "a clock"}}).body["consumer"]
    secret = made.pop("secret")
    path = f"/OS-OAUTH1/consumers/{made['id']}"
    assert made == {
        "id": made["id"],
        "description": "a clock",
        "links": {"self": f"http://cloud.test/identity/v3{path}"},
    }
    assert admin(f"GET {path}").body["consumer"] == made
    assert admin("GET /OS-OAUTH1/consumers").body["consumers"] == [made]
    assert admin(f"PATCH {path}", {"consumer": {"description": None}}).body["consumer"]["description"] is None
    assert admin(f"PATCH {path}", {"consumer": {"secret": "mine"}}).code == 400
    (row,) = cloud.store.read(lambda tx: tx.all(consumers.select()))
    assert secret not in str(dict(row))
    assert alice("GET /OS-OAUTH1/consumers").code == 403
    assert admin(f"DELETE {path}").code == 204
    assert admin(f"GET {path}").code == 404
