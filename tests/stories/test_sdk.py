"""An afternoon with the stock SDK: everything its identity and image proxies speak of."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openstack
import pytest
from keystoneauth1 import session
from keystoneauth1.exceptions import Unauthorized
from keystoneauth1.identity import v3
from openstack.config import OpenStackConfig
from openstack.connection import Connection

from tests.stories.throwaway import ThrowAway

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SETTINGS = """
[image]
default_store = "main"
cache_store = "near"

[image.stores.main]
kind = "local"

[image.stores.attic]
kind = "local"

[image.stores.near]
kind = "local"
"""
PASSWORD = "a long enough password"
RAW = {"disk_format": "raw", "container_format": "bare"}


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ThrowAway]:
    folder = tmp_path_factory.mktemp("sdk")
    (folder / "cloud.toml").write_text(SETTINGS)
    made = ThrowAway(folder / "state", "--config", str(folder / "cloud.toml"), hosts=1)
    yield made
    made.end()


@pytest.fixture(scope="module")
def admin(cloud: ThrowAway) -> Any:
    """The administrator."""
    clouds, secure = (str(cloud.directory / name) for name in ("clouds.yaml", "secure.yaml"))
    known = OpenStackConfig(config_files=[clouds], secure_files=[secure], load_envvars=False)
    return Connection(config=known.get_one("pileus-admin"))


class Person:
    """Somebody with a project of its own, and what the SDK makes of it."""

    def __init__(self, cloud: ThrowAway, admin: Any, name: str) -> None:
        self.url = f"{cloud.url}/identity/v3"
        self.project = admin.identity.create_project(name=f"{name}s", tags=["story"])
        self.user = admin.identity.create_user(name=name, password=PASSWORD, default_project_id=self.project.id)
        member = admin.identity.find_role("member")
        admin.identity.assign_project_role_to_user(self.project, self.user, member)
        self.sdk = self.acting(self.by_password(project_id=self.project.id))

    def by_password(self, **scope: str) -> v3.Password:
        """The plugin that most use."""
        named: dict[str, Any] = {"user_id": self.user.id, **scope}
        return v3.Password(self.url, password=PASSWORD, **named)

    def acting(self, plugin: Any) -> Any:
        """The SDK by one of keystoneauth's plugins."""
        return Connection(session=session.Session(plugin))


@pytest.fixture(scope="module")
def alice(cloud: ThrowAway, admin: Any) -> Person:
    return Person(cloud, admin, "alice")


@pytest.fixture(scope="module")
def bob(cloud: ThrowAway, admin: Any) -> Person:
    return Person(cloud, admin, "bob")


def names(found: Any) -> list[str]:
    return [one.name for one in found]


# ── identity ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_domain_its_projects_and_their_tags(admin: Any) -> None:
    identity = admin.identity
    domain = identity.create_domain(name="acme", description="of a story")
    above = identity.create_project(name="above", domain_id=domain.id, tags=["red", "blue"])
    below = identity.create_project(name="below", domain_id=domain.id, parent_id=above.id, tags=["red"])
    assert below.parent_id == above.id
    assert names(identity.projects(domain_id=domain.id, parent_id=above.id)) == ["below"]
    assert names(identity.projects(tags="red,blue")) == ["above"]
    assert set(names(identity.projects(any_tags="red,blue"))) == {"above", "below"}
    assert names(identity.projects(domain_id=domain.id, not_tags="blue")) == ["below"]
    above.add_tag(identity, "green")
    assert above.check_tag(identity, "green")
    above.remove_tag(identity, "blue")
    above.set_tags(identity, ["one", "two"])
    assert above.fetch_tags(identity).tags == ["one", "two"]
    above.remove_all_tags(identity)
    assert identity.get_project(above.id).tags == []
    assert identity.update_project(below, is_enabled=False).is_enabled is False
    assert identity.find_project("below", domain_id=domain.id).id == below.id
    with pytest.raises(openstack.exceptions.ForbiddenException):
        identity.delete_domain(domain)
    identity.update_domain(domain, is_enabled=False)
    identity.delete_domain(domain)
    assert identity.find_domain("acme") is None
    assert identity.find_project(above.id) is None


