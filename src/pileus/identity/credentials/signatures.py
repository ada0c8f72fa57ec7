"""Signatures of requests as the EC2 and S3 protocols define them: what a secret key makes of a request.

AWS General Reference, "Signature Version 2" and "Signature Version 4"; the first version joined names and values
without a word between them and is still heard from old clients.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import msgspec

V4 = "AWS4-HMAC-SHA256"
_SIGNATURES = ("Signature", "X-Amz-Signature")
"""Parameters that hold the signature itself."""


class Signed(msgspec.Struct, kw_only=True):
    """A request that was signed, as the service that received it tells of it."""

    access: str | None = None
    signature: str = ""
    verb: str = ""
    host: str = ""
    path: str = ""
    params: dict[str, Any] = {}
    headers: dict[str, Any] = {}
    body_hash: str = ""
    token: str = ""
    """What was signed, whole and in base64, where the service has put it together itself (S3)."""

    @property
    def moment(self) -> str | None:
        """When it was signed, as the request says."""
        told = self.params.get("Timestamp") or self.headers.get("X-Amz-Date") or self.params.get("X-Amz-Date")
        return None if told is None else str(told)


def is_signed(secret: str, asked: Signed) -> bool:
    """Whether the secret made the signature; some clients sign a host without its port."""
    hosts = dict.fromkeys((asked.host, asked.host.rpartition(":")[0] or asked.host))
    try:
        made = [_signature(secret.encode(), asked, host) for host in hosts]
    except (ValueError, LookupError):
        return False
    return any(hmac.compare_digest(one.encode(), asked.signature.encode()) for one in made)


def _signature(secret: bytes, asked: Signed, host: str) -> str:
    """Raises ValueError or LookupError for a request that is not signed in a way we know."""
    if asked.token:
        return _of_text(secret, base64.b64decode(asked.token, validate=True))
    version = str(asked.params.get("SignatureVersion", ""))
    if version == "1":
        return _first(secret, asked)
    if version == "2":
        return _second(secret, asked, host)
    return _fourth(secret, asked, host)


def _base64(secret: bytes, text: bytes, method: str) -> str:
    return base64.b64encode(hmac.digest(secret, text, method)).decode()


def _first(secret: bytes, asked: Signed) -> str:
    params = sorted(asked.params.items(), key=lambda pair: pair[0].lower())
    text = "".join(f"{name}{value}" for name, value in params if name not in _SIGNATURES)
    return _base64(secret, text.encode(), "sha1")


def _second(secret: bytes, asked: Signed, host: str) -> str:
    method = "sha1" if asked.params.get("SignatureMethod") == "HmacSHA1" else "sha256"
    text = "\n".join((asked.verb, host, asked.path, _query(asked.params)))
    return _base64(secret, text.encode(), method)


def _query(params: Mapping[str, Any]) -> str:
    """Parameters in order, each name and value quoted (RFC 3986)."""
    pairs = sorted((name, str(value)) for name, value in params.items() if name not in _SIGNATURES)
    return "&".join(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in pairs)


def _fourth(secret: bytes, asked: Signed, host: str) -> str:
    headers = {name.lower().strip(): str(value).strip() for name, value in asked.headers.items()}
    names = _told(asked, "SignedHeaders")
    signed = [f"{name}:{host if name == 'host' else headers[name]}\n" for name in names.split(";")]
    query = "" if asked.verb.upper() == "POST" else _query(asked.params)
    request = "\n".join((asked.verb.upper(), asked.path, query, "".join(signed), names, asked.body_hash))
    scope = _told(asked, "Credential").split("/", 1)[1]
    digest = hashlib.sha256(request.encode()).hexdigest()
    return _by_scope(secret, scope, "\n".join((V4, str(asked.moment), scope, digest)))


def _told(asked: Signed, name: str) -> str:
    """A part of the Authorization header, or the parameter that stands for it."""
    header = str(asked.headers.get("Authorization", ""))
    if header:
        parts = dict(part.strip().partition("=")[::2] for part in header.removeprefix(V4).split(","))
        return parts[name]
    return str(asked.params[f"X-Amz-{name}"])


def _by_scope(secret: bytes, scope: str, text: str) -> str:
    """The fourth version signs with a key of the day, the region and the service; raises ValueError."""
    words = scope.split("/")
    moment = text.split("\n")[1]
    if len(words) != 4 or not moment.startswith(words[0]):
        raise ValueError("the scope names another day")
    key = b"AWS4" + secret
    for word in words:
        key = hmac.digest(key, word.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()


def _of_text(secret: bytes, text: bytes) -> str:
    """The signature of what a service of the S3 protocol has put together, by either version."""
    lines = text.decode("utf-8").split("\n")
    if lines[0] != V4:
        return _base64(secret, text, "sha1")
    return _by_scope(secret, lines[2], text.decode("utf-8"))
