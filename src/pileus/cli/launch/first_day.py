"""What a new cloud is furnished with, through its public APIs: a network, the tiny image, flavors."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Any

import pileus
from pileus.cli.client import Client
from pileus.cli.launch.steps import Step
from pileus.cli.words import Trouble

NETWORK, CIDR = "shared", "10.93.0.0/16"

FLAVORS = {
    "m1.tiny": (1, 128, 1),
    "m1.small": (1, 512, 5),
    "m1.medium": (2, 2048, 20),
    "m1.large": (4, 4096, 40),
    "m1.xlarge": (8, 8192, 80),
}
"""Name → VCPUs, MiB, GiB."""

IMAGE = "tiny"
PARTS = {"kernel": ("vmlinuz", "aki"), "ramdisk": ("initrd", "ari")}
"""Of the tiny guest: what each is for, its file, its format."""
ROOT = "root.raw"

ARGUMENTS = "console=ttyS0 no_timer_check"
"""Without the last a guest may hang under TCG on its 8254 timer."""


def guest_parts(given: str | None) -> Path | None:
    """The folder with the tiny guest, as it was given or as `make setup` builds it in a checkout."""
    folder = Path(given) if given else Path(pileus.__file__).parents[2] / "build" / "guest"
    return folder.absolute() if (folder / ROOT).exists() else None


def make_network(api: Client, step: Step, wanted: dict[str, str | None], physical: str) -> None:
    """The network all projects share, on what hosts call the physical one; one that is there stays as it is."""
    found = api.read("network", "/v2.0/networks")["networks"]
    for network in found:
        if network.get("provider:physical_network") == physical:
            step.note(f"{network['name']} is there")
            return
    flat = {"provider:network_type": "flat", "provider:physical_network": physical}
    subnet = subnet_of(wanted)
    made = api.make("network", "/v2.0/networks", {"network": {"name": NETWORK, "shared": True, **flat}})["network"]
    api.make("network", "/v2.0/subnets", {"subnet": {"name": NETWORK, "network_id": made["id"], **subnet}})
    step.note(f"{NETWORK}, {subnet['cidr']}")


def subnet_of(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The addresses of the first network, as `cidr`, `gateway` and `pool` say; raises Trouble for what is none."""
    try:
        network = ip_network(wanted["cidr"] or CIDR)
        subnet: dict[str, Any] = {"ip_version": network.version, "cidr": str(network)}
        if wanted["gateway"]:
            subnet["gateway_ip"] = _within(network, wanted["gateway"])
        if wanted["pool"]:
            first, last = (_within(network, each) for each in wanted["pool"].split("-"))
            subnet["allocation_pools"] = [{"start": first, "end": last}]
    except ValueError as error:
        fix = "give them as --cidr 192.0.2.0/24 --gateway 192.0.2.1 --pool 192.0.2.100-192.0.2.200"
        raise Trouble("the guests' addresses cannot be used", str(error), fix) from error
    return subnet


def _within(network: IPv4Network | IPv6Network, text: str) -> str:
    address = ip_address(text.strip())
    if address not in network:
        raise ValueError(f"{address} is not in {network}")
    return str(address)


def make_image(api: Client, step: Step, parts: Path) -> None:
    """The tiny guest: kernel and ramdisk as images of their own, which the disk's image names."""
    ids = {part: _image(api, f"{IMAGE}-{part}", form, parts / file) for part, (file, form) in PARTS.items()}
    named = {f"{part}_id": id for part, id in ids.items()}
    more = {**named, "os_command_line": ARGUMENTS, "os_admin_user": "root", "min_ram": 96}
    _image(api, IMAGE, "ami", parts / ROOT, **more)
    step.note(IMAGE)


def _image(api: Client, name: str, form: str, file: Path, **more: Any) -> str:
    """The public image of that name; one whose bytes never came is made again."""
    for found in api.read("image", f"/v2/images?name={name}&visibility=public")["images"]:
        if found["status"] == "active":
            return str(found["id"])
        api.delete("image", f"/v2/images/{found['id']}")
    asked = {"name": name, "visibility": "public", "disk_format": form, "container_format": form, **more}
    made = api.make("image", "/v2/images", asked)
    with file.open("rb") as content:
        api.put("image", f"/v2/images/{made['id']}/file", content)
    return str(made["id"])


def make_flavors(api: Client, step: Step) -> None:
    """The flavors that are not there, by name."""
    there = {flavor["name"] for flavor in api.read("compute", "/flavors?is_public=None")["flavors"]}
    for number, (name, (vcpus, ram, disk)) in enumerate(FLAVORS.items(), start=1):
        if name not in there:
            flavor = {"id": str(number), "name": name, "vcpus": vcpus, "ram": ram, "disk": disk}
            api.make("compute", "/flavors", {"flavor": flavor})
    step.note(", ".join(FLAVORS))
