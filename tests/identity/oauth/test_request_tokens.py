"""Request tokens: asked for by consumers, authorized by people."""

from __future__ import annotations

from pileus.identity.auth.endings import forget_the_ended
from pileus.identity.oauth.request_tokens import SECONDS
from pileus.identity.oauth.table import request_tokens
from tests.asking import Asker
from tests.identity.oauth.signing import Consumer
from tests.identity.small_cloud import SmallCloud

DAY = 24 * 3600.0


def test_a_consumer_asks_and_somebody_authorizes(cloud: SmallCloud):
    consumer = Consumer(cloud)
    heard = consumer.request()
    assert heard.code == 201
    assert heard.headers["content-type"] == "application/x-www-form-urlencoded"
    assert set(consumer.token) == {"oauth_token", "oauth_token_secret", "oauth_expires_at"}
    verifier = consumer.authorize("member").body["token"]["oauth_verifier"]
    (row,) = cloud.store.read(lambda tx: tx.all(request_tokens.select()))
    assert consumer.token["oauth_token_secret"] not in str(dict(row))
    assert (row["verifier"], row["user_id"]) == (verifier, cloud.user_id("admin"))


def test_only_roles_one_has_in_that_project_are_given(cloud: SmallCloud):
    consumer = Consumer(cloud)
    consumer.request("other")
    assert consumer.authorize("member").code == 401
    consumer.token = {}
    consumer.request("admin")
    assert consumer.authorize("service").code == 401
    assert consumer.authorize().code == 400
    assert consumer.authorize("admin", "reader").code == 200


def test_a_request_token_must_be_there_and_fresh(cloud: SmallCloud, admin: Asker, alice: Asker):
    consumer = Consumer(cloud)
    assert admin("PUT /OS-OAUTH1/authorize/none", {"roles": []}).code == 404
    consumer.request()
    assert consumer.authorize("member", by=alice).code == 403
    cloud.clock.forward(SECONDS)
    assert consumer.authorize("member", by=cloud.member("admin")).code == 401


def test_what_nobody_took_up_is_forgotten(cloud: SmallCloud):
    Consumer(cloud).request()
    cloud.clock.forward(SECONDS + DAY / 2)
    forget_the_ended(cloud.store)
    assert len(cloud.store.read(lambda tx: tx.all(request_tokens.select()))) == 1
    cloud.clock.forward(DAY)
    forget_the_ended(cloud.store)
    assert cloud.store.read(lambda tx: tx.all(request_tokens.select())) == []


def test_a_project_must_be_there(cloud: SmallCloud):
    consumer = Consumer(cloud)
    place = "/OS-OAUTH1/request_token"
    headers = {"authorization": consumer.header(place)}
    assert cloud.stranger(f"POST {place}", headers=headers).code == 400
    assert cloud.stranger(f"POST {place}", headers={**headers, "requested-project-id": "none"}).code == 404


def test_who_acts_by_delegation_authorizes_nothing(cloud: SmallCloud):
    first, second = Consumer(cloud).given("admin"), Consumer(cloud)
    heard = first.act()
    assert heard.code == 201, heard.content
    delegated = Asker(cloud.front, cloud.stranger.root, heard.headers["x-subject-token"])
    second.request()
    assert second.authorize("member", by=delegated).code == 403
