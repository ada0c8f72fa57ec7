"""Settings of chunk stores: each has a name, and is a folder of a local disk or a bucket of an S3."""

from __future__ import annotations

import msgspec


class LocalStoreSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="local"):
    """Chunks in a folder."""

    path: str = ""
    """The folder; empty is one of the store's name in the state directory."""
    weight: int = 0
    """Of an image that lies in several stores, the one that weighs most is read first."""
    read_only: bool = False
    """Whether images that are there stay, and none is added."""
    description: str = ""


class S3StoreSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="s3"):
    """Chunks in a bucket."""

    bucket: str
    prefix: str = ""
    """What the names of all objects begin with; no two clouds may share bucket and prefix."""
    endpoint: str = ""
    """Where the S3 answers, such as `https://s3.example.org`; empty is Amazon's for the region."""
    region: str = "us-east-1"
    secrets: str = ""
    """A JSON file, readable for its owner alone, who must be the cloud's user (that of the directory `cloud`):
    `{"access_key_id": …, "secret_access_key": …}`."""
    patience: float = 30.0
    """Seconds that one request may take, and that a failed one is tried again for."""
    weight: int = 0
    read_only: bool = False
    description: str = ""


AnyStoreSettings = LocalStoreSettings | S3StoreSettings


def default_stores() -> dict[str, AnyStoreSettings]:
    """What a cloud has that was told nothing: one store in its state directory."""
    return {"chunks": LocalStoreSettings()}
