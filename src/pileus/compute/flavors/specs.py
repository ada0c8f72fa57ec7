"""A flavor's extra specs: further properties by name, such as `quota:ecu`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta

from pileus.compute.api import compute
from pileus.compute.flavors import ecu
from pileus.compute.flavors.flavors import flavors, one_flavor
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Invalid, Missing
from pileus.kernel.resource import Nothing, Resource, given
from pileus.kernel.routes import Answer
from pileus.kernel.store import Tx

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────

SpecKey = Annotated[str, Meta(min_length=1, max_length=255, pattern=r"^[a-zA-Z0-9-_:. ]+\Z")]
SpecValue = Annotated[str, Meta(max_length=255)] | int | float


class ExtraSpecs(Resource, extras=object):
    """Extra specs by name."""

    extra_specs: dict[SpecKey, SpecValue] = given("create")


class OneSpec(Resource, extras=SpecValue):
    """One extra spec, its name being the body's only key."""


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────

RULE = "os_compute_api:os-flavor-extra-specs:"
NUMBERS = (ecu.SPEC,)
"""Specs that mean something here, and must be whole numbers above 0 that add up to something a host could have."""


def _checked(specs: Mapping[str, Any]) -> dict[str, str]:
    for name in NUMBERS:
        if name in specs and not re.fullmatch(r"[1-9][0-9]{0,5}", str(specs[name])):
            raise Invalid(f"Extra spec {name} is a whole number from 1 to 999999, not '{specs[name]}'.")
    return {name: str(value) for name, value in specs.items()}


def its_flavor(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> dict[str, Any]:
    """The flavor of a path, which is the caller's own as far as the policy is concerned; raises Missing."""
    return {**one_flavor(tx, who, path, asked), **who.own}


def one_spec(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> dict[str, Any]:
    """The same with the name of one of its specs."""
    return {**its_flavor(tx, who, path, asked), "key": path["key"]}


def _present(target: Mapping[str, Any]) -> str:
    key = target["key"]
    if key not in target["extra_specs"]:
        raise Missing(f"Flavor {target['id']} has no extra specs with key {key}.")
    return str(key)


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────

PATH = "/flavors/{flavor_id}/os-extra_specs"


@compute.route(f"GET {PATH}", Nothing, rule=RULE + "index", of=its_flavor)
def list_specs(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> Answer:
    """All of a flavor's specs."""
    return Answer({"extra_specs": target["extra_specs"]}, raw=True)


@compute.route(f"POST {PATH}", ExtraSpecs, "create", rule=RULE + "create", of=its_flavor)
def create(tx: Tx, who: Caller, target: Mapping[str, Any], asked: ExtraSpecs) -> Answer:
    """Add specs, or give those there are new values."""
    if asked.extras:
        raise Invalid(f"Additional properties are not allowed ({next(iter(asked.extras))!r} was unexpected)")
    given_specs = _checked(asked.extra_specs)
    tx.change(flavors, target["id"], extra_specs={**target["extra_specs"], **given_specs})
    return Answer({"extra_specs": given_specs}, raw=True)


@compute.route(f"GET {PATH}/{{key}}", Nothing, rule=RULE + "show", of=one_spec)
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> Answer:
    """One spec."""
    key = _present(target)
    return Answer({key: target["extra_specs"][key]}, raw=True)


@compute.route(f"PUT {PATH}/{{key}}", OneSpec, "update", rule=RULE + "update", of=one_spec)
def update(tx: Tx, who: Caller, target: Mapping[str, Any], asked: OneSpec) -> Answer:
    """Give one spec a value."""
    if list(asked.extras) != [target["key"]]:
        raise Invalid("Request body and URI mismatch")
    given_spec = _checked(asked.extras)
    tx.change(flavors, target["id"], extra_specs={**target["extra_specs"], **given_spec})
    return Answer(given_spec, raw=True)


@compute.route(f"DELETE {PATH}/{{key}}", Nothing, rule=RULE + "delete", of=one_spec)
def delete(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Nothing) -> None:
    """Take one spec away."""
    key = _present(target)
    kept = {name: value for name, value in target["extra_specs"].items() if name != key}
    tx.change(flavors, target["id"], extra_specs=kept)
