"""Access tokens: had for a request token, shown to who gave them, taken back."""

from __future__ import annotations

from pileus.identity.oauth.access_tokens import AccessToken
from pileus.identity.oauth.table import access_tokens
from tests.asking import Asker
from tests.identity.oauth.signing import Consumer
from tests.identity.small_cloud import SmallCloud


def test_an_access_token_is_shown_with_its_roles_and_taken_back(cloud: SmallCloud, admin: Asker, alice: Asker):
    consumer = Consumer(cloud).given("admin", "reader")
    user_id, token_id = cloud.user_id("admin"), consumer.token["oauth_token"]
    place = f"/users/{user_id}/OS-OAUTH1/access_tokens"
    here = f"http://cloud.test/identity/v3{place}/{token_id}"
    shown = {
        "id": token_id,
        "consumer_id": consumer.id,
        "project_id": cloud.project_id("admin"),
        "authorizing_user_id": user_id,
        "expires_at": consumer.token["oauth_expires_at"],
        "links": {"self": here, "roles": f"{here}/roles"},
    }
    assert admin(f"GET {place}/{token_id}").body == {AccessToken.declared.one: shown}
    assert admin(f"GET {place}").body["access_tokens"] == [shown]
    assert [role["name"] for role in admin(f"GET {place}/{token_id}/roles").body["roles"]] == ["admin", "reader"]
    reader = cloud.role_id("reader")
    assert admin(f"GET {place}/{token_id}/roles/{reader}").body["role"]["name"] == "reader"
    assert admin(f"GET {place}/{token_id}/roles/{cloud.role_id('member')}").code == 404
    assert admin(f"GET /users/{cloud.user_id('alice')}/OS-OAUTH1/access_tokens/{token_id}").code == 404
    assert alice(f"GET {place}").code == 403
    (row,) = cloud.store.read(lambda tx: tx.all(access_tokens.select()))
    assert consumer.token["oauth_token_secret"] not in str(dict(row))
    issued = Asker(cloud.front, cloud.stranger.root, consumer.act().headers["x-subject-token"])
    assert issued("GET /auth/catalog").code == 200
    assert admin(f"DELETE {place}/{token_id}").code == 204
    assert admin(f"GET {place}/{token_id}").code == 404
    assert issued("GET /auth/catalog").code == 401
    assert consumer.act().code == 404


def test_a_request_token_is_exchanged_once_and_with_its_verifier(cloud: SmallCloud):
    consumer = Consumer(cloud)
    consumer.request()
    assert consumer.access("1").code == 401, "nobody has authorized it"
    verifier = consumer.authorize("member").body["token"]["oauth_verifier"]
    request = dict(consumer.token)
    assert consumer.access("wrong").code == 401
    other = Consumer(cloud)
    other.token = dict(request)
    assert other.access(verifier).code == 404
    assert consumer.access(verifier).code == 201
    consumer.token = request
    assert consumer.access(verifier).code == 404