def test_users_groups_and_what_they_may(admin: Any, alice: Person) -> None:
    identity = admin.identity
    group = identity.create_group(name="crew", description="who rows")
    identity.add_user_to_group(alice.user, group)
    assert identity.check_user_in_group(alice.user, group)
    assert names(identity.group_users(group)) == ["alice"]
    boss, hand = identity.create_role(name="boss"), identity.create_role(name="hand")
    identity.put(f"/roles/{boss.id}/implies/{hand.id}")
    identity.assign_project_role_to_group(alice.project, group, boss)
    assert identity.validate_group_has_project_role(alice.project, group, boss)
    assert names(identity.role_assignments_filter(project=alice.project, group=group)) == ["boss"]
    effective = identity.role_assignments(user_id=alice.user.id, scope_project_id=alice.project.id, effective=True)
    held = {one.role["id"] for one in effective}
    assert {boss.id, hand.id} <= held
    named = list(identity.role_assignments(group_id=group.id, include_names=True))
    assert [(one.role["name"], one.group["name"], one.scope["project"]["name"]) for one in named] == [
        ("boss", "crew", "alices")
    ]
    identity.assign_domain_role_to_user("default", alice.user, hand)
    identity.unassign_domain_role_from_user("default", alice.user, hand)
    identity.assign_system_role_to_group(group, hand, "all")
    assert identity.validate_group_has_system_role(group, hand, "all")
    identity.unassign_system_role_from_group(group, hand, "all")
    identity.unassign_project_role_from_group(alice.project, group, boss)
    identity.remove_user_from_group(alice.user, group)
    assert not identity.check_user_in_group(alice.user, group)
    assert identity.update_user(alice.user, description="a rower", email="alice@acme.test").description == "a rower"
    assert names(identity.users(name="alice")) == ["alice"]
    assert names(identity.user_projects(alice.user)) == ["alices"]
    for one, remove in ((group, identity.delete_group), (boss, identity.delete_role), (hand, identity.delete_role)):
        remove(one)


def test_an_application_credential_is_kept_to_its_rules(alice: Person) -> None:
    rules = [
        {"service": "image", "method": "GET", "path": "/v2/images"},
        {"service": "compute", "method": "GET", "path": "/v2.1/servers/*"},
    ]
    identity = alice.sdk.identity
    made = identity.create_application_credential(
        alice.user, "robot", description="reads", roles=[{"name": "reader"}], access_rules=rules
    )
    assert names(identity.application_credentials(alice.user)) == ["robot"]
    assert len(list(identity.access_rules(alice.user))) == 2
    plugin = v3.ApplicationCredential(
        alice.url, application_credential_id=made.id, application_credential_secret=made.secret
    )
    robot = alice.acting(plugin)
    assert list(robot.image.images(name="none")) == []
    assert list(robot.compute.servers()) == []
    for refused in (
        lambda: robot.image.create_image("no", **RAW),
        lambda: list(robot.compute.flavors()),
        lambda: list(robot.network.networks()),
        lambda: robot.identity.get_user(alice.user.id),
    ):
        with pytest.raises(openstack.exceptions.HttpException) as error:
            refused()
        assert error.value.status_code in (401, 403)
    rule = next(iter(identity.access_rules(alice.user)))
    with pytest.raises(openstack.exceptions.ForbiddenException):
        identity.delete_access_rule(alice.user, rule)
    identity.delete_application_credential(alice.user, made)
    for one in list(identity.access_rules(alice.user)):
        identity.delete_access_rule(alice.user, one)


