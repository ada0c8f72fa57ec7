"""What has ended is seen for a while, then it is gone; what goes on stays."""

from __future__ import annotations

from datetime import timedelta

from pileus.identity.auth.endings import ENDED, forget_the_ended
from pileus.identity.federation.memberships import lend, lent
from pileus.identity.oauth.table import access_tokens
from pileus.kernel.store import Row, Store
from tests.identity.oauth.signing import Consumer
from tests.identity.small_cloud import SmallCloud
from tests.identity.test_application_credentials import Maker
from tests.identity.test_trusts import Trustor

DAY = 86400
SOON = "2026-01-01T00:05:00Z"


def later(cloud: SmallCloud, days: float) -> None:
    cloud.clock.forward(days * DAY)
    forget_the_ended(cloud.store)


def rows(cloud: SmallCloud, number: int) -> list[Row]:
    """What is left in the table of one of the statements."""
    return cloud.store.read(lambda tx: tx.all(ENDED[number].table.select()))


def test_a_credential_that_has_expired_is_shown_for_a_season(either: SmallCloud):
    maker = Maker(either)
    made = maker.make(expires_at=SOON)
    maker.make("for ever")
    credential_id = made.body["application_credential"]["id"]
    later(either, 89)
    maker.asker = either.member("alice")
    assert maker.asker(f"GET {maker.path}/{credential_id}").code == 200
    assert maker.log_in(made).code == 401
    later(either, 2)
    maker.asker = either.member("alice")
    assert maker.asker(f"GET {maker.path}/{credential_id}").code == 404
    assert maker.log_in(made).code == 404
    assert [one["name"] for one in maker.asker(f"GET {maker.path}").body["application_credentials"]] == ["for ever"]
    assert maker.make().code == 201, "its name is free again"


def test_trusts_that_nobody_can_use_are_struck_in_time(either: SmallCloud):
    trustor = Trustor(either)
    given = [trustor.trust(**more).body["trust"]["id"] for more in ({"expires_at": SOON}, {"remaining_uses": 1}, {})]
    assert trustor.use(given[1]).code == 201
    later(either, 89)
    assert {row["id"] for row in rows(either, 0)} == set(given)
    later(either, 2)
    assert [row["id"] for row in rows(either, 0)] == given[2:]
    trustor.oscar = either.member("oscar")
    assert [trustor.use(one).code for one in given] == [401, 401, 201]


def test_access_tokens_and_lent_memberships_too(cloud: SmallCloud):
    Consumer(cloud).given("member")
    admin = cloud.member("admin")
    group_id = admin("POST /groups", {"group": {"name": "guests"}}).body["group"]["id"]
    admin("PUT /OS-FEDERATION/identity_providers/acme", {"identity_provider": {}})
    for name, days in (("alice", 1), ("mia", 99)):
        until = cloud.clock.now() + timedelta(days=days)
        cloud.store.write(lend, cloud.user_id(name), "acme", [group_id], until)
    later(cloud, 95)

    def left(store: Store) -> tuple[list[str], list[Row]]:
        live = store.read(lambda tx: [row["user_id"] for row in tx.all(lent.select())])
        return live, store.read(lambda tx: tx.all(access_tokens.select()))

    assert left(cloud.store) == ([cloud.user_id("mia")], [])
