"""What a guest may read about itself, in the OpenStack and in the EC2 form, as one tree of small documents.

Pure: the metadata service and the config drive show the same tree.  The forms are those of Nova's metadata
documentation, by date of version; a document appears in the version that brought it.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any, TypeAlias

import msgspec

from pileus.compute.host.spec import Guest

Tree: TypeAlias = "dict[str, Tree | bytes]"

OPENSTACK = (
    "2012-08-10", "2013-04-04", "2013-10-17", "2015-10-15", "2016-06-30", "2016-10-06", "2017-02-22", "2018-08-27",
    "2020-10-14", "latest",
)  # fmt: skip
EC2 = (
    "1.0", "2007-01-19", "2007-03-01", "2007-08-29", "2007-10-10", "2007-12-15", "2008-02-01", "2008-09-01",
    "2009-04-04", "latest",
)  # fmt: skip

SINCE = {
    "password": "2013-04-04",
    "vendor_data.json": "2013-10-17",
    "network_data.json": "2015-10-15",
    "vendor_data2.json": "2016-10-06",
}
"""The version that brought a document; meta_data.json and user_data were always there."""

FIELD_SINCE = {"random_seed": "2013-04-04", "project_id": "2015-10-15", "devices": "2016-06-30"}
"""The version that brought a field of meta_data.json."""


def answer(guest: Guest, path: str, *, seed: bytes = b"") -> bytes | None:
    """What the metadata service says to the guest at a path; None where there is nothing."""
    return read(tree(guest, seed=seed), path)


def tree(guest: Guest, *, seed: bytes = b"") -> Tree:
    """All there is to read: the EC2 versions, and `openstack` beside them.  `seed` is randomness for the guest."""
    ec2: Tree = {"meta-data": _as_documents(_ec2_values(guest)), **_given(guest, "user-data")}
    return {**dict.fromkeys(EC2, ec2), "openstack": _openstack(guest, seed)}


def for_drive(guest: Guest, *, seed: bytes = b"") -> Tree:
    """The same as it lies on a config drive, where EC2's values are one document and its versions have a folder."""
    ec2: Tree = {"meta-data.json": _json(_ec2_values(guest)), **_given(guest, "user-data")}
    return {"openstack": _openstack(guest, seed), "ec2": {"2009-04-04": ec2, "latest": ec2}}


def read(found: Tree, path: str) -> bytes | None:
    """What lies at a path: a document, or the names in a folder, one a line; None where nothing does."""
    here: Tree | bytes | None = found
    for name in filter(None, path.split("/")):
        here = _inside(here, name) if isinstance(here, dict) else None
    return _listing(here) if isinstance(here, dict) else here


def _inside(folder: Tree, name: str) -> Tree | bytes | None:
    """A folder's entry; the key pair shown as `0=laptop` is asked for as `0`."""
    return next((inner for shown, inner in folder.items() if shown.partition("=")[0] == name), None)


def _listing(folder: Tree) -> bytes:
    """A folder within is marked by a slash, except among versions and key pairs."""
    plain = folder.keys() >= {"latest"} or any("=" in name for name in folder)
    names = (name if plain or not isinstance(inner, dict) else f"{name}/" for name, inner in folder.items())
    return "\n".join(names).encode()


def _openstack(guest: Guest, seed: bytes) -> Tree:
    documents = {
        "meta_data.json": b"",
        **_given(guest, "user_data"),
        "password": b"",
        "vendor_data.json": b"{}",
        "network_data.json": _json(guest.network_data),
        "vendor_data2.json": b"{}",
    }
    versions: Tree = {version: _at(version, documents, _described(guest, seed)) for version in OPENSTACK}
    contents: Tree = {_place_of(at): base64.b64decode(one.contents) for at, one in enumerate(guest.files)}
    return versions | ({"content": contents} if contents else {})


def _at(version: str, documents: Tree, described: dict[str, Any]) -> Tree:
    """The documents a version has; "latest" sorts behind every date."""
    shown: Tree = {name: body for name, body in documents.items() if SINCE.get(name, "") <= version}
    shown["meta_data.json"] = _json({k: v for k, v in described.items() if FIELD_SINCE.get(k, "") <= version})
    return shown


def _described(guest: Guest, seed: bytes) -> dict[str, Any]:
    random = {"random_seed": base64.b64encode(seed).decode()} if seed else {}
    files = [{"content_path": f"/content/{_place_of(at)}", "path": one.path} for at, one in enumerate(guest.files)]
    told = {"uuid": guest.id, "name": guest.name, "launch_index": 0, "devices": [], **guest.metadata, **random}
    return told | ({"files": files} if files else {})


def _place_of(at: int) -> str:
    """The name of an injected file among the others (`0000`), whatever its owner calls it."""
    return f"{at:04}"


def _ec2_values(guest: Guest) -> dict[str, Any]:
    """The values of version 2009-04-04.  Identifiers are the first part of ours, in EC2's shape."""
    told, root = guest.metadata, next((disk.image for disk in guest.disks if disk.image), None)
    hostname = str(told.get("hostname", guest.name))
    return {
        "ami-id": _short("ami", root.id if root else ""),
        "ami-launch-index": str(told.get("launch_index", 0)),
        "ami-manifest-path": "FIXME",  # the word every OpenStack cloud answers with; software compares it
        "block-device-mapping": {"ami": "vda", "root": "/dev/vda"},
        "hostname": hostname,
        "instance-action": "none",
        "instance-id": _short("i", guest.id),
        "instance-type": "",
        "local-hostname": hostname,
        "local-ipv4": _address(guest),
        "placement": {"availability-zone": str(told.get("availability_zone", ""))},
        "public-hostname": hostname,
        "public-ipv4": "",
        **_keys(dict(told.get("public_keys") or {})),
        **({"kernel-id": _short("aki", guest.boot.kernel.id)} if guest.boot else {}),
        **({"ramdisk-id": _short("ari", guest.boot.ramdisk.id)} if guest.boot and guest.boot.ramdisk else {}),
        "reservation-id": _short("r", guest.id),
        "security-groups": "",
        **guest.ec2,
    }


def _address(guest: Guest) -> str:
    """The first address that is told to the guest; one that comes by DHCP is told by `ec2`."""
    networks = guest.network_data.get("networks") or []
    return next((network["ip_address"] for network in networks if "." in network.get("ip_address", "")), "")


def _keys(keys: dict[str, Any]) -> dict[str, Any]:
    numbered = {f"{number}={name}": {"openssh-key": key} for number, (name, key) in enumerate(keys.items())}
    return {"public-keys": numbered} if keys else {}


def _short(kind: str, identifier: str) -> str:
    return f"{kind}-{identifier[:8] or '00000000'}"


def _as_documents(values: dict[str, Any]) -> Tree:
    return {k: _as_documents(v) if isinstance(v, dict) else str(v).encode() for k, v in values.items()}


def _given(guest: Guest, name: str) -> Tree:
    """The owner's user data under the name it has here, if there is any.  What is not base64 is passed on as it is."""
    if not guest.user_data:
        return {}
    try:
        return {name: base64.b64decode(guest.user_data, validate=False)}
    except binascii.Error:
        return {name: guest.user_data.encode()}


def _json(values: Any) -> bytes:
    return msgspec.json.encode(values)
