"""Every setting of the cloud: one frozen struct, read once from TOML, handed down and never global."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Annotated

import msgspec

from pileus.compute.settings import ComputeSettings
from pileus.fleet.settings import FleetSettings
from pileus.host.settings import HostSettings
from pileus.identity.settings import IdentitySettings
from pileus.image.settings import ImageSettings
from pileus.network.settings import NetworkSettings
from pileus.placement.settings import PlacementSettings


class BadSettings(Exception):
    """A settings file that cannot be used; the message names the setting."""


class ApiSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the cloud is reached."""

    listen: str = "127.0.0.1"
    port: int = 8770
    public_url: Annotated[str, msgspec.Meta(pattern=r"^(https?://[^/?#\s]+[^?#\s]*)?$")] = ""
    """What callers are told; empty is made from `listen` and `port`."""
    tls_cert: str = ""
    tls_key: str = ""
    policy_file: str = ""
    """YAML: rules by name, by service (`compute: {rule: check}`), that replace the defaults."""


class StoreSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the cloud remembers."""

    url: str = ""
    """A `postgresql://` address; empty is a SQLite file in the state directory."""
    keep_history_days: Annotated[int, msgspec.Meta(ge=1)] = 365
    """How long it can be told who changed what."""
    keep_work_days: Annotated[int, msgspec.Meta(ge=1)] = 90
    """How long work that has ended, and its steps, can be told: a server's actions and events are such."""


class FakeSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How fake hosts behave."""

    vcpus: int = 32
    memory_mib: int = 131072
    disk_gib: int = 2000
    boot_seconds: float = 0.0
    images: bool = False
    """Whether they fetch the images of their guests, as real hosts do, and give them out to each other."""
    fail_define: tuple[str, ...] = ()
    """Names of servers whose guests cannot be made."""
    crash: tuple[str, ...] = ()
    """Names of servers whose guests crash at their first boot."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of them, by service."""

    api: ApiSettings = ApiSettings()
    store: StoreSettings = StoreSettings()
    identity: IdentitySettings = IdentitySettings()
    image: ImageSettings = ImageSettings()
    network: NetworkSettings = NetworkSettings()
    placement: PlacementSettings = PlacementSettings()
    compute: ComputeSettings = ComputeSettings()
    fleet: FleetSettings = FleetSettings()
    host: HostSettings = HostSettings()
    fake: FakeSettings = FakeSettings()

    @property
    def public_url(self) -> str:
        """What callers are told, without a final slash."""
        scheme = "https" if self.api.tls_cert else "http"
        host = "127.0.0.1" if self.api.listen in ("0.0.0.0", "::") else self.api.listen
        host = f"[{host}]" if ":" in host else host
        return self.api.public_url.rstrip("/") or f"{scheme}://{host}:{self.api.port}"


def read_settings(path: Path | None) -> Settings:
    """Read a TOML file (or a JSON one), or the defaults where there is none.

    Raises BadSettings for what is unknown or wrong.
    """
    if path is None:
        return Settings()
    try:
        text = path.read_text()
        return msgspec.convert(json.loads(text) if path.suffix == ".json" else tomllib.loads(text), Settings)
    except OSError as error:
        raise BadSettings(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, msgspec.ValidationError) as error:
        raise BadSettings(f"{path}: {error}") from error
