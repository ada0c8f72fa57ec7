"""What may be asked when servers are made: every check before anything is written, then rows and their work."""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from collections.abc import Mapping
from typing import Any, NamedTuple, get_args

from pileus import image, network
from pileus.compute.flavors.ecu import total_ecu
from pileus.compute.flavors.flavors import flavor_to_boot
from pileus.compute.host.spec import Format
from pileus.compute.keypairs import key_of
from pileus.compute.places.zones import Destination, destination
from pileus.compute.quotas import check_metadata, check_servers
from pileus.compute.servers.files import given_files
from pileus.compute.servers.shape import Server
from pileus.compute.servers.states import settle
from pileus.compute.servers.table import servers
from pileus.compute.servers.workflows import CreateServer
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Invalid
from pileus.kernel.resource import UNSET
from pileus.kernel.store import Tx
from pileus.kernel.workflow import begin

MOST_AT_ONCE = 100
"""Servers one request may make."""


class Parts(NamedTuple):
    """What a new server is made from, all of it found and allowed."""

    flavor: Mapping[str, Any]
    image: Mapping[str, Any] | None
    key: Mapping[str, Any] | None
    place: Destination
    ports: list[dict[str, Any]]
    groups: list[str]
    hints: dict[str, Any]
    files: list[dict[str, str]]


def create_servers(tx: Tx, who: Caller, asked: Server) -> list[dict[str, Any]]:
    """Write the rows of one or more servers and begin the work on each; raises what the checks raise."""
    if who.project_id is None:
        raise Invalid("A server belongs to a project: the token is scoped to none.")
    count = _count(asked)
    parts = _parts(tx, who, asked, count)
    check_servers(tx, who, count, _cost(parts.flavor))
    reservation = f"r-{secrets.token_hex(4)}"
    made = []
    for index in range(count):
        row = tx.insert(
            servers, **_row(tx, who, asked, parts), reservation_id=reservation, **_named(asked, index, count)
        )
        begin(tx, CreateServer(server_id=row["id"]))
        made.append(settle(tx, row))
    return made


def _cost(flavor: Mapping[str, Any]) -> dict[str, int]:
    """What one server counts for in quotas."""
    return {"instances": 1, "cores": flavor["vcpus"], "ram": flavor["ram"], "ecu": total_ecu(flavor)}


def _count(asked: Server) -> int:
    least = 1 if asked.min_count is UNSET else asked.min_count
    most = least if asked.max_count is UNSET else asked.max_count
    if not 1 <= least <= most:
        raise Invalid("min_count must be <= max_count")
    if most > MOST_AT_ONCE:
        raise Invalid(f"No more than {MOST_AT_ONCE} servers can be made by one request.")
    return most


def _parts(tx: Tx, who: Caller, asked: Server, count: int) -> Parts:
    _check_devices(asked)
    _check_user_data(asked)
    files = given_files(tx, who, asked)
    check_metadata(tx, str(who.project_id), _or(asked.metadata, {}))
    flavor = flavor_to_boot(tx, who, str(asked.flavor_ref))
    found = _image(tx, who, asked, flavor)
    key = None if asked.key_name in (UNSET, None) else key_of(tx, who.user_id, asked.key_name)
    if key is None and asked.key_name not in (UNSET, None):
        raise Invalid("Invalid key_name provided.")
    place = destination(tx, who, asked)
    given = _networks(asked)
    groups = [] if asked.security_groups is UNSET else [one.name for one in asked.security_groups]
    ports = network.check_requests(tx, who, given, groups, count=count)
    return Parts(flavor, found, key, place, ports, groups, _hints(asked), files)