def test_a_trust_is_used_until_it_is_taken_back(alice: Person, bob: Person) -> None:
    identity = alice.sdk.identity
    trust = identity.create_trust(
        trustor_user_id=alice.user.id,
        trustee_user_id=bob.user.id,
        project_id=alice.project.id,
        is_impersonation=True,
        roles=[{"name": "member"}],
    )
    assert [one.id for one in identity.trusts(trustor_user_id=alice.user.id)] == [trust.id]
    acting = bob.acting(bob.by_password(trust_id=trust.id))
    assert acting.current_user_id == alice.user.id
    assert acting.current_project_id == alice.project.id
    identity.delete_trust(trust)
    with pytest.raises(openstack.exceptions.NotFoundException):
        identity.get_trust(trust.id)
    with pytest.raises(Unauthorized):
        list(acting.image.images())


def test_regions_services_endpoints_and_limits(admin: Any, alice: Person) -> None:
    identity = admin.identity
    region = identity.create_region(id="north", description="cold")
    lower = identity.create_region(id="north-1", parent_region_id="north")
    assert [one.id for one in identity.regions(parent_region_id="north")] == ["north-1"]
    service = identity.create_service(name="kettle", type="tea")
    url = "http://127.0.0.1/tea/$(project_id)s"
    endpoint = identity.create_endpoint(service_id=service.id, interface="public", url=url, region_id="north-1")
    assert [one.url for one in identity.endpoints(service_id=service.id)] == [url]
    registered = identity.create_registered_limit(
        service_id=service.id, resource_name="cups", default_limit=5, region_id="north-1"
    )
    limit = identity.create_limit(
        service_id=service.id,
        resource_name="cups",
        resource_limit=3,
        project_id=alice.project.id,
        region_id="north-1",
    )
    assert identity.update_limit(limit, resource_limit=4).resource_limit == 4
    assert [one.resource_limit for one in identity.limits(project_id=alice.project.id)] == [4]
    assert identity.update_registered_limit(registered, default_limit=6).default_limit == 6
    for one, remove in (
        (limit, identity.delete_limit),
        (registered, identity.delete_registered_limit),
        (endpoint, identity.delete_endpoint),
        (service, identity.delete_service),
        (lower, identity.delete_region),
        (region, identity.delete_region),
    ):
        remove(one)


def test_what_federation_is_made_of(admin: Any) -> None:
    identity = admin.identity
    rules = [{"local": [{"user": {"name": "{0}"}}], "remote": [{"type": "OIDC-sub"}]}]
    mapping = identity.create_mapping(id="people", rules=rules)
    provider = identity.create_identity_provider(id="club", is_enabled=True, remote_ids=["https://club.test"])
    protocol = identity.create_federation_protocol(provider, id="openid", mapping_id="people")
    assert [one.id for one in identity.federation_protocols(provider)] == ["openid"]
    assert identity.update_identity_provider(provider, description="friends").description == "friends"
    far = identity.create_service_provider(id="far", auth_url="https://far.test/v3", sp_url="https://far.test/sso")
    assert identity.update_service_provider(far, is_enabled=False).is_enabled is False
    identity.delete_service_provider(far)
    identity.delete_federation_protocol(provider, protocol)
    identity.delete_identity_provider(provider)
    identity.delete_mapping(mapping)


# ── image ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def content() -> bytes:
    return os.urandom(3 << 20) + b"and a bit"


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> Path:
    path = tmp_path_factory.mktemp("disk") / "disk.raw"
    path.write_bytes(content)
    return path


