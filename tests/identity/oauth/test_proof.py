"""A consumer acts for somebody, by its signature."""

from __future__ import annotations

import pytest

from pileus.identity.oauth.proof import access_proved
from tests.asking import Asker
from tests.identity.oauth.signing import Consumer
from tests.identity.small_cloud import SmallCloud, in_project


def test_a_consumer_has_what_it_was_given_and_no_more(either: SmallCloud):
    consumer = Consumer(either).given("member")
    heard = consumer.act()
    token = heard.body["token"]
    assert heard.code == 201
    assert token["methods"] == ["oauth1"]
    assert token["user"]["name"] == "admin"
    assert token["project"]["name"] == "admin"
    assert {role["name"] for role in token["roles"]} == {"member", "reader"}
    assert token["OS-OAUTH1"] == {"access_token_id": consumer.token["oauth_token"], "consumer_id": consumer.id}
    acting = Asker(either.front, either.stranger.root, heard.headers["x-subject-token"])
    assert acting("GET /users").code == 403


def test_it_stays_in_its_project(cloud: SmallCloud):
    consumer = Consumer(cloud).given("member")
    assert consumer.act(scope=in_project("admin")).code == 201
    assert consumer.act(scope=in_project("web")).code == 401
    assert consumer.act(scope={"system": {"all": True}}).code == 401
    token = consumer.act().headers["x-subject-token"]
    assert cloud.by_token(token, in_project("admin")).code == 403


@pytest.mark.parametrize("path", ["/credentials", "/users/{user}/credentials/OS-EC2"])
def test_it_makes_no_lasting_secrets(cloud: SmallCloud, path: str):
    heard = Consumer(cloud).given("admin").act()
    acting = Asker(cloud.front, cloud.stranger.root, heard.headers["x-subject-token"])
    user, project = cloud.user_id("admin"), cloud.project_id("admin")
    credential = {"user_id": user, "type": "cert", "blob": "x"}
    body = {"tenant_id": project} if "EC2" in path else {"credential": credential}
    assert acting(f"POST {path.format(user=user)}", body).code == 403


def test_what_is_not_signed_by_the_access_token_is_refused(cloud: SmallCloud):
    consumer = Consumer(cloud).given("member")
    header = consumer.header("/auth/tokens")
    assert consumer.act(header).code == 201
    assert consumer.act(header).code == 401
    assert consumer.act("").code == 400
    assert consumer.act(resource_owner_secret="wrong").code == 401
    assert consumer.act(resource_owner_key="wrong").code == 404
    assert consumer.act(resource_owner_key=None).code == 400
    assert consumer.act(resource_owner_key=Consumer(cloud).given("member").token["oauth_token"]).code == 401
    consumer.admin(f"DELETE /OS-OAUTH1/consumers/{consumer.id}")
    assert consumer.act().code == 404


def test_an_access_token_ends_in_time(cloud: SmallCloud):
    consumer = Consumer(cloud).given("member")
    cloud.clock.forward(cloud.settings.oauth_access_seconds - 1)
    heard = consumer.act()
    assert heard.code == 201
    row, user = cloud.store.write(access_proved, consumer.header("/auth/tokens"), "")
    assert (row["id"], user["name"]) == (consumer.token["oauth_token"], "admin")
    cloud.clock.forward(1)
    acting = Asker(cloud.front, cloud.stranger.root, heard.headers["x-subject-token"])
    assert acting("GET /auth/catalog").code == 401
    assert consumer.act().code == 401
