"""A signed request buys a token for who has signed it: services that speak EC2 or S3 ask so in their callers' name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Table

from pileus.identity.api import identity
from pileus.identity.application_credentials.table import application_credentials
from pileus.identity.auth.issue import granted
from pileus.identity.auth.methods import Proof
from pileus.identity.auth.proof import REFUSED
from pileus.identity.auth.scopes import Chosen
from pileus.identity.credentials.credentials import blob_of, credentials, id_of_access
from pileus.identity.credentials.signatures import Signed, is_signed
from pileus.identity.settings import IdentitySettings
from pileus.identity.trusts.table import speaker_of, trusts
from pileus.identity.users.table import user_of_id
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Invalid, Unauthorized
from pileus.kernel.resource import Resource, given
from pileus.kernel.routes import Answer
from pileus.kernel.store import Row, Tx

METHOD = "ec2credential"
_DECOY = "0" * 32
"""Compared with where there is no such key, so that it takes as long."""

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────


class SignedRequest(Resource, extras=object):
    """A request with its signature, under either of the names that services give it."""

    credentials: Signed | None = given("do", default=None)
    of_ec2: Signed | None = given("do", default=None, wire="ec2Credentials")


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────


def _signer(tx: Tx, asked: Signed) -> tuple[Row, dict[str, Any]]:
    """The credential by which a request is signed, and its blob; raises Unauthorized."""
    row = tx.find(credentials, id_of_access(asked.access)) if asked.access else None
    blob = msgspec.json.decode(blob_of(tx, row), type=dict[str, Any]) if row and row["type"] == "ec2" else {}
    right = is_signed(str(blob.get("secret", _DECOY)), asked)
    if row is None or not blob.get("secret") or not right:
        raise Unauthorized(REFUSED, "no such access key, or not its signature")
    return row, blob


def _check_moment(tx: Tx, told: str | None) -> None:
    """Refuse what was signed too long ago, or is of a time to come; raises Unauthorized."""
    if told is None:
        return
    try:
        at = datetime.fromisoformat(told)
    except ValueError as error:
        raise Unauthorized(REFUSED, "the signature's moment is none") from error
    at = at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at
    if abs(tx.now - at) > timedelta(seconds=tx.part(IdentitySettings).signature_seconds):
        raise Unauthorized(REFUSED, "the signature is too old, or of a time to come")


def _proof(tx: Tx, row: Row, blob: Mapping[str, Any]) -> tuple[Proof, Chosen]:
    """Who has signed and what a token is for, bound by what the credential was made with; raises Unauthorized."""
    user = user_of_id(tx, row["user_id"])
    if user is None:
        raise Unauthorized(REFUSED, "the credential's user is gone")
    credential = _bound(tx, application_credentials, blob.get("app_cred_id"), row, lambda one: str(one["user_id"]))
    trust = _bound(tx, trusts, blob.get("trust_id"), row, speaker_of)
    chosen = Chosen("project", row["project_id"], user["id"], trust)
    return Proof(user["id"], user["generation"], (METHOD,), credential=credential), chosen


def _bound(tx: Tx, table: Table, key: Any, row: Row, whose: Callable[[Row], str]) -> Row | None:
    """The application credential or trust that a blob names: its user's and its project's."""
    if not key:
        return None
    found = tx.find(table, str(key))
    if found is None or whose(found) != row["user_id"] or found["project_id"] != row["project_id"]:
        raise Unauthorized(REFUSED, "what the credential was made with is gone, or another's")
    return found


def _token(tx: Tx, asked: Signed | None) -> Answer:
    """A token for who has signed; raises Invalid, Unauthorized."""
    if asked is None:
        raise Invalid("A body with credentials is wanted.")
    row, blob = _signer(tx, asked)
    if not asked.token:
        _check_moment(tx, asked.moment)
    answer = granted(tx, *_proof(tx, row, blob))
    return Answer(answer.value, answer.headers, code=200, raw=True)


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────


@identity.route("POST /ec2tokens", SignedRequest, rule="identity:ec2tokens_validate", writes=False)
def by_ec2(tx: Tx, who: Caller, target: Mapping[str, Any], asked: SignedRequest) -> Answer:
    """A token for who has signed a request in one of EC2's ways."""
    return _token(tx, asked.credentials or asked.of_ec2)


@identity.route("POST /s3tokens", SignedRequest, rule="identity:s3tokens_validate", writes=False)
def by_s3(tx: Tx, who: Caller, target: Mapping[str, Any], asked: SignedRequest) -> Answer:
    """A token for who has signed what a service of the S3 protocol puts together."""
    if asked.credentials is not None and not asked.credentials.token:
        raise Invalid("What was signed is wanted, as token of the credentials.")
    return _token(tx, asked.credentials)