def test_bytes_go_in_by_every_way_and_come_back(alice: Person, disk: Path, content: bytes) -> None:
    image = alice.sdk.image
    whole = image.get_image(image.create_image("whole", filename=str(disk), visibility="private", **RAW))
    assert (whole.status, whole.size) == ("active", len(content))
    pieces = image.create_image("pieces", data=io.BytesIO(content), **RAW)
    empty = image.create_image("empty", allow_duplicates=True, **RAW)
    image.put(
        f"/images/{empty.id}/file",
        data=iter([content[:7], content[7:]]),
        headers={"Content-Type": "application/octet-stream", "Accept": ""},
    )
    staged = image.create_image("staged", **RAW)
    image.stage_image(staged, filename=str(disk))
    image.import_image(staged, method="glance-direct")
    image.wait_for_status(staged, "active", failures=["killed"], wait=60)
    for one in (whole, pieces, empty, staged):
        assert image.download_image(one).content == content
    stream = image.download_image(whole, stream=True)
    assert b"".join(stream.iter_content(65536)) == content
    part = image.get(f"/images/{whole.id}/file", headers={"Range": "bytes=5-1004"})
    assert (part.status_code, part.content) == (206, content[5:1005])
    assert part.headers["Content-Range"] == f"bytes 5-1004/{len(content)}"
    for one in (whole, pieces, empty, staged):
        image.delete_image(one)


