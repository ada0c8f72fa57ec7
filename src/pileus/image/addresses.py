"""Which addresses of the web may be fetched from: public ones, and those an operator listed.

The names that callers give are theirs; what they resolve to is checked, and it is the checked address that is
connected to.  An IPv6 address that only wraps an IPv4 one (mapped, 6to4, Teredo, NAT64) is as good as what it wraps.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from urllib.parse import SplitResult, urlsplit

import msgspec

from pileus.image.settings import ImageSettings
from pileus.kernel.errors import Invalid

IP = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_USUAL = {"http": 80, "https": 443}
_LONGEST = 2048


class Place(msgspec.Struct, frozen=True):
    """Where a URL leads, with nothing looked up yet."""

    scheme: str
    host: str
    port: int
    path: str
    """With its query."""

    @property
    def header(self) -> str:
        """The Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _USUAL[self.scheme] else f"{host}:{self.port}"


def place_of(uri: str, settings: ImageSettings) -> Place:
    """Take a URL apart; raises Invalid for one that is fetched from nowhere, whatever its name stands for."""
    said = f"The URI {uri[:200]!r} does not pass filtering"
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError as error:
        raise Invalid(f"{said}: it cannot be read.") from error
    if parts.scheme not in _USUAL or not parts.hostname or len(uri) > _LONGEST:
        raise Invalid(f"{said}: http://… or https://… is wanted.")
    if parts.username is not None or any(one <= " " or one == "\x7f" for one in uri) or not uri.isascii():
        raise Invalid(f"{said}: it holds what a URI of an image has no use for.")
    found = Place(parts.scheme, parts.hostname, port or _USUAL[parts.scheme], _path(parts))
    try:
        address = ipaddress.ip_address(found.host)
    except ValueError:
        return found
    check(address, found.port, settings)
    return found


def _path(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def resolved(place: Place, settings: ImageSettings) -> Sequence[str]:
    """The addresses of a host; raises Invalid unless each of them may be fetched from."""
    try:
        found = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Invalid(f"The host {place.host!r} has no address.", str(error)) from error
    texts = list(dict.fromkeys(str(one[4][0]) for one in found))
    for text in texts:
        check(ipaddress.ip_address(text), place.port, settings)
    return texts


def check(address: IP, port: int, settings: ImageSettings) -> None:
    """Raise Invalid for an address, or a port there, that nothing is fetched from."""
    is_listed = any(address in ipaddress.ip_network(one) for one in settings.web_download_allow)
    if is_listed or (port in settings.web_download_ports and is_public(address)):
        return
    raise Invalid("The URI does not pass filtering: nothing is fetched from that address and port.")


def is_public(address: IP) -> bool:
    """Whether an address is one of the public internet's, and wraps none that is not."""
    inner = _wrapped(address)
    return address.is_global and not address.is_multicast and (inner is None or is_public(inner))


def _wrapped(address: IP) -> IP | None:
    if not isinstance(address, ipaddress.IPv6Address):
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
