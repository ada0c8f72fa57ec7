"""What hosts are like: their architecture, their traits and capabilities, and the aggregates they are in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pileus.placement.choice.comparing import is_met
from pileus.placement.choice.needs import Needs, Spot

_ALIASES = {"amd64": "x86_64", "x64": "x86_64", "i386": "i686", "i486": "i686", "i586": "i686", "arm64": "aarch64"}
"""Other names of architectures, as images carry them."""

_IMAGE = (("hw_architecture", "architectures"), ("img_hv_type", "hypervisor_type"), ("hw_vm_mode", "vm_modes"))
"""An image's property, and where a host says what it can: one word or several."""


def runs_image(needs: Needs, spot: Spot) -> bool:
    """Whether it has the architecture, hypervisor and mode that the image names."""
    return all(
        _canonical(needs.image[asked]) in {_canonical(one) for one in _words(spot.host.properties.get(said))}
        for asked, said in _IMAGE
        if needs.image.get(asked)
    )


def _words(said: str | Sequence[str] | None) -> Sequence[str]:
    return [said] if isinstance(said, str) else said or ()


def _canonical(name: object) -> str:
    word = str(name).lower()
    return _ALIASES.get(word, word)


def has_traits(needs: Needs, spot: Spot) -> bool:
    """Whether it has the traits that flavor and image require, and none that they forbid."""
    wanted = wanted_traits(needs)
    return all((name in spot.traits) == (word == "required") for name, word in wanted.items())


def wanted_traits(needs: Needs) -> dict[str, str]:
    """Traits with `required` or `forbidden`; the flavor's word goes before the image's."""
    both = {**needs.image, **needs.extra_specs}
    scoped = ((name.partition(":"), str(value)) for name, value in both.items())
    return {rest: word for (scope, _, rest), word in scoped if scope == "trait" and word in ("required", "forbidden")}


def has_capabilities(needs: Needs, spot: Spot) -> bool:
    """Whether what it reports is as the flavor's `capabilities:` say."""
    wanted = _scoped(needs.extra_specs, "capabilities")
    return all(_is_capable(spot.host.properties, name.split(":"), value) for name, value in wanted.items())


def _is_capable(properties: Mapping[str, Any], path: list[str], wanted: str) -> bool:
    found: Any = properties
    for part in path:
        if not isinstance(found, Mapping) or part not in found:
            return False
        found = found[part]
    return is_met(wanted, found)


def is_in_wanted_aggregate(needs: Needs, spot: Spot) -> bool:
    """Whether for each of the flavor's `aggregate_instance_extra_specs:` an aggregate of it has the value."""
    wanted = _scoped(needs.extra_specs, "aggregate_instance_extra_specs")
    return all(any(is_met(value, text) for text in _texts(spot, name)) for name, value in wanted.items())


def admits_project(needs: Needs, spot: Spot) -> bool:
    """Whether no aggregate of it is kept for other projects (`filter_tenant_id`, with any ending)."""
    kept = [
        text
        for aggregate in spot.host.aggregates
        for name, value in aggregate.items()
        if name.startswith("filter_tenant_id")
        for text in value.split(",")
    ]
    return not kept or needs.project_id in [text.strip() for text in kept]


def admits_image(needs: Needs, spot: Spot) -> bool:
    """Whether no aggregate of it has another value for a property of the image."""
    return all(not (texts := _texts(spot, name)) or str(value) in texts for name, value in needs.image.items())


def _texts(spot: Spot, name: str) -> list[str]:
    """What the aggregates of a host say of a name."""
    values = (aggregate[name] for aggregate in spot.host.aggregates if name in aggregate)
    return [text.strip() for value in values for text in value.split(",")]


def _scoped(specs: Mapping[str, str], scope: str) -> dict[str, str]:
    return {name[len(scope) + 1 :]: value for name, value in specs.items() if name.startswith(f"{scope}:")}
