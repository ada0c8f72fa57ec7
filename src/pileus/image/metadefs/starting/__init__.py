"""The definitions every new cloud begins with, read once from the documents beside this file."""

from __future__ import annotations

from importlib import resources
from typing import Any

import msgspec
import yaml
from sqlalchemy import func, select

from pileus.image.metadefs import namespaces
from pileus.image.metadefs.resource_types import name_type
from pileus.image.metadefs.table import resource_types
from pileus.kernel.shapes import ask
from pileus.kernel.store import Tx
from pileus.kernel.values import read_value
from pileus.kernel.versions import NONE

TYPES = (
    "OS::Glance::Image",
    "OS::Cinder::Volume",
    "OS::Nova::Server",
    "OS::Nova::Aggregate",
    "OS::Nova::Flavor",
)
"""Types of resource a new cloud names."""

DOCUMENTS = ("guest.yaml", "placement.yaml", "software.yaml")

_COUNT = select(func.count()).select_from(resource_types)


def starting_namespaces() -> list[Any]:
    """The namespaces as a caller would ask for them."""
    shape = ask(namespaces.Namespace, "create", NONE).struct
    beside = resources.files(__package__)
    found = [one for name in DOCUMENTS for one in yaml.safe_load((beside / name).read_text())]
    return [msgspec.convert(one, shape, dec_hook=read_value) for one in found]


def seed_definitions(tx: Tx) -> None:
    """Fill a cloud that has never had a definition; what its administrators took away later stays away."""
    if tx.value(_COUNT):
        return
    for name in TYPES:
        name_type(tx, name)
    for asked in starting_namespaces():
        namespaces.add_namespace(tx, None, asked)
