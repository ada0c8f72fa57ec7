"""What has ended by itself stays to be seen for a while, and is then struck: nobody can use it, nothing is lost."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BindParameter, ColumnElement, Delete, Table, bindparam, or_, select, tuple_

from pileus.identity.application_credentials.table import application_credentials
from pileus.identity.federation.memberships import lent
from pileus.identity.oauth.table import access_tokens, request_tokens
from pileus.identity.settings import IdentitySettings
from pileus.identity.trusts.table import trusts
from pileus.kernel.reconcile import Reconciler, forget
from pileus.kernel.store import Store

EVERY = 3600.0
"""Seconds between two looks."""
REQUEST_DAYS = 1
"""How long a request token stays that ended before anybody took it up."""


def _struck(table: Table, ended: ColumnElement[bool]) -> Delete:
    key = tuple_(*table.primary_key)
    return table.delete().where(key.in_(select(*table.primary_key).where(ended).limit(bindparam("most"))))


_before: BindParameter[datetime] = bindparam("before")
_used_up = (trusts.c.remaining_uses == 0) & (trusts.c.created_at < _before)
REQUESTS = _struck(request_tokens, request_tokens.c.expires_at < _before)
ENDED = (
    _struck(trusts, or_(trusts.c.expires_at < _before, _used_up)),
    _struck(application_credentials, application_credentials.c.expires_at < _before),
    _struck(access_tokens, access_tokens.c.expires_at < _before),
    _struck(lent, lent.c.until < _before),
)
"""When a trust was used up is not kept: it goes as if that had been as soon as it was made."""


def forget_the_ended(store: Store) -> None:
    """Strike trusts, application credentials, tokens of OAuth 1 and lent memberships that ended long ago."""
    forget(store, REQUESTS, REQUEST_DAYS)
    for struck in ENDED:
        forget(store, struck, store.part(IdentitySettings).keep_ended_days)


ENDINGS = Reconciler("what has ended in identity", EVERY, forget_the_ended)
