"""Guests as tests want them."""

from __future__ import annotations

from typing import Any

from pileus.compute.host.spec import Boot, Cpu, Disk, Guest, ImageRef, Nic


def uuid_of(number: int) -> str:
    """An identifier that is easily told from others."""
    return f"{number:08x}-0000-4000-8000-000000000000"


def image(name: str, form: Any = "raw") -> ImageRef:
    """An image; the tests' cache finds it by its name."""
    return ImageRef(id=name, format=form, size=1, manifest="")


def card(number: int) -> Nic:
    """A network card on the port of that number."""
    return Nic(uuid_of(number), uuid_of(0), f"fa:16:3e:00:00:{number:02x}", mtu=1450)


KERNEL = Boot(image("vmlinuz", "aki"), image("initrd", "ari"))
ROOT = Disk("root", 64, image=image("root.raw"))


def guest(number: int = 1, **values: Any) -> Guest:
    """A small guest that shall run, booted by kernel and ramdisk."""
    given = {
        "name": f"guest {number}",
        "power": "running",
        "cpu": Cpu(1),
        "memory_mib": 128,
        "disks": (ROOT,),
        "boot": KERNEL,
        "turn": 1,
    }
    return Guest(id=uuid_of(number), **{**given, **values})
