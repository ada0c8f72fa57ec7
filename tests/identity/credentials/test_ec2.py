"""Key pairs that sign requests, over the wire."""

from __future__ import annotations

from tests.asking import Asker
from tests.identity.small_cloud import SmallCloud


def test_a_key_pair_is_made_listed_shown_and_removed(cloud: SmallCloud, alice: Asker):
    many = f"/users/{cloud.user_id('alice')}/credentials/OS-EC2"
    web = cloud.project_id("web")
    made = alice(f"POST {many}", {"tenant_id": web})
    assert made.code == 201
    pair = made.body["credential"]
    assert (pair["tenant_id"], pair["user_id"], pair["trust_id"]) == (web, cloud.user_id("alice"), None)
    assert len(pair["access"]) == len(pair["secret"]) == 32
    assert alice(f"GET {many}").body["credentials"] == [pair]
    assert alice(f"GET {many}/{pair['access']}").body["credential"] == pair
    assert alice(f"GET {many}/unknown").code == 404
    assert cloud.member("oscar")(f"GET {many}").code == 403
    assert cloud.member("oscar")(f"GET {many}/{pair['access']}").code == 403
    assert cloud.member("oscar")(f"POST {many}", {"tenant_id": web}).code == 403
    assert alice(f"POST {many}", {"tenant_id": "nowhere"}).code == 404
    assert alice(f"POST {many}", {}).code == 400
    assert alice(f"DELETE {many}/{pair['access']}").code == 204
    assert alice(f"GET {many}/{pair['access']}").code == 404


def test_a_reader_makes_no_key_pairs(cloud: SmallCloud):
    rita = cloud.member("rita")
    made = rita(f"POST /users/{cloud.user_id('rita')}/credentials/OS-EC2", {"tenant_id": cloud.project_id("web")})
    assert made.code == 403
