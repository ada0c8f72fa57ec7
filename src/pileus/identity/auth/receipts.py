"""Receipts: by some of the methods somebody has proved who it is, others are still wanted of it (multi-factor rules).

A receipt is sealed like a token but is none; with it and the methods that lack a token is given.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import msgspec

from pileus.identity.api import MOMENT
from pileus.identity.auth.keys import TokenKeys
from pileus.identity.auth.methods import METHODS, Proof
from pileus.identity.auth.proof import REFUSED
from pileus.identity.auth.tokens import moment_of, seconds_of
from pileus.identity.settings import IdentitySettings
from pileus.kernel.errors import Unauthorized
from pileus.kernel.routes import Answer
from pileus.kernel.store import Row, Store, Tx

RECEIPT = "openstack-auth-receipt"
_MARK = b"receipt "
"""What no token's content begins with."""


class Receipt(msgspec.Struct, frozen=True, array_like=True):
    """A receipt's content."""

    user_id: str
    generation: int
    """The user's at that time: if it has grown since, the receipt is void."""
    methods: tuple[str, ...]
    issued: int
    """Seconds since 1970."""
    expires: int


def factors_of(user: Row) -> list[list[str]]:
    """The combinations of methods that a user must use one of; none is that any method will do."""
    if not user["options"].get("multi_factor_auth_enabled"):
        return []
    known = [[name for name in rule if name in METHODS] for rule in user["options"].get("multi_factor_auth_rules", [])]
    return [rule for rule in known if rule]


def is_enough(user: Row, methods: tuple[str, ...]) -> bool:
    """Whether these methods are what is wanted of a user."""
    wanted = factors_of(user)
    return not wanted or any(set(rule) <= set(methods) for rule in wanted)


def with_receipt(store: Store, text: str, proof: Proof) -> Proof:
    """A proof together with what an earlier receipt says of the same user; raises Unauthorized."""
    content = store.part(TokenKeys).open(text)
    found = _read(content) if content is not None else None
    if found is None or moment_of(found.expires) <= store.clock.now():
        raise Unauthorized(REFUSED, "no such receipt, or it has expired")
    if (found.user_id, found.generation) != (proof.user_id, proof.generation):
        raise Unauthorized(REFUSED, "the receipt is another user's, or void")
    return replace(proof, methods=tuple(dict.fromkeys([*found.methods, *proof.methods])))


def _read(content: bytes) -> Receipt | None:
    try:
        return msgspec.msgpack.decode(content.removeprefix(_MARK), type=Receipt) if content.startswith(_MARK) else None
    except msgspec.MsgspecError:
        return None


def receipted(tx: Tx, user: Row, proof: Proof) -> Answer:
    """The answer to who has proved too little so far."""
    now = seconds_of(tx.now)
    ends = now + tx.part(IdentitySettings).receipt_seconds
    found = Receipt(proof.user_id, proof.generation, proof.methods, now, ends)
    text = tx.part(TokenKeys).seal(_MARK + msgspec.msgpack.encode(found), now)
    told = {
        "methods": list(proof.methods),
        "user": {
            "domain": {"id": user["domain_id"], "name": user["domain_name"]},
            "id": user["id"],
            "name": user["name"],
        },
        "issued_at": _told(moment_of(now)),
        "expires_at": _told(moment_of(ends)),
    }
    body = {"receipt": told, "required_auth_methods": factors_of(user)}
    return Answer(body, headers=[(RECEIPT, text)], code=401, raw=True)


def _told(at: datetime) -> str:
    return at.strftime(MOMENT)
