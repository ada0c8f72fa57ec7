"""A cloud that receives people of an OpenID provider, which runs beside it on loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pileus.identity.settings import OpenIdClient
from pileus.kernel.clock import HeldClock
from tests.databases.templates import sqlite_copy
from tests.identity.federation.federated import DASHBOARD, Federation
from tests.identity.federation.openid_provider import PROGRAM, SECRET, OpenIdProvider, new_key, running_provider
from tests.identity.small_cloud import SmallCloud


@pytest.fixture(scope="session")
def running() -> Iterator[OpenIdProvider]:
    """One provider for all tests."""
    with running_provider() as found:
        yield found


@pytest.fixture
def provider(running: OpenIdProvider) -> OpenIdProvider:
    """The provider as if it had just been started."""
    running.people, running.tokens, running.codes, running.more_claims = {}, {}, {}, {}
    running.signs_access_tokens = False
    if running.key.kid != "first":
        running.key = new_key("first")
    running.asked = []
    return running


@pytest.fixture
def federate(tmp_path: Path, provider: OpenIdProvider) -> Iterator[Callable[..., Federation]]:
    """Make a federation whose access tokens are checked in one of the ways."""
    clouds: list[SmallCloud] = []

    def make(url: str = "", **more: Any) -> Federation:
        secret = tmp_path / "secret"
        secret.write_text(f"{SECRET}\n")
        about = {"provider": "acme", "issuer": provider.issuer, "client_id": PROGRAM, "client_secret_file": str(secret)}
        client = OpenIdClient(**{**about, **more})
        now = HeldClock(datetime.now(UTC).replace(tzinfo=None))
        place = tmp_path / f"cloud-{len(clouds)}"
        place.mkdir()
        database = url or sqlite_copy(place / "cloud.db")
        clouds.append(SmallCloud(place, now, database, openid=(client,), trusted_dashboards=(DASHBOARD,)))
        return Federation(clouds[-1], provider)

    yield make
    for cloud in clouds:
        cloud.close()


@pytest.fixture
def federation(federate: Callable[..., Federation]) -> Federation:
    """A federation; its access tokens are checked by asking the provider."""
    return federate()
