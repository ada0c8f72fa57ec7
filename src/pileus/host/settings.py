"""Settings of hosts."""

from __future__ import annotations

import re

import msgspec


class HostSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How this machine serves as a host."""

    network: str = ""
    """An interface of the machine, without addresses, that is given away to the guests of the physical network."""
    uplink: str = ""
    """An interface of the machine through which guests of the physical network reach the outside, by NAT."""
    resolvers: tuple[str, ...] = ()
    """DNS servers to which guests' questions are passed on; with none, guests get no DNS from their host."""
    kernel: str = ""
    """A kernel to try KVM with; empty takes the newest of /boot."""
    cache_gib: int = 20
    """Room for images that no guest uses at present."""
    snapshot_mib: int = 100
    """MiB of a guest's disk that a snapshot reads in a second, at most."""

    lazy_boot: bool = True
    """Whether guests begin before all of their image is here; `pileus_lazy_boot=false` on an image says no for it."""
    lazy_boot_least_mib: int = 256
    """Smaller images are fetched whole first."""
    neighbours_url: str = ""
    """Where hosts on other machines may ask this one for chunks of images it has: `https://name:port`, as its
    certificate names it.  Empty: only hosts on the same machine may, over a unix socket."""
    neighbours_listen: str = "0.0.0.0:8775"
    neighbours_cert: str = ""
    neighbours_key: str = ""
    """The certificate and its key, as PEM.  Who asks trusts whom its system trusts, or the file SSL_CERT_FILE names."""

    def __post_init__(self) -> None:
        """Refuse a door that nobody could come to."""
        if not self.neighbours_url:
            return
        if not self.neighbours_url.startswith("https://"):
            raise ValueError("host.neighbours_url must begin with https://")
        if not (self.neighbours_cert and self.neighbours_key):
            raise ValueError("host.neighbours_url needs host.neighbours_cert and host.neighbours_key")
        if not re.fullmatch(r"\S+:[0-9]{1,5}", self.neighbours_listen):
            raise ValueError("host.neighbours_listen must be address:port")
        if self.is_contained:
            raise ValueError("host.neighbours_url needs host.uplink or host.network: other hosts are out of all sight")

    @property
    def is_contained(self) -> bool:
        """Whether guests' networks are out of the machine's sight: they are, unless an interface is named."""
        return not (self.network or self.uplink)