def _image(tx: Tx, who: Caller, asked: Server, flavor: Mapping[str, Any]) -> Mapping[str, Any] | None:
    reference = asked.image_ref or _booted_image(asked)
    if not reference:
        raise Invalid("Block Device Mapping is Invalid: an image is wanted, since there are no volumes yet.")
    if not re.fullmatch(r"[0-9a-fA-F-]{32,36}", reference):
        raise Invalid(f"Invalid input for field/attribute imageRef. Value: {reference}.")
    found = image.bootable(tx, who, reference)
    for one in filter(None, (found, found.get("kernel"), found.get("ramdisk"))):
        if one["disk_format"] not in get_args(Format):
            raise Invalid(f"Image {one['id']} is unacceptable: no host boots from the format {one['disk_format']}.")
    if found["min_ram"] > flavor["ram"]:
        raise Invalid("Flavor's memory is too small for requested image.")
    least = max(found["min_disk"] * 1024, -(-(found["virtual_size"] or found["size"]) // 2**20))
    if flavor["disk"] and flavor["disk"] * 1024 < least:
        raise Invalid("Flavor's disk is too small for requested image.")
    return found


def _booted_image(asked: Server) -> str:
    for device in [] if asked.block_device_mapping_v2 is UNSET else asked.block_device_mapping_v2:
        if device.get("source_type") == "image":
            return str(device.get("uuid", ""))
    return ""


def _check_devices(asked: Server) -> None:
    if asked.block_device_mapping is not UNSET and asked.block_device_mapping:
        raise Invalid("Block Device Mapping is Invalid: there are no volumes yet.")
    devices = [] if asked.block_device_mapping_v2 is UNSET else asked.block_device_mapping_v2
    for device in devices:
        plain = device.get("source_type") == "image" and device.get("destination_type", "local") == "local"
        if not plain or str(device.get("boot_index", "0")) != "0":
            raise Invalid("Block Device Mapping is Invalid: only the image to boot from can be mapped.")


def _check_user_data(asked: Server) -> None:
    if asked.user_data in (UNSET, None):
        return
    try:
        base64.b64decode(asked.user_data, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Invalid("Invalid input for field/attribute user_data: it is not base64.") from error


def _networks(asked: Server) -> str | list[dict[str, Any]] | None:
    """`auto`, `none`, what to plug in (`network_id`, `port_id`, `fixed_ip`, `tag`), or None: whatever there is."""
    if asked.networks is UNSET or asked.networks == []:
        return None
    if isinstance(asked.networks, str):
        return asked.networks
    return [
        {
            "network_id": None if one.uuid is UNSET else str(one.uuid),
            "port_id": None if one.port is None else str(one.port),
            "fixed_ip": None if one.fixed_ip is UNSET else one.fixed_ip,
            "tag": None if one.tag is UNSET else one.tag,
        }
        for one in asked.networks
    ]


def _hints(asked: Server) -> dict[str, Any]:
    """What was wished of the place; raises Invalid for what is not a server, or a group, none of which there are."""
    given = [one for one in (asked.hints, asked.hints_too) if one is not UNSET]
    hints = dict(given[0]) if given else {}
    for name in ("same_host", "different_host"):
        wished = hints.get(name, [])
        if not all(_is_uuid(one) for one in (wished if isinstance(wished, list) else [wished])):
            raise Invalid(f"Invalid input for field/attribute {name}. Value: {str(wished)[:255]}.")
    if "group" in hints:
        raise Invalid(f"Instance group {str(hints['group'])[:255]} could not be found.")
    return hints


def _is_uuid(value: Any) -> bool:
    return (
        isinstance(value, str)
        and re.fullmatch(r"[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}", value) is not None
    )


def _named(asked: Server, index: int, count: int) -> dict[str, Any]:
    """The name and host name of one of several servers; several are told apart by a number."""
    name = asked.name if count == 1 else f"{asked.name}-{index + 1}"
    hostname = host_name(name) if asked.hostname is UNSET else asked.hostname
    return {"name": name, "hostname": hostname, "launch_index": index}


def host_name(name: str) -> str:
    """A server's name as a host name (RFC 1123): lower case letters, digits, hyphens, at most 63 of them."""
    kept = re.sub(r"[^a-z0-9-]+", "", re.sub(r"[ _.]+", "-", name.lower())).strip("-")
    return kept[:63].strip("-") or "server"


def _row(tx: Tx, who: Caller, asked: Server, parts: Parts) -> dict[str, Any]:
    flavor, found = parts.flavor, parts.image
    return {
        "project_id": who.project_id,
        "user_id": who.user_id,
        "description": _or(asked.description, None),
        "metadata": _or(asked.metadata, {}),
        "tags": sorted(set(_or(asked.tags, []))),
        "key_name": None if parts.key is None else parts.key["name"],
        "public_key": None if parts.key is None else parts.key["public_key"],
        "user_data": _or(asked.user_data, None),
        "files": parts.files,
        "config_drive": bool(_or(asked.config_drive, False)),
        "access_ipv4": _or(asked.access_ipv4, ""),
        "access_ipv6": _or(asked.access_ipv6, ""),
        "disk_config": _or(asked.disk_config, "MANUAL"),
        "hints": parts.hints,
        "group_id": None,
        "image_id": None if found is None else found["id"],
        "image": found,
        "kernel_id": None if found is None else found.get("kernel_id"),
        "ramdisk_id": None if found is None else found.get("ramdisk_id"),
        "flavor_id": flavor["id"],
        "flavor": dict(flavor),
        "vcpus": flavor["vcpus"],
        "memory_mib": flavor["ram"],
        "ecu": total_ecu(flavor),
        "pinned_zone": parts.place.zone,
        "asked": {"ports": parts.ports, "groups": parts.groups, "host": parts.place.host},
        "updated_at": tx.now,
    }


def _or(value: Any, otherwise: Any) -> Any:
    return otherwise if value is UNSET else value
