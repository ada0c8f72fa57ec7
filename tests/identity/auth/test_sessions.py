"""What a token is worth changes with what it stands on, at once and in every process."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pileus.identity.auth.standing import revocations
from tests.asking import Asker
from tests.identity.small_cloud import PASSWORDS, SmallCloud


def _disable_user(cloud: SmallCloud, admin: Asker) -> None:
    admin(f"PATCH /users/{cloud.user_id('alice')}", {"user": {"enabled": False}})


def _delete_user(cloud: SmallCloud, admin: Asker) -> None:
    admin(f"DELETE /users/{cloud.user_id('alice')}")


def _set_password(cloud: SmallCloud, admin: Asker) -> None:
    admin(f"PATCH /users/{cloud.user_id('alice')}", {"user": {"password": "another"}})


def _change_own_password(cloud: SmallCloud, admin: Asker) -> None:
    change = {"user": {"original_password": PASSWORDS["alice"], "password": "another"}}
    cloud.stranger(f"POST /users/{cloud.user_id('alice')}/password", change)


def _end_tokens(cloud: SmallCloud, admin: Asker) -> None:
    admin(f"DELETE /users/{cloud.user_id('alice')}/tokens")


def _disable_project(cloud: SmallCloud, admin: Asker) -> None:
    admin(f"PATCH /projects/{cloud.project_id('web')}", {"project": {"enabled": False}})


def _delete_project(cloud: SmallCloud, admin: Asker) -> None:
    admin(f"DELETE /projects/{cloud.project_id('web')}")


def _take_role(cloud: SmallCloud, admin: Asker) -> None:
    admin(f"DELETE /projects/{cloud.project_id('web')}/users/{cloud.user_id('alice')}/roles/{cloud.role_id('member')}")


def _delete_role(cloud: SmallCloud, admin: Asker) -> None:
    role = cloud.role_id("member")
    admin(f"PATCH /roles/{role}", {"role": {"options": {"immutable": False}}})
    admin(f"DELETE /roles/{role}")


ENDS = [
    _disable_user,
    _delete_user,
    _set_password,
    _change_own_password,
    _end_tokens,
    _disable_project,
    _delete_project,
    _take_role,
    _delete_role,
]


@pytest.mark.parametrize("end", ENDS)
def test_a_token_ends_at_once_in_every_process(either: SmallCloud, end: Callable[[SmallCloud, Asker], None]):
    other = either.other_process()
    alice, admin = either.member("alice"), either.member("admin")
    for front in (either.front, other.front):
        alice.front = front
        assert alice("GET /auth/projects").code == 200
    end(either, admin)
    for front in (other.front, either.front):
        alice.front = front
        assert alice("GET /auth/projects").code == 401
    other.close()


def test_a_disabled_domain_shuts_its_people_and_projects_out(cloud: SmallCloud, admin: Asker):
    domain = admin("POST /domains", {"domain": {"name": "house"}}).body["domain"]["id"]
    user = {"name": "sam", "domain_id": domain, "password": "secret"}
    sam = admin("POST /users", {"user": user}).body["user"]["id"]
    admin(f"PUT /domains/{domain}/users/{sam}/roles/{cloud.role_id('member')}")
    asker = cloud.member("sam", {"domain": {"id": domain}}, "secret", domain)
    assert asker("GET /auth/domains").code == 200
    admin(f"PATCH /domains/{domain}", {"domain": {"enabled": False}})
    assert asker("GET /auth/domains").code == 401
    admin(f"PATCH /domains/{domain}", {"domain": {"enabled": True}})
    assert asker("GET /auth/domains").code == 200


def test_a_role_given_later_is_had_at_once(cloud: SmallCloud, admin: Asker, alice: Asker):
    assert alice("GET /users").code == 403
    admin(f"PUT /projects/{cloud.project_id('web')}/users/{cloud.user_id('alice')}/roles/{cloud.role_id('admin')}")
    assert alice("GET /users").code == 200


def test_leaving_a_group_takes_its_roles(cloud: SmallCloud, admin: Asker):
    group = admin("POST /groups", {"group": {"name": "night shift"}}).body["group"]["id"]
    web, oscar = cloud.project_id("web"), cloud.user_id("oscar")
    admin(f"PUT /projects/{web}/groups/{group}/roles/{cloud.role_id('member')}")
    admin(f"PUT /groups/{group}/users/{oscar}")
    asker = cloud.member("oscar", {"project": {"id": web}})
    assert asker("GET /auth/projects").code == 200
    admin(f"DELETE /groups/{group}/users/{oscar}")
    assert asker("GET /auth/projects").code == 401


def test_revocations_are_forgotten_when_the_tokens_would_have_ended(cloud: SmallCloud):
    for _ in range(3):
        alice = cloud.member("alice")
        alice("DELETE /auth/tokens", headers={"x-subject-token": alice.token})
        cloud.clock.forward(cloud.settings.token_seconds + cloud.settings.allow_expired_seconds + 1)
    assert len(cloud.store.read(lambda tx: tx.all(revocations.select()))) == 1
