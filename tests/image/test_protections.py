"""Property protections: the operator's file decides who makes, reads, changes and deletes which property."""

from __future__ import annotations

from pathlib import Path

import pytest

from pileus.image import Protections, read_protections
from tests.image.gallery import Gallery

ROLES = """
[^x_billing_]
create = admin
read = admin, member
update = admin
delete = !

[^x_secret]
create = admin
read = admin
update = admin
delete = admin

[.*]
create = @
read = @
update = @
delete = @
"""
POLICIES = """
[^x_]
create = publicize_image
read = default
update = publicize_image
delete = publicize_image
"""


def test_roles_decide_what_becomes_of_a_property(gallery: Gallery, tmp_path: Path) -> None:
    file = tmp_path / "protections.conf"
    file.write_text(ROLES)
    gallery.store.add(read_protections(str(file), "roles"))
    assert gallery.alice("POST /images", {"x_billing_code": "1"}).code == 403
    made = gallery.make(free="yes")
    add = {"op": "add", "path": "/x_billing_code", "value": "7"}
    hidden = {"op": "add", "path": "/x_secret", "value": "7"}
    assert gallery.patch(gallery.alice, made, add).code == 403
    assert gallery.patch(gallery.admin, made, add, hidden).code == 200
    shown = gallery.alice(f"GET /images/{made}").body
    assert (shown["x_billing_code"], shown["free"], "x_secret" in shown) == ("7", "yes", False)
    assert "x_billing_code" not in gallery.rita(f"GET /images/{made}").body
    replaced = {"op": "replace", "path": "/x_billing_code", "value": "0"}
    for change in (replaced, {"op": "remove", "path": "/x_billing_code"}):
        assert gallery.patch(gallery.alice, made, change).code == 403
    assert gallery.patch(gallery.admin, made, {"op": "remove", "path": "/x_billing_code"}).code == 403
    assert gallery.patch(gallery.alice, made, {"op": "remove", "path": "/x_secret"}).code == 409
    assert gallery.patch(gallery.alice, made, {"op": "remove", "path": "/free"}).code == 200
    assert gallery.admin(f"GET /images/{made}").body["x_secret"] == "7"


def test_a_hidden_property_is_no_filter(gallery: Gallery, tmp_path: Path) -> None:
    file = tmp_path / "protections.conf"
    file.write_text(ROLES)
    gallery.store.add(read_protections(str(file), "roles"))
    made = gallery.make()
    gallery.patch(gallery.admin, made, {"op": "add", "path": "/x_secret", "value": "7"})
    assert gallery.names(gallery.alice, x_secret="7") == []
    assert gallery.names(gallery.admin, x_secret="7") == ["disk"]


def test_policy_rules_decide_where_the_operator_says_so(gallery: Gallery, tmp_path: Path) -> None:
    file = tmp_path / "protections.conf"
    file.write_text(POLICIES)
    gallery.store.add(read_protections(str(file), "policies"))
    assert gallery.alice("POST /images", {"x_a": "1"}).code == 403
    assert gallery.admin("POST /images", {"x_a": "1"}).code == 201
    assert gallery.alice("POST /images", {"other": "1"}).code == 403


@pytest.mark.parametrize("text", ["nonsense", "[(]\n" + POLICIES.split("]\n")[1], "[a]\ncreate = @\n", "[a]\n[a]\n"])
def test_a_file_that_cannot_be_used_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "protections.conf"
    file.write_text(text)
    with pytest.raises(ValueError):
        read_protections(str(file), "roles")
    with pytest.raises(ValueError):
        read_protections(str(tmp_path / "none"), "roles")


def test_without_a_file_everything_is_everybodys(gallery: Gallery) -> None:
    assert Protections().may(gallery.front.authenticate(gallery.store, "rita", None), "delete", "any")
