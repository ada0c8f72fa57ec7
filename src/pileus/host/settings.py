"""Settings of hosts."""

from __future__ import annotations

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

    @property
    def is_contained(self) -> bool:
        """Whether guests' networks are out of the machine's sight: they are, unless an interface is named."""
        return not (self.network or self.uplink)