def test_the_client_streams_its_standard_input(cloud: ThrowAway, admin: Any, content: bytes) -> None:
    client = str(Path(sys.executable).with_name("openstack"))
    words = [client, "image", "create", "piped", "--disk-format", "raw", "--container-format", "bare"]
    done = subprocess.run(words, input=content, env=cloud.env(), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    piped = admin.image.find_image("piped", ignore_missing=False)
    assert (piped.status, piped.size) == ("active", len(content))
    assert admin.image.download_image(piped).content == content


def test_an_image_is_shared_offered_and_shown(admin: Any, alice: Person, bob: Person, disk: Path) -> None:
    mine, theirs = alice.sdk.image, bob.sdk.image
    image = mine.create_image("ours", filename=str(disk), visibility="shared", **RAW)
    assert theirs.find_image(image.id) is None
    mine.add_member(image, member_id=bob.project.id)
    assert theirs.get_image(image.id).name == "ours"
    assert names(theirs.images()) == []
    member = theirs.get_member(bob.project.id, image)
    theirs.update_member(member, image, status="accepted")
    assert names(theirs.images(visibility="shared", member_status="accepted")) == ["ours"]
    theirs.update_member(member, image, status="rejected")
    assert names(theirs.images()) == []
    assert [one.status for one in mine.members(image)] == ["rejected"]
    mine.remove_member(bob.project.id, image)
    mine.update_image(image, visibility="community")
    assert names(theirs.images()) == []
    assert names(theirs.images(visibility="community")) == ["ours"]
    with pytest.raises(openstack.exceptions.ForbiddenException):
        mine.update_image(image, visibility="public")
    admin.image.update_image(image.id, visibility="public")
    assert names(theirs.images(visibility="public", name="ours")) == ["ours"]
    admin.image.deactivate_image(image.id)
    assert theirs.get(f"/images/{image.id}/file").status_code == 403
    admin.image.reactivate_image(image.id)
    assert theirs.download_image(image.id).content
    mine.delete_image(image.id)


def test_images_are_tagged_filtered_sorted_and_paged(alice: Person) -> None:
    image = alice.sdk.image
    for number in range(7):
        made = image.create_image(f"row-{number}", min_disk=number, os_distro="debian" if number % 2 else "arch", **RAW)
        image.add_tag(made, "odd" if number % 2 else "even")
    rising = [f"row-{number}" for number in range(7)]
    assert names(image.images(sort="name:asc", limit=2)) == rising
    assert names(image.images(sort_key="name", sort_dir="desc", limit=3)) == rising[::-1]
    assert names(image.images(name="in:row-1,row-3", sort="name:asc")) == ["row-1", "row-3"]
    assert names(image.images(tag="even", sort="name:asc")) == rising[::2]
    assert names(image.images(os_distro="debian", sort="name:asc")) == rising[1::2]
    assert names(image.images(status="in:queued,active", sort="name:asc")) == rising
    assert names(image.images(min_disk=4)) == ["row-4"]
    assert names(image.images(created_at="gt:2020-01-01T00:00:00Z", sort="name:asc")) == rising
    assert names(image.images(created_at="lt:2020-01-01T00:00:00Z")) == []
    assert names(image.images(protected=True)) == []
    first = image.find_image("row-1", ignore_missing=False)
    image.update_image(first, is_protected=True, os_version="12", name="first")
    again = image.get_image(first)
    assert (again.name, again.is_protected, again.os_distro) == ("first", True, "debian")
    with pytest.raises(openstack.exceptions.ForbiddenException):
        image.delete_image(first)
    image.update_image(first, is_protected=False)
    image.remove_tag(first, "odd")
    assert image.get_image(first).tags == []
    for one in list(image.images()):
        if one.name.startswith("row-") or one.name == "first":
            image.delete_image(one)


def test_metadata_definitions(admin: Any, alice: Person) -> None:
    image = admin.image
    space = image.create_metadef_namespace(
        namespace="Story::Kettle", display_name="Kettles", visibility="public", protected=False
    )
    assert alice.sdk.image.get_metadef_namespace("Story::Kettle").display_name == "Kettles"
    thing = image.create_metadef_object(
        space, name="lid", description="on top", properties={"tight": {"type": "boolean", "title": "Tight"}}
    )
    assert names(image.metadef_objects(space)) == ["lid"]
    image.update_metadef_object(thing, space, name="lid", description="above")
    assert image.get_metadef_object("lid", space).description == "above"
    image.create_metadef_property(space, name="litres", type="integer", title="Litres", minimum=0, maximum=3)
    assert [one.name for one in image.metadef_properties(space)] == ["litres"]
    image.update_metadef_property("litres", space, name="litres", type="integer", title="L", maximum=4)
    assert image.get_metadef_property("litres", space).maximum == 4
    image.create_metadef_resource_type_association(space, name="OS::Glance::Image", prefix="kettle_")
    assert [one.name for one in image.metadef_resource_type_associations(space)] == ["OS::Glance::Image"]
    assert "OS::Glance::Image" in names(image.metadef_resource_types())
    image.delete_metadef_resource_type_association("OS::Glance::Image", space)
    image.delete_metadef_property("litres", space)
    image.delete_metadef_object("lid", space)
    image.delete_metadef_namespace(space)


def test_tasks_stores_cache_and_schemas(admin: Any, disk: Path) -> None:
    image = admin.image
    assert {one.id for one in image.stores()} == {"main", "attic"}
    assert {one.id for one in image.stores(details=True)} == {"main", "attic"}
    made = image.create_image("kept", filename=str(disk), use_import=True, wait=True, **RAW)
    image.wait_for_status(made, "active", failures=["killed"], wait=60)
    task = next(iter(image.tasks()))
    assert image.wait_for_task(task, wait=60).status == "success"
    assert {"web-download", "glance-direct", "copy-image"} <= set(image.get_import_info().import_methods["value"])
    image.import_image(made, method="copy-image", stores=[{"id": "attic"}])
    image.queue_image(made.id)
    cache = image.get_image_cache()
    assert made.id in [*cache.queued_images, *(one["image_id"] for one in cache.cached_images)]
    image.cache_delete_image(made.id)
    image.clear_cache("both")
    for schema in (
        image.get_images_schema,
        image.get_image_schema,
        image.get_members_schema,
        image.get_member_schema,
        image.get_tasks_schema,
        image.get_task_schema,
        image.get_metadef_namespace_schema,
        image.get_metadef_namespaces_schema,
        image.get_metadef_object_schema,
        image.get_metadef_objects_schema,
        image.get_metadef_property_schema,
        image.get_metadef_properties_schema,
        image.get_metadef_resource_type_schema,
        image.get_metadef_resource_types_schema,
        image.get_metadef_tag_schema,
        image.get_metadef_tags_schema,
    ):
        assert schema().properties
    image.delete_image(made)
