"""A pass to read one object's chunks from a host for a while: given by the cloud, checked by the host.

    <name of the object>.<Unix time it ends>.<HMAC-SHA-256 of both, hexadecimal>

The key is what both have of the host's token: the SHA-256 of its secret. Nobody keeps a list of passes, and a host that
joins anew has a new key, under which all earlier passes are void.
"""

from __future__ import annotations

import hashlib
import hmac

from pileus.chunks.manifest import is_address

_PURPOSE = b"pileus: a pass to read chunks "


def issue_pass(key: bytes, name: str, until: int) -> str:
    """A pass for one object."""
    return f"{name}.{until}.{_seal(key, name, until)}"


def admits_to(key: bytes, shown: str, now: float) -> str | None:
    """The object a pass admits to; None for one that is forged, spoiled or over."""
    name, _, rest = shown.partition(".")
    until, _, seal = rest.partition(".")
    if not (is_address(name) and until.isascii() and until.isdigit() and len(until) < 16):
        return None
    is_ours = hmac.compare_digest(seal.encode(), _seal(key, name, int(until)).encode())
    return name if is_ours and now < int(until) else None


def _seal(key: bytes, name: str, until: int) -> str:
    return hmac.new(key, _PURPOSE + f"{name} {until}".encode(), hashlib.sha256).hexdigest()
