"""The home document tells every resource by its relation, and only what answers."""

from __future__ import annotations

from tests.asking import Asker
from tests.identity.small_cloud import ROOT, SmallCloud

NAMES = "https://docs.openstack.org/api/openstack-identity/3"
WANTED = {"accept": "application/json-home"}


def test_the_home_is_told_at_both_roots_to_who_asks_for_it(cloud: SmallCloud):
    for root in ("/identity", ROOT):
        heard = Asker(cloud.front, root)("GET /", headers=WANTED)
        assert (heard.code, heard.headers["content-type"]) == (200, "application/json-home")
        found = heard.body["resources"]
        assert found[f"{NAMES}/rel/users"] == {"href": f"{ROOT}/users"}
        assert found[f"{NAMES}/rel/user"] == {
            "href-template": f"{ROOT}/users/{{user_id}}",
            "href-vars": {"user_id": f"{NAMES}/param/user_id"},
        }
        assert found[f"{NAMES}/ext/OS-TRUST/1.0/rel/trust"]["href-vars"] == {
            "trust_id": f"{NAMES}/ext/OS-TRUST/1.0/param/trust_id"
        }
        assert found[f"{NAMES}/rel/implied_role"]["href-vars"]["implied_role_id"] == f"{NAMES}/param/role_id"
    assert "version" in Asker(cloud.front, ROOT)("GET /").body


def test_every_path_of_the_home_answers(cloud: SmallCloud, admin: Asker):
    found = Asker(cloud.front, ROOT)("GET /", headers=WANTED).body["resources"]
    plain = [told["href"].removeprefix(ROOT) for told in found.values() if "href" in told]
    assert len(found) > 100
    assert len(plain) > 25
    nowhere = admin("GET /nowhere").content
    assert [path for path in plain if admin(f"GET {path}").content == nowhere] == []
