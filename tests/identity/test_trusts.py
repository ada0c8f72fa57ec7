"""Trusts over the wire, and what their trustees do with them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.asking import Asker, Heard
from tests.identity.small_cloud import ROOT, SmallCloud


class Trustor:
    """Alice trusts oscar."""

    def __init__(self, cloud: SmallCloud) -> None:
        self.cloud, self.alice, self.oscar = cloud, cloud.member("alice"), cloud.member("oscar")

    def trust(self, asker: Asker | None = None, **more: Any) -> Heard:
        trust = {
            "trustor_user_id": self.cloud.user_id("alice"),
            "trustee_user_id": self.cloud.user_id("oscar"),
            "project_id": self.cloud.project_id("web"),
            "impersonation": False,
            "roles": [{"name": "member"}],
            **more,
        }
        return (asker or self.alice)("POST /OS-TRUST/trusts", {"trust": trust})

    def use(self, trust_id: str, asker: Asker | None = None) -> Heard:
        return self.cloud.by_token((asker or self.oscar).token, {"OS-TRUST:trust": {"id": trust_id}})


@pytest.fixture
def trustor(cloud: SmallCloud) -> Trustor:
    """Alice, who trusts oscar."""
    return Trustor(cloud)


def _id(heard: Heard) -> str:
    assert heard.code == 201, heard.content
    return str(heard.body["trust"]["id"])


def test_a_trust_is_given_shown_and_ended(cloud: SmallCloud, trustor: Trustor):
    trust = trustor.trust().body["trust"]
    base = f"http://cloud.test{ROOT}/OS-TRUST/trusts/{trust['id']}"
    assert trust["links"] == {"self": base}
    assert trust["roles_links"]["self"] == f"{base}/roles"
    assert [role["name"] for role in trust["roles"]] == ["member"]
    assert (trust["expires_at"], trust["remaining_uses"], trust["redelegation_count"]) == (None, None, 0)
    path = f"/OS-TRUST/trusts/{trust['id']}"
    for asker in (trustor.alice, trustor.oscar, cloud.member("admin")):
        assert asker(f"GET {path}").body["trust"] == trust
    assert cloud.member("rita")(f"GET {path}").code == 403
    assert trustor.oscar(f"DELETE {path}").code == 403
    assert trustor.alice(f"DELETE {path}").code == 204
    assert trustor.alice(f"GET {path}").code == 404


def test_its_roles_are_asked_for_one_by_one(cloud: SmallCloud, trustor: Trustor):
    path = f"/OS-TRUST/trusts/{_id(trustor.trust())}/roles"
    assert [one["name"] for one in trustor.oscar(f"GET {path}").body["roles"]] == ["member"]
    assert trustor.oscar(f"GET {path}/{cloud.role_id('member')}").body["role"]["name"] == "member"
    assert trustor.oscar(f"HEAD {path}/{cloud.role_id('member')}").code == 200
    assert trustor.oscar(f"GET {path}/{cloud.role_id('admin')}").code == 404


def test_lists_are_for_those_whom_they_concern(cloud: SmallCloud, trustor: Trustor):
    trust_id = _id(trustor.trust())
    alice, oscar = cloud.user_id("alice"), cloud.user_id("oscar")

    def ids(asker: Asker, query: str) -> list[str]:
        return [one["id"] for one in asker(f"GET /OS-TRUST/trusts?{query}").body["trusts"]]

    assert ids(trustor.alice, f"trustor_user_id={alice}") == [trust_id]
    assert ids(trustor.oscar, f"trustee_user_id={oscar}") == [trust_id]
    assert ids(cloud.member("admin"), "") == [trust_id]
    assert trustor.oscar(f"GET /OS-TRUST/trusts?trustor_user_id={alice}").code == 403
    assert trustor.alice("GET /OS-TRUST/trusts").code == 403
    assert "roles" not in cloud.member("admin")("GET /OS-TRUST/trusts").body["trusts"][0]


@pytest.mark.parametrize("impersonation", [True, False])
def test_the_trustee_acts_with_the_roles_it_was_trusted_with(cloud: SmallCloud, trustor: Trustor, impersonation: bool):
    trust_id = _id(trustor.trust(impersonation=impersonation, roles=[{"name": "reader"}]))
    heard = trustor.use(trust_id)
    assert heard.code == 201
    token = heard.body["token"]
    assert token["user"]["name"] == ("alice" if impersonation else "oscar")
    assert token["project"]["name"] == "web"
    assert [role["name"] for role in token["roles"]] == ["reader"]
    assert token["OS-TRUST:trust"]["id"] == trust_id
    acting = Asker(cloud.front, ROOT, heard.headers["x-subject-token"])
    assert acting(f"GET /projects/{cloud.project_id('web')}").code == 200
    assert cloud.by_token(acting.token, {"project": {"id": cloud.project_id("web")}}).code == 403
    trustor.alice(f"DELETE /OS-TRUST/trusts/{trust_id}")
    assert acting(f"GET /projects/{cloud.project_id('web')}").code == 401


def test_nobody_else_uses_it(cloud: SmallCloud, trustor: Trustor):
    trust_id = _id(trustor.trust())
    assert trustor.use(trust_id, cloud.member("rita")).code == 403
    assert trustor.use(trust_id, trustor.alice).code == 403


def test_it_ends_with_what_it_stands_on(cloud: SmallCloud, trustor: Trustor):
    heard = trustor.use(_id(trustor.trust()))
    acting = Asker(cloud.front, ROOT, heard.headers["x-subject-token"])
    grant = f"/projects/{cloud.project_id('web')}/users/{cloud.user_id('alice')}/roles/{cloud.role_id('member')}"
    cloud.member("admin")(f"DELETE {grant}")
    assert acting("GET /auth/projects").code == 401


def test_it_is_good_for_so_many_uses(cloud: SmallCloud, trustor: Trustor):
    trust_id = _id(trustor.trust(remaining_uses=2))
    assert [trustor.use(trust_id).code for _ in range(3)] == [201, 201, 401]
    assert trustor.use(trust_id, cloud.member("rita")).code == 403
    assert trustor.alice(f"GET /OS-TRUST/trusts/{trust_id}").code == 404


def test_a_use_without_a_token_is_none(cloud: SmallCloud, trustor: Trustor):
    trust_id = _id(trustor.trust(remaining_uses=1))
    grant = f"/projects/{cloud.project_id('web')}/users/{cloud.user_id('alice')}/roles/{cloud.role_id('member')}"
    admin = cloud.member("admin")
    admin(f"DELETE {grant}")
    assert trustor.use(trust_id).code == 403
    admin(f"PUT {grant}")
    assert trustor.use(trust_id, cloud.member("rita")).code == 403
    assert [trustor.use(trust_id).code for _ in range(2)] == [201, 401]


def test_a_trustor_who_is_disabled_lets_nobody_act(cloud: SmallCloud, trustor: Trustor):
    trust_id = _id(trustor.trust())
    cloud.member("admin")(f"PATCH /users/{cloud.user_id('alice')}", {"user": {"enabled": False}})
    assert trustor.use(trust_id).code == 403


def test_one_that_is_gone_or_never_was_gives_no_token(cloud: SmallCloud, trustor: Trustor):
    trust_id = _id(trustor.trust())
    trustor.alice(f"DELETE /OS-TRUST/trusts/{trust_id}")
    for unknown in (trust_id, "nothing"):
        assert trustor.use(unknown).code == 401
        assert trustor.alice(f"GET /OS-TRUST/trusts/{unknown}").code == 404


def test_it_is_good_until_its_end(cloud: SmallCloud, trustor: Trustor):
    trust_id = _id(trustor.trust(expires_at="2026-01-01T00:05:00Z"))
    heard = trustor.use(trust_id)
    acting = Asker(cloud.front, ROOT, heard.headers["x-subject-token"])
    cloud.clock.forward(301)
    assert acting("GET /auth/projects").code == 401
    assert trustor.use(trust_id).code == 401
    assert trustor.alice(f"GET /OS-TRUST/trusts/{trust_id}").code == 404


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"roles": [{"name": "admin"}]}, 404),
        ({"roles": []}, 403),
        ({"project_id": None}, 403),
        ({"project_id": "nowhere"}, 404),
        ({"trustee_user_id": "nobody"}, 404),
        ({"trustor_user_id": "nobody"}, 403),
        ({"expires_at": "bad.123Z"}, 400),
        ({"expires_at": "2025-01-01T00:00:00Z"}, 400),
        ({"remaining_uses": 0}, 400),
        ({"remaining_uses": 2, "allow_redelegation": True}, 400),
        ({"allow_redelegation": True, "redelegation_count": 9}, 403),
        ({"impersonation": "yes"}, 400),
    ],
)
def test_a_bad_trust_is_refused(trustor: Trustor, wrong: dict[str, Any], code: int):
    assert trustor.trust(**wrong).code == code


def test_a_trust_is_handed_on_as_often_as_it_says(cloud: SmallCloud, trustor: Trustor):
    first = _id(trustor.trust(impersonation=True, allow_redelegation=True, redelegation_count=1))
    acting = Asker(cloud.front, ROOT, trustor.use(first).headers["x-subject-token"])
    second = trustor.trust(acting, trustee_user_id=cloud.user_id("rita"), impersonation=True, allow_redelegation=True)
    assert second.code == 201, second.content
    assert second.body["trust"]["redelegated_trust_id"] == first
    assert second.body["trust"]["redelegation_count"] == 0
    rita = Asker(cloud.front, ROOT, trustor.use(_id(second), cloud.member("rita")).headers["x-subject-token"])
    assert rita("GET /auth/projects").code == 200
    assert trustor.trust(rita, trustee_user_id=cloud.user_id("mia"), impersonation=True).code == 403
    trustor.alice(f"DELETE /OS-TRUST/trusts/{first}")
    assert rita("GET /auth/projects").code == 401


def test_what_is_handed_on_is_no_more_than_what_was_given(cloud: SmallCloud, trustor: Trustor):
    first = _id(trustor.trust(impersonation=True, allow_redelegation=True, redelegation_count=2))
    acting = Asker(cloud.front, ROOT, trustor.use(first).headers["x-subject-token"])
    whom = {"trustee_user_id": cloud.user_id("rita"), "impersonation": True}
    assert trustor.trust(acting, **whom, allow_redelegation=True, redelegation_count=2).code == 403
    assert trustor.trust(acting, **whom, remaining_uses=1).code == 403
    assert trustor.trust(acting, **whom, allow_redelegation=True, redelegation_count=1).code == 201
    assert trustor.trust(acting, **whom).body["trust"]["redelegation_count"] == 0


def test_who_acts_as_itself_lets_nobody_act_as_another(cloud: SmallCloud, trustor: Trustor):
    first = _id(trustor.trust(impersonation=False, allow_redelegation=True))
    token = trustor.use(first).headers["x-subject-token"]
    acting = Asker(cloud.front, ROOT, token)
    trustee = {"trustor_user_id": cloud.user_id("oscar"), "trustee_user_id": cloud.user_id("rita")}
    assert trustor.trust(acting, **trustee, impersonation=True).code == 403
