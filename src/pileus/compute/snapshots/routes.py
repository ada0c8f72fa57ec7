"""The action that makes an image of a server."""

from __future__ import annotations

from collections.abc import Mapping

from pileus import fleet, image
from pileus.compute.api import compute
from pileus.compute.changes import IMAGE_ID_TOLD, WITHOUT_IMAGE_META
from pileus.compute.quotas import check_metadata
from pileus.compute.servers.find import one_server
from pileus.compute.servers.guard import check_has_run, check_status
from pileus.compute.servers.power import ACTION
from pileus.compute.servers.shape import Metadata
from pileus.compute.servers.states import settle
from pileus.compute.snapshots.workflow import SnapshotServer
from pileus.compute.values import Clean
from pileus.kernel.caller import Caller
from pileus.kernel.errors import NotNow
from pileus.kernel.resource import Resource, given
from pileus.kernel.routes import Answer, PublicUrl
from pileus.kernel.store import Row, Tx
from pileus.kernel.workflow import begin

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────


class CreateImage(Resource, one="createImage"):
    """What the image is to be called, and to carry."""

    name: Clean = given("do")
    metadata: Metadata = given("do", default={})


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────

OF_THE_IMAGE_ONLY = frozenset(
    "id disk_format size virtual_size manifest min_disk min_ram kernel ramdisk cache_in_nova bittorrent"
    " img_signature_hash_method img_signature img_signature_key_type img_signature_certificate_uuid".split()
)
"""What an image does not hand down to those made of servers that were made from it (and our own notes of it)."""


def _properties(who: Caller, server: Row, more: Mapping[str, str]) -> dict[str, str]:
    """Those of the image the server was made from, where it comes from, and what the caller says, which wins."""
    former = {name: value for name, value in (server["image"] or {}).items() if name not in OF_THE_IMAGE_ONLY}
    return {
        **{name: value for name, value in former.items() if isinstance(value, str)},
        "base_image_ref": server["image_id"] or "",
        "boot_roles": ",".join(sorted(who.roles)),
        "image_location": "snapshot",
        "image_state": "available",
        "image_type": "snapshot",
        "instance_uuid": server["id"],
        "owner_id": server["project_id"],
        "owner_project_name": who.project_name or "",
        "owner_user_name": who.user_name,
        "user_id": who.user_id,
        **more,
    }


def _check(tx: Tx, server: Row) -> None:
    """A guest whose disk can be looked at, on a host that answers; a lock is no obstacle, for nothing is changed."""
    check_status(server, "createImage", "active", "stopped", "paused", "suspended")
    check_has_run(server, "createImage")
    if not fleet.is_up(tx, fleet.host_of(tx, server["host_id"])):
        raise NotNow(f"Cannot 'createImage' instance {server['id']}: its host does not answer")


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────


@compute.route(ACTION + "createImage", CreateImage, rule="os_compute_api:servers:create_image", of=one_server, code=202)
def create_image(tx: Tx, who: Caller, target: Row, asked: CreateImage) -> Answer:
    """Make an image of a server's root disk, as it is within the next moments."""
    if not who.can(WITHOUT_IMAGE_META):
        check_metadata(tx, target["project_id"], asked.metadata)
    _check(tx, target)
    least = {"min_disk": target["flavor"]["disk"], "min_ram": (target["image"] or {}).get("min_ram", 0)}
    made = image.begin_snapshot(tx, who, asked.name, _properties(who, target, asked.metadata), **least)
    begin(tx, SnapshotServer(server_id=target["id"], image_id=made["id"]))
    settle(tx, target)
    if who.can(IMAGE_ID_TOLD):
        return Answer({"image_id": made["id"]}, raw=True)
    return Answer({}, raw=True, headers=[("Location", f"{tx.part(PublicUrl).value}/image/v2/images/{made['id']}")])
