"""Things that several tests ask the Placement API for."""

from __future__ import annotations

from typing import Any

from tests.asking import Asker, Heard

A, B, C, D = (f"{digit * 8}-0000-4000-8000-{digit * 12}" for digit in "abcd")
"""Identifiers of providers and consumers."""


def provider(admin: Asker, id: str, *, parent: str | None = None, **totals: int) -> str:
    """A provider with these totals."""
    body: dict[str, Any] = {"name": f"host-{id[0]}", "uuid": id}
    if parent:
        body["parent_provider_uuid"] = parent
    assert admin("POST /resource_providers", body).code == 200
    stock(admin, id, **totals)
    return id


def stock(admin: Asker, id: str, **totals: int) -> Heard:
    """Let a provider have these totals and nothing else."""
    body = {
        "resource_provider_generation": generation(admin, id),
        "inventories": {name: {"total": total} for name, total in totals.items()},
    }
    return admin(f"PUT /resource_providers/{id}/inventories", body)


def generation(admin: Asker, id: str) -> int:
    """The generation a provider is in."""
    found: int = admin(f"GET /resource_providers/{id}").body["generation"]
    return found


def hold(admin: Asker, consumer: str, generation: int | None = None, **holding: Any) -> Heard:
    """Let a consumer of project p1 hold amounts of one provider: `of=A, VCPU=1`."""
    of = holding.pop("of", None)
    body = {
        "allocations": {of: {"resources": holding}} if of else {},
        "project_id": "p1",
        "user_id": "u1",
        "consumer_generation": generation,
        "consumer_type": "INSTANCE",
    }
    return admin(f"PUT /allocations/{consumer}", body)


def trait(admin: Asker, id: str, *names: str) -> None:
    """Let a provider have these traits."""
    body = {"resource_provider_generation": generation(admin, id), "traits": list(names)}
    assert admin(f"PUT /resource_providers/{id}/traits", body).code == 200


def aggregate(admin: Asker, id: str, *ids: str) -> None:
    """Let a provider be in these aggregates."""
    body = {"resource_provider_generation": generation(admin, id), "aggregates": list(ids)}
    assert admin(f"PUT /resource_providers/{id}/aggregates", body).code == 200


def error_of(heard: Heard) -> tuple[int, str]:
    """An error's status and code."""
    (one,) = heard.body["errors"]
    assert one["status"] == heard.code
    return heard.code, one["code"].removeprefix("placement.")
